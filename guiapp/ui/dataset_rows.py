"""The rows of the datasets that can be had: the title, and under it how many images and how large."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from guiapp.look.theme import tabular, theme
from guiapp.look.tokens import SECONDARY

ROW = 52
Index = QModelIndex | QPersistentModelIndex


class DatasetRows(QStyledItemDelegate):
    """Draws two lines; at the right of the second, in words, whether it is there."""

    FACTS: ClassVar[int] = Qt.ItemDataRole.UserRole
    STATE: ClassVar[int] = Qt.ItemDataRole.UserRole + 1

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of two lines."""
        return QSize(0, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a dataset."""
        bare = QStyleOptionViewItem(option)
        self.initStyleOption(bare, index)
        bare.text = ""
        style = bare.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, bare, painter, bare.widget)
        rect: QRect = option.rect.adjusted(12, 7, -12, -7)
        half = rect.height() // 2
        painter.save()
        painter.setPen(theme.color("text"))
        painter.drawText(rect.adjusted(0, 0, 0, -half), _LEFT, str(index.data() or ""))
        painter.setFont(tabular(QFont(option.font), SECONDARY))
        painter.setPen(theme.color("secondary"))
        under = rect.adjusted(0, half, 0, 0)
        painter.drawText(under, _LEFT, str(index.data(self.FACTS) or ""))
        painter.setPen(theme.color("good"))
        painter.drawText(under, _RIGHT, str(index.data(self.STATE) or ""))
        painter.restore()


_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
