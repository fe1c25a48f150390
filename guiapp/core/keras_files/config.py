"""The JSON in which Keras 3 and Keras 2 write a model's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from guiapp.core.keras_files.graph import ENTRANCE, Call, Graph, in_chains
from guiapp.core.keras_files.network import INPUT, MODEL
from guiapp.core.keras_files.values import shown
from guiapp.core.layers.blocks import MOST_NESTED
from guiapp.core.notify import UserError

T = TypeVar("T")
SEQUENTIAL, FUNCTIONAL = "Sequential", frozenset({"Functional", "Model"})
_NO_MODEL = "Choose a file that Keras saved a model to"
_CODE = "Remove it, and import again"
_OPERATIONS = {"Add": "Add", "Multiply": "Multiply"}
"""What Keras writes for ``a + b`` and ``a * b`` of layers."""

_SHAPES = ("batch_shape", "batch_input_shape", "input_shape")


def graph_of(value: Any) -> Graph:
    """Return the layers of the model that JSON describes.

    Raises
    ------
    UserError
        When it is no model, damaged, or one that the form cannot say.
    """
    if not isinstance(value, Mapping) or "class_name" not in value:
        raise UserError("describes no model of Keras: it has no class_name", mend=_NO_MODEL)
    return _model(value, outermost=True, depth=0)


def title_of(value: Mapping[str, Any]) -> str:
    """Return what a model is called, or nothing where Keras itself named it."""
    name = _name(value)
    return "" if name.rstrip("_0123456789") in {"model", "functional", "sequential"} else name[:80]


def _field(value: Mapping[str, Any], key: str, kind: type[T], place: str) -> T:
    found = value.get(key)
    if not isinstance(found, kind):
        raise UserError(f"{place}: its {key} is missing or damaged", mend=_NO_MODEL)
    return found


def _model(value: Mapping[str, Any], *, outermost: bool, depth: int) -> Graph:
    kind = _class(value)
    name = _name(value)
    place = f"model {name[:80]}" if name else "the model"
    if depth > MOST_NESTED:
        raise UserError(f"{place}: models in models are more than {MOST_NESTED} deep", mend="Write some of them out")
    config = value.get("config")
    if kind == SEQUENTIAL and isinstance(config, list):  # as the first versions of Keras wrote it
        config = {"layers": config}
    if not isinstance(config, Mapping):
        raise UserError(f"{place}: its config is missing or damaged", mend=_NO_MODEL)
    if kind != SEQUENTIAL and kind not in FUNCTIONAL:
        if _is_own(value) or "layers" not in config:
            raise UserError(
                f"{place}: {shown(kind)} holds code of its own, which is never run", mend="Save a functional model"
            )
        raise UserError(f"{place}: {shown(kind)} is no model that this version knows", mend=_NO_MODEL)
    if kind == SEQUENTIAL:
        return _sequential(config, place, outermost=outermost, depth=depth)
    return _functional(config, place, outermost=outermost, depth=depth)


def _name(value: Mapping[str, Any]) -> str:
    config = value.get("config")
    found = value.get("name") or (config.get("name") if isinstance(config, Mapping) else "")
    return found if isinstance(found, str) else ""


def _class(value: Mapping[str, Any]) -> str:
    found = value.get("class_name")
    return found if isinstance(found, str) else ""


def _is_own(value: Mapping[str, Any]) -> bool:
    """Whether a layer or model is somebody's own class and not one of Keras."""
    module = value.get("module")
    if isinstance(module, str):
        return module.split(".")[0] not in {"keras", "tensorflow", "tf_keras", "builtins"}
    registered = value.get("registered_name")
    return isinstance(registered, str) and ">" in registered


def _sequential(config: Mapping[str, Any], place: str, *, outermost: bool, depth: int) -> Graph:
    layers = _field(config, "layers", list, place)
    calls = [_call(layer, (), number, depth) for number, layer in enumerate(layers)]
    return chain(calls, place, outermost=outermost, built=config.get("build_input_shape"))


