"""How wide the columns of the drawing are, and how far apart: arithmetic only, in px at zoom 1."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guiapp.ui.network.geometry import Size
from guiapp.ui.network.lanes import Plan

LEAST_STEP = 4.0
BEND_STEP, BEND_AIR, GROUP_STEP = 22.0, 8.0, 16.0
BEND_BEFORE = 11.0
"""How far before a volume edges go up and down."""


class Column(NamedTuple):
    """How wide a column is, and how far from the one before it."""

    step: float
    width: float


@dataclass(frozen=True)
class Columns:
    """The columns of a drawing, and what they were worked out from.

    Attributes
    ----------
    sizes : tuple of Size
        The volumes.
    scale : float
        At which zoom the words, which keep their size, find room.
    pads, slack : sequence of float
        The air at each side of each volume that its name makes, and all of it in its column.
    all : sequence of Column
        The columns.
    """

    sizes: tuple[Size, ...]
    scale: float
    pads: Sequence[float]
    slack: Sequence[float]
    all: Sequence[Column]


def columns_of(sizes: Sequence[Size], plan: Plan, scale: float) -> Columns:
    """Return the columns of a plan with volumes of these sizes."""
    pads = [size.pad(scale) for size in sizes]
    slack = list(pads)
    found = [_column(number, sizes, plan, scale, pads, slack) for number in range(len(plan.columns))]
    return Columns(tuple(sizes), scale, pads, slack, found)


def columns_again(sizes: Sequence[Size], plan: Plan, before: Columns) -> tuple[Columns, set[int]]:
    """Return the columns with volumes of other sizes, and those in which something differs from before."""
    scale, old = before.scale, before.sizes
    pads, slack, found = list(before.pads), list(before.slack), list(before.all)
    rows = [i for i, size in enumerate(sizes) if size is not old[i] and size != old[i]]
    for i in rows:
        pads[i] = sizes[i].pad(scale)
    waiting = sorted({plan.column[i] for i in rows})
    # Of these something differs, whatever their widths: a volume may be higher.
    changed = set(waiting)
    while waiting:
        number = heapq.heappop(waiting)
        if waiting and waiting[0] == number:
            continue
        here = plan.columns[number]
        air = [slack[i] for i in here]
        made = _column(number, sizes, plan, scale, pads, slack)
        if made != found[number]:
            found[number] = made
            changed.add(number)
        if air != [slack[i] for i in here] and number + 1 < len(found):
            heapq.heappush(waiting, number + 1)
    return Columns(tuple(sizes), scale, pads, slack, found), changed


def _column(  # noqa: PLR0917 - as the others, and what is worked out on the way
    number: int, sizes: Sequence[Size], plan: Plan, scale: float, pads: Sequence[float], slack: list[float]
) -> Column:
    """Return a column, and put into `slack` what air the volumes in it have; all columns before it have theirs."""
    rows = plan.columns[number]
    branched = bool(plan.passing[plan.section[rows[0]]])
    bend = max(BEND_AIR / scale, BEND_BEFORE) if branched else 0.0
    if len(rows) == 1:
        width = sizes[rows[0]].width + 2 * pads[rows[0]]
    else:
        width = max([sizes[i].width + 2 * pads[i] for i in rows])
    step = LEAST_STEP
    for i in rows:
        slack[i] = air = (width - sizes[i].width) / 2
        edge = sizes[i].edge(scale) - air + bend
        for source in plan.joins[i]:
            if edge - slack[source] > step and plan.column[source] == number - 1:
                step = edge - slack[source]
    if branched:
        step = max(step, BEND_STEP)
    if plan.apart[number]:
        step += GROUP_STEP
    return Column(step, width)
