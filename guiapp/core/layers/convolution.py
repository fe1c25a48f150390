"""Layers that slide filters over a volume."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import model_validator

from guiapp.core.layers.base import Layer, Repair, Shape, ShapeError, Weight, Window, field, volume
from guiapp.core.layers.parts import (
    ACTIVATION_HELP,
    BIAS_INIT_HELP,
    BIAS_REG_HELP,
    PADDING_HELP,
    WEIGHT_INIT_HELP,
    WEIGHT_REG_HELP,
    Activation,
    BiasInitializer,
    Initializer,
    Padding,
    Pair,
    Regularizer,
    both_sides,
    effective,
    slide,
)


class Conv2D(Layer):
    """A bank of filters, each slid over the whole input."""

    title: ClassVar[str] = "Convolution"
    family: ClassVar[str] = "Convolution"
    icon: ClassVar[str] = "conv"
    order: ClassVar[int] = 10
    words: ClassVar[str] = "conv convolution filter kernel feature"
    help: ClassVar[str] = (
        "Slides small filters over its input; each filter answers with a feature map that is bright where its "
        "pattern is found. The filters are what the network learns."
    )

    keras: ClassVar[str] = "Conv2D"
    arguments: ClassVar[Mapping[str, str]] = {
        "filters": "filters",
        "kernel": "kernel_size",
        "stride": "strides",
        "padding": "padding",
        "dilation": "dilation_rate",
        "groups": "groups",
        "activation": "activation",
        "use_bias": "use_bias",
        "kernel_init": "kernel_initializer",
        "bias_init": "bias_initializer",
        "kernel_reg": "kernel_regularizer",
        "bias_reg": "bias_regularizer",
    }

    filters: int = field(32, "Filters", "How many patterns it looks for; each gives one feature map.", ge=1, le=65536)
    kernel: Pair = field((3, 3), "Kernel", "Height and width of each filter.", unit="px")
    stride: Pair = field((1, 1), "Stride", "How far the filter moves each time; 2 halves the output.", unit="px")
    padding: Padding = field("same", "Padding", PADDING_HELP)
    dilation: Pair = field((1, 1), "Dilation", "Gaps inside the filter, for a wider view at the same cost; 1 is none.")
    groups: int = field(
        1,
        "Groups",
        "Splits channels and filters into so many parts that do not see each other: fewer weights. 1 is no split.",
        ge=1,
        le=65536,
    )
    activation: Activation = field("relu", "Activation", ACTIVATION_HELP)
    use_bias: bool = field(True, "Bias", "Whether each filter adds a number of its own to its output.")
    kernel_init: Initializer = field(Initializer(), "Weights begin as", WEIGHT_INIT_HELP)
    bias_init: BiasInitializer = field(
        Initializer(scheme="zeros"), "Biases begin as", BIAS_INIT_HELP, when="use_bias=True"
    )
    kernel_reg: Regularizer = field(Regularizer(), "Weights cost", WEIGHT_REG_HELP)
    bias_reg: Regularizer = field(Regularizer(), "Biases cost", BIAS_REG_HELP, when="use_bias=True")

    @model_validator(mode="after")
    def _stride_or_dilation(self) -> Conv2D:
        if max(self.stride) > 1 and max(self.dilation) > 1:
            raise ValueError("stride and dilation cannot both be above 1; set one of them to 1")
        return self

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', filters)."""
        height, width, channels = volume(inputs, "a convolution")
        if channels % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{self.groups} groups cannot share {channels} channels and {self.filters} filters evenly; choose a "
                "number that divides both",
                "groups",
                Repair("Set groups to 1", fields={"groups": 1}),
            )
        rows, columns = slide(
            (height, width),
            self.kernel,
            self.stride,
            self.padding,
            title="convolution's",
            field_="kernel",
            dilation=self.dilation,
        )
        return rows, columns, self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The kernel (kh, kw, C / groups, filters) and the bias (filters,)."""
        kernel = Weight("kernel", (*self.kernel, inputs[0][2] // self.groups, self.filters))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Sequence[Shape]) -> int:
        """H'·W'·kh·kw·(C / groups)·filters."""
        return math.prod(self.output_shape(inputs)) * math.prod(self.kernel) * (inputs[0][2] // self.groups)

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The kernel with its gaps, and the stride."""
        return (effective(self.kernel[0], self.dilation[0]), effective(self.kernel[1], self.dilation[1])), self.stride

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The output's height and width."""
        height, width, _ = volume(inputs, "a convolution")
        return both_sides((height, width), self.kernel, self.stride, self.padding, self.dilation)
