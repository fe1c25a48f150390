"""How large a layer may be for the network to stay within what a machine can train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Layer, Repair, Shape, ShapeError

SAME_NUMBERS = {
    "Activation",
    "Dropout",
    "SpatialDropout2D",
    "GaussianNoise",
    "BatchNormalization",
    "LayerNormalization",
}
"""Kinds that give as many numbers as they take, one for each."""

COUNTS = ("units", "filters")
MOST_TRIED = 3


def through(rows: Sequence[LayerInfo], at: int) -> int:
    """Return the position of the layer above, or at, `at` that decides how many numbers come out there."""
    while rows[at].layer.kind in SAME_NUMBERS and rows[at].sources:
        at = rows[at].sources[0]
    return at


def fewer(rows: Sequence[LayerInfo], at: int, total: int, limit: int) -> tuple[Repair, ...]:
    """Return the repair that makes one layer as large as fits, so that the network has at most `limit` parameters.

    Parameters
    ----------
    rows : sequence of LayerInfo
        The layers.
    at : int
        The one with the most parameters.
    total : int
        How many parameters all have together.
    limit : int
        How many they may have.
    """
    places = _wide(rows, at)
    for place in places:
        most = _largest(rows, place, limit)
        if most:
            return (_repair(rows, place, at, most),)
    if not places:
        return ()
    # No layer alone is to blame: each takes its share, one repair after the other.
    now = int(getattr(rows[places[0]].layer, _field(rows[places[0]].layer)))
    return (_repair(rows, places[0], at, max(1, min(now - 1, now * limit // total))),)


def _wide(rows: Sequence[LayerInfo], at: int) -> list[int]:
    """Return the layers that could be made smaller, the one at `at` or what feeds it first, then the heaviest."""
    found = [at]
    if rows[at].layer.kind == "Dense" and rows[at].sources:
        before = through(rows, rows[at].sources[0])
        if rows[before].layer.kind == "Dense" and rows[at].inputs[0][0] > (rows[at].shape or (0,))[0]:
            found.insert(0, before)
    heaviest = sorted(range(len(rows)), key=lambda i: -rows[i].parameters)
    found += [i for i in heaviest[: 2 * MOST_TRIED] if i not in found]
    return [i for i in found if rows[i].inputs and _field(rows[i].layer)][:MOST_TRIED]


def _field(layer: Layer) -> str:
    counts: dict[str, Any] = {name: getattr(layer, name, None) for name in COUNTS}
    return next((name for name, now in counts.items() if isinstance(now, int) and now > 1), "")


def _largest(rows: Sequence[LayerInfo], at: int, limit: int) -> int:
    """Return the largest count for the layer at `at` with which the network keeps to `limit`; 0 where none does."""
    layer = rows[at].layer
    field = _field(layer)
    low, high = 0, int(getattr(layer, field)) - 1
    while low < high:
        middle = (low + high + 1) // 2
        if _total(rows, at, layer.with_fields(**{field: middle})) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _total(rows: Sequence[LayerInfo], at: int, layer: Layer) -> int:
    """Return how many parameters the network has with another layer at `at`."""
    total = sum(row.parameters for row in rows[:at])
    shapes: dict[int, Shape | None] = {}
    for i, row in enumerate(rows[at:], at):
        changed = i == at or any(source in shapes for source in row.sources)
        if not changed or row.shape is None:
            total += row.parameters
            continue
        own = layer if i == at else row.layer
        inputs = tuple(shapes.get(source, shape) for source, shape in zip(row.sources, row.inputs, strict=True))
        known = tuple(shape for shape in inputs if shape is not None)
        try:
            shape = own.output_shape(known) if own.enabled and len(known) == len(inputs) else (inputs or (None,))[0]
            total += sum(weight.size for weight in own.weights(known)) if own.enabled else 0
        except ShapeError:
            total += row.parameters
            continue
        if shape != row.shape:
            shapes[i] = shape
    return total


def _repair(rows: Sequence[LayerInfo], target: int, at: int, count: int) -> Repair:
    layer = rows[target].layer
    field = _field(layer)
    elsewhere = layer.name if target != at else ""
    where = f" of {elsewhere}" if elsewhere else ""
    return Repair(f"Set {field}{where} to {count:,}", fields={field: count}, layer=elsewhere)
