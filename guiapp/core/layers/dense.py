"""From volumes to vectors, and layers that join every number with every other."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

from guiapp.core.layers.base import WHOLE, Layer, Repair, Shape, ShapeError, View, Weight, field
from guiapp.core.layers.parts import (
    ACTIVATION_HELP,
    BIAS_INIT_HELP,
    BIAS_REG_HELP,
    WEIGHT_INIT_HELP,
    WEIGHT_REG_HELP,
    Activation,
    BiasInitializer,
    Initializer,
    Regularizer,
)
from guiapp.core.shapes import shape_text


class Flatten(Layer):
    """A volume as one long vector."""

    title: ClassVar[str] = "Flatten"
    family: ClassVar[str] = "Shape"
    icon: ClassVar[str] = "flatten"
    order: ClassVar[int] = 40
    words: ClassVar[str] = "flatten reshape vector"
    keras: ClassVar[str] = "Flatten"
    help: ClassVar[str] = "Writes the numbers of a volume one after the other, as the vector that a dense layer takes."

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H·W·C,)."""
        return (math.prod(inputs[0]),)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The length of the vector."""
        return " · ".join(str(n) for n in inputs[0]) + f" = {math.prod(inputs[0]):,}"


class Dense(Layer):
    """Every output is a weighted sum of every input."""

    title: ClassVar[str] = "Dense"
    family: ClassVar[str] = "Dense"
    icon: ClassVar[str] = "dense"
    order: ClassVar[int] = 50
    words: ClassVar[str] = "dense fully connected linear output classes units"
    keras: ClassVar[str] = "Dense"
    arguments: ClassVar[Mapping[str, str]] = {
        "units": "units",
        "activation": "activation",
        "use_bias": "use_bias",
        "kernel_init": "kernel_initializer",
        "bias_init": "bias_initializer",
        "kernel_reg": "kernel_regularizer",
        "bias_reg": "bias_regularizer",
    }
    help: ClassVar[str] = (
        "Every output is a weighted sum of every input. The last layer of a classifier is a dense layer with one unit "
        "a class and the activation linear: training and prediction turn its numbers into probabilities."
    )

    units: int = field(
        128, "Units", "How many numbers come out; in the last layer, one for each class.", ge=1, le=10**8
    )
    activation: Activation = field("relu", "Activation", ACTIVATION_HELP)
    use_bias: bool = field(True, "Bias", "Whether each unit adds a number of its own.")
    kernel_init: Initializer = field(Initializer(), "Weights begin as", WEIGHT_INIT_HELP, advanced=True)
    bias_init: BiasInitializer = field(
        Initializer(scheme="zeros"), "Biases begin as", BIAS_INIT_HELP, when="use_bias=True", advanced=True
    )
    kernel_reg: Regularizer = field(Regularizer(), "Penalty on weights", WEIGHT_REG_HELP, advanced=True)
    bias_reg: Regularizer = field(
        Regularizer(), "Penalty on biases", BIAS_REG_HELP, when="use_bias=True", advanced=True
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (units,)."""
        if len(inputs[0]) != 1:
            shape = shape_text(inputs[0])
            raise ShapeError(
                f"a dense layer needs a vector, but gets a volume of {shape}; put a Flatten before it",
                repair=Repair("Insert Flatten before it", insert_before="Flatten"),
            )
        return (self.units,)

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The kernel (inputs, units) and the bias (units,)."""
        kernel = Weight("kernel", (inputs[0][0], self.units))
        return (kernel, Weight("bias", (self.units,))) if self.use_bias else (kernel,)

    def macs(self, inputs: Sequence[Shape]) -> int:
        """Inputs · units."""
        return inputs[0][0] * self.units

    def view(self, views: Sequence[View], inputs: Sequence[Shape]) -> View:
        """All of the image."""
        return WHOLE

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How many weights it has."""
        bias = f" + {self.units:,}" if self.use_bias else ""
        total = inputs[0][0] * self.units + (self.units if self.use_bias else 0)
        return f"{inputs[0][0]:,} · {self.units:,}{bias} = {total:,} parameters"
