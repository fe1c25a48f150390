"""How many images each split got, as one bar and in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from guiapp.data.dataset import SPLIT_NAMES, TEST, UNUSED
from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme
from guiapp.ui.data.class_rows import SHADES

BAR, ROW, SWATCH = 10, 20, 10


def shares(counts: Sequence[int]) -> list[str]:
    """Return counts as percents of their sum, none rounded to nothing."""
    total = sum(counts)
    out = []
    for count in counts:
        share = 100 * count / total if total else 0
        out.append(f"{share:.0f} %" if not count or share >= 1 else "< 1 %")
    return out


class SplitBar(QWidget):
    """A bar of the splits, and a row of each: a swatch, its name, images and percents."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: tuple[int, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def counts(self) -> tuple[int, ...]:
        """Return how many images are in train, validation, test, and not used."""
        return self._counts

    def set_counts(self, counts: Sequence[int]) -> None:
        """Show these numbers of images in train, validation, test, and not used; none while they are not known."""
        if tuple(counts) != self._counts:
            self._counts = tuple(counts)
            self.setAccessibleName(", ".join(f"{count:,} {SPLIT_NAMES[which]}" for which, count in self._rows()))
            self.updateGeometry()
            self.update()

    def _rows(self) -> list[tuple[int, int]]:
        """Return the splits that have a row; test and not used only where they have images."""
        return [(which, count) for which, count in enumerate(self._counts) if count or which < TEST]

    def _color(self, which: int) -> QColor:
        return theme.color("border") if which == UNUSED else theme.color("accent", SHADES[which])

    def sizeHint(self) -> QSize:
        """Return room for the bar and its rows."""
        return QSize(160, BAR + 6 + ROW * len(self._rows()))

    def minimumSizeHint(self) -> QSize:
        """Return room for all of it."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the bar and the rows."""
        painter = QPainter(self)
        total = sum(self._counts)
        if not total:
            return
        done = 0
        for which, count in enumerate(self._counts):
            left, done = round(self.width() * done / total), done + count
            painter.fillRect(QRect(left, 0, round(self.width() * done / total) - left, BAR), self._color(which))
        percents = shares(self._counts)
        painter.setFont(tabular(self.font(), tk.SECONDARY))
        for at, (which, count) in enumerate(self._rows()):
            row = QRect(0, BAR + 6 + at * ROW, self.width(), ROW)
            self._paint_row(painter, row, which, f"{count:,}", percents[which])

    def _paint_row(self, painter: QPainter, row: QRect, which: int, figure: str, percent: str) -> None:
        middle = Qt.AlignmentFlag.AlignVCenter
        top = row.top() + (row.height() - SWATCH) / 2
        painter.fillRect(QRectF(row.left(), top, SWATCH, SWATCH), self._color(which))
        painter.setPen(theme.color("secondary"))
        painter.drawText(row.adjusted(SWATCH + 8, 0, 0, 0), middle, SPLIT_NAMES[which].capitalize())
        painter.drawText(row, middle | Qt.AlignmentFlag.AlignRight, percent)
        painter.setPen(theme.color("text"))
        painter.drawText(row.adjusted(0, 0, -56, 0), middle | Qt.AlignmentFlag.AlignRight, figure)
