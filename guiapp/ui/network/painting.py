"""How the volumes of the drawing and the edges between them are painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from guiapp.core.analysis import LayerInfo
from guiapp.look.icons import pixmap
from guiapp.look.theme import theme
from guiapp.ui.network.geometry import Box
from guiapp.ui.network.words import family_colour, mixed

ARROW = 4.5


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


def paint_volume(painter: QPainter, row: LayerInfo, box: Box, scale: float, origin: QPointF, *, chosen: bool) -> None:
    """Paint one volume: a box, a bar for a vector, dashes for one that is disabled or broken."""
    face, shape = front(box, scale, origin), outline(box, scale, origin)
    broken = any(problem.severity == "error" for problem in row.problems)
    colour = theme.color("bad") if broken else family_colour(row.layer)
    pen = QPen(theme.color("accent") if chosen else mixed(colour, 0.85), 2.0 if chosen else 1.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    if row.shape is None or not row.layer.enabled:
        _dashed(painter, pen, shape, colour if broken else theme.color("disabled"), chosen=chosen)
    else:
        _solid(painter, face, box.size.slant * scale, family_colour(row.layer))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPolygon(shape)
    if row.problems:
        level = "error" if broken else "warning"
        ratio = painter.device().devicePixelRatio()
        at = QPointF(face.center().x() - 8, face.center().y() - 8)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("window"))
        painter.drawEllipse(at + QPointF(8, 8), 9, 9)
        painter.drawPixmap(at, pixmap(level, 16, "bad" if broken else "warning", ratio))


def _dashed(painter: QPainter, pen: QPen, shape: QPolygonF, colour: QColor, *, chosen: bool) -> None:
    pen = QPen(pen)
    pen.setStyle(Qt.PenStyle.DashLine)
    if not chosen:
        pen.setColor(colour)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(shape)


def _solid(painter: QPainter, face: QRectF, slant: float, colour: QColor) -> None:
    painter.setPen(QPen(mixed(colour, 0.7), 0.8))
    if slant > 0:
        up = QPointF(slant, -slant)
        painter.setBrush(mixed(colour, 0.16))
        painter.drawPolygon(QPolygonF([face.topLeft(), face.topLeft() + up, face.topRight() + up, face.topRight()]))
        painter.setBrush(mixed(colour, 0.42))
        painter.drawPolygon(
            QPolygonF([face.topRight(), face.topRight() + up, face.bottomRight() + up, face.bottomRight()])
        )
    painter.setBrush(mixed(colour, 0.28 if slant > 0 else 0.42))
    painter.drawRect(face)


def _entry(box: Box, scale: float, origin: QPointF) -> QPointF:
    face, slant = front(box, scale, origin), box.size.slant * scale
    # Into the middle of the receding face that is turned away.
    return QPointF(face.left() + slant / 2, face.center().y() - slant / 2)


def _exit(box: Box, scale: float, origin: QPointF) -> QPointF:
    face, slant = front(box, scale, origin), box.size.slant * scale
    return QPointF(face.right() + slant / 2, face.center().y() - slant / 2)


def edge_path(source: Box, target: Box, scale: float, origin: QPointF, *, next_to: bool) -> QPainterPath:
    """Return the way from one volume to another: straight, over a skipped one, or round to the next line."""
    start, end = _exit(source, scale, origin), front(target, scale, origin)
    middle = QPointF(end.left(), _entry(target, scale, origin).y())
    path = QPainterPath(start)
    if source.line != target.line:
        floor = origin.y() + source.track * scale
        turn = start.x() + (source.size.slant / 2 + source.pad + 9) * scale
        back = end.left() - (target.pad + 9) * scale
        for point in (QPointF(turn, start.y()), QPointF(turn, floor), QPointF(back, floor), QPointF(back, middle.y())):
            path.lineTo(point)
        path.lineTo(middle)
    elif next_to:
        path.lineTo(QPointF(middle.x(), start.y()) if abs(start.y() - middle.y()) < 1.5 else middle)
    else:
        top = min(start.y() - source.size.full_height * scale / 2, middle.y() - target.size.full_height * scale / 2) - 8
        path.cubicTo(QPointF(start.x(), top), QPointF(middle.x(), top), middle)
    return path


@dataclass
class Edge:
    """The way between two volumes: its path, its arrow, and what is written on it and where."""

    path: QPainterPath
    arrow: QPolygonF
    live: bool
    text: str = ""
    at: QPointF = dataclass_field(default_factory=QPointF)
    ground: QRectF | None = None


def arrow(path: QPainterPath) -> QPolygonF:
    """Return the arrow at the end of a path."""
    end = path.currentPosition()
    count = path.elementCount()
    before = path.elementAt(max(count - 2, 0))
    line = QLineF(end, QPointF(before.x, before.y))
    if line.length() < 0.5:
        return QPolygonF()
    line.setLength(ARROW * 1.5)
    line.setAngle(line.angle() + 26)
    first = line.p2()
    line.setAngle(line.angle() - 52)
    return QPolygonF([end, first, line.p2(), end])


def paint_edges(painter: QPainter, edges: Sequence[Edge]) -> None:
    """Paint edges with their arrows, those that lead to a disabled layer dotted."""
    for live in (True, False):
        lines, heads = QPainterPath(), QPainterPath()
        for edge in edges:
            if edge.live is live:
                lines.addPath(edge.path)
                heads.addPolygon(edge.arrow)
        if lines.isEmpty():
            continue
        colour = theme.color("border" if live else "hairline")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.3, Qt.PenStyle.SolidLine if live else Qt.PenStyle.DotLine))
        painter.drawPath(lines)
        painter.fillPath(heads, colour)
