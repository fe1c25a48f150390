"""Which undo the keys Ctrl+Z and Ctrl+Shift+Z mean while a line of text has the focus."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit


class _Keys(QObject):
    def __init__(self, line: QLineEdit, draft: Callable[[], bool] | None, drop: Callable[[], None] | None) -> None:
        super().__init__(line)
        self._line, self._draft, self._drop = line, draft, drop
        line.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() not in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress) or not isinstance(event, QKeyEvent):
            return False
        undo = event.matches(QKeySequence.StandardKey.Undo)
        if not undo and not event.matches(QKeySequence.StandardKey.Redo):
            return False
        return self._told(event, undo=undo)

    def _told(self, event: QKeyEvent, *, undo: bool) -> bool:
        if self._draft is None:
            if self._line.isUndoAvailable() if undo else self._line.isRedoAvailable():
                return False
        elif undo and self._draft():
            event.accept()
            if event.type() == QEvent.Type.KeyPress and self._drop is not None:
                self._drop()
            return True
        event.ignore()
        return True


def share_undo(
    line: QLineEdit, draft: Callable[[], bool] | None = None, drop: Callable[[], None] | None = None
) -> None:
    """Let the window's undo and redo have their keys while `line` has the focus.

    A line of text takes these keys for itself, even where it has nothing to undo.

    Parameters
    ----------
    line : QLineEdit
        Without `draft`, it keeps the keys as long as it has something of its own to undo or redo.
    draft : callable, optional
        For a line whose text is committed as it is typed: whether what is typed now was not taken. The keys are
        the window's, but for an undo of what was not taken.
    drop : callable, optional
        Takes back what was not taken.
    """
    _Keys(line, draft, drop)
