"""The open dataset, as the window sees it: asked of the engine, never read here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from guiapp.core import files, notify
from guiapp.core.messages import Damaged, EnsureSample, Event, OpenDataset
from guiapp.core.network import fitted
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.project import DatasetSettings, Project
from guiapp.core.session import Session
from guiapp.data.dataset import Dataset
from guiapp.data.splits import split
from guiapp.look.jobs import Jobs
from guiapp.ui.engine_client import EngineClient

DatasetState = Literal["none", "opening", "ready", "failed"]


def sample_folder() -> Path:
    """Where the engine draws the sample images (`EnsureSample`)."""
    return files.data_dir() / "shapes"


class DatasetModel(QObject):
    """Follows the project's dataset settings and keeps what they lead to.

    Attributes
    ----------
    state : str
        ``"none"``, ``"opening"``, ``"ready"`` or ``"failed"``.
    dataset : Dataset or None
        All that is at the path.
    active : Dataset or None
        Only the classes in use; what is trained on.
    splits : uint8 array, shape (len(active),)
        0 train, 1 validation, 2 test.
    error : UserError or None
        Why it failed.
    damaged : tuple of (str, str)
        Images that could not be decoded and are left out, with the reason; known once training has read them.

    Signals
    -------
    changed()
        `state`, `dataset`, `splits` or `error` is another.
    progressed(str, int, int)
        How far the scan is: text, done, total (0: not known).
    """

    changed = Signal()
    progressed = Signal(str, int, int)

    def __init__(self, session: Session, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._jobs = Jobs(self)
        self._request: int | None = None
        self._asked: DatasetSettings | None = None
        self.state: DatasetState = "none"
        self.dataset: Dataset | None = None
        self.active: Dataset | None = None
        self.splits: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.error: UserError | None = None
        self.damaged: tuple[tuple[str, str], ...] = ()
        engine.told.connect(self._told)
        session.listen(self._session_changed)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in use, in order; empty while no dataset is open."""
        return self.active.class_names if self.active is not None else ()

    def refresh(self) -> None:
        """Open the project's dataset again, as after the engine has started or the folder has changed."""
        settings = self._session.project.dataset
        self._asked = None
        if settings is None:
            self._become("none")
        else:
            self._open(settings, None)

    def choose(self, path: str, importer: str | None = None) -> None:
        """Open the images at `path` and, when that works, make them the project's dataset (one undo step)."""
        old = self._session.project.dataset
        fresh = DatasetSettings(path=path, importer=importer)
        settings = (
            fresh if old is None else old.model_copy(update={"path": path, "importer": importer, "classes": None})
        )
        self._open(settings, self._adopt)

    def cancel(self) -> None:
        """Give the scan up."""
        self._engine.cancel(self._request)

    def set_settings(self, settings: DatasetSettings, text: str, merge: str | None = None) -> None:
        """Change shares, seed or classes of the open dataset; the last layer follows the number of classes."""
        project = self._session.project.model_copy(update={"dataset": settings})
        if self.dataset is not None:
            names = [n for n in self.dataset.class_names if settings.classes is None or n in settings.classes]
            project = _with_classes(project, len(names))
        self._session.change(project, text, merge)

    def _told(self, event: Event) -> None:
        if isinstance(event, Damaged) and self.dataset is not None and event.root == str(self.dataset.root):
            self.damaged = event.images
            self.changed.emit()

    def _session_changed(self, old: Project, new: Project) -> None:
        if new.dataset == self._asked:
            return
        if new.dataset is None:
            self._asked = None
            self._become("none")
        elif (
            self.dataset is not None
            and self._asked is not None
            and (new.dataset.path, new.dataset.importer) == (self._asked.path, self._asked.importer)
        ):
            self._asked = new.dataset
            self._divide()
        else:
            self._open(new.dataset, None)

    def _open(self, settings: DatasetSettings, then: Callable[[DatasetSettings, Dataset], None] | None) -> None:
        self._engine.forget(self._request)

        def done(dataset: Dataset) -> None:
            self._request = None
            self.dataset = dataset
            self.damaged = ()
            self._asked = settings
            if then is not None:
                then(settings, dataset)
            for text in dataset.warnings:
                notify.warning(text)
            self._divide()

        def failed(exc: BaseException) -> None:
            self._request = None
            if then is not None:
                self._become("ready" if self.dataset is not None else "none")
                notify.report(exc, doing="opening the images")
            elif isinstance(exc, Cancelled):
                self._become("failed", UserError("opening was cancelled", where=settings.path, mend="Open it again"))
            else:
                self._become("failed", notify.as_user_error(exc, doing="opening the images"))

        if then is None:
            self._asked = settings
            self.dataset = self.active = None
        self.state = "opening"
        self.changed.emit()

        def ask(_sample: object = None) -> None:
            self._request = self._engine.request(
                lambda number: OpenDataset(number, settings), done, failed, self.progressed.emit
            )

        if settings.path == str(sample_folder()):
            # The sample's images are drawn where they are missing, as at the first start.
            self._request = self._engine.request(EnsureSample, ask, failed, self.progressed.emit)
        else:
            ask()

    def _adopt(self, settings: DatasetSettings, dataset: Dataset) -> None:
        old = self._session.project
        project = _with_classes(old.model_copy(update={"dataset": settings}), len(dataset.class_names))
        self._session.change(project, "choose the images")
        if project.network != old.network:
            notify.info(f"The last layer now has {len(dataset.class_names):,} units, one for each class.")

    def _divide(self) -> None:
        settings, dataset = self._asked, self.dataset
        if settings is None or dataset is None:
            return

        def work() -> tuple[Dataset, NDArray[np.uint8]]:
            active = dataset if settings.classes is None else dataset.only(settings.classes)
            train = 1 - settings.validation - settings.test
            parts = split(
                active.labels, train, settings.validation, settings.test, settings.seed, given=active.given_splits
            )
            return active, parts

        def done(result: tuple[Dataset, NDArray[np.uint8]]) -> None:
            self.active, self.splits = result
            self._become("ready")

        def failed(exc: BaseException) -> None:
            self._become("failed", notify.as_user_error(exc, doing="dividing the images"))

        self._jobs.run(work, done=done, failed=failed, key="split")

    def _become(self, state: DatasetState, error: UserError | None = None) -> None:
        if state in ("none", "failed"):
            self.dataset = self.active = None
            self.splits = np.empty(0, np.uint8)
        self.state, self.error = state, error
        self.changed.emit()


def _with_classes(project: Project, classes: int) -> Project:
    if not project.network.layers or classes < 1:
        return project
    return project.model_copy(update={"network": fitted(project.network, classes)})
