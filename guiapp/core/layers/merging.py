"""Layers that bring several branches together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from guiapp.core.layers.base import Layer, Repair, Shape, ShapeError

MOST_INPUTS = 64


def shown(shape: Shape) -> str:
    """Return a shape as sentences write it: ``28×28×12``."""
    return "×".join(str(n) for n in shape)


class _Merge(Layer):
    icon: ClassVar[str] = "merge"
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int] = MOST_INPUTS


class _Elementwise(_Merge):
    sign: ClassVar[str] = ""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the shape that all inputs have."""
        first = inputs[0]
        for at, other in enumerate(inputs[1:], 1):
            if other != first:
                raise ShapeError(self._mismatch(first, other), "inputs", _merging(inputs, at))
        return first

    def _mismatch(self, first: Shape, other: Shape) -> str:
        return (
            f"{self.title} needs inputs of one shape, but gets {shown(first)} and {shown(other)}; give both branches "
            "the same height, width and channels"
        )

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done, place by place."""
        return f" {self.sign} ".join(shown(shape) for shape in inputs) + f", place by place = {shown(inputs[0])}"


def _merging(inputs: Sequence[Shape], at: int) -> Repair | None:
    """Return the 1×1 convolution that brings input `at` to the first one's shape, where one can."""
    wanted, given = inputs[0], inputs[at]
    if len(wanted) != 3 or len(given) != 3:
        return None
    strides = [-(-given[i] // wanted[i]) for i in (0, 1)]
    if any(-(-given[i] // strides[i]) != wanted[i] for i in (0, 1)):
        return None
    return Repair(
        f"Insert a 1×1 convolution to {shown(wanted)}",
        insert_before="Conv2D",
        insert_fields={
            "filters": wanted[2],
            "kernel": (1, 1),
            "stride": (strides[0], strides[1]),
            "activation": "linear",
        },
        on_input=at,
    )


class Add(_Elementwise):
    """Adds its inputs, number by number."""

    title: ClassVar[str] = "Add"
    family: ClassVar[str] = "Branches"
    order: ClassVar[int] = 60
    words: ClassVar[str] = "add sum plus residual skip shortcut merge"
    keras: ClassVar[str] = "Add"
    sign: ClassVar[str] = "+"
    help: ClassVar[str] = (
        "Adds what several layers give out, number by number: the shortcut of a residual network. All inputs must have "
        "one shape."
    )


class Multiply(_Elementwise):
    """Multiplies its inputs, number by number."""

    title: ClassVar[str] = "Multiply"
    family: ClassVar[str] = "Branches"
    order: ClassVar[int] = 61
    words: ClassVar[str] = "multiply product gate attention scale merge"
    keras: ClassVar[str] = "Multiply"
    sign: ClassVar[str] = "·"
    help: ClassVar[str] = (
        "Multiplies what several layers give out, number by number: one branch then decides how much of the other "
        "passes. A side of 1 is stretched to the other's."
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the common shape; a side of 1 takes the others' length."""
        out = inputs[0]
        for at, other in enumerate(inputs[1:], 1):
            fits = len(other) == len(out) and all(a == b or 1 in (a, b) for a, b in zip(out, other, strict=True))
            if not fits:
                raise ShapeError(self._mismatch(out, other), "inputs", _merging(inputs, at))
            out = tuple(max(a, b) for a, b in zip(out, other, strict=True))
        return out

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done, place by place."""
        sides = f" {self.sign} ".join(shown(shape) for shape in inputs)
        return f"{sides}, place by place = {shown(self.output_shape(inputs))}"


class Concatenate(_Merge):
    """Lays its inputs' channels one after the other."""

    title: ClassVar[str] = "Concatenate"
    family: ClassVar[str] = "Branches"
    order: ClassVar[int] = 62
    words: ClassVar[str] = "concatenate concat join stack channels merge inception"
    keras: ClassVar[str] = "Concatenate"
    help: ClassVar[str] = (
        "Lays the channels of several layers one after the other, so that what follows sees all of them. Height and "
        "width must agree."
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H, W, sum of the channels), or (sum,) for vectors."""
        first = inputs[0]
        for at, other in enumerate(inputs[1:], 1):
            if other[:-1] != first[:-1] or len(other) != len(first):
                raise ShapeError(
                    f"Concatenate needs inputs of one height and width, but gets {shown(first)} and {shown(other)}; "
                    "shrink the larger one",
                    "inputs",
                    _merging((*inputs[:at], other), at),
                )
        return (*first[:-1], sum(shape[-1] for shape in inputs))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The sum of the channels."""
        total = sum(shape[-1] for shape in inputs)
        return " + ".join(f"{shape[-1]:,}" for shape in inputs) + f" = {total:,} channels"
