"""What comes of the calls in a script: layers, models, initialisers."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guiapp.core.keras_files.arguments import named, proper
from guiapp.core.keras_files.config import chain, opened
from guiapp.core.keras_files.evaluating import Listed, Made, Model, Path, Scope, Tensor, Unknown, known_layer, line_of
from guiapp.core.keras_files.graph import Call, Graph, used
from guiapp.core.keras_files.network import INPUT, MODEL
from guiapp.core.keras_files.translating import BACKBONE
from guiapp.core.notify import UserError

_VALUES = {
    "keras.initializers.": "initializers",
    "keras.regularizers.": "regularizers",
    "keras.optimizers.": "optimizers",
    "keras.constraints.": "",
}
_ACTIVATIONS = ("keras.activations.", "tensorflow.nn.", "keras.ops.")
FLIP = "keras.ops.flip"
"""What turns red, green, blue into blue, green, red."""

_LAYERS, _BACKBONES = "keras.layers.", "keras.applications."


def refused(line: int, why: str, mend: str = "") -> UserError:
    """Return the error about a line; what comes after a semicolon of `why` is the mend."""
    what, _, rest = why.partition("; ")
    mend = mend or rest or "Write it with layers of Keras and fixed values"
    return UserError(f"line {line}: {what}", mend=mend[:1].upper() + mend[1:])


class Maker:
    """Carries out the calls of a script that make layers and models, as far as they are Keras' own."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def call(self, what: Any, given: tuple[Any, ...], rest: dict[str, Any], node: ast.Call) -> Any:  # noqa: PLR0911
        """Return what comes of calling `what`."""
        line = line_of(node)
        match what:
            case str():
                return _builtin(what, given, line)
            case (Listed() as listed, "add") if len(given) == 1:
                listed.parts.append(given[0])
                return None
            case (list() as values, "append") if len(given) == 1:
                values.append(given[0])
                return None
            case (_, method):
                return Unknown(line, f"“.{str(method)[:40]}()” is code, which is never run")
            case Path(name=name):
                return self._of_keras(name, given, rest, line)
            case Made() | Model() | Listed():
                return self._applied(what, given, line)
            case Unknown():
                return what
        return Unknown(line, "this is no function that can be told without running the script")

    def _of_keras(self, name: str, given: tuple[Any, ...], rest: dict[str, Any], line: int) -> Any:  # noqa: PLR0911
        match name:
            case "keras.Input":
                return self._apply(Made(INPUT, given, rest, line), ())
            case "keras.Model":
                return self._model(given, rest, line)
            case "keras.Sequential":
                return _listed(given, rest, line)
        for prefix, section in _VALUES.items():
            if name.startswith(prefix):
                return _value(name.removeprefix(prefix), section, given, rest, line)
        if name.startswith(_LAYERS):
            return self._layer(name.removeprefix(_LAYERS), given, rest, line)
        if name == FLIP and given and isinstance(given[0], Tensor):
            self.scope.calls.append(Call(FLIP, "", {}, (given[0].at,), f"line {line}", line=line))
            return Tensor(len(self.scope.calls) - 1)
        if name.startswith(_BACKBONES):
            kind = name.rsplit(".", 1)[-1]
            return Made(BACKBONE, given, {**rest, "backbone": kind}, line)
        return Unknown(line, f"“{name[:60]}” is code, which is never run")

    def _layer(self, name: str, given: tuple[Any, ...], rest: dict[str, Any], line: int) -> Any:
        functional = {"add": "Add", "multiply": "Multiply", "concatenate": "Concatenate"}.get(name)
        if functional and given:
            return self._apply(Made(functional, (), rest, line), given[0])
        return Made(proper(name), given, rest, line)

    def _applied(self, what: Made | Model | Listed, given: tuple[Any, ...], line: int) -> Any:
        taken = given[0] if given else Unknown(line, "a layer is given nothing; give it what a layer gives")
        if isinstance(what, Made):
            return self._apply(what, taken)
        graph = inner_graph(what, self.scope)
        name = what.name
        self.scope.calls.append(Call(MODEL, name, {}, self._inputs(taken, line), f"line {line}", graph, line))
        return Tensor(len(self.scope.calls) - 1)

    def _apply(self, made: Made, taken: Any) -> Any:
        """Return what a layer gives for what it takes."""
        inputs = () if made.kind == INPUT else self._inputs(taken, made.line)
        made.times += 1
        if made.times > 1:
            raise refused(made.line, f"{made.kind} is used twice; make a layer of its own for each place")
        call = call_of(made)
        if call.kind == BACKBONE:
            inputs = tuple(self._unprepared(at, call.name) for at in inputs)
        self.scope.calls.append(replace(call, inputs=inputs))
        return Tensor(len(self.scope.calls) - 1)

    def _unprepared(self, at: int, name: str) -> int:
        """Return what is given to the layers that prepare the pixels for a backbone, which does that itself here."""
        call = self.scope.calls[at]
        if call.kind == "Rescaling" and call.name == f"{name}_scaling":
            at = call.inputs[0]
            if self.scope.calls[at].kind == FLIP:
                at = self.scope.calls[at].inputs[0]
        return at

    def _inputs(self, taken: Any, line: int) -> tuple[int, ...]:
        if isinstance(taken, Unknown):
            raise refused(taken.line, taken.why)
        parts = taken if isinstance(taken, (list, tuple)) else [taken]
        for part in parts:
            if isinstance(part, Unknown):
                raise refused(part.line, part.why)
            if not isinstance(part, Tensor):
                raise refused(line, "a layer takes something that no layer gives", "Give it what a layer gives")
        return tuple(part.at for part in parts)

    def _model(self, given: tuple[Any, ...], rest: Mapping[str, Any], line: int) -> Any:
        inputs = rest.get("inputs", given[0] if given else None)
        outputs = rest.get("outputs", given[1] if len(given) > 1 else None)
        name = rest.get("name", "")
        for what, ends in (("input", inputs), ("output", outputs)):
            if isinstance(ends, (list, tuple, dict)) and len(ends) != 1:
                raise refused(line, f"the model has {len(ends)} {what}s; here a network has one", f"Leave one {what}")
        at = self._inputs(outputs, line)[0]
        self._inputs(inputs, line)
        return Model(Graph(tuple(self.scope.calls), at), name if isinstance(name, str) else "", line)


