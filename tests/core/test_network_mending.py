"""Mends that leave as much as they can of what a person made."""

from __future__ import annotations

import pytest

from guiapp.core.analysis import MAX_PARAMETERS, analyse
from guiapp.core.blocks import opened
from guiapp.core.layers import Layer, Problem, create, kinds
from guiapp.core.mending import mended
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired
from tests.problem_cases import CONV, FLAT, IMAGE, LAST, layer, network


def said(spec: NetworkSpec, name: str) -> list[Problem]:
    return [problem for problem in analyse(spec, 3).problems if problem.layer == name]


def conv(name: str, filters: int, **fields: object) -> Layer:
    return layer("Conv2D", name, filters=filters, **fields)


def test_a_branch_gets_the_filters_of_the_other_one() -> None:
    spec = network(
        IMAGE,
        conv("stem", 16),
        conv("small", 8, activation="linear"),
        layer("BatchNormalization", "norm"),
        layer("Add", "both", inputs=("norm", "stem")),
        FLAT,
        LAST,
    )
    (problem,) = said(spec, "both")
    assert [repair.text for repair in problem.repairs] == [
        "Set filters of small to 16",
        "Insert a 1×1 convolution to 8×8×8",
    ]
    for repair in problem.repairs:
        assert analyse(repaired(spec, problem, repair), 3).problems == ()


def test_a_convolution_above_a_pooling_is_only_another_choice_and_one_that_others_take_is_none() -> None:
    pooled = network(
        IMAGE,
        conv("stem", 16, stride=(2, 2)),
        conv("wide", 8, inputs=("image",)),
        layer("MaxPooling2D", "pool"),
        layer("Add", "both", inputs=("stem", "pool")),
        FLAT,
        LAST,
    )
    (problem,) = said(pooled, "both")
    assert [repair.text for repair in problem.repairs][-1] == "Set filters of wide to 16"
    shared = network(
        IMAGE, conv("a", 16), conv("b", 8), conv("c", 32), layer("Add", "both", inputs=("a", "b")), FLAT, LAST
    )
    (problem,) = said(shared, "both")
    assert [repair.text for repair in problem.repairs] == ["Insert a 1×1 convolution to 8×8×16"]


@pytest.mark.parametrize("kind", ["Add", "Concatenate"])
def test_a_linear_convolution_that_fits_a_branch_is_no_mistake(kind: str) -> None:
    spec = network(
        IMAGE,
        conv("a", 4, activation="linear"),
        layer("BatchNormalization", "norm"),
        conv("fit", 8, kernel=(1, 1), activation="linear"),
        conv("b", 8, inputs=("image",)),
        layer(kind, "both", inputs=("fit", "b")),
        conv("after", 8, kernel=(1, 1), activation="linear"),
        conv("last_conv", 4),
        FLAT,
        LAST,
    )
    assert analyse(spec, 3).problems == ()


def test_two_linear_convolutions_are_still_a_mistake() -> None:
    spec = network(IMAGE, conv("a", 4, activation="linear"), conv("b", 8), FLAT, LAST)
    (problem,) = said(spec, "a")
    assert "nothing from here to b bends its answers" in problem.text


def test_an_opened_block_is_judged_as_a_closed_one() -> None:
    inner = (create("Conv2D", name="a", activation="linear"), create("Conv2D", name="b"))
    closed = network(IMAGE, create("Group", name="block", layers=inner), FLAT, LAST)
    assert analyse(closed, 3).problems == analyse(opened(closed, 1), 3).problems == ()


@pytest.mark.parametrize("count", [1, 2, 3])
def test_what_is_too_large_gets_the_largest_number_that_fits(count: int) -> None:
    many = [conv(f"c{i}", 65536) for i in range(count)]
    spec = network(IMAGE.with_fields(height=32, width=32), *many, FLAT, layer("Dense", "last", units=10))
    problems = [problem for problem in analyse(spec).problems if "parameters here bring" in problem.text]
    if count == 1:
        assert problems == []
        return
    (problem,) = problems
    repair = next(item for item in problem.repairs if item.text.startswith("Set filters"))
    name, filters = repair.layer or str(problem.layer), int(repair.fields["filters"])
    better = repaired(spec, problem, repair)
    assert filters > 100 and analyse(better).parameters <= MAX_PARAMETERS
    assert analyse(better.update(name, filters=filters + 1)).parameters > MAX_PARAMETERS


