"""What a layer with a problem will most likely give once it is mended, so that those below can be looked at too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import ValidationError

from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Layer, Repair, Shape, ShapeError, create

MOST_STEPS = 64
"""A merge may have as many inputs, each of which needs a repair."""


def only_removed(exc: ShapeError) -> bool:
    """Say whether nothing is offered for a layer but to remove it."""
    return all(repair.remove for repair in (exc.repair, *exc.others) if repair is not None)


def shape(layer: Layer, inputs: Sequence[Shape], exc: ShapeError) -> Shape | None:
    """Return the shape that a layer gives after the repairs that its problem names first; its input's where it goes.

    Parameters
    ----------
    layer : Layer
        A layer that refuses its inputs, or is refused.
    inputs : sequence of Shape
        They.
    exc : ShapeError
        Why.
    """
    taken = tuple(inputs)
    if _is_taken(layer, taken):
        return None  # it is refused for what it gives: nobody can tell how much less is meant
    for _ in range(MOST_STEPS):
        repair = exc.repair
        if repair is None or repair.remove or repair.open_block:
            return taken[0] if taken else None
        after = _after(layer, taken, repair)
        if after is None:
            return None
        layer, taken = after
        try:
            return layer.output_shape(taken)
        except ShapeError as again:
            exc = again
    return None


def _is_taken(layer: Layer, inputs: tuple[Shape, ...]) -> bool:
    try:
        layer.output_shape(inputs)
    except ShapeError:
        return False
    return True


def _after(layer: Layer, inputs: tuple[Shape, ...], repair: Repair) -> tuple[Layer, tuple[Shape, ...]] | None:
    """Return the layer and what it takes after a repair; None where that is done elsewhere."""
    if repair.layer:
        return None
    try:
        if repair.fields:
            layer = layer.with_fields(**repair.fields)
        if repair.insert_before and repair.on_input < len(inputs):
            new = create(repair.insert_before, **repair.insert_fields)
            changed = new.output_shape((inputs[repair.on_input],))
            inputs = (*inputs[: repair.on_input], changed, *inputs[repair.on_input + 1 :])
    except (ShapeError, ValidationError):
        return None
    return layer, inputs


def unfed(layer: Layer, exc: ShapeError, rows: Sequence[LayerInfo], positions: Mapping[str, int]) -> Shape | None:
    """Return the shape that a layer gives once it takes what the first repair of its inputs names."""
    if not rows:
        return None
    repair = exc.repair
    names: tuple[str, ...] = tuple(repair.fields.get("inputs", ())) if repair is not None else ()
    above = [rows[positions[name]] for name in names if name in positions] or [rows[-1]]
    found = [row.shape or row.assumed for row in above]
    shapes = [item for item in found if item is not None]
    if len(shapes) < len(found):
        return None
    try:
        return layer.output_shape(shapes) if len(shapes) >= layer.min_inputs else shapes[0]
    except ShapeError as refused:
        return shape(layer, shapes, refused)
