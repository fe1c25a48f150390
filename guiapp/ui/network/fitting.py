"""How large the drawing may be shown in its place, and that it stays where it is while one types."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guiapp.ui.network.columns import LEAST_STEP
from guiapp.ui.network.geometry import Size
from guiapp.ui.network.lanes import Plan, chain
from guiapp.ui.network.placing import HEAD, ROW_GAP, WAY_ROUND, Drawing, Lined, lined, nothing, place_again, placed
from guiapp.ui.network.stacking import CAPTION

MOST_TRIED = 200
LEAST_FIT, MOST_FIT = 0.55, 2.2
LEAST_WHOLE = 0.02
WHOLE_AT, WHOLE_TRIES = 1.0, 7
LEAST_PLACED = 0.5
SCALES = (0.65, 0.75, 0.85, 0.95, 1.1, 1.3, 1.5, 1.8, 2.2)


@dataclass(frozen=True)
class Fit:
    """A drawing, the scale at which it is shown, and the scale for which its words found room."""

    drawing: Drawing
    scale: float
    placed_at: float


def best(  # noqa: PLR0917 - sizes, a place and two bounds
    all_sizes: Sequence[Size],
    width: float,
    height: float,
    least: float,
    most: float,
    plan: Plan | None = None,
) -> Fit:
    """Return the drawing that may be shown largest in `width` × `height`, at a scale from `least` to `most`."""
    if not all_sizes:
        return Fit(nothing(), 1.0, 1.0)
    scales = SCALES if len(all_sizes) <= MOST_TRIED else ()
    plan = chain(len(all_sizes)) if plan is None else plan
    wanted = (least, *(s for s in scales if least < s <= most))
    cells = [_cell([all_sizes[i] for i in rows]) for rows in plan.columns]
    tried: list[_Tried] = []
    reached = 0.0
    for scale in wanted:
        if _most(cells, width, height, scale) >= reached:
            tried.append(_at_scale(all_sizes, width, height, scale, plan))
            reached = max(reached, tried[-1].scale)
    found = max(tried, key=lambda fit: fit.scale)
    if found.scale < least:
        # It does not fit and is moved about in: lines as long as the place then waste none of it.
        return Fit(placed(tried[0].lines), least, tried[0].placed_at)
    return Fit(placed(found.lines), min(found.scale, most), found.placed_at)


def fitted(all_sizes: Sequence[Size], width: float, height: float, plan: Plan, *, whole: bool) -> Fit:
    """Return the drawing as large as it may be shown in `width` × `height`.

    No smaller than its words can be read, though it then has to be moved about in; but with `whole` all of it is seen
    at whatever scale that takes.
    """
    fit = best(all_sizes, width, height, LEAST_FIT, MOST_FIT, plan)
    if not whole or _scale_to(fit.drawing, width, height) >= fit.scale * 0.999:
        return fit
    # The words have no room any more, so that none is kept for them.
    low, high = LEAST_WHOLE, LEAST_FIT
    tries: list[tuple[float, Lined]] = []
    for _ in range(WHOLE_TRIES):
        middle = math.sqrt(low * high)
        tried = lined(all_sizes, width / middle - WAY_ROUND, WHOLE_AT, plan=plan)
        fits = _scale_to(tried, width, height)
        low, high = (middle, high) if fits >= middle else (low, middle)
        tries.append((fits, tried))
    scale, found = max(tries, key=lambda item: item[0])
    return Fit(placed(found), scale, WHOLE_AT)


class _Tried(NamedTuple):
    """As a `Fit`, before the volumes are placed."""

    lines: Lined
    scale: float
    placed_at: float


def _at_scale(all_sizes: Sequence[Size], width: float, height: float, scale: float, plan: Plan) -> _Tried:
    """Return the lines that are as long as the place is wide at `scale`, and the scale at which they fit."""
    found = lined(all_sizes, width / scale - WAY_ROUND, scale, plan=plan)
    fits = _scale_to(found, width, height)
    kept: list[int] = []
    for _ in range(3):
        if fits >= scale * 0.99 or fits < LEAST_PLACED:
            break
        # Shown smaller the words, which do not shrink, need more room.
        scale = fits
        kept = kept or found.line_of_each()
        found = lined(all_sizes, 0.0, scale, kept=kept, plan=plan)
        fits = _scale_to(found, width, height)
    return _Tried(found, min(fits, scale), scale)


def _cell(column: Sequence[Size]) -> tuple[float, float]:
    """Return the least room that a column takes along and up at any scale."""
    return LEAST_STEP + max(size.width for size in column), max(size.full_height for size in column)


def _most(cells: Sequence[tuple[float, float]], width: float, height: float, scale: float) -> float:
    """Return a scale that a drawing placed for `scale` cannot exceed in the end, without placing it.

    A line is no longer than the place is wide, and as high as its highest volume, which is more than their mean.
    """
    line = width / scale - WAY_ROUND + LEAST_STEP
    if line <= 0:
        return math.inf
    lines = math.ceil(sum([min(along, line) for along, _ in cells]) / line - 1e-6)
    volumes = sum([min(along, line) * up for along, up in cells]) / line
    return height / (lines * (HEAD + CAPTION / scale) + (lines - 1) * ROW_GAP + volumes) * (1 + 1e-6)


def _scale_to(drawing: Lined, width: float, height: float) -> float:
    return min(width / max(drawing.width, 1.0), height / max(drawing.height, 1.0))


def steady(all_sizes: Sequence[Size], width: float, height: float, before: Fit) -> Drawing | None:
    """Return the drawing at the scale it had, or None where it would not fit so, or much better otherwise.

    While one types a number the drawing then stays where it is.
    """
    old = before.drawing
    drawing = place_again(all_sizes, old)
    fits = _scale_to(drawing, width, height)
    if old.height * before.scale > height:
        fits = width / max(drawing.width, 1.0)
    if before.scale * 0.98 <= fits <= max(before.scale * 1.25, before.placed_at * 1.25):
        return drawing
    return None