def test_new_merges_are_called_by_their_kind() -> None:
    spec = network(IMAGE, CONV)
    names = [kind.stem() for kind in (kinds()["Add"], kinds()["Multiply"], kinds()["Concatenate"])]
    assert names == ["add", "multiply", "concat"]
    assert spec.insert(2, create("Concatenate")).layers[2].name == "concat1"


def test_a_layer_with_the_name_of_another_kind_gets_one_of_its_own() -> None:
    spec = network(IMAGE, conv("conv1", 4), layer("MaxPooling2D", "conv1"), FLAT, LAST)
    assert said(spec, "conv1")[0].repair is not None
    assert [item.repair.text for item in said(spec, "conv1") if item.repair] == ["Name it pool1"]
    mine = network(IMAGE, conv("first", 4), layer("MaxPooling2D", "first"), FLAT, LAST)
    assert [item.repair.text for item in said(mine, "first") if item.repair] == ["Name it first1"]


def test_everything_is_mended_however_often_the_same_words_come() -> None:
    spec = network(
        IMAGE,
        conv("a", 64),
        conv("b", 32, inputs=("image",)),
        conv("c", 32, inputs=("image",)),
        layer("MaxPooling2D", "p", pool=(1, 1), inputs=("b",)),
        layer("MaxPooling2D", "q", pool=(1, 1), inputs=("c",)),
        layer("Add", "both", inputs=("a", "p", "q")),
        layer("Add", "again", inputs=("both", "a", "b", "c")),
        FLAT,
        LAST,
    )
    found = mended(spec, 3)
    assert analyse(found.network, 3).errors == ()
    assert {item.name for item in spec.layers} <= {item.name for item in found.network.layers}
    assert sum(text.startswith("again: insert a 1×1 convolution") for text in found.done) == 2


def test_mending_everything_removes_no_layer() -> None:
    spec = network(IMAGE, CONV, FLAT, layer("MaxPooling2D", "pool"), layer("Input", "second"), LAST)
    found = mended(spec, 3)
    assert {item.name for item in spec.layers} <= {item.name for item in found.network.layers}
    assert {problem.layer for problem in analyse(found.network, 3).problems} >= {"pool", "second"}


def test_mending_everything_joins_a_dead_branch_instead_of_removing_it() -> None:
    spec = network(IMAGE, CONV, conv("side", 4), layer("Flatten", "flat", inputs=("conv",)), LAST)
    found = mended(spec, 3)
    assert "side" in [item.name for item in found.network.layers]
    assert analyse(found.network, 3).problems == ()


def test_what_is_wrong_below_a_broken_layer_is_told_at_once() -> None:
    spec = network(
        IMAGE,
        conv("large", 4, kernel=(9, 9), padding="valid"),
        layer("MaxPooling2D", "pool"),
        conv("too_large", 8, kernel=(9, 9), padding="valid"),
        layer("Add", "sum", inputs=("pool", "too_large")),
        FLAT,
        layer("Dense", "last", units=5, activation="linear"),
    )
    found = analyse(spec, 3)
    assert [problem.layer for problem in found.errors] == ["large", "too_large", "sum", "last"]
    assert not found.whole
    better = spec
    for problem in found.errors:
        better = repaired(better, problem)
    assert analyse(better, 3).errors == () and analyse(better, 3).whole


def test_what_only_follows_from_a_broken_layer_is_not_told() -> None:
    spec = network(
        IMAGE,
        FLAT,
        conv("a", 4),
        layer("MaxPooling2D", "b"),
        conv("c", 4, enabled=False),
        conv("d", 4),
        layer("Dense", "last", units=5, activation="linear"),
    )
    assert [problem.layer for problem in analyse(spec, 3).problems] == ["a", "last"]


def test_layers_below_one_whose_input_is_gone_are_looked_at() -> None:
    spec = network(
        IMAGE,
        conv("a", 4, inputs=("nowhere",)),
        conv("b", 4, kernel=(9, 9), padding="valid"),
        layer("Add", "sum", inputs=("b", "gone")),
        FLAT,
        layer("Dense", "last", units=5, activation="linear"),
    )
    assert [problem.layer for problem in analyse(spec, 3).errors] == ["a", "b", "sum", "last"]
