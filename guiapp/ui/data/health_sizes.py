"""How large the images are: a small chart of their widths and heights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme

Sizes = NDArray[np.int32]
SIDE = 220
BINS = 28
LEFT, BOTTOM = 40, 20
MARGIN = 4


@dataclass(frozen=True, eq=False)
class Bins:
    """How many images have about which size.

    Attributes
    ----------
    edges : ndarray of float, (BINS + 1,)
        Of the bins, in pixels, both ways; each is larger than the one before by the same factor.
    counts : ndarray of int, (BINS, BINS)
        Images by width and height.
    """

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def binned(widths: Sizes, heights: Sizes) -> Bins:
    """Return how many images have about which size; those of 0 pixels do not count."""
    known = (widths > 0) & (heights > 0)
    widths, heights = widths[known], heights[known]
    low = min(widths.min(initial=1 << 30), heights.min(initial=1 << 30)) if len(widths) else 1
    high = max(widths.max(initial=1), heights.max(initial=1))
    edges = np.geomspace(low * 0.9, high * 1.1, BINS + 1)
    counts, _, _ = np.histogram2d(widths, heights, bins=(edges, edges))
    return Bins(edges, counts.astype(np.int64))


def sizes_text(widths: Sizes, heights: Sizes) -> str:
    """Say how large images are; those of 0 pixels do not count."""
    known = (widths > 0) & (heights > 0)
    widths, heights = widths[known], heights[known]
    if not len(widths):
        return ""
    if widths.min() == widths.max() and heights.min() == heights.max():
        return f"All are {widths[0]:,} × {heights[0]:,} pixels."
    area = widths.astype(np.int64) * heights
    middle = int(np.argsort(area, kind="stable")[len(area) // 2])
    typical = f"A typical image is {widths[middle]:,} × {heights[middle]:,} pixels."
    return f"{_range(widths, 'wide')}, {_range(heights, 'high')}. {typical}"


def _range(sides: Sizes, word: str) -> str:
    low, high = int(sides.min()), int(sides.max())
    return f"{low:,} pixels {word}" if low == high else f"{low:,} to {high:,} pixels {word}"


def ticks(low: float, high: float) -> list[int]:
    """Return round numbers between two numbers of pixels, few enough to be written beside each other."""
    decades = [10.0**power for power in range(6)]
    fine = [round(step * decade) for decade in decades for step in (1, 2, 5)]
    found = [value for value in fine if low <= value <= high]
    return found if len(found) >= 2 else [round(low / 0.9), round(high / 1.1)]


class SizeChart(QWidget):
    """Widths from left to right, heights upwards, both on a logarithmic scale; the darker, the more images."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bins: Bins | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Widths and heights of the images")
        theme.changed.connect(self.update)

    def set_sizes(self, widths: Sizes, heights: Sizes) -> None:
        """Show images of these sizes."""
        self._bins = binned(widths, heights)
        self.setAccessibleDescription(sizes_text(widths, heights))
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for a square chart and its numbers."""
        return QSize(SIDE + LEFT, SIDE + BOTTOM)

    def _area(self) -> QRectF:
        side = min(self.width() - LEFT - MARGIN, self.height() - BOTTOM - MARGIN)
        return QRectF(LEFT, MARGIN, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chart."""
        if self._bins is None:
            return
        painter = QPainter(self)
        area = self._area()
        painter.fillRect(area, theme.color("surface"))
        painter.setPen(QPen(theme.color("hairline"), 1))
        painter.drawLine(area.bottomLeft(), area.topRight())
        most = max(1, int(self._bins.counts.max()))
        step = area.width() / BINS
        for x, y in np.argwhere(self._bins.counts).tolist():
            strength = 0.25 + 0.75 * (self._bins.counts[x, y] / most) ** 0.4
            cell = QRectF(area.left() + x * step, area.bottom() - (y + 1) * step, step - 1, step - 1)
            painter.fillRect(cell, theme.color("accent", strength))
        self._paint_ticks(painter, area)

    def _paint_ticks(self, painter: QPainter, area: QRectF) -> None:
        assert self._bins is not None
        low, high = float(self._bins.edges[0]), float(self._bins.edges[-1])
        painter.setFont(tabular(self.font(), tk.CAPTION))
        painter.setPen(theme.color("secondary"))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        end = area.left() - 4
        for value in ticks(low, high):
            along = np.log(value / low) / np.log(high / low) * area.width()
            text = f"{value:,}"
            wide = painter.fontMetrics().horizontalAdvance(text) + 4
            middle = area.left() + along
            if middle - wide / 2 > end:  # numbers never run into each other
                painter.drawText(
                    QRectF(middle - wide / 2, area.bottom() + 2, wide, BOTTOM - 2), Qt.AlignmentFlag.AlignCenter, text
                )
                end = middle + wide / 2
            painter.drawText(QRectF(0, area.bottom() - along - 8, LEFT - 4, 16), right, text)
        painter.drawText(
            QRectF(area.left() + 6, area.top() + 2, area.width(), 16), Qt.AlignmentFlag.AlignLeft, "height ↑  width →"
        )

    def tip(self, point: QPointF) -> str:
        """Return what is to be said of a place on the chart."""
        area = self._area()
        if self._bins is None or not area.contains(point):
            return ""
        x = min(BINS - 1, int((point.x() - area.left()) / area.width() * BINS))
        y = min(BINS - 1, int((area.bottom() - point.y()) / area.height() * BINS))
        count, edges = int(self._bins.counts[x, y]), self._bins.edges
        if not count:
            return ""
        wide, high = (f"{edges[i]:,.0f}–{edges[i + 1]:,.0f}" for i in (x, y))
        return f"{wide} wide, {high} high: {count:,} image{'' if count == 1 else 's'}"

    def event(self, event: QEvent) -> bool:
        """Say how many images there are of a size when the pointer rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.tip(QPointF(event.pos())), self)
            return True
        return super().event(event)
