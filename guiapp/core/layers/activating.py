"""Activations as layers of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from guiapp.core.layers.base import MAX_NAME, Layer, Shape, field
from guiapp.core.layers.parts import ACTIVATION_HELP
from guiapp.core.layers.parts import Activation as ActivationName

FORMULAS: dict[str, str] = {
    "linear": "x",
    "relu": "max(0, x)",
    "relu6": "min(max(0, x), 6)",
    "leaky_relu": "x, or {slope:g} · x below 0",
    "elu": "x, or {alpha:g} · (eˣ − 1) below 0",
    "selu": "1.0507 · x, or 1.7581 · (eˣ − 1) below 0",
    "gelu": "x · Φ(x), where Φ is the share of a normal distribution below x",
    "silu": "x / (1 + e⁻ˣ)",
    "hard_silu": "x · min(max(0, x / 6 + ½), 1)",
    "mish": "x · tanh(ln(1 + eˣ))",
    "tanh": "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
    "sigmoid": "1 / (1 + e⁻ˣ)",
    "hard_sigmoid": "min(max(0, x / 6 + ½), 1)",
    "softmax": "eˣ / sum of eˣ over {channels:,} channels",
    "softplus": "ln(1 + eˣ)",
    "softsign": "x / (1 + |x|)",
}


class Activation(Layer):
    """An activation as a layer of its own."""

    title: ClassVar[str] = "Activation"
    family: ClassVar[str] = "Activation"
    icon: ClassVar[str] = "activation"
    order: ClassVar[int] = 39
    words: ClassVar[str] = "relu leaky elu sigmoid tanh softmax nonlinearity"
    keras: ClassVar[str] = "Activation"
    keras_also: ClassVar[tuple[str, ...]] = ("ReLU", "LeakyReLU", "ELU", "Softmax")
    arguments: ClassVar[Mapping[str, str]] = {"activation": "activation"}
    help: ClassVar[str] = "An activation as a layer of its own, for instance after pooling or batch normalisation."

    activation: ActivationName = field("relu", "Activation", ACTIVATION_HELP)
    slope: float = field(
        0.2, "Slope below 0", "What negative numbers are multiplied by.", when="activation=leaky_relu", ge=0, le=10
    )
    alpha: float = field(1.0, "Depth α", "How far below 0 the output can get: −α.", when="activation=elu", ge=0, le=100)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        return inputs[0]

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each number x."""
        return FORMULAS[self.activation].format(slope=self.slope, alpha=self.alpha, channels=inputs[0][-1])

    def build(self, keras: Any, x: Any) -> Any:
        """Apply it; Keras has classes of their own for those that take a number."""
        match self.activation:
            case "leaky_relu":
                return keras.layers.LeakyReLU(negative_slope=self.slope, name=self.name)(x)
            case "elu":
                return keras.layers.ELU(alpha=self.alpha, name=self.name)(x)
        return super().build(keras, x)

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config of Keras' Activation, ReLU, LeakyReLU, ELU or Softmax."""
        name = str(config.get("name", ""))[:MAX_NAME]
        match config.get("class_name"):
            case "ReLU":
                return cls(name=name, **_relu(config))
            case "LeakyReLU":
                return cls(name=name, activation="leaky_relu", slope=config.get("negative_slope", 0.3))
            case "ELU":
                return cls(name=name, activation="elu", alpha=config.get("alpha", 1.0))
            case "Softmax":
                if config.get("axis", -1) not in (-1, [-1]):
                    raise ValueError("a softmax over another axis than the channels is none that layers here can have")
                return cls(name=name, activation="softmax")
        return super().from_keras(config)


def _relu(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say what Keras' ReLU does with these numbers."""
    most, slope, threshold = config.get("max_value"), config.get("negative_slope", 0), config.get("threshold", 0)
    if not threshold:
        if most is None:
            return {"activation": "leaky_relu", "slope": slope} if slope else {"activation": "relu"}
        if most == 6 and not slope:
            return {"activation": "relu6"}
    raise ValueError(
        f"a ReLU with max_value {most}, negative_slope {slope} and threshold {threshold} is none that layers here can "
        "have; it may end at 6, or have a slope below 0, but no more"
    )
