"""The open dataset, as the window sees it: asked of the engine, never read here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal

from guiapp.core import files, notify
from guiapp.core.dataset_settings import DatasetSettings, Option
from guiapp.core.messages import Damaged, EnsureSample, Event, OpenDataset
from guiapp.core.notify import Cancelled, UserError, printable
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.data.dataset import Dataset
from guiapp.data.editing import Arranged, carried
from guiapp.look.jobs import Jobs
from guiapp.ui.dividing import Counts, Divided, divided, place_of, with_classes
from guiapp.ui.engine_client import EngineClient

DatasetState = Literal["none", "opening", "ready", "failed"]
OnFailed = Callable[[UserError], None]
told: OnFailed = partial(notify.report, about="images")


def sample_folder() -> Path:
    """Where the engine draws the sample images (`EnsureSample`)."""
    return files.data_dir() / "shapes"


@dataclass(frozen=True)
class _Choice:
    """Images that are to become the project's once they are open; `moved` where its own could not be opened."""

    project: int
    failed: OnFailed = told
    moved: bool = False


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
    dividing : bool
        Whether `arranged` is behind the project; `changed` comes when it is not any more.

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
        self._choice: _Choice | None = None
        self._asked: DatasetSettings | None = None
        self._former: DatasetSettings | None = None
        self.state: DatasetState = "none"
        self.dataset: Dataset | None = None
        self.arranged: Arranged | None = None
        self.error: UserError | None = None
        self.damaged: tuple[tuple[str, str], ...] = ()
        self.dividing = False
        self._counts = Counts()
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

    def counts(self) -> dict[str, int]:
        """Return how many images each class has, as the project calls them, in order, those not in use among them."""
        settings, dataset = self._session.project.dataset, self.dataset
        return {} if dataset is None or settings is None else self._counts(dataset, settings)

    # asked for by the person

    def refresh(self) -> None:
        """Open the project's dataset again, as after the engine has started or the folder has changed."""
        settings = self._session.project.dataset
        if settings is None:
            self._become("none")
        else:
            self._open(settings)

    def choose(
        self,
        path: str,
        importer: str | None = None,
        options: Mapping[str, Option] | None = None,
        failed: OnFailed | None = None,
    ) -> None:
        """Open the images at `path` and, when that works, make them the project's dataset (one undo step).

        Parameters
        ----------
        path : str
            A folder or file.
        importer : str, optional
            How it is read; found by looking where not given.
        options : mapping, optional
            What the importer is told.
        failed : callable, optional
            Given the reason when it does not work; the person is told where not given.
        """
        choice = _Choice(self._session.opened, failed or told, self.state == "failed")
        try:
            fresh = DatasetSettings(path=path, importer=importer, options=dict(options or {}))
        except ValidationError:
            what, mend = "has a name that is not UTF-8", "Rename it, and choose it again"
            choice.failed(UserError(what, where=printable(path), mend=mend))
            return
        self._open(fresh, choice)

    def choose_sample(self) -> None:
        """Make the images that the program draws itself the project's; they are drawn first where they are missing."""
        self._begin(_Choice(self._session.opened))
        self._request = self._engine.request(EnsureSample, self.choose, self._failed, self.progressed.emit)

    def cancel(self) -> None:
        """Give the scan up."""
        self._engine.cancel(self._request)

    def set_settings(self, settings: DatasetSettings, text: str, merge: str | None = None) -> None:
        """Change what the project says of the open dataset; the last layer follows the number of classes."""
        project = self._session.project
        if self.dataset is not None:
            before, after = self.counts(), self._counts(self.dataset, settings)
            if settings.classes is not None:
                # A class whose images were all moved to others is gone, and cannot stay in use.
                left = tuple(name for name in settings.classes if name in after or name not in before)
                settings = settings.model_copy(update={"classes": left})
            used = after.keys() if settings.classes is None else after.keys() & set(settings.classes)
            project = with_classes(project, len(used))
        self._session.change(project.model_copy(update={"dataset": settings}), text, merge)

    # what happens

    def _told(self, event: Event) -> None:
        if isinstance(event, Damaged) and self.dataset is not None and event.root == str(self.dataset.root):
            self.damaged = event.images
            self.changed.emit()

    def _session_changed(self, old: Project, new: Project) -> None:
        if old.dataset != new.dataset:
            notify.clear("images edited")
        if self._choice is not None and self._choice.project != self._session.opened:
            self.refresh()  # it was chosen for a project that is not open any more
        elif new.dataset == self._asked:
            return
        elif new.dataset is None:
            self._become("none")
        elif self._asked is None or place_of(new.dataset) != place_of(self._asked) or self.state in ("none", "failed"):
            self._open(new.dataset)
        else:
            self._asked = new.dataset
            self._divide()

    def _begin(self, choice: _Choice | None) -> None:
        """Give up what is being opened, and say that something else is."""
        self._engine.forget(self._request)
        self._request, self._choice = None, choice
        self.state = "opening"
        self.changed.emit()

    def _open(self, settings: DatasetSettings, choice: _Choice | None = None) -> None:
        if choice is None:
            self._drop()
            self._asked = settings
        self._begin(choice)

        def ask(_sample: object = None) -> None:
            self._request = self._engine.request(
                lambda number: OpenDataset(number, settings),
                lambda dataset: self._opened(settings, dataset),
                self._failed,
                self.progressed.emit,
            )

        if settings.path == str(sample_folder()):
            # The sample's images are drawn where they are missing, as at the first start.
            self._request = self._engine.request(EnsureSample, ask, self._failed, self.progressed.emit)
        else:
            ask()

    def _opened(self, settings: DatasetSettings, dataset: Dataset) -> None:
        choice, self._choice, self._request = self._choice, None, None
        self._drop()
        self.dataset = dataset
        if choice is not None:
            self._adopt(settings, dataset, moved=choice.moved)
        notify.clear("images")
        for i, text in enumerate(dataset.warnings):
            notify.warning(text, about=f"images/{i}")
        self._divide()

    def _failed(self, exc: BaseException) -> None:
        choice, self._choice, self._request = self._choice, None, None
        if isinstance(exc, Cancelled):
            where = self._asked.path if self._asked else ""
            error = UserError("opening was cancelled", where=where, mend="Open it again")
        else:
            error = notify.as_user_error(exc, doing="opening the images")
        if choice is None:
            self._become("failed", error)
            return
        if self.arranged is not None or self.dividing:
            self._settle()
        else:
            self.refresh()  # what was being opened before was given up for the choice
        if not isinstance(exc, Cancelled):
            choice.failed(error)

    def _adopt(self, settings: DatasetSettings, dataset: Dataset, *, moved: bool) -> None:
        old = self._session.project
        self._asked = carried(old.dataset, settings, dataset, moved=moved)
        used = len(self._asked.classes or self._counts(dataset, self._asked))
        project = with_classes(old.model_copy(update={"dataset": self._asked}), used)
        self._session.change(project, "choose the images")
        if project.network != old.network:
            notify.info(f"The last layer now has {used:,} units, one for each class.")

    def _divide(self) -> None:
        settings, dataset = self._asked, self.dataset
        if settings is None or dataset is None:
            return

        def done(found: Divided) -> None:
            self.arranged, self._former, self.error = found.arranged, found.settings, found.error
            self.dividing = False
            self._settle()

        def failed(exc: BaseException) -> None:
            self._become("failed", notify.as_user_error(exc, doing="dividing the images"))

        self.dividing = True
        self._jobs.run(divided, dataset, settings, self._former, done=done, failed=failed, key="divide")

    def _settle(self) -> None:
        """Say that the images are there, unless others are being opened or they are being divided."""
        if self._choice is None and not self.dividing:
            self.state = "ready"
        self.changed.emit()

    def _drop(self) -> None:
        """Forget the images that were open."""
        self._jobs.cancel("divide")
        self.dividing = False
        self._counts.forget()
        self.dataset = self.arranged = self.error = self._former = None
        self.damaged = ()

    def _become(self, state: DatasetState, error: UserError | None = None) -> None:
        self._engine.forget(self._request)
        self._request = self._choice = None
        self._drop()
        if state == "none":
            self._asked = None
        self.state, self.error = state, error
        self.changed.emit()
