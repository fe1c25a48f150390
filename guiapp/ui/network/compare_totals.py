"""The totals of two networks, one above the other, with the change."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from guiapp.core.compare import Total
from guiapp.look.heading import caption, figures, secondary, set_property
from guiapp.ui.network.compare_words import change, figure, share

ROWS = ("A", "B", "Change", "")
TIPS = {
    "layers": "How many layers the list has; a block is one.",
    "depth": "How many layers with weights an image passes through one after the other, at the most.",
    "parameters": "All the numbers that the network holds.",
    "trainable": "The numbers that training changes.",
    "macs": "What one image costs: multiplications, each with an addition.",
    "activations": "Memory for what all layers give out for one image.",
    "disk": "The size of the saved weights, four bytes a number.",
    "sees": "How much of the image one number of the last feature maps depends on; never more than the image.",
}


class TotalsGrid(QWidget):
    """A column a figure; the rows are A, B, the change, and the change in percent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2)
        self._cells: list[list[QLabel]] = []
        for row, name in enumerate(ROWS, 1):
            self._grid.addWidget(secondary(name, wrap=False), row, 0)

    def show_totals(self, totals: Sequence[Total]) -> None:
        """Show the figures of a comparison."""
        while len(self._cells) < len(totals):
            self._add(totals[len(self._cells)])
        for labels, total in zip(self._cells, totals, strict=True):
            texts = figure(total, total.a), figure(total, total.b), change(total), share(total)
            for label, text in zip(labels, texts, strict=True):
                label.setText(text)
            set_property(labels[2], "role", "figure" if total.change else "secondary")
            labels[2].ensurePolished()
            font = labels[2].font()
            font.setBold(bool(total.change))
            labels[2].setFont(font)

    def texts(self) -> list[list[str]]:
        """Return what is shown, a list a figure."""
        return [[label.text() for label in labels] for labels in self._cells]

    def _add(self, total: Total) -> None:
        column = len(self._cells) + 1
        head = caption(total.label)
        labels = [figures(QLabel()) for _ in ROWS]
        set_property(labels[3], "role", "secondary")
        for row, label in enumerate((head, *labels)):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setToolTip(TIPS.get(total.name, ""))
            self._grid.addWidget(label, row, column)
        for label in labels:
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._grid.setColumnStretch(column, 1)
        self._cells.append(labels)
