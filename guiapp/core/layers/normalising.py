"""Layers that bring numbers to mean 0 and variance 1."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from guiapp.core.layers.base import Layer, Repair, Shape, ShapeError, Weight, field
from guiapp.core.layers.parts import Initializer, Regularizer, RowInitializer

EPSILON: Any = field(0.001, "Epsilon", "A small number against division by zero.", gt=0, le=1, advanced=True)
CENTER: Any = field(True, "Shift β", "Whether it learns a shift β for each channel.")
SCALE: Any = field(True, "Factor γ", "Whether it learns a factor γ for each channel.")
BETA_INIT: Any = field(
    Initializer(scheme="zeros"),
    "Shift β begins as",
    "How the shifts begin; zeros unless you have a reason.",
    when="center=True",
    advanced=True,
)
GAMMA_INIT: Any = field(
    Initializer(scheme="ones"),
    "Factor γ begins as",
    "How the factors begin: ones; zeros at the end of a residual branch let it begin as a mere shortcut.",
    when="scale=True",
    advanced=True,
)
BETA_REG: Any = field(
    Regularizer(),
    "Penalty on shift β",
    "What large shifts add to the loss; seldom needed.",
    when="center=True",
    advanced=True,
)
GAMMA_REG: Any = field(
    Regularizer(),
    "Penalty on factor γ",
    "What large factors add to the loss; L1 turns off channels that are not needed.",
    when="scale=True",
    advanced=True,
)
CHANNELS: tuple[Any, ...] = (-1, 3, (-1,), (3,))
"""How Keras says that the channels are meant."""


class _Normalisation(Layer):
    icon: ClassVar[str] = "norm"
    arguments: ClassVar[Mapping[str, str]] = {
        "epsilon": "epsilon",
        "center": "center",
        "scale": "scale",
        "beta_init": "beta_initializer",
        "gamma_init": "gamma_initializer",
        "beta_reg": "beta_regularizer",
        "gamma_reg": "gamma_regularizer",
    }
    only: ClassVar[Mapping[str, tuple[Any, ...]]] = {"axis": CHANNELS}

    if TYPE_CHECKING:
        epsilon: float
        center: bool
        scale: bool

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        return inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """γ and β, which are trained."""
        size = (inputs[0][-1],)
        return *[Weight("gamma", size)] * self.scale, *[Weight("beta", size)] * self.center

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each number x."""
        scaled = "γ · " if self.scale else ""
        return f"{scaled}(x − mean) / √(variance + {self.epsilon:g})" + (" + β" if self.center else "")


class BatchNormalization(_Normalisation):
    """Brings each channel to mean 0 and variance 1 over the batch."""

    title: ClassVar[str] = "Batch normalisation"
    family: ClassVar[str] = "Normalisation"
    order: ClassVar[int] = 30
    words: ClassVar[str] = "batch norm bn normalization"
    keras: ClassVar[str] = "BatchNormalization"
    arguments: ClassVar[Mapping[str, str]] = {"momentum": "momentum", **_Normalisation.arguments}
    help: ClassVar[str] = (
        "Brings each channel to mean 0 and variance 1 over the batch, then lets the network scale and shift it. "
        "Training gets faster and forgives a larger learning rate."
    )

    momentum: float = field(
        0.99, "Momentum", "How slowly the running mean and variance follow the batches; 0.9 follows faster.", ge=0, lt=1
    )
    epsilon: float = EPSILON
    center: bool = CENTER
    scale: bool = SCALE
    beta_init: RowInitializer = BETA_INIT
    gamma_init: RowInitializer = GAMMA_INIT
    beta_reg: Regularizer = BETA_REG
    gamma_reg: Regularizer = GAMMA_REG

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """γ and β, which are trained, and the running mean and variance, which are measured."""
        size = (inputs[0][-1],)
        measured = Weight("moving_mean", size, False), Weight("moving_variance", size, False)
        return *super().weights(inputs), *measured


