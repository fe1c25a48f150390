"""Layers that slide filters over a volume."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from guiapp.core.layers.base import Repair, Shape, ShapeError, Weight, field
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
    PADDING,
    STRIDE,
    USE_BIAS,
    Sliding,
)


def _groups(common: int, wanted: int) -> tuple[Repair, tuple[Repair, ...]]:
    """Return the repairs that split into no groups, and into the most that are possible up to `wanted`."""
    most = next(number for number in range(min(common, wanted), 0, -1) if common % number == 0)
    ones, others = (Repair(f"Set groups to {number}", fields={"groups": number}) for number in (1, most))
    return ones, (others,) if most > 1 else ()


class Conv2D(Sliding):
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
    kernel: Pair = KERNEL
    stride: Pair = STRIDE
    padding: Padding = PADDING
    dilation: Pair = DILATION
    groups: int = field(
        1,
        "Groups",
        "Splits channels and filters into so many parts that do not see each other: fewer weights. 1 is no split.",
        ge=1,
        le=65536,
        advanced=True,
    )
    activation: Activation = ACTIVATION
    use_bias: bool = USE_BIAS
    kernel_init: Initializer = field(Initializer(), "Weights begin as", WEIGHT_INIT_HELP, advanced=True)
    bias_init: BiasInitializer = BIAS_INIT
    kernel_reg: Regularizer = field(Regularizer(), "Penalty on weights", WEIGHT_REG_HELP, advanced=True)
    bias_reg: Regularizer = BIAS_REG

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', filters)."""
        rows, columns = self.places(inputs)
        channels = inputs[0][2]
        if channels % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{self.groups} groups cannot share {channels} channels and {self.filters} filters evenly; choose a "
                "number that divides both",
                "groups",
                *_groups(math.gcd(channels, self.filters), self.groups),
            )
        return rows, columns, self.filters

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The kernel (kh, kw, C / groups, filters) and the bias (filters,)."""
        kernel = Weight("kernel", (*self.kernel, inputs[0][2] // self.groups, self.filters))
        return (kernel, Weight("bias", (self.filters,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Sequence[Shape]) -> int:
        """H'·W'·kh·kw·(C / groups)·filters."""
        return math.prod(self.output_shape(inputs)) * math.prod(self.kernel) * (inputs[0][2] // self.groups)
