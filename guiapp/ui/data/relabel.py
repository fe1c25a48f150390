"""A small list of classes that one types into: where images are to belong."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from guiapp.look.heading import heading
from guiapp.look.search import SearchField

WIDTH, ROWS = 260, 9
_NAME = Qt.ItemDataRole.UserRole


class RelabelPopup(QFrame):
    """Asks for a class; Enter takes the one that is marked, Escape or a click beside it none.

    Signals
    -------
    chosen(str)
        The name of a class, which may be a new one.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("toast", True)
        self.setFixedWidth(WIDTH)
        self._names: tuple[str, ...] = ()
        self._title = heading()
        self.field = SearchField("Class, or a new name")
        self.list = QListWidget()
        self.list.setAccessibleName("Classes")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        for widget in (self._title, self.field, self.list):
            column.addWidget(widget)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._take)
        self.list.itemClicked.connect(self._take)
        self.field.installEventFilter(self)

    def ask(self, count: int, names: Sequence[str], where: QPoint) -> None:
        """Ask to which of the classes `names` so many images shall belong; appears at a place of the screen."""
        self._names = tuple(names)
        self._title.setText(f"Move {count:,} images to" if count > 1 else "Move the image to")
        self.list.setFixedHeight(min(ROWS, len(self._names) + 1) * 28 + 4)
        self.field.clear()
        self._fill()
        self.adjustSize()
        screen = self.screen().availableGeometry()
        left = max(screen.left(), min(where.x(), screen.right() - self.width()))
        self.move(left, max(screen.top(), min(where.y(), screen.bottom() - self.height())))
        self.show()
        self.field.setFocus()

    def _fill(self) -> None:
        text = self.field.text().strip()
        folded = text.casefold()
        fitting = [name for name in self._names if folded in name.casefold()]
        fitting.sort(key=lambda name: not name.casefold().startswith(folded))
        self.list.clear()
        for name in fitting:
            self._add(name, name)
        if text and text not in self._names:
            self._add(f"New class “{text}”", text)
        self.list.setCurrentRow(0)

    def _add(self, words: str, name: str) -> None:
        item = QListWidgetItem(words)
        item.setData(_NAME, name)
        self.list.addItem(item)

    def _take(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.hide()
            self.chosen.emit(item.data(_NAME))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move the mark by Up and Down, and leave by Escape, while one types."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return False
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self.list.count():
            self.list.setCurrentRow((self.list.currentRow() + step) % self.list.count())
            return True
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            return True
        return False
