"""The rail at the left: the five places in the order of the work."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from guiapp.look.icons import set_icon
from guiapp.look.theme import theme

WIDTH = 72


class Rail(QWidget):
    """A button a place, icon above word.

    Parameters
    ----------
    places : sequence of (name, title, icon, tip)
        The places, from the top.

    Signals
    -------
    chosen(str)
        The person went to the place of that name.
    """

    chosen = Signal(str)

    def __init__(self, places: Sequence[tuple[str, str, str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "raised")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        self._icons: dict[str, str] = {}
        group = QButtonGroup(self)
        group.setExclusive(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        for i, (name, title, icon, tip) in enumerate(places):
            button = self._button(name, title, icon, f"{tip} (Ctrl+{i + 1})")
            group.addButton(button)
            column.addWidget(button)
        column.addStretch(1)
        theme.changed.connect(self._tint)

    def _button(self, name: str, title: str, icon: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setText(title)
        button.setCheckable(True)
        button.setProperty("place", "true")
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setIconSize(QSize(20, 20))
        button.setFixedWidth(WIDTH)
        button.setToolTip(tip)
        button.setAccessibleName(title)
        button.clicked.connect(lambda _checked=False: self.chosen.emit(name))
        self.buttons[name], self._icons[name] = button, icon
        return button

    def set_current(self, name: str) -> None:
        """Mark a place as the one that is shown."""
        self.buttons[name].setChecked(True)
        self._tint()

    def _tint(self) -> None:
        for name, button in self.buttons.items():
            set_icon(button, self._icons[name], "text" if button.isChecked() else "secondary")
