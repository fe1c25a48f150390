"""The rows of the list of classes: which are shown, in which order, and how one is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme
from guiapp.ui.data.class_name import ClassNameLine

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
RowRole = Qt.ItemDataRole.UserRole
BAR, GAP, RIGHT = 48, 8, 52
ORDERS = ("given", "name", "count")
"""How the rows can be ordered: as the images have them, by name, or the largest first."""

SHADES = (1.0, 0.55, 0.28)
"""How strong the accent is of train, validation and test."""


@dataclass(frozen=True)
class ClassRow:
    """One class.

    Attributes
    ----------
    name : str
        What it is called now.
    count : int
        How many images it has.
    parts : tuple of int
        How many of them are in train, validation and test; empty where that is not known.
    on : bool
        Whether it is in use.
    """

    name: str
    count: int
    parts: tuple[int, ...] = ()
    on: bool = True


class ClassRows(QAbstractListModel):
    """The classes that are shown.

    Parameters
    ----------
    tip : callable
        Returns what is said of a row while the pointer is over it.

    Signals
    -------
    checkAsked(object, bool)
        The person wants the classes of these names in use, or not.
    renameAsked(str, str)
        The person wants a class to be called by another name.
    """

    checkAsked = Signal(object, bool)
    renameAsked = Signal(str, str)

    def __init__(self, tip: Callable[[ClassRow], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tip = tip
        self._rows: tuple[ClassRow, ...] = ()
        self._shown: list[int] = []
        self._order, self._words = ORDERS[0], ""
        self.largest = 1

    @property
    def rows(self) -> tuple[ClassRow, ...]:
        """Every class, as given."""
        return self._rows

    @property
    def order(self) -> str:
        """How the rows are ordered."""
        return self._order

    def row(self, at: int) -> ClassRow:
        """Return what is shown in row `at`."""
        return self._rows[self._shown[at]]

    def place(self, name: str) -> int:
        """Return in which row a class is shown, -1 where it is not."""
        return next((at for at, i in enumerate(self._shown) if self._rows[i].name == name), -1)

    def set_rows(self, rows: Sequence[ClassRow]) -> bool:
        """Show these; returns whether other rows stand where others stood."""
        names = [self._rows[i].name for i in self._shown]
        old, self._rows = self._rows, tuple(rows)
        self.largest = max([1, *(row.count for row in rows)])
        shown = self._arranged()
        if names != [self._rows[i].name for i in shown]:
            self.beginResetModel()
            self._shown = shown
            self.endResetModel()
            return True
        self._shown = shown
        if old != self._rows and shown:
            self.dataChanged.emit(self.index(0), self.index(len(shown) - 1))
        return False

    def arrange(self, order: str, words: str) -> bool:
        """Order the rows, and show only those whose name holds `words`; returns whether that changed them."""
        self._order, self._words = order, words.strip().casefold()
        return self.set_rows(self._rows)

    def _arranged(self) -> list[int]:
        found = [i for i, row in enumerate(self._rows) if self._words in row.name.casefold()]
        if self._order == "name":
            found.sort(key=lambda i: self._rows[i].name.casefold())
        elif self._order == "count":
            found.sort(key=lambda i: -self._rows[i].count)
        return found

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let every row be chosen, checked and renamed."""
        flag = Qt.ItemFlag
        return flag.ItemIsEnabled | flag.ItemIsSelectable | flag.ItemIsUserCheckable | flag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the name, the box, the tip, what a screen reader says, or the `ClassRow`."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        row = self.row(index.row())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return row.name
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if row.on else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.name}, {row.count:,} images, {'in use' if row.on else 'not in use'}"
        return row if role == RowRole else None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for what the person did; the row changes once the project has."""
        row = self.row(index.row())
        if role == Qt.ItemDataRole.CheckStateRole:
            self.checkAsked.emit((row.name,), not row.on)
        elif role == Qt.ItemDataRole.EditRole:
            self.renameAsked.emit(row.name, str(value))
        return True


class ClassDelegate(QStyledItemDelegate):
    """Draws a row: box, name, a bar with the splits in it, count.

    Parameters
    ----------
    rows : ClassRows
        The model.
    judge : callable
        Of a class's name and what is typed for it: why it cannot be, and what would follow; "" for either.
    """

    def __init__(
        self, rows: ClassRows, judge: Callable[[str, str], tuple[str, str]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._rows, self._judge = rows, judge

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return one row."""
        return QSize(0, tk.ROW_HEIGHT)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw the row."""
        row: ClassRow = index.data(RowRole)
        area: QRect = option.rect
        painter.save()
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(area, theme.color("selection" if chosen else "hover"))
        painter.setFont(tabular(painter.font(), tk.SECONDARY))
        figures = GAP + painter.fontMetrics().horizontalAdvance(f"{self._rows.largest:,}")
        left = area.right() - GAP - figures - BAR
        self._paint_bar(painter, QRect(left, area.center().y() - 2, BAR, 6), row)
        painter.setPen(theme.color("secondary"))
        figure = QRect(left + BAR, area.top(), figures, area.height())
        painter.drawText(figure, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{row.count:,}")
        painter.setFont(option.font)
        self._paint_name(painter, option, index, left - GAP)
        painter.restore()

    def _paint_name(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, right: int) -> None:
        rest = QStyleOptionViewItem(option)
        self.initStyleOption(rest, index)
        area: QRect = option.rect
        rest.rect = QRect(area.left(), area.top(), right - area.left(), area.height())
        rest.backgroundBrush = painter.background()
        rest.state &= ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver)
        style = rest.widget.style() if rest.widget else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, rest, painter, rest.widget)

    def _paint_bar(self, painter: QPainter, room: QRect, row: ClassRow) -> None:
        if not row.on:
            wide = max(2, round(room.width() * row.count / self._rows.largest))
            painter.fillRect(QRect(room.left(), room.top(), wide, room.height()), theme.color("border"))
            return
        parts = row.parts if sum(row.parts) else (row.count,)
        done, scale = 0, room.width() / self._rows.largest
        for part, shade in zip(parts, SHADES, strict=False):
            begin, done = done, done + part
            left, right = round(begin * scale), max(round(done * scale), 2 if begin == 0 and part else 0)
            painter.fillRect(room.left() + left, room.top(), right - left, room.height(), theme.color("accent", shade))

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        """Return the line for the name."""
        return ClassNameLine(index.data(RowRole).name, self._judge, parent)

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """Show the name once, so that what is typed stays."""
        if isinstance(editor, QLineEdit) and not editor.isModified():
            editor.setText(index.data(RowRole).name)
            editor.selectAll()

    def setModelData(self, editor: QWidget, model: Any, index: Index) -> None:
        """Ask for the name that was typed."""
        if isinstance(editor, ClassNameLine) and not editor.refused():
            model.setData(index, editor.text())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        """Lay the line over the name and the bar."""
        area: QRect = option.rect
        editor.setGeometry(area.adjusted(27, 0, -RIGHT, 0))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:
        """Keep the line open on Return while the name cannot be."""
        if isinstance(editor, ClassNameLine) and event.type() == QEvent.Type.KeyPress and editor.stays(event):
            return True
        return super().eventFilter(editor, event)
