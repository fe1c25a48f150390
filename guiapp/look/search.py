"""The field that one types into to find something."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from guiapp.look.icons import set_icon
from guiapp.look.undo_keys import share_undo


class SearchField(QLineEdit):
    """A line with a magnifying glass and a button that clears it.

    Escape clears it; Down emits `downPressed`, so that a list below can take over; Return emits `returnPressed`.
    """

    downPressed = Signal()

    def __init__(self, placeholder: str = "Search", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder)
        self.setClearButtonEnabled(True)
        glass = self.addAction(QIcon(), _LEADING)
        set_icon(glass, "search", "secondary")
        share_undo(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear on Escape, leave on Down."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() == Qt.Key.Key_Down:
            self.downPressed.emit()
        else:
            super().keyPressEvent(event)


_LEADING = QLineEdit.ActionPosition.LeadingPosition
