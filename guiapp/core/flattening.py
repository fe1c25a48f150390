"""A network without any block, as it is built and trained, and the names that layers of blocks have there."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from guiapp.core.analysis import LayerInfo, analyse
from guiapp.core.layers import Layer, Shape, ShapeError
from guiapp.core.layers.base import MAX_NAME, Same
from guiapp.core.layers.blocks import Block
from guiapp.core.network import MAX_LAYERS, NetworkSpec


class Named(NamedTuple):
    """The name that a layer inside a block has in the flat network, and those of the layers inside that one."""

    name: str
    inside: tuple[Named, ...] = ()


class Names:
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


def planned(network: NetworkSpec, rows: Sequence[LayerInfo]) -> tuple[dict[int, tuple[Named, ...]], Names]:
    """Return the names of the layers inside each block, by the block's position, and the names that are still free.

    Names of opened blocks and groups count as taken, so that a layer keeps its name, and with it its weights, when
    another block is opened or closed.
    """
    taken = {name for layer in (*network.layers, *network.blocks) for name in (layer.name, layer.group)}
    names = Names(taken)
    blocks = ((at, row) for at, row in enumerate(rows) if row.inputs and isinstance(row.layer, Block))
    plan: dict[int, tuple[Named, ...]] = {}
    disabled = 0
    for at, row in blocks:
        if disabled > MAX_LAYERS and not row.layer.enabled:
            continue
        inside = _named(row.layer, row.inputs, row.layer.name, names)
        disabled += 0 if row.layer.enabled else len(inside)
        if inside:
            plan[at] = inside
    return plan, names


def _named(block: Layer, inputs: Sequence[Shape], lead: str, names: Names) -> tuple[Named, ...]:
    """Return the names inside a block, also of a disabled one; none where it cannot take its input."""
    assert isinstance(block, Block)
    try:
        steps = block.steps(inputs)
    except ShapeError:
        return ()
    out: list[Named] = []
    for step in steps:
        name, layer = names.free(lead, step.layer.name), step.layer
        out.append(Named(name, _named(layer, step.inputs, name, names) if isinstance(layer, Block) else ()))
    return tuple(out)


# While a person types, all blocks but one stay as they are; the layers that come out then are the same ones too, so
# that their arithmetic need not be done again.
@functools.lru_cache(maxsize=2 * MAX_LAYERS)
def _unfolded(
    key: Same, inputs: tuple[Shape, ...], source: str, above: str, names: tuple[Named, ...]
) -> tuple[tuple[Layer, ...], str]:
    """Return the layers inside a block that takes `source` and stands below `above`, and who gives what it gives."""
    assert isinstance(key.layer, Block)
    out: list[Layer] = []
    ends: list[str] = []
    for step, (name, inside) in zip(key.layer.steps(inputs), names, strict=True):
        taken = tuple(source if i < 0 else ends[i] for i in step.sources)
        before = out[-1].name if out else above
        layer = step.layer
        if isinstance(layer, Block):
            inner: tuple[Layer, ...] = ()
            end = taken[0]
            if layer.enabled:
                inner, end = _unfolded(Same(layer), step.inputs, taken[0], before, inside)
            out.extend(inner)
            ends.append(end)
        else:
            out.append(layer.with_fields(name=name, inputs=() if taken == (before,) else taken, group=""))
            ends.append(name)
    return tuple(out), ends[-1]


@functools.lru_cache(maxsize=2 * MAX_LAYERS)
def _taking(key: Same, inputs: tuple[str, ...]) -> Layer:
    return key.layer.with_fields(inputs=inputs)


class _Whole:
    """A network as a key that is compared by identity."""

    __slots__ = ("network",)

    def __init__(self, network: NetworkSpec) -> None:
        self.network = network

    def __hash__(self) -> int:
        return id(self.network)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whole) and other.network is self.network


def flat(network: NetworkSpec) -> NetworkSpec:
    """Return the network with the layers of every block in the block's place: what is built and trained.

    The network itself where it holds no block. A block that cannot take its input stays as it is; a disabled one is
    left out.
    """
    if not any(isinstance(layer, Block) for layer in network.layers):
        return network
    return _flat(_Whole(network))


@functools.lru_cache(maxsize=8)
def _flat(key: _Whole) -> NetworkSpec:
    network = key.network
    rows = analyse(network).rows
    plan, _ = planned(network, rows)
    ends: dict[str, str] = {}
    out: list[Layer] = []
    above = ""
    for at, row in enumerate(rows):
        layer = row.layer
        taken = tuple(ends.get(name, name) for name in layer.inputs)
        source = taken[0] if taken else above
        before = out[-1].name if out else ""
        if at in plan and layer.enabled:
            inner, above = _unfolded(Same(layer), row.inputs, source, before, plan[at])
            out.extend(inner)
        elif isinstance(layer, Block) and not layer.enabled and row.sources:
            above = source
        else:
            if not taken and above != before and layer.max_inputs > 0:
                taken = (above,)
            out.append(layer if taken == layer.inputs else _taking(Same(layer), taken))
            above = layer.name
        ends.setdefault(layer.name, above)
    return NetworkSpec(layers=tuple(out))


def blocks_of(network: NetworkSpec) -> dict[str, str]:
    """Return the block that each layer of the flat network is in, by the layer's name; those in none are left out."""
    found = {layer.name: layer.group for layer in network.layers if layer.group}
    plan, _ = planned(network, analyse(network).rows)
    for at, inside in plan.items():
        found |= dict.fromkeys(_leaves(inside), network.layers[at].name)
    return found


def _leaves(inside: Iterable[Named]) -> list[str]:
    return [name for named in inside for name in (_leaves(named.inside) or [named.name])]


def name_inside(name: str, block: str) -> str:
    """Return a layer's name without that of the block that it is in."""
    return name.removeprefix(f"{block}_") or name if block else name
