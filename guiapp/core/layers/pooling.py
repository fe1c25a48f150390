"""Layers that shrink a volume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from guiapp.core.layers.base import WHOLE, Layer, Shape, View, Window, field, volume
from guiapp.core.layers.parts import PADDING_HELP, Padding, Pair, both_sides, slide


class _Pooling(Layer):
    icon: ClassVar[str] = "pool"
    arguments: ClassVar[Mapping[str, str]] = {"pool": "pool_size", "stride": "strides", "padding": "padding"}

    pool: Pair = field((2, 2), "Window", "Height and width of the window.", unit="px")
    stride: Pair = field((2, 2), "Stride", "How far the window moves each time; 2 halves the volume.", unit="px")
    padding: Padding = field("valid", "Padding", PADDING_HELP)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', C)."""
        height, width, channels = volume(inputs, "pooling")
        rows, columns = slide((height, width), self.pool, self.stride, self.padding, title="pooling", field_="pool")
        return rows, columns, channels

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The window and its stride."""
        return self.pool, self.stride

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The output's height and width."""
        height, width, _ = volume(inputs, "pooling")
        return both_sides((height, width), self.pool, self.stride, self.padding)


class MaxPooling2D(_Pooling):
    """Keeps the largest number of each window."""

    title: ClassVar[str] = "Max pooling"
    family: ClassVar[str] = "Pooling"
    order: ClassVar[int] = 20
    words: ClassVar[str] = "max pool downsample shrink"
    keras: ClassVar[str] = "MaxPooling2D"
    help: ClassVar[str] = (
        "Keeps the strongest answer in each window and drops the rest: the volume shrinks, and a pattern that "
        "moves by a pixel still counts as the same."
    )


class AveragePooling2D(_Pooling):
    """Keeps the mean of each window."""

    title: ClassVar[str] = "Average pooling"
    family: ClassVar[str] = "Pooling"
    order: ClassVar[int] = 21
    words: ClassVar[str] = "average mean pool downsample shrink"
    keras: ClassVar[str] = "AveragePooling2D"
    help: ClassVar[str] = "Keeps the mean of each window: the volume shrinks smoothly, and faint answers still count."


class _GlobalPooling(Layer):
    icon: ClassVar[str] = "global-pool"
    arguments: ClassVar[Mapping[str, str]] = {"keepdims": "keepdims"}
    taken: ClassVar[str] = ""

    keepdims: bool = field(
        False,
        "Keep as volume",
        "Whether a volume of 1×1 comes out instead of a vector, so that convolutions can follow or maps be multiplied.",
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (C,), or (1, 1, C)."""
        channels = volume(inputs, "global pooling")[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    def view(self, views: Sequence[View], inputs: Sequence[Shape]) -> View:
        """All of the image."""
        return WHOLE

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How many numbers each of its own is taken from."""
        height, width, channels = volume(inputs, "global pooling")
        return f"{channels:,} {self.taken} of {height} · {width} = {height * width:,} numbers"


class GlobalAveragePooling2D(_GlobalPooling):
    """Keeps the mean of each feature map."""

    title: ClassVar[str] = "Global average pooling"
    family: ClassVar[str] = "Pooling"
    order: ClassVar[int] = 22
    words: ClassVar[str] = "gap global average mean pool vector"
    keras: ClassVar[str] = "GlobalAveragePooling2D"
    taken: ClassVar[str] = "means"
    help: ClassVar[str] = (
        "Turns each feature map into one number, its mean. A light way from volumes to a vector, without the many "
        "weights of a dense layer after Flatten."
    )


class GlobalMaxPooling2D(_GlobalPooling):
    """Keeps the largest number of each feature map."""

    title: ClassVar[str] = "Global max pooling"
    family: ClassVar[str] = "Pooling"
    order: ClassVar[int] = 23
    words: ClassVar[str] = "gmp global max maximum pool vector"
    keras: ClassVar[str] = "GlobalMaxPooling2D"
    taken: ClassVar[str] = "largest"
    help: ClassVar[str] = (
        "Turns each feature map into one number, its largest: whether a pattern is anywhere in the image, however "
        "small. It needs no weights."
    )
