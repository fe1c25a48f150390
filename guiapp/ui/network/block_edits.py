"""Opening, closing and making blocks: the edits of `branches` carried out, with a message where one cannot be."""

from __future__ import annotations

from guiapp.core import notify
from guiapp.core.layers.blocks import Block
from guiapp.core.notify import UserError
from guiapp.ui.network import branches
from guiapp.ui.network.state import NetworkState


def open_block(state: NetworkState, row: int | None = None) -> bool:
    """Open the block at `row`, or the chosen one, into its layers and choose them; returns whether it did."""
    row = row if row is not None else state.rows[0] if len(state.rows) == 1 else None
    if row is None:
        return False
    name = state.network.layers[row].name
    try:
        network, rows = branches.opened(state.network, row)
    except UserError as exc:
        notify.warning(exc.sentence)
        return False
    state.apply(network, f"open {name}", rows[:1])
    return True


def close_block(state: NetworkState, group: str = "") -> bool:
    """Close the opened block called `group`, or the chosen layer's, and choose it; returns whether it did."""
    group = group or chosen_group(state)
    if not group:
        return False
    try:
        network, at = branches.closed(state.network, group)
    except UserError as exc:
        notify.warning(exc.sentence)
        return False
    state.apply(network, f"close {group}", (at,))
    return True


def make_block(state: NetworkState, name: str = "") -> bool:
    """Make one block of the chosen layers, with a free name where none is given; returns whether it did."""
    if not state.rows:
        return False
    name = name or branches.free_group(state.network)
    try:
        network, at = branches.grouped(state.network, state.rows, name)
    except UserError as exc:
        notify.warning(exc.sentence)
        return False
    state.apply(network, f"make the block {name}", (at,))
    return True


def chosen_group(state: NetworkState) -> str:
    """Return the opened block that all chosen layers belong to, or ""."""
    groups = {state.network.layers[row].group for row in state.rows}
    return groups.pop() if len(groups) == 1 else ""


def can_open(state: NetworkState) -> bool:
    """Whether the one chosen layer is a block."""
    return isinstance(state.current, Block)
