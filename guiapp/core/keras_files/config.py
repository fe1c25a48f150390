"""The JSON in which Keras 3 and Keras 2 write a model's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from guiapp.core.keras_files.graph import ENTRANCE, INPUT, Call, Graph, in_chains
from guiapp.core.keras_files.joining import NO_MODEL, class_of, end_of, field_of, name_of, taken_by
from guiapp.core.keras_files.network import MODEL
from guiapp.core.keras_files.patterns import CONSTANT, constant_of, with_hard_sigmoids
from guiapp.core.keras_files.translating import CODE
from guiapp.core.keras_files.values import shown
from guiapp.core.layers.blocks import MOST_NESTED
from guiapp.core.notify import UserError

SEQUENTIAL, FUNCTIONAL = "Sequential", frozenset({"Functional", "Model"})
_CODE = "In Keras, replace it by layers that Keras has, and save the model again"
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
        raise UserError("describes no model of Keras: it has no class_name", mend=NO_MODEL)
    return _model(value, outermost=True, depth=0)


def title_of(value: Mapping[str, Any]) -> str:
    """Return what a model is called, or nothing where Keras itself named it."""
    name = name_of(value)
    return "" if name.rstrip("_0123456789") in {"model", "functional", "sequential"} else name[:80]


def _model(value: Mapping[str, Any], *, outermost: bool, depth: int) -> Graph:
    kind = class_of(value)
    name = name_of(value)
    place = f"model {name[:80]}" if name else "the model"
    if depth > MOST_NESTED:
        raise UserError(f"{place}: models in models are more than {MOST_NESTED} deep", mend="Write some of them out")
    config = value.get("config")
    if kind == SEQUENTIAL and isinstance(config, list):  # as the first versions of Keras wrote it
        config = {"layers": config}
    if not isinstance(config, Mapping):
        raise UserError(f"{place}: its config is missing or damaged", mend=NO_MODEL)
    if kind != SEQUENTIAL and kind not in FUNCTIONAL:
        if _is_own(value) or "layers" not in config:
            raise UserError(
                f"{place}: {shown(kind)} holds code of its own, which is never run", mend="Save a functional model"
            )
        raise UserError(f"{place}: {shown(kind)} is no model that this version knows", mend=NO_MODEL)
    if kind == SEQUENTIAL:
        return _sequential(config, place, outermost=outermost, depth=depth)
    return _functional(config, place, outermost=outermost, depth=depth)


def _is_own(value: Mapping[str, Any]) -> bool:
    """Whether a layer or model is somebody's own class and not one of Keras."""
    module = value.get("module")
    if isinstance(module, str):
        return module.split(".")[0] not in {"keras", "tensorflow", "tf_keras", "builtins"}
    registered = value.get("registered_name")
    return isinstance(registered, str) and ">" in registered


def _sequential(config: Mapping[str, Any], place: str, *, outermost: bool, depth: int) -> Graph:
    layers = field_of(config, "layers", list, place)
    calls = [_told(layer, (), number, depth) for number, layer in enumerate(layers)]
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


def _told(value: Any, inputs: tuple[int, ...], number: int, depth: int, fault: UserError | None = None) -> Call:
    """Return the layer that JSON describes; one that cannot be taken over keeps why."""
    kind = class_of(value) if isinstance(value, Mapping) else ""
    try:
        made = _call(value, inputs, number, depth)
    except UserError as exc:
        if not kind or kind == SEQUENTIAL or kind in FUNCTIONAL:
            raise
        made = Call(kind, name_of(value), {}, inputs, "", fault=exc)
    return replace(made, fault=made.fault or fault)


def _call(value: Any, inputs: tuple[int, ...], number: int, depth: int) -> Call:
    """Return the layer that JSON describes."""
    if not isinstance(value, Mapping):
        raise UserError(f"layer {number + 1}: it is damaged", mend=NO_MODEL)
    kind, name = value.get("class_name"), name_of(value)
    place = f"layer {name[:80]}" if name else f"layer {number + 1}"
    if not isinstance(kind, str):
        raise UserError(f"{place}: its class_name is missing or damaged", mend=NO_MODEL)
    if kind in FUNCTIONAL or kind == SEQUENTIAL:
        return Call(MODEL, name, {}, inputs, place, _model(value, outermost=False, depth=depth + 1))
    config = dict(field_of(value, "config", Mapping, place))  # type: ignore[type-abstract]
    if _is_own(value):
        raise UserError(f"{place}: {kind[:80]} holds code of its own, which is never run", mend=_CODE)
    if kind not in CODE:  # which are refused as a whole
        _refuse_code(config, f"{place} ({kind[:80]})")
    module = value.get("module")
    if isinstance(module, str) and ".ops." in module and kind not in _OPERATIONS:
        raise UserError(
            f"{place}: {kind[:80]} is a computation outside of layers, which the form does not have",
            mend="In Keras, write it as a layer, and save the model again",
        )
    return Call(kind, name, config, inputs, place)


def _refuse_code(config: Mapping[str, Any], place: str) -> None:
    """Raise where an argument is a function or class of somebody's own."""
    for argument, value in config.items():
        if not isinstance(value, Mapping):
            continue
        kind = class_of(value)
        if kind in {"__lambda__", "function"} or (kind and _is_own(value)):
            raise UserError(
                f"{place}: its {argument[:40]} holds code of its own, which is never run",
                mend=f"In Keras, choose one that Keras has for {argument[:40]}, and save the model again",
            )


def _functional(config: Mapping[str, Any], place: str, *, outermost: bool, depth: int) -> Graph:
    layers = field_of(config, "layers", list, place)
    numbers: dict[str, int] = {}
    for number, layer in enumerate(layers):
        name = name_of(layer) if isinstance(layer, Mapping) else ""
        if not name or name in numbers:
            what = f"two layers are called “{name[:80]}”" if name else f"layer {number + 1} has no name"
            raise UserError(f"{place}: {what}", mend="Give each layer a name of its own")
        numbers[name] = number
    entry = end_of(config.get("input_layers"), numbers, place, "input")
    output = end_of(config.get("output_layers"), numbers, place, "output")
    calls = []
    for number, layer in enumerate(layers):
        inputs, fault = taken_by(layer, numbers, number)
        made = _told(layer, inputs, number, depth, fault)
        constant = constant_of(layer) if made.fault is not None and made.kind in _OPERATIONS else None
        calls.append(made if constant is None else replace(made, config={CONSTANT: constant}))
        if inputs == () and calls[-1].kind != INPUT and calls[-1].fault is None:
            raise calls[-1].refused(f"{calls[-1].said} takes nothing", "Join it to a layer above it")
    graph = Graph(tuple(calls), output)
    return in_chains(with_hard_sigmoids(graph if outermost else opened(graph, entry)))


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
