"""Layers that shrink a volume."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from guiapp.core.layers.base import Layer, Shape, field, volume
from guiapp.core.layers.parts import PADDING_HELP, Padding, Pair, both_sides, slide


class _Pooling(Layer):
    icon: ClassVar[str] = "pool"

    pool: Pair = field((2, 2), "Window", "Height and width of the window.", unit="px")
    stride: Pair = field((2, 2), "Stride", "How far the window moves each time; 2 halves the volume.", unit="px")
    padding: Padding = field("valid", "Padding", PADDING_HELP)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', C)."""
        height, width, channels = volume(inputs, "pooling")
        rows, columns = slide((height, width), self.pool, self.stride, self.padding, title="pooling", field_="pool")
        return rows, columns, channels

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
    help: ClassVar[str] = (
        "Keeps the strongest answer in each window and drops the rest: the volume shrinks, and a pattern that "
        "moves by a pixel still counts as the same."
    )

    def build(self, keras: Any, x: Any) -> Any:
        """Apply `keras.layers.MaxPooling2D`."""
        return keras.layers.MaxPooling2D(self.pool, strides=self.stride, padding=self.padding, name=self.name)(x)


class AveragePooling2D(_Pooling):
    """Keeps the mean of each window."""

    title: ClassVar[str] = "Average pooling"
    family: ClassVar[str] = "Pooling"
    order: ClassVar[int] = 21
    words: ClassVar[str] = "average mean pool downsample shrink"
    help: ClassVar[str] = "Keeps the mean of each window: the volume shrinks smoothly, and faint answers still count."

    def build(self, keras: Any, x: Any) -> Any:
        """Apply `keras.layers.AveragePooling2D`."""
        return keras.layers.AveragePooling2D(self.pool, strides=self.stride, padding=self.padding, name=self.name)(x)


class GlobalAveragePooling2D(Layer):
    """Keeps the mean of each feature map."""

    title: ClassVar[str] = "Global average pooling"
    family: ClassVar[str] = "Pooling"
    icon: ClassVar[str] = "global-pool"
    order: ClassVar[int] = 22
    words: ClassVar[str] = "gap global average mean pool vector"
    help: ClassVar[str] = (
        "Turns each feature map into one number, its mean. A light way from volumes to a vector, without the many "
        "weights of a dense layer after Flatten."
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (C,)."""
        return (volume(inputs, "global pooling")[2],)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How many numbers each mean is taken over."""
        height, width, channels = volume(inputs, "global pooling")
        return f"{channels:,} means of {height} · {width} = {height * width:,} numbers"

    def build(self, keras: Any, x: Any) -> Any:
        """Apply `keras.layers.GlobalAveragePooling2D`."""
        return keras.layers.GlobalAveragePooling2D(name=self.name)(x)
