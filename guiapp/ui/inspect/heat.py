"""What mattered in the image that is looked at, worked out when it is asked for."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer, SignalInstance
from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.core.messages import ComputeView, Predict, Prediction
from guiapp.core.notify import UserError
from guiapp.look import heading as words
from guiapp.look.busy import ProgressStrip
from guiapp.look.pixels import Bytes
from guiapp.ui.inspect.source import asked_of
from guiapp.ui.inspect.strip import Images
from guiapp.ui.predict.slot import Slot
from guiapp.ui.services import Services
from guiapp.visuals.live import Array

REST_MS = 150
"""How long the timeline must rest before it is worked out anew."""


class ShowsHeat(Protocol):
    """A panel that shows what mattered, and says when the person wants to know."""

    wanted: SignalInstance

    def set_heat(
        self, image: Bytes | None, heat: NDArray[np.float32] | None = None, name: str = "", probability: float = 0.0
    ) -> None:
        """Show what mattered in an image, or nothing."""
        ...


class HeatView(QWidget):
    """Asks for what mattered in the chosen image at the step that is shown, and follows both once it was wanted."""

    def __init__(self, services: Services, images: Images, panel: QWidget, shows: ShowsHeat) -> None:
        super().__init__()
        self._services, self._view, self._images, self._shows = services, services.view, images, shows
        self._seen, self._heat = Slot(services.engine), Slot(services.engine)
        self._wanted = False
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._ask)
        self.problem = words.problem()
        self.problem.hide()
        self.progress = ProgressStrip()
        self.progress.cancelled.connect(self._cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.progress)
        column.addWidget(self.problem)
        column.addWidget(panel, 1)
        shows.wanted.connect(self.start)
        images.chosen.connect(self._changed)
        self._view.step_changed.connect(self._changed)
        self._view.run_changed.connect(self._forget)

    def start(self) -> None:
        """Work it out now, and again whenever image or step change while this is shown."""
        self._wanted = True
        self._ask()

    def _changed(self, *_: object) -> None:
        if self._wanted and self.isVisible():
            self._timer.start()
        else:
            self._forget()

    def _forget(self) -> None:
        self._timer.stop()
        self._cancel()
        self._wanted = False
        self.problem.hide()
        self._shows.set_heat(None)

    def _cancel(self) -> None:
        self._seen.drop()
        self._heat.drop()
        self.progress.finish()

    def _ask(self) -> None:
        source, run = self._images.source(), self._view.run
        self._cancel()
        if source is None or run is None:
            return
        folder, step = asked_of(self._services)
        self.problem.hide()
        self.progress.start("Covering one place after the other…")

        def seen(prediction: Prediction) -> None:
            self._heat.ask(
                lambda number: ComputeView(number, "heatmap", source, folder, step),
                lambda arrays: self._show(prediction.seen, arrays),
                self._refused,
            )

        self._seen.ask(lambda number: Predict(number, source, folder, 1), seen, self._refused)

    def _show(self, seen: Bytes, arrays: dict[str, Array]) -> None:
        self.progress.finish()
        index, names = int(arrays["class"]), self._view.class_names
        name = names[index] if index < len(names) else f"class {index}"
        self._shows.set_heat(seen, arrays["heat"], name, float(arrays["probability"]))

    def _refused(self, error: UserError) -> None:
        self.progress.finish()
        self._shows.set_heat(None)
        self.problem.setText(error.sentence)
        self.problem.setVisible(bool(error.what))
