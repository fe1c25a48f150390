"""A list of things to choose from, each with an icon, a title and a line of help; grouped by headings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from guiapp.look import tokens as tk
from guiapp.look.icons import pixmap
from guiapp.look.theme import tabular, theme

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
EntryRole = Qt.ItemDataRole.UserRole
HEADING_HEIGHT, LINE, TITLE_LINE, AIR, LEFT = 26, 16, 18, 10, 36
AIR_BELOW = 6
"""More air below an entry of several lines, so that its last one is not taken for the next entry's."""


@dataclass(frozen=True)
class Entry:
    """One thing to choose, or the heading of a group where `key` is empty.

    Attributes
    ----------
    key : str
        What choosing it gives.
    title, text, note : str
        Its name, what is said of it, and what speaks for it.
    icon : str
        The name of its icon.
    fact : str
        What stands at the right of its name.
    """

    key: str
    title: str
    text: str = ""
    icon: str = ""
    note: str = ""
    fact: str = ""


class _Entries(QAbstractListModel):
    def __init__(self) -> None:
        super().__init__()
        self.entries: tuple[Entry, ...] = ()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        self.beginResetModel()
        self.entries = tuple(entries)
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        entry = self.entries[index.row()]
        if role == EntryRole:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return ". ".join(part for part in (entry.title, entry.fact, entry.text, entry.note) if part)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        usable = bool(self.entries[index.row()].key)
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable if usable else Qt.ItemFlag.NoItemFlags


class _EntryDelegate(QStyledItemDelegate):
    def __init__(self, lines: int, parent: QListView) -> None:
        super().__init__(parent)
        self._lines = lines
        self._view = parent

    def height(self, entry: Entry, width: int, font: QFont) -> int:
        """Return how high an entry is in a list of a width."""
        if not entry.key:
            return HEADING_HEIGHT
        room = width - LEFT - 10
        texts = sum(self.text_height(text, room, font) for text in (entry.text, entry.note) if text)
        return AIR + TITLE_LINE + texts + (AIR_BELOW if self._lines > 1 else 0)

    def text_height(self, text: str, room: int, font: QFont) -> int:
        if self._lines == 1:
            return LINE
        small = QFont(font)
        small.setPixelSize(tk.SECONDARY)
        needed = QFontMetrics(small).boundingRect(QRect(0, 0, room, 1000), Qt.TextFlag.TextWordWrap, text).height()
        return min(needed, LINE * self._lines) + 3

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        # Not the viewport's width, which changes with the bar that the heights make come and go.
        width = self._view.width() - self._view.verticalScrollBar().sizeHint().width()
        return QSize(200, self.height(index.data(EntryRole), width, self._view.font()))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(EntryRole)
        area = option.rect
        painter.save()
        font = QFont(option.font)
        if not entry.key:
            font.setPixelSize(tk.CAPTION)
            painter.setFont(font)
            painter.setPen(theme.color("secondary"))
            painter.drawText(
                area.adjusted(10, 0, -8, -3), Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, entry.title
            )
            painter.restore()
            return
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(area, theme.color("selection" if chosen else "hover"))
        self._paint_entry(painter, area, entry, font, chosen=bool(option.state & QStyle.StateFlag.State_Selected))
        painter.restore()

    def _paint_entry(self, painter: QPainter, area: QRect, entry: Entry, font: QFont, *, chosen: bool) -> None:
        if entry.icon:
            ratio = painter.device().devicePixelRatio()
            painter.drawPixmap(area.left() + 10, area.top() + AIR // 2 + 1, pixmap(entry.icon, 16, "text", ratio))
        left, top = area.left() + LEFT, area.top() + AIR // 2
        width = area.width() - LEFT - 10
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        line = QRect(left, top, width, TITLE_LINE)
        small = tabular(font, tk.SECONDARY)
        room = width - (QFontMetrics(small).horizontalAdvance(entry.fact) + 12 if entry.fact else 0)
        title = painter.fontMetrics().elidedText(entry.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, title)
        painter.setFont(small)
        painter.setPen(theme.color("secondary"))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, entry.fact)
        font.setPixelSize(tk.SECONDARY)
        painter.setFont(font)
        top += TITLE_LINE
        if entry.text:
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
            text = entry.text
            height = self.text_height(text, width, font)
            if self._lines == 1:
                text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
            wrap = Qt.TextFlag.TextWordWrap if self._lines > 1 else Qt.TextFlag.TextSingleLine
            painter.drawText(QRect(left, top, width, height), flags | wrap, text)
            top += height
        if entry.note:
            # Green is too pale on the ground of what is chosen.
            painter.setPen(theme.color("text" if chosen else "good"))
            note = QRect(left, top, width, self.text_height(entry.note, width, font))
            painter.drawText(note, flags | Qt.TextFlag.TextWordWrap, entry.note)


class ChoiceList(QListView):
    """Shows entries; Return or a click chooses one.

    Parameters
    ----------
    name : str
        What is chosen, for screen readers.
    lines : int
        How many lines the help of an entry takes.

    Signals
    -------
    chosen(str)
        The key of the entry.
    """

    chosen = Signal(str)

    def __init__(self, name: str, lines: int = 1, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._entries = _Entries()
        self._delegate = _EntryDelegate(lines, self)
        self.setModel(self._entries)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        # Words wrap, so heights follow from the width.
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.clicked.connect(self._choose_index)
        self.activated.connect(self._choose_index)
        self._last = ""

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show other entries, the first of them chosen."""
        self._entries.show_entries(entries)
        self.step(1)
        # The heading above the first entry is not chosen, and would stay out of sight.
        self.scrollToTop()

    def entries(self) -> tuple[Entry, ...]:
        """Return what is shown."""
        return self._entries.entries

    def height_of_all(self, width: int) -> int:
        """Return the height at which nothing scrolls in a list of a width."""
        entries = self._entries.entries
        return sum(self._delegate.height(entry, width - 10, self.font()) for entry in entries) + 10

    def current(self) -> str:
        """Return the key of the marked entry, or ""."""
        index = self.currentIndex()
        return self._entries.entries[index.row()].key if index.isValid() else ""

    def step(self, by: int) -> None:
        """Mark the next entry (1) or the one before (-1), passing headings over."""
        row = self.currentIndex().row() + by
        while 0 <= row < len(self._entries.entries):
            if self._entries.entries[row].key:
                self.setCurrentIndex(self._entries.index(row))
                return
            row += by

    def mark(self, key: str) -> None:
        """Mark the entry with this key, where it is shown."""
        row = next((row for row, entry in enumerate(self._entries.entries) if key and entry.key == key), -1)
        if row >= 0:
            self.setCurrentIndex(self._entries.index(row))

    def choose(self) -> bool:
        """Choose the marked entry; returns whether there is one."""
        key = self.current()
        if key:
            self.chosen.emit(key)
        return bool(key)

    def _choose_index(self, index: QModelIndex) -> None:
        # One click may be both a click and an activation.
        if index.isValid() and self._entries.entries[index.row()].key and self.isVisible():
            self.chosen.emit(self._entries.entries[index.row()].key)


class PopupFrame(QFrame):
    """A frame over the window that holds a list of choices."""

    def __init__(self, choices: ChoiceList, parent: QWidget, flags: Qt.WindowType = Qt.WindowType.Widget) -> None:
        super().__init__(parent, flags)
        self.choices = choices
        self.setObjectName("choices")
        self.setProperty("toast", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(choices)
        self.hide()
