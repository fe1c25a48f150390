"""The list of classes: a check box, the name, a bar and the count of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QApplication,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme

COUNT = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex


class _Delegate(QStyledItemDelegate):
    largest = 1

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, 28)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        rest = QStyleOptionViewItem(option)
        self.initStyleOption(rest, index)
        count = int(index.data(COUNT))
        rect: QRect = option.rect
        on = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked.value
        figure = f"{count:,}"
        painter.save()
        room = QRect(rect.right() - 116, rect.top(), 108, rect.height())
        bar = QRect(room.left(), room.center().y() - 3, max(2, round(56 * count / self.largest)), 6)
        rest.rect = QRect(rect.left(), rect.top(), rect.width() - 124, rect.height())
        rest.backgroundBrush = painter.background()
        style = rest.widget.style() if rest.widget else QApplication.style()
        if option.state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
            chosen = bool(option.state & QStyle.StateFlag.State_Selected)
            painter.fillRect(rect, theme.color("selection" if chosen else "hover"))
        rest.state &= ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver)
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, rest, painter, rest.widget)
        painter.fillRect(bar, theme.color("accent" if on else "border"))
        painter.setFont(tabular(painter.font(), tk.SECONDARY))
        painter.setPen(theme.color("secondary"))
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, figure)
        painter.restore()


class ClassList(QListWidget):
    """Classes with their counts; checked ones are used.

    Signals
    -------
    chosen(object)
        A tuple of the checked names, in order, or None when all are checked.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paint = _Delegate(self)
        self.setItemDelegate(self._paint)
        self.setAccessibleName("Classes")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemChanged.connect(self._changed)

    def set_classes(self, names: Sequence[str], counts: Sequence[int], used: Sequence[str] | None) -> None:
        """Show these classes with how many images each has; `used` are checked, all when None."""
        self.blockSignals(True)
        self._paint.largest = max([1, *counts])
        current = self.currentRow()
        self.clear()
        for name, count in zip(names, counts, strict=True):
            item = QListWidgetItem(name)
            item.setData(COUNT, int(count))
            item.setToolTip(f"{name}: {count:,} images")
            on = used is None or name in used
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.setCurrentRow(min(current, self.count() - 1))
        self.blockSignals(False)

    def names(self) -> tuple[str, ...]:
        """Return the checked names."""
        rows = (self.item(i) for i in range(self.count()))
        return tuple(item.text() for item in rows if item.checkState() == Qt.CheckState.Checked)

    def _changed(self, _item: QListWidgetItem) -> None:
        names = self.names()
        self.chosen.emit(None if len(names) == self.count() else names)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint in other colours."""
        super().changeEvent(event)
        self.viewport().update()
