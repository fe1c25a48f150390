"""Facts in two columns: what, and how it is."""

from __future__ import annotations

import html
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from guiapp.look.heading import figures, secondary


class Facts(QWidget):
    """Rows of a name at the left and a text that wraps beside it; a row without a text is not shown.

    Parameters
    ----------
    names : sequence of str
        What is told, in order.
    """

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(16)
        self.grid.setVerticalSpacing(8)
        self.grid.setColumnStretch(1, 1)
        self.grid.setColumnMinimumWidth(0, 88)
        self._rows: dict[str, tuple[QLabel, QWidget]] = {}
        for name in names:
            value = figures(QLabel())
            value.setWordWrap(True)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self.add(name, value)
            value.hide()
            self._rows[name][0].hide()

    def add(self, name: str, value: QWidget) -> None:
        """Add a row whose right side is a widget of its own."""
        label = secondary(name, wrap=False)
        label.setContentsMargins(0, 1, 0, 0)
        row = self.grid.rowCount()
        self.grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
        self.grid.addWidget(value, row, 1)
        self._rows[name] = (label, value)

    def set(self, name: str, text: str, link: str = "") -> None:
        """Tell a fact; with `link`, the address that a click opens in the browser."""
        label, value = self._rows[name]
        assert isinstance(value, QLabel)
        value.setTextFormat(Qt.TextFormat.RichText if link else Qt.TextFormat.PlainText)
        value.setText(f'<a href="{html.escape(link)}">{html.escape(text)}</a>' if link else text)
        if link:
            value.setOpenExternalLinks(True)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
            value.setToolTip(f"Opens {link} in the browser")
        value.setAccessibleName(f"{name}: {text}")
        label.setVisible(bool(text))
        value.setVisible(bool(text))

    def text(self, name: str) -> str:
        """Return what is told."""
        value = self._rows[name][1]
        return value.text() if isinstance(value, QLabel) else ""
