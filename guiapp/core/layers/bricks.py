"""What ready-made blocks are put together from: convolutions with a norm and an activation."""

from __future__ import annotations

from collections.abc import Sequence

from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import field
from guiapp.core.layers.blocks import Block
from guiapp.core.layers.parts import (
    ACTIVATION_HELP,
    WEIGHT_INIT_HELP,
    WEIGHT_REG_HELP,
    Activation,
    Initializer,
    Pair,
    Regularizer,
)


class Bricks(Block):
    """A block of convolutions that share their norm, activation and first weights."""

    activation: Activation = field("relu", "Activation", ACTIVATION_HELP)
    norm: bool = field(
        True,
        "Batch norm",
        "Whether each convolution is followed by batch normalisation; deep networks need it.",
    )
    momentum: float = field(
        0.99, "Momentum", "How slowly the running mean and variance follow the batches; 0.9 follows faster.",
        ge=0, lt=1, when="norm=True", advanced=True,
    )  # fmt: skip
    epsilon: float = field(
        0.001, "Epsilon", "A small number against division by zero.", gt=0, le=1, when="norm=True", advanced=True
    )
    use_bias: bool = field(
        False, "Bias", "Whether the convolutions add a number of their own; not needed where a norm follows."
    )
    kernel_init: Initializer = field(Initializer(), "Weights begin as", WEIGHT_INIT_HELP, advanced=True)
    kernel_reg: Regularizer = field(Regularizer(), "Penalty on weights", WEIGHT_REG_HELP, advanced=True)

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """Names of the fields that the kind adds: its own ones first, then those that blocks share."""
        names = super().own_fields()
        shared = [name for name in names if name in Bricks.model_fields]
        return (*(name for name in names if name not in shared), *shared)

    def convolution(self, name: str, filters: int, kernel: Pair, stride: int = 1, inputs: Sequence[str] = ()) -> Layer:
        """Return a convolution without activation."""
        return create(
            "Conv2D",
            name=name,
            inputs=tuple(inputs),
            filters=filters,
            kernel=kernel,
            stride=(stride, stride),
            activation="linear",
            use_bias=self.use_bias,
            kernel_init=self.kernel_init,
            kernel_reg=self.kernel_reg,
        )

    def normed(self, name: str) -> tuple[Layer, ...]:
        """Return the batch norm, where the block has it."""
        if not self.norm:
            return ()
        return (create("BatchNormalization", name=name, momentum=self.momentum, epsilon=self.epsilon),)

    def activated(self, name: str) -> tuple[Layer, ...]:
        """Return the activation, unless it is none."""
        if self.activation == "linear":
            return ()
        return (create("Activation", name=name, activation=self.activation),)
