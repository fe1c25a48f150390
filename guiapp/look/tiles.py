"""Many small maps at once: a grid of tiles that fills the space there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from guiapp.core.colormaps import colormap
from guiapp.core.shapes import shape_text
from guiapp.look import tokens as tk
from guiapp.look.canvas import MARGIN, Canvas
from guiapp.look.pixels import Bytes, Words, packed_table
from guiapp.look.theme import tabular, theme
from guiapp.look.tiling import Tiling, tile

CAPTION_HEIGHT = 16
GAP = 4
INSET = 2  # so that the outline of an outermost tile is whole


class TileGrid(QAbstractScrollArea):
    """Shows N maps or images of one size, each as large as the space allows.

    Originals of up to 64 px are enlarged by whole factors without smoothing, larger ones are scaled smoothly; where
    tiles would be smaller than 24 px the grid scrolls.

    Parameters
    ----------
    empty_text : str
        What is said where there are no tiles.
    noun : str
        What one tile is, for the readout and for screen readers: ``"map"``, ``"filter"``.

    Signals
    -------
    hovered(int, int, int)
        Tile, y, x under the pointer, in the original's pixels; (-1, -1, -1) when it has left.
    selected(int)
        The person chose a tile by click or arrow.
    zoomed(int)
        Double click or Return on a tile.
    readoutChanged(str)
        The text that is drawn at the lower left, "" when there is none.
    """

    hovered = Signal(int, int, int)
    selected = Signal(int)
    zoomed = Signal(int)
    readoutChanged = Signal(str)

    def __init__(
        self, empty_text: str = "Nothing to show yet.", noun: str = "map", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._empty, self._noun = empty_text, noun
        self._tiles: Bytes | None = None
        self._table: Bytes | None = colormap()
        self._packed: Words = packed_table(colormap())
        self._captions: tuple[str, ...] = ()
        self._value_text: Callable[[int, int, int], str] | None = None
        self._tiling: Tiling | None = None
        self._canvas: Canvas | None = None
        self._current, self._under = -1, (-1, -1, -1)
        self.show_readout = True
        self.setFrameShape(self.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(f"Grid of {noun}s")
        self.setAccessibleDescription(empty_text)
        self.setMinimumSize(96, 72)
        theme.changed.connect(self._theme_changed)

    # What is shown

    def set_tiles(
        self,
        tiles: Bytes | None,
        table: Bytes | None = None,
        *,
        captions: Sequence[str] = (),
        value_text: Callable[[int, int, int], str] | None = None,
    ) -> None:
        """Show other tiles; those of the same number and size keep layout, selection and scroll position.

        Parameters
        ----------
        tiles : array of uint8 or None
            (N, h, w) indices into `table`, or (N, h, w, 3) RGB; None shows the empty text.
        table : array of uint8, optional
            A (256, 3) colormap for indices; the default is viridis.
        captions : sequence of str
            A few letters under each tile; none by default.
        value_text : callable, optional
            Given tile, y, x, returns the value there for the readout; the default is the pixel.

        Raises
        ------
        ValueError
            When the array is not uint8 or has another number of dimensions.
        """
        if tiles is not None and (
            tiles.dtype != np.uint8 or tiles.ndim not in (3, 4) or (tiles.ndim == 4 and tiles.shape[3] != 3)
        ):
            raise ValueError(f"Expected uint8 (N, h, w) or (N, h, w, 3). Received: {tiles.dtype} {tiles.shape}")
        if tiles is None or 0 in tiles.shape:
            self._clear()
            return
        alike = self._tiles is not None and self._tiles.shape[:3] == tiles.shape[:3]
        alike = alike and bool(captions) == bool(self._captions)
        self._tiles, self._captions, self._value_text = tiles, tuple(captions), value_text
        self._use_table(table)
        if not alike:
            self._current = -1
            self._relayout()
        self._compose()
        self._describe()
        self.viewport().update()
        if self._under[0] >= 0:
            self.readoutChanged.emit(self.readout())

    def _clear(self) -> None:
        self._tiles = self._tiling = self._canvas = None
        self._captions, self._current = (), -1
        self.verticalScrollBar().setRange(0, 0)
        self._hover((-1, -1, -1))
        self._describe()
        self.viewport().update()

    def _use_table(self, table: Bytes | None) -> None:
        table = colormap() if table is None else table
        if table is not self._table:
            self._table, self._packed = table, packed_table(table)

    def set_empty_text(self, text: str) -> None:
        """Say something else where there are no tiles."""
        self._empty = text
        self._describe()
        self.viewport().update()

    def count(self) -> int:
        """Return the number of tiles."""
        return 0 if self._tiles is None else len(self._tiles)

    def current(self) -> int:
        """Return the chosen tile, or -1."""
        return self._current

    def set_current(self, index: int) -> None:
        """Choose a tile (or -1) without emitting `selected`, and bring it into view."""
        self._current = index if 0 <= index < self.count() else -1
        if self._current >= 0:
            self._reveal(self._current)
        self._describe()
        self.viewport().update()

    def tiling(self) -> Tiling | None:
        """Return where the tiles lie (device px), or None when there are none."""
        return self._tiling

    def readout(self) -> str:
        """Return what is said of the pixel under the pointer."""
        index, y, x = self._under
        if self._tiles is None or index < 0 or index >= len(self._tiles):
            return ""
        name = self._captions[index] if index < len(self._captions) else f"{self._noun} {index}"
        pixel = self._tiles[index, y, x]
        value = self._value_text(index, y, x) if self._value_text else ", ".join(map(str, np.atleast_1d(pixel)))
        return f"{name} · y {y}, x {x} · {value}"

    # Layout and pixels

    def _ratio(self) -> float:
        return self.viewport().devicePixelRatioF()

    def _relayout(self) -> None:
        self._tiling = self._canvas = None
        if self._tiles is None:
            return
        ratio, (count, h, w) = self._ratio(), self._tiles.shape[:3]
        size = self.viewport().size()
        room = (
            max(1, int((size.width() - 2 * INSET) * ratio)),
            max(1, int((size.height() - 2 * INSET) * ratio)),
        )
        caption = round(CAPTION_HEIGHT * ratio) if self._captions else 0
        self._tiling = tile(count, h, w, room, gap=round(GAP * ratio), caption=caption, smallest=round(24 * ratio))
        over = max(0, self._tiling.height - room[1])
        self.verticalScrollBar().setRange(0, int(np.ceil(over / ratio)))
        self.verticalScrollBar().setPageStep(size.height())
        self.verticalScrollBar().setSingleStep(max(1, round(self._tiling.cell_h / ratio)))

    def _compose(self) -> None:
        if self._tiles is None or self._tiling is None:
            return
        if self._canvas is None:
            self._canvas = Canvas(
                self._tiling, self._ratio(), theme.color("window").rgb(), theme.color("hairline").rgb()
            )
        self._canvas.write(self._tiles, None if self._tiles.ndim == 4 else self._packed)

    def _theme_changed(self) -> None:
        self._canvas = None
        self._compose()
        self.viewport().update()

    # Painting

    def _offset(self) -> QPoint:
        """Return where the grid's upper left corner is on the viewport."""
        return QPoint(INSET, INSET - self.verticalScrollBar().value())

    def tile_rect(self, index: int) -> QRectF:
        """Return where a tile is on the viewport, in logical px."""
        if self._tiling is None:
            return QRectF()
        ratio, (x, y) = self._ratio(), self._tiling.origin(index)
        return QRectF(
            self._offset().x() + x / ratio,
            self._offset().y() + y / ratio,
            self._tiling.tile_w / ratio,
            self._tiling.tile_h / ratio,
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the composed grid, captions, the chosen tile and the readout."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("window"))
        if self._canvas is None:
            self._paint_empty(painter)
            return
        margin = MARGIN / self._ratio()
        painter.drawImage(QPointF(self._offset()) - QPointF(margin, margin), self._canvas.image)
        if self._captions:
            self._paint_captions(painter)
        if self._under[0] >= 0 and self._under[0] != self._current:
            self._outline(painter, self._under[0], "secondary", 1)
        if self._current >= 0:
            self._outline(painter, self._current, "accent", 2)
        if self.show_readout and self._under[0] >= 0:
            self._paint_readout(painter)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(theme.color("secondary"))
        around = self.viewport().rect().adjusted(16, 16, -16, -16)
        painter.drawText(around, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._empty)

    def _visible(self) -> range:
        """Return the tiles of which something is in view."""
        assert self._tiling is not None
        cell, scrolled = self._tiling.cell_h / self._ratio(), self.verticalScrollBar().value()
        first = max(0, int((scrolled - INSET) / cell))
        last = int((scrolled + self.viewport().height()) / cell) + 1
        return range(first * self._tiling.columns, min(self.count(), last * self._tiling.columns))

    def _paint_captions(self, painter: QPainter) -> None:
        painter.setFont(tabular(self.font(), tk.CAPTION))
        painter.setPen(theme.color("secondary"))
        metrics = painter.fontMetrics()
        for index in self._visible():
            if index >= len(self._captions):
                break
            rect = self.tile_rect(index)
            below = QRectF(rect.left(), rect.bottom(), rect.width(), CAPTION_HEIGHT)
            text = metrics.elidedText(self._captions[index], Qt.TextElideMode.ElideRight, int(rect.width()))
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def _outline(self, painter: QPainter, index: int, color: str, width: int) -> None:
        painter.setPen(QPen(theme.color(color), width, j=Qt.PenJoinStyle.MiterJoin))
        reach = width / 2
        painter.drawRect(self.tile_rect(index).adjusted(-reach, -reach, reach, reach))

    def _paint_readout(self, painter: QPainter) -> None:
        painter.setFont(tabular(self.font(), tk.CAPTION))
        text, metrics = self.readout(), painter.fontMetrics()
        width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 6
        left = 4.0
        top = self.viewport().height() - height - 4.0
        pill = QRectF(left, top, width, height)
        if pill.contains(self.viewport().mapFromGlobal(self.cursor().pos())):
            pill.moveTop(4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("tip", 0.88))
        painter.drawRoundedRect(pill, 4, 4)
        painter.setPen(theme.color("tip_text"))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    # Pointer and keys

    def _tile_at(self, point: QPoint) -> tuple[int, int, int]:
        if self._tiling is None or self._tiles is None:
            return -1, -1, -1
        inside = point - self._offset()
        hit = self._tiling.at(inside.x() * self._ratio(), inside.y() * self._ratio())
        if hit is None:
            return -1, -1, -1
        h, w = self._tiles.shape[1:3]
        return hit[0], int(hit[1] * h), int(hit[2] * w)

    def _hover(self, under: tuple[int, int, int]) -> None:
        if under != self._under:
            self._under = under
            self.hovered.emit(*under)
            self.readoutChanged.emit(self.readout())
            self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what is under the pointer."""
        self._hover(self._tile_at(event.position().toPoint()))

    def viewportEvent(self, event: QEvent) -> bool:
        """Forget the pointer when it leaves."""
        if event.type() == QEvent.Type.Leave:
            self._hover((-1, -1, -1))
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the tile under the pointer."""
        index = self._tile_at(event.position().toPoint())[0]
        if event.button() == Qt.MouseButton.LeftButton and index >= 0:
            self._choose(index)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the tile alone."""
        index = self._tile_at(event.position().toPoint())[0]
        if index >= 0:
            self.zoomed.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the choice by arrows; Return asks for the tile alone."""
        target = self._target(Qt.Key(event.key()))
        if target is not None:
            self._choose(target)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._current >= 0:
            self.zoomed.emit(self._current)
        else:
            super().keyPressEvent(event)

    def _target(self, key: Qt.Key) -> int | None:
        if self._tiling is None:
            return None
        columns, last = self._tiling.columns, self.count() - 1
        page = columns * max(1, int(self.viewport().height() * self._ratio() / self._tiling.cell_h))
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -self.count(),
            Qt.Key.Key_End: self.count(),
        }
        if key not in moves:
            return None
        if self._current < 0:
            return last if key == Qt.Key.Key_End else 0
        target = self._current + moves[key]
        if not 0 <= target <= last and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return self._current
        return min(max(target, 0), last)

    def _choose(self, index: int) -> None:
        changed = index != self._current
        self.set_current(index)
        if changed:
            self.selected.emit(index)

    def _reveal(self, index: int) -> None:
        rect, bar = self.tile_rect(index), self.verticalScrollBar()
        below = CAPTION_HEIGHT if self._captions else 0
        if rect.top() < 0:
            bar.setValue(int(bar.value() + rect.top()) - 2)
        elif rect.bottom() + below > self.viewport().height():
            bar.setValue(int(np.ceil(bar.value() + rect.bottom() + below - self.viewport().height())) + 2)

    def _describe(self) -> None:
        if self._tiles is None:
            self.setAccessibleDescription(self._empty)
            return
        chosen = f", {self._noun} {self._current} chosen" if self._current >= 0 else ""
        self.setAccessibleDescription(f"{self.count()} {self._noun}s of {shape_text(self._tiles.shape[1:3])}{chosen}")

    # Size

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the tiles out anew."""
        super().resizeEvent(event)
        self._relayout()
        self._compose()

    def changeEvent(self, event: QEvent) -> None:
        """Lay out anew on a screen of another density."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._relayout()
            self._compose()

    def sizeHint(self) -> QSize:
        """Return a size that shows something."""
        return QSize(360, 280)