class LayerNormalization(_Normalisation):
    """Brings each image's numbers to mean 0 and variance 1, whatever the batch."""

    title: ClassVar[str] = "Layer normalisation"
    family: ClassVar[str] = "Normalisation"
    order: ClassVar[int] = 31
    words: ClassVar[str] = "layer norm ln normalization convnext"
    keras: ClassVar[str] = "LayerNormalization"
    only: ClassVar[Mapping[str, tuple[Any, ...]]] = {
        "axis": (*CHANNELS, (1, 2, 3), (-3, -2, -1)),
        "rms_scaling": (False,),
    }
    help: ClassVar[str] = (
        "Brings the channels of each place to mean 0 and variance 1, for each image by itself. It does the same in "
        "training and prediction and needs no large batch."
    )

    over: Literal["channels", "whole volume"] = field(
        "channels", "Over", "Whether each place is brought to mean 0 by itself, or all numbers of the image together."
    )
    epsilon: float = EPSILON
    center: bool = CENTER
    scale: bool = SCALE
    beta_init: RowInitializer = BETA_INIT
    gamma_init: RowInitializer = GAMMA_INIT
    beta_reg: Regularizer = BETA_REG
    gamma_reg: Regularizer = GAMMA_REG

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        if self.over == "whole volume" and len(inputs[0]) != 3:
            raise ShapeError(
                f"cannot normalise over a volume, since it gets a vector of {inputs[0][0]:,} numbers; normalise over "
                "the channels",
                "over",
                Repair("Normalise over the channels", fields={"over": "channels"}),
            )
        return inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """γ and β, one for each number that is normalised together."""
        size = inputs[0][-1:] if self.over == "channels" else inputs[0]
        return tuple(Weight(weight.name, size) for weight in super().weights(inputs))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each number x, and over how many."""
        size = inputs[0][-1] if self.over == "channels" else math.prod(inputs[0])
        return f"{super().formula(inputs)}, over {size:,} numbers"

    def build(self, keras: Any, x: Any) -> Any:
        """Normalise; the axes are counted from the end, so that they do for a vector too."""
        axis = -1 if self.over == "channels" else [-3, -2, -1]
        return keras.layers.LayerNormalization(axis=axis, **self.values(keras), name=self.name)(x)

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config, whose axes say over what."""
        axis = config.get("axis", -1)
        several = isinstance(axis, (list, tuple)) and len(axis) == 3
        return super().from_keras(config).with_fields(over="whole volume" if several else "channels")


class GroupNormalization(_Normalisation):
    """Brings groups of channels to mean 0 and variance 1, for each image by itself."""

    title: ClassVar[str] = "Group normalisation"
    family: ClassVar[str] = "Normalisation"
    order: ClassVar[int] = 32
    words: ClassVar[str] = "group norm gn instance normalization"
    keras: ClassVar[str] = "GroupNormalization"
    arguments: ClassVar[Mapping[str, str]] = {"groups": "groups", **_Normalisation.arguments}
    help: ClassVar[str] = (
        "Splits the channels into groups and brings each to mean 0 and variance 1, for each image by itself. It works "
        "with batches that are too small for batch normalisation."
    )

    groups: int = field(
        8,
        "Groups",
        "Into how many groups the channels are split; 0 gives each channel its own, as instance normalisation does.",
        zero="each channel",
        ge=0,
        le=65536,
    )
    epsilon: float = EPSILON
    center: bool = CENTER
    scale: bool = SCALE
    beta_init: RowInitializer = BETA_INIT
    gamma_init: RowInitializer = GAMMA_INIT
    beta_reg: Regularizer = BETA_REG
    gamma_reg: Regularizer = GAMMA_REG

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        channels = inputs[0][-1]
        if channels % (self.groups or 1):
            fitting = next(n for n in range(min(channels, self.groups), 0, -1) if channels % n == 0)
            raise ShapeError(
                f"{self.groups:,} groups cannot share {channels:,} channels evenly; choose a number that divides them",
                "groups",
                Repair(f"Set groups to {fitting}", fields={"groups": fitting}),
                (Repair("Give each channel its own", fields={"groups": 0}),),
            )
        return inputs[0]

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each number x, and over how many."""
        groups = self.groups or inputs[0][-1]
        size = math.prod(inputs[0]) // groups
        return f"{super().formula(inputs)}, {groups:,} groups of {size:,} numbers"

    def build(self, keras: Any, x: Any) -> Any:
        """Normalise; Keras writes -1 for a group a channel."""
        return keras.layers.GroupNormalization(**{**self.values(keras), "groups": self.groups or -1}, name=self.name)(x)

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config; -1 groups are 0 here."""
        return super().from_keras({**config, "groups": max(0, config.get("groups", 32))})
