"""A wall of thumbnails that draws and decodes only what is seen; `Gallery` adds the choosing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip, QWidget

from guiapp.core.notify import UserError
from guiapp.look.theme import theme
from guiapp.ui.data.grid import Grid, Selection
from guiapp.ui.data.thumbs import Picture, Thumbs
from guiapp.ui.data.tile import Tile, TilePainter
from guiapp.ui.data.wall import DAMAGED, LEFT_OUT, RELABELLED, Rows, Wall

NOTHING: Rows = np.empty(0, np.intp)


class Thumbnails(QAbstractScrollArea):
    """The images of a wall, with what is marked on them and which of them are chosen.

    Signals
    -------
    selection_changed()
        Other images are chosen, or another one is the current one.

    Attributes
    ----------
    wall : Wall or None
        What is shown.
    thumbs : Thumbs
        Where the pictures come from.
    pinned : callable
        Whether the image of a row of the dataset is pinned to the project.
    """

    selection_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.wall: Wall | None = None
        self.thumbs = Thumbs(self)
        self.pinned: Callable[[int], bool] = lambda _row: False
        self._selection = Selection()
        self._side = 128
        self._down = True
        self._top = 0
        self._tiles: TilePainter | None = None
        self._band: QRect | None = None  # on the whole wall, not on what is seen of it
        self.setAccessibleName("Images")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.thumbs.arrived.connect(self._arrived)
        theme.changed.connect(self._restyle)

    # what is shown

    @property
    def rows(self) -> Rows:
        """Rows of the dataset that are shown, in order."""
        return self.wall.rows if self.wall is not None else NOTHING

    @property
    def current(self) -> int:
        """The row in the dataset of the image on which the keys work, or -1."""
        return int(self.rows[self._selection.at]) if 0 <= self._selection.at < len(self.rows) else -1

    @property
    def place(self) -> int:
        """Which of the images shown is the current one, from 0 on, or -1."""
        return self._selection.at

    @property
    def chosen(self) -> Rows:
        """Rows in the dataset of the images that are chosen, in order; the current one where none is."""
        if self._selection.chosen.any():
            return self.rows[self._selection.chosen]
        return self.rows[self._selection.at : self._selection.at + 1] if self._selection.at >= 0 else NOTHING

    def set_wall(self, wall: Wall | None) -> None:
        """Show other images, or the same ones after something about them has changed; what is chosen stays so."""
        old, self.wall = self.wall, wall
        same = wall is not None and old is not None and wall.opened is old.opened
        asked = same and old is not None and wall is not None and wall.wanted == old.wanted
        self.thumbs.set_dataset(wall.opened if wall is not None else None)
        if same and old is not None and wall is not None:
            self._selection = self._selection.carried(old.images, wall.images, stay=asked)
        else:
            self._selection = Selection(len(self.rows))
        self._lay_out()
        if not asked:
            self.verticalScrollBar().setValue(0)
            self._reveal()
        self._load()
        self.viewport().update()
        self.selection_changed.emit()

    def set_side(self, side: int) -> None:
        """Draw thumbnails in squares of `side` pixels."""
        if side != self._side:
            first = self._grid().visible().start
            self._side = side
            self._lay_out()
            self.verticalScrollBar().setValue(self._grid().rect(first).top() + self._grid().top)
            self._load()
            self.viewport().update()

    def picture(self, row: int) -> Picture | None:
        """Return what is known of an image's thumbnail: the picture, why there is none, or None while it is read."""
        if self.wall is None:
            return None
        thumb = self.thumbs.get(int(self.wall.arranged.rows[row]))
        return thumb.picture if thumb is not None else None

    def tip(self, row: int) -> str:
        """Return what is to be said of an image: file, class, split, and why it cannot be shown."""
        if self.wall is None:
            return ""
        lines = [self.wall.dataset.paths[row], *(f"{name}: {value}" for name, value in self.wall.facts(row))]
        picture = self.picture(row)
        if isinstance(picture, UserError):
            lines.append(picture.sentence)
        return "\n".join(lines)

    # layout and thumbnails

    def visible(self) -> range:
        """Return the places of the images that are seen, from 0 on."""
        return self._grid().visible()

    def _grid(self) -> Grid:
        size = self.viewport().size()
        return Grid(size.width(), size.height(), self._side, len(self.rows), self.verticalScrollBar().value())

    def _lay_out(self) -> None:
        grid, bar = self._grid(), self.verticalScrollBar()
        bar.setPageStep(grid.height)
        bar.setSingleStep(grid.pitch // 2)
        bar.setRange(0, grid.bottom)

    def _load(self) -> None:
        if self.wall is None or not self.isVisible():
            return
        grid = self._grid()
        places = [*grid.visible(), *grid.ahead(down=self._down)]
        images = self.wall.arranged.rows[self.rows[places]].tolist() if places else []
        self.thumbs.want(images, round(self._side * self.devicePixelRatioF()))

    def _arrived(self, images: list[int]) -> None:
        if self.wall is None:
            return
        here, grid = set(images), self._grid()
        visible = grid.visible()
        for at, image in zip(visible, self.wall.arranged.rows[self.rows[visible.start : visible.stop]], strict=True):
            if int(image) in here:
                self.viewport().update(grid.rect(at))

    def _scrolled(self, top: int) -> None:
        moved, self._top = self._top - top, top
        self._down = moved <= 0
        if abs(moved) < self.viewport().height() and self._band is None:
            self.viewport().scroll(0, moved)
        else:
            self.viewport().update()
        self._load()

    def _reveal(self) -> None:
        if self._selection.at >= 0:
            self.verticalScrollBar().setValue(self._grid().top_for(self._selection.at))

    # painting

    def _restyle(self) -> None:
        self._tiles = None
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what is seen."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), theme.color("surface"))
        if self._tiles is None:
            self._tiles = TilePainter(self.font(), self.devicePixelRatioF())
        area, grid, focus = event.region(), self._grid(), self.hasFocus()
        for at in grid.between(event.rect().top() - 4, event.rect().bottom() + 4):
            rect = grid.rect(at)
            if area.intersects(rect.adjusted(-4, -4, 4, 20)):
                self._tiles.paint(painter, self._tile(at), rect, focus=focus)
        if self._band is not None:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.fillRect(self._band.translated(0, -grid.top), theme.color("accent", 0.12))
            painter.drawRect(self._band.translated(0, -grid.top))

    def _tile(self, at: int) -> Tile:
        assert self.wall is not None
        row = int(self.rows[at])
        mark = int(self.wall.marks[row])
        return Tile(
            self.picture(row),
            self.wall.label(row),
            left_out=bool(mark & LEFT_OUT),
            relabelled=bool(mark & RELABELLED),
            damaged=bool(mark & DAMAGED),
            pinned=self.pinned(row),
            chosen=bool(self._selection.chosen[at]),
            current=at == self._selection.at,
        )

    # events

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what an image is when the pointer rests on it."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._grid().at(event.pos())
            QToolTip.showText(event.globalPos(), self.tip(int(self.rows[at])) if at >= 0 else "", self)
            return True
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out afresh."""
        super().resizeEvent(event)
        self._lay_out()
        self._load()

    def showEvent(self, event: QShowEvent) -> None:
        """Read what is seen now."""
        super().showEvent(event)
        self._lay_out()
        self._load()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the words afresh in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.DevicePixelRatioChange):
            self._restyle()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the choice as one that keys move."""
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show the choice as one that keys do not move."""
        self.viewport().update()
