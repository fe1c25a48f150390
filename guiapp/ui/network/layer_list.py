"""The list of layers: chosen, moved by drag, renamed in place, with a "+" between rows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QApplication, QListView, QToolTip, QWidget

from guiapp.core.layers.blocks import Block
from guiapp.look import tokens as tk
from guiapp.look.theme import theme
from guiapp.ui.network.editing import Rows
from guiapp.ui.network.name_line import NameLine
from guiapp.ui.network.row_places import runs
from guiapp.ui.network.rows import LayerRows, RowDelegate
from guiapp.ui.network.state import NetworkState

PLUS_X, PLUS_RADIUS, PLUS_REACH = 13, 8, 6
PLUS_ZONE = 28
SCROLL_MS = 30


class LayerList(QListView):
    """Shows and edits the layers of a `NetworkState`.

    Signals
    -------
    insertAsked(int)
        The "+" above the row of this number was clicked.
    blockToggled(int)
        The block of this row is to be opened, or closed where it is one of an opened block's layers.
    """

    insertAsked = Signal(int)
    blockToggled = Signal(int)

    def __init__(self, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._rows = LayerRows(state, self)
        self._syncing = False
        self._press: QPoint | None = None
        self._pressed_row = -1
        self._late_click = False
        self._dragging = False
        self._drop = -1
        self._plus = -1
        self._scroller = QTimer(self, interval=SCROLL_MS)
        self._scroller.timeout.connect(self._scroll_on)
        self.setModel(self._rows)
        self.setItemDelegate(RowDelegate(state, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Layers")
        self.selectionModel().selectionChanged.connect(self._selection_changed)
        state.changed.connect(self._network_changed)
        state.selected.connect(self._show_selection)
        theme.changed.connect(self.viewport().update)

    def rename_current(self) -> None:
        """Open the line for the name of the current row."""
        if len(self._state.rows) == 1:
            index = self._rows.index(self._state.rows[0])
            self.scrollTo(index)
            self.edit(index)

    def _network_changed(self) -> None:
        line = self.findChild(NameLine)
        if line is not None and line.outdated():
            self.closeEditor(line, QAbstractItemDelegate.EndEditHint.RevertModelCache)
        self._syncing = True
        self._rows.take(self._state.analysis)
        self._syncing = False
        if self._selected_rows() != self._state.rows:
            self._show_selection()
        self._plus = -1

    def _show_selection(self) -> None:
        self._syncing = True
        chosen = QItemSelection()
        for first, last in runs(self._state.rows):
            chosen.select(self._rows.index(first), self._rows.index(last))
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().select(chosen, flag.ClearAndSelect)
        if self._state.rows:
            row = self._state.rows[-1]
            current = self.currentIndex().row()
            if current not in self._state.rows:
                self.selectionModel().setCurrentIndex(self._rows.index(row), flag.NoUpdate)
            self.scrollTo(self._rows.index(row))
        self._syncing = False

    def _selected_rows(self) -> Rows:
        return tuple(sorted(index.row() for index in self.selectionModel().selectedRows()))

    def _selection_changed(self) -> None:
        if not self._syncing:
            self._syncing = True
            self._state.select(self._selected_rows())
            self._syncing = False

    # Drag, and the "+" between rows.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag; a click on the "+" asks for a new layer there."""
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and self._plus >= 0 and at.x() < PLUS_ZONE:
            self.insertAsked.emit(self._plus)
            return
        index = self.indexAt(at)
        if event.button() == Qt.MouseButton.LeftButton and self._on_chevron(index, at):
            self._press = None
            self.blockToggled.emit(index.row())
            return
        self._press = at if event.button() == Qt.MouseButton.LeftButton and index.isValid() else None
        self._pressed_row = index.row()
        several = len(self._state.rows) > 1 and index.row() in self._state.rows
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        # A press on one of several chosen layers may begin a drag of all of them.
        self._late_click = bool(self._press) and several and plain
        if not self._late_click:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the line that shows where the layers would land, or the "+"."""
        at = event.position().toPoint()
        if event.buttons() & Qt.MouseButton.LeftButton:
            if self._press is not None:
                far = (at - self._press).manhattanLength() >= QApplication.startDragDistance()
                if self._dragging or far:
                    self._drag_to(at)
            return
        self._set_plus(self._gap_at(at))
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let the layers land."""
        dragging, drop = self._dragging, self._drop
        self._end_drag()
        if dragging:
            if drop >= 0 and not self._would_stay(drop):
                self._state.move_to(self._state.rows, drop)
            return
        if self._late_click:
            self._late_click = False
            self._state.select((self._pressed_row,))
        super().mouseReleaseEvent(event)

    def _on_chevron(self, index: QModelIndex, at: QPoint) -> bool:
        return index.isValid() and self._rows.chevron_at(index.row(), at.x() - self.visualRect(index).left())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename in place, but not where a block opens."""
        at = event.position().toPoint()
        if not self._on_chevron(self.indexAt(at), at):
            super().mouseDoubleClickEvent(event)

    def _would_stay(self, drop: int) -> bool:
        rows = self._state.rows
        together = rows[-1] - rows[0] == len(rows) - 1
        return together and rows[0] <= drop <= rows[-1] + 1

    def _drag_to(self, at: QPoint) -> None:
        if not self._dragging:
            self._dragging = True
            self._set_plus(-1)
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        height = tk.ROW_HEIGHT
        drop = round((at.y() + self.verticalOffset()) / height)
        self._drop = min(max(drop, 0), self._rows.rowCount())
        edge = self.viewport().height()
        if at.y() < height or at.y() > edge - height:
            self._scroller.start()
        else:
            self._scroller.stop()
        self.viewport().update()

    def hover(self, at: QPoint) -> int:
        """Show where something from elsewhere would land, and return the row that it would be above."""
        self._drag_to(at)
        return self._drop

    def land(self) -> None:
        """Take the line away that shows where things would land."""
        self._end_drag()

    def _scroll_on(self) -> None:
        at = self.viewport().mapFromGlobal(self.cursor().pos())
        step = -8 if at.y() < tk.ROW_HEIGHT else 8
        bar = self.verticalScrollBar()
        bar.setValue(bar.value() + step)
        self._drag_to(at)

    def _end_drag(self) -> None:
        self._scroller.stop()
        self._press, self._dragging, self._drop = None, False, -1
        self.unsetCursor()
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives a drag up; Right and Left open and close blocks."""
        if event.key() == Qt.Key.Key_Escape and self._dragging:
            self._end_drag()
            return
        if event.modifiers() == Qt.KeyboardModifier.NoModifier and self._toggles(event.key()):
            self.blockToggled.emit(self._state.rows[0])
            return
        super().keyPressEvent(event)

    def _toggles(self, key: int) -> bool:
        """Whether a key opens the chosen block (Right) or closes the one that the chosen layer came from (Left)."""
        layer = self._state.current
        if layer is None:
            return False
        if isinstance(layer, Block):
            return key == Qt.Key.Key_Right
        return key == Qt.Key.Key_Left and bool(layer.group)

    def _gap_at(self, at: QPoint) -> int:
        y = at.y() + self.verticalOffset()
        gap = round(y / tk.ROW_HEIGHT)
        near = abs(y - gap * tk.ROW_HEIGHT) <= PLUS_REACH
        return gap if near and at.x() < PLUS_ZONE and 0 < gap <= self._rows.rowCount() else -1

    def _set_plus(self, gap: int) -> None:
        if gap != self._plus:
            self._plus = gap
            self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if gap >= 0 else Qt.CursorShape.ArrowCursor)
            self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        """Take the "+" away."""
        self._set_plus(-1)
        super().leaveEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Give a drag up when the window loses the keyboard."""
        if self._dragging and event.reason() == Qt.FocusReason.ActiveWindowFocusReason:
            self._end_drag()
        super().focusOutEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Say what the "+" does."""
        if event.type() == QEvent.Type.ToolTip and self._plus >= 0:
            QToolTip.showText(self.cursor().pos(), "Add a layer here", self)
            return True
        return super().viewportEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, and over them the line where layers would land or the "+"."""
        super().paintEvent(event)
        gap = self._drop if self._dragging else self._plus
        if gap < 0:
            return
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        y = gap * tk.ROW_HEIGHT - self.verticalOffset()
        y = min(max(y, 1), self.viewport().height() - 1)
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.drawLine(QPointF(4, y), QPointF(self.viewport().width() - 4, y))
        if not self._dragging:
            y = max(y, PLUS_RADIUS)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(QPointF(PLUS_X, y), PLUS_RADIUS - 1, PLUS_RADIUS - 1)
            painter.setPen(QPen(theme.color("on_accent"), 1.6))
            painter.drawLine(QPointF(PLUS_X - 3.5, y), QPointF(PLUS_X + 3.5, y))
            painter.drawLine(QPointF(PLUS_X, y - 3.5), QPointF(PLUS_X, y + 3.5))

    def dataChanged(
        self,
        first: QModelIndex | QPersistentModelIndex,
        last: QModelIndex | QPersistentModelIndex,
        roles: Sequence[int] = (),
    ) -> None:
        """Repaint the rows; the base class would lay all of them out again."""
        self.viewport().update(self.visualRect(first).united(self.visualRect(last)))

    def row_rect(self, row: int) -> QRect:
        """Return where a row is, in the viewport."""
        return self.visualRect(self._rows.index(row))
