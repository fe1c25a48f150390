"""Layers that steady the training: normalisation, dropout, and activations on their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from guiapp.core.layers.base import Layer, Shape, Weight, field
from guiapp.core.layers.parts import ACTIVATION_HELP
from guiapp.core.layers.parts import Activation as ActivationName


class _SameShape(Layer):
    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        return inputs[0]


class BatchNormalization(_SameShape):
    """Brings each channel to mean 0 and variance 1 over the batch."""

    title: ClassVar[str] = "Batch normalisation"
    family: ClassVar[str] = "Normalisation"
    icon: ClassVar[str] = "norm"
    order: ClassVar[int] = 30
    words: ClassVar[str] = "batch norm bn normalization"
    keras: ClassVar[str] = "BatchNormalization"
    arguments: ClassVar[Mapping[str, str]] = {
        "momentum": "momentum",
        "epsilon": "epsilon",
        "center": "center",
        "scale": "scale",
    }
    help: ClassVar[str] = (
        "Brings each channel to mean 0 and variance 1 over the batch, then lets the network scale and shift it. "
        "Training gets faster and forgives a larger learning rate."
    )

    momentum: float = field(
        0.99, "Momentum", "How slowly the running mean and variance follow the batches; 0.9 follows faster.", ge=0, lt=1
    )
    epsilon: float = field(0.001, "Epsilon", "A small number against division by zero.", gt=0, le=1)
    center: bool = field(True, "Shift", "Whether it learns a shift β for each channel.")
    scale: bool = field(True, "Scale", "Whether it learns a factor γ for each channel.")

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """γ and β, which are trained, and the running mean and variance, which are measured."""
        size = (inputs[0][-1],)
        trained = [Weight("gamma", size)] * self.scale + [Weight("beta", size)] * self.center
        return *trained, Weight("moving_mean", size, False), Weight("moving_variance", size, False)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each number x."""
        scaled = "γ · " if self.scale else ""
        return f"{scaled}(x − mean) / √(variance + {self.epsilon:g})" + (" + β" if self.center else "")


class Dropout(_SameShape):
    """Drops a random share of its inputs while training."""

    title: ClassVar[str] = "Dropout"
    family: ClassVar[str] = "Regularisation"
    icon: ClassVar[str] = "dropout"
    order: ClassVar[int] = 31
    words: ClassVar[str] = "dropout regularise overfit"
    keras: ClassVar[str] = "Dropout"
    arguments: ClassVar[Mapping[str, str]] = {"rate": "rate"}
    help: ClassVar[str] = (
        "Sets a random share of its inputs to zero at every training step, so that the network cannot lean on a few of "
        "them. It does nothing in prediction."
    )

    rate: float = field(0.5, "Rate", "The share that is dropped: 0.5 drops every second number.", ge=0, lt=1)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is kept and how it is scaled."""
        kept = 1 - self.rate
        return f"keeps {kept * 100:.3g}% and multiplies them by 1 / {kept:g} = {1 / kept:.3g}"


class Activation(_SameShape):
    """An activation as a layer of its own."""

    title: ClassVar[str] = "Activation"
    family: ClassVar[str] = "Activation"
    icon: ClassVar[str] = "activation"
    order: ClassVar[int] = 32
    words: ClassVar[str] = "relu sigmoid tanh softmax nonlinearity"
    keras: ClassVar[str] = "Activation"
    arguments: ClassVar[Mapping[str, str]] = {"activation": "activation"}
    help: ClassVar[str] = "An activation as a layer of its own, for instance after pooling or batch normalisation."

    activation: ActivationName = field("relu", "Activation", ACTIVATION_HELP)
