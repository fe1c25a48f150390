"""Values as Keras writes them, as the fields of the program's layers have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from pydantic import ValidationError

from guiapp.core.keras_files.arguments import defaults
from guiapp.core.layers.base import Part
from guiapp.core.layers.parts import VALUE_OF, Activation, Initializer, Regularizer

SCHEMES = {
    "GlorotUniform": "glorot_uniform",
    "GlorotNormal": "glorot_normal",
    "HeUniform": "he_uniform",
    "HeNormal": "he_normal",
    "LecunUniform": "lecun_uniform",
    "LecunNormal": "lecun_normal",
    "RandomNormal": "random_normal",
    "TruncatedNormal": "truncated_normal",
    "RandomUniform": "random_uniform",
    "Constant": "constant",
    "Zeros": "zeros",
    "Ones": "ones",
    "Orthogonal": "orthogonal",
    "OrthogonalInitializer": "orthogonal",
}
SCALED = {
    (1.0, "fan_avg", "uniform"): "glorot_uniform",
    (1.0, "fan_avg", "truncated_normal"): "glorot_normal",
    (2.0, "fan_in", "uniform"): "he_uniform",
    (2.0, "fan_in", "truncated_normal"): "he_normal",
    (1.0, "fan_in", "uniform"): "lecun_uniform",
    (1.0, "fan_in", "truncated_normal"): "lecun_normal",
}
"""What VarianceScaling is called with these arguments."""

ACTIVATIONS = {"swish": "silu", "hard_swish": "hard_silu"}
"""Other names that Keras knows activations by."""


class Unsaid(Exception):
    """A value that the form does not have; `text` is how sentences write it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text[:80]


def shown(value: Any) -> str:
    """Return a value as sentences write it, cut where it is long."""
    if isinstance(value, Mapping):
        return str(value.get("class_name", "a value of many parts"))[:40]
    if isinstance(value, (list, tuple)):
        return f"({', '.join(shown(part) for part in value[:4])}{', …' if len(value) > 4 else ''})"[:60]
    return (f"“{value[:40]}”" if isinstance(value, str) else f"{value!r}"[:40]) if value is not None else "nothing"


def activation(value: Any) -> str:
    """Return the activation that Keras' value stands for."""
    if value is None:
        return "linear"
    name = ACTIVATIONS.get(value, value) if isinstance(value, str) else None
    if name not in get_args(Activation):
        raise Unsaid(shown(value))
    return str(name)


def initializer(value: Any) -> Initializer:
    """Return the initialiser that Keras' name or config stands for."""
    name, config = _named(value, "initializers")
    given = {**defaults("initializers", name), **config}
    if name == "VarianceScaling":
        key: Any = (given.get("scale"), given.get("mode"), given.get("distribution"))
        scheme = SCALED.get(key) if all(isinstance(part, (int, float, str)) for part in key) else None
    else:
        scheme = SCHEMES.get(name)
    if scheme is None or given.get("mean", 0.0) != 0.0 or given.get("gain", 1.0) != 1.0:
        raise Unsaid(name)
    number = _number(scheme, given)
    usual = VALUE_OF[scheme][1] if scheme in VALUE_OF else None
    try:
        return Initializer.model_validate({"scheme": scheme, "value": None if number == usual else number})
    except ValidationError:
        raise Unsaid(f"{name} of {shown(number)}") from None


def _number(scheme: str, given: Mapping[str, Any]) -> Any:
    match scheme:
        case "random_normal" | "truncated_normal":
            return given.get("stddev")
        case "constant":
            return given.get("value")
        case "random_uniform":
            low, high = given.get("minval"), given.get("maxval")
            if not isinstance(low, (int, float)) or not isinstance(high, (int, float)) or low != -high:
                raise Unsaid(f"a uniform from {shown(low)} to {shown(high)}")
            return high
    return None


def regularizer(value: Any) -> Regularizer:
    """Return the regulariser that Keras' name or config stands for."""
    if value is None:
        return Regularizer()
    name, config = _named(value, "regularizers")
    given = {**defaults("regularizers", name), **config}
    if name not in {"L1", "L2", "L1L2"}:
        raise Unsaid(name)
    both = {key: given.get(key) or 0.0 for key in ("l1", "l2") if key.upper() in name}
    try:
        return Regularizer.model_validate(both)
    except ValidationError:
        raise Unsaid(f"{name} of {shown(tuple(both.values()))}") from None


def _named(value: Any, section: str) -> tuple[str, Mapping[str, Any]]:
    """Return the class and the config of a value that is a name, or JSON with both."""
    config: Any = {}
    if isinstance(value, Mapping):
        value, config = value.get("class_name"), value.get("config", {})
    if not isinstance(value, str) or not isinstance(config, Mapping):
        raise Unsaid(shown(value))
    return _NAMES.get(value, value) if value in _NAMES else _camel(value, section), config


_NAMES = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2", "L1L2": "L1L2", "uniform": "RandomUniform", "normal": "RandomNormal"}


def _camel(name: str, section: str) -> str:
    """Return the name of the class that Keras also knows by a name in small letters."""
    return name if section == "regularizers" or ("_" not in name and name[:1].isupper()) else (
        "".join(part.capitalize() for part in name.split("_"))
    )  # fmt: skip


_PARTS: Mapping[type[Part], Callable[[Any], Part]] = {Initializer: initializer, Regularizer: regularizer}


def converted(value: Any, default: Any, argument: str) -> Any:
    """Return a value of Keras for a field whose default is `default`.

    Raises
    ------
    Unsaid
        When no field can hold it.
    """
    for kind, read in _PARTS.items():
        if isinstance(default, kind):
            return read(value)
    if argument == "activation" or argument.endswith("_activation"):
        return activation(value)
    if isinstance(default, tuple) and len(default) == 2:
        return _pair(value)
    return value


def _pair(value: Any) -> Any:
    return (value, value) if isinstance(value, int) and not isinstance(value, bool) else value