def _builtin(name: str, given: tuple[Any, ...], line: int) -> Any:
    if len(given) == 1 and isinstance(given[0], (list, tuple, dict)):
        if name == "len":
            return len(given[0])
        if name in {"tuple", "list"} and not isinstance(given[0], dict):
            return tuple(given[0]) if name == "tuple" else list(given[0])
    if name in {"int", "float"} and len(given) == 1 and isinstance(given[0], (int, float)):
        return int(given[0]) if name == "int" else float(given[0])
    return Unknown(line, f"“{name[:40]}” is code, which is never run; write out what it gives")


def _value(name: str, section: str, given: tuple[Any, ...], rest: dict[str, Any], line: int) -> Any:
    """Return an initialiser, a regulariser or an optimiser as JSON has it."""
    name = {"l1": "L1", "l2": "L2", "l1_l2": "L1L2"}.get(name, name)
    if name == "get" and len(given) == 1:
        return given[0]
    config = named(section, name, given, rest) if section else {}  # type: ignore[arg-type]
    if config is None:
        return Unknown(line, f"{name[:40]} has more arguments than it takes")
    unknown = next((value for value in config.values() if isinstance(value, Unknown)), None)
    return unknown or {"class_name": name, "config": config}


def _listed(given: tuple[Any, ...], rest: Mapping[str, Any], line: int) -> Any:
    parts = rest.get("layers", given[0] if given else [])
    if not isinstance(parts, (list, tuple)):
        return parts if isinstance(parts, Unknown) else Unknown(line, "its layers are no list")
    name = rest.get("name", given[1] if len(given) > 1 else "")
    return Listed(list(parts), name if isinstance(name, str) else "", line)


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
        raise refused(made.line, f"{made.kind} is given more than it takes", "Give its arguments by name")
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


def inner_graph(model: Model | Listed, scope: Scope) -> Graph:
    """Return the layers of a model that is used as a layer."""
    if isinstance(model, Listed):
        return chain(_chained(model, scope), f"line {model.line}", outermost=False)
    graph, _rest = used(model.graph)
    entry = next((at for at, call in enumerate(graph.calls) if call.kind == INPUT), None)
    if entry is None:
        raise refused(model.line, "this model has no Input", "Give it one")
    return opened(graph, entry)


def graph_of(model: Model | Listed, scope: Scope) -> Graph:
    """Return the layers of the model itself."""
    if isinstance(model, Listed):
        return chain(_chained(model, scope), f"line {model.line}", outermost=True)
    return model.graph


def _chained(listed: Listed, scope: Scope) -> Sequence[Call]:
    calls = []
    for part in listed.parts:
        if isinstance(part, Unknown):
            raise refused(part.line, part.why)
        if isinstance(part, Tensor) and scope.calls[part.at].kind == INPUT:
            calls.append(scope.calls[part.at])
        elif isinstance(part, Made):
            calls.append(call_of(part))
        elif isinstance(part, (Model, Listed)):
            inner = inner_graph(part, scope)
            calls.append(Call(MODEL, part.name, {}, (), f"line {part.line}", inner, part.line))
        else:
            raise refused(listed.line, "one of its parts is no layer", "Give it layers of Keras alone")
    return calls
