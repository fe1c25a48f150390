"""The ways of the edges: along their lanes, round the ends of lines, and where the shapes on them are written."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QFontMetricsF

from guiapp.ui.network.columns import BEND_BEFORE
from guiapp.ui.network.painting import Edge, arrow, rounded
from guiapp.ui.network.placing import TRACK_STEP, WAY_ROUND, Box, Drawing, Line

TURN, MOST_TURN = 9.0, 8.0
ARRIVE_X, ARRIVE_Y = 3.0, 6.0
"""How far apart edges turn to the volume that they lead to, and how far apart they arrive there."""

Point = tuple[float, float]
Part = tuple[float, float, float]
"""A level part of a way: from, to, how far down."""


def _bend(drawing: Drawing, before: int) -> float:
    """Return where edges go up and down in the gap before a column."""
    left = drawing.columns[before][0]
    gap = left - drawing.columns[before - 1][1] if before else BEND_BEFORE
    return left - min(max(gap, 0.0) / 2, BEND_BEFORE)


def _level(drawing: Drawing, line: Line, via: int, target: int) -> float:
    """Return how far down the lane of an edge runs in a line."""
    plan = drawing.plan
    return line.centre + line.lanes.get((plan.section[target], plan.way(via, target)), 0.0)


def _side(drawing: Drawing, via: int, target: int) -> int:
    """Return how many lanes below the volume that it leads to an edge comes from; negative from above."""
    plan = drawing.plan
    lane = plan.ways.get((via, target))
    if lane is None:
        lane = plan.lane[via] if plan.column[target] == plan.column[via] + 1 else plan.lane[target]
    return lane - plan.lane[target]


def _arrival(drawing: Drawing, via: int, target: int) -> Point:
    """Return where an edge turns to the volume that it leads to, and how far down it arrives there.

    Of several from one side those that come from further away turn later and arrive further out, so that none of them
    covers or crosses another.
    """
    plan, box = drawing.plan, drawing.boxes[target]
    x, side = _bend(drawing, plan.column[target]), _side(drawing, via, target)
    if not side or len(plan.joins[target]) < 2:
        return x, box.middle
    sides = (_side(drawing, source, target) for source in plan.joins[target])
    beside = sorted({abs(other) for other in sides if other * side > 0})
    rank, count = beside.index(abs(side)) + 1, len(beside) + 1
    step_x = min(ARRIVE_X, (drawing.columns[plan.column[target]][0] - x) * 0.6 / count)
    step_y = min(ARRIVE_Y, box.size.height * 0.25 / count)
    return x + rank * step_x, box.middle + (rank * step_y if side > 0 else -rank * step_y)


def points(drawing: Drawing, source: int, target: int, via: int) -> list[Point]:
    """Return the corners of the way from one volume to another, in px at zoom 1.

    Parameters
    ----------
    drawing : Drawing
        Where all lies.
    source, target : int
        The two layers.
    via : int
        The layer that `target` follows: `source`, or the last of the disabled ones between the two.
    """
    boxes, plan = drawing.boxes, drawing.plan
    one, two = boxes[source], boxes[target]
    start = one.x + one.size.thickness + one.size.slant / 2, one.middle
    first, last = plan.column[source], plan.column[target]
    if one.line != two.line:
        way = _round(drawing, source, target, via)
        return _simplified([start, *way, (two.x, way[-1][1])])
    x_in, y_in = _arrival(drawing, via, target)
    end = two.x, y_in
    if last <= first:
        return [start, end]
    line = drawing.lines[one.line]
    if not line.lanes and abs(one.middle - line.centre) < 0.01 and abs(two.middle - line.centre) < 0.01:
        return [start, end]
    level = _level(drawing, line, via, target)
    if last == first + 1 and abs(level - two.middle) < 0.01:
        return _simplified([start, (x_in, one.middle), (x_in, y_in), end])
    x_out = _bend(drawing, first + 1)
    return _simplified([start, (x_out, one.middle), (x_out, level), (x_in, level), (x_in, y_in), end])


def _round(drawing: Drawing, source: int, target: int, via: int) -> list[Point]:
    """Return the corners of the way from the end of one line round to the beginning of another."""
    boxes, plan = drawing.boxes, drawing.plan
    begin, over = drawing.lines[boxes[source].line], drawing.lines[boxes[target].line - 1]
    line = drawing.lines[boxes[target].line]
    turn = min(over.leaving.index(source) * 2.0, MOST_TURN) if source in over.leaving else 0.0
    floor = over.track + (over.leaving.index(source) * TRACK_STEP if source in over.leaving else 0.0)
    far = begin.end if over is begin else drawing.width - WAY_ROUND
    x_turn, x_back = far + TURN + turn, TURN - turn
    y_out, y_in = boxes[source].middle, _level(drawing, line, via, target)
    way: list[Point] = []
    if plan.column[source] != begin.columns[-1]:
        x_out = _bend(drawing, plan.column[source] + 1)
        level = _level(drawing, begin, via, target)
        way += [(x_out, y_out), (x_out, level)]
        y_out = level
    way += [(x_turn, y_out), (x_turn, floor), (x_back, floor), (x_back, y_in)]
    if plan.column[target] != line.columns[0]:
        x_in, y_end = _arrival(drawing, via, target)
        way += [(x_in, y_in), (x_in, y_end)]
    else:
        way[-1] = x_back, boxes[target].middle
    return way


def _simplified(way: list[Point]) -> list[Point]:
    """Return the way without corners at which it does not turn."""
    out: list[Point] = []
    for point in way:
        if out and abs(out[-1][0] - point[0]) < 0.01 and abs(out[-1][1] - point[1]) < 0.01:
            continue
        if len(out) > 1 and any(
            abs(out[-2][axis] - out[-1][axis]) < 0.01 and abs(out[-1][axis] - point[axis]) < 0.01 for axis in (0, 1)
        ):
            out[-1] = point
        else:
            out.append(point)
    return out


def edge(
    drawing: Drawing, source: int, target: int, via: int, scale: float, *, live: bool, text: str, metrics: QFontMetricsF
) -> Edge:
    """Return an edge as it is painted, with the drawing's corner at (0, 0)."""
    way = points(drawing, source, target, via)
    path = rounded([QPointF(x, y) * scale for x, y in way])
    made = Edge(source, target, path, arrow(path), live, text)
    one, two = drawing.boxes[source], drawing.boxes[target]
    if one.line != two.line:
        _write_below(made, drawing, scale, metrics)
    else:
        parts = _beside(_parts(drawing, way, source, target), _passed(drawing, source, via))
        _write_along(made, parts, one, scale, metrics)
    if not live and drawing.plan.targets[target]:
        # It is written on the edge that goes on from there.
        made.at = None
    return made


