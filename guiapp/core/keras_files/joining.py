"""How the layers in JSON of Keras take each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from guiapp.core.keras_files.values import shown
from guiapp.core.notify import UserError

T = TypeVar("T")
NO_MODEL = "Choose a file that Keras saved a model to"


def name_of(value: Mapping[str, Any]) -> str:
    """Return what a layer or model is called, or an empty text."""
    config = value.get("config")
    found = value.get("name") or (config.get("name") if isinstance(config, Mapping) else "")
    return found if isinstance(found, str) else ""


def class_of(value: Mapping[str, Any]) -> str:
    """Return the class of a layer, a model or a value, or an empty text."""
    found = value.get("class_name")
    return found if isinstance(found, str) else ""


def field_of(value: Mapping[str, Any], key: str, kind: type[T], place: str) -> T:
    """Return a part of a layer or model, or raise where it is missing or of another kind."""
    found = value.get(key)
    if not isinstance(found, kind):
        raise UserError(f"{place}: its {key} is missing or damaged", mend=NO_MODEL)
    return found


def taken_by(
    layer: Mapping[str, Any], numbers: Mapping[str, int], number: int
) -> tuple[tuple[int, ...], UserError | None]:
    """Return which layers a layer takes, and what is wrong with how it takes them."""
    try:
        return _inputs(layer, numbers, number), None
    except UserError as exc:
        found = dict.fromkeys(_named(layer.get("inbound_nodes")))
        return tuple(numbers[name] for name in found if name in numbers and numbers[name] != number), exc


def _named(nodes: Any) -> Iterator[str]:
    """Yield the names of layers that the calls of a layer hold, as Keras 3 writes them."""
    waiting = [nodes]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, Mapping):
            history = value.get("keras_history")
            if isinstance(history, list) and history and isinstance(history[0], str):
                yield history[0]
            waiting.extend(value.values())


def end_of(value: Any, numbers: Mapping[str, int], place: str, what: str) -> int:
    """Return the layer that is the one input or output of a model."""
    if isinstance(value, list) and value and not isinstance(value[0], (list, tuple)):
        value = [value]
    if not isinstance(value, list) or not value:
        raise UserError(f"{place}: its {what} is missing or damaged", mend=NO_MODEL)
    if len(value) != 1:
        raise UserError(
            f"{place}: it has {len(value)} {what}s; here a network has one", mend=f"Save a model with one {what}"
        )
    name = value[0][0] if isinstance(value[0], list) and value[0] else None
    if not isinstance(name, str) or name not in numbers:
        raise UserError(f"{place}: its {what} is {shown(name)}, which is no layer", mend=NO_MODEL)
    return numbers[name]


def _inputs(layer: Mapping[str, Any], numbers: Mapping[str, int], number: int) -> tuple[int, ...]:
    """Return which layers a layer takes."""
    place = f"layer {name_of(layer)[:80] or number + 1} ({class_of(layer)[:80]})"
    nodes = field_of(layer, "inbound_nodes", list, place)
    if not nodes:
        return ()
    if len(nodes) > 1:
        raise UserError(
            f"{place}: it is used {len(nodes)} times; here each layer has one place",
            mend="In Keras, use a layer of its own for each, and save the model again",
        )
    names = _of_keras_3(nodes[0], place) if isinstance(nodes[0], Mapping) else _of_keras_2(nodes[0], place)
    missing = [name for name in names if name not in numbers]
    if missing:
        raise UserError(f"{place}: it takes {shown(missing[0])}, which is no layer", mend=NO_MODEL)
    return tuple(numbers[name] for name in names)


def _of_keras_3(node: Mapping[str, Any], place: str) -> list[str]:
    given = node.get("args")
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], list):
        given = given[0]
    if not isinstance(given, list) or not given:
        raise UserError(f"{place}: what it takes is missing or damaged", mend=NO_MODEL)
    names = []
    for tensor in given:
        history = tensor.get("config") if isinstance(tensor, Mapping) else None
        history = history.get("keras_history") if isinstance(history, Mapping) else None
        if not (isinstance(history, list) and len(history) == 3 and isinstance(history[0], str)):
            raise UserError(
                f"{place}: it takes {shown(tensor)} beside layers, which the form does not have",
                mend="In Keras, write it as a layer, and save the model again",
            )
        names.append(history[0])
    return names


def _of_keras_2(node: Any, place: str) -> list[str]:
    if isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    names = []
    for tensor in node if isinstance(node, list) else [None]:
        if not (isinstance(tensor, list) and tensor and isinstance(tensor[0], str)):
            raise UserError(f"{place}: what it takes is missing or damaged", mend=NO_MODEL)
        names.append(tensor[0])
    return names
