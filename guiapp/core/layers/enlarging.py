"""Layers that enlarge a volume, or bring it to a given size."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from guiapp.core.layers.base import Layer, Shape, Weight, Window, field, volume
from guiapp.core.layers.parts import (
    INTERPOLATION_HELP,
    WEIGHT_INIT_HELP,
    WEIGHT_REG_HELP,
    Activation,
    BiasInitializer,
    Initializer,
    Interpolation,
    Padding,
    Pair,
    Regularizer,
    effective,
    interpolated,
    sides,
)
from guiapp.core.layers.sliding import ACTIVATION, BIAS_INIT, BIAS_REG, USE_BIAS, Sliding

MAX_SIDE = 4096


def transposed_length(size: int, kernel: int, stride: int, padding: Padding, dilation: int = 1) -> int:
    """Return how long one side is after a transposed convolution.

    As Keras defines it where no output padding is given: same gives size · stride, valid gives
    (size − 1) · stride + the larger of reach and stride.
    """
    if padding == "same":
        return size * stride
    return (size - 1) * stride + max(effective(kernel, dilation), stride)


def _usual_padding(config: Mapping[str, Any]) -> list[int]:
    """Return the output padding of a Keras config that gives what none does."""
    usual = []
    for kernel, stride, gap in zip(config["kernel_size"], config["strides"], config["dilation_rate"], strict=True):
        reach = effective(kernel, gap)
        usual.append(stride - reach % 2 if config["padding"] == "same" else max(reach, stride) - reach)
    return usual


class Conv2DTranspose(Sliding):
    """A convolution the other way round: each number of the input paints a filter into the output."""

    title: ClassVar[str] = "Transposed convolution"
    family: ClassVar[str] = "Convolution"
    icon: ClassVar[str] = "transpose"
    order: ClassVar[int] = 13
    words: ClassVar[str] = "transpose transposed deconvolution conv upsample enlarge decoder"
    help: ClassVar[str] = (
        "Enlarges its input: every number paints a filter of its strength into the output, and the paintings are "
        "added. Used where a small volume must become a large one again."
    )

    keras: ClassVar[str] = "Conv2DTranspose"
    arguments: ClassVar[Mapping[str, str]] = {
        "filters": "filters",
        "kernel": "kernel_size",
        "stride": "strides",
        "padding": "padding",
        "dilation": "dilation_rate",
        "activation": "activation",
        "use_bias": "use_bias",
        "kernel_init": "kernel_initializer",
        "bias_init": "bias_initializer",
        "kernel_reg": "kernel_regularizer",
        "bias_reg": "bias_regularizer",
    }
    only: ClassVar[Mapping[str, tuple[Any, ...]]] = {"output_padding": (None,)}

    filters: int = field(32, "Filters", "How many feature maps come out.", ge=1, le=65536)
    kernel: Pair = field(
        (4, 4),
        "Kernel",
        "Height and width of each filter; a multiple of the stride avoids a chequered output.",
        unit="px",
    )
    stride: Pair = field((2, 2), "Stride", "How many times larger the output is.", unit="×")
    padding: Padding = field(
        "same", "Padding", "“same” cuts the output to input times stride; “valid” keeps all that the filters painted."
    )
    dilation: Pair = field(
        (1, 1),
        "Dilation",
        "How far the pixels that the filter paints lie apart; 1 leaves no gaps, and is needed with a stride above 1.",
        unit="px",
        advanced=True,
    )
    activation: Activation = ACTIVATION
    use_bias: bool = USE_BIAS
    kernel_init: Initializer = field(Initializer(), "Weights begin as", WEIGHT_INIT_HELP, advanced=True)
    bias_init: BiasInitializer = BIAS_INIT
    kernel_reg: Regularizer = field(Regularizer(), "Penalty on weights", WEIGHT_REG_HELP, advanced=True)
    bias_reg: Regularizer = BIAS_REG

    def places(self, inputs: Sequence[Shape]) -> Pair:
        """Return the height and width that come out."""
        size = volume(inputs, "a transposed convolution")
        rows, columns = (
            transposed_length(size[i], self.kernel[i], self.stride[i], self.padding, self.dilation[i]) for i in (0, 1)
        )
        return rows, columns

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', filters)."""
        return *self.places(inputs), self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The kernel (kh, kw, filters, C), whose last axes are the other way round, and the bias (filters,)."""
        kernel = Weight("kernel", (*self.kernel, self.filters, inputs[0][2]))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Sequence[Shape]) -> int:
        """H·W·kh·kw·C·filters of the input's size: each of its numbers meets each weight once, as fvcore counts."""
        return math.prod(inputs[0]) * math.prod(self.kernel) * self.filters

    def window(self, inputs: Sequence[Shape]) -> Window:
        """How many numbers of the input paint into one place: the reach over the stride."""
        reach, _ = super().window(inputs)
        rows, columns = self.stride
        return (reach[0] / rows, reach[1] / columns), (1 / rows, 1 / columns)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The output's height and width."""
        size, out = volume(inputs, "a transposed convolution"), self.places(inputs)
        return sides(*(self._side(size[i], out[i], i) for i in (0, 1)))

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config; an output padding may only be the one that there is without it."""
        padding = config.get("output_padding")
        if padding is not None and list(padding) == _usual_padding(config):
            config = {**config, "output_padding": None}
        return super().from_keras(config)

    def _side(self, size: int, out: int, i: int) -> str:
        kernel, stride, gap = self.kernel[i], self.stride[i], self.dilation[i]
        if self.padding == "same":
            return f"{size} · {stride} = {out}"
        reach = str(kernel) if gap == 1 else f"({gap}·({kernel} − 1) + 1)"
        reach = str(stride) if effective(kernel, gap) < stride else reach
        return f"({size} − 1) · {stride} + {reach} = {out}"


class UpSampling2D(Layer):
    """Enlarges a volume by whole factors, without weights."""

    title: ClassVar[str] = "Upsampling"
    family: ClassVar[str] = "Shape"
    icon: ClassVar[str] = "upsample"
    order: ClassVar[int] = 44
    words: ClassVar[str] = "upsample upsampling enlarge repeat interpolate unpool decoder"
    keras: ClassVar[str] = "UpSampling2D"
    arguments: ClassVar[Mapping[str, str]] = {"size": "size", "interpolation": "interpolation"}
    help: ClassVar[str] = (
        "Enlarges each feature map by whole factors and learns nothing. A convolution after it does what a transposed "
        "convolution does, without its chequered patterns."
    )

    size: Pair = field((2, 2), "Factor", "How many times higher and wider the output is.", unit="×")
    interpolation: Interpolation = field("nearest", "Interpolation", INTERPOLATION_HELP)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H·factor, W·factor, C)."""
        height, width, channels = volume(inputs, "upsampling")
        return height * self.size[0], width * self.size[1], channels

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The neighbours that are mixed, and a step of one over the factor."""
        rows, columns = self.size
        return (
            (interpolated(self.interpolation, rows), interpolated(self.interpolation, columns)),
            (1 / rows, 1 / columns),
        )

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The output's height and width."""
        size, out = volume(inputs, "upsampling"), self.output_shape(inputs)
        return sides(*(f"{size[i]} · {self.size[i]} = {out[i]}" for i in (0, 1)))


