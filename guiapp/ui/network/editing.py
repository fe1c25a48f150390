"""What a person does to the list of layers, as functions from network to network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.moving import rewired
from guiapp.core.network import MAX_LAYERS, NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import set_field, words

MAX_TEXT = 4 * 1024 * 1024
CLIPBOARD = "The clipboard"
Rows = tuple[int, ...]


def _after_input(network: NetworkSpec, at: int) -> int:
    """Return `at`, but never above the Input that a network begins with."""
    return max(at, 1) if network.layers and network.layers[0].kind == "Input" else at


def place_of(network: NetworkSpec, kind: str, at: int | None) -> int:
    """Return where a new layer of `kind` goes that is asked for at `at`, as `add` says."""
    place = len(network.layers) if at is None else min(at, len(network.layers))
    if kind == "Input" and not any(layer.kind == "Input" for layer in network.layers):
        return 0
    return _after_input(network, place)


def add(network: NetworkSpec, kind: str, at: int | None, inputs: tuple[str, ...] = ()) -> tuple[NetworkSpec, int]:
    """Return the network with a new layer of `kind`, and where it is.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    kind : str
        A layer kind.
    at : int or None
        Where to insert it; at the end when None. Nothing comes above the Input at the top, and the first Input goes
        there.
    inputs : tuple of str
        Names of the layers that it takes; the layer above when empty.
    """
    place = place_of(network, kind, at)
    between = {layer.group for layer in network.layers[max(place - 1, 0) : place + 1]}
    group = between.pop() if 0 < place < len(network.layers) and len(between) == 1 else ""
    return network.insert(place, create(kind, inputs=inputs, group=group)), place


def remove(network: NetworkSpec, rows: Iterable[int]) -> NetworkSpec:
    """Return the network without the layers at `rows`."""
    gone = sorted(set(rows), reverse=True)
    if len(gone) > 8 and not any(layer.inputs for layer in network.layers):
        left = set(range(len(network.layers))).difference(gone)
        return network.having(network.layers[i] for i in sorted(left))
    for at in gone:
        network = network.remove(at)
    return network


@dataclass(frozen=True)
class Copied:
    """Layers that were copied.

    Attributes
    ----------
    layers : tuple of Layer
        The layers, in order.
    blocks : tuple of Layer
        The blocks that were opened into some of them, as they were.
    after : str
        The name of the layer above the first, where that takes it: what is above where they are pasted stands for it.
    """

    layers: tuple[Layer, ...]
    blocks: tuple[Layer, ...] = ()
    after: str = ""


def copied(network: NetworkSpec, rows: Rows) -> Copied:
    """Return the layers at `rows` with what belongs to them."""
    layers = tuple(network.layers[row] for row in rows)
    groups = {layer.group for layer in layers if layer.group}
    blocks = tuple(block for block in network.blocks if block.name in groups)
    chained = bool(rows) and rows[0] > 0 and not layers[0].inputs
    return Copied(layers, blocks, network.layers[rows[0] - 1].name if chained else "")


def insert_all(network: NetworkSpec, piece: Copied, at: int) -> tuple[NetworkSpec, Rows]:
    """Return the network with copied layers from position `at` on, given free names, and where they are.

    Where one of them names another of them as its input, it goes on naming it; an input that is nowhere above is
    left out.
    """
    layers = piece.layers
    at = at if layers and layers[0].kind == "Input" and not network.layers else _after_input(network, at)
    groups = _free_groups(network, layers, at)
    taken = {layer.name for layer in network.layers}
    # What an input is called now: those above keep their names, those that come get new ones.
    known = {layer.name: layer.name for layer in network.layers[:at]}
    if piece.after and at:
        known[piece.after] = network.layers[at - 1].name
    fresh: list[Layer] = []
    for layer in layers:
        group = groups.get(layer.group, layer.group)
        name = _led_by(layer, group)
        if not name or name in taken:
            name = _free(name.rstrip("0123456789") or type(layer).stem(), taken)
        taken.add(name)
        inputs = tuple(known[source] for source in layer.inputs if source in known)
        known[layer.name] = name
        fresh.append(layer.with_fields(name=name, inputs=inputs, group=group))
    all_layers = (*network.layers[:at], *fresh, *network.layers[at:])
    kept = [block.with_fields(name=groups.get(block.name, block.name)) for block in piece.blocks]
    others = [block for block in network.blocks if all(block.name != new.name for new in kept)]
    return NetworkSpec(layers=all_layers, blocks=(*others, *kept)), tuple(range(at, at + len(fresh)))


def _free_groups(network: NetworkSpec, layers: Sequence[Layer], at: int) -> dict[str, str]:
    """Return new names for the opened blocks among `layers` whose name stands for others in the network."""
    used = {layer.group for layer in network.layers} | {layer.name for layer in network.layers}
    out: dict[str, str] = {}
    for group in dict.fromkeys(layer.group for layer in layers if layer.group):
        members = sum(layer.group == group for layer in network.layers)
        joins = at > 0 and network.layers[at - 1].group == group
        if group in used and not (joins and sum(layer.group == group for layer in layers) < members):
            out[group] = _free(group.rstrip("0123456789") or "block", used)
            used.add(out[group])
    return out


def _led_by(layer: Layer, group: str) -> str:
    """Return the layer's name, led by its block's where the former name of that led it."""
    if group != layer.group and layer.name.startswith(f"{layer.group}_"):
        return f"{group}_{layer.name.removeprefix(f'{layer.group}_')}"[:MAX_NAME]
    return layer.name


def _free(stem: str, taken: set[str]) -> str:
    stem = stem[: MAX_NAME - 8]
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def duplicate(network: NetworkSpec, rows: Rows) -> tuple[NetworkSpec, Rows]:
    """Return the network with copies of the layers at `rows` after the last of them, and where they are."""
    return insert_all(network, copied(network, rows), max(rows) + 1)


def move_to(network: NetworkSpec, rows: Rows, at: int) -> tuple[NetworkSpec, Rows]:
    """Return the network with the layers at `rows` together before what is at `at` now, and where they are.

    Only an Input goes above the Input that a network begins with.
    """
    if 0 not in rows and not any(network.layers[row].kind == "Input" for row in rows):
        at = _after_input(network, at)
    moved = [network.layers[row] for row in rows]
    before = [layer for i, layer in enumerate(network.layers[:at]) if i not in rows]
    after = [layer for i, layer in enumerate(network.layers[at:], at) if i not in rows]
    around = [part.group for part in (*before[-1:], *after[:1])]
    moved = [_joined(layer, around, both=len(around) == 2, alone=[*before, *after]) for layer in moved]
    layers = rewired(network.layers, (*before, *moved, *after), {layer.name for layer in moved})
    return network.having(layers), tuple(range(len(before), len(before) + len(moved)))


def _joined(layer: Layer, around: Sequence[str], *, both: bool, alone: Sequence[Layer]) -> Layer:
    """Return a layer that was moved as a part of the opened block around it, and of none that it left."""
    if both and around[0] == around[1] and around[0] != layer.group:
        return layer.with_fields(group=around[0]) if around[0] else _left(layer, alone)
    return layer if layer.group in around else _left(layer, alone)


def _left(layer: Layer, others: Sequence[Layer]) -> Layer:
    stays = any(other.group == layer.group for other in others)
    return layer.with_fields(group="") if layer.group and stays else layer


def move_by(network: NetworkSpec, rows: Rows, step: int) -> tuple[NetworkSpec, Rows]:
    """Return the network with the layers at `rows` one place up (`step` -1) or down (1), and where they are."""
    at = min(rows) - 1 if step < 0 else max(rows) + 2
    return move_to(network, rows, min(max(at, 0), len(network.layers)))


def toggle(network: NetworkSpec, rows: Rows) -> NetworkSpec:
    """Return the network with the layers at `rows` disabled, or enabled where all of them were disabled."""
    on = not any(network.layers[row].enabled for row in rows)
    for row in rows:
        network = network.replace(row, network.layers[row].with_fields(enabled=on))
    return network


def rename(network: NetworkSpec, row: int, name: str) -> NetworkSpec:
    """Return the network with another name for the layer at `row`; layers that name it follow.

    Raises
    ------
    UserError
        When the name is empty, taken, too long, or holds a “/”.
    """
    name = name.strip()
    if not name:
        raise UserError("must not be empty; give the layer a name", where="name")
    if "/" in name:
        raise UserError("must not hold “/”; take it out", where="name")
    if not name.isprintable():
        raise UserError("must be one line of letters, digits and signs", where="name")
    if any(layer.name == name for i, layer in enumerate(network.layers) if i != row):
        raise UserError(f"“{name}” is taken by another layer; choose another name", where="name")
    return network.replace(row, set_field(network.layers[row], "name", name))


def to_text(piece: Copied) -> str:
    """Return layers as the JSON that goes on the clipboard."""
    value: dict[str, Any] = {"layers": [layer.model_dump(mode="json") for layer in piece.layers]}
    if piece.blocks:
        value["blocks"] = [block.model_dump(mode="json") for block in piece.blocks]
    if piece.after:
        value["after"] = piece.after
    return json.dumps(value, indent=1, ensure_ascii=False)


def from_text(text: str, where: str = CLIPBOARD) -> Copied:
    """Return the layers that `text` holds.

    Parameters
    ----------
    text : str
        JSON.
    where : str
        What holds it, for the errors.

    Raises
    ------
    UserError
        When it is not JSON, holds no layers, too many, or a wrong or unknown field.
    """
    mend = "Copy layers in the list, then paste them"
    if len(text) > MAX_TEXT:
        raise UserError(f"{where} holds too much text to be layers", mend=mend)
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError(f"{where} holds no layers", mend=mend) from None
    if isinstance(value, dict) and "kind" in value:
        value = [value]
    blocks: Any = []
    after = ""
    if isinstance(value, dict):
        value = value if "layers" in value else value.get("network", {})
    if isinstance(value, dict):
        blocks, after = value.get("blocks", []), str(value.get("after", ""))
        value = value.get("layers")
    if not isinstance(value, list) or not value:
        raise UserError(f"{where} holds no layers", mend=mend)
    if len(value) > MAX_LAYERS:
        raise UserError(f"{where} holds more than {MAX_LAYERS:,} layers", mend="Copy fewer layers")
    try:
        found = NetworkSpec.model_validate({"layers": value, "blocks": blocks})
    except ValidationError as exc:
        raise UserError(f"{where} holds layers, but {words(exc)[0]}", mend="Mend it, or copy again") from None
    return Copied(found.layers, found.blocks, after)
