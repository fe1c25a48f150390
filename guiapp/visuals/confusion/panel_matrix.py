"""A matrix of counts as coloured cells."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from guiapp.look import tokens as tk
from guiapp.look.pixels import to_qimage
from guiapp.look.theme import tabular, theme

NAME_MOST, RECALL, HEAD = 120, 64, 20
LEAST, MOST = 18, 112
"""How large a cell is, in px."""

LEAST_FOR_COUNTS = 26


def share(value: float) -> str:
    """Return a share in percent."""
    return f"{value * 100:.1f} %" if np.isfinite(value) else "–"


class Matrix(QWidget):
    """Rows are true classes, columns predicted ones; at the right each class's recall.

    Signals
    -------
    hovered(str)
        A sentence about the cell under the pointer, "" when there is none.
    """

    hovered = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._names: tuple[str, ...] = ()
        self._under: tuple[int, int] | None = None
        self.setMouseTracking(True)
        self.setAccessibleName("Confusion matrix")
        theme.changed.connect(self.update)

    def set_counts(self, counts: NDArray[np.int64] | None, names: Sequence[str]) -> None:
        """Show counts (n, n): row the true class, column the predicted one."""
        self._counts = np.zeros((0, 0), np.int64) if counts is None else np.asarray(counts, np.int64)
        self._names = tuple(names)
        self._under = None
        side, names_width = LEAST * len(self._counts), self._names_width()
        self.setMinimumSize(names_width + side + RECALL, 2 * HEAD + side + self._below())
        self.setAccessibleDescription(
            "; ".join(f"{n}: recall {share(r)}" for n, r in zip(names, self.recall(), strict=True))
        )
        self.update()

    def recall(self) -> list[float]:
        """Return for each class which share of its images is recognised; NaN where it has none."""
        totals = self._counts.sum(axis=1)
        return [
            float(hit) / float(all_) if all_ else float("nan")
            for hit, all_ in zip(self._counts.diagonal(), totals, strict=True)
        ]

    def sentence(self, row: int, column: int) -> str:
        """Return what a cell says."""
        count, total = int(self._counts[row, column]), int(self._counts[row].sum())
        part = f" ({share(count / total)})" if total else ""
        true, predicted = self._names[row], self._names[column]
        if row == column:
            return f"{count:,} of {total:,} images of {true} are recognised{part}"
        return f"{count:,} of {total:,} images of {true} are taken for {predicted}{part}"

    # Where things are

    def _names_width(self) -> int:
        metrics = self.fontMetrics()
        return min(NAME_MOST, max((metrics.horizontalAdvance(name) for name in self._names), default=0) + 12)

    def _below(self) -> int:
        return min(NAME_MOST, self._names_width())

    def cell(self) -> float:
        """Return the side of a cell in px."""
        count = max(1, len(self._counts))
        across = (self.width() - self._names_width() - RECALL) / count
        down = (self.height() - 2 * HEAD - self._below()) / count
        return float(min(max(min(across, down), LEAST), MOST))

    def cell_rect(self, row: int, column: int) -> QRectF:
        """Return where a cell is."""
        side = self.cell()
        return QRectF(self._names_width() + column * side, HEAD + row * side, side - 2, side - 2)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the cells, the names and the recalls."""
        if not len(self._counts):
            return
        painter = QPainter(self)
        side, count = self.cell(), len(self._counts)
        painter.setFont(tabular(self.font(), tk.CAPTION))
        painter.setPen(theme.color("secondary"))
        left = self._names_width()
        painter.drawText(QRectF(0, 0, left - 8, HEAD), Qt.AlignmentFlag.AlignRight, "true")
        painter.drawText(QRectF(left + count * side, 0, RECALL - 4, HEAD), Qt.AlignmentFlag.AlignRight, "recall")
        self._paint_cells(painter, QRectF(event.rect()))
        self._paint_names(painter, side)

    def _colours(self) -> NDArray[np.float64]:
        """Return each cell's colour, (n, n, 3): one for what is right, another for what is wrong."""
        parts = self._counts / np.maximum(self._counts.sum(axis=1, keepdims=True), 1)
        ground, right, wrong = (_rgb(theme.color(name)) for name in ("surface", "accent", "second"))
        full = np.where(np.eye(len(parts), dtype=bool)[..., None], right, wrong)
        # A root lets a few mistakes be seen.
        strength = np.sqrt(parts)[..., None]
        colours: NDArray[np.float64] = full * strength + ground * (1 - strength)
        return colours

    def _paint_cells(self, painter: QPainter, seen: QRectF) -> None:
        side, count, colours = self.cell(), len(self._counts), self._colours()
        left = self._names_width()
        # One picture of a pixel a cell: a thousand classes are a million cells.
        painter.drawImage(QRectF(left, HEAD, side * count, side * count), to_qimage(np.rint(colours).astype(np.uint8)))
        painter.setPen(QPen(theme.color("window"), 2 if side >= LEAST_FOR_COUNTS else 1))
        for i in range(count + 1):
            at, far = i * side - 1, count * side
            painter.drawLine(QPointF(left + at, HEAD), QPointF(left + at, HEAD + far))
            painter.drawLine(QPointF(left, HEAD + at), QPointF(left + far, HEAD + at))
        if side >= LEAST_FOR_COUNTS:
            self._paint_counts(painter, seen, (colours / 255) ** 2.2 @ np.array([0.2126, 0.7152, 0.0722]))
        if self._under is not None:
            painter.setPen(theme.color("text"))
            painter.drawRect(self.cell_rect(*self._under).adjusted(0, 0, -1, -1))

    def _paint_counts(self, painter: QPainter, seen: QRectF, luminance: NDArray[np.float64]) -> None:
        for row, column in np.argwhere(self._counts).tolist():
            rect = self.cell_rect(row, column)
            if rect.intersects(seen):
                painter.setPen(QColor("#FFFFFF" if luminance[row, column] < 0.2 else "#1B1F26"))
                painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _brief(int(self._counts[row, column])))

    def _paint_names(self, painter: QPainter, side: float) -> None:
        left, count, recalls = self._names_width(), len(self._counts), self.recall()
        metrics = painter.fontMetrics()
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        for row, name in enumerate(self._names):
            y = HEAD + row * side
            painter.setPen(theme.color("text"))
            text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, left - 8)
            painter.drawText(QRectF(0, y, left - 8, side), middle, text)
            painter.drawText(QRectF(left + count * side, y, RECALL - 4, side), middle, share(recalls[row]))
        bottom = HEAD + count * side
        upright = any(metrics.horizontalAdvance(name) > side - 4 for name in self._names)
        for column, name in enumerate(self._names):
            self._paint_column_name(
                painter, name, QRectF(left + column * side, bottom, side - 2, HEAD), upright=upright
            )
        painter.setPen(theme.color("secondary"))
        below = bottom + (self._below() if upright else HEAD)
        painter.drawText(QRectF(left, below, count * side, HEAD), Qt.AlignmentFlag.AlignHCenter, "predicted")

    def _paint_column_name(self, painter: QPainter, name: str, rect: QRectF, *, upright: bool) -> None:
        room = self._below() if upright else rect.width()
        text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, int(room) - 6)
        painter.setPen(theme.color("text"))
        if not upright:
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
            return
        painter.save()
        painter.translate(rect.left(), rect.top() + room)
        painter.rotate(-90)
        around = QRectF(0, 0, room - 4, rect.width())
        painter.drawText(around, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()

    # The pointer

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the cell under the pointer means."""
        side = self.cell()
        column = int((event.position().x() - self._names_width()) // side)
        row = int((event.position().y() - HEAD) // side)
        inside = 0 <= row < len(self._counts) and 0 <= column < len(self._counts)
        self._point_at((row, column) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._point_at(None)

    def _point_at(self, under: tuple[int, int] | None) -> None:
        if under != self._under:
            self._under = under
            text = self.sentence(*under) if under is not None else ""
            self.setToolTip(text)
            self.hovered.emit(text)
            self.update()

    def sizeHint(self) -> QSize:
        """Return a size at which counts can be read."""
        side = 40 * max(3, len(self._counts))
        return QSize(self._names_width() + side + RECALL, side + 2 * HEAD + self._below())


def _rgb(colour: QColor) -> NDArray[np.float64]:
    return np.array([colour.red(), colour.green(), colour.blue()], np.float64)


def _brief(count: int) -> str:
    return f"{count:,}" if count < 100_000 else f"{count / 1000:,.0f}k"
