"""The header: project, device, engine, and the training with its buttons, always at the same spot."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QProgressBar, QPushButton, QToolButton, QVBoxLayout, QWidget

from guiapp.core.messages import Device
from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import figures, secondary, set_property
from guiapp.look.icons import pixmap, set_icon
from guiapp.look.theme import theme
from guiapp.look.tokens import HEADER_HEIGHT
from guiapp.ui import rail
from guiapp.ui.actions import button
from guiapp.ui.services import Services

PROGRESS_WIDTH = 320
NAME_WIDTH = 260
ENGINE_TIP = "The engine is the process that computes; the window never waits for it."
ENGINE_WORDS = {
    "starting": "engine starting…",
    "ready": "engine ready",
    "preparing": "preparing images",
    "training": "training",
    "paused": "paused",
    "stopping": "stopping…",
    "dead": "engine stopped",
}


def clock(seconds: float) -> str:
    """Return a span of time as ``0:41``, ``12:05`` or ``1:02:03``."""
    if not math.isfinite(seconds) or seconds < 0:
        return "…"
    whole = math.ceil(seconds)
    minutes, hours = whole // 60, whole // 3600
    return f"{hours}:{minutes % 60:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def device_words(device: Device) -> str:
    """Return what the chip says: ``CPU · 2 cores``, or the GPU's name."""
    first = device.detail.partition(".")[0].replace(" processor", "")
    return f"{device.name} · {first}" if device.kind == "cpu" and first[:1].isdigit() else device.name


def _primary(action: QAction) -> QPushButton:
    """Return the page's one primary button, for an action."""
    made = QPushButton(action.text())
    made.setProperty("primary", True)
    set_icon(made, "play", "on_accent")

    def follow() -> None:
        made.setEnabled(action.isEnabled())
        made.setToolTip(action.toolTip())

    made.clicked.connect(lambda _checked=False: action.trigger())
    action.changed.connect(follow)
    follow()
    return made


class Header(QWidget):
    """One row of 44 px; the actions are the window's.

    Parameters
    ----------
    services : Services
        What it tells of.
    buttons : (QAction, QAction, QAction)
        Train, pause, stop.
    menu : QMenu
        What opens below the project's name.
    """

    def __init__(
        self,
        services: Services,
        buttons: tuple[QAction, QAction, QAction],
        menu: QMenu,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._engine, self._dataset, self._training = services.engine, services.dataset, services.training
        self._view = services.view
        self.setProperty("surface", "raised")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(HEADER_HEIGHT)
        self.name = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.name.setProperty("project", "true")
        self.name.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self.name.setMenu(menu)
        self.saved = secondary("", wrap=False)
        self.device, self.engine = secondary("", wrap=False), secondary("", wrap=False)
        self.device.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.train = _primary(buttons[0])
        self.pause, self.stop = button(buttons[1]), button(buttons[2])
        self.progress = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        figures(self.progress)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self._logo = QLabel()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addStretch(1)
        column.addWidget(self.progress)
        column.addWidget(self.bar)
        column.addStretch(1)
        holder = QWidget()
        holder.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        holder.setFixedWidth(PROGRESS_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 16, 0)
        row.setSpacing(8)
        self._logo.setFixedWidth(rail.WIDTH)
        self._logo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._logo)
        row.addSpacing(4)
        row.addWidget(self.name)
        row.addWidget(self.saved)
        row.addStretch(1)
        row.addWidget(self.device)
        row.addSpacing(8)
        row.addWidget(self.engine)
        row.addSpacing(16)
        for control in (self.train, self.pause, self.stop):
            row.addWidget(control)
        row.addSpacing(8)
        row.addWidget(holder)

    def _connect(self) -> None:
        self._engine.state_changed.connect(self.refresh_engine)
        self._training.changed.connect(self.refresh_engine)
        self._training.changed.connect(self.refresh_progress)
        self._training.progressed.connect(self.refresh_progress)
        self._training.prepared.connect(self.show_progress)
        self._dataset.changed.connect(self.refresh_progress)
        self._view.metrics_changed.connect(self._metrics_changed)
        self._view.run_changed.connect(self.refresh_progress)
        self._dataset.progressed.connect(self._dataset_progressed)
        theme.changed.connect(self._tint)
        self._tint()
        self.refresh_engine()
        self.refresh_progress()

    def _tint(self) -> None:
        self._logo.setPixmap(pixmap("logo", 28, "text", self.devicePixelRatioF()))

    def set_project(self, name: str, saved: str, tip: str) -> None:
        """Say which project is open, and whether it is saved."""
        self.name.setText(self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, NAME_WIDTH))
        self.name.setToolTip(f"{name}: new, open, save, rename")
        self.name.setAccessibleName(f"Project {name}")
        self.saved.setText(saved)
        self.saved.setToolTip(tip)

    def refresh_engine(self) -> None:
        """Say what is computed on, and what the engine does."""
        engine, device = self._engine, self._engine.device
        self.device.setText(device_words(device) if device else "")
        self.device.setToolTip(device.detail if device else "")
        state = "paused" if self._training.paused else engine.state
        text = ENGINE_WORDS[state]
        self.engine.setText(text if state != "ready" or not self._training.active else ENGINE_WORDS["training"])
        self.engine.setToolTip(engine.state_text or ENGINE_TIP)
        set_property(self.engine, "role", "problem" if state == "dead" else "secondary")

    def refresh_progress(self) -> None:
        """Say how far the training is."""
        training = self._training
        started, last = training.started, training.last
        if not training.active:
            if self._dataset.state != "opening":
                self._say_run()
            return
        if started is None:
            return
        step = int(last.step[-1]) if last is not None and last.step.size else started.step
        epoch = int(last.epoch[-1]) if last is not None and last.epoch.size else step // max(1, started.steps_per_epoch)
        inside = step - epoch * started.steps_per_epoch
        words = [f"epoch {min(epoch + 1, started.epochs):,}/{started.epochs:,}"]
        words.append(f"step {inside:,}/{started.steps_per_epoch:,}")
        if last is not None and not training.paused:
            words += [f"{last.images_per_s:,.0f} images/s", f"{clock(last.left_s)} left"]
        elif training.paused:
            words.append("paused")
        self.show_progress(" · ".join(words), step, started.steps)

    def show_progress(self, text: str, done: int, total: int) -> None:
        """Show words and the bar."""
        self.progress.setText(text)
        self.bar.setAccessibleName(text)
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.bar.show()

    def _say_run(self) -> None:
        """Say what came of the run that is looked at; nothing where there is none."""
        view = self._view
        steps = int(view.steps[-1]) if view.run is not None and view.steps.size else 0
        words = [f"{steps:,} step{'s' * (steps != 1)}"] if steps else []
        if words and view.epochs:
            last = view.epochs[-1]
            judged = math.isfinite(last.val_accuracy)
            accuracy = last.val_accuracy if judged else last.accuracy
            words.append(f"{'validation' if judged else 'training'} accuracy {accuracy * 100:.1f} %")
        self.progress.setText(" · ".join(words))
        self.bar.hide()

    def _metrics_changed(self) -> None:
        if not self._training.active:
            self.refresh_progress()

    def _dataset_progressed(self, text: str, done: int, total: int) -> None:
        if not self._training.active:
            self.show_progress(f"{text}: {done:,} of {total:,}" if total else text, done, total)
