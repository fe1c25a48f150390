"""What comes of the calls in a script: layers, models, initialisers."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from guiapp.core.keras_files.arguments import named, proper
from guiapp.core.keras_files.assembling import inner_graph, told
from guiapp.core.keras_files.changes import CHANGING, HARMLESS, spoilt
from guiapp.core.keras_files.evaluating import line_of
from guiapp.core.keras_files.graph import INPUT, Call, Graph
from guiapp.core.keras_files.network import MODEL
from guiapp.core.keras_files.scope import Listed, Made, Model, Path, Scope, Tensor, Unknown, refused
from guiapp.core.keras_files.translating import BACKBONE
from guiapp.core.keras_files.values import shown

_VALUES = {
    "keras.initializers.": "initializers",
    "keras.regularizers.": "regularizers",
    "keras.optimizers.": "optimizers",
    "keras.constraints.": "",
}
FLIP = "keras.ops.flip"
"""What turns red, green, blue into blue, green, red."""

_LAYERS, _BACKBONES = "keras.layers.", "keras.applications."


class Maker:
    """Carries out the calls of a script that make layers and models, as far as they are Keras' own."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def call(self, what: Any, given: tuple[Any, ...], rest: dict[str, Any], node: ast.Call) -> Any:
        """Return what comes of calling `what`."""
        line = line_of(node)
        match what:
            case str():
                return _builtin(what, given, line)
            case (inner, str() as method):
                return _done(inner, method, () if rest else given, line)
            case Path(name=name):
                return self._of_keras(name, given, rest, line)
            case Made() | Model() | Listed():
                return self._applied(what, given, rest, line)
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
            case "keras.Sequential.add" | "keras.Sequential.pop" if given:
                return _done(given[0], name.rsplit(".", 1)[-1], () if rest else given[1:], line)
        for prefix, section in _VALUES.items():
            if name.startswith(prefix):
                return _value(name.removeprefix(prefix), section, given, rest, line)
        if name.startswith(_LAYERS):
            return self._layer(name.removeprefix(_LAYERS), given, rest, line)
        if name == FLIP and given and isinstance(given[0], Tensor):
            return self.scope.applied(Call(FLIP, "", {}, (given[0].at,), f"line {line}", line=line))
        if name.startswith(_BACKBONES):
            kind = name.rsplit(".", 1)[-1]
            return Made(BACKBONE, given, {**rest, "backbone": kind}, line)
        return Unknown(line, f"“{name[:60]}” is code, which is never run")

    def _layer(self, name: str, given: tuple[Any, ...], rest: dict[str, Any], line: int) -> Any:
        functional = {"add": "Add", "multiply": "Multiply", "concatenate": "Concatenate"}.get(name)
        if functional and given:
            return self._apply(Made(functional, (), rest, line), given[0])
        return Made(proper(name), given, rest, line)

    def _applied(
        self, what: Made | Model | Listed, given: tuple[Any, ...], rest: Mapping[str, Any], line: int
    ) -> Tensor:
        taken = given[0] if given else Unknown(line, "a layer is given nothing; give it what a layer gives")
        out: Tensor
        if isinstance(what, Made):
            out = self._apply(what, taken)
        else:
            inputs = self._inputs(taken, line)
            graph = inner_graph(what, self.scope)
            out = self.scope.applied(Call(MODEL, what.name, {}, inputs, f"line {line}", graph, line))
        self._note_the_rest(what, given[1:], rest, line)
        return out

    def _note_the_rest(
        self, what: Made | Model | Listed, given: tuple[Any, ...], rest: Mapping[str, Any], line: int
    ) -> None:
        """Add a note for what a layer is given beside its input, where that does anything."""
        frozen = isinstance(what, Made) and what.kind == BACKBONE  # whose norms do not learn here either
        name = what.name if not isinstance(what, Made) else what.kind if not frozen else str(what.named["backbone"])
        said = [
            f"{key[:40]}={shown(value)}"
            for key, value in rest.items()
            if value is not None and not (key == "training" and value is False and frozen)
        ]
        said += [shown(value) for value in given if value is not None]
        if said:
            self.scope.notes.append(
                f"Line {line}: {', '.join(said)[:120]} is left out where {name[:40] or 'the model'} is used."
            )

    def _apply(self, made: Made, taken: Any) -> Any:
        """Return what a layer gives for what it takes."""
        inputs = () if made.kind == INPUT else self._inputs(taken, made.line)
        made.times += 1
        if made.times > 1:
            raise refused(made.line, f"{made.kind[:40]} is used twice; make a layer of its own for each place")
        call = told(made)
        if call.kind == BACKBONE:
            inputs = tuple(self._unprepared(at, call.name) for at in inputs)
        return self.scope.applied(replace(call, inputs=inputs))

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


def _done(inner: Any, method: str, given: tuple[Any, ...], line: int) -> Any:
    """Return what comes of a method; one that changes layers in a way that is not followed is refused."""
    match inner, method:
        case (Listed(parts=parts), "add") | (list() as parts, "append") if len(given) == 1:
            parts.append(given[0])
            return None
        case (list() as parts, "extend") if len(given) == 1 and isinstance(given[0], (list, tuple)):
            parts.extend(given[0])
            return None
        case (Listed(parts=[*_, Made() | Listed() | Model()] as parts), "pop") if not given:
            return parts.pop()
    why = Unknown(line, f"“.{method[:40]}()” is code, which is never run; write the layers out one after the other")
    layers = isinstance(inner, (Listed, Model, Made)) and method not in HARMLESS
    if (layers or method in CHANGING) and spoilt(inner, why):
        raise refused(line, why.why)
    return why


def _builtin(name: str, given: tuple[Any, ...], line: int) -> Any:
    if name in {"exec", "setattr", "delattr"}:
        why = Unknown(line, f"“{name}” is code, which is never run; write out what it does")
        if name == "exec" or (given and spoilt(given[0], why)):
            raise refused(line, why.why)
    if len(given) == 1 and isinstance(given[0], (list, tuple, dict)):
        if name == "len" and not any(isinstance(part, Unknown) for part in given[0]):
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
