"""Whatever a person does to the list of layers, undo takes all of it back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core import mending
from guiapp.core.analysis import analyse
from guiapp.core.layers import kinds
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, from_json, to_json
from guiapp.core.repairs import repaired
from guiapp.core.session import Session
from guiapp.ui.network import branches, editing
from tests.random_networks import SLOW, networks, wild_networks

EDITS = ["add", "remove", "duplicate", "move", "up", "down", "toggle", "rename", "take", "paste"]
ACTIONS = [*EDITS, "open", "group", "mend"]
Action = tuple[str, int, int, int]
actions = st.tuples(st.sampled_from(ACTIONS), st.integers(0, 99), st.integers(0, 99), st.integers(1, 3))


def done(value: NetworkSpec, action: Action) -> NetworkSpec:
    """Return what the form makes of an action; the same where it refuses it in words."""
    try:
        return _done(value, action)
    except UserError as refused:
        assert refused.what
        return value


def _done(value: NetworkSpec, action: Action) -> NetworkSpec:
    what, one, two, count = action
    names = sorted(set(kinds()) - {"Pretrained"})
    if what == "add" or not value.layers:
        return editing.add(value, names[one % len(names)], two % (len(value.layers) + 1))[0]
    at, other = one % len(value.layers), two % len(value.layers)
    rows = tuple(range(at, min(at + count, len(value.layers))))
    simple: dict[str, Any] = {
        "remove": lambda: editing.remove(value, rows),
        "duplicate": lambda: editing.duplicate(value, rows)[0],
        "move": lambda: editing.move_to(value, rows, other)[0],
        "up": lambda: editing.move_by(value, rows, -1)[0],
        "down": lambda: editing.move_by(value, rows, 1)[0],
        "toggle": lambda: editing.toggle(value, rows),
        "rename": lambda: editing.rename(value, at, f"layer {two}"),
        "take": lambda: _taking(value, at, other, count),
        "paste": lambda: _pasted(value, rows, other),
        "group": lambda: branches.grouped(value, rows, branches.free_group(value))[0],
        "open": lambda: _opened(value),
        "mend": lambda: _mended(value, two),
    }  # fmt: skip
    result: NetworkSpec = simple[what]()
    return result


def _pasted(value: NetworkSpec, rows: tuple[int, ...], at: int) -> NetworkSpec:
    text = editing.to_text(editing.copied(value, rows))
    return editing.insert_all(value, editing.from_text(text), at)[0]


def _taking(value: NetworkSpec, at: int, other: int, count: int) -> NetworkSpec:
    names = tuple(layer.name for layer in value.layers[other : other + count])
    return value.replace(at, value.layers[at].with_fields(inputs=names))


def _opened(value: NetworkSpec) -> NetworkSpec:
    for at, layer in enumerate(value.layers):
        if isinstance(layer, Block):
            return branches.opened(value, at)[0]
    groups = [layer.group for layer in value.layers if layer.group]
    return branches.closed(value, groups[0])[0] if groups else value


def _mended(value: NetworkSpec, which: int) -> NetworkSpec:
    found = [(p, r) for p in analyse(value, 3).problems for r in p.repairs]
    return repaired(value, *found[which % len(found)]) if found else mending.mended(value, 3).network


def check_undo(start: NetworkSpec, acts: list[Action]) -> None:
    begun = Project(network=start)
    session = Session(begun)
    for action in acts:
        network = done(session.project.network, action)
        session.change(begun.model_copy(update={"network": network}), action[0])
        assert len(analyse(network, 3).rows) == len(network.layers)
    end = session.project
    text = to_json(end)
    assert to_json(from_json(text, "it")) == text
    while session.undo_text:
        session.undo()
    assert session.project == begun
    while session.redo_text:
        session.redo()
    assert session.project == end


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(networks(6), st.lists(actions, max_size=15))
def test_undo_of_everything(start: NetworkSpec, acts: list[Action]) -> None:
    check_undo(start, acts)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=3000, deadline=None, suppress_health_check=SLOW)
@given(st.one_of(networks(), wild_networks()), st.lists(actions, max_size=40))
def test_undo_of_very_much(start: NetworkSpec, acts: list[Action]) -> None:
    check_undo(start, acts)
