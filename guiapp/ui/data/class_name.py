"""The line in which a class is renamed in place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from guiapp.look.heading import set_property
from guiapp.look.undo_keys import share_undo


class ClassNameLine(QLineEdit):
    """Says at once when the name cannot be, and what would follow from it.

    Parameters
    ----------
    name : str
        The class's name now.
    judge : callable
        Of that name and what is typed: why it cannot be, and what would follow; "" for either.
    """

    def __init__(self, name: str, judge: Callable[[str, str], tuple[str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        self._name, self._judge = name, judge
        self.setAccessibleName(f"Name of the class {name}")
        self.textEdited.connect(self._say)
        share_undo(self)

    def refused(self) -> bool:
        """Whether what is typed cannot be the name."""
        return bool(self._judge(self._name, self.text())[0])

    def stays(self, event: QEvent) -> bool:
        """Whether a key that would end the typing is to be ignored, because the name cannot be."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if isinstance(event, QKeyEvent) and event.key() in keys and self.refused():
            self._say(self.text())
            return True
        return False

    def _say(self, text: str) -> None:
        problem, hint = self._judge(self._name, text)
        set_property(self, "problem", bool(problem))
        self.setAccessibleDescription(problem or hint)
        if problem or hint:
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), problem or hint, self)
        else:
            QToolTip.hideText()
