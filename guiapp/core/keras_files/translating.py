"""From a layer of Keras to the kind of layer that the form has for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from pydantic import ValidationError

from guiapp.core import project as projects
from guiapp.core.keras_files.arguments import arguments, defaults, required
from guiapp.core.keras_files.graph import Call
from guiapp.core.keras_files.values import Unsaid, converted, shown
from guiapp.core.layers import Layer, kinds
from guiapp.core.layers.base import MAX_NAME, Part

BACKBONE = "keras.applications"
"""Stands for the class of a layer that is one of its models; the config says which."""

CODE = frozenset(
    {"Lambda", "TFOpLambda", "SlicingOpLambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"}
)
"""Layers that hold code."""

PASSING = frozenset({"ActivityRegularization", "Identity"})
"""Layers that change nothing in what passes."""

_LONGEST = 240
"""At most so many characters are told of why a layer is refused."""

Fields = dict[str, Any]
Change = Callable[[Fields, list[str], str], tuple[str, Fields]]
"""Given the config, the notes to add to and the layer's name: another class of Keras and its config."""


@cache
def by_keras() -> dict[str, type[Layer]]:
    """Return the kinds of layers by their classes in Keras."""
    also = {name: cls for cls in kinds().values() for name in cls.keras_also}
    return {**also, **{cls.keras: cls for cls in kinds().values() if cls.keras}}


def is_left_out(call: Call) -> bool:
    """Whether a layer does nothing in a network that is used, or belongs to the data here."""
    return call.kind in PASSING or _augments(call.kind)


def _augments(kind: str) -> bool:
    return kind.startswith("Random") and arguments("layers", kind) is not None


def left_out_words(call: Call) -> str:
    """Return the note on a layer that is left out."""
    name = call.name[:MAX_NAME] or call.kind
    if _augments(call.kind):
        return f"{name} ({call.kind}) is left out: how images are changed in training is set on the Data page."
    return f"{name} ({call.kind}) is left out: it changes nothing in what passes through it."


def translated(call: Call, name: str, notes: list[str]) -> Layer:
    """Return the layer that a call of a file describes, without its inputs.

    Raises
    ------
    UserError
        When it holds code, or is nothing that the form can say.
    """
    kind, config = call.kind, dict(call.config)
    if kind in CODE:
        what = f"{call.said} holds code of its own, which is never run"
        raise call.refused(what, "Replace it by layers that Keras has")
    if kind == BACKBONE:
        return _backbone(call, name, notes)
    config = {**defaults("layers", kind), **{key: value for key, value in config.items() if key != "name"}}
    if config.get("data_format") not in (None, "channels_last"):
        raise call.refused(f"{call.said} has the channels first", "Build it with the channels last")
    change = _CHANGES.get(kind)
    try:
        if change is not None:
            kind, config = change(config, notes, name)
        cls = by_keras().get(kind)
        if cls is None:
            raise call.refused(*_unknown(call))
        for argument in required("layers", kind):
            if argument not in config:
                raise call.refused(f"{call.said} says no {argument}", f"Give it {argument}")
        _look_at_the_rest(call, cls, kind, config, notes, name)
        return cls.from_keras({**_ours(call, cls, config, notes, name), "name": name, "class_name": kind})
    except Unsaid as exc:
        raise call.refused(f"{call.said} has {exc.text}, which the form does not have", "Change it") from None
    except ValidationError as exc:
        raise call.refused(f"{call.said}: {projects.words(exc)[0]}", "Change it") from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as exc:
        text = str(exc)[:_LONGEST] if isinstance(exc, ValueError) else "an argument is not of its kind"
        raise call.refused(f"{call.said}: {text}", "Change it") from None


_POOLINGS = {"avg": "average", "max": "maximum"}


def _backbone(call: Call, name: str, notes: list[str]) -> Layer:
    """Return the layer that stands for a model of keras.applications."""
    config = call.config
    if config.get("include_top") is not False or config.get("given"):
        raise call.refused(f"{config['backbone'][:80]} is used with its own dense layers", "Write include_top=False")
    asked = config.get("pooling")
    pooling = "none" if asked is None else _POOLINGS.get(asked) if isinstance(asked, str) else None
    if pooling is None:
        raise call.refused(
            f"{config['backbone'][:80]} has pooling={shown(asked)}, which Keras does not have",
            "Write “avg” or “max”, or leave it out",
        )
    fields: Fields = {"backbone": config["backbone"], "pooling": pooling}
    if config.get("weights") != "imagenet":
        fields |= {"weights_from": "random", "trained": "all", "keep_norms": False}
    notes.append(f"Which layers of {name} are trained, and its weights, are to be chosen here again.")
    try:
        return kinds()["Pretrained"](name=name, **fields)
    except ValidationError as exc:
        raise call.refused(f"{config['backbone'][:80]}: {projects.words(exc)[0]}", "Choose another backbone") from None


