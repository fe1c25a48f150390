"""A wall of thumbnails that draws and decodes only what is seen."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QHelpEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from guiapp.core.notify import UserError, as_user_error
from guiapp.data.dataset import SPLIT_NAMES, Dataset
from guiapp.look import icons
from guiapp.look import tokens as tk
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes, to_qimage
from guiapp.look.theme import tabular, theme

GAP = 8
CAPTION = 18
BATCH = 16
KEPT = 3000
"""Thumbnails kept in memory: at 128 px some 150 MB at most, and in practice far less."""

Picture = QImage | UserError


def read_thumbs(dataset: Dataset, rows: Sequence[int], size: int) -> list[tuple[int, Bytes | UserError]]:
    """Return the thumbnail of each image, or why there is none."""
    found: list[tuple[int, Bytes | UserError]] = []
    for row in rows:
        try:
            found.append((row, dataset.thumbnail(row, size)))
        except (UserError, OSError) as exc:
            found.append((row, as_user_error(exc)))
    return found


class Gallery(QAbstractScrollArea):
    """Thumbnails of a dataset's images.

    Signals
    -------
    current_changed(int)
        Another image is chosen: its row in the dataset, or -1.
    opened(int)
        An image is to be shown large.
    """

    current_changed = Signal(int)
    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._dataset: Dataset | None = None
        self._splits: NDArray[np.uint8] = np.empty(0, np.uint8)
        self._rows: NDArray[np.intp] = np.empty(0, np.intp)
        self._pictures: OrderedDict[int, Picture] = OrderedDict()
        self._side = 128
        self._at = -1
        self.setAccessibleName("Images")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme.changed.connect(self.viewport().update)

    @property
    def rows(self) -> NDArray[np.intp]:
        """Rows of the dataset that are shown, in order."""
        return self._rows

    @property
    def current(self) -> int:
        """The chosen image's row in the dataset, or -1."""
        return int(self._rows[self._at]) if 0 <= self._at < len(self._rows) else -1

    def set_dataset(self, dataset: Dataset | None, splits: NDArray[np.uint8]) -> None:
        """Show another dataset, and nothing of it until `set_rows` is called."""
        self._splits = splits
        if dataset is not self._dataset:
            self._pictures.clear()
            self._dataset = dataset
            self.set_rows(np.empty(0, np.intp))

    def set_rows(self, rows: NDArray[np.intp]) -> None:
        """Show these images."""
        chosen = self.current
        self._rows = rows
        where = np.flatnonzero(rows == chosen)
        self._at = int(where[0]) if where.size else -1
        self._lay_out()
        self._load()
        self.viewport().update()

    def set_side(self, side: int) -> None:
        """Draw thumbnails in squares of `side` pixels."""
        if side != self._side:
            self._side = side
            self._pictures.clear()
            self._lay_out()
            self._load()
            self.viewport().update()

    def picture(self, row: int) -> Picture | None:
        """Return what is known of an image's thumbnail: the picture, why there is none, or None while it is read."""
        return self._pictures.get(row)

    # layout

    def _columns(self) -> int:
        return max(1, (self.viewport().width() - GAP) // (self._side + GAP))

    def _pitch(self) -> int:
        return self._side + CAPTION + GAP

    def _lay_out(self) -> None:
        lines = -(-len(self._rows) // self._columns())
        bar = self.verticalScrollBar()
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(self._pitch() // 2)
        bar.setRange(0, max(0, lines * self._pitch() + GAP - self.viewport().height()))

    def _rect(self, at: int) -> QRect:
        line, column = divmod(at, self._columns())
        spare = self.viewport().width() - GAP - self._columns() * (self._side + GAP)
        left = GAP + column * (self._side + GAP) + spare * (column + 1) // (self._columns() + 1)
        return QRect(left, GAP + line * self._pitch() - self.verticalScrollBar().value(), self._side, self._side)

    def _visible(self) -> range:
        top = self.verticalScrollBar().value()
        first = max(0, (top - GAP) // self._pitch()) * self._columns()
        last = ((top + self.viewport().height()) // self._pitch() + 1) * self._columns()
        return range(first, min(len(self._rows), last))

    def _index_at(self, point: QPoint) -> int:
        for at in self._visible():
            if self._rect(at).adjusted(0, 0, 0, CAPTION).contains(point):
                return at
        return -1

    # thumbnails

    def _scrolled(self) -> None:
        self._load()
        self.viewport().update()

    def _load(self) -> None:
        dataset = self._dataset
        if dataset is None or not self.isVisible():
            return
        wanted = [int(self._rows[at]) for at in self._visible() if int(self._rows[at]) not in self._pictures]
        if not wanted:
            return
        size = round(self._side * self.devicePixelRatioF())

        def done(found: list[tuple[int, Bytes | UserError]]) -> None:
            for row, picture in found:
                self._pictures[row] = picture if isinstance(picture, UserError) else to_qimage(picture)
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
            self.viewport().update()
            self._load()

        self._jobs.run(read_thumbs, dataset, wanted[:BATCH], size, done=done, key=self)

    # painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is seen."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("surface"))
        painter.setFont(tabular(self.font(), tk.CAPTION))
        for at in self._visible():
            self._paint(painter, at)

    def _paint(self, painter: QPainter, at: int) -> None:
        rect, row = self._rect(at), int(self._rows[at])
        picture = self._pictures.get(row)
        if isinstance(picture, QImage):
            _draw_fitted(painter, picture, rect)
        else:
            painter.fillRect(rect, theme.color("hover"))
            if isinstance(picture, UserError):
                mark = icons.pixmap("error", 20, "bad", self.devicePixelRatioF())
                painter.drawPixmap(rect.center() - QPoint(10, 10), mark)
        if at == self._at:
            color = "accent" if self.hasFocus() else "secondary"
            painter.setPen(QPen(theme.color(color), 2))
            painter.drawRect(rect.adjusted(-2, -2, 2, 2))
        if self._dataset is not None:
            name = self._dataset.class_names[self._dataset.labels[row]]
            painter.setPen(theme.color("text" if at == self._at else "secondary"))
            words = QRect(rect.left(), rect.bottom() + 3, rect.width(), CAPTION - 4)
            shown = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, words.width())
            painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter, shown)

    # touching

    def _choose(self, at: int) -> None:
        if len(self._rows) == 0:
            return
        at = min(max(at, 0), len(self._rows) - 1)
        if at != self._at:
            self._at = at
            self.current_changed.emit(self.current)
        self._reveal()
        self.viewport().update()

    def _reveal(self) -> None:
        rect, bar = self._rect(self._at), self.verticalScrollBar()
        if rect.top() < GAP:
            bar.setValue(bar.value() + rect.top() - GAP)
        elif rect.bottom() + CAPTION > self.viewport().height():
            bar.setValue(bar.value() + rect.bottom() + CAPTION + GAP - self.viewport().height())

    def step(self, by: int) -> int:
        """Choose the image `by` places further and return its row."""
        self._choose(self._at + by)
        return self.current

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Page, Home and End move the choice; Enter opens it large."""
        columns = self._columns()
        page = max(1, self.viewport().height() // self._pitch()) * columns
        moves: dict[int, Callable[[], int]] = {
            Qt.Key.Key_Left: lambda: self._at - 1,
            Qt.Key.Key_Right: lambda: self._at + 1,
            Qt.Key.Key_Up: lambda: self._at - columns if self._at >= columns else self._at,
            Qt.Key.Key_Down: lambda: self._at + columns,
            Qt.Key.Key_PageUp: lambda: self._at - page,
            Qt.Key.Key_PageDown: lambda: self._at + page,
            Qt.Key.Key_Home: lambda: 0,
            Qt.Key.Key_End: lambda: len(self._rows) - 1,
        }
        if event.key() in moves:
            self._choose(moves[event.key()]() if self._at >= 0 else 0)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an image."""
        at = self._index_at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0:
            self._choose(at)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open an image large."""
        if self._index_at(event.position().toPoint()) >= 0 and self.current >= 0:
            self.opened.emit(self.current)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what an image is when the pointer rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._index_at(event.pos())
            QToolTip.showText(event.globalPos(), self.tip(int(self._rows[at])) if at >= 0 else "", self)
            return True
        return super().viewportEvent(event)

    def tip(self, row: int) -> str:
        """Return what is to be said of an image: file, class, split, and why it cannot be shown."""
        if self._dataset is None:
            return ""
        lines = [self._dataset.paths[row], f"class: {self._dataset.class_names[self._dataset.labels[row]]}"]
        if row < len(self._splits):
            lines.append(f"split: {SPLIT_NAMES[self._splits[row]]}")
        picture = self._pictures.get(row)
        if isinstance(picture, UserError):
            lines.append(picture.sentence)
        return "\n".join(lines)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out afresh."""
        super().resizeEvent(event)
        self._lay_out()
        self._load()

    def showEvent(self, event: QEvent) -> None:
        """Read what is seen now."""
        self._lay_out()
        self._load()

    def focusInEvent(self, event: QEvent) -> None:
        """Show the choice as one that keys move."""
        self.viewport().update()

    def focusOutEvent(self, event: QEvent) -> None:
        """Show the choice as one that keys do not move."""
        self.viewport().update()


def _draw_fitted(painter: QPainter, picture: QImage, rect: QRect) -> None:
    """Draw `picture` in the middle of `rect`: small ones by whole factors without smoothing."""
    width, height = picture.width(), picture.height()
    scale = min(rect.width() / width, rect.height() / height)
    sharp = max(width, height) <= 64 and scale >= 1
    scale = float(int(scale)) if sharp else scale
    target = QRect(0, 0, max(1, round(width * scale)), max(1, round(height * scale)))
    target.moveCenter(rect.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp)
    painter.drawImage(target, picture)
