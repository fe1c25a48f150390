"""The command palette: every action by a few letters, without the mouse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from guiapp.look.search import SearchField
from guiapp.look.theme import theme

WIDTH, ROWS, ROW = 560, 10, 30
TEXT, WHERE, KEYS = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


def rank(query: str, text: str) -> int | None:
    """Return how well `text` answers `query`, lower is better, or None where it does not.

    Each word of the query must begin a word of the text, or at least be in it.
    """
    low = text.lower()
    total = 0
    for word in query.lower().split():
        if low.startswith(word):
            continue
        if f" {word}" in low:
            total += 1
        elif word in low:
            total += 3
        else:
            return None
    return total


class _Rows(QStyledItemDelegate):
    """Words at the left, menu and shortcut at the right."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        bare = QStyleOptionViewItem(option)
        super().paint(painter, bare, index)
        keys = str(index.data(KEYS) or "")
        rect: QRect = option.rect.adjusted(0, 0, -12, 0)
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.save()
        painter.setPen(theme.color("secondary"))
        text = "   ".join(part for part in (str(index.data(WHERE) or ""), keys) if part)
        painter.drawText(rect, align, text)
        painter.restore()


class CommandPalette(QFrame):
    """Lies over the top of its parent; typing filters, Up and Down choose, Return runs, Escape leaves."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("command palette")
        self.setProperty("toast", True)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field = SearchField("Type a command")
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setItemDelegate(_Rows(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setAccessibleName("Commands")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self._commands: list[tuple[str, QAction]] = []
        self._shown: list[QAction] = []
        self._before: QWidget | None = None
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._clicked)
        self.hide()

    def open(self, commands: Iterable[tuple[str, QAction]]) -> None:
        """Show it with `commands`: (where, action) each; those that are disabled are left out."""
        self._commands = [(where, action) for where, action in commands if action.isEnabled()]
        parent = self.parentWidget()
        self._before = parent.focusWidget() if parent is not None else None
        self.field.clear()
        self._filter("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def texts(self) -> list[str]:
        """Return the words of the commands that are listed."""
        return [self.list.item(i).text() for i in range(self.list.count())]

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            width = min(WIDTH, parent.width() - 32)
            self.setGeometry((parent.width() - width) // 2, 64, width, 64 + ROWS * ROW)

    def _filter(self, query: str) -> None:
        found = [
            (ranked, i)
            for i, (where, action) in enumerate(self._commands)
            if (ranked := rank(query, f"{action.text()} {where}")) is not None
        ]
        self._fill([self._commands[i] for _ranked, i in sorted(found)])

    def _fill(self, commands: Sequence[tuple[str, QAction]]) -> None:
        self.list.clear()
        self._shown = [action for _where, action in commands]
        for where, action in commands:
            item = QListWidgetItem(action.icon(), action.text().replace("&", ""))
            item.setData(WHERE, where)
            item.setData(KEYS, action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))
            item.setToolTip(action.toolTip())
            self.list.addItem(item)
        if not commands:
            item = QListWidgetItem("No command of that name")
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Have the field's keys move in the list."""
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._leave(give_back=False)
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(Qt.Key(event.key()))
        return False

    def _key(self, key: Qt.Key) -> bool:
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}
        if key in moves and self._shown:
            row = self.list.currentRow() + moves[key]
            last = len(self._shown) - 1
            row = row % (last + 1) if abs(moves[key]) == 1 else min(max(row, 0), last)
            self.list.setCurrentRow(row)
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentRow())
            return True
        if key == Qt.Key.Key_Escape:
            self._leave()
            return True
        return False

    def _clicked(self, item: QListWidgetItem) -> None:
        self._run(self.list.row(item))

    def _run(self, row: int) -> None:
        if 0 <= row < len(self._shown):
            action = self._shown[row]
            self._leave()
            action.trigger()

    def _leave(self, *, give_back: bool = True) -> None:
        self.hide()
        if give_back and self._before is not None and shiboken6.isValid(self._before):
            self._before.setFocus(Qt.FocusReason.PopupFocusReason)
        self._before = None
