"""From the layers of a file to a network: its Input, its names, its blocks, and what is left out of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from guiapp.core import project as projects
from guiapp.core.keras_files.graph import ENTRANCE, INPUT, Call, Graph, Imported, used, without
from guiapp.core.keras_files.obstacles import check_places, taken_over
from guiapp.core.keras_files.sections import sections_of, with_blocks
from guiapp.core.keras_files.translating import BACKBONE, by_keras, is_left_out, left_out_words, translated
from guiapp.core.keras_files.values import shown
from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.layers.blocks import ENTRY
from guiapp.core.network import MAX_LAYERS
from guiapp.core.notify import UserError

MODEL = "Model"
SCALERS = frozenset({"Rescaling", "Normalization"})
PER_PIXEL = 1 / 255
MOST_NOTES = 200


def network_of(
    graph: Graph,
    training: Mapping[str, Any],
    title: str,
    fit: str = "stretch",
    script: bytes = b"",
    *,
    leave_out: bool = False,
) -> Imported:
    """Return the network that a model is.

    Parameters
    ----------
    graph : Graph
        Its layers, each after what it takes.
    training : mapping
        Fields of the training settings that were found.
    title : str
        What the model is called.
    fit : str
        How the file fits images of other proportions.
    script : bytes
        The script that it was read from, whose comments tell of blocks.
    leave_out : bool
        Whether layers that cannot be taken over are left out, where what they take can be passed on.

    Raises
    ------
    UserError
        When the form cannot say what the file does.
    """
    _check_size(graph)
    graph, rest = used(graph)
    check_places(graph)
    notes = [
        f"{call.name[:MAX_NAME] or call.said} is left out: the model's output does not depend on it."
        for call in rest
        if call.kind != INPUT
    ]
    graph = _lighter(graph, notes)
    graph = _scaled(graph, _the_input(graph), fit, notes)
    graph = taken_over(graph, notes, leave_out=leave_out)
    layers = _layers(graph, notes, inside=False)
    sections = sections_of(script, notes)
    network = with_blocks(layers, [call.line for call in graph.calls], sections, notes)
    return Imported(network, _few(notes), dict(training), title)


def _lighter(graph: Graph, notes: list[str]) -> Graph:
    """Return the graph without the layers that do nothing in a network that is used."""
    gone = [at for at, call in enumerate(graph.calls) if is_left_out(call)]
    for at in gone:
        _check_alone(graph.calls[at])
        notes.append(left_out_words(graph.calls[at]))
    return without(graph, gone)


def _check_alone(call: Call) -> None:
    if len(call.inputs) != 1:
        raise call.refused(
            f"{call.said} takes {len(call.inputs)} inputs; here it takes exactly one", "Give it one input"
        )


def _few(notes: Sequence[str]) -> tuple[str, ...]:
    notes = list(dict.fromkeys(notes))
    more = len(notes) - MOST_NOTES
    return (*notes[:MOST_NOTES], f"And {more:,} more.") if more > 0 else tuple(notes)


def _check_size(graph: Graph) -> None:
    count = _count(graph)
    if count > MAX_LAYERS:
        raise UserError(f"has {count:,} layers; at most {MAX_LAYERS:,} are read", mend="Choose a smaller network")


def _count(graph: Graph) -> int:
    return len(graph.calls) + sum(_count(call.inner) for call in graph.calls if call.inner)


def _the_input(graph: Graph) -> int:
    found = [at for at, call in enumerate(graph.calls) if call.kind == INPUT]
    if not found:
        raise UserError(
            "has no Input: it does not say what images it takes", mend="Give the model an Input with a shape"
        )
    if len(found) > 1:
        raise graph.calls[found[1]].refused(
            f"the model has {len(found)} inputs; here a network takes one image", "Leave one of them"
        )
    return found[0]


def _scaled(graph: Graph, at: int, fit: str, notes: list[str]) -> Graph:
    """Return the graph with what scales the images as part of its Input."""
    call = graph.calls[at]
    scalers: list[int] = []
    while graph.output != (last := scalers[-1] if scalers else at):
        takers = [i for i, other in enumerate(graph.calls) if last in other.inputs]
        if len(takers) != 1 or graph.calls[takers[0]].kind not in SCALERS or takers[0] == graph.output:
            break
        scalers.append(takers[0])
    scaling = _scaling([graph.calls[i] for i in scalers], notes)
    if not scalers and not any(other.kind == BACKBONE for other in graph.calls):
        notes.append("The file does not scale the images; choose a scaling in the Input if they are to be scaled.")
    config = {**_size(call), "scaling": scaling, "fit": fit}
    calls = (*graph.calls[:at], replace(call, config=config), *graph.calls[at + 1 :])
    return without(Graph(calls, graph.output), scalers)


def _size(call: Call) -> dict[str, Any]:
    shape: Any = None
    for key in ("batch_shape", "batch_input_shape"):
        value = call.config.get(key)
        if isinstance(value, (list, tuple)) and value:
            shape = value[1:]
    for key in ("shape", "input_shape"):
        shape = call.config.get(key) if shape is None else shape
    if not isinstance(shape, (list, tuple)) or len(shape) != 3:
        raise call.refused(
            f"the model takes {shown(shape)}, which is no image of (height, width, channels)",
            "Choose a network for images",
        )
    if any(not isinstance(side, int) or isinstance(side, bool) for side in shape):
        raise call.refused(
            f"the model takes images of any size, {shown(shape)}", "Give its Input a fixed height, width and channels"
        )
    return dict(zip(("height", "width", "channels"), shape, strict=True))


def _scaling(calls: Sequence[Call], notes: list[str]) -> str:
    """Return the scaling that comes nearest to what layers do to the pixels."""
    if not calls:
        return "none"
    measured = next((call for call in calls if call.kind == "Normalization"), None)
    if measured is None:
        _note_factor(calls, notes)
        return "1/255"
    if measured.config.get("mean") is not None or len(calls) > 1:
        notes.append("The mean and variance of the pixels are measured on your training images.")
    axis = measured.config.get("axis", -1)
    return "mean image" if isinstance(axis, (list, tuple)) and len(axis) == 3 else "per channel"


def _note_factor(calls: Sequence[Call], notes: list[str]) -> None:
    scale, offset = calls[0].config.get("scale"), calls[0].config.get("offset", 0)
    plain = isinstance(scale, (int, float)) and math.isclose(scale, PER_PIXEL, rel_tol=1e-5) and offset == 0
    if not plain or len(calls) > 1:
        there = f"{shown(scale)} with the offset {shown(offset)} there"
        notes.append(f"The images are scaled by 1/255 here, and by {there}.")


def _layers(graph: Graph, notes: list[str], *, inside: bool) -> list[Layer]:
    """Return the layers of a graph; `inside` says that it is a model inside the model."""
    names = _names(graph, inside=inside)
    out: list[Layer] = []
    for at, call in enumerate(graph.calls):
        layer = _layer(call, names[at], notes)
        taken = [ENTRY if source == ENTRANCE else names[source] for source in call.inputs]
        implied = list(call.inputs) == [at - 1 if out else ENTRANCE]
        out.append(layer if implied or not taken else _taking(layer, call, taken))
    return out


def _layer(call: Call, name: str, notes: list[str]) -> Layer:
    if call.kind == INPUT:
        try:
            return create("Input", name=name, **call.config)
        except ValidationError as exc:
            raise call.refused(f"the model's input: {projects.words(exc)[0]}", "Change its shape") from None
    if call.inner is None:
        return translated(call, name, notes)
    _check_alone(call)
    inner, rest = used(call.inner)
    notes.extend(
        f"{other.said} in {name} is left out: what {name} gives does not depend on it."
        for other in rest
        if other.kind != INPUT
    )
    layers = _layers(_lighter(inner, notes), notes, inside=True)
    try:
        return create("Group", name=name, layers=tuple(layers))
    except ValidationError as exc:
        raise call.refused(f"{call.said}: {projects.words(exc)[0]}", "Write its layers out") from None


def _taking(layer: Layer, call: Call, taken: list[str]) -> Layer:
    if len(set(taken)) < len(taken):
        raise call.refused(f"{call.said} takes the same layer twice", "Have it take each layer once")
    try:
        return layer.with_fields(inputs=tuple(taken))
    except ValidationError as exc:
        raise call.refused(f"{call.said}: {projects.words(exc)[0]}", "Change what it takes") from None


def _names(graph: Graph, *, inside: bool) -> list[str]:
    """Return a name for each layer: its own, or where it has none the word of its kind with a number."""
    given: dict[str, Call] = {}
    for call in graph.calls:
        if call.name and call.name in given:
            raise call.refused(f"two layers are called “{call.name[:80]}”", "Give one of them another name")
        given[call.name] = call
    taken = {call.name for call in graph.calls if 0 < len(call.name) <= MAX_NAME} | ({ENTRY} if inside else set())
    out: list[str] = []
    for call in graph.calls:
        name = call.name
        if not name or len(name) > MAX_NAME or (inside and name == ENTRY):
            name = _free(name[: MAX_NAME - 6] or _stem(call), taken, numbered=not name)
        out.append(name)
    return out


def _stem(call: Call) -> str:
    if call.kind == INPUT:
        return "image"
    kind = by_keras().get(call.kind)
    return kind.stem() if kind is not None else "block" if call.inner else call.kind.lower()


def _free(stem: str, taken: set[str], *, numbered: bool) -> str:
    name, n = f"{stem}1" if numbered else stem, 2
    while name in taken:
        name, n = f"{stem}{n}" if numbered else f"{stem}_{n}", n + 1
    taken.add(name)
    return name
