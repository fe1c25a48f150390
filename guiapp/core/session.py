"""The open project: one value, undo as a list of values, one signal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from guiapp.core.project import Project

Listener = Callable[[Project, Project], None]
UNDO_LIMIT = 1000


@dataclass(frozen=True)
class _Step:
    project: Project
    text: str
    merge: str | None


class Session:
    """The project that is open, its place on disk, and its past.

    Parameters
    ----------
    project : Project
        What is open.
    path : Path or None
        Where it is saved; None for one that was never saved.

    Attributes
    ----------
    opened : int
        How often another project was opened: with another number, it is another project.
    """

    def __init__(self, project: Project, path: Path | None = None) -> None:
        self._project = project
        self._saved = project
        self.path = path
        self.opened = 0
        self._past: list[_Step] = []
        self._future: list[_Step] = []
        self._merge: str | None = None
        self._listeners: list[Listener] = []

    @property
    def project(self) -> Project:
        """The value now."""
        return self._project

    @property
    def modified(self) -> bool:
        """Whether the value differs from what is saved."""
        return self._project != self._saved

    @property
    def undo_text(self) -> str | None:
        """What undo would take back, or None."""
        return self._past[-1].text if self._past else None

    @property
    def redo_text(self) -> str | None:
        """What redo would do again, or None."""
        return self._future[-1].text if self._future else None

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have `listener(old, new)` called after each change; returns the way to stop."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def change(self, project: Project, text: str, merge: str | None = None) -> None:
        """Make `project` the value.

        Parameters
        ----------
        project : Project
            The new value; nothing happens when it equals the present one.
        text : str
            What was done, for the undo menu: ``"add conv3"``.
        merge : str, optional
            Changes in a row with the same `merge` are undone together, as the keystrokes in one field.
        """
        if project == self._project:
            return
        if merge is None or merge != self._merge or not self._past:
            self._past.append(_Step(self._project, text, merge))
            del self._past[:-UNDO_LIMIT]
        elif project == self._past[-1].project:
            # Typed back to what it was: undo must not stop at a change that changes nothing.
            self._past.pop()
            merge = None
        self._future.clear()
        self._merge = merge
        self._become(project)

    def undo(self) -> None:
        """Take the last change back."""
        if self._past:
            step = self._past.pop()
            self._future.append(_Step(self._project, step.text, None))
            self._merge = None
            self._become(step.project)

    def redo(self) -> None:
        """Do again what was taken back last."""
        if self._future:
            step = self._future.pop()
            self._past.append(_Step(self._project, step.text, None))
            self._merge = None
            self._become(step.project)

    def open(self, project: Project, path: Path | None, *, modified: bool = False) -> None:
        """Make another project the open one; its past begins now.

        Parameters
        ----------
        project, path
            As for the constructor.
        modified : bool
            Whether it differs from what is on disk, as one recovered from its autosave.
        """
        self.path = path
        self.opened += 1
        self._past.clear()
        self._future.clear()
        self._merge = None
        self._saved = Project(name="\0") if modified else project
        self._become(project)

    def saved(self, project: Project, path: Path) -> None:
        """Say that `project` was written to `path`."""
        self.path = path
        self._saved = project
        self._merge = None
        self._tell(self._project, self._project)

    def _become(self, project: Project) -> None:
        old, self._project = self._project, project
        self._tell(old, project)

    def _tell(self, old: Project, new: Project) -> None:
        for listener in list(self._listeners):
            listener(old, new)
