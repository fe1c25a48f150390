"""The library as cards: a picture, the name, what it is, and the note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QMimeData,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from guiapp.core.library_files import Stored
from guiapp.look import tokens as tk
from guiapp.look.icons import pixmap
from guiapp.look.theme import tabular, theme
from guiapp.ui.network.library_shelf import MIME, LibraryShelf, facts, key, shapes, size

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
LEAST, GAP, AIR, PICTURE_RATIO = 220, 12, 12, 9 / 16
LINE = 18
WORDS_HEIGHT = 3 * LINE + 2 * 10


class CardModel(QAbstractListModel):
    """The things that are shown."""

    def __init__(self, shelf: LibraryShelf, parent: QWidget) -> None:
        super().__init__(parent)
        self.shelf = shelf
        self.stored: list[Stored] = []
        shelf.pictured.connect(self._pictured)

    def show_stored(self, stored: Sequence[Stored]) -> None:
        """Show these."""
        self.beginResetModel()
        self.stored = list(stored)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.stored)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what Qt asks of one."""
        item = self.stored[index.row()].item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ". ".join(part for part in (item.name, item.what, facts(item), item.note) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(part for part in (item.name, facts(item), item.note) if part)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let blocks be dragged to the list of layers."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        block = index.isValid() and self.stored[index.row()].item.what == "block"
        return flags | Qt.ItemFlag.ItemIsDragEnabled if block else flags

    def mimeTypes(self) -> list[str]:
        """Return as what a card is dragged."""
        return [MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return the key of the card that is dragged."""
        data = QMimeData()
        data.setData(MIME, key(self.stored[indexes[0].row()]).encode())
        return data

    def _pictured(self, path: object) -> None:
        for row, stored in enumerate(self.stored):
            if stored.path == path:
                self.dataChanged.emit(self.index(row), self.index(row))


class _Card(QStyledItemDelegate):
    def __init__(self, view: CardList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return self._view.card_size() + QSize(GAP, GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, CardModel)
        stored = model.stored[index.row()]
        card = QRect(option.rect.topLeft(), self._view.card_size())
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setPen(theme.color("accent" if chosen else "border" if over else "hairline"))
        painter.setBrush(theme.color("selection" if chosen else "surface"))
        painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        place = QRect(card.left() + 6, card.top() + 6, card.width() - 12, round((card.width() - 12) * PICTURE_RATIO))
        image = model.shelf.pictures.get(stored.path)
        painter.fillRect(place, theme.color("window"))
        if image is not None:
            painter.drawImage(place, image)
        self._words(painter, QRect(card.left() + AIR, place.bottom() + 9, card.width() - 2 * AIR, LINE), stored)
        painter.restore()

    def _words(self, painter: QPainter, line: QRect, stored: Stored) -> None:
        item, metrics_of = stored.item, Qt.TextElideMode.ElideRight
        ratio = painter.device().devicePixelRatio()
        sign = pixmap("block" if item.what == "block" else "network", 16, "secondary", ratio)
        painter.drawPixmap(line.left(), line.top() + 1, sign)
        font = QFont(self._view.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        name = line.adjusted(22, 0, 0, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(name, middle, painter.fontMetrics().elidedText(item.name, metrics_of, name.width()))
        painter.setFont(tabular(self._view.font(), tk.SECONDARY))
        painter.setPen(theme.color("secondary"))
        for text in (size(item), item.note.split("\n")[0] or shapes(item)):
            line = line.translated(0, LINE)
            painter.drawText(line, middle, painter.fontMetrics().elidedText(text, metrics_of, line.width()))


class CardList(QListView):
    """The cards in as many columns as there is room for.

    Signals
    -------
    used(object)
        Return or a double click on a `Stored`.
    picked(object)
        Another one is chosen: a `Stored`, or None.
    removed(object)
        Delete was pressed on a `Stored`.
    """

    used = Signal(object)
    picked = Signal(object)
    removed = Signal(object)

    def __init__(self, shelf: LibraryShelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards = CardModel(shelf, self)
        self.setModel(self.cards)
        self.setItemDelegate(_Card(self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        # After the movement, which takes it back.
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDefaultDropAction(Qt.DropAction.CopyAction)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setAccessibleName("My library")
        self.setProperty("cards", True)
        self.viewport().setAutoFillBackground(False)
        self.doubleClicked.connect(self._used)
        self.selectionModel().currentChanged.connect(self._picked)
        theme.changed.connect(self.viewport().update)

    def card_size(self) -> QSize:
        """Return how large a card is, so that a row of them fills the width."""
        # Not the viewport's width, which changes with the bar that the height of the cards makes come and go.
        room = max(self.width() - self.verticalScrollBar().sizeHint().width() - 6, LEAST + GAP)
        columns = max(room // (LEAST + GAP), 1)
        width = min(room // columns - GAP, 2 * LEAST)
        return QSize(width, round((width - 12) * PICTURE_RATIO) + WORDS_HEIGHT)

    def current(self) -> Stored | None:
        """Return the one that is chosen."""
        index = self.currentIndex()
        return self.cards.stored[index.row()] if index.isValid() else None

    def choose(self, stored: Stored | None) -> None:
        """Choose the card of the same file, or else the first one."""
        rows = [row for row, one in enumerate(self.cards.stored) if stored is not None and one.path == stored.path]
        index = self.cards.index((rows or [0])[0])
        self.setCurrentIndex(index)
        self.picked.emit(self.current())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Use or remove what is chosen."""
        stored = self.current()
        if stored is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.used.emit(stored)
        elif stored is not None and event.key() == Qt.Key.Key_Delete:
            self.removed.emit(stored)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the cards out anew."""
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()

    def _used(self) -> None:
        stored = self.current()
        if stored is not None:
            self.used.emit(stored)

    def _picked(self) -> None:
        self.picked.emit(self.current())
