"""Copies beside each other: a row a group, each image with its class and split."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QWidget

from guiapp.data.dataset import SPLIT_NAMES, UNUSED
from guiapp.data.editing import Arranged
from guiapp.data.findings import Finding
from guiapp.look import icons
from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme
from guiapp.ui.data.thumbs import Thumbs
from guiapp.ui.data.tile import draw_fitted

SIDE, GAP, LINE = 128, 8, 16
WORDS = 104
ROW = SIDE + 2 * LINE + 2 * GAP
CELL = WORDS + 3 * (SIDE + GAP)
"""Groups stand beside each other where each has so much room."""

MOST = 500
"""So many groups are shown; the rest is in the gallery."""

KINDS = {
    "conflicts": ("error", "bad", "Two classes"),
    "leaks": ("error", "bad", "Two splits"),
    "copies": ("warning", "warning", "The same"),
    "alike": ("warning", "warning", "Nearly the same"),
}


@dataclass(frozen=True)
class Copies:
    """A group of copies and what is wrong with it, the worst."""

    key: str
    rows: tuple[int, ...]


def copies_of(findings: Sequence[Finding]) -> tuple[list[Copies], int]:
    """Return the first `MOST` groups, each with the worst that was found of it, and how many there are."""
    found: dict[tuple[int, ...], str] = {}
    for finding in reversed(findings):
        found |= dict.fromkeys(finding.groups, finding.key)
    groups = dict.fromkeys(chain.from_iterable(finding.groups for finding in findings))
    return [Copies(found[group], group) for group in islice(groups, MOST)], len(groups)


class GroupList(QWidget):
    """Draws and decodes only what is seen; the arrows choose a group, Enter shows it, Delete leaves copies out.

    It is as tall as all its groups, and stands in a scroll area.

    Signals
    -------
    opened(object)
        A group is to be shown in the gallery: its `Copies`.
    left_out(object)
        All but one of a group are to be left out: its `Copies`.
    """

    opened = Signal(object)
    left_out = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.groups: list[Copies] = []
        self.current = 0
        self._arranged: Arranged | None = None
        self._splits: NDArray[np.uint8] = np.empty(0, np.uint8)
        self.thumbs = Thumbs(self)
        self.thumbs.arrived.connect(self._arrived)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Copies")
        theme.changed.connect(self.update)

    def set_groups(self, groups: Sequence[Copies], arranged: Arranged | None) -> None:
        """Show these, of a dataset that is arranged so."""
        self.groups, self._arranged = list(groups[:MOST]), arranged
        self.current = min(self.current, max(0, len(self.groups) - 1))
        if arranged is not None:
            self._splits = np.full(len(arranged.whole), UNUSED, np.uint8)
            self._splits[arranged.rows] = arranged.splits
        self.thumbs.set_dataset(arranged.whole if arranged is not None else None)
        self.setFixedHeight(self._height())
        self._describe()
        self.update()

    def words(self, row: int) -> tuple[str, str]:
        """Return what stands under an image: class and split, and its file."""
        if self._arranged is None:
            return "", ""
        whole = self._arranged.whole
        name = whole.class_names[whole.labels[row]]
        return f"{name} · {SPLIT_NAMES[self._splits[row]]}", whole.paths[row].rsplit("/", 1)[-1]

    def sizeHint(self) -> QSize:
        """Return room for all groups."""
        return QSize(WORDS + 2 * (SIDE + GAP), self._height())

    def minimumSizeHint(self) -> QSize:
        """Return room for two images a row."""
        return self.sizeHint()

    def _arrived(self, _rows: object) -> None:
        self.update()

    # painting

    def _columns(self) -> int:
        return max(1, self.width() // CELL)

    def _height(self) -> int:
        return ROW * -(-len(self.groups) // self._columns())

    def _cell(self, at: int) -> QRect:
        line, column = divmod(at, self._columns())
        wide = self.width() // self._columns()
        return QRect(column * wide, line * ROW, wide, ROW)

    def _at(self, point: QPoint) -> int:
        """Return which group is at a point; there may be none of that number."""
        column = min(self._columns() - 1, point.x() * self._columns() // max(1, self.width()))
        return point.y() // ROW * self._columns() + column

    def _fitting(self) -> int:
        return max(2, (self._cell(0).width() - WORDS - GAP) // (SIDE + GAP))

    def _seen(self) -> range:
        area, columns = self.visibleRegion().boundingRect(), self._columns()
        return range(max(0, area.top() // ROW * columns), min(len(self.groups), (area.bottom() // ROW + 1) * columns))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out afresh."""
        super().resizeEvent(event)
        self.setFixedHeight(self._height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is seen, and have it read."""
        painter = QPainter(self)
        painter.setFont(tabular(self.font(), tk.CAPTION))
        seen = self._seen()
        for at in seen:
            self._paint_group(painter, at)
        wanted = [row for at in seen for row in self.groups[at].rows[: self._fitting()]]
        if wanted:
            self.thumbs.want(wanted, round(SIDE * self.devicePixelRatioF()))

    def _paint_group(self, painter: QPainter, at: int) -> None:
        cell, group = self._cell(at), self.groups[at]
        left, top = cell.left(), cell.top()
        if at == self.current:
            around = cell.adjusted(1, 1, -1, -1)
            painter.fillRect(around, theme.color("selection" if self.hasFocus() else "hover"))
            if self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.drawRect(around)
        name, colour, words = KINDS[group.key]
        painter.drawPixmap(left + GAP, top + GAP, icons.pixmap(name, 16, colour, self.devicePixelRatioF()))
        painter.setPen(theme.color("text"))
        wrap = Qt.TextFlag.TextWordWrap
        painter.drawText(QRect(left + GAP + 20, top + GAP, WORDS - GAP - 24, SIDE), wrap, words)
        fitting = self._fitting()
        shown = group.rows if len(group.rows) <= fitting else group.rows[: fitting - 1]
        for place, row in enumerate(shown):
            self._paint_image(painter, QPoint(left + WORDS + place * (SIDE + GAP), top + GAP), row)
        if len(shown) < len(group.rows):
            rest = QRect(left + WORDS + len(shown) * (SIDE + GAP), top + GAP, SIDE, SIDE)
            painter.drawText(rest, Qt.AlignmentFlag.AlignCenter, f"and {len(group.rows) - len(shown):,} more")

    def _paint_image(self, painter: QPainter, corner: QPoint, row: int) -> None:
        rect = QRect(corner, QSize(SIDE, SIDE))
        thumb = self.thumbs.get(row)
        if thumb is not None and isinstance(thumb.picture, QImage):
            draw_fitted(painter, thumb.picture, rect, self.devicePixelRatioF())
        else:
            painter.fillRect(rect, theme.color("hover"))
        for line, (text, colour) in enumerate(zip(self.words(row), ("text", "secondary"), strict=True)):
            painter.setPen(theme.color(colour))
            place = QRect(corner.x(), corner.y() + SIDE + 2 + line * LINE, SIDE, LINE)
            short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, SIDE)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, short)

    # keys and mouse

    def choose(self, at: int) -> None:
        """Make a group the current one, and bring it into sight."""
        if not self.groups:
            return
        self.current = max(0, min(len(self.groups) - 1, at))
        self._describe()
        self.update()
        area = self._scroll_area()
        page = area.widget() if area is not None else None
        if area is not None and page is not None:
            middle = self.mapTo(page, self._cell(self.current).center())
            area.ensureVisible(0, middle.y(), 0, ROW // 2 + GAP)

    def _scroll_area(self) -> QScrollArea | None:
        parent = self.parentWidget()
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        return parent

    def _describe(self) -> None:
        if self.groups:
            group = self.groups[self.current]
            images = "; ".join(", ".join(self.words(row)) for row in group.rows[:10])
            self.setAccessibleDescription(f"{self.current + 1} of {len(self.groups)}: {KINDS[group.key][2]}: {images}")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Page, Home and End choose a group; Enter shows it in the gallery, Delete leaves copies out."""
        columns = self._columns()
        page = max(1, self.visibleRegion().boundingRect().height() // ROW) * columns
        moves: dict[int, int] = {
            Qt.Key.Key_Left: self.current - 1,
            Qt.Key.Key_Right: self.current + 1,
            Qt.Key.Key_Up: self.current - columns if self.current >= columns else self.current,
            Qt.Key.Key_Down: self.current + columns,
            Qt.Key.Key_PageUp: self.current - page,
            Qt.Key.Key_PageDown: self.current + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: len(self.groups) - 1,
        }
        does: dict[int, Callable[[object], None]] = {
            Qt.Key.Key_Return: self.opened.emit,
            Qt.Key.Key_Enter: self.opened.emit,
            Qt.Key.Key_Delete: self.left_out.emit,
        }
        if event.key() in moves:
            self.choose(moves[event.key()])
        elif event.key() in does and self.groups:
            does[event.key()](self.groups[self.current])
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a group."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.choose(self._at(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show a group in the gallery."""
        at = self._at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at < len(self.groups):
            self.opened.emit(self.groups[at])
