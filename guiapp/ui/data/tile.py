"""How one thumbnail of the gallery is drawn: its picture, its marks, its caption."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QImage, QPainter, QPen, QPixmap

from guiapp.look import icons
from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme
from guiapp.look.tiling import SHARP_UP_TO
from guiapp.ui.data.grid import CAPTION
from guiapp.ui.data.thumbs import Picture

DIM = 0.3
BADGE = 18
ROOM_FOR_WORDS = 88
LEFT_OUT_WORDS = "left out"


@dataclass(frozen=True)
class Tile:
    """What is to be drawn of one image.

    Attributes
    ----------
    picture : QImage, UserError or None
        Its thumbnail, why there is none, or None while it is read.
    caption : str
        Its class.
    left_out, relabelled, damaged, pinned : bool
        What is marked on it.
    chosen, current : bool
        Whether it is one of those chosen, and the one on which the keys work.
    """

    picture: Picture | None
    caption: str
    left_out: bool = False
    relabelled: bool = False
    damaged: bool = False
    pinned: bool = False
    chosen: bool = False
    current: bool = False


class TilePainter:
    """Draws tiles; words are drawn once and then copied, which is several times faster.

    Parameters
    ----------
    font : QFont
        From which the captions' font is made.
    ratio : float
        Device pixels a logical px.
    """

    def __init__(self, font: QFont, ratio: float) -> None:
        self._font = tabular(font, tk.CAPTION)
        self._ratio = ratio
        self._words: dict[tuple[str, int, str], QPixmap] = {}

    def paint(self, painter: QPainter, tile: Tile, rect: QRect, *, focus: bool) -> None:
        """Draw a tile whose picture fits in `rect`; its caption lies below."""
        if tile.chosen:
            around = rect.adjusted(-3, -3, 3, CAPTION - 1)
            painter.fillRect(around, theme.color("selection"))
        self._paint_picture(painter, tile, rect)
        if tile.left_out:
            self._paint_band(painter, rect)
        marks = (("warning", tile.damaged), ("tag", tile.relabelled), ("pin", tile.pinned))
        for place, name in enumerate(name for name, there in marks if there):
            self._paint_mark(painter, name, rect, place)
        if tile.current or tile.chosen:
            painter.setPen(QPen(theme.color("accent" if focus else "secondary"), 2 if tile.current else 1))
            painter.drawRect(rect.adjusted(-3, -3, 2, CAPTION - 2))
        color = "text" if tile.chosen or tile.current else "secondary"
        painter.drawPixmap(rect.left(), rect.bottom() + 1, self._text(tile.caption, rect.width(), color))

    def _paint_picture(self, painter: QPainter, tile: Tile, rect: QRect) -> None:
        if isinstance(tile.picture, QImage):
            if tile.left_out:
                painter.setOpacity(DIM)
            draw_fitted(painter, tile.picture, rect, self._ratio)
            painter.setOpacity(1)
            # What is white or transparent would not be seen on a light page.
            painter.setPen(QPen(theme.color("border"), 1))
            painter.drawRect(fitted(tile.picture, rect, self._ratio).adjusted(0, 0, -1, -1))
            return
        painter.fillRect(rect, theme.color("hover"))
        if tile.picture is not None:
            mark = icons.pixmap("error", 20, "bad", self._ratio)
            painter.drawPixmap(rect.center() - QPoint(10, 10), mark)

    def _paint_band(self, painter: QPainter, rect: QRect) -> None:
        band = QRect(rect.left(), rect.bottom() - BADGE + 1, rect.width(), BADGE)
        painter.fillRect(band, theme.color("surface", 0.85))
        if rect.width() >= ROOM_FOR_WORDS:
            painter.drawPixmap(band.topLeft(), self._text(LEFT_OUT_WORDS, rect.width(), "text"))
        mark = icons.pixmap("eye-off", 16, "text", self._ratio)
        painter.drawPixmap(band.left() + 2, band.top() + 1, mark)

    def _paint_mark(self, painter: QPainter, name: str, rect: QRect, place: int) -> None:
        spot = QRect(rect.right() - BADGE - 1 - place * (BADGE + 2), rect.top() + 2, BADGE, BADGE)
        painter.fillRect(spot, theme.color("surface", 0.85))
        color = "warning" if name == "warning" else "accent"
        painter.drawPixmap(spot.topLeft() + QPoint(1, 1), icons.pixmap(name, 16, color, self._ratio))

    def _text(self, text: str, width: int, color: str) -> QPixmap:
        key = (text, width, color)
        if key not in self._words:
            if len(self._words) > 2000:
                self._words.clear()
            self._words[key] = self._drawn(text, width, color)
        return self._words[key]

    def _drawn(self, text: str, width: int, color: str) -> QPixmap:
        size = QSize(max(1, width), CAPTION)
        drawn = QPixmap(size * self._ratio)
        drawn.setDevicePixelRatio(self._ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        painter.setFont(self._font)
        painter.setPen(theme.color(color))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, width)
        painter.drawText(QRect(QPoint(0, 0), size), Qt.AlignmentFlag.AlignCenter, shown)
        painter.end()
        return drawn


def fitted(picture: QImage, rect: QRect, ratio: float = 1.0) -> QRect:
    """Return where `draw_fitted` draws."""
    return _fit(picture, rect, ratio)[0]


def _fit(picture: QImage, rect: QRect, ratio: float) -> tuple[QRect, bool]:
    """Return where a picture is drawn in `rect`, and whether without smoothing."""
    width, height = picture.width(), picture.height()
    scale = min(rect.width() / width, rect.height() / height)
    sharp = max(width, height) <= SHARP_UP_TO and scale >= 1
    if sharp:
        scale = int(scale * ratio) / ratio
    target = QRect(0, 0, max(1, round(width * scale)), max(1, round(height * scale)))
    target.moveCenter(rect.center())
    return target, sharp


def draw_fitted(painter: QPainter, picture: QImage, rect: QRect, ratio: float = 1.0) -> None:
    """Draw `picture` in the middle of `rect`: small ones by whole factors without smoothing."""
    width, height = picture.width(), picture.height()
    target, sharp = _fit(picture, rect, ratio)
    exact = target.width() * ratio == width and target.height() * ratio == height
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not sharp and not exact)
    painter.drawImage(target, picture)
