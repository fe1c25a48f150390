"""The painted part of the timeline: loss, epochs, snapshots and the cursor."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolTip, QWidget

from guiapp.look.theme import theme
from guiapp.visuals.context import ViewContext

EDGE = 8
"""Pixels left and right of the first and the last step, for the cursor's handle."""
REPAINT_MS = 330
TICKS_APART = 6
EMPTY = "Nothing is recorded yet. Press Train (F5): every snapshot appears here, and can be gone back to."


def columns(
    steps: NDArray[np.int64], values: NDArray[np.float64], first: int, last: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the lowest and the highest value of each pixel column, NaN where there is none.

    Parameters
    ----------
    steps : int array, shape (n,)
        Ascending.
    values : float array, shape (n,)
        One a step.
    first, last : int
        The steps at the left and the right edge.
    width : int
        How many columns.

    Returns
    -------
    tuple of two float arrays, shape (width,)
    """
    low, high = np.full(width, np.nan), np.full(width, np.nan)
    if not steps.size or width < 1:
        return low, high
    edges = first + (np.arange(width + 1) - 0.5) * (last - first) / max(1, width - 1)
    edges[0], edges[-1] = first - 1, last + 1
    bounds = np.searchsorted(steps, edges)
    filled = np.flatnonzero(bounds[1:] > bounds[:-1])
    if filled.size:
        starts = bounds[:-1][filled]
        inside = values[: int(bounds[-1])]
        low[filled] = np.fmin.reduceat(inside, starts)
        high[filled] = np.fmax.reduceat(inside, starts)
    return low, high


class LossStrip(QAbstractSlider):
    """A slider whose positions are the snapshots of the run that is looked at.

    Signals
    -------
    play()
        The person pressed the space bar.
    """

    play = Signal()

    def __init__(self, view: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._cache: QPixmap | None = None
        self._drawn = QTimer(self, singleShot=True, interval=REPAINT_MS)
        self._drawn.timeout.connect(self._redraw)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setPageStep(10)
        self.setAccessibleName("Timeline of snapshots")
        self.valueChanged.connect(self._moved)
        for signal in (view.run_changed, view.metrics_changed, view.snapshots_changed):
            signal.connect(self._stale)
        view.run_changed.connect(self._follow)
        view.snapshots_changed.connect(self._follow)
        view.step_changed.connect(self._follow)
        theme.changed.connect(self._redraw)
        self._follow()

    def sizeHint(self) -> QSize:
        """Return room for the strip."""
        return QSize(400, 40)

    # Steps and places

    @property
    def last_step(self) -> int:
        """The step at the right edge: the end that is planned, or the last one taken."""
        view = self._view
        taken = int(view.steps[-1]) if view.steps.size else 0
        seen = int(view.snapshots[-1]) if view.snapshots.size else 0
        return max(view.total_steps, taken, seen, 1)

    def x_of(self, step: int) -> float:
        """Return where a step is, in px."""
        return EDGE + (self.width() - 2 * EDGE - 1) * step / self.last_step

    def step_at(self, x: float) -> int:
        """Return the step at `x` px."""
        share = (x - EDGE) / max(1, self.width() - 2 * EDGE - 1)
        return round(min(max(share, 0.0), 1.0) * self.last_step)

    def move_by(self, snapshots: int) -> None:
        """Go so many snapshots on, or back."""
        self.move_to(self.value() + snapshots)

    def move_to(self, index: int) -> None:
        """Go to a snapshot by its position."""
        steps = self._view.snapshots
        if steps.size:
            step = int(steps[min(max(index, 0), steps.size - 1)])
            if step != self._view.step or self._view.live:
                self._view.set_step(step)

    def _moved(self, index: int) -> None:
        # From an accessibility tool; own movements block the signal.
        self.move_to(index)

    def _follow(self) -> None:
        view = self._view
        self.blockSignals(True)
        self.setRange(0, max(0, view.snapshots.size - 1))
        if view.step is not None and view.snapshots.size:
            self.setValue(int(np.searchsorted(view.snapshots, view.step)))
        self.blockSignals(False)
        self.setAccessibleDescription("" if view.step is None else f"step {view.step:,}")
        self.update()

    # Mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._scrub(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event.position().x())
        else:
            QToolTip.showText(event.globalPosition().toPoint(), self.words_at(event.position().x()), self)

    def _scrub(self, x: float) -> None:
        view = self._view
        if view.snapshots.size:
            step = view.nearest(self.step_at(x))
            if step != view.step or view.live:
                view.set_step(step)

    def words_at(self, x: float) -> str:
        """Return what is known of the step at `x` px."""
        view = self._view
        if not view.steps.size:
            return ""
        i = min(int(np.searchsorted(view.steps, self.step_at(x))), view.steps.size - 1)
        words = f"step {view.steps[i]:,}\nloss {view.loss[i]:.4g}"
        return words + (f"\naccuracy {view.accuracy[i]:.3f}" if math.isfinite(view.accuracy[i]) else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move by a snapshot, by ten with Shift, to the ends, or play."""
        stride = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Down):
            self.move_by(-stride)
        elif key in (Qt.Key.Key_Right, Qt.Key.Key_Up):
            self.move_by(stride)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.move_by(10 if key == Qt.Key.Key_PageUp else -10)
        elif key == Qt.Key.Key_Home:
            self.move_to(0)
        elif key == Qt.Key.Key_End:
            self.move_to(self.maximum())
        elif key == Qt.Key.Key_Space:
            self.play.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show the tip of the step under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.words_at(event.pos().x()), self)
            return True
        return super().event(event)

    # Painting

    def _stale(self) -> None:
        if not self._drawn.isActive():
            self._drawn.start()

    def _redraw(self) -> None:
        self._cache = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew."""
        super().resizeEvent(event)
        self._redraw()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the strip from its cache, and the cursor on it."""
        painter = QPainter(self)
        if not self._view.steps.size and not self._view.snapshots.size:
            self._paint_empty(painter)
        else:
            if self._cache is None:
                self._cache = self._draw()
            painter.drawPixmap(0, 0, self._cache)
            self._paint_cursor(painter)
        if self.hasFocus():
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 2.5, -0.5, -2.5), 4, 4)

    def _paint_empty(self, painter: QPainter) -> None:
        painter.setPen(theme.color("secondary"))
        text = self.fontMetrics().elidedText(EMPTY, Qt.TextElideMode.ElideRight, self.width() - 2 * EDGE)
        painter.drawText(self.rect().adjusted(EDGE, 0, -EDGE, 0), Qt.AlignmentFlag.AlignVCenter, text)

    def _draw(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self._draw_epochs(painter)
        self._draw_loss(painter)
        self._draw_snapshots(painter)
        painter.end()
        return pixmap

    def _draw_epochs(self, painter: QPainter) -> None:
        painter.setPen(theme.color("border"))
        before = -math.inf
        for epoch in self._view.epochs:
            x = round(self.x_of(epoch.step))
            if x - before >= TICKS_APART:
                painter.drawLine(x, 4, x, self.height() - 5)
                before = x

    def _draw_loss(self, painter: QPainter) -> None:
        width, top, height = self.width() - 2 * EDGE, 5.0, self.height() - 18.0
        low, high = columns(self._view.steps, self._view.loss, 0, self.last_step, width)
        finite = high[np.isfinite(high)]
        if not finite.size:
            return
        floor, ceiling = float(np.nanmin(low)), float(finite.max())
        span = max(ceiling - floor, 1e-12)
        there = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
        y_high = top + height * (1 - (high[there] - floor) / span)
        y_low = top + height * (1 - (low[there] - floor) / span)
        upper = [QPointF(EDGE + float(x), float(y)) for x, y in zip(there, y_high, strict=True)]
        lower = [QPointF(EDGE + float(x), float(y) + 1) for x, y in zip(there, y_low, strict=True)]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(theme.color("accent", 0.55))
        painter.setPen(QPen(theme.color("accent"), 1))
        painter.drawPolygon(QPolygonF(upper + lower[::-1]))

    def _draw_snapshots(self, painter: QPainter) -> None:
        at = EDGE + (self.width() - 2 * EDGE - 1) * self._view.snapshots / self.last_step
        # Dots closer than three pixels could not be told apart.
        crowded = at.size > 1 and at[-1] - at[0] < 3 * (at.size - 1)
        places = np.unique(np.round(at / 3)) * 3.0 if crowded else at
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("secondary"))
        for x in places:
            painter.drawEllipse(QPointF(float(x), self.height() - 8.0), 1.2, 1.2)

    def _paint_cursor(self, painter: QPainter) -> None:
        if self._view.step is None:
            return
        x, color = self.x_of(self._view.step), theme.color("text")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color, 1.5))
        painter.drawLine(QPointF(x, 3), QPointF(x, self.height() - 8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x, self.height() - 8.0), 4, 4)
