"""What the rules of a whole network say of layers inside blocks, told of the block that holds them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from guiapp.core import advice, feeding, judging
from guiapp.core.judging import Placed
from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Problem, Shape
from guiapp.core.layers.base import Same, View
from guiapp.core.layers.blocks import OPEN, Block
from guiapp.core.network import MAX_LAYERS


class _Place(NamedTuple):
    """Where a row of the network without blocks comes from: a position, and whether it is inside the block there."""

    at: int
    inside: bool


def told(rows: Sequence[LayerInfo]) -> Iterator[Placed]:
    """Yield what is wrong with layers inside blocks, and what is found of the Input only by looking into them."""
    if not [row for row in rows if isinstance(row.layer, Block) and _can_be_opened(row)]:
        return
    deep, places = _spread(rows)
    for at, problem in feeding.scaled_twice(deep):
        if at is not None and places[at].inside:
            # It is mended at the Input, which is never inside a block.
            yield _of_block(rows, places[at].at, problem, mended=True)
    for at, problem in (*judging.dead_branches(deep), *advice.of_branches(deep)):
        if at is not None and places[at].inside:
            yield _of_block(rows, places[at].at, problem, mended=False)
    if not advice.pixels(rows):
        yield from advice.pixels(deep)


def _can_be_opened(row: LayerInfo) -> bool:
    return isinstance(row.layer, Block) and row.layer.enabled and row.shape is not None and bool(row.inputs)


def _of_block(rows: Sequence[LayerInfo], at: int, problem: Problem, *, mended: bool) -> Placed:
    repairs = (*problem.repairs, OPEN) if mended else (OPEN,)
    text = f"inside, {problem.layer}: {problem.text}"
    name = rows[at].layer.name
    return at, replace(problem, layer=name, text=text, field=None, repair=repairs[0], others=repairs[1:])


def _spread(rows: Sequence[LayerInfo]) -> tuple[list[LayerInfo], list[_Place]]:
    """Return the rows with those of the layers inside blocks in the blocks' places, and where each comes from."""
    out: list[LayerInfo] = []
    places: list[_Place] = []
    ends: list[int] = []
    for at, row in enumerate(rows):
        ends.append(_add(row, tuple(ends[source] for source in row.sources), out))
        places.extend(_Place(at, _can_be_opened(row)) for _ in range(len(out) - len(places)))
    return out, places


def _add(row: LayerInfo, sources: tuple[int, ...], out: list[LayerInfo]) -> int:
    """Add a row, or those inside it; return the position of the one that gives what it gives."""
    if not _can_be_opened(row):
        out.append(row.placed(sources, (), View(), None))
        return len(out) - 1
    ends: list[int] = []
    for inner, taken in _inside(Same(row.layer), row.inputs):
        given = tuple(sources[0] if source < 0 else ends[source] for source in taken)
        end = _add(inner, given, out)
        ends.append(end if inner.layer.enabled else given[0])
    return ends[-1]


@functools.lru_cache(maxsize=MAX_LAYERS)
def _inside(block: Same, inputs: tuple[Shape, ...]) -> tuple[tuple[LayerInfo, tuple[int, ...]], ...]:
    """Return a row for each layer inside a block, and what that takes, counted inside the block."""
    assert isinstance(block.layer, Block)
    out: list[tuple[LayerInfo, tuple[int, ...]]] = []
    for step in block.layer.steps(inputs):
        weights = step.layer.weights(step.inputs) if step.layer.enabled else ()
        out.append((LayerInfo(step.layer, inputs=step.inputs, shape=step.shape, weights=weights), step.sources))
    return tuple(out)
