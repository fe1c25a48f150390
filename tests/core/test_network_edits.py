"""Editing a network: every edit gives a new value with names that can be told apart."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from guiapp.core.analysis import analyse, assemble
from guiapp.core.layers import Layer, Shape, create, kinds
from guiapp.core.layers.convolution import Conv2D
from guiapp.core.network import NetworkSpec, fitted
from guiapp.core.project import Project, from_json, to_json
from guiapp.core.session import Session


def layer(kind: str, name: str, **fields: Any) -> Layer:
    return create(kind, name=name, **fields)


def network(*layers: Layer) -> NetworkSpec:
    return NetworkSpec(layers=layers)


def names(value: NetworkSpec) -> list[str]:
    return [item.name for item in value.layers]


SMALL = network(
    layer("Input", "image", height=8, width=8),
    layer("Conv2D", "conv1", filters=4),
    layer("MaxPooling2D", "pool1"),
    layer("Flatten", "flatten1"),
    layer("Dense", "dense1", units=3, activation="linear"),
)


def test_finding_a_layer() -> None:
    assert SMALL.index("pool1") == 2
    assert SMALL["pool1"].kind == "MaxPooling2D"
    with pytest.raises(KeyError):
        SMALL.index("pool2")


def test_a_new_layer_gets_the_first_free_name() -> None:
    assert SMALL.unique_name("conv") == "conv2"
    assert SMALL.unique_name("norm") == "norm1"
    value = SMALL.insert(2, create("Conv2D")).insert(3, create("Conv2D"))
    assert names(value) == ["image", "conv1", "conv2", "conv3", "pool1", "flatten1", "dense1"]
    assert names(SMALL.insert(5, create("GlobalAveragePooling2D")))[-1] == "global_pool1"


def test_a_pasted_layer_keeps_its_name_where_it_is_free() -> None:
    assert names(SMALL.insert(1, layer("Conv2D", "edges")))[1] == "edges"
    assert names(SMALL.insert(1, layer("Conv2D", "conv1")))[1] == "conv2"
    assert names(SMALL.insert(1, layer("Conv2D", "image")))[1] == "image1"
    assert names(network(layer("Conv2D", "12")).insert(1, layer("Conv2D", "12")))[1] == "conv1"


def test_a_long_name_can_be_pasted_again_and_again() -> None:
    value = SMALL.insert(5, layer("Dropout", "x" * 64))
    for _ in range(3):
        value = value.insert(5, layer("Dropout", "x" * 64))
    assert len(set(names(value))) == len(names(value))


def test_moving() -> None:
    assert names(SMALL.move(1, 3)) == ["image", "pool1", "flatten1", "conv1", "dense1"]
    assert names(SMALL.move(3, 1)) == ["image", "flatten1", "conv1", "pool1", "dense1"]
    assert SMALL.move(2, 2) == SMALL
    assert SMALL.move(1, 4).move(4, 1) == SMALL


def test_updating_checks_the_fields() -> None:
    assert SMALL.update("dense1", units=9)["dense1"] == layer("Dense", "dense1", units=9, activation="linear")
    with pytest.raises(ValidationError):
        SMALL.update("dense1", units=0)
    with pytest.raises(KeyError):
        SMALL.update("dense2", units=1)


def test_a_new_name_is_followed_by_those_who_take_it() -> None:
    value = SMALL.insert(5, layer("Dense", "dense2", inputs=("flatten1",))).update("flatten1", name="flat")
    assert value["dense2"].inputs == ("flat",)
    assert analyse(value).errors == ()


def test_a_name_typed_over_another_layers_name_joins_no_inputs() -> None:
    value = network(
        layer("Input", "image"),
        layer("Conv2D", "conv1"),
        layer("Conv2D", "conv12"),
        layer("Conv2D", "a", inputs=("conv1",)),
        layer("Conv2D", "b", inputs=("conv12",)),
    )
    twice = value.replace(2, value.layers[2].with_fields(name="conv1"))
    apart = twice.replace(2, twice.layers[2].with_fields(name="conv13"))
    assert apart["a"].inputs == ("conv1",)
    assert apart["b"].inputs == ("conv12",)


def test_those_who_named_a_removed_layer_take_what_it_took() -> None:
    value = network(
        layer("Input", "image"),
        layer("Conv2D", "a"),
        layer("Conv2D", "b"),
        layer("Conv2D", "c", inputs=("a",)),
        layer("Conv2D", "d", inputs=("b",)),
        layer("Conv2D", "e", inputs=("c",)),
    )
    assert value.remove(2)["d"].inputs == ("a",)
    assert value.remove(3)["e"].inputs == ("a",)
    assert value.remove(1)["c"].inputs == ("image",)
    for at in range(1, 6):
        assert analyse(value.remove(at)).rows[-1].shape == (64, 64, 32)


def test_removing_the_input_leaves_no_name_of_it() -> None:
    value = network(layer("Input", "image"), layer("Conv2D", "a"), layer("Conv2D", "b", inputs=("image",)))
    assert value.remove(0)["b"].inputs == ()


@pytest.mark.parametrize("at", range(1, 4))
def test_a_disabled_layer_passes_its_input_on(at: int) -> None:
    value = network(
        layer("Input", "image", height=8, width=8),
        layer("Conv2D", "conv1", filters=4),
        layer("Conv2D", "conv2", filters=5),
        layer("Conv2D", "conv3", filters=6),
        layer("Flatten", "flatten1", inputs=("conv3",)),
    )
    off = value.replace(at, value.layers[at].with_fields(enabled=False))
    rows = analyse(off).rows
    assert rows[at].shape == rows[at - 1].shape
    assert (rows[at].parameters, rows[at].macs, rows[at].activations) == (0, 0, 0)
    without = analyse(value.remove(at))
    assert analyse(off).parameters == without.parameters
    assert analyse(off).macs == without.macs
    assert analyse(off).shape == without.shape
    assert analyse(off).problems == without.problems
    assert rows[-1].sources == (3 if at < 3 else 2,)


def test_several_disabled_layers_in_a_row_are_passed_over() -> None:
    value = SMALL
    for at in (1, 2):
        value = value.replace(at, value.layers[at].with_fields(enabled=False))
    rows = analyse(value).rows
    assert rows[3].sources == (0,)
    assert rows[3].inputs == ((8, 8, 3),)
    assert analyse(value).shape == (3,)


def test_assembling_walks_the_enabled_layers() -> None:
    value = SMALL.insert(5, layer("Dense", "dense2", inputs=("flatten1",))).update("pool1", enabled=False)
    out = assemble(value, "image", lambda item, given: f"{item.name}({given})")
    assert out == {
        "image": "image(image)",
        "conv1": "conv1(image(image))",
        "flatten1": "flatten1(conv1(image(image)))",
        "dense1": "dense1(flatten1(conv1(image(image))))",
        "dense2": "dense2(flatten1(conv1(image(image))))",
    }


def test_only_what_changed_is_worked_out_again(monkeypatch: pytest.MonkeyPatch) -> None:
    layers = (
        create("Input", name="in", height=31, width=29),
        create("Conv2D", name="a", filters=7),
        create("Conv2D", name="b", filters=9),
        create("Flatten", name="c"),
    )
    before = NetworkSpec(layers=layers)
    worked: list[str] = []
    analyse(before)
    macs = Conv2D.macs

    def count(layer: Conv2D, inputs: tuple[Shape, ...]) -> int:
        worked.append(layer.name)
        return macs(layer, inputs)

    monkeypatch.setattr(Conv2D, "macs", count)
    assert analyse(before).rows[2].shape == (31, 29, 9)
    assert worked == []
    assert analyse(before.update("b", filters=11)).rows[2].shape == (31, 29, 11)
    assert worked == ["b"]
    assert analyse(before.update("a", filters=8)).rows[2].weights[0].shape == (3, 3, 8, 9)
    assert worked == ["b", "a", "b"]


def test_totals_are_sums_of_the_rows() -> None:
    found = analyse(SMALL.insert(2, create("BatchNormalization")), 3)
    assert found.problems == ()
    assert found.parameters == (3 * 9 + 1) * 4 + 4 * 4 + (4 * 4 * 4 + 1) * 3
    assert found.trainable == found.parameters - 2 * 4
    assert found.macs == 8 * 8 * 4 * 27 + 64 * 3
    assert found.shape == (3,)
    assert [row.activations for row in found.rows] == [192, 256, 256, 64, 64, 3]


def test_fitting_to_the_classes_changes_the_last_dense_layer() -> None:
    value = SMALL.insert(4, layer("Dense", "hidden")).insert(6, layer("Activation", "last"))
    assert fitted(value, 7)["dense1"] == layer("Dense", "dense1", units=7, activation="linear")
    assert fitted(value, 7)["hidden"] == value["hidden"]
    off = value.update("dense1", enabled=False)
    assert fitted(off, 7)["hidden"] == layer("Dense", "hidden", units=7)
    assert fitted(network(), 7) == network()


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "paste", "remove", "move", "disable", "rename", "take"]),
        st.integers(0, 30),
        st.integers(0, 30),
        st.sampled_from(sorted(kinds())),
    ),
    max_size=25,
)


def edited(value: NetworkSpec, edit: tuple[str, int, int, str]) -> NetworkSpec:
    what, one, two, kind = edit
    count = len(value.layers)
    if what == "insert":
        return value.insert(one % (count + 1), create(kind))
    if not count:
        return value
    one, two = one % count, two % count
    chosen = value.layers[one]
    match what:
        case "paste":
            return value.insert(two, chosen)
        case "remove":
            return value.remove(one)
        case "move":
            return value.move(one, two)
        case "disable":
            return value.update(chosen.name, enabled=not chosen.enabled)
        case "rename":
            return value.update(chosen.name, name=value.unique_name("layer"))
    return value.update(chosen.name, inputs=(value.layers[two].name,))


@given(EDITS)
def test_any_edits_keep_names_apart_are_analysed_and_can_be_undone(edits: list[tuple[str, int, int, str]]) -> None:
    start = Project(network=SMALL)
    session = Session(start)
    for edit in edits:
        session.change(start.model_copy(update={"network": edited(session.project.network, edit)}), edit[0])
        value = session.project.network
        assert len(set(names(value))) == len(value.layers)
    end = session.project
    found = analyse(end.network, 5)
    assert len(found.rows) == len(end.network.layers)
    assert {problem.layer for problem in found.problems} <= {None, *names(end.network)}
    while session.undo_text:
        session.undo()
    assert session.project == start
    while session.redo_text:
        session.redo()
    assert session.project == end


@given(EDITS)
def test_a_network_survives_saving_and_loading(edits: list[tuple[str, int, int, str]]) -> None:
    value = SMALL
    for edit in edits:
        value = edited(value, edit)
    project = Project(network=value)
    text = to_json(project)
    assert from_json(text, "it") == project
    assert to_json(from_json(text, "it")) == text
