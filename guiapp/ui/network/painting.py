"""How the volumes of the drawing and the edges between them are painted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers.blocks import Block
from guiapp.look import icons
from guiapp.look import tokens as tk
from guiapp.ui.network.inks import Inks
from guiapp.ui.network.placing import Box

ARROW = 4.5
COS, SIN = math.cos(math.radians(26)), math.sin(math.radians(26))
BEND = 6.0
STACKED = 3.0
"""How far apart the outlines lie behind a block, in px on the screen."""

SIGNS = {"Add": "+", "Multiply": "×", "Concatenate": "‖"}
LEAST_SIGNED = 0.3


def front(box: Box, scale: float, origin: QPointF) -> QRectF:
    """Return the front face on the screen."""
    size = box.size
    return QRectF(
        origin.x() + box.x * scale,
        origin.y() + (box.y - size.height) * scale,
        max(size.thickness * scale, 3.0),
        max(size.height * scale, 3.0),
    )


def outline(box: Box, scale: float, origin: QPointF) -> QPolygonF:
    """Return the outline of the whole volume on the screen."""
    face, slant = front(box, scale, origin), box.size.slant * scale
    if slant <= 0:
        return QPolygonF(face)
    up = QPointF(slant, -slant)
    return QPolygonF(
        [
            face.bottomLeft(),
            face.topLeft(),
            face.topLeft() + up,
            face.topRight() + up,
            face.bottomRight() + up,
            face.bottomRight(),
        ]
    )


def paint_volume(  # noqa: PLR0917 - a place and what is painted there
    painter: QPainter, row: LayerInfo, box: Box, scale: float, origin: QPointF, inks: Inks, *, chosen: bool
) -> None:
    """Paint one volume: a box, a bar for a vector, a stack for a block, dashes where it is disabled or broken."""
    face, shape = front(box, scale, origin), outline(box, scale, origin)
    broken = any(problem.severity == "error" for problem in row.problems)
    own = inks.family(row.layer)
    colour = inks.color("bad") if broken else own
    pen = QPen(inks.color("accent") if chosen else inks.mixed(colour, 0.85), 2.0 if chosen else 1.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if row.shape is None or not row.layer.enabled:
        _dashed(painter, pen, shape, colour if broken else inks.color("disabled"), chosen=chosen)
    else:
        if isinstance(row.layer, Block):
            _stack(painter, shape, QPen(inks.mixed(colour, 0.6), 1.0), inks.mixed(own, 0.12))
        _solid(painter, face, box.size.slant * scale, own, inks)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPolygon(shape)
    _mark(painter, row, face, colour, scale, inks, broken=broken)


def _mark(  # noqa: PLR0917 - as `paint_volume`
    painter: QPainter, row: LayerInfo, face: QRectF, colour: QColor, scale: float, inks: Inks, *, broken: bool
) -> None:
    at = face.center()
    if row.problems:
        _badge(painter, at, inks, Qt.PenStyle.NoPen)
        mark = QRectF(at.x() - 8, at.y() - 8, 16, 16)
        icons.paint(painter, "error" if broken else "warning", mark, inks.color("bad" if broken else "warning"))
    elif isinstance(row.layer, Block) and min(face.width(), face.height()) >= 14 and row.shape is not None:
        side = min(face.width() - 2, 18.0)
        icons.paint(painter, "block", QRectF(at.x() - side / 2, at.y() - side / 2, side, side), colour)
    elif row.layer.kind in SIGNS and row.layer.enabled and scale >= LEAST_SIGNED:
        _sign(painter, SIGNS[row.layer.kind], at, min(max(9.0 * scale, 5.0), 10.0), colour, inks=inks)


def _sign(painter: QPainter, sign: str, at: QPointF, reach: float, colour: QColor, *, inks: Inks) -> None:
    """Paint what a merge does with its inputs, in strokes: a font may lack the sign, and a drawing scales."""
    _badge(painter, at, inks, QPen(inks.mixed(colour, 0.85), 1.2), reach)
    arm = reach * 0.5
    painter.setPen(QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    slope = arm * 0.75
    lines = {
        "+": ((-arm, 0, arm, 0), (0, -arm, 0, arm)),
        "×": ((-slope, -slope, slope, slope), (-slope, slope, slope, -slope)),
        "‖": ((-arm * 0.45, -arm, -arm * 0.45, arm), (arm * 0.45, -arm, arm * 0.45, arm)),
    }[sign]
    painter.drawLines([QLineF(x1, y1, x2, y2).translated(at) for x1, y1, x2, y2 in lines])


def _badge(painter: QPainter, at: QPointF, inks: Inks, pen: QPen | Qt.PenStyle, reach: float = 9.0) -> None:
    painter.setPen(pen)
    painter.setBrush(inks.color("window"))
    painter.drawEllipse(at, reach, reach)


def _stack(painter: QPainter, shape: QPolygonF, pen: QPen, fill: QColor) -> None:
    painter.setPen(pen)
    painter.setBrush(fill)
    for step in (2, 1):
        painter.drawPolygon(shape.translated(step * STACKED, -step * STACKED))


def _dashed(painter: QPainter, pen: QPen, shape: QPolygonF, colour: QColor, *, chosen: bool) -> None:
    pen = QPen(pen)
    pen.setStyle(Qt.PenStyle.DashLine)
    if not chosen:
        pen.setColor(colour)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(shape)


def _solid(painter: QPainter, face: QRectF, slant: float, colour: QColor, inks: Inks) -> None:
    painter.setPen(QPen(inks.mixed(colour, 0.7), 0.8))
    if slant > 0:
        up = QPointF(slant, -slant)
        painter.setBrush(inks.mixed(colour, 0.16))
        painter.drawPolygon(QPolygonF([face.topLeft(), face.topLeft() + up, face.topRight() + up, face.topRight()]))
        painter.setBrush(inks.mixed(colour, 0.42))
        painter.drawPolygon(
            QPolygonF([face.topRight(), face.topRight() + up, face.bottomRight() + up, face.bottomRight()])
        )
    painter.setBrush(inks.mixed(colour, 0.28 if slant > 0 else 0.42))
    painter.drawRect(face)


@dataclass
class Edge:
    """The way between two volumes: its path, its arrow, and what is written on it and where.

    `text` is the shape on it; `at` is where it is written, None where there is no room unless one asks for it, and
    `middle` is where it is written then, and `half` how far the level part below it reaches to each side.
    """

    source: int
    target: int
    path: QPainterPath
    arrow: QPolygonF
    live: bool
    text: str = ""
    at: QPointF | None = None
    ground: QRectF | None = None
    middle: QPointF = dataclass_field(default_factory=QPointF)
    half: float = 0.0

    @cached_property
    def area(self) -> QRectF:
        """Where it is painted."""
        return self.path.controlPointRect().adjusted(-ARROW, -ARROW, ARROW, ARROW)


def rounded(points: Sequence[QPointF], bend: float = BEND) -> QPainterPath:
    """Return the way along points, its corners rounded."""
    path = QPainterPath(points[0])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        into, out = QLineF(corner, before), QLineF(corner, after)
        reach = min(bend, into.length() / 2, out.length() / 2)
        if reach < 0.5:
            path.lineTo(corner)
            continue
        into.setLength(reach)
        out.setLength(reach)
        path.lineTo(into.p2())
        path.quadTo(corner, out.p2())
    path.lineTo(points[-1])
    return path


def arrow(path: QPainterPath) -> QPolygonF:
    """Return the arrow at the end of a path."""
    end = path.currentPosition()
    count = path.elementCount()
    before = path.elementAt(max(count - 2, 0))
    back_x, back_y = before.x - end.x(), before.y - end.y()
    length = math.hypot(back_x, back_y)
    if length < 0.5:
        return QPolygonF()
    x, y = back_x / length * ARROW * 1.5, back_y / length * ARROW * 1.5
    first = QPointF(end.x() + x * COS + y * SIN, end.y() - x * SIN + y * COS)
    second = QPointF(end.x() + x * COS - y * SIN, end.y() + x * SIN + y * COS)
    return QPolygonF([end, first, second, end])


def paint_edges(
    painter: QPainter, edges: Sequence[Edge], inks: Inks, *, marked: bool = False, width: float = 1.3
) -> None:
    """Paint edges with their arrows, those that lead to a disabled layer dotted, those that are marked stronger."""
    for live in (True, False):
        lines, heads = QPainterPath(), QPainterPath()
        for edge in edges:
            if edge.live is live:
                lines.addPath(edge.path)
                heads.addPolygon(edge.arrow)
        if lines.isEmpty():
            continue
        colour = inks.color("accent" if marked else "border" if live else "hairline")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        style = Qt.PenStyle.SolidLine if live else Qt.PenStyle.DotLine
        pen = QPen(colour, 1.8 if marked else width, style)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.drawPath(lines)
        painter.fillPath(heads, colour)


def joined(edges: Iterable[Edge]) -> list[Edge]:
    """Return edges as one that is live and one that is not, which are painted faster than many."""
    out: dict[bool, Edge] = {}
    for edge in edges:
        whole = out.setdefault(edge.live, Edge(-1, -1, QPainterPath(), QPolygonF(), edge.live))
        whole.path.addPath(edge.path)
        whole.path.addPolygon(edge.arrow)
    return list(out.values())


def paint_said(painter: QPainter, text: str, at: QPointF, metrics: QFontMetricsF, inks: Inks) -> None:
    """Paint a shape that stands out, on a ground of its own."""
    width, height = metrics.horizontalAdvance(text), metrics.height()
    ground = QRectF(at.x() - 5, at.y() - metrics.ascent() - 2, width + 10, height + 3)
    painter.setPen(QPen(inks.color("accent"), 1))
    painter.setBrush(inks.color("surface"))
    painter.drawRoundedRect(ground, tk.RADIUS, tk.RADIUS)
    painter.setPen(inks.color("text"))
    painter.drawText(at, text)