def chain(layers: Sequence[Call], place: str, *, outermost: bool, built: Any = None) -> Graph:
    """Return the graph of layers that each take the one before.

    Parameters
    ----------
    layers : sequence of Call
        The layers; what their `inputs` say does not matter.
    place : str
        Where they are.
    outermost : bool
        Whether they are the model itself, which has an Input.
    built : list, optional
        The shape that Keras has seen for it.
    """
    calls: list[Call] = []
    for call in layers:
        if call.kind == INPUT:
            if calls:
                raise call.refused("an Input is not the first layer", "Put it first")
            if outermost:
                calls.append(replace(call, inputs=()))
            continue
        if not calls and outermost:
            calls.append(_implied_input(call, built))
        calls.append(replace(call, inputs=(len(calls) - 1 if calls else ENTRANCE,)))
    if not calls:
        raise UserError(f"{place}: it has no layers", mend="Choose a model that has some")
    return Graph(tuple(calls), len(calls) - 1)


def _implied_input(call: Call, built: Any) -> Call:
    """Return the Input of a list of layers that begins without one."""
    given = {key: call.config[key] for key in _SHAPES if call.config.get(key)}
    if not given and built is None:
        raise UserError(
            "has no Input: it does not say what images it takes", mend="Give the model an Input with a shape"
        )
    return Call(INPUT, "", given or {"batch_shape": built}, (), call.place)


def _call(value: Any, inputs: tuple[int, ...], number: int, depth: int) -> Call:
    """Return the layer that JSON describes."""
    if not isinstance(value, Mapping):
        raise UserError(f"layer {number + 1}: it is damaged", mend=_NO_MODEL)
    kind, name = value.get("class_name"), _name(value)
    place = f"layer {name[:80]}" if name else f"layer {number + 1}"
    if not isinstance(kind, str):
        raise UserError(f"{place}: its class_name is missing or damaged", mend=_NO_MODEL)
    if kind in FUNCTIONAL or kind == SEQUENTIAL:
        return Call(MODEL, name, {}, inputs, place, _model(value, outermost=False, depth=depth + 1))
    config = dict(_field(value, "config", Mapping, place))  # type: ignore[type-abstract]
    if _is_own(value):
        raise UserError(f"{place}: {kind[:80]} holds code of its own, which is never run", mend=_CODE)
    _refuse_code(config, place)
    module = value.get("module")
    if isinstance(module, str) and ".ops." in module and kind not in _OPERATIONS:
        raise UserError(
            f"{place}: {kind[:80]} is a computation outside of layers, which the form does not have",
            mend="Write it as a layer",
        )
    return Call(kind, name, config, inputs, place)


def _refuse_code(config: Mapping[str, Any], place: str) -> None:
    """Raise where an argument is a function or class of somebody's own."""
    for argument, value in config.items():
        if not isinstance(value, Mapping):
            continue
        kind = _class(value)
        if kind in {"__lambda__", "function"} or (kind and _is_own(value)):
            raise UserError(
                f"{place}: its {argument[:40]} holds code of its own, which is never run",
                mend=f"Choose one that Keras has for {argument[:40]}",
            )


def _functional(config: Mapping[str, Any], place: str, *, outermost: bool, depth: int) -> Graph:
    layers = _field(config, "layers", list, place)
    numbers: dict[str, int] = {}
    for number, layer in enumerate(layers):
        name = _name(layer) if isinstance(layer, Mapping) else ""
        if not name or name in numbers:
            what = f"two layers are called “{name[:80]}”" if name else f"layer {number + 1} has no name"
            raise UserError(f"{place}: {what}", mend="Give each layer a name of its own")
        numbers[name] = number
    entry = _one(config.get("input_layers"), numbers, place, "input")
    output = _one(config.get("output_layers"), numbers, place, "output")
    calls = []
    for number, layer in enumerate(layers):
        inputs = _inputs(layer, numbers, number)
        calls.append(_call(layer, inputs, number, depth))
        if inputs == () and calls[-1].kind != INPUT:
            raise calls[-1].refused(f"{calls[-1].said} takes nothing", "Join it to a layer above it")
    graph = Graph(tuple(calls), output)
    return in_chains(graph if outermost else opened(graph, entry))


