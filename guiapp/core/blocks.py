"""Blocks opened into their layers, closed again, and a network without any block, as it is built."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, Shape, ShapeError, create
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.layers.blocks import ENTRY, Block
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError


class _Names:
    """Names for layers that come out of a block: led by the block's, none of them twice."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def free(self, block: str, inner: str) -> str:
        """Return the name that the layer `inner` of `block` gets."""
        wanted = f"{block}_{inner}"[:MAX_NAME]
        name, n = wanted, 2
        while name in self._taken:
            tail = f"_{n}"
            name, n = wanted[: MAX_NAME - len(tail)] + tail, n + 1
        self._taken.add(name)
        return name


def _unfolded(block: Block, inputs: Sequence[Shape], source: str, names: _Names, *, deep: bool) -> list[Layer]:
    """Return the layers inside `block` with names of the whole network; its own blocks too where `deep`.

    Where the first one takes what the block does, it names nothing if the block does not either.
    """
    out: list[Layer] = []
    last: list[str] = []
    for at, step in enumerate(block.steps(inputs)):
        name = names.free(block.name, step.layer.name)
        taken = tuple(source if i < 0 else last[i] for i in step.sources)
        implied = step.sources == (at - 1,) and (bool(out) or not block.inputs)
        layer = step.layer.with_fields(name=name, inputs=() if implied else taken)
        if deep and isinstance(layer, Block) and layer.enabled:
            inner = _unfolded(layer, step.inputs, taken[0], names, deep=True)
            out.extend(inner)
            last.append(inner[-1].name if inner else taken[0])
        else:
            out.append(layer)
            last.append(name)
    return out


@functools.lru_cache(maxsize=8)
def flat(network: NetworkSpec) -> NetworkSpec:
    """Return the network with the layers of every block in the block's place: what is built and trained.

    The network itself where it holds no block. A block that cannot take its input stays as it is.
    """
    if not any(isinstance(layer, Block) for layer in network.layers):
        return network
    rows = analyse(network).rows
    names = _Names(layer.name for layer in network.layers)
    ends: dict[str, str] = {}
    out: list[Layer] = []
    for at, row in enumerate(rows):
        layer = row.layer
        sources = [rows[source].layer.name for source in row.sources]
        taken = tuple(ends.get(name, name) for name in layer.inputs or sources)
        if isinstance(layer, Block) and row.sources and (row.shape is not None or not layer.enabled):
            source = ends.get(sources[0], sources[0])
            named = layer if out and source == out[-1].name else layer.with_fields(inputs=(source,))
            assert isinstance(named, Block)
            inner = _unfolded(named, row.inputs, source, names, deep=True) if layer.enabled else []
            out.extend(inner)
            ends[layer.name] = inner[-1].name if inner else source
            continue
        above = network.layers[at - 1].name if at else ""
        implied = not layer.inputs and (not at or (bool(out) and ends.get(above, above) == out[-1].name))
        out.append(layer if implied or taken == layer.inputs else layer.with_fields(inputs=taken))
    return NetworkSpec(layers=tuple(out))


def opened(network: NetworkSpec, at: int) -> NetworkSpec:
    """Return the network with the block at `at` opened into its layers, which remember it as their group.

    Raises
    ------
    UserError
        When it is no block, or its layers cannot be told, since it cannot take its input.
    """
    row = analyse(network).rows[at]
    block = row.layer
    if not isinstance(block, Block):
        raise UserError("is no block: it has no layers inside", where=block.name, mend="Choose a block")
    if row.shape is None or not row.inputs:
        raise UserError("cannot be opened while it has a problem", where=block.name, mend="Mend what is wrong with it")
    names = _Names(layer.name for layer in network.layers)
    source = network.layers[row.sources[0]].name
    inner = [layer.with_fields(group=block.name) for layer in _unfolded(block, row.inputs, source, names, deep=False)]
    if not block.enabled:
        inner = [layer.with_fields(enabled=False) for layer in inner]
    layers = [*network.layers[:at], *inner, *network.layers[at + 1 :]]
    end = inner[-1].name if inner else source
    layers = [_renamed(layer, {block.name: end}) for layer in layers]
    kept = tuple(other for other in network.blocks if other.name != block.name)
    return NetworkSpec(layers=tuple(layers), blocks=(*kept, block))


