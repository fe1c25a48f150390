"""Where each volume of the drawing lies, in lines that wrap: arithmetic only, in px at zoom 1."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guiapp.ui.network.geometry import Size
from guiapp.ui.network.lanes import Plan, chain

CAPTION = 26
HEAD, GROUP_HEAD = 8, 18
ROW_GAP = 12
LEAST_STEP, WAY_ROUND = 4.0, 18.0
BEND_STEP, BEND_AIR, GROUP_STEP = 22.0, 8.0, 16.0
LANE_GAP, THIN = 8.0, 15.0
TRACK_STEP = 5.0


@dataclass(frozen=True)
class Box:
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
class Drawing:
    """All placed volumes, the lines that they lie in, where each column begins and ends, and the size of the whole."""

    boxes: tuple[Box, ...]
    width: float
    height: float
    plan: Plan
    lines: tuple[Line, ...] = ()
    columns: tuple[tuple[float, float], ...] = ()


def nothing() -> Drawing:
    """Return the drawing of no layers."""
    return Drawing((), 0.0, 0.0, chain(0))


class _Column(NamedTuple):
    step: float
    width: float


def _columns(all_sizes: Sequence[Size], plan: Plan, scale: float, pads: Sequence[float]) -> list[_Column]:
    """Return how wide each column is, and how far from the one before it."""
    out: list[_Column] = []
    slack = list(pads)
    for number, rows in enumerate(plan.columns):
        branched = bool(plan.passing[plan.section[rows[0]]])
        width = max([all_sizes[i].width + 2 * pads[i] for i in rows])
        step = LEAST_STEP
        for i in rows:
            slack[i] = (width - all_sizes[i].width) / 2
            edge = all_sizes[i].edge(scale) - slack[i] + (BEND_AIR / scale if branched else 0.0)
            for source in plan.joins[i]:
                if edge - slack[source] > step and plan.column[source] == number - 1:
                    step = edge - slack[source]
        if branched:
            step = max(step, BEND_STEP)
        if plan.apart[number]:
            step += GROUP_STEP
        out.append(_Column(step, width))
    return out


def _wrapped(columns: Sequence[_Column], plan: Plan, limit: float, kept: Sequence[int]) -> list[tuple[int, float]]:
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


def _length(columns: Sequence[_Column], span: range) -> float:
    return sum(columns[c].step + columns[c].width for c in span)


def place(
    all_sizes: Sequence[Size], limit: float, scale: float, kept: Sequence[int] = (), plan: Plan | None = None
) -> Drawing:
    """Place volumes from left to right, beginning a new line where one would become longer than `limit`.

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
    pads = [size.pad(scale) for size in all_sizes]
    columns = _columns(all_sizes, plan, scale, pads)
    found = _wrapped(columns, plan, limit, kept)
    lines = _lines(all_sizes, plan, columns, found, scale)
    boxes: list[Box | None] = [None] * len(all_sizes)
    for number, line in enumerate(lines):
        for c in line.columns:
            left, width = found[c][1], columns[c].width
            for i in plan.columns[c]:
                size = all_sizes[i]
                middle = line.centre + line.lanes.get((plan.section[i], plan.lane[i]), 0.0)
                x = left + (width - size.width) / 2
                boxes[i] = Box(x, middle + size.full_height / 2, number, pads[i], line.track, size)
    widest = max((line.end + (WAY_ROUND if line is not lines[-1] else 0.0) for line in lines), default=0.0)
    return Drawing(
        tuple(box for box in boxes if box is not None),
        widest,
        lines[-1].track if lines else 0.0,
        plan,
        tuple(lines),
        tuple((x, x + column.width) for (_, x), column in zip(found, columns, strict=True)),
    )


def _lines(
    all_sizes: Sequence[Size],
    plan: Plan,
    columns: Sequence[_Column],
    found: Sequence[tuple[int, float]],
    scale: float,
) -> list[Line]:
    numbers = [line for line, _ in found]
    lines: list[Line] = []
    top, begin = 0.0, 0
    while begin < len(found):
        end = bisect.bisect_right(numbers, numbers[begin])
        span = range(begin, end)
        lanes, spans, grouped = _stacked(all_sizes, plan, span, scale)
        up = max(above for above, _ in spans.values())
        down = max(below for _, below in spans.values())
        centre = top + HEAD + (GROUP_HEAD / scale if grouped else 0.0) + up
        track = centre + down + CAPTION / scale
        leaving = _leaving(plan, end) if end < len(found) else ()
        lines.append(Line(span, top, centre, track, found[end - 1][1] + columns[end - 1].width, lanes, leaving, spans))
        top = track + ROW_GAP + max(len(leaving) - 1, 0) * TRACK_STEP
        begin = end
    return lines


def _leaving(plan: Plan, end: int) -> tuple[int, ...]:
    """Return the layers in columns before `end` that feed any from it on, the lowest one last."""
    last = plan.columns[end - 1]
    section = plan.section[last[0]]
    if end - 1 == plan.sections[section][-1]:
        return (max(last),)
    rows = (i for c in range(max(plan.sections[section][0] - 1, 0), end) for i in plan.columns[c])
    return tuple(i for i in rows if any(plan.column[t] >= end for t in plan.targets[i]))


def _stacked(
    all_sizes: Sequence[Size], plan: Plan, span: range, scale: float
) -> tuple[dict[tuple[int, int], float], dict[int, tuple[float, float]], bool]:
    """Return where the lanes of a line run, how far each section reaches up and down, and whether any is framed.

    All is measured from the line's lane 0.
    """
    lanes: dict[tuple[int, int], float] = {}
    spans: dict[int, tuple[float, float]] = {}
    grouped = False
    for c in span:
        rows = plan.columns[c]
        section = plan.section[rows[0]]
        grouped = grouped or bool(plan.groups[rows[0]])
        if section in spans:
            continue
        if not plan.passing[section] and len(plan.sections[section]) == 1:
            half = all_sizes[rows[0]].full_height / 2
            spans[section] = half, half
            continue
        tall = _tall(all_sizes, plan, section, span)
        half = tall.get(0, 0.0) / 2
        reach = {-1: half, 1: half}
        for step in (-1, 1):
            offset = half + (CAPTION / scale if step > 0 and half else 0.0)
            for lane in sorted((lane for lane in tall if lane * step > 0), key=abs):
                height = tall[lane] or THIN / scale
                words = CAPTION / scale if tall[lane] else 0.0
                offset += LANE_GAP + (words if step < 0 else 0.0)
                lanes[section, lane] = step * (offset + height / 2)
                reach[step] = offset + height
                offset += height + (words if step > 0 else 0.0)
        spans[section] = reach[-1], reach[1]
    return lanes, spans, grouped


def _tall(all_sizes: Sequence[Size], plan: Plan, section: int, span: range) -> dict[int, float]:
    """Return how tall each lane of a section is within a line; 0 where only edges run in it."""
    tall: dict[int, float] = {
        lane: 0.0 for lane, first, last in plan.passing[section] if first < span.stop and last >= span.start
    }
    own = plan.sections[section]
    for c in range(max(own.start, span.start), min(own.stop, span.stop)):
        for i in plan.columns[c]:
            tall[plan.lane[i]] = max(tall.get(plan.lane[i], 0.0), all_sizes[i].full_height)
    return tall
