"""What of the library is put into a network, as functions from network to network."""

from __future__ import annotations

from collections.abc import Sequence

from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.layers.blocks import ENTRY
from guiapp.core.library import LibraryItem
from guiapp.core.network import NetworkSpec
from guiapp.core.project import slug

Rows = tuple[int, ...]


def place_after(network: NetworkSpec, rows: Rows) -> int:
    """Return where layers go: below those at `rows`, at the end where none are chosen, never above the Input."""
    at = rows[-1] + 1 if rows else len(network.layers)
    return max(at, 1) if network.layers and network.layers[0].kind == "Input" else at


def with_item(network: NetworkSpec, item: LibraryItem, at: int, *, as_block: bool = False) -> tuple[NetworkSpec, Rows]:
    """Return the network with the layers of a block from `at` on, given free names, and where they are.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    item : LibraryItem
        A block.
    at : int
        Where it goes; what it takes is the layer above.
    as_block : bool
        Whether its layers, where there are several, stay together as one Group.
    """
    layers: Sequence[Layer] = item.network.layers
    if as_block and len(layers) > 1:
        name = slug(item.name).replace("-", "_")[:MAX_NAME]
        layers = (create("Group", name=name, layers=tuple(layers)),)
    above = network.layers[at - 1].name if at else ""
    fresh = _renamed(layers, {layer.name for layer in network.layers}, above)
    whole = (*network.layers[:at], *fresh, *network.layers[at:])
    return network.having(whole), tuple(range(at, at + len(fresh)))


def _renamed(layers: Sequence[Layer], taken: set[str], above: str) -> list[Layer]:
    """Return `layers` with names that are not taken, the first of them fed by the layer called `above`."""
    names = {ENTRY: above}
    out: list[Layer] = []
    for layer in layers:
        name = _free(layer, taken)
        taken.add(name)
        inputs = tuple(names[source] for source in layer.inputs if names.get(source))
        before = out[-1].name if out else above
        out.append(layer.with_fields(name=name, inputs=() if inputs == (before,) else inputs))
        names[layer.name] = name
    return out


def _free(layer: Layer, taken: set[str]) -> str:
    if layer.name and layer.name not in taken:
        return layer.name
    stem = layer.name.rstrip("0123456789") or type(layer).stem()
    number = 1
    while f"{stem[: MAX_NAME - 6]}{number}" in taken:
        number += 1
    return f"{stem[: MAX_NAME - 6]}{number}"
