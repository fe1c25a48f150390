"""What a file says of the training, as fields of the training settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from guiapp.core.keras_files.arguments import defaults
from guiapp.core.project import TrainingSettings

OPTIMIZERS = {"Adam": "adam", "AdamW": "adamw", "SGD": "sgd", "RMSprop": "rmsprop"}
_FIELDS = {"learning_rate": "learning_rate", "momentum": "momentum", "weight_decay": "weight_decay"}
_SMALL = {name.lower(): name for name in OPTIMIZERS}


def of_optimizer(value: Any) -> dict[str, Any]:
    """Return the fields that an optimiser sets: its name, or its class and config as JSON has them."""
    config: Any = {}
    if isinstance(value, Mapping):
        value, config = value.get("class_name"), value.get("config")
    if not isinstance(value, str) or not isinstance(config, Mapping):
        return {}
    kind = _SMALL.get(value.lower())
    if kind is None:
        return {}
    given = {**defaults("optimizers", kind), **config}
    fields = {field: _short(given.get(argument)) for argument, field in _FIELDS.items()}
    if kind != "AdamW":
        fields.pop("weight_decay")
    if kind not in {"SGD", "RMSprop"}:
        fields.pop("momentum")
    return {"optimizer": OPTIMIZERS[kind], **fields}


def _short(value: Any) -> Any:
    """Return a number without what is only the noise of 32 bits."""
    return float(f"{value:.7g}") if isinstance(value, float) else value


def kept(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the fields that the training settings can have."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            try:
                out[name] = getattr(TrainingSettings.model_validate({name: value}), name)
            except ValidationError:
                continue
    return out


def of_config(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that the JSON of a compiled model sets."""
    compiled = value.get("compile_config")
    return kept(of_optimizer(compiled.get("optimizer"))) if isinstance(compiled, Mapping) else {}
