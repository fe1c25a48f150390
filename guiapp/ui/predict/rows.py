"""The table's model: images with what the network says of them."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPainter

from guiapp.look import icons
from guiapp.look.bars import percent
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes, to_qimage
from guiapp.ui.predict.bulk import Row
from guiapp.ui.predict.images import read_picture

COLUMNS = ("Image", "Class", "Probability", "Problem")
THUMB = 40
KEEP = 2000
SORT = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Rows(QAbstractTableModel):
    """A row an image; thumbnails are read when they are first looked at."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._jobs = Jobs(self)
        self._blank = _square()
        self._places: dict[str, int] = {}
        self._thumbs: OrderedDict[str, QImage | None] = OrderedDict()

    def set_paths(self, paths: list[str]) -> None:
        """Begin anew with images about which nothing is known."""
        self._jobs.cancel_all()
        self.beginResetModel()
        self.rows = [Row(path) for path in paths]
        self._places = {path: at for at, path in enumerate(paths)}
        self._thumbs.clear()
        self.endResetModel()

    def set_row(self, at: int, row: Row) -> None:
        """Take an answer over."""
        self.rows[at] = row
        self.dataChanged.emit(self.index(at, 0), self.index(at, len(COLUMNS) - 1))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of images."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a column's name."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what is shown in a cell."""
        row, column = self.rows[index.row()], index.column()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            text = self._text(row, column)
            return (row.path if column == 0 else text) if role == Qt.ItemDataRole.ToolTipRole else text
        if role == SORT:
            return (Path(row.path).name.casefold(), row.name.casefold(), row.probability, row.error)[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._alignment(column)
        if role == Qt.ItemDataRole.DecorationRole:
            return self._decoration(row, column)
        return None

    def _decoration(self, row: Row, column: int) -> QImage | QIcon | None:
        if column == 0:
            return self._thumb(row.path) or self._blank
        return icons.icon("error", "bad") if column == 3 and row.error else None

    @staticmethod
    def _text(row: Row, column: int) -> str:
        probability = percent(row.probability) if row.name else ""
        return (Path(row.path).name, row.name or ("" if row.done else "…"), probability, row.error)[column]

    @staticmethod
    def _alignment(column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column == 2 else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter

    def _thumb(self, path: str) -> QImage | None:
        if path not in self._thumbs:
            self._thumbs[path] = None
            while len(self._thumbs) > KEEP:
                self._thumbs.popitem(last=False)
            self._jobs.run(
                read_picture,
                path,
                THUMB,
                done=lambda image: self._arrived(path, image),
                # The row's own answer says what is wrong with the file.
                failed=lambda exc: None,
            )
        return self._thumbs[path]

    def _arrived(self, path: str, image: Bytes) -> None:
        self._thumbs[path] = _square(to_qimage(image))
        at = self._places.get(path)
        if at is not None:
            self.dataChanged.emit(self.index(at, 0), self.index(at, 0), [Qt.ItemDataRole.DecorationRole])


def _square(picture: QImage | None = None) -> QImage:
    """Return a picture in the middle of a transparent square, so that all names begin at one line."""
    square = QImage(QSize(THUMB, THUMB), QImage.Format.Format_ARGB32_Premultiplied)
    square.fill(Qt.GlobalColor.transparent)
    if picture is not None:
        painter = QPainter(square)
        painter.drawImage((THUMB - picture.width()) // 2, (THUMB - picture.height()) // 2, picture)
        painter.end()
    return square
