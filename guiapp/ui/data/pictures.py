"""Small parts that the previews share: pictures in whole factors, a grid in proportion, a button for an action."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QAction, QImage, QKeySequence, QPainter, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from guiapp.look.icons import set_icon
from guiapp.look.theme import theme
from guiapp.look.tiles import INSET, TileGrid
from guiapp.look.tiling import SHARP_UP_TO


def picture_rect(image: QImage, room: QRectF, ratio: float) -> QRectF:
    """Return where an image is drawn in `room`: as large as it fits, in the middle, small ones by a whole factor.

    Parameters
    ----------
    image : QImage
        The image.
    room : QRectF
        In logical px.
    ratio : float
        Device pixels a logical px.
    """
    wide, high = max(1, image.width()), max(1, image.height())
    scale = min(room.width() * ratio / wide, room.height() * ratio / high)
    if scale >= 1 and max(wide, high) <= SHARP_UP_TO:
        scale = float(int(scale))
    width, height = wide * scale / ratio, high * scale / ratio
    # On whole device pixels, so that every pixel of a small image is equally large.
    left = round((room.center().x() - width / 2) * ratio) / ratio
    top = round((room.center().y() - height / 2) * ratio) / ratio
    return QRectF(left, top, width, height)


def draw_picture(painter: QPainter, image: QImage, room: QRectF, ratio: float) -> QRectF:
    """Draw an image with a hairline around it, and return where it lies."""
    rect = picture_rect(image, room, ratio)
    large = max(image.width(), image.height()) > SHARP_UP_TO or rect.width() < image.width() / ratio
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, large)
    if rect.width() * ratio * 2 < image.width():
        # Smooth painting looks at two neighbours alone.
        size = (rect.size() * ratio).toSize()
        image = image.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
    painter.drawImage(rect, image)
    painter.setPen(theme.color("hairline"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect.adjusted(-0.5, -0.5, 0.5, 0.5))
    return rect


def make_action(parent: QWidget, text: str, icon: str, keys: str, tip: str) -> QAction:
    """Return an action of `parent` with its icon, its keys (while the focus is inside), and both in its tip."""
    action = QAction(text, parent)
    action.setShortcut(QKeySequence(keys))
    action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    action.setToolTip(f"{tip} ({QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)})")
    set_icon(action, icon)
    parent.addAction(action)
    return action


def action_button(action: QAction, icon: str) -> QPushButton:
    """Return a button that does what an action does."""
    button = QPushButton(action.text())
    button.setToolTip(action.toolTip())
    set_icon(button, icon)
    button.clicked.connect(action.trigger)
    return button


class Square(QWidget):
    """Gives a grid as much of its space as keeps the proportions of one image, so that it is as many wide as high."""

    def __init__(self, grid: TileGrid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = grid
        self._height, self._width = 1, 1
        grid.setParent(self)
        self.setMinimumSize(160, 160)

    def set_shape(self, height: int, width: int) -> None:
        """Say how high and wide an image is."""
        if (height, width) != (self._height, self._width):
            self._height, self._width = height, width
            self._place()

    def _place(self) -> None:
        # Gaps and margins are the same across and down, whatever the image.
        extra = 2 * INSET + 16
        room = self.width() - extra, self.height() - extra
        scale = max(0.0, min(room[0] / self._width, room[1] / self._height))
        self._grid.setGeometry(QRect(0, 0, int(self._width * scale) + extra, int(self._height * scale) + extra))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the grid anew."""
        super().resizeEvent(event)
        self._place()
