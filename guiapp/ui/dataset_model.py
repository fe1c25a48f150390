"""The open dataset, as the window sees it: asked of the engine, never read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal

from guiapp.core import files, notify
from guiapp.core.dataset_settings import DatasetSettings, Option
from guiapp.core.messages import Damaged, EnsureSample, Event, OpenDataset
from guiapp.core.network import fitted
from guiapp.core.notify import Cancelled, UserError, printable
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.data.dataset import Dataset
from guiapp.data.editing import Arranged, arrange, relabelled
from guiapp.look.jobs import Jobs
from guiapp.ui.engine_client import EngineClient

KEPT = (
    "keep_given", "divide", "validation", "test", "train_images", "validation_images", "test_images", "seed", "balance"
)  # fmt: skip
"""What stays as it is when other images are chosen; classes, renamings and exclusions belong to the images."""

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
    arranged : Arranged or None
        What the project's settings make of it.
    error : UserError or None
        Why it failed; with ``"ready"``, why the images cannot be divided as the project says.
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
        self.arranged: Arranged | None = None
        self.error: UserError | None = None
        self.damaged: tuple[tuple[str, str], ...] = ()
        engine.told.connect(self._told)
        session.listen(self._session_changed)

    @property
    def active(self) -> Dataset | None:
        """The images of the classes in use, left-out ones among them; None while no dataset is open."""
        return self.arranged.active if self.arranged is not None else None

    @property
    def splits(self) -> NDArray[np.uint8]:
        """Of each image of `active`: 0 train, 1 validation, 2 test, 3 not used."""
        return self.arranged.splits if self.arranged is not None else np.empty(0, np.uint8)

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

    def choose(self, path: str, importer: str | None = None, options: Mapping[str, Option] | None = None) -> None:
        """Open the images at `path` and, when that works, make them the project's dataset (one undo step).

        Parameters
        ----------
        path : str
            A folder or file.
        importer : str, optional
            How it is read; found by looking where not given.
        options : mapping, optional
            What the importer is told.
        """
        try:
            fresh = DatasetSettings(path=path, importer=importer, options=dict(options or {}))
        except ValidationError:
            error = UserError(
                "has a name that is not UTF-8", where=printable(path), mend="Rename it, and choose it again"
            )
            notify.report(error, doing="opening the images")
            return
        old = self._session.project.dataset
        kept = {} if old is None else {name: getattr(old, name) for name in KEPT}
        self._open(fresh.model_copy(update=kept), self._adopt)

    def cancel(self) -> None:
        """Give the scan up."""
        self._engine.cancel(self._request)

    def set_settings(self, settings: DatasetSettings, text: str, merge: str | None = None) -> None:
        """Change shares, seed or classes of the open dataset; the last layer follows the number of classes."""
        project = self._session.project.model_copy(update={"dataset": settings})
        if self.dataset is not None:
            names = relabelled(self.dataset, settings).class_names
            project = _with_classes(project, sum(settings.classes is None or n in settings.classes for n in names))
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
        elif self.dataset is not None and self._asked is not None and _place(new.dataset) == _place(self._asked):
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
            self.dataset = self.arranged = None
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

        def done(arranged: Arranged) -> None:
            self.arranged = arranged
            self._become("ready")

        def failed(exc: BaseException) -> None:
            error = notify.as_user_error(exc, doing="dividing the images")
            # What cannot be dealt out as asked stays as it was, and the person mends the setting.
            self._become("failed" if self.arranged is None else "ready", error)

        self._jobs.run(arrange, dataset, settings, done=done, failed=failed, key="split")

    def _become(self, state: DatasetState, error: UserError | None = None) -> None:
        if state in ("none", "failed"):
            self.dataset = self.arranged = None
        self.state, self.error = state, error
        self.changed.emit()


def _place(settings: DatasetSettings) -> tuple[object, ...]:
    """What of the settings decides which images are opened."""
    return settings.path, settings.importer, settings.options


def _with_classes(project: Project, classes: int) -> Project:
    if not project.network.layers or classes < 1:
        return project
    return project.model_copy(update={"network": fitted(project.network, classes)})
