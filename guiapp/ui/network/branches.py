"""Which layers feed which, and blocks that are opened and closed, as functions from network to network."""

from __future__ import annotations

from collections.abc import Sequence

from guiapp.core import blocks
from guiapp.core.analysis import Analysis, LayerInfo
from guiapp.core.layers import Layer, Shape, kinds
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError


def merges(kind: str) -> bool:
    """Whether layers of `kind` bring several layers together."""
    cls = kinds().get(kind)
    return cls is not None and cls.min_inputs > 1


def taken(network: NetworkSpec, at: int) -> tuple[str, ...]:
    """Return the names of the layers that feed the one at `at`: those it names, or the one above."""
    layer = network.layers[at]
    if layer.inputs or layer.max_inputs == 0:
        return layer.inputs
    return (network.layers[at - 1].name,) if at else ()


def first_inputs(analysis: Analysis, kind: str, at: int, chosen: Sequence[int] = ()) -> tuple[str, ...]:
    """Return what a new layer of `kind` at position `at` takes; () where that is the layer above.

    A kind that brings layers together takes the `chosen` ones where they are several, and otherwise the layer above
    and the nearest that fits: the end of another branch, else the layer that the last convolutions began with.
    """
    rows = analysis.rows[:at]
    if not merges(kind):
        return ()
    above = [row for row in chosen if row < at]
    if len(above) > 1:
        return tuple(rows[row].layer.name for row in above)[: kinds()[kind].max_inputs]
    other = _partner(analysis, kind, at) if len(rows) > 1 else None
    return () if other is None else (rows[-1].layer.name, rows[other].layer.name)


def another_input(analysis: Analysis, at: int) -> str:
    """Return the name of the layer that the one at `at` could take besides what it takes; "" where there is none."""
    layer = analysis.rows[at].layer
    named = set(layer.inputs)
    above = [i for i in range(at) if analysis.rows[i].layer.name not in named]
    shapes = [row.shape for row in analysis.rows[:at] if row.layer.name in named]
    wanted = shapes[0] if shapes else None
    fitting = [i for i in above if wanted is None or _fits(layer.kind, wanted, analysis.rows[i].shape)]
    best = max(fitting or above, default=None)
    return "" if best is None else analysis.rows[best].layer.name


def _partner(analysis: Analysis, kind: str, at: int) -> int | None:
    rows = analysis.rows[:at]
    wanted = rows[-1].shape
    fitting = [i for i in range(at - 1) if wanted is not None and _fits(kind, wanted, rows[i].shape)]
    used = {source for row in analysis.rows for source in row.sources}
    ends = [i for i in fitting if i not in used]
    past = [i for i in fitting if any(row.macs for row in rows[i + 1 : at])]
    if ends or past or fitting:
        return max(ends or past or fitting)
    same_kind = [i for i in range(at - 1) if wanted is None or len(rows[i].shape or ()) == len(wanted)]
    return max(same_kind or range(at - 1))


def _fits(kind: str, wanted: Shape, shape: Shape | None) -> bool:
    if shape is None or len(shape) != len(wanted):
        return False
    return shape[:-1] == wanted[:-1] if kind == "Concatenate" else shape == wanted


def inside(row: LayerInfo) -> list[tuple[Layer, Shape]]:
    """Return the layers inside a block with the shapes that they give; nothing where that cannot be told."""
    if not isinstance(row.layer, Block) or not row.inputs or row.shape is None or not row.layer.enabled:
        return []
    return [(step.layer, step.shape) for step in row.layer.steps(row.inputs)]


def opened(network: NetworkSpec, at: int) -> tuple[NetworkSpec, tuple[int, ...]]:
    """Return the network with the block at `at` opened, and where its layers are.

    Raises
    ------
    UserError
        When it is no block, or has a problem.
    """
    grown = blocks.opened(network, at)
    more = len(grown.layers) - len(network.layers) + 1
    return grown, tuple(range(at, at + more))


def closed(network: NetworkSpec, group: str) -> tuple[NetworkSpec, int]:
    """Return the network with the opened block called `group` closed, and where it is.

    Raises
    ------
    UserError
        When its layers cannot be one block any more.
    """
    rows = blocks.members(network, group)
    return blocks.closed(network, rows, group), rows[0]


def grouped(network: NetworkSpec, rows: Sequence[int], name: str) -> tuple[NetworkSpec, int]:
    """Return the network with the layers at `rows` as one block called `name`, and where it is.

    Raises
    ------
    UserError
        When the name is not right, or they cannot be one block.
    """
    check_name(network, name, {network.layers[row].name for row in rows})
    return blocks.closed(network, rows, name.strip()), min(rows)


def check_name(network: NetworkSpec, name: str, free: set[str] | None = None) -> None:
    """Raise `UserError` where `name` cannot be a block's; names in `free` may be taken."""
    name = name.strip()
    if not name:
        raise UserError("The block has no name", mend="Give it one")
    if len(name) > MAX_NAME or "/" in name or not name.isprintable():
        raise UserError(f"The name must be one line of at most {MAX_NAME} characters without “/”", mend="Change it")
    used = {layer.name for layer in network.layers} | {layer.group for layer in network.layers if layer.group}
    if name in used - (free or set()):
        raise UserError(f"The name “{name}” is taken", mend="Choose another name")


def group_renamed(network: NetworkSpec, group: str, name: str) -> NetworkSpec:
    """Return the network with another name for an opened block.

    Raises
    ------
    UserError
        When the name is not right.
    """
    check_name(network, name, {group})
    name = name.strip()
    for at in blocks.members(network, group):
        layer = network.layers[at]
        led = f"{name}_{layer.name.removeprefix(f'{group}_')}"[:MAX_NAME]
        # Its layers are led by the block's name, by which it is known again when it is closed.
        new = led if layer.name.startswith(f"{group}_") and all(o.name != led for o in network.layers) else layer.name
        network = network.replace(at, layer.with_fields(name=new, group=name))
    kept = tuple(block.with_fields(name=name) if block.name == group else block for block in network.blocks)
    return NetworkSpec(layers=network.layers, blocks=kept)


def free_group(network: NetworkSpec) -> str:
    """Return a name for a new block: ``block1``, ``block2`` …."""
    used = {layer.name for layer in network.layers} | {layer.group for layer in network.layers}
    number = 1
    while f"block{number}" in used:
        number += 1
    return f"block{number}"
