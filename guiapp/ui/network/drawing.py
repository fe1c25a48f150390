"""The drawing of the volumes: to scale, joined by edges, chosen by a click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QToolTip, QWidget

from guiapp.look import tokens as tk
from guiapp.look.theme import theme
from guiapp.ui.network.edges import marked
from guiapp.ui.network.glide import Glide
from guiapp.ui.network.later import Later
from guiapp.ui.network.painting import outline
from guiapp.ui.network.placement import Placement
from guiapp.ui.network.scene import Scene
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.walking import clicked, row_by_key, rows_near, said
from guiapp.ui.network.words import row_tip
from guiapp.ui.network.zooming import zoom_buttons

MARGIN_X, MARGIN_TOP, MARGIN_BOTTOM = 20, 16, 12
LEAST, MOST = 0.15, 6.0
WHOLE = QRect(0, 0, -1, -1)


class NetworkDrawing(QWidget):
    """Draws a `NetworkState`; the wheel zooms, a drag pans, a double click fits.

    What changes in the network is placed and painted once the rest of the window has been, so that a key is answered
    without waiting for the drawing, and is shown as it was until then; whoever asks the drawing for something before
    is told of the present network.
    """

    def __init__(self, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._placed, self._scene = Placement(), Scene()
        self._scale, self._origin = 1.0, QPointF()
        self._auto, self._whole = True, False
        self._press: QPointF | None = None
        self._hovered, self._panned, self._resized = -1, False, False
        self._chosen: tuple[int, ...] = ()
        self._glide = Glide(self, self._draw)
        self._glide.rested.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Drawing of the network")
        self._buttons = zoom_buttons(self, self.zoom_by, self.fit)
        self._later = Later(self, self._catch_up)
        state.changed.connect(self._later.ask)
        state.selected.connect(self._selection_changed)
        theme.changed.connect(self._glide.drop)
        theme.changed.connect(self.update)
        self._catch_up()

    @property
    def zoom(self) -> float:
        """Px on the screen for one px of the drawing."""
        self._later.now()
        return self._scale

    @property
    def fitted(self) -> bool:
        """Whether the drawing follows the size of its place."""
        return self._auto

    def fit(self) -> None:
        """Show the whole network as large as it goes, however small that is, until the person zooms or pans."""
        self._later.now()
        self._auto = self._whole = True
        self._arrange()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping the point `at` (the middle when None) where it is."""
        self._later.now()
        at = QPointF(self.rect().center()) if at is None else at
        scale = min(max(self._scale * factor, min(LEAST, self._placed.fit.scale)), MOST)
        self._glide.before_zoom(self._origin, self._scale)
        self._origin = at + (self._origin - at) * (scale / self._scale)
        self._scale, self._auto, self._whole = scale, False, False
        self._scene.show(self._placed.rows, self._placed.drawing, scale, self.font())
        self.update()

    def row_at(self, at: QPointF) -> int:
        """Return which layer's volume is at a point of the widget, or -1."""
        self._later.now()
        y = (at.y() - self._origin.y()) / self._scale
        for row in rows_near(self._placed.drawing, y, 3 / self._scale):
            shape = outline(self._placed.drawing.boxes[row], self._scale, self._origin)
            if shape.boundingRect().adjusted(-3, -3, 3, 3).contains(at):
                narrow = shape.boundingRect().width() < 14
                if narrow or shape.containsPoint(at, Qt.FillRule.OddEvenFill):
                    return row
        return -1

    def rect_of(self, row: int) -> QRectF:
        """Return where a layer's volume is drawn."""
        self._later.now()
        return outline(self._placed.drawing.boxes[row], self._scale, self._origin).boundingRect()

    def _catch_up(self) -> None:
        """Place the network as it is now, and have painted again what differs."""
        self._glide.drop()
        stays = self._placed.follow(self._state.analysis.rows, self._room() if self._auto else None)
        if not stays or self._resized or self._runs_out():
            self._arrange()
        else:
            for area in self._scene.change(self._placed.rows, self._placed.drawing):
                self.update(area.translated(self._origin).toAlignedRect())
        self._hover(-1)
        if self._chosen != self._state.rows:
            self._selection_changed()
        self._say_chosen()

    def _runs_out(self) -> bool:
        """Whether it is fitted, and leaves the place at the right as it is placed now."""
        right = self._origin.x() + self._placed.drawing.width * self._placed.fit.scale
        return self._auto and right > self.width() - MARGIN_X / 2

    def _selection_changed(self) -> None:
        if not self._later.waits:
            self._chosen = self._state.rows
            self._glide.drop()
            self._show_chosen()
            self._say_chosen()
            self.update()

    def _say_chosen(self) -> None:
        rows = [self._placed.rows[row] for row in self._state.rows if row < len(self._placed.rows)]
        self.setAccessibleName(", ".join(filter(None, ("Drawing of the network", said(rows)))))

    def _room(self) -> tuple[float, float]:
        width = max(self.width() - 2 * MARGIN_X, 60)
        return width, max(self.height() - MARGIN_TOP - MARGIN_BOTTOM - self._buttons.height() // 2, 60)

    def _arrange(self) -> None:
        self._glide.drop()
        self._resized = False
        if self._auto:
            room = self._room()
            self._placed.fill(room, whole=self._whole)
            drawing, self._scale = self._placed.drawing, self._placed.fit.scale
            air_x, air_y = room[0] - drawing.width * self._scale, room[1] - drawing.height * self._scale
            top = MARGIN_TOP + self._buttons.height() // 2 + max(0.0, air_y / 2 - 4)
            self._origin = QPointF(MARGIN_X + max(0.0, air_x / 2), top)
        else:
            self._placed.fold()
        self._scene.show(self._placed.rows, self._placed.drawing, self._scale, self.font())
        if self._auto:
            self._show_chosen()
        self.update()

    def _show_chosen(self) -> None:
        """Pan so far that the chosen volume is in sight."""
        if self._whole or not self._state.rows or self._state.rows[-1] >= len(self._placed.drawing.boxes):
            return
        area = self.rect_of(self._state.rows[-1]).adjusted(-12, -12, 12, 24)
        dx = min(0.0, self.width() - area.right()) or max(0.0, -area.left())
        dy = min(0.0, self.height() - area.bottom()) or max(0.0, -area.top())
        self._origin += QPointF(dx, dy)

    # What the person does.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a pan; the right button chooses what its menu is for."""
        self._later.now()
        if event.button() == Qt.MouseButton.RightButton:
            row = self.row_at(event.position())
            if row >= 0 and row not in self._state.rows:
                self._state.select((row,))
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._press, self._panned = event.position(), False
            self.setFocus(Qt.FocusReason.MouseFocusReason)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Pan, or have the edges of the volume under the pointer stand out."""
        if self._press is None:
            self._hover(self.row_at(event.position()))
            return
        moved = event.position() - self._press
        if self._panned or moved.manhattanLength() >= QApplication.startDragDistance():
            self._panned, self._auto, self._whole, self._press = True, False, False, event.position()
            self._origin += moved
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """Let no edges stand out."""
        self._hover(-1)
        super().leaveEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            self._hovered = row
            self._glide.drop()
            self.setCursor(Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the layer that was clicked; Ctrl and Shift add to what is chosen."""
        if self._press is not None and not self._panned and event.button() == Qt.MouseButton.LeftButton:
            row = self.row_at(event.position())
            self._state.select(clicked(self._state.rows, row, event.modifiers()))
        self._press = None
        self.unsetCursor()
        if self._panned:
            self._panned = False
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        self.fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        notches = event.angleDelta().y() / 120
        if notches:
            self.zoom_by(1.15**notches, event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows choose the neighbour along the edges or in the next lane; plus, minus and 0 zoom."""
        self._later.now()
        key = Qt.Key(event.key())
        row = row_by_key(self._placed.drawing, self._state.rows, key)
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier & ~Qt.KeyboardModifier.ShiftModifier:
            super().keyPressEvent(event)
        elif row >= 0:
            self._state.select((row,))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_by(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom_by(1 / 1.25)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Say what the volume under the pointer is."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            row = self.row_at(QPointF(event.pos()))
            if row >= 0:
                QToolTip.showText(event.globalPos(), row_tip(self._placed.rows[row], self._placed.rows), self)
            else:
                QToolTip.hideText()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the buttons in the corner, and fit again."""
        super().resizeEvent(event)
        self._buttons.adjustSize()
        self._buttons.move(self.width() - self._buttons.width() - 8, 8)
        self._resized = self._auto and self._later.waits
        if self._auto and not self._resized:
            self._arrange()

    def sizeHint(self) -> QSize:
        """Return a room to begin with."""
        return QSize(560, 360)

    def minimumSizeHint(self) -> QSize:
        """Return the least room in which something can be seen."""
        return QSize(200, 140)

    # Painting.

    def grab(self, rectangle: QRect = WHOLE) -> QPixmap:
        """Return a picture of it, with the present network."""
        self._later.now()
        return super().grab(rectangle)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in sight."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        panned = self._panned and self._press is not None
        self._glide.paint(painter, event.rect(), self._origin, self._scale, panned=panned)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), tk.RADIUS, tk.RADIUS)

    def _draw(self, painter: QPainter, area: QRectF, origin: QPointF) -> None:
        self._scene.paint(painter, area, origin, set(self._chosen), marked(self._chosen, self._hovered))
