"""How the lanes of the drawing lie below one another: arithmetic only, in px at zoom 1."""

from __future__ import annotations

from collections.abc import Sequence

from guiapp.ui.network.geometry import Size
from guiapp.ui.network.lanes import Plan

CAPTION = 26
LANE_GAP, THIN = 8.0, 15.0


def stacked(
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
