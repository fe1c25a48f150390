"""The chooser of layers: those of a block stand below its name, and typing finds one among many."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from guiapp.core.flattening import name_inside
from guiapp.look import tokens as tk
from guiapp.look.chooser import Chooser
from guiapp.look.search import SearchField
from guiapp.look.theme import theme
from guiapp.visuals.context import ViewContext

NAME = Qt.ItemDataRole.UserRole
ROW, HEADING, GAP = 26, 24, 8
MOST_HIGH, LEAST_WIDE, MOST_WIDE = 420, 180, 360
SEARCHED_FROM = 12
"""So many layers are looked through without a search field."""


class LayerChooser(Chooser):
    """A list of the network's layers; opened, it groups them by block.

    Parameters
    ----------
    context : ViewContext
        Says which block each layer is in.
    letters : int
        How many letters have room at least.
    """

    def __init__(self, context: ViewContext, letters: int = 14, parent: QWidget | None = None) -> None:
        super().__init__("Layer", letters, parent)
        self._context = context
        self.popup: LayerPopup | None = None

    def showPopup(self) -> None:
        """Show the layers below it, or above it where there is more room."""
        if self.popup is None:
            self.popup = LayerPopup(self)
            self.popup.picked.connect(self._picked)
        self.popup.show_layers(self.entries(), self._context.blocks, self.currentText())
        size = self.popup.wanted(self.width())
        screen = self.screen().availableGeometry()
        below = QRect(self.mapToGlobal(QPoint(0, self.height() + 2)), size)
        above = QRect(self.mapToGlobal(QPoint(0, -2)) - QPoint(0, size.height()), size)
        place = above if below.bottom() > screen.bottom() and above.top() >= screen.top() else below
        place.setBottom(min(place.bottom(), screen.bottom()))
        place.moveRight(min(place.right(), screen.right()))
        self.popup.setGeometry(place)
        self.popup.show()
        self.popup.take_focus()

    def hidePopup(self) -> None:
        """Close the list."""
        if self.popup is not None:
            self.popup.hide()
        super().hidePopup()

    def _picked(self, name: str) -> None:
        at = self.entries().index(name)
        self.setCurrentIndex(at)
        self.chosen.emit(at)


class _Rows(QStyledItemDelegate):
    """Paints headings as such; they cannot be chosen."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        if index.data(NAME) is None:
            option.state |= QStyle.StateFlag.State_Enabled
            option.font.setPixelSize(tk.CAPTION)
            option.palette.setColor(QPalette.ColorRole.Text, theme.color("secondary"))


class LayerPopup(QFrame):
    """A search field where there are many, and the layers under the names of their blocks.

    Signals
    -------
    picked(str)
        The person chose the layer with this name.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("toast", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._headings: list[QListWidgetItem] = []
        self.search = SearchField("Find a layer")
        self.list = QListWidget()
        self.list.setAccessibleName("Layers")
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setMouseTracking(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(lambda: self._pick(self.list.currentItem()))
        self.search.downPressed.connect(lambda: self._step(1))
        self.list.itemClicked.connect(self._pick)
        self.list.itemActivated.connect(self._pick)

    def show_layers(self, names: list[str], blocks: Mapping[str, str], current: str) -> None:
        """List other layers, with one of them marked."""
        self.list.clear()
        self._headings.clear()
        before = ""
        for name in names:
            block = blocks.get(name, "")
            if block != before:
                self._add_heading(block)
            before = block
            item = QListWidgetItem(f"{'    ' if block else ''}{name_inside(name, block)}")
            item.setData(NAME, name)
            item.setToolTip(name)
            item.setSizeHint(QSize(0, ROW))
            self.list.addItem(item)
            if name == current:
                self.list.setCurrentItem(item)
        self.search.clear()
        self.search.setVisible(len(names) >= SEARCHED_FROM)

    def _add_heading(self, block: str) -> None:
        item = QListWidgetItem(block)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setSizeHint(QSize(0, HEADING if block else GAP))
        self.list.addItem(item)
        self._headings.append(item)

    def wanted(self, least: int) -> QSize:
        """Return the size at which all names can be read, within bounds."""
        metrics = self.list.fontMetrics()
        rows = [self.list.item(row) for row in range(self.list.count())]
        wide = max((metrics.horizontalAdvance(item.text()) for item in rows), default=0) + 64
        high = sum(item.sizeHint().height() for item in rows) + 20
        high += self.search.sizeHint().height() + 4 if not self.search.isHidden() else 0
        return QSize(min(max(wide, least, LEAST_WIDE), MOST_WIDE), min(high, MOST_HIGH))

    def take_focus(self) -> None:
        """Let the keyboard go on in the search field, or in the list, at the marked layer."""
        (self.list if self.search.isHidden() else self.search).setFocus(Qt.FocusReason.PopupFocusReason)
        if self.list.currentItem() is not None:
            self.list.scrollToItem(self.list.currentItem(), QListWidget.ScrollHint.PositionAtCenter)

    def shown(self) -> list[str]:
        """Return what is listed now, headings included."""
        rows = [self.list.item(row) for row in range(self.list.count())]
        return [item.text().strip() for item in rows if not item.isHidden()]

    def _filter(self, text: str) -> None:
        wanted = text.strip().lower()
        first: QListWidgetItem | None = None
        heading: QListWidgetItem | None = None
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item in self._headings:
                heading = item
                item.setHidden(bool(wanted))
                continue
            fits = wanted in str(item.data(NAME)).lower()
            item.setHidden(not fits)
            if fits and heading is not None and heading.text():
                heading.setHidden(False)
            first = first or (item if fits else None)
        current = self.list.currentItem()
        if wanted and first is not None and (current is None or current.isHidden()):
            self.list.setCurrentItem(first)

    def _step(self, by: int) -> None:
        row = self.list.currentRow() + by
        while 0 <= row < self.list.count():
            item = self.list.item(row)
            if not item.isHidden() and item.flags() & Qt.ItemFlag.ItemIsSelectable:
                self.list.setCurrentItem(item)
                return
            row += by

    def _pick(self, item: QListWidgetItem | None) -> None:
        # A click may be an activation too.
        if item is not None and not item.isHidden() and item.data(NAME) is not None and self.isVisible():
            self.hide()
            self.picked.emit(str(item.data(NAME)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape; Up, which the search field leaves, marks the layer before."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        elif event.key() == Qt.Key.Key_Up:
            self._step(-1)
        else:
            super().keyPressEvent(event)
