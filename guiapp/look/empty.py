"""What is said where there is nothing yet, with the button that changes that."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from guiapp.look.heading import secondary
from guiapp.look.heading import title as title_label
from guiapp.look.icons import pixmap, set_icon
from guiapp.look.theme import theme

ICON_SIZE = 40


class EmptyState(QWidget):
    """An icon, what goes here, why one would want it, and buttons.

    Parameters
    ----------
    icon : str
        An icon's name.
    title : str
        What goes here.
    text : str
        Why one would want it.
    """

    def __init__(self, icon: str, title: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._icon = QLabel()
        self._title, self._text = title_label(title), secondary(text)
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        column = QVBoxLayout(self)
        column.setSpacing(8)
        column.addStretch(2)
        for label in (self._icon, self._title, self._text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title.setWordWrap(True)
        self._text.setMinimumWidth(160)
        self._text.setMaximumWidth(420)
        column.addWidget(self._icon)
        column.addWidget(self._title)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._text, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(8)
        column.addLayout(self._row)
        column.addStretch(3)
        self._row.addStretch(1)
        self._row.addStretch(1)
        self._tint()
        theme.changed.connect(self._tint)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def add_button(
        self, text: str, clicked: Callable[[], object], *, primary: bool = False, icon: str = ""
    ) -> QPushButton:
        """Add a button; `clicked` is called when it is pressed."""
        button = QPushButton(text)
        button.setProperty("primary", primary)
        if icon:
            set_icon(button, icon, "on_accent" if primary else "text")
        # Without the button's own argument "checked".
        button.clicked.connect(lambda _checked=False: clicked())
        self._row.insertWidget(self._row.count() - 1, button)
        self.buttons.append(button)
        return button

    def set_text(self, title: str, text: str = "") -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def _tint(self) -> None:
        self._icon.setPixmap(pixmap(self._icon_name, ICON_SIZE, "secondary", self.devicePixelRatioF()))
