"""Which network is asked: the one that is shown or in training, or any recorded run of the project."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from guiapp.core.analysis import Analysis, analyse
from guiapp.core.blocks import flat
from guiapp.core.notify import UserError
from guiapp.core.runs import RunInfo, RunReader, describe
from guiapp.look.jobs import Jobs
from guiapp.ui.services import Services

_STAMP = re.compile(r"^(\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2})-(.+)$")


def run_title(name: str, accuracy: float = math.nan) -> str:
    """Return a run's name as a person reads it: ``lenet · 21 Nov, 10:31 · 98.1 %``."""
    parts = [name]
    # A folder that a person named may look like a date and be none.
    with suppress(ValueError):
        if match := _STAMP.match(name):
            when = datetime.strptime(match[1], "%Y-%m-%dT%H-%M-%S")
            parts = [match[2], f"{when.day} {when:%b}, {when:%H:%M}"]
    if not math.isnan(accuracy):
        parts.append(f"{accuracy * 100:.1f} %")
    return " · ".join(parts)


def judged(info: RunInfo) -> float:
    """Return the accuracy that tells most of a run: on validation images, else on those it was trained on."""
    return info.accuracy if math.isnan(info.val_accuracy) else info.val_accuracy


@dataclass(frozen=True)
class Network:
    """The network that is asked.

    Attributes
    ----------
    folder : str
        Its run.
    run : str or None
        What requests name: None for the one in training.
    """

    folder: str
    run: str | None


class NetworkChooser(QComboBox):
    """Offers the run that is shown, and all recorded runs that have learned something.

    Signals
    -------
    chosen()
        Another network is to be asked.
    loaded()
        The list of runs was read.
    """

    chosen = Signal()
    loaded = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._jobs = Jobs(self)
        self._last: Network | None = None
        self._explicit: str | None = None
        self.known = False
        self.setAccessibleName("Network")
        self.setToolTip("Which network is asked")
        self.setSizeAdjustPolicy(self.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(28)
        self.addItem("", None)
        self.currentIndexChanged.connect(self._changed)
        services.view.run_changed.connect(self._follow)
        services.training.changed.connect(self._follow)
        services.training.ended.connect(self.refresh)
        services.training.runs.moved.connect(self._runs_moved)
        services.training.runs.changed.connect(self.refresh)
        self.activated.connect(self._pick)
        self._follow()

    @property
    def shown(self) -> str | None:
        """The run in training, or else the one that is looked at; None where there is neither."""
        run = self._services.view.run
        return self._trained or (None if run is None else str(run.folder))

    @property
    def _trained(self) -> str | None:
        """The run in training; one that is still being prepared has neither folder nor network."""
        training = self._services.training
        return training.run if training.active and training.started is not None else None

    @property
    def network(self) -> Network | None:
        """The network that is asked; None where there is none yet."""
        picked = self.currentData()
        folder = self.shown if picked is None else str(picked)
        if folder is None:
            return None
        return Network(folder, None if folder == self._trained else folder)

    def refresh(self) -> None:
        """Read the list of runs again."""
        self._jobs.run(
            askable_runs,
            self._services.training.runs.find(),
            self._explicit,
            done=self._list,
            key="networks to ask",
            doing="looking for runs",
        )

    def _pick(self, at: int) -> None:
        """Keep what a person chose, whatever project is opened then."""
        picked = self.itemData(at)
        self._explicit = None if picked is None else str(picked)

    def _runs_moved(self, moved: dict[str, str]) -> None:
        self._explicit = moved.get(self._explicit or "", self._explicit)
        for at in range(1, self.count()):
            folder = str(self.itemData(at))
            self.setItemData(at, moved.get(folder, folder))
        self._changed()

    def _list(self, runs: list[RunInfo]) -> None:
        picked = self.currentData()
        self.blockSignals(True)
        while self.count() > 1:
            self.removeItem(1)
        for info in runs:
            self.addItem(run_title(info.name, judged(info)), str(info.folder))
        at = self.findData(picked) if picked is not None else 0
        if at <= 0 and self.shown is None and self.count() > 1:
            at = 1
        self.setCurrentIndex(max(0, at))
        self.blockSignals(False)
        self.known = True
        self._follow()
        self.loaded.emit()

    def _follow(self, *_: object) -> None:
        shown = self.shown
        if shown is None:
            text = "No run is shown"
        else:
            text = f"{'In training' if shown == self._trained else 'Shown'}: {run_title(Path(shown).name)}"
        self.setItemText(0, text)
        model = self.model()
        if isinstance(model, QStandardItemModel):
            model.item(0).setEnabled(shown is not None)
        self._changed()

    def _changed(self) -> None:
        network = self.network
        if network != self._last:
            self._last = network
            self.chosen.emit()


def askable_runs(find: Callable[[], list[RunInfo]], also: str | None = None) -> list[RunInfo]:
    """Return the runs that have learned something, and the run `also` where it is still there; waits for the disk."""
    found = find()
    if also is not None and Path(also) not in {info.folder for info in found}:
        with suppress(UserError):
            found.append(describe(Path(also)))
    return [info for info in found if info.steps or (info.folder / "model.keras").is_file()]


def read_analysis(folder: str) -> Analysis:
    """Return the arithmetic of a run's network; waits for the disk.

    Raises
    ------
    UserError
        When the run cannot be read.
    """
    return analyse(flat(RunReader(folder).project().network))
