"""Blocks opened into their layers, closed again, and a network without any block, as it is built."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from guiapp.core.analysis import LayerInfo, analyse
from guiapp.core.flattening import Named, flat, planned
from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.layers.blocks import ENTRY, MOST_NESTED, Block, Group
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError

__all__ = ["closed", "flat", "members", "opened"]


def members(network: NetworkSpec, group: str) -> tuple[int, ...]:
    """Return where the layers of an opened block are, with those of blocks inside it that were opened too."""
    within: dict[str, set[str]] = {}
    for block in network.blocks:
        within.setdefault(block.group, set()).add(block.name)
    groups = {group} - {""}
    waiting = list(groups)
    while waiting:
        found = within.get(waiting.pop(), set()) - groups - {""}
        groups |= found
        waiting.extend(found)
    return tuple(i for i, layer in enumerate(network.layers) if layer.group in groups)


def opened(network: NetworkSpec, at: int) -> NetworkSpec:
    """Return the network with the block at `at` opened into its layers, which remember it as their group.

    A Group opens even where something is wrong inside it, so that it can be mended.

    Raises
    ------
    UserError
        When it is no block, or its layers cannot be told, since it cannot take its input.
    """
    rows = analyse(network).rows
    block, source = rows[at].layer, _source(network, at)
    inside = _inside(rows[at])
    names = _names(network, rows, at, inside)
    called = {ENTRY: source}
    inner: list[Layer] = []
    for layer, name in zip(inside, names, strict=True):
        inputs = tuple(called.get(taken, taken) for taken in layer.inputs)
        if not inner and not inputs and layer.max_inputs > 0:
            inputs = block.inputs
        enabled = layer.enabled and block.enabled
        inner.append(layer.with_fields(name=name, inputs=inputs, enabled=enabled, group=block.name))
        called.setdefault(layer.name, name)
    below = [_renamed(layer, block.name, names[-1]) for layer in network.layers[at + 1 :]]
    kept = tuple(other for other in network.blocks if other.name != block.name)
    return NetworkSpec(layers=(*network.layers[:at], *inner, *below), blocks=(*kept, block))


def _source(network: NetworkSpec, at: int) -> str:
    """Return the layer that the one at `at` takes, or an empty text."""
    layer = network.layers[at]
    return layer.inputs[0] if layer.inputs else network.layers[at - 1].name if at else ""


def _inside(row: LayerInfo) -> tuple[Layer, ...]:
    block = row.layer
    if not isinstance(block, Block):
        raise UserError("is no block: it has no layers inside", where=block.name, mend="Choose a block")
    if isinstance(block, Group) and block.layers:
        return block.layers
    if row.shape is None or not row.inputs:
        raise UserError("cannot be opened while it has a problem", where=block.name, mend="Mend what is wrong with it")
    return block.inside(row.inputs)


def _names(network: NetworkSpec, rows: Sequence[LayerInfo], at: int, inside: Sequence[Layer]) -> list[str]:
    """Return what the layers inside the block at `at` are called in the flat network."""
    plan, names = planned(network, rows)
    found: tuple[Named, ...] = plan.get(at, ())
    if found:
        return [named.name for named in found]
    return [names.free(rows[at].layer.name, layer.name or layer.stem()) for layer in inside]


def _renamed(layer: Layer, old: str, new: str) -> Layer:
    if old not in layer.inputs:
        return layer
    return layer.with_fields(inputs=tuple(new if name == old else name for name in layer.inputs))


def closed(network: NetworkSpec, rows: Sequence[int], name: str) -> NetworkSpec:
    """Return the network with the layers at `rows` as one block called `name`.

    It is the block that was opened where its layers are as they were, and a Group that holds them otherwise. Blocks
    inside it that were opened are closed first.

    Raises
    ------
    UserError
        When they do not follow each other, more than one layer feeds them, something else than the last of them is
        used below, or the name cannot be.
    """
    rows = sorted(set(rows))
    if _nested(network, rows) > MOST_NESTED:
        text = f"holds layers that are in blocks in blocks, more than {MOST_NESTED} deep"
        raise UserError(text, where=name, mend="Choose layers that are less deep inside")
    return _closed(network, rows, name, frozenset())


def _nested(network: NetworkSpec, rows: Sequence[int]) -> int:
    """Return how many opened blocks hold each other around the layers at `rows`, at most."""
    outer = {block.name: block.group for block in network.blocks}
    most = 0
    for inner in {network.layers[at].group for at in rows}:
        group, around = inner, list[str]()
        while group and group not in around and len(around) <= MOST_NESTED:
            around.append(group)
            group = outer.get(group, "")
        most = max(most, len(around))
    return most


def _closed(network: NetworkSpec, rows: list[int], name: str, doing: frozenset[str]) -> NetworkSpec:
    network, rows = _with_inner_closed(network, rows, name, doing | {name})
    _check_span(network, rows, name)
    _check_name(network, rows, name)
    first, last = rows[0], rows[-1]
    chosen = network.layers[first : last + 1]
    entry = _entry(network, first, last)
    group = chosen[0].group if len({layer.group for layer in chosen}) == 1 else ""
    whole = set(members(network, group)) <= set(rows)
    lead = (group if whole else "") or name
    stored = next((block for block in network.blocks if block.name == lead), None)
    block = _former(network, stored, first, last, entry) if isinstance(stored, Block) else None
    if block is None:
        outer = stored.group if stored is not None else "" if whole or group == name else group
        inputs = () if first and network.layers[first - 1].name == entry else (entry,)
        block = _group(name, inputs, outer, _inner(chosen, entry, lead))
    named = block if block.name == name else block.with_fields(name=name)
    return _folded(network, named, first, last, (lead, name))


def _folded(network: NetworkSpec, block: Layer, first: int, last: int, gone: Sequence[str]) -> NetworkSpec:
    """Return the network with `block` in place of the layers from `first` to `last`."""
    end = network.layers[last].name
    below = [_renamed(layer, end, block.name) for layer in network.layers[last + 1 :]]
    kept = tuple(other for other in network.blocks if other.name not in gone)
    return NetworkSpec(layers=(*network.layers[:first], block, *below), blocks=kept)


def _with_inner_closed(
    network: NetworkSpec, rows: list[int], name: str, doing: frozenset[str]
) -> tuple[NetworkSpec, list[int]]:
    """Return the network with opened blocks among the layers at `rows` closed, and where the layers then are."""
    concerned = _around(network, rows)
    for block in network.blocks:
        if block.name not in concerned:
            continue
        own = members(network, block.name)
        inside = bool(own) and set(own) <= set(rows) and (len(own) < len(rows) or block.group == name)
        if not inside or block.name in doing or rows[-1] - rows[0] != len(rows) - 1:
            continue
        try:
            network = _closed(network, list(own), block.name, doing)
        except UserError:  # its layers are apart, or used from elsewhere: they stay as they are
            continue
        rows = list(range(rows[0], rows[-1] - len(own) + 2))
    return network, rows


def _around(network: NetworkSpec, rows: Sequence[int]) -> set[str]:
    """Return the names of the opened blocks that hold any of the layers at `rows`."""
    outer = {block.name: block.group for block in network.blocks}
    found: set[str] = set()
    for at in rows:
        name = network.layers[at].group
        while name and name not in found:
            found.add(name)
            name = outer.get(name, "")
    return found


def _check_span(network: NetworkSpec, rows: list[int], name: str) -> None:
    if not rows:
        raise UserError("there are no layers to put together", where=name, mend="Choose some first")
    strange = [at for at in range(rows[0], rows[-1]) if at not in rows]
    if strange:
        raise UserError(
            f"the layers do not follow each other: {network.layers[strange[0]].name} lies between them",
            where=name,
            mend="Move them together first",
        )
    if any(network.layers[at].max_inputs == 0 for at in rows):
        raise UserError("the Input cannot be part of a block", where=name, mend="Choose the layers below it")


def _check_name(network: NetworkSpec, rows: list[int], name: str) -> None:
    if not name.strip() or "/" in name or len(name) > MAX_NAME or not name.isprintable():
        text = f"is no name for a block, which has 1 to {MAX_NAME} characters that can be seen, and no “/”"
        raise UserError(text, where=f"“{name[:MAX_NAME]}”", mend="Choose another name")
    if any(layer.name == name for at, layer in enumerate(network.layers) if not rows[0] <= at <= rows[-1]):
        raise UserError("is the name of another layer", where=name, mend="Choose another name for the block")
    chosen = [network.layers[at].name for at in rows]
    twice = next((other for at, other in enumerate(chosen) if other in chosen[:at]), None)
    if twice is not None:
        raise UserError("is the name of two layers", where=twice, mend="Rename one of them first")


def _taken(network: NetworkSpec, at: int) -> tuple[str, ...]:
    layer = network.layers[at]
    return layer.inputs or ((network.layers[at - 1].name,) if at else ())


def _entry(network: NetworkSpec, first: int, last: int) -> str:
    """Return the one layer that feeds those from `first` to `last`."""
    inside = {layer.name for layer in network.layers[first : last + 1]}
    outside = {name for at in range(first, last + 1) for name in _taken(network, at)} - inside
    if len(outside) != 1:
        named = " and ".join(sorted(outside)) or "nothing"
        raise UserError(f"These layers take {named}", mend="A block takes exactly one layer; choose others")
    end = network.layers[last].name
    below = range(last + 1, len(network.layers))
    used = {name for at in below for name in _taken(network, at)} & (inside - {end})
    if used:
        raise UserError(
            "is used below", where=sorted(used)[0], mend="Only the last layer of a block can be; choose others"
        )
    return outside.pop()


def _inner(chosen: Sequence[Layer], entry: str, lead: str) -> tuple[Layer, ...]:
    """Return the layers as they are called inside a block, whose name need not lead theirs there."""
    called: dict[str, str] = {}
    taken = {ENTRY}
    for layer in chosen:
        short = layer.name.removeprefix(f"{lead}_")
        name = short if short and short not in taken else layer.name
        n = 2
        while name in taken:
            name, n = f"{layer.name[: MAX_NAME - 8]}_{n}", n + 1
        taken.add(name)
        called[layer.name] = name
    called[entry] = ENTRY
    out: list[Layer] = []
    for layer in chosen:
        inputs = tuple(called[taken] for taken in layer.inputs)
        before = out[-1].name if out else ENTRY
        fields = {"name": called[layer.name], "inputs": () if inputs == (before,) else inputs, "group": ""}
        out.append(layer.with_fields(**fields))
    return tuple(out)


def _group(name: str, inputs: tuple[str, ...], group: str, inner: tuple[Layer, ...]) -> Layer:
    try:
        return create("Group", name=name, inputs=inputs, group=group, layers=inner)
    except ValidationError:
        raise UserError(
            f"would hold groups in groups more than {MOST_NESTED} deep", where=name, mend="Open some of them first"
        ) from None


def _former(network: NetworkSpec, stored: Block, first: int, last: int, entry: str) -> Layer | None:
    """Return the block that was opened, where the layers from `first` to `last` are still those inside it."""
    above = bool(first) and network.layers[first - 1].name == entry
    inputs = () if above and not stored.inputs else (entry,)
    now = _plain(network, first, last)
    for enabled in (stored.enabled, not stored.enabled):
        same = inputs == stored.inputs and enabled == stored.enabled
        block = stored if same else stored.with_fields(inputs=inputs, enabled=enabled)
        try:
            again = opened(_folded(network, block, first, last, (stored.name,)), first)
        except UserError:
            return None
        if len(again.layers) == len(network.layers) and _plain(again, first, last) == now:
            return block
    return None


def _plain(network: NetworkSpec, first: int, last: int) -> list[Layer]:
    """Return the layers from `first` to `last` without inputs that say nothing: the name of the layer above."""
    out: list[Layer] = []
    for at in range(first, last + 1):
        layer = network.layers[at]
        implied = at > 0 and layer.inputs == (network.layers[at - 1].name,)
        out.append(layer.with_fields(inputs=()) if implied else layer)
    return out
