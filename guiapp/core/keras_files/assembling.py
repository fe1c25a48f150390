"""Layers and models that a script has made, as the layers that a network is put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from guiapp.core.keras_files.arguments import named
from guiapp.core.keras_files.config import chain, opened
from guiapp.core.keras_files.evaluating import known_layer
from guiapp.core.keras_files.graph import INPUT, Call, Graph, used
from guiapp.core.keras_files.network import MODEL
from guiapp.core.keras_files.scope import Listed, Made, Model, Path, Scope, Tensor, Unknown, refused
from guiapp.core.keras_files.translating import BACKBONE
from guiapp.core.layers.blocks import MOST_NESTED
from guiapp.core.notify import UserError

_ACTIVATIONS = ("keras.activations.", "tensorflow.nn.", "keras.ops.")


def told(made: Made) -> Call:
    """Return a layer that a script makes; one that cannot be told without running it keeps why."""
    try:
        return call_of(made)
    except UserError as exc:
        name = made.named.get("name")
        place = f"line {made.line}"
        return Call(made.kind, name if isinstance(name, str) else "", {}, (), place, line=made.line, fault=exc)


def call_of(made: Made) -> Call:
    """Return a layer that a script makes, with its arguments by name.

    Raises
    ------
    UserError
        When one of them cannot be told without running the script.
    """
    place = f"line {made.line}"
    if made.kind == BACKBONE:
        made.named["weights"] = made.named["weights"] if isinstance(made.named.get("weights"), str) else None
    rest = {key: _plain(value, made.line) for key, value in made.named.items()}
    given = tuple(_plain(value, made.line) for value in made.given)
    if made.kind == BACKBONE:
        return Call(BACKBONE, str(rest.get("name") or ""), {**rest, "given": list(given)}, (), place, line=made.line)
    if not known_layer(made.kind):
        raise refused(made.line, f"{made.kind[:40]} is no layer of Keras", "Replace it, or remove it")
    config = named("layers", made.kind, given, rest)
    if config is None:
        raise refused(made.line, f"{made.kind[:40]} is given more than it takes", "Give its arguments by name")
    name = config.pop("name", None) or ""
    if not isinstance(name, str):
        raise refused(made.line, "a layer's name is no text", "Write it in quotes")
    return Call(made.kind, name, config, (), place, line=made.line)


def _plain(value: Any, line: int) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Unknown):
        raise refused(value.line, value.why)
    if isinstance(value, Path):
        for prefix in _ACTIVATIONS:
            if value.name.startswith(prefix):
                return value.name.removeprefix(prefix)
        if value.name.startswith(("keras.initializers.", "keras.regularizers.")):
            return value.name.rsplit(".", 1)[-1]
        raise refused(line, f"“{value.name[:60]}” is code, which is never run", "Write a fixed value")
    if isinstance(value, (Made, Model, Listed, Tensor)):
        raise refused(line, "a layer is the argument of another layer", "Write it as a layer of its own")
    if isinstance(value, (list, tuple)):
        return [_plain(part, line) for part in value]
    return value


def inner_graph(model: Model | Listed, scope: Scope, depth: int = 1) -> Graph:
    """Return the layers of a model that is used as a layer, which is inside so many others."""
    if depth > MOST_NESTED:
        raise refused(model.line, f"models in models are more than {MOST_NESTED} deep", "Write some of them out")
    if isinstance(model, Listed):
        return chain(_chained(model, scope, depth), f"line {model.line}", outermost=False)
    _check_unchanged(model)
    graph, _rest = used(model.graph)
    count, deep = _size(graph)
    scope.inside(count, model.line)
    if depth + deep > MOST_NESTED:
        raise refused(model.line, f"models in models are more than {MOST_NESTED} deep", "Write some of them out")
    entry = next((at for at, call in enumerate(graph.calls) if call.kind == INPUT), None)
    if entry is None:
        raise refused(model.line, "this model has no Input", "Give it one")
    return opened(graph, entry)


def _size(graph: Graph) -> tuple[int, int]:
    """Return how many layers a graph has with those inside them, and how deep models are in each other in it."""
    inner = [_size(call.inner) for call in graph.calls if call.inner]
    return len(graph.calls) + sum(count for count, _deep in inner), max((deep + 1 for _count, deep in inner), default=0)


def _check_unchanged(model: Model) -> None:
    if model.changed is not None:
        raise refused(model.changed.line, model.changed.why)


def graph_of(model: Model | Listed, scope: Scope) -> Graph:
    """Return the layers of the model itself."""
    if isinstance(model, Listed):
        return chain(_chained(model, scope, 0), f"line {model.line}", outermost=True)
    _check_unchanged(model)
    return model.graph


def _chained(listed: Listed, scope: Scope, depth: int) -> Sequence[Call]:
    scope.inside(len(listed.parts), listed.line)
    calls = []
    for part in listed.parts:
        if isinstance(part, Unknown):
            raise refused(part.line, part.why)
        if isinstance(part, Tensor) and scope.calls[part.at].kind == INPUT:
            calls.append(scope.calls[part.at])
        elif isinstance(part, Made):
            calls.append(told(part))
        elif isinstance(part, (Model, Listed)):
            inner = inner_graph(part, scope, depth + 1)
            calls.append(Call(MODEL, part.name, {}, (), f"line {part.line}", inner, part.line))
        else:
            raise refused(listed.line, "one of its parts is no layer", "Give it layers of Keras alone")
    return calls
