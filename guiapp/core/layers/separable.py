"""Convolutions that look at each channel by itself: far fewer weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from guiapp.core.layers.base import Shape, Weight, field
from guiapp.core.layers.parts import (
    WEIGHT_INIT_HELP,
    WEIGHT_REG_HELP,
    Activation,
    BiasInitializer,
    Initializer,
    Padding,
    Pair,
    Regularizer,
)
from guiapp.core.layers.sliding import (
    ACTIVATION,
    BIAS_INIT,
    BIAS_REG,
    DILATION,
    KERNEL,
    MULTIPLIER,
    PADDING,
    STRIDE,
    USE_BIAS,
    Sliding,
)


class DepthwiseConv2D(Sliding):
    """Filters that each look at one channel alone."""

    title: ClassVar[str] = "Depthwise convolution"
    family: ClassVar[str] = "Convolution"
    icon: ClassVar[str] = "depthwise"
    order: ClassVar[int] = 11
    words: ClassVar[str] = "depthwise conv convolution filter kernel mobilenet light"
    help: ClassVar[str] = (
        "Slides a filter of its own over each channel and mixes none of them: a fraction of the weights of a "
        "convolution. A 1×1 convolution after it brings the channels together, as in MobileNet."
    )

    keras: ClassVar[str] = "DepthwiseConv2D"
    arguments: ClassVar[Mapping[str, str]] = {
        "kernel": "kernel_size",
        "multiplier": "depth_multiplier",
        "stride": "strides",
        "padding": "padding",
        "dilation": "dilation_rate",
        "activation": "activation",
        "use_bias": "use_bias",
        "kernel_init": "depthwise_initializer",
        "bias_init": "bias_initializer",
        "kernel_reg": "depthwise_regularizer",
        "bias_reg": "bias_regularizer",
    }

    kernel: Pair = KERNEL
    multiplier: int = MULTIPLIER
    stride: Pair = STRIDE
    padding: Padding = PADDING
    dilation: Pair = DILATION
    activation: Activation = ACTIVATION
    use_bias: bool = USE_BIAS
    kernel_init: Initializer = field(Initializer(), "Weights begin as", WEIGHT_INIT_HELP, advanced=True)
    bias_init: BiasInitializer = BIAS_INIT
    kernel_reg: Regularizer = field(Regularizer(), "Penalty on weights", WEIGHT_REG_HELP, advanced=True)
    bias_reg: Regularizer = BIAS_REG

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', C·multiplier)."""
        return *self.places(inputs), inputs[0][2] * self.multiplier

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The kernel (kh, kw, C, multiplier) and the bias (C·multiplier,)."""
        channels = inputs[0][2]
        kernel = Weight("kernel", (*self.kernel, channels, self.multiplier))
        return (kernel, Weight("bias", (channels * self.multiplier,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Sequence[Shape]) -> int:
        """H'·W'·kh·kw·C·multiplier."""
        return math.prod(self.output_shape(inputs)) * math.prod(self.kernel)


class SeparableConv2D(Sliding):
    """A depthwise convolution, and a 1×1 convolution that mixes its channels."""

    title: ClassVar[str] = "Separable convolution"
    family: ClassVar[str] = "Convolution"
    icon: ClassVar[str] = "separable"
    order: ClassVar[int] = 12
    words: ClassVar[str] = "separable depthwise pointwise conv convolution filter kernel xception light"
    help: ClassVar[str] = (
        "A convolution in two cheap steps: a filter for each channel alone, then a 1×1 convolution that mixes the "
        "channels. It does nearly as well as a convolution with a fraction of the weights."
    )

    keras: ClassVar[str] = "SeparableConv2D"
    arguments: ClassVar[Mapping[str, str]] = {
        "filters": "filters",
        "kernel": "kernel_size",
        "multiplier": "depth_multiplier",
        "stride": "strides",
        "padding": "padding",
        "dilation": "dilation_rate",
        "activation": "activation",
        "use_bias": "use_bias",
        "depthwise_init": "depthwise_initializer",
        "pointwise_init": "pointwise_initializer",
        "bias_init": "bias_initializer",
        "depthwise_reg": "depthwise_regularizer",
        "pointwise_reg": "pointwise_regularizer",
        "bias_reg": "bias_regularizer",
    }

    filters: int = field(32, "Filters", "How many feature maps come out, each a mix of all channels.", ge=1, le=65536)
    kernel: Pair = KERNEL
    multiplier: int = MULTIPLIER
    stride: Pair = STRIDE
    padding: Padding = PADDING
    dilation: Pair = DILATION
    activation: Activation = ACTIVATION
    use_bias: bool = USE_BIAS
    depthwise_init: Initializer = field(
        Initializer(), "Channel filters begin as", "How the filters that look at one channel begin.", advanced=True
    )
    pointwise_init: Initializer = field(
        Initializer(),
        "Mix begins as",
        "How the weights of the 1×1 convolution that mixes the channels begin.",
        advanced=True,
    )
    bias_init: BiasInitializer = BIAS_INIT
    depthwise_reg: Regularizer = field(Regularizer(), "Penalty on channel filters", WEIGHT_REG_HELP, advanced=True)
    pointwise_reg: Regularizer = field(Regularizer(), "Penalty on mix", WEIGHT_REG_HELP, advanced=True)
    bias_reg: Regularizer = BIAS_REG

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', filters)."""
        return *self.places(inputs), self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The kernels (kh, kw, C, multiplier) and (1, 1, C·multiplier, filters), and the bias (filters,)."""
        channels = inputs[0][2]
        depthwise = Weight("depthwise_kernel", (*self.kernel, channels, self.multiplier))
        pointwise = Weight("pointwise_kernel", (1, 1, channels * self.multiplier, self.filters))
        bias = (Weight("bias", (self.filters,)),) if self.use_bias else ()
        return depthwise, pointwise, *bias

    def macs(self, inputs: Sequence[Shape]) -> int:
        """H'·W'·C·multiplier·(kh·kw + filters): the two steps one after the other."""
        rows, columns = self.places(inputs)
        return rows * columns * self._between(inputs) * (math.prod(self.kernel) + self.filters)

    def numbers(self, inputs: Sequence[Shape]) -> int:
        """What both steps give out."""
        rows, columns = self.places(inputs)
        return rows * columns * (self._between(inputs) + self.filters)

    def _between(self, inputs: Sequence[Shape]) -> int:
        return inputs[0][2] * self.multiplier