def _renamed(layer: Layer, names: dict[str, str]) -> Layer:
    if not any(name in names for name in layer.inputs):
        return layer
    return layer.with_fields(inputs=tuple(names.get(name, name) for name in layer.inputs))


def members(network: NetworkSpec, group: str) -> tuple[int, ...]:
    """Return where the layers of an opened group are."""
    return tuple(i for i, layer in enumerate(network.layers) if group and layer.group == group)


def closed(network: NetworkSpec, rows: Sequence[int], name: str) -> NetworkSpec:
    """Return the network with the layers at `rows` as one block called `name`.

    It is the block that was opened where its layers are as they were, and a Group that holds them otherwise.

    Raises
    ------
    UserError
        When they do not follow each other, more than one layer feeds them, or something else than the last of them
        is used below.
    """
    rows = sorted(rows)
    if not rows or rows[-1] - rows[0] != len(rows) - 1:
        raise UserError("do not follow each other", where="These layers", mend="Move them together first")
    first, last = rows[0], rows[-1]
    chosen = network.layers[first : last + 1]
    if any(layer.max_inputs == 0 for layer in chosen):
        raise UserError("cannot be part of a block", where="The Input", mend="Choose the layers below it")
    entry = _entry(network, first, last)
    inner = _inner(network, chosen, entry, name)
    block = _former(network, name, first, inner) or create("Group", name=name, layers=inner)
    begun = () if first and network.layers[first - 1].name == entry else (entry,)
    block = block.with_fields(name=name, inputs=begun, enabled=True)
    layers = [*network.layers[:first], block, *network.layers[last + 1 :]]
    layers = [_renamed(layer, {chosen[-1].name: name}) for layer in layers]
    kept = tuple(other for other in network.blocks if other.name != name)
    return NetworkSpec(layers=tuple(layers), blocks=kept)


def _taken(network: NetworkSpec, at: int) -> tuple[str, ...]:
    layer = network.layers[at]
    return layer.inputs or ((network.layers[at - 1].name,) if at else ())


def _entry(network: NetworkSpec, first: int, last: int) -> str:
    """Return the one layer that feeds those from `first` to `last`."""
    inside = {layer.name for layer in network.layers[first : last + 1]}
    outside = {name for at in range(first, last + 1) for name in _taken(network, at)} - inside
    if len(outside) != 1:
        named = " and ".join(sorted(outside)) or "nothing"
        raise UserError(f"take {named}", where="These layers", mend="A block takes exactly one layer; choose others")
    end = network.layers[last].name
    below = range(last + 1, len(network.layers))
    used = {name for at in below for name in _taken(network, at)} & (inside - {end})
    if used:
        raise UserError(
            "is used below", where=sorted(used)[0], mend="Only the last layer of a block can be; choose others"
        )
    return outside.pop()


def _inner(network: NetworkSpec, chosen: Sequence[Layer], entry: str, name: str) -> tuple[Layer, ...]:
    short = {layer.name: layer.name.removeprefix(f"{name}_") or layer.name for layer in chosen}
    if len(set(short.values())) < len(short) or ENTRY in short.values():
        short = {layer.name: layer.name for layer in chosen}
    names = {**short, entry: ENTRY}
    out: list[Layer] = []
    for layer in chosen:
        inputs = tuple(names[taken] for taken in layer.inputs)
        before = out[-1].name if out else ENTRY
        inputs = () if inputs == (before,) else inputs
        group = layer.group if layer.group != name else ""
        out.append(layer.with_fields(name=short[layer.name], inputs=inputs, group=group))
    return tuple(out)


def _former(network: NetworkSpec, name: str, first: int, inner: tuple[Layer, ...]) -> Layer | None:
    """Return the block called `name` that was opened, where it still stands for these layers."""
    rows = analyse(network).rows
    for block in network.blocks:
        if block.name == name and isinstance(block, Block) and rows[first].inputs:
            try:
                same = _plain(block.inside(rows[first].inputs[:1]))
            except ShapeError:
                continue
            if same == _plain(inner):
                return block
    return None


def _plain(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return layers without inputs that say nothing: the name of the layer above."""
    out: list[Layer] = []
    for layer in layers:
        before = out[-1].name if out else ENTRY
        out.append(layer.with_fields(inputs=()) if layer.inputs == (before,) else layer)
    return tuple(out)
