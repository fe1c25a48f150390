"""The runs of the open project: where they are, which they are, and that they come along when it gets a place."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from guiapp.core import files, notify
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunInfo, RunStore, describe, list_runs
from guiapp.core.runs.moving import move_run
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.project_files import sample_project_path

SILENT_S = 0.5
"""Moving that takes longer shows its progress."""

Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class _Moved:
    moved: dict[str, str]
    left: tuple[Path, ...]
    why: str


class ProjectRuns(QObject):
    """Knows the runs of the session's project.

    A project without a place of its own (one that was never saved, or the sample once it was changed) trains into the
    data folder, among the runs of others. Those that it made there are remembered, and moved beside it when it is
    saved.

    Signals
    -------
    changed()
        Other runs belong to what is open.
    moved(dict)
        Runs have another folder: the new one by the old one. Also told, empty, when nothing could be moved.
    progressed(str, int, int)
        How far they are copied: text, done, total.
    """

    changed = Signal()
    moved = Signal(object)
    progressed = Signal(str, int, int)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = Jobs(self)
        self._homeless: tuple[Path, ...] = ()
        self._left: tuple[Path, ...] = ()
        self._opened, self._path = session.opened, session.path
        self.moving = self.held = False
        stop = session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())

    @property
    def folder(self) -> Path:
        """Where the next run goes."""
        path = self._session.path
        return (path.parent if path else files.data_dir()) / "runs"

    @property
    def waiting(self) -> bool:
        """Whether runs are moved now, or will be once the training has ended."""
        return self.moving or bool(self._homeless and self._session.path not in (None, sample_project_path()))

    def begin(self, run: str, *, again: bool) -> None:
        """Say that a training begins, or goes on with `again`; until `settle` nothing is moved."""
        self.held = True
        if again:
            return
        path = self._session.path
        if path is None or (path == sample_project_path() and self._session.modified):
            self._homeless = (*self._homeless, Path(run))

    def settle(self) -> None:
        """Say that no training runs; what waited for that is moved."""
        self.held = False
        self._move()

    def find(self) -> Callable[[], list[RunInfo]]:
        """Return a function that reads the list of the project's runs, for a worker thread."""
        folder = self.folder if self._session.path else None
        also = (*self._homeless, *self._left)
        return lambda: _listed(folder, also)

    def belongs(self) -> Callable[[Project], bool]:
        """Return a function that says whether a run's project is the open one."""
        now = self._session.project
        # Among the sample's runs are those of projects that were never saved, maybe under the sample's name.
        images = now.dataset.path if now.dataset and self._session.path == sample_project_path() else None

        def same(project: Project) -> bool:
            if project.name != now.name:
                return False
            return images is None or (project.dataset is not None and project.dataset.path == images)

        return same

    def _session_changed(self, _old: Project, _new: Project) -> None:
        session = self._session
        if session.opened != self._opened:
            self._opened, self._path = session.opened, session.path
            self._homeless = self._left = ()
            self.changed.emit()
        elif session.path != self._path:
            self._path = session.path
            self._move()
            self.changed.emit()

    def _move(self) -> None:
        if self.moving or not self.waiting:
            return
        if self.held:
            notify.info("The runs are moved beside the project once the training has ended.")
            return
        self.moving, runs, opened = True, self._homeless, self._opened

        def done(found: _Moved) -> None:
            self.moving = False
            if opened == self._opened:
                self._homeless, self._left = self._homeless[len(runs) :], (*self._left, *found.left)
            if found.left:
                notify.error(f"{found.why} It stays where it is, and in the list while this project is open.")
            self.moved.emit(found.moved)
            self.changed.emit()

        self._jobs.run(_moved, runs, self.folder, done=done, progress=self.progressed.emit, doing="moving the runs")


def _listed(folder: Path | None, also: Sequence[Path]) -> list[RunInfo]:
    found = list_runs(folder) if folder is not None else []
    known = {info.folder for info in found}
    for run in also:
        with suppress(UserError):
            found += [describe(run)] if run not in known else []
    return sorted(found, key=lambda info: info.name, reverse=True)


def _moved(runs: Sequence[Path], parent: Path, *, progress: Told) -> _Moved:
    """Move what there is of `runs` into `parent`."""
    began = time.monotonic()
    moved: dict[str, str] = {}
    left: list[Path] = []
    why = ""

    def told(done: int, total: int) -> None:
        if time.monotonic() - began > SILENT_S:
            progress("Moving the runs beside the project", done // 1024, max(1, total // 1024))

    for run in runs:
        if run.parent == parent or not RunStore(run).database.is_file():
            continue
        try:
            moved[str(run)] = str(move_run(run, parent, told))
        except (UserError, OSError) as exc:
            left.append(run)
            why = f"The run {run} could not be moved to {parent} ({_reason(exc)})."
    return _Moved(moved, tuple(left), why)


def _reason(exc: UserError | OSError) -> str:
    return exc.what if isinstance(exc, UserError) else (exc.strerror or type(exc).__name__).lower()
