"""The gallery: thumbnails of which one or many are chosen, by mouse and by keys."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QCursor, QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from guiapp.ui.data.thumbnails import Thumbnails

EDGE_MS = 30
BY_KEYS = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
Ctrl, Shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


class Gallery(Thumbnails):
    """Thumbnails of a dataset's images.

    Click, Ctrl, Shift, a rubber band, or arrows with Shift choose images; Ctrl with arrows goes on without choosing,
    Space then chooses one more.

    Signals
    -------
    opened(int)
        An image is to be shown large: its row in the dataset.
    menu_wanted(QPoint)
        What can be done is asked for, at a place of the screen.
    """

    opened = Signal(int)
    menu_wanted = Signal(QPoint)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pressed: QPoint | None = None  # on the whole wall, as the band
        self._base: NDArray[np.bool_] = np.zeros(0, np.bool_)
        self._edge = QTimer(self, interval=EDGE_MS)
        self._edge.timeout.connect(self._pull)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def _changed(self, *, reveal: bool = True) -> None:
        if reveal:
            self._reveal()
        self.setAccessibleDescription(self.tip(self.current) if self.current >= 0 else "")
        self.viewport().update()
        self.selection_changed.emit()

    def select_all(self) -> None:
        """Choose every image that is shown."""
        self._selection.everything()
        self._changed(reveal=False)

    def step(self, by: int) -> int:
        """Choose the image `by` places further and return its row."""
        if len(self.rows):
            self._selection.only(min(max(self._selection.at + by, 0), len(self.rows) - 1))
            self._changed()
        return self.current

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keys are: at the first image that is seen, where they came by a key and none was current."""
        super().focusInEvent(event)
        if event.reason() in BY_KEYS and self._selection.at < 0 and len(self.rows):
            self._selection.go(self.visible().start)
            self._changed()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Page, Home and End move the choice; Space, Ctrl+A and Escape change it; Enter opens it large."""
        key, held = event.key(), event.modifiers()
        to = self._target(key)
        if to is not None and len(self.rows):
            self._move(min(max(to, 0), len(self.rows) - 1), held)
        elif key == Qt.Key.Key_Space and self.current >= 0:
            self._selection.toggle(self._selection.at)
            self._changed()
        elif key == Qt.Key.Key_Escape and self._selection.chosen.any():
            self._selection.nothing()
            self._changed()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current >= 0:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def _target(self, key: int) -> int | None:
        grid, at = self._grid(), self._selection.at
        moves = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -grid.columns if at >= grid.columns else 0,
            Qt.Key.Key_Down: grid.columns,
            Qt.Key.Key_PageUp: -grid.page,
            Qt.Key.Key_PageDown: grid.page,
            Qt.Key.Key_Home: -len(self.rows),
            Qt.Key.Key_End: len(self.rows),
        }
        if key not in moves:
            return None
        return at + moves[Qt.Key(key)] if at >= 0 or key == Qt.Key.Key_End else 0

    def _move(self, to: int, held: Qt.KeyboardModifier) -> None:
        if held & Shift:
            self._selection.extend(to, keep=bool(held & Ctrl))
        elif held & Ctrl:
            self._selection.go(to)
        else:
            self._selection.only(to)
        self._changed()

    # mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an image, or begin a rubber band."""
        point, held = event.position().toPoint(), event.modifiers()
        at = self._grid().at(point)
        if event.button() == Qt.MouseButton.RightButton and at >= 0 and not self._selection.chosen[at]:
            self._selection.only(at)
            self._changed()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if at >= 0 and held & Ctrl:
            self._selection.toggle(at)
        elif at >= 0 and held & Shift:
            self._selection.extend(at)
        elif at >= 0:
            self._selection.only(at)
        elif not held & (Ctrl | Shift):
            self._selection.nothing()
        self._pressed = point + QPoint(0, self._top)
        self._base = self._selection.chosen.copy() if held & (Ctrl | Shift) else self._selection.chosen & False
        self._changed(reveal=at >= 0)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Draw the rubber band further."""
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        point = event.position().toPoint() + QPoint(0, self._top)
        far = (point - self._pressed).manhattanLength() >= QApplication.startDragDistance()
        if self._band is not None or far:
            self._stretch(point)
            self._edge.start()

    def _stretch(self, point: QPoint) -> None:
        if self._pressed is None:
            return
        self._band = QRect(self._pressed, point).normalized()
        grid = self._grid()
        self._selection.take(grid.within(self._band.translated(0, -grid.top)), self._base)
        self._changed(reveal=False)

    def _pull(self) -> None:
        """Scroll while the rubber band is held beyond the edge."""
        point, bar = self.viewport().mapFromGlobal(QCursor.pos()), self.verticalScrollBar()
        beyond = min(point.y(), 0) + max(point.y() - self.viewport().height(), 0)
        if beyond and self._band is not None:
            bar.setValue(bar.value() + beyond)
            self._stretch(point + QPoint(0, self._top))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the rubber band."""
        self._edge.stop()
        self._pressed = None
        if self._band is not None:
            self._band = None
            self._changed(reveal=False)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open an image large."""
        at = self._grid().at(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and at >= 0 and self.current >= 0:
            self.opened.emit(self.current)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for what can be done: at the pointer, or by the menu key at the current image."""
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self.menu_wanted.emit(event.globalPos())
        elif self.current >= 0:
            self._reveal()
            self.menu_wanted.emit(self.viewport().mapToGlobal(self._grid().rect(self._selection.at).center()))
