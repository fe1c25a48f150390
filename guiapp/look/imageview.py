"""One image, large: fitted, zoomed, moved."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from guiapp.core.colormaps import colormap
from guiapp.look.pixels import Bytes, to_qimage
from guiapp.look.theme import theme
from guiapp.look.tiling import SHARP_UP_TO

MOST = 64.0
ZOOM_STEP = 1.25


class ImageView(QWidget):
    """Shows one image; originals of up to 64 px without smoothing.

    Wheel, + and − zoom about the pointer or the middle; dragging and the arrows move it; 0 or a double click fits it.

    Parameters
    ----------
    empty_text : str
        What is said where there is no image.

    Signals
    -------
    hovered(int, int)
        y and x of the pixel under the pointer, (-1, -1) when there is none.
    zoomChanged(float)
        Screen px a pixel.
    """

    hovered = Signal(int, int)
    zoomChanged = Signal(float)

    def __init__(self, empty_text: str = "No image yet.", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = empty_text
        self._image: QImage | None = None
        self._fitted = True
        self._zoom = 1.0
        self._middle = QPointF()  # the image's point at the widget's middle
        self._grabbed: QPointF | None = None
        self._under = (-1, -1)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(64, 64)
        self.setAccessibleName("Image")
        self.setAccessibleDescription(empty_text)
        self.setToolTip("Wheel zooms, dragging moves, a double click fits.")
        theme.changed.connect(self.update)

    def set_image(self, image: Bytes | None, table: Bytes | None = None, *, description: str = "") -> None:
        """Show another image; one of the same size keeps zoom and place.

        Parameters
        ----------
        image : array of uint8 or None
            (h, w, 3) RGB, or (h, w) indices into `table`; None shows the empty text.
        table : array of uint8, optional
            A (256, 3) colormap for indices; the default is viridis.
        description : str
            What it shows, for screen readers.

        Raises
        ------
        ValueError
            When the array is not uint8 or has another shape.
        """
        before = self._image.size() if self._image is not None else QSize()
        if image is None or image.size == 0:
            self._image = None
        else:
            if image.ndim == 2 and table is None:
                table = colormap()
            if image.ndim not in (2, 3):
                raise ValueError(f"Expected (h, w) or (h, w, 3). Received: an array of shape {image.shape}")
            self._image = to_qimage(image, table if image.ndim == 2 else None)
        self.setAccessibleDescription(description or (self._empty if self._image is None else "An image"))
        if self._image is not None and self._image.size() != before:
            self.fit()
        self.update()

    def has_image(self) -> bool:
        """Return whether there is an image."""
        return self._image is not None

    def zoom(self) -> float:
        """Return how many logical px one pixel takes."""
        return self._zoom

    def fit(self) -> None:
        """Show the whole image as large as it fits; small ones by a whole factor."""
        self._fitted = True
        if self._image is None:
            return
        w, h = self._image.width(), self._image.height()
        ratio = self.devicePixelRatioF()
        scale = min(self.width() * ratio / w, self.height() * ratio / h)
        if scale >= 1 and max(w, h) <= SHARP_UP_TO:
            scale = float(np.floor(scale))
        self._middle = QPointF(w / 2, h / 2)
        self._set_zoom(max(scale / ratio, 1e-3))

    def set_zoom(self, zoom: float, about: QPointF | None = None) -> None:
        """Zoom to `zoom` px a pixel, keeping the point `about` (default: the middle) where it is."""
        if self._image is None:
            return
        about = about if about is not None else QPointF(self.width() / 2, self.height() / 2)
        before = self._to_image(about)
        self._fitted = False
        self._zoom = min(max(zoom, 0.02), MOST)
        self._move(before - self._to_image(about))
        self.zoomChanged.emit(self._zoom)

    def _set_zoom(self, zoom: float) -> None:
        if zoom != self._zoom:
            self._zoom = zoom
            self.zoomChanged.emit(zoom)
        self.update()

    def _move(self, by: QPointF) -> None:
        assert self._image is not None
        moved = self._middle + by
        self._middle = QPointF(
            min(max(moved.x(), 0), self._image.width()), min(max(moved.y(), 0), self._image.height())
        )
        self.update()

    def _to_image(self, point: QPointF) -> QPointF:
        return self._middle + (point - QPointF(self.width() / 2, self.height() / 2)) / self._zoom

    def image_rect(self) -> QRectF:
        """Return where the image lies on the widget, in logical px."""
        if self._image is None:
            return QRectF()
        ratio = self.devicePixelRatioF()
        left = self.width() / 2 - self._middle.x() * self._zoom
        top = self.height() / 2 - self._middle.y() * self._zoom
        # On whole device pixels, so that every pixel of a small image is equally large.
        left, top = round(left * ratio) / ratio, round(top * ratio) / ratio
        return QRectF(left, top, self._image.width() * self._zoom, self._image.height() * self._zoom)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the image, or say that there is none."""
        painter = QPainter(self)
        if self._image is None:
            painter.setPen(theme.color("secondary"))
            around = self.rect().adjusted(16, 16, -16, -16)
            painter.drawText(around, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._empty)
        else:
            smooth = max(self._image.width(), self._image.height()) > SHARP_UP_TO and self._zoom < 8
            smooth = smooth or self._zoom < 1
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
            painter.drawImage(self.image_rect(), self._image)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def _hover(self, under: tuple[int, int]) -> None:
        if under != self._under:
            self._under = under
            self.hovered.emit(*under)

    def _pixel_at(self, point: QPointF) -> tuple[int, int]:
        rect = self.image_rect()
        if self._image is None or not rect.contains(point):
            return -1, -1
        x, y = int((point.x() - rect.x()) / self._zoom), int((point.y() - rect.y()) / self._zoom)
        return min(y, self._image.height() - 1), min(x, self._image.width() - 1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the image while it is held; say what is under the pointer."""
        if self._grabbed is not None and self._image is not None:
            self._fitted = False
            self._move((self._grabbed - event.position()) / self._zoom)
            self._grabbed = event.position()
        self._hover(self._pixel_at(event.position()))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the image."""
        if event.button() == Qt.MouseButton.LeftButton and self._image is not None:
            self._grabbed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Fit."""
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the pointer."""
        self._hover((-1, -1))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer."""
        notches = event.angleDelta().y() / 120
        if notches and self._image is not None:
            self.set_zoom(self._zoom * ZOOM_STEP**notches, event.position())
            event.accept()
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom by + and −, fit by 0, move by arrows."""
        key, far = event.key(), 32 / self._zoom
        moves = {
            Qt.Key.Key_Left: QPointF(-far, 0),
            Qt.Key.Key_Right: QPointF(far, 0),
            Qt.Key.Key_Up: QPointF(0, -far),
            Qt.Key.Key_Down: QPointF(0, far),
        }
        if self._image is None:
            super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.set_zoom(self._zoom * ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.set_zoom(self._zoom / ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif Qt.Key(key) in moves:
            self._fitted = False
            self._move(moves[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stay fitted."""
        if self._fitted:
            self.fit()

    def sizeHint(self) -> QSize:
        """Return a size that shows something."""
        return QSize(320, 320)
