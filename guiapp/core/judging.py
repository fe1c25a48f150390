"""What is wrong with a network as a whole: its first layer, its end, its size, branches that lead nowhere."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guiapp.core import sizing
from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Problem, Repair, Shape
from guiapp.core.layers.blocks import Block
from guiapp.core.network import MAX_LAYERS, NetworkSpec
from guiapp.core.shapes import shape_text
from guiapp.core.sizing import through
from guiapp.core.wiring import REMOVE, fits

MAX_PARAMETERS = 10**9
"""Beyond this the weights, their gradients and Adam's two averages take more than 16 GB."""

UNTOLD = MAX_LAYERS // 40

Placed = tuple[int | None, Problem]
"""A problem and the position of its layer, since names may be taken twice."""


def structure(network: NetworkSpec) -> list[Placed]:
    """Return what is wrong with the number of layers, and with where images come in."""
    layers = network.layers
    if not layers:
        text = "the network has no layers; add an Input, or start from a template"
        return [(None, Problem(None, text, repair=Repair("Insert an Input", insert_before="Input")))]
    problems: list[Placed] = []
    if len(layers) > MAX_LAYERS:
        problems.append((None, Problem(None, f"the network has more than {MAX_LAYERS:,} layers; remove some")))
    first = layers[0]
    others = [i for i, layer in enumerate(layers) if i and layer.kind == "Input"]
    if first.kind != "Input" or not first.enabled:
        text = "the first layer must be an Input, so that the size of the images is known"
        problems.append((0, Problem(first.name, text, repair=_begin(network, others))))
    text = "a network has one Input, at the top; remove this one"
    remove = Repair("Remove this Input", remove=True)
    problems.extend((i, Problem(layers[i].name, text, repair=remove)) for i in others)
    return problems


def _begin(network: NetworkSpec, others: Sequence[int]) -> Repair:
    first = network.layers[0]
    if first.kind == "Input":
        return Repair("Enable this Input", fields={"enabled": True})
    if not others:
        return Repair("Insert an Input", insert_before="Input")
    moved = network.layers[others[0]]
    fields = {name: getattr(moved, name) for name in ("name", *type(moved).own_fields())}
    return Repair(
        f"Move {moved.name} to the top", insert_before="Input", insert_fields=fields, remove_layers=(moved.name,)
    )


def ending(rows: Sequence[LayerInfo], classes: int | None) -> list[Placed]:
    """Return what is wrong with the size of the network, and with what it gives out."""
    return [*_too_many(rows), *_too_many_inside(rows), *_wrong_end(rows, classes)]


