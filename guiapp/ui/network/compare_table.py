"""The rows of a comparison as a table: what became of each layer, both sides of it, and what is different."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont, QFontMetrics, QIcon, QPainter, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTableView, QWidget

from guiapp.core.compare import Row
from guiapp.look.icons import icon
from guiapp.look.tables import tidy
from guiapp.look.theme import tabular, theme
from guiapp.ui.network.compare_words import (
    HEADS,
    LOOKS,
    NAME_A,
    NAME_B,
    PARAMETERS_A,
    PARAMETERS_B,
    RIGHT,
    SHAPE_A,
    SHAPE_B,
    STATE,
    TEXT,
    TIPS,
    cells,
    marked,
)
from guiapp.ui.network.words import shape_text

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
STATE_WIDTH, SHAPE_WIDTH, COUNT_WIDTH = 128, 92, 92
CELL_AIR = 24
LEAST_NAME, MOST_NAME, LEAST_TEXT = 150, 280, 180
MARK = 0.16


class CompareModel(QAbstractTableModel):
    """The rows that are shown."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._cells: dict[int, tuple[str, ...]] = {}
        self._heads = list(HEADS)

    def show_titles(self, a: str, b: str) -> None:
        """Name the two networks in the heads."""
        self._heads[NAME_A], self._heads[NAME_B] = f"A: {a}", f"B: {b}"
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, NAME_A, NAME_B)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; where there are as many as before, what is chosen stays."""
        rows = list(rows)
        if len(rows) == len(self.rows):
            self.rows, self._cells = rows, {}
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, TEXT))
            return
        self.beginResetModel()
        self.rows, self._cells = rows, {}
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return how many there are."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the heads."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what Qt asks of a cell."""
        row, column = self.rows[index.row()], index.column()
        text = self._text(index.row())[column]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == STATE:
            name, colour = LOOKS[row.state]
            return icon(name, colour) if name else QIcon()
        if role == Qt.ItemDataRole.ToolTipRole:
            return TIPS[row.state] if column == STATE else text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{HEADS[column]} {text}".strip()
        return None

    def _text(self, row: int) -> tuple[str, ...]:
        """Return the words of a row, put together when it is first in sight."""
        if row not in self._cells:
            self._cells[row] = cells(self.rows[row])
        return self._cells[row]


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class _Cells(QStyledItemDelegate):
    """Marks the cells that differ: a ground and a bolder hand."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, CompareModel)
        row = model.rows[index.row()]
        if index.column() in marked(row):
            colour = {"only a": "bad", "only b": "good"}.get(row.state, "accent")
            painter.fillRect(option.rect.adjusted(0, 1, 0, -1), theme.color(colour, MARK))
        super().paint(painter, option, index)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        model = index.model()
        assert isinstance(model, CompareModel)
        if index.column() in marked(model.rows[index.row()]):
            font = QFont(option.font)
            font.setWeight(QFont.Weight.DemiBold)
            option.font = font


class CompareTable(QTableView):
    """The table."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = CompareModel(self)
        self.setModel(self.rows)
        self.setItemDelegate(_Cells(self))
        tidy(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setWordWrap(False)
        self.setFont(tabular(self.font()))
        self.setAccessibleName("Layers of both networks")
        self._shape_width, self._count_width = SHAPE_WIDTH, COUNT_WIDTH
        self.horizontalHeader().setMinimumSectionSize(24)
        theme.changed.connect(self.viewport().update)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show other rows; no figure is ever shortened."""
        self.rows.show_rows(rows)
        infos = [info for row in rows for info in (row.a, row.b) if info is not None]
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(font)
        shape = max((metrics.horizontalAdvance(shape_text(one)) for one in {info.shape for info in infos}), default=0)
        count = metrics.horizontalAdvance(f"{max((info.parameters for info in infos), default=0):,}")
        self._shape_width = max(shape + CELL_AIR, SHAPE_WIDTH)
        self._count_width = max(count + CELL_AIR, COUNT_WIDTH)
        self.setColumnHidden(TEXT, not any(row.text for row in rows))
        self._share_room()

    def _share_room(self) -> None:
        room = self.viewport().width() - STATE_WIDTH - 2 * (self._shape_width + self._count_width)
        if self.isColumnHidden(TEXT):
            name = max(room // 2, LEAST_NAME)
        else:
            name = min(max(min(room * 35 // 100, (room - LEAST_TEXT) // 2), LEAST_NAME), MOST_NAME)
        widths = {
            STATE: STATE_WIDTH,
            SHAPE_A: self._shape_width,
            SHAPE_B: self._shape_width,
            PARAMETERS_A: self._count_width,
            PARAMETERS_B: self._count_width,
            NAME_A: name,
            NAME_B: name,
            TEXT: max(room - 2 * name, LEAST_TEXT),
        }
        for column, width in widths.items():
            if not self.isColumnHidden(column):
                self.horizontalHeader().resizeSection(column, width)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room between the names and what is different."""
        super().resizeEvent(event)
        self._share_room()

    def current(self) -> Row | None:
        """Return the row that is chosen."""
        index = self.currentIndex()
        return self.rows.rows[index.row()] if index.isValid() else None
