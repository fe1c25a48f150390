"""The shapes on edges that stand out, each on a ground of its own; where an edge is too short, with a line to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen

from guiapp.ui.network.inks import Inks
from guiapp.ui.network.painting import Edge, paint_said
from guiapp.ui.network.pictures import AIR
from guiapp.ui.network.placing import Drawing

AIR_X, AIR_Y = 5.0, 3.0
"""How far the ground of a shape reaches beyond its letters."""

BESIDE = 6.0
"""How far beside the middle of an edge its line may end at most, in px on the screen."""

MOST_STEPS, CLEAR = 3, 4.0
"""How many heights above the volumes are tried, and how far from another edge a shape must stay."""


class Said(NamedTuple):
    """A shape that is said: where its letters begin, and the line to its edge, if it is away from it."""

    edge: Edge
    at: QPointF
    line: QLineF | None = None

    def ground(self, metrics: QFontMetricsF) -> QRectF:
        """Return what it covers."""
        width, height = metrics.horizontalAdvance(self.edge.text), metrics.height()
        return QRectF(
            self.at.x() - AIR_X, self.at.y() - metrics.ascent() - AIR_Y, width + 2 * AIR_X, height + 2 * AIR_Y
        )


def say_shapes(  # noqa: PLR0917 - what is said, and where and in what it is painted
    painter: QPainter,
    edges: Sequence[Edge],
    shown: Sequence[Edge],
    focus: int,
    drawing: Drawing,
    scale: float,
    metrics: QFontMetricsF,
    inks: Inks,
) -> None:
    """Paint the shapes on `edges`, and of the layer `focus` also those that have no room on their edge."""
    said = said_shapes(edges, shown, focus, drawing, scale, metrics)
    painter.setPen(QPen(inks.color("accent"), 1))
    painter.drawLines([one.line for one in said if one.line is not None])
    for one in said:
        paint_said(painter, one.edge.text, one.at, metrics, inks)


def said_shapes(  # noqa: PLR0917 - as `say_shapes`
    edges: Sequence[Edge],
    shown: Sequence[Edge],
    focus: int,
    drawing: Drawing,
    scale: float,
    metrics: QFontMetricsF,
) -> list[Said]:
    """Return the shapes on edges that stand out and where they are said.

    Parameters
    ----------
    edges, shown : sequence of Edge
        Those that stand out, and all.
    focus : int
        The layer of which also those are said that have no room on their edge, each once.
    drawing, scale, metrics
        Where all lies, and how large.
    """
    out = [Said(e, e.at) for e in edges if e.text and e.at is not None]
    told = {(one.edge.source == focus, one.edge.text) for one in out}
    for e in edges:
        key = e.source == focus, e.text
        if e.text and e.at is None and focus in {e.source, e.target} and key not in told:
            told.add(key)
            out.append(_away(e, shown, out, drawing, scale=scale, metrics=metrics))
    return out


def _away(
    e: Edge, shown: Sequence[Edge], said: Sequence[Said], drawing: Drawing, *, scale: float, metrics: QFontMetricsF
) -> Said:
    """Return where the shape on an edge without room is said: over it, clear of all others, or else right on it."""
    places = list(_places(e, drawing, scale, metrics))
    near = QRectF(places[0][1].p2(), places[0][1].p2())
    for at, _ in places:
        near |= Said(e, at).ground(metrics).adjusted(-CLEAR, -CLEAR, CLEAR, CLEAR)
    others = [o for o in shown if (o.source, o.target) != (e.source, e.target) and o.area.intersects(near)]
    taken = [one.ground(metrics) for one in said]
    taken += [Said(o, o.at).ground(metrics) for o in others if o.at is not None and o.text]
    for at, line in places:
        one = Said(e, at, line)
        ground = one.ground(metrics)
        clear = ground.adjusted(-CLEAR, -CLEAR, CLEAR, CLEAR)
        beside = QRectF(line.x1() - 2, line.y1(), 4, line.dy() - 4)
        if any(ground.intersects(area) for area in taken):
            continue
        if not any(crosses(o.path, clear) or _runs_along(o.path, beside) for o in others):
            return one
    return Said(e, QPointF(e.middle.x() + 2, e.middle.y() + 5 + metrics.ascent() / 2 - 1))


def _places(e: Edge, drawing: Drawing, scale: float, metrics: QFontMetricsF) -> Iterator[tuple[QPointF, QLineF]]:
    """Yield where a shape may begin, and the line from it: over both volumes, in the middle or at a side of them."""
    width, step = metrics.horizontalAdvance(e.text), metrics.height() + 2 * AIR_Y + 2
    middle, level, beside = e.middle.x() + width / 2 + 2, e.middle.y() + 5, min(BESIDE, e.half * 0.7)
    boxes = [drawing.boxes[row] for row in (e.source, e.target)]
    near = [box for box in boxes if box.line == drawing.boxes[e.target].line]
    top = min(level, *((box.y - box.size.full_height) * scale for box in near)) - AIR
    for number in range(MOST_STEPS):
        y = top - number * step
        for foot, left in (
            (middle, middle - width / 2),
            (middle + beside, middle + AIR_X + 3),
            (middle - beside, middle - AIR_X - 3 - width),
        ):
            yield QPointF(left, y), QLineF(foot, y, foot, level)


def _segments(path: QPainterPath) -> Iterator[QRectF]:
    corners = [QPointF(path.elementAt(n).x, path.elementAt(n).y) for n in range(path.elementCount())]
    for a, b in pairwise(corners):
        yield QRectF(a, b).normalized().adjusted(-0.5, -0.5, 0.5, 0.5)


def crosses(path: QPainterPath, area: QRectF) -> bool:
    """Whether a way runs through an area."""
    return any(segment.intersects(area) for segment in _segments(path))


def _runs_along(path: QPainterPath, line: QRectF) -> bool:
    """Whether a way runs up or down where a line does."""
    return any(part.height() > part.width() and part.intersects(line) for part in _segments(path))
