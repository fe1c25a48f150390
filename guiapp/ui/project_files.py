"""The open project on disk: opening, saving, the autosave beside it, and the list of recent ones."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from guiapp.core import files, notify, templates
from guiapp.core import project as projects
from guiapp.core.notify import UserError
from guiapp.core.project import SUFFIX, Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import sample_folder

AUTOSAVE_MS = 2000
T = TypeVar("T")
MOST_RECENT = 10
LAST, RECENT = "project/last", "project/recent"
SAMPLE_NAME = "Shapes"


def sample_project_path() -> Path:
    """Where the project of the first start is."""
    return files.data_dir() / f"{SAMPLE_NAME}{SUFFIX}"


def sample_project() -> Project:
    """Return the project of the first start: the starter network on images that the program draws."""
    return templates.load("starter").project(SAMPLE_NAME, str(sample_folder()))


@dataclass(frozen=True)
class _Found:
    path: Path
    project: Project
    rescue: Project | None
    kept: Path | None = None


def _load(path: Path) -> _Found:
    """Read a project and, where it is newer, its autosave."""
    path = path.absolute()
    try:
        project = projects.load(path)
    except (UserError, OSError):
        rescue = _autosaved(path, None)
        if rescue is None:
            raise
        return _Found(path, rescue, rescue)
    return _Found(path, project, _autosaved(path, project))


def _autosaved(path: Path, project: Project | None) -> Project | None:
    beside = projects.autosave_path(path)
    try:
        if project is not None and beside.stat().st_mtime <= path.stat().st_mtime:
            return None
        found = projects.load(beside)
    except (UserError, OSError):
        return None
    return None if found == project else found


class ProjectFiles(QObject):
    """Opens and saves the session's project; all disk work is done on worker threads, one piece after the other.

    Signals
    -------
    opened()
        Another project is open.
    recoverable(object)
        The project that was just opened has a newer autosave: the `Project` in it.
    changed()
        Saved or not, the place, or the recent ones are another.
    saved()
        The project has been written.
    save_failed()
        It could not be written; the person has been told.
    """

    opened = Signal()
    recoverable = Signal(object)
    changed = Signal()
    saved = Signal()
    save_failed = Signal()

    def __init__(self, session: Session, settings: QSettings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self._jobs = Jobs(self)
        self._turns = itertools.count()
        self._turn, self._disk = 0, threading.Condition()
        self._autosaved: Path | None = None
        self.saving = False
        self._timer = QTimer(self, singleShot=True, interval=AUTOSAVE_MS)
        self._timer.timeout.connect(self.autosave)
        stop = session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())

    # What is there

    @property
    def recent(self) -> list[Path]:
        """The projects that were open, the last one first."""
        value = self._settings.value(RECENT, [])
        names = [value] if isinstance(value, str) else list(value) if isinstance(value, list) else []
        return [Path(str(name)) for name in names if name]

    @property
    def has_own_place(self) -> bool:
        """Whether saving needs no question.

        The sample's file is a template of the program's: it is never written by saving, so that “Open the sample
        project” always has it to open, and a person's work never carries its name.
        """
        return self._session.path not in (None, sample_project_path())

    @property
    def place(self) -> Path:
        """Where the project's autosave belongs: its own place, or the data folder for one that was never saved."""
        return self._session.path or files.data_dir() / f"Untitled{SUFFIX}"

    # Opening

    def open_first(self, path: Path | None) -> None:
        """Open `path`; without one the project that was open last, or else the sample."""
        last = self._settings.value(LAST, "")

        def read() -> _Found:
            if path is not None:
                return _load(path)
            with suppress(UserError, OSError):
                if last:
                    return _load(Path(str(last)))
            return _load_sample()

        def failed(exc: BaseException) -> None:
            notify.report(exc, doing="opening the project")
            if path is not None:
                self.open_first(None)

        self._jobs.run(self._in_turn(read), done=self._show, failed=failed)

    def open(self, path: Path) -> None:
        """Open a project file; when that fails the person is told and the former project stays."""
        self._jobs.run(self._in_turn(lambda: _load(path)), done=self._show, doing="opening the project")

    def open_sample(self) -> None:
        """Open the sample project as the program made it; it is made again where it is missing or was changed."""
        self._jobs.run(self._in_turn(_load_sample), done=self._show, doing="opening the sample")

    def new(self) -> None:
        """Begin an empty project."""
        self._drop_autosave()
        self._session.open(Project(), None)
        self.opened.emit()
        self.changed.emit()

    def recover(self, project: Project) -> None:
        """Go on with what the autosave held."""
        self._session.open(project, self._session.path, modified=True)
        self._autosaved = self.place
        self.opened.emit()
        self.changed.emit()

    def _show(self, found: _Found) -> None:
        self._drop_autosave()
        self._session.open(found.project, found.path, modified=found.rescue is found.project)
        self._remember(found.path)
        self.opened.emit()
        if found.kept is not None:
            notify.info(f"The sample project had been changed. What was saved in it is kept: {found.kept}")
        if found.rescue is found.project:
            notify.warning(f"{found.path.name} could not be read. Its autosave was opened instead; save it to keep it.")
        elif found.rescue is not None:
            self.recoverable.emit(found.rescue)

    def _remember(self, path: Path) -> None:
        names = [str(path), *(str(other) for other in self.recent if other != path)]
        self._settings.setValue(LAST, str(path))
        self._settings.setValue(RECENT, names[:MOST_RECENT])
        self.changed.emit()

    def forget_recent(self) -> None:
        """Empty the list of recent projects."""
        self._settings.setValue(RECENT, [])
        self.changed.emit()

    # Saving

    def save(self, path: Path | None = None) -> None:
        """Write the project to `path`, or to its own place; `saved` or `save_failed` follows.

        Raises
        ------
        ValueError
            When there is neither, or the place is that of the sample.
        """
        target = path or self._session.path
        if target is None or target == sample_project_path():
            raise ValueError(f"Expected a path for a project that has no place of its own. Received: {target}")
        project, old = self._session.project, projects.autosave_path(self.place)
        if path is not None and path != self._session.path:
            project = project.model_copy(update={"name": path.stem[:200] or "Untitled"})
        self._timer.stop()
        self.saving = True
        self.changed.emit()

        def write() -> None:
            projects.save(project, target)
            for leftover in {old, projects.autosave_path(target)}:
                leftover.unlink(missing_ok=True)

        def done(_nothing: None) -> None:
            self.saving = False
            self._autosaved = None
            if project.name != self._session.project.name:
                self._session.change(
                    self._session.project.model_copy(update={"name": project.name}), f"rename to {project.name}"
                )
            self._session.saved(project, target)
            self._remember(target)
            self.saved.emit()

        def failed(exc: BaseException) -> None:
            self.saving = False
            notify.report(exc, doing="saving the project")
            self._timer.start()
            self.changed.emit()
            self.save_failed.emit()

        self._jobs.run(self._in_turn(write), done=done, failed=failed)

    def autosave(self) -> None:
        """Write what is unsaved beside the project now."""
        self._timer.stop()
        if not self._session.modified or self.saving:
            return
        project, place = self._session.project, self.place

        def write() -> None:
            projects.save(project, projects.autosave_path(place))

        def done(_nothing: None) -> None:
            self._autosaved = place
            if not self._session.modified:
                self._drop_autosave()

        # A place that cannot be written is told once, at the proper save.
        self._jobs.run(self._in_turn(write), done=done, failed=_only_logged)

    def keep_for_later(self, timeout_s: float = 5.0) -> None:
        """Write the autosave and wait for it; for an end that asks nothing."""
        self.autosave()
        self._jobs.wait_all(timeout_s)

    def discard(self, timeout_s: float = 5.0) -> None:
        """Throw away what is unsaved; waits for the disk."""
        self._timer.stop()
        self._autosaved = self.place
        self._drop_autosave()
        self._jobs.wait_all(timeout_s)

    def settle(self, timeout_s: float = 5.0) -> bool:
        """Wait for all disk work; for the end of the program and for tests."""
        return self._jobs.wait_all(timeout_s)

    def _drop_autosave(self) -> None:
        self._timer.stop()
        place, self._autosaved = self._autosaved, None
        if place is not None:
            path = projects.autosave_path(place)
            self._jobs.run(self._in_turn(lambda: path.unlink(missing_ok=True)), failed=_only_logged)

    def _session_changed(self, _old: Project, _new: Project) -> None:
        if self._session.modified:
            self._timer.start()
        elif self._autosaved is not None:
            self._drop_autosave()
        else:
            self._timer.stop()
        self.changed.emit()

    def _in_turn(self, work: Callable[[], T]) -> Callable[[], T]:
        """Have `work` wait for what was asked of the disk before it."""
        mine = next(self._turns)

        def waiting() -> T:
            with self._disk:
                self._disk.wait_for(lambda: self._turn == mine)
            try:
                return work()
            finally:
                with self._disk:
                    self._turn += 1
                    self._disk.notify_all()

        return waiting


def _load_sample() -> _Found:
    """Return the sample as the program made it; what else was in its file is kept beside it."""
    path, sample = sample_project_path(), sample_project()
    kept: Path | None = None
    if path.exists() and not _is_sample(path, sample):
        kept = _free_beside(path)
        path.rename(kept)
    if not path.exists():
        projects.save(sample, path)
    return replace(_load(path), kept=kept)


def _is_sample(path: Path, sample: Project) -> bool:
    try:
        found = projects.load(path)
    except (UserError, OSError):
        return False
    if found.dataset is None or sample.dataset is None:
        return False
    path_now, path_then = found.dataset.path, sample.dataset.path
    if os.path.realpath(path_now) != os.path.realpath(path_then):
        return False
    dataset = found.dataset.model_copy(update={"path": path_then})
    return found.model_copy(update={"dataset": dataset}) == sample


def _free_beside(path: Path) -> Path:
    names = (path.with_stem(f"{path.stem} (kept {n})") for n in itertools.count(1))
    return next(name for name in names if not name.exists())


def _only_logged(exc: BaseException) -> None:
    notify.log.warning("the autosave could not be written or removed: %s", exc)
