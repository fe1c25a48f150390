"""Layers that add borders to a volume, or cut them off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from guiapp.core.layers.base import MAX_NAME, Layer, Repair, Shape, ShapeError, field, refuse_others, volume
from guiapp.core.layers.parts import sides

Border = Annotated[int, Field(ge=0, le=1024)]
ENDS = (("top", "bottom"), ("left", "right"))


class _Borders(Layer):
    sign: ClassVar[str] = ""
    argument: ClassVar[str] = ""
    usual: ClassVar[int] = 0

    def borders(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Return ((top, bottom), (left, right))."""
        (top, bottom), (left, right) = ((getattr(self, first), getattr(self, last)) for first, last in ENDS)
        return (top, bottom), (left, right)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The output's height and width."""
        size, out = inputs[0], self.output_shape(inputs)
        both = (f" {self.sign} ".join(map(str, (size[i], *self.borders()[i]))) + f" = {out[i]}" for i in (0, 1))
        return sides(*both)

    def build(self, keras: Any, x: Any) -> Any:
        """Apply Keras' layer, whose borders are one argument."""
        return getattr(keras.layers, self.keras)(**{self.argument: self.borders()}, name=self.name)(x)

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config, whose borders are one number, two, or two times two."""
        refuse_others(config, cls.only)
        given = config.get(cls.argument, cls.usual)
        pairs = (given, given) if isinstance(given, int) else tuple(given)
        if len(pairs) != 2:
            raise ValueError(f"{cls.argument} must be one number, two, or two pairs")
        ends: dict[str, Any] = {}
        for names, pair in zip(ENDS, pairs, strict=True):
            ends.update(zip(names, (pair, pair) if isinstance(pair, int) else pair, strict=True))
        return cls(name=str(config.get("name", ""))[:MAX_NAME], **ends)


class ZeroPadding2D(_Borders):
    """Adds a border of zeros."""

    title: ClassVar[str] = "Zero padding"
    family: ClassVar[str] = "Shape"
    icon: ClassVar[str] = "pad"
    order: ClassVar[int] = 42
    words: ClassVar[str] = "zero padding pad border margin frame"
    keras: ClassVar[str] = "ZeroPadding2D"
    argument: ClassVar[str] = "padding"
    usual: ClassVar[int] = 1
    sign: ClassVar[str] = "+"
    help: ClassVar[str] = (
        "Adds a border of zeros, each side as wide as you set it. Good before a convolution with padding valid, where "
        "the border must be another than “same” makes."
    )

    top: Border = field(1, "Top", "Rows of zeros above.", unit="px")
    bottom: Border = field(1, "Bottom", "Rows of zeros below.", unit="px")
    left: Border = field(1, "Left", "Columns of zeros at the left.", unit="px")
    right: Border = field(1, "Right", "Columns of zeros at the right.", unit="px")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H + top + bottom, W + left + right, C)."""
        height, width, channels = volume(inputs, "zero padding")
        return height + self.top + self.bottom, width + self.left + self.right, channels


class Cropping2D(_Borders):
    """Cuts rows and columns off the edges."""

    title: ClassVar[str] = "Cropping"
    family: ClassVar[str] = "Shape"
    icon: ClassVar[str] = "crop"
    order: ClassVar[int] = 43
    words: ClassVar[str] = "crop cropping cut border trim"
    keras: ClassVar[str] = "Cropping2D"
    argument: ClassVar[str] = "cropping"
    sign: ClassVar[str] = "−"
    help: ClassVar[str] = (
        "Cuts rows and columns off the edges, so that two branches get one height and width, or a border that says "
        "nothing goes."
    )

    top: Border = field(1, "Top", "Rows cut off above.", unit="px")
    bottom: Border = field(1, "Bottom", "Rows cut off below.", unit="px")
    left: Border = field(1, "Left", "Columns cut off at the left.", unit="px")
    right: Border = field(1, "Right", "Columns cut off at the right.", unit="px")

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H − top − bottom, W − left − right, C)."""
        height, width, channels = volume(inputs, "cropping")
        rows, columns = height - self.top - self.bottom, width - self.left - self.right
        if rows < 1 or columns < 1:
            raise self._too_much(height, width)
        return rows, columns, channels

    def _too_much(self, height: int, width: int) -> ShapeError:
        i = 0 if self.top + self.bottom >= height else 1
        cut, size, word = self.borders()[i], (height, width)[i], ("rows", "columns")[i]
        fields: dict[str, int] = {}
        for names, pair, side in zip(ENDS, self.borders(), (height, width), strict=True):
            over = max(0, sum(pair) - side + 1)
            fields.update(zip(names, (pair[0] - max(0, over - pair[1]), max(0, pair[1] - over)), strict=True))
        return ShapeError(
            f"cuts off {cut[0]} + {cut[1]} {word}, but its input has {size}: nothing would be left; cut off less",
            ENDS[i][0] if cut[0] >= cut[1] else ENDS[i][1],
            Repair("Cut off as much as leaves one pixel", fields=fields),
            (Repair("Remove this layer", remove=True),),
        )
