"""The list of classes: checked ones are used; renamed in place; everything by keyboard too."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from guiapp.look import tokens as tk
from guiapp.look.theme import theme
from guiapp.ui.data.class_rows import ClassDelegate, ClassRow, ClassRows

MOST_ROWS = 10
BOX_WIDTH = 28
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
FRAME = 2


class ClassList(QListView):
    """Classes with their counts; checked ones are used.

    Parameters
    ----------
    tip : callable
        Returns what is said of a row while the pointer is over it.
    judge : callable
        As for `ClassDelegate`.

    Signals
    -------
    checkAsked(object, bool)
        The person wants the classes of these names in use, or not.
    renameAsked(str, str)
        The person wants a class to be called by another name.
    menuAsked(QPoint)
        The person wants to know what can be done with the chosen classes; where, on the screen.
    chosenChanged()
        Other rows are chosen.
    """

    checkAsked = Signal(object, bool)
    renameAsked = Signal(str, str)
    menuAsked = Signal(QPoint)
    chosenChanged = Signal()

    def __init__(
        self,
        tip: Callable[[ClassRow], str],
        judge: Callable[[str, str], tuple[str, str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._called: dict[str, str] = {}
        self.rows = ClassRows(tip, self)
        self.setModel(self.rows)
        self.setItemDelegate(ClassDelegate(self.rows, judge, self))
        self.setAccessibleName("Classes")
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        # A double click on the box must not open the line for the name.
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.checkAsked.connect(self.checkAsked)
        self.rows.renameAsked.connect(self.renameAsked)
        self.selectionModel().selectionChanged.connect(lambda _new, _old: self.chosenChanged.emit())
        theme.changed.connect(self.viewport().update)

    def set_rows(self, rows: Sequence[ClassRow]) -> None:
        """Show these classes; those that were chosen stay so."""
        self._keeping(lambda: self.rows.set_rows(rows))

    def arrange(self, order: str, words: str) -> None:
        """Order the rows, and show only those whose name holds `words`."""
        self._keeping(lambda: self.rows.arrange(order, words))

    def count(self) -> int:
        """Return how many rows are shown."""
        return self.rows.rowCount()

    def names(self) -> tuple[str, ...]:
        """Return the checked names, in the order of the images'."""
        return tuple(row.name for row in self.rows.rows if row.on)

    def chosen(self) -> tuple[str, ...]:
        """Return the names of the chosen rows, from above."""
        return tuple(self.rows.row(at).name for at in sorted(i.row() for i in self.selectionModel().selectedRows()))

    def follow(self, old: Collection[str], new: str) -> None:
        """Let the rows of these names stay chosen when their classes have another name."""
        self._called = dict.fromkeys(old, new)

    def choose(self, *names: str) -> None:
        """Choose the rows of these names; the last one is the current one."""
        flag = QItemSelectionModel.SelectionFlag
        found = QItemSelection()
        places = [place for name in names if (place := self.rows.place(name)) >= 0]
        for place in places:
            found.select(self.rows.index(place), self.rows.index(place))
        self.selectionModel().select(found, flag.ClearAndSelect)
        if places:
            self.selectionModel().setCurrentIndex(self.rows.index(places[-1]), flag.NoUpdate)
            self.scrollTo(self.rows.index(places[-1]))

    def rename(self) -> None:
        """Open the line for the name of the current row."""
        index = self.currentIndex()
        if index.isValid():
            self.setFocus(Qt.FocusReason.OtherFocusReason)
            self.scrollTo(index)
            self.edit(index)

    def least_height(self) -> int:
        """Return the height of its first rows."""
        return tk.ROW_HEIGHT * min(max(2, self.count()), MOST_ROWS) + FRAME

    def most_height(self) -> int:
        """Return the height of all its rows."""
        return tk.ROW_HEIGHT * max(2, self.count()) + FRAME

    def _keeping(self, change: Callable[[], bool]) -> None:
        chosen, current = self.chosen(), self.currentIndex()
        name = self.rows.row(current.row()).name if current.isValid() else ""
        at = self.verticalScrollBar().value()
        if change():
            chosen = tuple(self._called.get(other, other) for other in chosen)
            name, self._called = self._called.get(name, name), {}
            others = [other for other in dict.fromkeys(chosen) if other != name]
            self.choose(*others, *([name] if name in chosen else []))
            if self.rows.place(name) >= 0 and name not in chosen:
                flag = QItemSelectionModel.SelectionFlag.NoUpdate
                self.selectionModel().setCurrentIndex(self.rows.index(self.rows.place(name)), flag)
            self.verticalScrollBar().setValue(at)
            self.chosenChanged.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Choose the current row for who comes by the keys, so that they work on it at once."""
        super().focusInEvent(event)
        index = self.currentIndex()
        if event.reason() in BY_KEYS and index.isValid() and not self.chosen():
            self.choose(self.rows.row(index.row()).name)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space checks or unchecks all that is chosen."""
        index = self.currentIndex()
        if event.key() == Qt.Key.Key_Space and index.isValid() and not event.modifiers():
            row = self.rows.row(index.row())
            chosen = self.chosen()
            self.checkAsked.emit(chosen if row.name in chosen else (row.name,), not row.on)
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename the class under the pointer."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.position().x() >= BOX_WIDTH and event.button() == Qt.MouseButton.LeftButton:
            self.setCurrentIndex(index)
            self.rename()
        else:
            super().mouseDoubleClickEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu, at the current row when it comes from the keyboard."""
        at = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            at = self.viewport().mapToGlobal(self.visualRect(self.currentIndex()).bottomLeft())
        self.menuAsked.emit(at)