def _unknown(call: Call) -> tuple[str, str]:
    if arguments("layers", call.kind) is None:
        what = f"{call.said} is no layer that this version knows"
        return what, "Replace it by layers that Keras has, or leave it out"
    return (
        f"{call.said} is a layer of Keras that the form does not have",
        "Replace it by layers that the form has, or leave it out",
    )


def _ours(call: Call, cls: type[Layer], config: Fields, notes: list[str], name: str) -> Fields:
    """Return the config with values as the kind's fields have them; parts that cannot be said stay as they are."""
    out = dict(config)
    for field, argument in cls.arguments.items():
        if argument not in out:
            continue
        default = cls.model_fields[field].default
        try:
            out[argument] = converted(out[argument], default, argument)
        except Unsaid as exc:
            if not isinstance(default, Part):
                raise Unsaid(f"the {argument} {exc.text}") from None
            notes.append(f"{argument} of {name} is left out: the form has no {exc.text}.")
            del out[argument]
    return out


_HARMLESS = (
    "_constraint",
    "_regularizer",
    "_initializer",
    "seed",
    "noise_shape",
    "synchronized",
    "name",
    "dtype",
    "data_format",
)
"""How arguments end that change nothing in what a trained network gives."""


def _look_at_the_rest(  # noqa: PLR0917
    call: Call, cls: type[Layer], kind: str, config: Fields, notes: list[str], name: str
) -> None:
    """Add a note for what is left out of a layer, and raise where that would be another layer."""
    usual = defaults("layers", kind)
    if config.get("trainable") is False:
        notes.append(f"{name} was not to be trained; here it is.")
    mapped = {*cls.arguments.values(), *cls.only}
    # A kind that reads the config itself knows what it can say.
    plain = cls.from_keras.__func__ is Layer.from_keras.__func__  # type: ignore[attr-defined]
    for argument, value in config.items():
        if argument in mapped or argument not in usual or _same(value, usual[argument]):
            continue
        if argument.endswith(_HARMLESS):
            if argument != "data_format":
                notes.append(f"{argument} of {name} is left out.")
        elif plain and not (argument == "axis" and _is_last(value)):
            raise call.refused(
                f"{call.said} has {argument}={shown(value)}, which the form does not have", f"Leave {argument} out"
            )


def _is_last(axis: Any) -> bool:
    """Whether an axis is that of the channels."""
    return axis in (-1, 3) or axis in ([-1], [3], (-1,), (3,))


def _same(value: Any, default: Any) -> bool:
    if isinstance(value, Mapping):
        name = value.get("class_name")
        return isinstance(default, str) and isinstance(name, str) and name.lower() == default.replace("_", "")
    value = list(value) if isinstance(value, tuple) else value
    default = list(default) if isinstance(default, tuple) else default
    return bool(value == default)


def _leaky(config: Fields, _notes: list[str], _name: str) -> tuple[str, Fields]:
    # Keras 2 calls the slope alpha.
    return "LeakyReLU", {**config, "negative_slope": config.get("alpha", config.get("negative_slope"))}


def _pool(kind: str) -> Change:
    def change(config: Fields, _notes: list[str], _name: str) -> tuple[str, Fields]:
        return kind, {**config, "strides": config["pool_size"] if config.get("strides") is None else config["strides"]}

    return change


def _concatenate(config: Fields, _notes: list[str], _name: str) -> tuple[str, Fields]:
    # 1 is the last axis of vectors; whether these are vectors the arithmetic will say.
    if config.get("axis") == 1:
        raise Unsaid("axis=1, the rows of a volume")
    return "Concatenate", config


_CHANGES: Mapping[str, Change] = {
    "LeakyReLU": _leaky,
    "MaxPooling2D": _pool("MaxPooling2D"),
    "AveragePooling2D": _pool("AveragePooling2D"),
    "Concatenate": _concatenate,
}
