"""What all convolutions share: their fields, the place of their window, and the arithmetic of its size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import model_validator

from guiapp.core.layers.base import Layer, Shape, Window, field, volume
from guiapp.core.layers.parts import (
    ACTIVATION_HELP,
    BIAS_INIT_HELP,
    BIAS_REG_HELP,
    PADDING_HELP,
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

KERNEL: Any = field((3, 3), "Kernel", "Height and width of each filter.", unit="px")
STRIDE: Any = field((1, 1), "Stride", "How far the filter moves each time; 2 halves the output.", unit="px")
PADDING: Any = field("same", "Padding", PADDING_HELP)
DILATION: Any = field(
    (1, 1),
    "Dilation",
    "How far the pixels that the filter looks at lie apart: a wider view at the same cost; 1 leaves no gaps.",
    unit="px",
    advanced=True,
)
MULTIPLIER: Any = field(
    1,
    "Filters a channel",
    "How many filters each channel has of its own; each gives one feature map.",
    ge=1,
    le=1024,
)
ACTIVATION: Any = field("relu", "Activation", ACTIVATION_HELP)
USE_BIAS: Any = field(True, "Bias", "Whether each filter adds a number of its own to its output.")
BIAS_INIT: Any = field(
    Initializer(scheme="zeros"), "Biases begin as", BIAS_INIT_HELP, when="use_bias=True", advanced=True
)
BIAS_REG: Any = field(Regularizer(), "Penalty on biases", BIAS_REG_HELP, when="use_bias=True", advanced=True)


class Sliding(Layer):
    """A layer that slides filters over a volume; a kind declares the fields, in the order that suits it."""

    if TYPE_CHECKING:
        kernel: Pair
        stride: Pair
        padding: Padding
        dilation: Pair
        activation: Activation
        use_bias: bool
        bias_init: BiasInitializer
        bias_reg: Regularizer

    @model_validator(mode="after")
    def _stride_or_dilation(self) -> Sliding:
        if max(self.stride) > 1 and max(self.dilation) > 1:
            raise ValueError("stride and dilation cannot both be above 1; set one of them to 1")
        return self

    def places(self, inputs: Sequence[Shape]) -> Pair:
        """Return the height and width that come out.

        Raises
        ------
        ShapeError
            When the input is no volume, or smaller than the window.
        """
        height, width, _ = volume(inputs, "a convolution")
        return slide(
            (height, width),
            self.kernel,
            self.stride,
            self.padding,
            title="convolution's",
            field_="kernel",
            dilation=self.dilation,
        )

    def window(self, inputs: Sequence[Shape]) -> Window:
        """The kernel with its gaps, and the stride."""
        return (effective(self.kernel[0], self.dilation[0]), effective(self.kernel[1], self.dilation[1])), self.stride

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The output's height and width."""
        height, width, _ = volume(inputs, "a convolution")
        return both_sides((height, width), self.kernel, self.stride, self.padding, self.dilation)