class Resizing(Layer):
    """Brings a volume to a given height and width."""

    title: ClassVar[str] = "Resizing"
    family: ClassVar[str] = "Shape"
    icon: ClassVar[str] = "resize"
    order: ClassVar[int] = 45
    words: ClassVar[str] = "resize resizing scale shrink enlarge interpolate size"
    keras: ClassVar[str] = "Resizing"
    arguments: ClassVar[Mapping[str, str]] = {
        "height": "height",
        "width": "width",
        "interpolation": "interpolation",
        "antialias": "antialias",
        "fill": "fill_value",
    }
    only: ClassVar[Mapping[str, tuple[Any, ...]]] = {"fill_mode": ("constant",)}
    help: ClassVar[str] = (
        "Brings each feature map to the height and width that you set, larger or smaller, and learns nothing. Two "
        "branches of different size can be brought together after it."
    )

    height: int = field(32, "Height", "Height of what comes out.", unit="px", ge=1, le=MAX_SIDE)
    width: int = field(32, "Width", "Width of what comes out.", unit="px", ge=1, le=MAX_SIDE)
    interpolation: Interpolation = field("bilinear", "Interpolation", INTERPOLATION_HELP)
    antialias: bool = field(
        False, "Smooth first", "Whether it looks at every number when it shrinks, so that no fine pattern gets lost."
    )
    fit: Literal["stretch", "crop", "pad"] = field(
        "stretch", "Fit", "How another shape is fitted: stretched, cropped to the centre, or padded with borders."
    )
    fill: float = field(0.0, "Border", "The number that borders are filled with.", when="fit=pad", ge=-1e6, le=1e6)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (height, width, C)."""
        return self.height, self.width, volume(inputs, "resizing")[2]

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The neighbours that are mixed, and how far apart in the input two numbers of the output lie."""
        rows, columns = (
            taken / out for taken, out in zip(self._taken(inputs[0]), (self.height, self.width), strict=True)
        )
        return (self._mixed(rows), self._mixed(columns)), (rows, columns)

    def _mixed(self, stride: float) -> float:
        factor = 1 / stride
        window = interpolated(self.interpolation, round(factor) if abs(factor - round(factor)) < 1e-9 else factor)
        return window * stride if self.antialias and stride > 1 else window

    def _taken(self, shape: Shape) -> Pair:
        """Return the height and width that are resized: the input's, or with what is cut off or added evenly."""
        height, width = shape[0], shape[1]
        if self.fit == "stretch":
            return height, width
        shaped = width * self.height // self.width, height * self.width // self.height
        if self.fit == "crop":
            return max(1, min(height, shaped[0])), max(1, min(width, shaped[1]))
        return height + max(0, shaped[0] - height) // 2 * 2, width + max(0, shaped[1] - width) // 2 * 2

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How much larger or smaller height and width become."""
        size, out = volume(inputs, "resizing"), (self.height, self.width)
        return sides(*(f"{size[i]} → {out[i]}, ×{out[i] / size[i]:.3g}" for i in (0, 1)))

    def build(self, keras: Any, x: Any) -> Any:
        """Resize; a filling is only told of where there is one."""
        fill = {"fill_value": self.fill} if self.fit == "pad" else {}
        return keras.layers.Resizing(
            self.height,
            self.width,
            interpolation=self.interpolation,
            antialias=self.antialias,
            crop_to_aspect_ratio=self.fit == "crop",
            pad_to_aspect_ratio=self.fit == "pad",
            **fill,
            name=self.name,
        )(x)

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config; its two switches for the shape are one field here."""
        layer = super().from_keras(config)
        fit = (
            "crop" if config.get("crop_to_aspect_ratio") else "pad" if config.get("pad_to_aspect_ratio") else "stretch"
        )
        return layer.with_fields(fit=fit)
