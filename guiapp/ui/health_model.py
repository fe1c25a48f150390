"""What is wrong with the open dataset's images, as the window sees it: asked of the engine, never read here."""

from __future__ import annotations

from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from guiapp.core import notify
from guiapp.core.dataset_settings import Balance
from guiapp.core.messages import CheckHealth
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.session import Session
from guiapp.data.dataset import UNUSED, Dataset
from guiapp.data.editing import Arranged, without
from guiapp.data.findings import Finding, counted, findings, mended
from guiapp.data.health import Health
from guiapp.data.leaks import copies
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.services import Services

BY_ITSELF = 10_000
"""Datasets of so many images are checked without being asked for."""

HealthState = Literal["none", "unchecked", "checking", "ready", "failed"]
BUSY = ("preparing", "training", "paused", "stopping")
CHANGED = UserError("The folder has changed since it was read", mend="Read it again")


def health_of(services: Services) -> HealthModel:
    """Return the one model of the open dataset's health; made at the first call."""
    found = services.dataset.findChild(HealthModel)
    return found if found is not None else HealthModel(services.session, services.engine, services.dataset)


class HealthModel(QObject):
    """Follows the open dataset, has its images checked, and keeps what was found.

    Attributes
    ----------
    state : str
        ``"none"`` (no dataset is open), ``"unchecked"``, ``"checking"``, ``"ready"`` or ``"failed"``.
    health : Health or None
        What was found in the images as they were opened.
    findings : tuple of Finding
        What matters of it for the project as it is now.
    error : UserError or None
        Why it failed.

    Signals
    -------
    changed()
        Any of these is another.
    progressed(str, int, int)
        How far the check is: text, done, total (0: not known).
    """

    changed = Signal()
    progressed = Signal(str, int, int)

    def __init__(self, session: Session, engine: EngineClient, dataset: DatasetModel) -> None:
        super().__init__(dataset)
        self._session, self._engine, self._model = session, engine, dataset
        self._jobs = Jobs(self)
        self._request: int | None = None
        self._dataset: Dataset | None = None
        self._arranged: Arranged | None = None
        self._places: NDArray[np.intp] = np.empty(0, np.intp)
        self.state: HealthState = "none"
        self.health: Health | None = None
        self.findings: tuple[Finding, ...] = ()
        self.error: UserError | None = None
        self._by_itself = self._again = False
        dataset.changed.connect(self._follow)
        engine.state_changed.connect(self._make_way)
        self._follow()

    @property
    def arranged(self) -> Arranged | None:
        """What the project makes of the images that `findings` is about."""
        return self._arranged

    def check(self) -> None:
        """Have every image looked at; at once where that was done before. A folder that has changed is read again."""
        settings, dataset = self._session.project.dataset, self._model.dataset
        if settings is None or dataset is None or self.state == "checking":
            return
        if self.error is CHANGED:
            self._again = True
            self._model.refresh()
            return

        def done(health: Health) -> None:
            self._request = None
            if health.about != dataset.order_key():
                self._become("failed", CHANGED)
                return
            self.health = health
            self._judge()

        def failed(exc: BaseException) -> None:
            self._request = None
            if isinstance(exc, Cancelled):
                self._become("unchecked")
            else:
                self._become("failed", notify.as_user_error(exc, doing="checking the images"))

        self._by_itself = False
        self._become("checking")
        self._request = self._engine.request(
            lambda number: CheckHealth(number, settings), done, failed, self.progressed.emit
        )

    def cancel(self) -> None:
        """Give the check up."""
        self._by_itself = False
        self._engine.cancel(self._request)

    def rows_of(self, problem: str) -> NDArray[np.intp]:
        """Return the rows of `DatasetModel.active` that a problem is about, copies beside each other.

        Parameters
        ----------
        problem : str
            A key of `findings.KEYS`, or a mode or format of `Health`.
        """
        for finding in self.findings:
            if finding.key == problem:
                return self.active_rows(finding.rows)
        if self.health is None:
            return np.empty(0, np.intp)
        named = {**self.health.formats, **self.health.modes}
        return self.active_rows(named.get(problem, np.empty(0, np.intp)))

    def active_rows(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which rows of `DatasetModel.active` these rows of the dataset as it was opened are."""
        places = self._places[rows[rows < len(self._places)]]
        return places[places >= 0]

    def mend(self, finding: Finding) -> None:
        """Leave out what a finding proposes (one undo step)."""
        settings, dataset = self._session.project.dataset, self._model.dataset
        if settings is not None and dataset is not None:
            text = finding.mend[:1].lower() + finding.mend[1:]
            self._model.set_settings(mended(settings, dataset, finding), text)

    def leave_out_copies(self, group: tuple[int, ...]) -> None:
        """Leave out all but one of a group of copies (one undo step); the one held back furthest stays."""
        settings, dataset, arranged = self._session.project.dataset, self._model.dataset, self._arranged
        if settings is None or dataset is None or arranged is None:
            return
        splits = np.full(len(arranged.whole), UNUSED, np.uint8)
        splits[arranged.rows] = arranged.splits
        out = copies([group], splits)
        left = without(settings, (dataset.paths[row] for row in out.tolist()))
        self._model.set_settings(left, f"leave out {counted(len(out), 'copy', 'copies')}")

    def balance(self, how: Balance) -> None:
        """Even out classes of different sizes (one undo step)."""
        settings = self._session.project.dataset
        if settings is not None:
            self._model.set_settings(settings.model_copy(update={"balance": how}), f"use {how}")

    def _follow(self) -> None:
        """Take up another dataset, or another division of the same one."""
        dataset, arranged = self._model.dataset, self._model.arranged
        if self._model.state == "opening":
            return
        if dataset is not self._dataset:
            self._engine.forget(self._request)
            self._request = None
            self._dataset, self._arranged, self._by_itself = dataset, None, False
            self.health, self.findings = None, ()
            self._become("none" if dataset is None else "unchecked")
        if dataset is None or arranged is None or arranged is self._arranged:
            return
        first = self._arranged is None
        self._arranged = arranged
        self._places = np.full(len(arranged.whole), -1, np.intp)
        self._places[arranged.rows] = np.arange(len(arranged.rows))
        if first and self._again:
            self._again = False
            self.check()
        elif first and len(dataset) <= BY_ITSELF:
            self._check_by_itself()
        else:
            self._judge()

    def _check_by_itself(self) -> None:
        """Check what was opened, once nothing is trained."""
        if self._engine.state not in BUSY:
            self.check()
        self._by_itself = True

    def _make_way(self) -> None:
        """Hold a check that nobody asked for while something is trained, and begin it again after that."""
        if not self._by_itself:
            return
        if self._engine.state in BUSY and self.state == "checking":
            self._engine.forget(self._request)
            self._request = None
            self._become("unchecked")
        elif self._engine.state == "ready" and self.state == "unchecked":
            self._check_by_itself()

    def _judge(self) -> None:
        """Find what matters of the health for the project as it is now."""
        settings, arranged = self._session.project.dataset, self._arranged
        if self.health is None or settings is None or arranged is None:
            return
        self._jobs.run(
            findings, self.health, arranged, settings, done=partial(self._found, self.health), key="findings"
        )

    def _found(self, health: Health, found: tuple[Finding, ...]) -> None:
        if health is self.health:
            self.findings = found
            self._become("ready")

    def _become(self, state: HealthState, error: UserError | None = None) -> None:
        self.state, self.error = state, error
        self.changed.emit()
