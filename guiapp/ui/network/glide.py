"""The drawing while it is moved about in: what was painted last is shifted or stretched, and only the rest is painted.

A network of 1,000 layers then moves with the pointer, whatever painting all of it takes.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QTimer, Signal
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QWidget

SLOW_MS = 10.0
"""A painting that takes longer is not done again at every notch of the wheel."""

REST_MS = 90

Draw = Callable[[QPainter, QRectF, QPointF], None]
"""Paints what lies in an area, with the drawing's corner at a point."""


class Glide(QObject):
    """Keeps what a widget shows while one pans and zooms; `rested` is emitted when it is to be painted anew.

    Parameters
    ----------
    widget : QWidget
        What is painted.
    draw : callable
        Paints a part of it.
    """

    rested = Signal()

    def __init__(self, widget: QWidget, draw: Draw) -> None:
        super().__init__(widget)
        self._widget, self._draw = widget, draw
        self._picture: QPixmap | None = None
        self._origin, self._scale = QPointF(), 1.0
        self._cost_ms = 0.0
        self._timer = QTimer(self, singleShot=True, interval=REST_MS)
        self._timer.timeout.connect(self._rest)

    def drop(self) -> None:
        """Forget the picture: what it shows has changed."""
        self._timer.stop()
        self._picture = None

    def before_zoom(self, origin: QPointF, scale: float) -> None:
        """Take the picture that is stretched while the zoom changes, where painting is slow."""
        if self._cost_ms <= SLOW_MS:
            self.drop()
            return
        if self._picture is None:
            self._take(origin, scale)
        self._timer.start()

    def paint(self, painter: QPainter, area: QRect, origin: QPointF, scale: float, *, panned: bool) -> None:
        """Paint the widget, from the picture where that serves."""
        if self._timer.isActive() and self._picture is not None:
            self._stretch(painter, origin, scale)
        elif panned:
            self._shift(origin, scale)
            if self._picture is not None:
                painter.drawPixmap(0, 0, self._picture)
        else:
            self._picture = None
            began = time.perf_counter()
            self._draw(painter, QRectF(area), origin)
            if 2 * area.width() * area.height() > self._widget.width() * self._widget.height():
                self._cost_ms = (time.perf_counter() - began) * 1000

    def _stretch(self, painter: QPainter, origin: QPointF, scale: float) -> None:
        assert self._picture is not None
        share = scale / self._scale
        size = self._picture.deviceIndependentSize() * share
        painter.drawPixmap(QRectF(origin - self._origin * share, size), self._picture, QRectF(self._picture.rect()))

    def _shift(self, origin: QPointF, scale: float) -> None:
        """Have the picture show the drawing at `origin`."""
        moved = origin - self._origin
        whole = moved.toPoint()
        sharp = float(self._widget.devicePixelRatioF()).is_integer() and QPointF(whole) == moved
        if self._picture is None or scale != self._scale or not sharp:
            self._take(origin, scale)
            return
        if whole.isNull():
            return
        before, rect = self._picture, self._widget.rect()
        painter = self._begin()
        painter.drawPixmap(whole, before)
        for strip in _strips(rect, whole):
            painter.setClipRect(strip)
            self._draw(painter, QRectF(strip), origin)
        painter.end()
        self._origin = origin

    def _take(self, origin: QPointF, scale: float) -> None:
        painter = self._begin()
        self._draw(painter, QRectF(self._widget.rect()), origin)
        painter.end()
        self._origin, self._scale = QPointF(origin), scale

    def _begin(self) -> QPainter:
        ratio = self._widget.devicePixelRatioF()
        self._picture = QPixmap((self._widget.size().toSizeF() * ratio).toSize())
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(self._widget.palette().color(self._widget.backgroundRole()))
        painter = QPainter(self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return painter

    def _rest(self) -> None:
        self._picture = None
        self.rested.emit()


def _strips(rect: QRect, moved: QPoint) -> list[QRect]:
    """Return what of `rect` is not covered by the same moved."""
    kept = rect & rect.translated(moved)
    if kept.isEmpty():
        return [rect]
    above = QRect(rect.topLeft(), QPoint(rect.right(), kept.top() - 1))
    below = QRect(QPoint(rect.left(), kept.bottom() + 1), rect.bottomRight())
    left = QRect(QPoint(rect.left(), kept.top()), QPoint(kept.left() - 1, kept.bottom()))
    right = QRect(QPoint(kept.right() + 1, kept.top()), QPoint(rect.right(), kept.bottom()))
    return [strip for strip in (above, below, left, right) if not strip.isEmpty()]
