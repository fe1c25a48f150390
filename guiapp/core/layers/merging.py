"""Layers that bring several branches together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from guiapp.core.layers.base import Layer, Repair, Shape, ShapeError
from guiapp.core.layers.input import MAX_SIDE
from guiapp.core.shapes import shape_text

MOST_INPUTS = 64
MOST_STRIDE = 1024
MOST_FILTERS = 65536
MOST_UNITS = 10**8
MOST_CUT = 8


def _both(first: Shape, other: Shape) -> str:
    if len(first) == len(other) == 3:
        return f"{shape_text(first)} and {shape_text(other)}"
    if len(first) == len(other):
        return f"vectors of {shape_text(first)} and {shape_text(other)} numbers"
    return " and ".join(
        f"a volume of {shape_text(shape)}" if len(shape) == 3 else f"a vector of {shape_text(shape)}"
        for shape in (first, other)
    )


class _Merge(Layer):
    icon: ClassVar[str] = "merge"
    min_inputs: ClassVar[int] = 2
    max_inputs: ClassVar[int] = MOST_INPUTS
    called: ClassVar[str] = ""

    @classmethod
    def stem(cls) -> str:
        """The word that names of new layers of this kind begin with; their icons say what they draw."""
        return cls.called


class _Elementwise(_Merge):
    sign: ClassVar[str] = ""

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the shape that all inputs have."""
        first = inputs[0]
        for at, other in enumerate(inputs[1:], 1):
            if other != first:
                raise _refused(self._mismatch(first, other), _fitting((first, *inputs[1:]), at, channels=True))
        return first

    def _mismatch(self, first: Shape, other: Shape) -> str:
        mend = "the same height, width and channels" if len(first) == len(other) == 3 else "the same shape"
        return f"{self.title} needs inputs of one shape, but gets {_both(first, other)}; give both branches {mend}"

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done, place by place."""
        return (
            f" {self.sign} ".join(shape_text(shape) for shape in inputs) + f", place by place = {shape_text(inputs[0])}"
        )


def _refused(text: str, repairs: Sequence[Repair]) -> ShapeError:
    return ShapeError(text, "inputs", repairs[0] if repairs else None, tuple(repairs[1:]))


def _fitting(inputs: Sequence[Shape], at: int, *, channels: bool) -> tuple[Repair, ...]:
    """Return the repairs that bring input `at` to the first one's shape, or only its sides where not `channels`."""
    wanted, given = inputs[0], inputs[at]
    if len(wanted) != 3 or len(given) != 3:
        return _to_vectors(inputs, at, channels=channels)
    sides = _strided(wanted, given)
    same_sides = wanted[:2] == given[:2]
    found = [_pointwise(wanted, sides, at)] if sides is not None and wanted[2] <= MOST_FILTERS else []
    if not same_sides and max(wanted[:2]) <= MAX_SIDE:
        found.extend(_cut_or_padded(wanted, given, at))
        found.append(
            Repair(
                f"Insert a Resizing to {wanted[0]}×{wanted[1]}",
                insert_before="Resizing",
                insert_fields={"height": wanted[0], "width": wanted[1]},
                on_input=at,
            )
        )
    return tuple(found)