def opened(graph: Graph, entry: int) -> Graph:
    """Return a model inside the model without its own Input."""
    inputs = [at for at, call in enumerate(graph.calls) if call.kind == INPUT]
    if inputs != [entry]:
        raise graph.calls[inputs[-1] if inputs else 0].refused(
            f"a model inside the model has {len(inputs)} inputs; here it has one", "Write its layers out"
        )

    def place(at: int) -> int:
        return ENTRANCE if at == entry else at - (at > entry)

    calls = tuple(
        replace(call, inputs=tuple(place(at) for at in call.inputs))
        for at, call in enumerate(graph.calls)
        if at != entry
    )
    return Graph(calls, place(graph.output))


def _one(value: Any, numbers: Mapping[str, int], place: str, what: str) -> int:
    """Return the layer that is the one input or output of a model."""
    if isinstance(value, list) and value and not isinstance(value[0], (list, tuple)):
        value = [value]
    if not isinstance(value, list) or not value:
        raise UserError(f"{place}: its {what} is missing or damaged", mend=_NO_MODEL)
    if len(value) != 1:
        raise UserError(
            f"{place}: it has {len(value)} {what}s; here a network has one", mend=f"Save a model with one {what}"
        )
    name = value[0][0] if isinstance(value[0], list) and value[0] else None
    if not isinstance(name, str) or name not in numbers:
        raise UserError(f"{place}: its {what} is {shown(name)}, which is no layer", mend=_NO_MODEL)
    return numbers[name]


def _inputs(layer: Mapping[str, Any], numbers: Mapping[str, int], number: int) -> tuple[int, ...]:
    """Return which layers a layer takes."""
    place = f"layer {_name(layer)[:80]}" if _name(layer) else f"layer {number + 1}"
    nodes = _field(layer, "inbound_nodes", list, place)
    if not nodes:
        return ()
    if len(nodes) > 1:
        raise UserError(
            f"{place}: it is used {len(nodes)} times; here each layer has one place",
            mend="Use a layer of its own for each",
        )
    names = _of_keras_3(nodes[0], place) if isinstance(nodes[0], Mapping) else _of_keras_2(nodes[0], place)
    missing = [name for name in names if name not in numbers]
    if missing:
        raise UserError(f"{place}: it takes {shown(missing[0])}, which is no layer", mend=_NO_MODEL)
    return tuple(numbers[name] for name in names)


def _of_keras_3(node: Mapping[str, Any], place: str) -> list[str]:
    given = node.get("args")
    if isinstance(given, list) and len(given) == 1 and isinstance(given[0], list):
        given = given[0]
    if not isinstance(given, list) or not given:
        raise UserError(f"{place}: what it takes is missing or damaged", mend=_NO_MODEL)
    names = []
    for tensor in given:
        history = tensor.get("config") if isinstance(tensor, Mapping) else None
        history = history.get("keras_history") if isinstance(history, Mapping) else None
        if not (isinstance(history, list) and len(history) == 3 and isinstance(history[0], str)):
            raise UserError(
                f"{place}: it takes {shown(tensor)} beside layers, which the form does not have",
                mend="Write it as a layer",
            )
        names.append(history[0])
    return names


def _of_keras_2(node: Any, place: str) -> list[str]:
    if isinstance(node, list) and node and isinstance(node[0], str):
        node = [node]
    names = []
    for tensor in node if isinstance(node, list) else [None]:
        if not (isinstance(tensor, list) and tensor and isinstance(tensor[0], str)):
            raise UserError(f"{place}: what it takes is missing or damaged", mend=_NO_MODEL)
        names.append(tensor[0])
    return names
