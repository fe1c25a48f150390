"""Layers that are moved in a network with branches: what they and the others take."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec


def layer(kind: str, name: str, *inputs: str, **fields: Any) -> Layer:
    return create(kind, name=name, inputs=inputs, **fields)


def conv(name: str, *inputs: str) -> Layer:
    return layer("Conv2D", name, *inputs, filters=3)


def network(*layers: Layer) -> NetworkSpec:
    return NetworkSpec(layers=(layer("Input", "image", height=8, width=8), *layers))


def moved(value: NetworkSpec, name: str, at: int) -> dict[str, tuple[str, ...]]:
    """Return what every layer takes once one was moved, in the new order; the names alone count."""
    value = value.move(value.index(name), at)
    rows = analyse(value).rows
    assert value.layers[at].name == name
    return {row.layer.name: tuple(value.layers[i].name for i in row.sources) for row in rows[1:]}


SKIP = network(conv("a"), conv("b"), conv("c"), layer("Add", "sum", "a", "c"))
TWO = network(conv("a"), conv("b", "image"), conv("c"), layer("Add", "sum", "a", "c"))
SIDE = network(conv("a"), conv("s", "image"), conv("b", "a"), conv("c"), layer("Add", "sum", "s", "c"))


@pytest.mark.parametrize(
    ("value", "name", "at", "wanted"),
    [
        # The two layers of a branch change places, and the merge takes the one that is last now.
        (SKIP, "c", 2, {"a": ("image",), "c": ("a",), "b": ("c",), "sum": ("a", "b")}),
        (SKIP, "b", 3, {"a": ("image",), "c": ("a",), "b": ("c",), "sum": ("a", "b")}),
        # A shortcut goes on beginning at the layer that it names.
        (SKIP, "a", 2, {"b": ("image",), "a": ("b",), "c": ("a",), "sum": ("a", "c")}),
        # The first layer of a branch, which names what it takes, and the second.
        (TWO, "b", 3, {"a": ("image",), "c": ("image",), "b": ("c",), "sum": ("a", "b")}),
        # Into the end of the other branch.
        (TWO, "c", 2, {"a": ("image",), "c": ("a",), "b": ("image",), "sum": ("c", "b")}),
        # A layer that names what it takes passes layers of another branch: nothing but the order changes.
        (SIDE, "s", 1, {"s": ("image",), "a": ("image",), "b": ("a",), "c": ("b",), "sum": ("s", "c")}),
        (SIDE, "s", 3, {"a": ("image",), "b": ("a",), "s": ("image",), "c": ("b",), "sum": ("s", "c")}),
    ],
    ids=["up in a branch", "down in a branch", "a shortcut", "first down", "to another", "past above", "past below"],
)
def test_moving_in_a_branch(value: NetworkSpec, name: str, at: int, wanted: dict[str, tuple[str, ...]]) -> None:
    assert moved(value, name, at) == wanted
    assert list(moved(value, name, at)) == list(wanted)


def test_a_merge_that_moves_below_a_layer_takes_it() -> None:
    value = network(conv("a"), conv("b", "image"), layer("Add", "sum", "a", "b"), conv("c"))
    assert moved(value, "sum", 4) == {"a": ("image",), "b": ("image",), "c": ("b",), "sum": ("a", "c")}


def test_a_layer_taken_twice_stays_so() -> None:
    value = network(conv("a"), layer("Add", "twice", "a", "a"), conv("b"), conv("c"))
    assert value.move(4, 3)["twice"].inputs == ("a", "a")


def test_names_taken_twice_are_left_alone() -> None:
    value = network(conv("a"), conv("a"), conv("b", "a"))
    assert [item.inputs for item in value.move(1, 2).layers] == [(), (), (), ("a",)]


@st.composite
def branched(draw: st.DrawFn) -> NetworkSpec:
    layers: list[Layer] = []
    for i in range(draw(st.integers(2, 8))):
        names = ["image", *(item.name for item in layers)]
        if draw(st.booleans()) and len(names) > 1:
            layers.append(layer("Add", f"l{i}", *draw(st.lists(st.sampled_from(names), min_size=2, max_size=3))))
        else:
            layers.append(conv(f"l{i}", *draw(st.sampled_from([(), (), (draw(st.sampled_from(names)),)]))))
    return network(*layers)


@given(branched(), st.data())
def test_no_move_leaves_an_input_that_is_not_above(value: NetworkSpec, data: st.DataObject) -> None:
    places = st.integers(1, len(value.layers) - 1)
    source, target = data.draw(places), data.draw(places)
    after = value.move(source, target)
    assert sorted(item.name for item in after.layers) == sorted(item.name for item in value.layers)
    assert value.move(source, source) == value
    moved_layer = value.layers[source].name
    for row in analyse(after).rows:
        # A merge that was moved may be left with one input, which is said.
        assert not [p for p in row.problems if p.field == "inputs" and "brings at least" not in p.text], moved_layer
