"""What a person does to the list of layers, as functions from network to network."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from guiapp.core.layers import Layer, create
from guiapp.core.network import MAX_LAYERS, NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import set_field, words

MAX_TEXT = 4 * 1024 * 1024
CLIPBOARD = "The clipboard"
Rows = tuple[int, ...]


def _after_input(network: NetworkSpec, at: int) -> int:
    """Return `at`, but never above the Input that a network begins with."""
    return max(at, 1) if network.layers and network.layers[0].kind == "Input" else at


def add(network: NetworkSpec, kind: str, at: int | None) -> tuple[NetworkSpec, int]:
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
    """
    place = len(network.layers) if at is None else min(at, len(network.layers))
    if kind == "Input" and not any(layer.kind == "Input" for layer in network.layers):
        place = 0
    else:
        place = _after_input(network, place)
    return network.insert(place, create(kind)), place


def remove(network: NetworkSpec, rows: Iterable[int]) -> NetworkSpec:
    """Return the network without the layers at `rows`."""
    gone = sorted(set(rows), reverse=True)
    if len(gone) > 8 and not any(layer.inputs for layer in network.layers):
        left = set(range(len(network.layers))).difference(gone)
        return network.having(network.layers[i] for i in sorted(left))
    for at in gone:
        network = network.remove(at)
    return network


def insert_all(network: NetworkSpec, layers: Sequence[Layer], at: int) -> tuple[NetworkSpec, Rows]:
    """Return the network with `layers` from position `at` on, given free names, and where they are.

    Where one of them names another of them as its input, it goes on naming it.
    """
    at = at if layers and layers[0].kind == "Input" and not network.layers else _after_input(network, at)
    taken = {layer.name for layer in network.layers}
    renamed: dict[str, str] = {}
    fresh: list[Layer] = []
    for layer in layers:
        name = layer.name
        if not name or name in taken:
            name = _free(name.rstrip("0123456789") or type(layer).stem(), taken)
        taken.add(name)
        renamed[layer.name] = name
        inputs = tuple(renamed.get(source, source) for source in layer.inputs)
        fresh.append(layer.with_fields(name=name, inputs=inputs))
    all_layers = (*network.layers[:at], *fresh, *network.layers[at:])
    return network.having(all_layers), tuple(range(at, at + len(fresh)))


def _free(stem: str, taken: set[str]) -> str:
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def duplicate(network: NetworkSpec, rows: Rows) -> tuple[NetworkSpec, Rows]:
    """Return the network with copies of the layers at `rows` after the last of them, and where they are."""
    return insert_all(network, [network.layers[row] for row in rows], max(rows) + 1)


def move_to(network: NetworkSpec, rows: Rows, at: int) -> tuple[NetworkSpec, Rows]:
    """Return the network with the layers at `rows` together before what is at `at` now, and where they are.

    Only an Input goes above the Input that a network begins with.
    """
    if 0 not in rows and not any(network.layers[row].kind == "Input" for row in rows):
        at = _after_input(network, at)
    moved = [network.layers[row] for row in rows]
    before = [layer for i, layer in enumerate(network.layers[:at]) if i not in rows]
    after = [layer for i, layer in enumerate(network.layers[at:], at) if i not in rows]
    layers = (*before, *moved, *after)
    return network.having(layers), tuple(range(len(before), len(before) + len(moved)))


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


def to_text(layers: Iterable[Layer]) -> str:
    """Return layers as the JSON that goes on the clipboard."""
    return json.dumps({"layers": [layer.model_dump(mode="json") for layer in layers]}, indent=1, ensure_ascii=False)


def from_text(text: str) -> tuple[Layer, ...]:
    """Return the layers that `text` holds.

    Raises
    ------
    UserError
        When it is not JSON, holds no layers, too many, or a wrong or unknown field.
    """
    mend = "Copy layers in the list, then paste them"
    if len(text) > MAX_TEXT:
        raise UserError("holds too much text to be layers", where=CLIPBOARD, mend=mend)
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise UserError("holds no layers", where=CLIPBOARD, mend=mend) from None
    if isinstance(value, dict) and "kind" in value:
        value = [value]
    if isinstance(value, dict):
        value = value.get("layers", value.get("network", {}))
        value = value.get("layers") if isinstance(value, dict) else value
    if not isinstance(value, list) or not value:
        raise UserError("holds no layers", where=CLIPBOARD, mend=mend)
    if len(value) > MAX_LAYERS:
        raise UserError(f"holds more than {MAX_LAYERS:,} layers", where=CLIPBOARD, mend="Copy fewer layers")
    try:
        return NetworkSpec.model_validate({"layers": value}).layers
    except ValidationError as exc:
        raise UserError(f"holds layers, but {words(exc)[0]}", where=CLIPBOARD, mend="Mend it, or copy again") from None
