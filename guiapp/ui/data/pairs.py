"""Images before and after, side by side: originals at the left, what the network sees at the right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from guiapp.look import tokens as tk
from guiapp.look.icons import pixmap
from guiapp.look.theme import tabular, theme
from guiapp.ui.data.pictures import draw_picture

ARROW, WORDS, GAP = 28, 32, 24
SMALLEST, LARGEST = 56, 256


@dataclass(frozen=True, eq=False)
class Pair:
    """Two pictures with two lines of words under each, and a tip."""

    before: QImage
    after: QImage
    before_words: tuple[str, str]
    after_words: tuple[str, str]
    tip: str


def layout(count: int, width: int, height: int) -> tuple[int, int]:
    """Return the side of a picture and the number of columns with which `count` pairs fill a space best."""
    best = (SMALLEST, max(1, (width + GAP) // (2 * SMALLEST + ARROW + GAP)))
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        across = ((width + GAP) // columns - GAP - ARROW) // 2
        down = (height + GAP) // rows - GAP - WORDS
        side = min(across, down, LARGEST)
        if side > best[0]:
            best = (side, columns)
    return best


class PairGrid(QWidget):
    """Shows pairs as large as the space allows; one of them is chosen, by a click or the arrows.

    Signals
    -------
    selected(int)
        The person chose a pair.
    """

    selected = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs: tuple[Pair, ...] = ()
        self._empty = ""
        self._current = 0
        self._side, self._columns = SMALLEST, 1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(2 * SMALLEST + ARROW, SMALLEST + WORDS)
        self.setAccessibleName("Images before and after they are fitted")
        theme.changed.connect(self.update)

    def set_pairs(self, pairs: Sequence[Pair], *, empty: str = "") -> None:
        """Show other pairs; `empty` is said where there are none."""
        self._pairs, self._empty = tuple(pairs), empty
        self._current = min(self._current, max(0, len(pairs) - 1))
        self._arrange()

    def pairs(self) -> tuple[Pair, ...]:
        """Return what is shown."""
        return self._pairs

    def current(self) -> int:
        """Return the chosen pair."""
        return self._current

    def _arrange(self) -> None:
        self._side, self._columns = layout(max(1, len(self._pairs)), self.width() - 8, self.height() - 8)
        chosen = self._pairs[self._current].tip if self._pairs else self._empty
        self.setAccessibleDescription(f"{len(self._pairs)} images; chosen: {chosen}" if self._pairs else chosen)
        self.update()

    def cell(self, index: int) -> QRectF:
        """Return where a pair is, its words included."""
        wide, high = 2 * self._side + ARROW, self._side + WORDS
        row, column = divmod(index, self._columns)
        return QRectF(4 + column * (wide + GAP), 4 + row * (high + GAP), wide, high)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the pairs out anew."""
        super().resizeEvent(event)
        self._arrange()

    def sizeHint(self) -> QSize:
        """Return a size that shows something."""
        return QSize(600, 360)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the pairs, or say why there are none."""
        painter = QPainter(self)
        if not self._pairs:
            painter.setPen(theme.color("secondary"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._empty)
            return
        painter.setFont(tabular(self.font(), tk.CAPTION))
        for index, pair in enumerate(self._pairs):
            self._paint(painter, pair, self.cell(index), chosen=index == self._current)

    def _paint(self, painter: QPainter, pair: Pair, cell: QRectF, *, chosen: bool) -> None:
        side, ratio = self._side, self.devicePixelRatioF()
        left = QRectF(cell.left(), cell.top(), side, side)
        right = left.translated(side + ARROW, 0)
        if chosen:
            painter.setPen(QPen(theme.color("accent" if self.hasFocus() else "border"), 2 if self.hasFocus() else 1))
            painter.setBrush(theme.color("selection"))
            painter.drawRoundedRect(cell.adjusted(-4, -4, 4, 4), 4, 4)
        draw_picture(painter, pair.before, left, ratio)
        arrow = pixmap("chevron-right", 16, "secondary", ratio)
        painter.drawPixmap(int(left.right() + (ARROW - 16) / 2), int(left.center().y() - 8), arrow)
        draw_picture(painter, pair.after, right, ratio)
        self._paint_words(painter, pair.before_words, left)
        self._paint_words(painter, pair.after_words, right)

    def _paint_words(self, painter: QPainter, lines: tuple[str, str], above: QRectF) -> None:
        metrics = painter.fontMetrics()
        for at, (line, color) in enumerate(zip(lines, ("text", "secondary"), strict=True)):
            painter.setPen(theme.color(color))
            below = QRectF(above.left(), above.bottom() + 2 + at * 14, above.width(), 14)
            text = metrics.elidedText(line, Qt.TextElideMode.ElideRight, int(above.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, text)

    # Pointer and keys

    def _at(self, point: QPointF) -> int:
        inside = (i for i in range(len(self._pairs)) if self.cell(i).contains(point))
        return next(inside, -1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the pair under the pointer."""
        index = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice by arrows."""
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._columns, Qt.Key.Key_Down: self._columns,
            Qt.Key.Key_Home: -self._current, Qt.Key.Key_End: len(self._pairs) - 1 - self._current,
        }  # fmt: skip
        target = self._current + moves.get(Qt.Key(event.key()), 0)
        if Qt.Key(event.key()) not in moves or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
        elif 0 <= target < len(self._pairs):
            self._choose(target)

    def _choose(self, index: int) -> None:
        if index != self._current:
            self._current = index
            self._arrange()
            self.selected.emit(index)

    def event(self, event: QEvent) -> bool:
        """Say which image is under the pointer."""
        if isinstance(event, QHelpEvent):
            index = self._at(event.pos().toPointF())
            QToolTip.showText(event.globalPos(), self._pairs[index].tip if index >= 0 else "", self)
            return True
        return super().event(event)
