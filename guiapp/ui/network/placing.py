"""Where each volume of the drawing lies, in lines that wrap: arithmetic only, in px at zoom 1."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from guiapp.ui.network.columns import Column, Columns, columns_again, columns_of
from guiapp.ui.network.geometry import Size
from guiapp.ui.network.lanes import Plan, chain
from guiapp.ui.network.stacking import CAPTION, stacked

HEAD, GROUP_HEAD = 8, 18
ROW_GAP = 12
WAY_ROUND = 18.0
TRACK_STEP = 5.0


class Box(NamedTuple):
    """One placed volume: left edge and lower edge of its front face, and its line of the drawing.

    `pad` is the air at each side of it, `track` how far down the way to the next line runs.
    """

    x: float
    y: float
    line: int
    pad: float
    track: float
    size: Size

    @property
    def middle(self) -> float:
        """How far down the middle of the whole volume is."""
        return self.y - self.size.full_height / 2


@dataclass(frozen=True)
class Line:
    """One line of the drawing.

    Attributes
    ----------
    columns : range
        Its columns.
    top, centre, track, end : float
        How far down it begins, lane 0 runs, and the way to the next line runs; how far along it reaches.
    lanes : dict
        How far below `centre` each lane of each section runs, by (section, lane).
    leaving : tuple of int
        The layers that feed others in later lines, first those whose way down lies furthest out.
    spans : dict
        How far above and below `centre` each section reaches.
    """

    columns: range
    top: float
    centre: float
    track: float
    end: float
    lanes: dict[tuple[int, int], float]
    leaving: tuple[int, ...]
    spans: dict[int, tuple[float, float]]


@dataclass(frozen=True)
class Lined:
    """All lines of a drawing, and the size of the whole, before the volumes are placed in them.

    Attributes
    ----------
    width, height : float
        Of the whole.
    plan : Plan
        Which columns and lanes the volumes are in.
    lines : tuple of Line
        The lines.
    columns : tuple of tuple of float
        Where each column begins and ends.
    made_of : Columns
        How wide the columns are, and of what sizes.
    """

    width: float
    height: float
    plan: Plan
    lines: tuple[Line, ...]
    columns: tuple[tuple[float, float], ...]
    made_of: Columns = field(repr=False, compare=False)

    def line_of_each(self) -> list[int]:
        """Return the line that each volume is in."""
        out = [0] * len(self.made_of.sizes)
        for number, line in enumerate(self.lines):
            for c in line.columns:
                for i in self.plan.columns[c]:
                    out[i] = number
        return out


@dataclass(frozen=True)
class Drawing(Lined):
    """All placed volumes, in their lines."""

    boxes: tuple[Box, ...] = ()


def nothing() -> Drawing:
    """Return the drawing of no layers."""
    return place((), 0.0, 1.0)


def _wrapped(columns: Sequence[Column], plan: Plan, limit: float, kept: Sequence[int]) -> list[tuple[int, float]]:
    """Return for each column its line and where it begins.

    What lies in one frame, and each section, is torn apart only where no line could hold it.
    """
    out: list[tuple[int, float]] = []
    line, x = -1, limit + 1.0
    for section, unit in zip(plan.sections, plan.units, strict=True):
        begins = WAY_ROUND if line >= 0 else 0.0
        most = limit - begins + columns[section[0]].step
        wanted = (_length(columns, span) for span in (unit, section) if len(span) > 1)
        whole = next((length for length in wanted if length <= most), 0.0)
        torn = len(section) > 1 and _length(columns, section) > most
        for c in section:
            column = columns[c]
            need = max(column.step + column.width, whole if c == section[0] else 0.0)
            if kept[plan.columns[c][0]] > line if kept else x + need > limit and (torn or c == section[0]):
                line += 1
                x = (WAY_ROUND if line else 0.0) - column.step
            x += column.step
            out.append((line, x))
            x += column.width
    return out


def _length(columns: Sequence[Column], span: range) -> float:
    return sum(columns[c].step + columns[c].width for c in span)


def lined(
    all_sizes: Sequence[Size], limit: float, scale: float, kept: Sequence[int] = (), plan: Plan | None = None
) -> Lined:
    """Return the lines in which volumes lie from left to right; a new one begins where one would become too long.

    Parameters
    ----------
    all_sizes : sequence of Size
        The volumes.
    limit : float
        The longest line, in px at zoom 1.
    scale : float
        At which zoom the words, which keep their size, must find room.
    kept : sequence of int, optional
        The line that each volume is to be in, whatever the limit.
    plan : Plan, optional
        Which columns and lanes they are in; without it they follow one another.
    """
    plan = chain(len(all_sizes)) if plan is None else plan
    made_of = columns_of(all_sizes, plan, scale)
    found = _wrapped(made_of.all, plan, limit, kept)
    places = tuple([(x, x + column.width) for (_, x), column in zip(found, made_of.all, strict=True)])
    numbers = [line for line, _ in found]
    lines: list[Line] = []
    begin = 0
    while begin < len(found):
        span = range(begin, bisect.bisect_right(numbers, numbers[begin], begin))
        lines.append(_line(span, _below(lines), places, plan, made_of))
        begin = span.stop
    return Lined(*_reach(lines), plan, tuple(lines), places, made_of)


def placed(found: Lined) -> Drawing:
    """Place the volumes in their lines."""
    boxes: list[Box | None] = [None] * len(found.made_of.sizes)
    for number, line in enumerate(found.lines):
        _put(boxes, number, line, found.columns, found.plan, found.made_of)
    return _drawing(found.plan, found.lines, found.columns, found.made_of, boxes)


def place(
    all_sizes: Sequence[Size], limit: float, scale: float, kept: Sequence[int] = (), plan: Plan | None = None
) -> Drawing:
    """Place volumes from left to right in lines; as for `lined`."""
    return placed(lined(all_sizes, limit, scale, kept, plan))


def place_again(all_sizes: Sequence[Size], before: Drawing) -> Drawing:
    """Place volumes of other sizes in the same lines at the same scale.

    What does not change is taken over: of 1,000 layers a keystroke changes a few.
    """
    plan = before.plan
    made_of, changed = columns_again(all_sizes, plan, before.made_of)
    places, boxes = list(before.columns), list[Box | None](before.boxes)
    lines: list[Line] = []
    for number, line in enumerate(before.lines):
        top, touched = _below(lines), not changed.isdisjoint(line.columns)
        if touched:
            x = (WAY_ROUND if number else 0.0) - made_of.all[line.columns[0]].step
            for c in line.columns:
                column = made_of.all[c]
                x += column.step
                places[c] = x, x + column.width
                x += column.width
        if not touched and top == line.top:
            lines.append(line)
            continue
        lines.append(_line(line.columns, top, places, plan, made_of))
        _put(boxes, number, lines[-1], places, plan, made_of)
    return _drawing(plan, tuple(lines), tuple(places), made_of, boxes)


def _drawing(
    plan: Plan,
    lines: tuple[Line, ...],
    places: tuple[tuple[float, float], ...],
    made_of: Columns,
    boxes: Sequence[Box | None],
) -> Drawing:
    return Drawing(*_reach(lines), plan, lines, places, made_of, tuple([box for box in boxes if box is not None]))


def _reach(lines: Sequence[Line]) -> tuple[float, float]:
    """Return how far all lines reach to the right and down."""
    if not lines:
        return 0.0, 0.0
    widest = max([line.end for line in lines[:-1]], default=0.0) + WAY_ROUND if len(lines) > 1 else 0.0
    return max(widest, lines[-1].end), lines[-1].track


def _below(lines: Sequence[Line]) -> float:
    """Return where the line after others begins."""
    if not lines:
        return 0.0
    return lines[-1].track + ROW_GAP + max(len(lines[-1].leaving) - 1, 0) * TRACK_STEP


def _line(span: range, top: float, places: Sequence[tuple[float, float]], plan: Plan, made_of: Columns) -> Line:
    scale = made_of.scale
    lanes, spans, grouped = stacked(made_of.sizes, plan, span, scale)
    up = max([above for above, _ in spans.values()])
    down = max([below for _, below in spans.values()])
    centre = top + HEAD + (GROUP_HEAD / scale if grouped else 0.0) + up
    track = centre + down + CAPTION / scale
    leaving = _leaving(plan, span.stop) if span.stop < len(plan.columns) else ()
    return Line(span, top, centre, track, places[span.stop - 1][1], lanes, leaving, spans)


def _put(  # noqa: PLR0917 - a line, and of what it is made
    boxes: list[Box | None],
    number: int,
    line: Line,
    places: Sequence[tuple[float, float]],
    plan: Plan,
    made_of: Columns,
) -> None:
    """Place the volumes of one line."""
    for c in line.columns:
        left, width = places[c][0], made_of.all[c].width
        for i in plan.columns[c]:
            size = made_of.sizes[i]
            middle = line.centre + (line.lanes.get((plan.section[i], plan.lane[i]), 0.0) if line.lanes else 0.0)
            x = left + (width - size.width) / 2
            boxes[i] = Box(x, middle + size.full_height / 2, number, made_of.pads[i], line.track, size)


def _leaving(plan: Plan, end: int) -> tuple[int, ...]:
    """Return the layers in columns before `end` that feed any from it on, the lowest one last."""
    last = plan.columns[end - 1]
    section = plan.section[last[0]]
    if end - 1 == plan.sections[section][-1]:
        return (max(last),)
    rows = (i for c in range(max(plan.sections[section][0] - 1, 0), end) for i in plan.columns[c])
    return tuple(i for i in rows if any(plan.column[t] >= end for t in plan.targets[i]))
