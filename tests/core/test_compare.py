"""Two networks side by side: every layer of both once, what differs in the words of the form, and the totals."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core import templates
from guiapp.core.aligning import align, common
from guiapp.core.compare import Comparison, compare, compare_training
from guiapp.core.differences import value_words
from guiapp.core.layers import Layer, create, kinds
from guiapp.core.layers.parts import Initializer, Regularizer
from guiapp.core.network import NetworkSpec
from guiapp.core.project import TrainingSettings


def layer(kind: str, name: str, **fields: Any) -> Layer:
    return create(kind, name=name, **fields)


def network(*layers: Layer) -> NetworkSpec:
    return NetworkSpec(layers=layers)


SMALL = network(
    layer("Input", "image", height=8, width=8),
    layer("Conv2D", "conv1", filters=4),
    layer("MaxPooling2D", "pool1"),
    layer("Flatten", "flatten1"),
    layer("Dense", "dense1", units=3, activation="linear"),
)


def states(found: Comparison) -> list[str]:
    return [row.state for row in found.rows]


def totals(found: Comparison) -> dict[str, tuple[int | None, int | None]]:
    return {total.name: (total.a, total.b) for total in found.totals}


def pairs(found: Comparison) -> set[tuple[int, int]]:
    return {(row.at_a, row.at_b) for row in found.rows}


def test_a_changed_field_is_told_in_the_words_of_the_form() -> None:
    found = compare(SMALL, SMALL.update("conv1", filters=64, padding="valid", kernel=(5, 3)))
    assert states(found) == ["same", "changed", "reshaped", "reshaped", "reshaped"]
    assert found.rows[1].text == "Filters 4 → 64, Kernel 3×3 → 5×3, Padding same → valid"
    assert [difference.field for difference in found.rows[1].differences] == ["filters", "kernel", "padding"]
    assert found.rows[4].a is not None and found.rows[4].b is not None
    assert (found.rows[4].a.parameters, found.rows[4].b.parameters) == (195, 64 * 2 * 3 * 3 + 3)
    assert totals(found)["parameters"] == (112 + 195, 64 * 46 + 1155)


def test_layers_of_one_side_only_keep_their_places() -> None:
    found = compare(SMALL.remove(2), SMALL.insert(1, layer("Conv2D", "more")).remove(3))
    assert states(found) == ["same", "only b", "reshaped", "same", "same"]
    found = compare(SMALL, templates.load("mnist-lenet-bn").network)
    assert states(found).count("only a") == 0


def test_a_renamed_layer_is_the_same_one_and_those_that_take_it_are_not_changed() -> None:
    branched = network(*SMALL.layers[:3], layer("Conv2D", "side", filters=4, inputs=("conv1",)), *SMALL.layers[3:])
    found = compare(branched, branched.replace(1, branched.layers[1].with_fields(name="edges")))
    assert states(found) == ["same", "changed", "same", "same", "same", "same"]
    assert found.rows[1].text == "Name conv1 → edges"


def test_all_renamed_layers_are_found_by_what_they_are() -> None:
    renamed = network(*(item.with_fields(name=f"n{i}") for i, item in enumerate(SMALL.layers)))
    other = renamed.insert(2, layer("Dropout", "out"))
    found = compare(SMALL, other)
    assert pairs(found) == {(0, 0), (1, 1), (-1, 2), (2, 3), (3, 4), (4, 5)}


def test_a_moved_layer_is_told_with_both_places() -> None:
    found = compare(SMALL.insert(3, layer("Dropout", "drop")), SMALL.insert(1, layer("Dropout", "drop")))
    moved = [row for row in found.rows if row.moved]
    assert [row.text for row in moved] == ["Place 4 → 2"]
    assert found.counts["moved"] == 1 and len(found.rows) == 6


def test_inputs_that_are_named_differently_are_told() -> None:
    one = network(*SMALL.layers[:3], layer("Conv2D", "side", inputs=("conv1",)))
    two = one.update("side", inputs=())
    assert compare(one, two).rows[3].text == "Takes conv1 → the layer above"
    assert compare(two, two.update("side", inputs=("pool1",))).same


def test_disabled_and_another_kind() -> None:
    found = compare(SMALL, SMALL.update("pool1", enabled=False))
    assert found.rows[2].text == "Enabled yes → no"
    swapped = SMALL.replace(2, layer("AveragePooling2D", "pool1"))
    assert compare(SMALL, swapped).rows[2].text.startswith("Kind ")


def test_fields_that_do_not_matter_are_left_out() -> None:
    one = TrainingSettings(momentum=0.5, epochs=3)
    assert compare_training(one, TrainingSettings(epochs=1250)) is not None
    found = compare_training(one, TrainingSettings(epochs=1250)) or ()
    assert [difference.text for difference in found] == ["Epochs 3 → 1,250"]
    assert compare_training(None, one) is None
    assert compare_training(one, one) == ()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (True, "yes"), (None, "none"), (1e-05, "1e-05"), (0.25, "0.25"), ("leaky_relu", "leaky relu"), ((3, 5), "3×5"),
        (Initializer(scheme="truncated_normal", value=0.1), "truncated normal 0.1"), (Initializer(), "glorot uniform"),
        (Regularizer(), "nothing"), (Regularizer(l1=0.1, l2=0.01), "L1 0.1 and L2 0.01"), ((), "nothing"),
    ],
    ids=str,
)  # fmt: skip
def test_values_in_words(value: object, words: str) -> None:
    assert value_words(value) == words


def test_blocks_are_compared_by_their_fields_or_by_the_layers_inside() -> None:
    inner = (layer("Conv2D", "a", filters=4), layer("BatchNormalization", "b"))
    one = network(SMALL.layers[0], create("Group", name="part", layers=inner), *SMALL.layers[3:])
    two = one.update("part", layers=(inner[0].with_fields(filters=8), inner[1], layer("Dropout", "c")))
    found = compare(one, two)
    assert found.rows[1].text == "Layers 2 → 3 (2 not as before)"
    flat = compare(one, two, opened=True)
    assert [row.state for row in flat.rows] == ["same", "changed", "reshaped", "only b", "reshaped", "reshaped"]
    assert totals(flat)["parameters"] == totals(found)["parameters"]


def test_totals() -> None:
    found = compare(templates.load("mnist-lenet").network, templates.load("mnist-lenet-bn").network)
    figures = totals(found)
    assert figures["parameters"] == (176_286, 176_398)
    assert figures["trainable"] == (176_286, 176_342)
    assert figures["depth"] == (5, 5)
    assert figures["sees"] == (13, 13)
    assert figures["disk"] == (705_144, 705_592)
    by_name = {total.name: total for total in found.totals}
    assert by_name["layers"].change == 4
    assert by_name["layers"].share_words == "+44.4 %"
    assert by_name["macs"].share_words == ""
    empty = {total.name: total for total in compare(NetworkSpec(), SMALL).totals}
    assert empty["parameters"].share is None and empty["sees"].change is None


def test_a_thousand_layers_whose_names_are_all_others() -> None:
    many = [layer("Conv2D" if i % 3 else "BatchNormalization", f"x{i}") for i in range(1000)]
    one = network(SMALL.layers[0], *many)
    two = network(SMALL.layers[0], *(item.with_fields(name=f"y{i}") for i, item in enumerate(many) if i != 500))
    found = compare(one, two)
    assert found.counts["only a"] == 1 and found.counts["only b"] == 0 and len(found.rows) == 1001


KINDS = sorted(set(kinds()) - {"Group"})
LAYERS = st.builds(
    lambda kind, name, on: create(kind, name=name, enabled=on),
    st.sampled_from(["Conv2D", "Dense", "Dropout", "Flatten", "Input", "BatchNormalization"]),
    st.sampled_from("abcdefg"),
    st.booleans(),
)
NETWORKS = st.lists(LAYERS, max_size=9).map(lambda layers: NetworkSpec(layers=tuple(layers)))


@given(NETWORKS)
def test_a_network_is_the_same_as_itself(one: NetworkSpec) -> None:
    found = compare(one, one)
    assert found.same and all(total.change in (0, None) for total in found.totals)
    assert found.same == compare(one, one.having([item.with_fields() for item in one.layers])).same


@given(NETWORKS, NETWORKS)
@settings(max_examples=60)
def test_every_layer_is_in_one_row_and_the_other_way_round_says_the_same(one: NetworkSpec, two: NetworkSpec) -> None:
    there, back = compare(one, two), compare(two, one)
    assert sorted(row.at_a for row in there.rows if row.a) == list(range(len(one.layers)))
    assert sorted(row.at_b for row in there.rows if row.b) == list(range(len(two.layers)))
    turned = {
        (row.at_b, row.at_a, row.moved, tuple((d.field, d.new, d.old) for d in row.differences)) for row in back.rows
    }
    assert turned == {
        (row.at_a, row.at_b, row.moved, tuple((d.field, d.old, d.new) for d in row.differences)) for row in there.rows
    }
    straight = [row.at_a for row in there.rows if row.a]
    assert straight == sorted(straight)
    assert there.counts["same"] == back.counts["same"]


@given(st.text("abc", max_size=12), st.text("abc", max_size=12))
def test_the_longest_common_subsequence(one: str, two: str) -> None:
    found = common(one, two)
    assert all(one[i] == two[j] for i, j in found)
    assert all(a[0] < b[0] and a[1] < b[1] for a, b in itertools.pairwise(found))
    table = [[0] * (len(two) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(one, 1):
        for j, right in enumerate(two, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if left == right else max(table[i - 1][j], table[i][j - 1])
    assert len(found) == table[-1][-1]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_every_kind_can_be_told(kind: str) -> None:
    made = create(kind, name="x")
    assert all(value_words(getattr(made, name)) for name in made.own_fields())
    assert [match.moved for match in align((made,), (made,))] == [False]