def _strided(wanted: Shape, given: Shape) -> tuple[int, int] | None:
    """Return the stride that brings the sides of `given` to those of `wanted`, where one does."""
    rows, columns = (-(-given[i] // wanted[i]) for i in (0, 1))
    fits = -(-given[0] // rows) == wanted[0] and -(-given[1] // columns) == wanted[1]
    return (rows, columns) if fits and max(rows, columns) <= MOST_STRIDE else None


def _pointwise(wanted: Shape, stride: tuple[int, int], at: int) -> Repair:
    return Repair(
        f"Insert a 1×1 convolution to {shape_text(wanted)}",
        insert_before="Conv2D",
        insert_fields={"filters": wanted[2], "kernel": (1, 1), "stride": stride, "activation": "linear"},
        on_input=at,
    )


def _cut_or_padded(wanted: Shape, given: Shape, at: int) -> list[Repair]:
    """Return the repair by a Cropping2D or a ZeroPadding2D, where the sides differ by little."""
    more = [given[i] - wanted[i] for i in (0, 1)]
    if max(map(abs, more)) > MOST_CUT or (min(more) < 0 < max(more)):
        return []
    kind, word = ("Cropping2D", "Cropping") if max(more) > 0 else ("ZeroPadding2D", "Zero padding")
    rows, columns = (abs(side) for side in more)
    fields = {"top": rows // 2, "bottom": rows - rows // 2, "left": columns // 2, "right": columns - columns // 2}
    text = f"Insert a {word} to {wanted[0]}×{wanted[1]}"
    return [Repair(text, insert_before=kind, insert_fields=fields, on_input=at)]


def _to_vectors(inputs: Sequence[Shape], at: int, *, channels: bool) -> tuple[Repair, ...]:
    wanted, given = inputs[0], inputs[at]
    if len(wanted) == 1 and len(given) == 1 and channels and wanted[0] <= MOST_UNITS:
        text = f"Insert a Dense of {wanted[0]:,} units"
        fields = {"units": wanted[0], "activation": "linear"}
        return (Repair(text, insert_before="Dense", insert_fields=fields, on_input=at),)
    if {len(wanted), len(given)} != {1, 3}:
        return ()
    at = 0 if len(wanted) == 3 else at
    return (
        Repair("Insert a global average pooling", insert_before="GlobalAveragePooling2D", on_input=at),
        Repair("Insert a Flatten", insert_before="Flatten", on_input=at),
    )


class Add(_Elementwise):
    """Adds its inputs, number by number."""

    title: ClassVar[str] = "Add"
    family: ClassVar[str] = "Branches"
    icon: ClassVar[str] = "sum"
    order: ClassVar[int] = 60
    words: ClassVar[str] = "add sum plus residual skip shortcut merge"
    keras: ClassVar[str] = "Add"
    called: ClassVar[str] = "add"
    sign: ClassVar[str] = "+"
    help: ClassVar[str] = (
        "Adds what several layers give out, number by number: the shortcut of a residual network. All inputs must have "
        "one shape."
    )


class Multiply(_Elementwise):
    """Multiplies its inputs, number by number."""

    title: ClassVar[str] = "Multiply"
    family: ClassVar[str] = "Branches"
    icon: ClassVar[str] = "product"
    order: ClassVar[int] = 61
    words: ClassVar[str] = "multiply product gate attention scale merge"
    keras: ClassVar[str] = "Multiply"
    called: ClassVar[str] = "multiply"
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
                raise _refused(self._mismatch(out, other), _fitting((out, *inputs[1:]), at, channels=True))
            out = tuple(max(a, b) for a, b in zip(out, other, strict=True))
        return out

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done, place by place."""
        sides = f" {self.sign} ".join(shape_text(shape) for shape in inputs)
        return f"{sides}, place by place = {shape_text(self.output_shape(inputs))}"


class Concatenate(_Merge):
    """Lays its inputs' channels one after the other."""

    title: ClassVar[str] = "Concatenate"
    family: ClassVar[str] = "Branches"
    icon: ClassVar[str] = "stack"
    order: ClassVar[int] = 62
    words: ClassVar[str] = "concatenate concat join stack channels merge inception"
    keras: ClassVar[str] = "Concatenate"
    called: ClassVar[str] = "concat"
    help: ClassVar[str] = (
        "Lays the channels of several layers one after the other, so that what follows sees all of them. Height and "
        "width must agree."
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H, W, sum of the channels), or (sum,) for vectors."""
        first = inputs[0]
        for at, other in enumerate(inputs[1:], 1):
            if other[:-1] != first[:-1] or len(other) != len(first):
                mend = "shrink the larger one" if len(first) == len(other) else "make both of them vectors"
                text = f"Concatenate needs inputs of one height and width, but gets {_both(first, other)}; {mend}"
                raise _refused(text, _fitting(inputs, at, channels=False))
        return (*first[:-1], sum(shape[-1] for shape in inputs))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The sum of the channels."""
        total = sum(shape[-1] for shape in inputs)
        return " + ".join(f"{shape[-1]:,}" for shape in inputs) + f" = {total:,} channels"
