"""The whole drawing on paper: as SVG, PNG or PDF, and for the printer. Any thread may make it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QFont, QImage, QImageWriter, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from guiapp.core.analysis import LayerInfo
from guiapp.core.notify import UserError
from guiapp.ui.network.geometry import sizes
from guiapp.ui.network.inks import Inks, inks
from guiapp.ui.network.lanes import planned
from guiapp.ui.network.placing import Drawing, place
from guiapp.ui.network.scene import Scene
from guiapp.ui.network.words import shape_text

MARGIN = 24
LIMITS = tuple(700.0 * 1.25**n for n in range(14))
LANDSCAPE = math.sqrt(2)
MOST_SIDE, MOST_PIXELS = 30_000, 150_000_000


@dataclass(frozen=True)
class Paper:
    """How a drawing is put on paper.

    Attributes
    ----------
    dark : bool or None
        In the colours of the dark appearance; of the one in use where None.
    transparent : bool
        Without a ground.
    """

    dark: bool | None = False
    transparent: bool = False


class Sheet:
    """The whole drawing of a network with all its words, at its natural size.

    Parameters
    ----------
    rows : sequence of LayerInfo
        The layers.
    font : QFont
        The program's font.
    paper : Paper
        How it is put on paper.
    aspect : float
        How many times as wide as high it would best be.
    """

    def __init__(
        self, rows: Sequence[LayerInfo], font: QFont, paper: Paper | None = None, aspect: float = LANDSCAPE
    ) -> None:
        self.paper = Paper() if paper is None else paper
        self._inks = _on_paper(inks(dark=self.paper.dark))
        drawing = _laid_out(rows, aspect)
        self._scene = Scene(self._inks, pictures=False, grounds=not self.paper.transparent)
        self._scene.show(rows, drawing, 1.0, font)
        self.size = QSize(math.ceil(drawing.width) + 2 * MARGIN, math.ceil(drawing.height) + 2 * MARGIN)

    def paint(self, painter: QPainter) -> None:
        """Paint it, its corner at (0, 0)."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(QPointF(), QSizeF(self.size))
        if not self.paper.transparent:
            painter.fillRect(area, self._inks.color("window"))
        self._scene.paint(painter, area, QPointF(MARGIN, MARGIN), set())

    def image(self, width: int) -> QImage:
        """Return it as an image so many pixels wide.

        Raises
        ------
        UserError
            When that would be larger than images can be.
        """
        height = max(round(self.size.height() * width / self.size.width()), 1)
        if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
            raise UserError(
                f"would be {width:,} × {height:,} pixels, which is too large",
                where="The picture",
                mend="Choose fewer pixels, or SVG, which is sharp at any size",
            )
        image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        painter.scale(width / self.size.width(), height / self.size.height())
        self.paint(painter)
        painter.end()
        return image

    def png(self, width: int) -> bytes:
        """Return it as a PNG so many pixels wide."""
        buffer = _buffer()
        if not QImageWriter(buffer, QByteArray(b"png")).write(self.image(width)):
            raise UserError("could not be made", where="The picture", mend="Choose fewer pixels")
        return bytes(buffer.data().data())

    def svg(self, title: str) -> bytes:
        """Return it as SVG."""
        buffer = _buffer()
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setSize(self.size)
        generator.setViewBox(QRectF(QPointF(), QSizeF(self.size)))
        generator.setResolution(96)
        generator.setTitle(title)
        painter = QPainter(generator)
        self.paint(painter)
        painter.end()
        return bytes(buffer.data().data())

    def pdf(self, title: str) -> bytes:
        """Return it as a PDF of one page, as large as the drawing."""
        buffer = _buffer()
        writer = QPdfWriter(buffer)
        writer.setResolution(96)
        writer.setTitle(title)
        points = QSizeF(self.size) * 0.75
        writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
        writer.setPageMargins(QMarginsF())
        painter = QPainter(writer)
        painter.scale(writer.width() / self.size.width(), writer.height() / self.size.height())
        self.paint(painter)
        painter.end()
        return bytes(buffer.data().data())


def _on_paper(colours: Inks) -> Inks:
    """Return light colours on white, as paper is; dark ones as they are."""
    tokens = colours.tokens
    return colours if tokens.dark else Inks(replace(tokens, window=tokens.surface))


def _buffer() -> QBuffer:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.ReadWrite)
    return buffer


def _laid_out(rows: Sequence[LayerInfo], aspect: float) -> Drawing:
    """Return the drawing whose lines are so long that it has about the proportions wanted; a short one has one line."""
    plan = planned(rows)
    all_sizes = sizes(rows, shape_text, plan.joins)
    tried: list[Drawing] = []
    for limit in LIMITS:
        tried.append(place(all_sizes, limit, 1.0, plan=plan))
        if len(tried[-1].lines) <= 1:
            break
    short = next((drawing for drawing in tried if len(drawing.lines) <= 1 and drawing.width < LIMITS[4]), None)
    return short or min(tried, key=lambda drawing: abs(math.log(_aspect(drawing) / aspect)))


def _aspect(drawing: Drawing) -> float:
    return (drawing.width + 2 * MARGIN) / (drawing.height + 2 * MARGIN)


def turned(device: QPagedPaintDevice, rows: Sequence[LayerInfo], font: QFont) -> None:
    """Turn the page of a printer the way in which the drawing is larger."""
    size = Sheet(rows, font).size
    wide = size.width() > size.height()
    device.setPageOrientation(QPageLayout.Orientation.Landscape if wide else QPageLayout.Orientation.Portrait)


def print_on(device: QPagedPaintDevice, rows: Sequence[LayerInfo], font: QFont) -> None:
    """Paint the whole drawing on one page, in the middle and as large as it goes, in light colours without a ground.

    Raises
    ------
    UserError
        When the printer cannot be used.
    """
    painter = QPainter()
    if not painter.begin(device):
        raise UserError("cannot be used", where="The printer", mend="Look whether it is on, or print into a file")
    page = painter.viewport()
    sheet = Sheet(rows, font, Paper(transparent=True), page.width() / max(page.height(), 1))
    scale = min(page.width() / sheet.size.width(), page.height() / sheet.size.height())
    painter.translate(
        (page.width() - sheet.size.width() * scale) / 2, (page.height() - sheet.size.height() * scale) / 2
    )
    painter.scale(scale, scale)
    sheet.paint(painter)
    painter.end()
