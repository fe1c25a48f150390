"""How many numbers a layer may give out, and what brings one that gives more down to that."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from guiapp.core.layers.base import Layer, Repair, Shape, ShapeError
from guiapp.core.shapes import shape_text

MOST_NUMBERS = 10**12
"""For one image; they alone would take 4 TB."""


def given(layer: Layer, inputs: Sequence[Shape]) -> Shape:
    """Return the shape that a layer gives out for the shapes that come in.

    Raises
    ------
    ShapeError
        When it cannot take these inputs, or would give out more numbers than any machine can hold.
    """
    shape = layer.output_shape(inputs)
    if math.prod(shape) > MOST_NUMBERS:
        raise _refused(layer, inputs, shape)
    return shape


def _refused(layer: Layer, inputs: Sequence[Shape], shape: Shape) -> ShapeError:
    shown = shape_text(shape)
    repairs = (*_smaller(layer, inputs), Repair("Remove this layer", remove=True))
    text = (
        f"gives {shown} numbers for one image, more than any machine can hold; the limit is {MOST_NUMBERS:,}. Enlarge "
        "less, or shrink more above"
    )
    return ShapeError(text, next(iter(repairs[0].fields), None), repairs[0], repairs[1:])


def _smaller(layer: Layer, inputs: Sequence[Shape]) -> Iterator[Repair]:
    """Yield the repairs that halve one field until what comes out is within the limit."""
    for name in layer.own_fields():
        value = getattr(layer, name)
        while (value := _halved(value)) is not None:
            try:
                fits = math.prod(layer.with_fields(**{name: value}).output_shape(inputs)) <= MOST_NUMBERS
            except (ShapeError, ValidationError):
                break
            if fits:
                title = str(type(layer).model_fields[name].title).lower()
                yield Repair(f"Set {title} to {_shown(value)}", fields={name: value})
                break


def _halved(value: Any) -> Any:
    """Return half of a number, or of each of a pair; None where that is no longer less."""
    if isinstance(value, tuple) and value and all(type(side) is int for side in value):
        halves = tuple(max(1, side // 2) for side in value)
        return halves if halves != value and min(value) > 0 else None
    return value // 2 if type(value) is int and value > 1 else None


def _shown(value: Any) -> str:
    return shape_text(value) if isinstance(value, tuple) else f"{value:,}"
