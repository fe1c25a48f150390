"""Names with their figures, one a row, for what is said of a layer or of the network."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import figures

Fact = tuple[str, str]
ROW = 22


class Facts(QWidget):
    """Rows of a name at the left and its figure at the right; rows are kept and only their words change."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(0, 1)
        self._rows: list[tuple[QLabel, QLabel]] = []
        self._facts: tuple[Fact, ...] = ()

    def facts(self) -> tuple[Fact, ...]:
        """Return what is shown."""
        return self._facts

    def show_facts(self, facts: Sequence[Fact]) -> None:
        """Show other rows."""
        if tuple(facts) == self._facts:
            return
        self._facts = tuple(facts)
        while len(self._rows) < len(facts):
            self._add_row()
        for i, (name, figure) in enumerate(self._rows):
            shown = i < len(facts)
            if shown:
                name.setText(facts[i][0])
                figure.setText(facts[i][1])
            name.setVisible(shown)
            figure.setVisible(shown)

    def _add_row(self) -> None:
        name, figure = ElidedLabel(role="secondary"), figures(QLabel())
        figure.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        figure.setTextFormat(Qt.TextFormat.PlainText)
        figure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for column, label in enumerate((name, figure)):
            label.setFixedHeight(ROW)
            self._grid.addWidget(label, len(self._rows), column)
        self._rows.append((name, figure))
