"""What need not be done before the person sees the answer to a key."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

AFTER_MS = 1
"""The window is painted before that; a timer of 0 ms would come before the painting on some systems."""


class Later(QObject):
    """Does something once after what is happening now, however often it is asked for, or as soon as it is needed.

    Parameters
    ----------
    parent : QObject
        With which it ends.
    do : callable
        What it does.
    """

    def __init__(self, parent: QObject, do: Callable[[], None]) -> None:
        super().__init__(parent)
        self._do = do
        self._timer = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._timer.timeout.connect(do)

    @property
    def waits(self) -> bool:
        """Whether it is still to be done."""
        return self._timer.isActive()

    def ask(self) -> None:
        """Have it done soon; what has been asked for already is not put off."""
        if not self._timer.isActive():
            self._timer.start()

    def now(self) -> None:
        """Do it now where it is still to be done."""
        if self._timer.isActive():
            self._timer.stop()
            self._do()
