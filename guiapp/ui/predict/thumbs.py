"""A row or a column of thumbnails with words: images of a session, layers of a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QImage, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QListView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from guiapp.look import icons
from guiapp.look import tokens as tk
from guiapp.look.pixels import Bytes, to_qimage
from guiapp.look.theme import tabular, theme
from guiapp.look.tiling import SHARP_UP_TO

KEY, SUBTITLE, IMAGE, BADGE, HEADING, INSIDE = (Qt.ItemDataRole.UserRole + i for i in range(6))
CAPTION = 16
HEAD, INDENT = 26, 8
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Entry:
    """One thumbnail: what it stands for, its words, and the icon in its corner ("" for none).

    In a column `heading` stands above it, and what lies `inside` a group is marked at the left.
    """

    key: str
    title: str
    subtitle: str = ""
    badge: str = ""
    tip: str = ""
    heading: str = ""
    inside: bool = False


def fitted(image: QImage, side: int, ratio: float) -> QImage:
    """Return `image` in a square of `side` logical px: small ones enlarged by a whole factor, large ones smoothly."""
    w, h = image.width(), image.height()
    scale = side * ratio / max(w, h)
    sharp = scale >= 1 and max(w, h) <= SHARP_UP_TO
    scale = int(scale) if sharp else scale
    how = Qt.TransformationMode.FastTransformation if sharp else Qt.TransformationMode.SmoothTransformation
    size = QSize(max(1, round(w * scale)), max(1, round(h * scale)))
    scaled = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, how)
    scaled.setDevicePixelRatio(ratio)
    return scaled


class _Delegate(QStyledItemDelegate):
    def __init__(self, owner: Thumbs) -> None:
        super().__init__(owner)
        self._owner = owner

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        side = self._owner.side
        if self._owner.vertical:
            return QSize(side, side + 8 + (HEAD if index.data(HEADING) else 0))
        return QSize(side + 8, side + 8 + CAPTION)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        rect: QRect = option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hover = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if self._owner.vertical:
            self._row(painter, rect, index, chosen=chosen, hover=hover)
        else:
            self._cell(painter, rect, index, chosen=chosen, hover=hover)
        painter.restore()

    def _row(self, painter: QPainter, rect: QRect, index: Index, *, chosen: bool, hover: bool) -> None:
        side = self._owner.side
        if heading := index.data(HEADING):
            words = QRect(rect.left() + 4, rect.top() + 4, rect.width() - 8, HEAD - 4)
            self._words(painter, words, heading, tk.CAPTION, "secondary", left=True)
            rect = rect.adjusted(0, HEAD, 0, 0)
        if index.data(INSIDE):
            painter.fillRect(QRect(rect.left() + 4, rect.top(), 2, rect.height()), theme.color("hairline"))
            rect = rect.adjusted(INDENT, 0, 0, 0)
        if chosen or hover:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("selection" if chosen else "hover"))
            painter.drawRoundedRect(rect.adjusted(0, 1, 0, -1), tk.RADIUS, tk.RADIUS)
        self._picture(painter, QRect(rect.left() + 4, rect.top() + 4, side, side), index)
        words = QRect(rect.left() + side + 12, rect.center().y() - 17, rect.width() - side - 16, 18)
        self._words(painter, words, index.data(Qt.ItemDataRole.DisplayRole), tk.BODY, "text", left=True)
        self._words(painter, words.translated(0, 18), index.data(SUBTITLE), tk.CAPTION, "secondary", left=True)

    def _cell(self, painter: QPainter, rect: QRect, index: Index, *, chosen: bool, hover: bool) -> None:
        side = self._owner.side
        square = QRect(rect.left() + 4, rect.top() + 4, side, side)
        self._picture(painter, square, index)
        if chosen or hover:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            pen = QPen(theme.color("accent" if chosen else "border"), 2, j=Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.drawRect(square.adjusted(-2, -2, 2, 2))
        words = QRect(rect.left() + 2, square.bottom() + 4, rect.width() - 4, CAPTION)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        self._words(painter, words, text, tk.CAPTION, "text" if chosen else "secondary", left=False)

    def _picture(self, painter: QPainter, square: QRect, index: Index) -> None:
        image = index.data(IMAGE)
        if isinstance(image, QImage):
            ratio = self._owner.devicePixelRatioF()
            scaled = fitted(image, square.width(), ratio)
            size = scaled.deviceIndependentSize().toSize()
            spot = QRect(0, 0, size.width(), size.height())
            spot.moveCenter(square.center())
            painter.drawImage(spot.topLeft(), scaled)
        else:
            painter.fillRect(square, theme.color("hover"))
        if badge := index.data(BADGE):
            corner = QRectF(square.right() - 18, square.top() + 3, 16, 16)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("tip", 0.8))
            painter.drawRoundedRect(corner, 3, 3)
            mark = icons.pixmap(badge, 12, "tip_text", self._owner.devicePixelRatioF())
            painter.drawPixmap(round(corner.left()) + 2, round(corner.top()) + 2, mark)

    def _words(self, painter: QPainter, rect: QRect, text: str, size: int, color: str, *, left: bool) -> None:
        painter.setFont(tabular(self._owner.font(), size))
        painter.setPen(theme.color(color))
        shown = painter.fontMetrics().elidedText(text or "", Qt.TextElideMode.ElideMiddle, rect.width())
        side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)


class Thumbs(QListWidget):
    """Thumbnails in a row, or in a column with words beside them; arrows move the choice.

    Parameters
    ----------
    vertical : bool
        Whether they form a column.
    side : int
        The side of a thumbnail in px.

    Signals
    -------
    picked(str)
        The person chose the entry with this key.
    removeAsked(str)
        Delete was pressed on it, or chosen in its menu.
    """

    picked = Signal(str)
    removeAsked = Signal(str)

    def __init__(self, name: str, *, vertical: bool = False, side: int = 56, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.vertical, self.side = vertical, side
        self._still = False
        self._actions: list[tuple[str, str]] = []
        self.setAccessibleName(name)
        self.setItemDelegate(_Delegate(self))
        self.setMouseTracking(True)
        self.setUniformItemSizes(not vertical)
        self.setHorizontalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(self.ScrollMode.ScrollPerPixel)
        self.setStyleSheet("QListView { background: transparent; }")
        if vertical:
            self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        else:
            self.setFlow(QListView.Flow.LeftToRight)
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setFixedHeight(side + 8 + CAPTION + 14)
        self.currentItemChanged.connect(self._current_changed)
        theme.changed.connect(self.viewport().update)

    # What is shown

    def set_entries(self, entries: Sequence[Entry], current: str | None = None) -> None:
        """Show other entries; those that stay keep their pictures, and the choice stays where it can."""
        current = self.current() if current is None else current
        images = {self._key(i): self.item(i).data(IMAGE) for i in range(self.count())}
        self._still = True
        self.clear()
        for entry in entries:
            item = QListWidgetItem(entry.title)
            item.setData(KEY, entry.key)
            item.setData(SUBTITLE, entry.subtitle)
            item.setData(BADGE, entry.badge)
            item.setData(HEADING, entry.heading)
            item.setData(INSIDE, entry.inside)
            item.setData(IMAGE, images.get(entry.key))
            item.setToolTip(entry.tip)
            self.addItem(item)
        self._still = False
        self.set_current(current)

    def keys(self) -> list[str]:
        """Return the keys of all entries, in order."""
        return [self._key(i) for i in range(self.count())]

    def current(self) -> str | None:
        """Return the key of the chosen entry."""
        item = self.currentItem()
        return None if item is None else str(item.data(KEY))

    def set_current(self, key: str | None) -> None:
        """Choose an entry without saying so."""
        self._still = True
        at = self.keys().index(key) if key in self.keys() else -1
        self.setCurrentRow(at, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if at >= 0:
            self.scrollToItem(self.item(at))
        self._still = False

    def set_thumb(self, key: str, image: Bytes, table: Bytes | None = None) -> None:
        """Show the picture of an entry; `table` is the colormap of indices. Nothing happens when it is gone."""
        for i in range(self.count()):
            if self._key(i) == key:
                self.item(i).setData(IMAGE, to_qimage(image, table))

    def _key(self, row: int) -> str:
        return str(self.item(row).data(KEY))

    def _current_changed(self, item: QListWidgetItem | None, before: QListWidgetItem | None) -> None:
        if item is not None and not self._still:
            self.picked.emit(str(item.data(KEY)))

    # Removing

    def set_remove_text(self, text: str) -> None:
        """Offer to remove entries, by Delete and in their menu."""
        self._actions = [(text, "remove")]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Remove on Delete; a row moves by the left and right arrows."""
        current = self.current()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self._actions and current is not None:
            self.removeAsked.emit(current)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer what can be done with an entry."""
        item = self.itemAt(event.pos())
        if item is None or not self._actions:
            return
        key = str(item.data(KEY))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for text, icon in self._actions:
            action = menu.addAction(text)
            icons.set_icon(action, icon)
        menu.triggered.connect(lambda _action: self.removeAsked.emit(key))
        menu.popup(event.globalPos())

    def sizeHint(self) -> QSize:
        """Return room for a few."""
        return QSize(176, 320) if self.vertical else QSize(480, self.height())