def _passed(drawing: Drawing, source: int, via: int) -> list[Box]:
    """Return the disabled volumes that an edge leads over."""
    out: list[Box] = []
    while via != source:
        out.append(drawing.boxes[via])
        via = drawing.plan.joins[via][0]
    return out


def _beside(parts: list[Part], boxes: list[Box]) -> list[Part]:
    """Return level parts without what lies behind volumes."""
    for box in boxes:
        left, right, top = box.x, box.x + box.size.width, box.y - box.size.full_height
        cut = [
            ((begin, min(end, left), y), (max(begin, right), end, y)) if top < y < box.y else ((begin, end, y),)
            for begin, end, y in parts
        ]
        parts = [part for pieces in cut for part in pieces if part[1] > part[0]]
    return parts


def _write_below(made: Edge, drawing: Drawing, scale: float, metrics: QFontMetricsF) -> None:
    """Write the shape where the way runs between two lines."""
    box = drawing.boxes[made.target]
    over = drawing.lines[box.line - 1]
    lane = over.leaving.index(made.source) if made.source in over.leaving else 0
    x = (drawing.columns[drawing.lines[box.line].columns[0]][0]) * scale + 6
    y = (over.track + lane * TRACK_STEP) * scale
    width = metrics.horizontalAdvance(made.text)
    made.middle = QPointF(x, y + metrics.ascent() / 2 - 1)
    if lane == 0:
        made.at = made.middle
        made.ground = QRectF(x - 4, y - metrics.height() / 2, width + 8, metrics.height())


def _parts(drawing: Drawing, way: list[Point], source: int, target: int) -> list[Part]:
    """Return the level parts of a way, those apart that it shares with other edges."""
    plan, out = drawing.plan, list[Part]()
    shared = len(plan.targets[source]) > 1, len(plan.joins[target]) > 1
    leave, join = _bend(drawing, plan.column[source] + 1), _bend(drawing, plan.column[target])
    for n, ((x1, y1), (x2, y2)) in enumerate(pairwise(way)):
        if abs(y1 - y2) >= 1.0:
            continue
        begin = leave if n == 0 and shared[0] and x1 < leave < x2 else x1
        end = join if n == len(way) - 2 and shared[1] and begin < join < x2 else x2
        if begin > x1:
            out.append((x1, begin, y1))
        out.append((begin, end, y1))
    return out


def _write_along(made: Edge, parts: list[Part], source: Box, scale: float, metrics: QFontMetricsF) -> None:
    """Write the shape over the longest level part of the way."""
    right = source.x + source.size.width
    room = [(end - max(begin, right), (max(begin, right) + end) / 2, level) for begin, end, level in parts]
    if not room:
        return
    longest, at, level = max(room, key=lambda part: part[0])
    width = metrics.horizontalAdvance(made.text)
    made.middle, made.half = QPointF(at * scale - 2 - width / 2, level * scale - 5), max(longest, 0.0) * scale / 2
    if longest * scale >= width + 4:
        made.at = made.middle
