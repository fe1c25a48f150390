"""The foot of the middle column: what the field that has the focus means."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.look.heading import heading, secondary

LINES = 3
NOTHING = "Choose a field above to read here what it does."


class About(QWidget):
    """Keeps its height, so that nothing moves when another field is chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title, self.words = heading(), secondary()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 12, 8)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.words)
        column.addStretch(1)
        self.words.ensurePolished()
        self.setFixedHeight(10 + 22 + (self.words.fontMetrics().lineSpacing() + 1) * LINES + 8)
        self.say("", "")

    def say(self, title: str, text: str) -> None:
        """Show what a field means; how to learn it where no field is meant."""
        self.title.setText(f"About {title}" if title else "About the fields")
        self.words.setText(text or NOTHING)
        self.words.setToolTip(text)
