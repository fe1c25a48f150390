"""A small list of classes that one types into: where images are to belong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from guiapp.look.heading import heading, secondary
from guiapp.look.search import SearchField
from guiapp.ui.data.class_edits import shortened

WIDTH, ROWS = 260, 9
_NAME = Qt.ItemDataRole.UserRole


def taken_up(name: str, count: int) -> str:
    """Return what follows from moving images to a class that is not in use and has so many of its own."""
    images = f"{count:,} images" if count != 1 else "image"
    return f"“{shortened(name)}” is not in use. Moving images there takes it into use, with its {images}."


def _fitting(names: Iterable[str], folded: str) -> list[str]:
    found = [name for name in names if folded in name.casefold()]
    return sorted(found, key=lambda name: not name.casefold().startswith(folded))


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
        self._unused: Mapping[str, int] = {}
        self._title = heading()
        self.field = SearchField("Class, or a new name")
        self.list = QListWidget()
        self.list.setAccessibleName("Classes")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.note = secondary()
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        for widget in (self._title, self.field, self.list, self.note):
            column.addWidget(widget)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._take)
        self.list.itemClicked.connect(self._take)
        self.list.currentRowChanged.connect(self._say)
        self.field.installEventFilter(self)

    def ask(self, count: int, names: Sequence[str], where: QPoint, unused: Mapping[str, int] | None = None) -> None:
        """Ask to which class images shall belong; appears at a place of the screen.

        Parameters
        ----------
        count : int
            How many images.
        names : sequence of str
            The classes in use.
        where : QPoint
            The place.
        unused : mapping, optional
            Classes that are not in use, with how many images each has; found by typing.
        """
        self._names, self._unused = tuple(names), unused or {}
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
        self.list.clear()
        for name in _fitting(self._names, folded):
            self._add(name, name)
        for name in _fitting(self._unused, folded) if text else ():
            self._add(f"{name} (not in use)", name)
        if text and text not in self._names and text not in self._unused:
            self._add(f"New class “{text}”", text)
        self.list.setCurrentRow(0)

    def _say(self) -> None:
        """Say what else follows from taking the class that is marked."""
        item = self.list.currentItem()
        name = "" if item is None else item.data(_NAME)
        unused = name in self._unused
        if unused:
            self.note.setText(taken_up(name, self._unused[name]))
        if unused == self.note.isHidden():
            self.note.setVisible(unused)
            self.adjustSize()

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