def _too_many_inside(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return what is wrong where the blocks hold more layers together than a network may have."""
    counts = [count(row) if isinstance(row.layer, Block) and row.shape is not None else 1 for row in rows]
    total = sum(counts)
    if total <= MAX_LAYERS or len(rows) > MAX_LAYERS:
        return []
    at = counts.index(max(counts))
    text = (
        f"holds {counts[at]:,} layers, which bring the network to {total:,}; the limit is {MAX_LAYERS:,}. Take fewer "
        "blocks, or fewer in a row"
    )
    return [(at, Problem(rows[at].layer.name, text, repair=Repair("Remove this block", remove=True)))]


def count(row: LayerInfo) -> int:
    """Return how many layers a row stands for; of a block that has a problem, so many as looking into it may take."""
    layer = row.layer
    if not isinstance(layer, Block) or not layer.enabled or not row.inputs:
        return 1
    return UNTOLD if row.shape is None else layer.count(row.inputs)


def _too_many(rows: Sequence[LayerInfo]) -> list[Placed]:
    total = sum(row.parameters for row in rows)
    if total <= MAX_PARAMETERS:
        return []
    at = max(range(len(rows)), key=lambda i: rows[i].parameters)
    largest = rows[at]
    text = (
        f"{largest.parameters:,} parameters here bring the network to {total:,}, about {total * 16 / 1e9:,.0f} GB "
        f"while training; the limit is {MAX_PARAMETERS:,}. Use fewer units or filters, or pool before it"
    )
    found = (*smaller_inputs(rows, at), *sizing.fewer(rows, at, total, MAX_PARAMETERS), REMOVE)
    return [(at, Problem(largest.layer.name, text, repair=found[0], others=found[1:]))]


def smaller_inputs(rows: Sequence[LayerInfo], at: int) -> tuple[Repair, ...]:
    """Return the repairs that pool the volume which the dense layer at `at` takes by way of a Flatten."""
    if rows[at].layer.kind != "Dense" or not rows[at].sources:
        return ()
    before = through(rows, rows[at].sources[0])
    flat = rows[before]
    if flat.layer.kind != "Flatten" or not flat.inputs or len(flat.inputs[0]) != 3:
        return ()
    height, width, channels = flat.inputs[0]
    if height * width == 1:
        return ()
    name = flat.layer.name
    found = (
        Repair(f"Insert a global average pooling before {name}", insert_before="GlobalAveragePooling2D", layer=name),
    )
    if min(height, width) < 2:
        return found
    left = math.prod((height // 2, width // 2, channels))
    return *found, Repair(
        f"Insert a max pooling before {name}, which leaves {left:,} inputs", insert_before="MaxPooling2D", layer=name
    )


def _wrong_end(rows: Sequence[LayerInfo], classes: int | None) -> list[Placed]:
    live = [i for i, row in enumerate(rows) if row.layer.enabled]
    shape = rows[live[-1]].shape if live else None
    if shape is None:
        return []
    at = live[-1]
    last = rows[at].layer
    if len(live) == 1:
        repairs = _answers(shape, classes)
        text = "there is only an Input; add layers below it"
        return [(at, Problem(last.name, text, repair=repairs[0], others=repairs[1:]))]
    if len(shape) != 1:
        shown = shape_text(shape)
        repairs = _answers(shape, classes)
        text = f"the network ends in a volume of {shown}; add a Flatten and a Dense with one unit a class"
        return [(at, Problem(last.name, text, repair=repairs[0], others=repairs[1:]))]
    if classes is None or shape[0] == classes:
        return []
    return [_wrong_count(rows, at, shape[0], classes)]


def _wrong_count(rows: Sequence[LayerInfo], at: int, given: int, classes: int) -> Placed:
    text = f"gives {given:,} numbers, but the dataset has {classes:,} classes; "
    dense = through(rows, at)
    layer = rows[dense].layer
    insert = Repair(f"Insert a Dense of {classes} units", insert_after=(_dense(classes),))
    if layer.kind == "Dense":
        repair = Repair(f"Set units to {classes}", fields={"units": classes})
        others = (insert,) if dense == at else ()
        return dense, Problem(layer.name, f"{text}set its units to that", "units", repair=repair, others=others)
    last = rows[at].layer
    return at, Problem(last.name, f"{text}end with a Dense of {classes:,} units", repair=insert)


def _dense(classes: int | None) -> tuple[str, dict[str, object]]:
    return "Dense", {"units": classes or 10, "activation": "linear"}


def _answers(shape: Shape, classes: int | None) -> tuple[Repair, ...]:
    """Return the repairs that end a volume in one number a class; the lighter one first where Flatten is heavy."""
    dense = _dense(classes)
    units = classes or 10
    flat = Repair(f"Insert Flatten and a Dense of {units} units", insert_after=(("Flatten", {}), dense))
    if len(shape) != 3:
        return (flat,)
    text = f"Insert a global average pooling and a Dense of {units} units"
    pooled = Repair(text, insert_after=(("GlobalAveragePooling2D", {}), dense))
    return (pooled, flat) if math.prod(shape) * units > 10**7 else (flat, pooled)


def dead_branches(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return a warning for each layer that nothing uses and that is not the last."""
    live = [i for i, row in enumerate(rows) if row.layer.enabled]
    if not live or any(not row.sources for row in rows[1:]):
        return []  # what was meant cannot be told while an input is missing, or images come in twice
    alive = _alive(rows, live[-1])
    dead = [i for i in live if i not in alive]
    if not dead:
        return []
    owner: dict[int, int | None] = {}
    for i in reversed(dead):
        owner.setdefault(i, i)
        mine = owner[i]
        for source in rows[i].sources:
            if source not in alive:
                owner[source] = mine if owner.get(source, mine) == mine else None
    ends = [i for i in dead if owner[i] == i]
    return [(end, _dead(rows, end, [i for i in dead if owner[i] == end], live[-1])) for end in ends]


def _alive(rows: Sequence[LayerInfo], last: int) -> set[int]:
    """Return the layers that the last one depends on; what a disabled merge takes counts, since it waits for it."""
    alive = {0, last}
    for i in range(len(rows) - 1, -1, -1):
        row = rows[i]
        if i in alive or (not row.layer.enabled and len(row.sources) > 1):
            alive.update(row.sources)
    return alive


def _dead(rows: Sequence[LayerInfo], end: int, branch: Sequence[int], last: int) -> Problem:
    names = tuple(rows[i].layer.name for i in branch)
    if len(branch) == 1:
        text = "nothing uses what it gives, so that it changes nothing; take it as an input below, or remove it"
        remove = Repair("Remove this layer", remove_layers=names)
    else:
        text = (
            f"nothing uses what it gives, so that the {len(branch):,} layers of this branch change nothing; take it as "
            "an input below, or remove them"
        )
        remove = Repair("Remove the dead branch", remove_layers=names)
    return Problem(
        rows[end].layer.name, text, severity="warning", repair=remove, others=_joins(rows, end, set(branch), last)
    )


def _joins(rows: Sequence[LayerInfo], end: int, branch: set[int], last: int) -> tuple[Repair, ...]:
    """Return the repairs that bring a dead branch together with the nearest layer that goes on below it."""
    from guiapp.core.layers import kinds

    shape = rows[end].shape
    if shape is None:
        return ()
    used: dict[int, int] = {}
    for i, row in enumerate(rows):
        for source in row.sources:
            used[source] = max(used.get(source, 0), i)
    order = [*range(end + 1, last), *range(end - 1, 0, -1)]
    found: list[Repair] = []
    for kind in ("Add", "Concatenate"):
        merge = kinds()[kind]()
        for i in order:
            other = rows[i]
            goes_on = i not in branch and other.layer.enabled and used.get(i, 0) > max(i, end)
            if goes_on and other.shape is not None and fits(merge, other.shape, shape):
                name = other.layer.name
                word = f"Add it to {name}" if kind == "Add" else f"Concatenate it with {name}"
                found.append(Repair(word, insert_after=((kind, {}),), join=name))
                break
    return tuple(found)
