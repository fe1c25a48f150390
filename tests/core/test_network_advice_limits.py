"""Where the warnings of a network end: what is meant is not told, and all ways to mend what is told work."""

from __future__ import annotations

from typing import Any

import pytest

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.layers.blocks import Group
from guiapp.core.layers.parts import Initializer
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired
from tests.problem_cases import CONV, FLAT, IMAGE, LAST, layer, network

RAW = IMAGE.with_fields(scaling="none")

QUIET: dict[str, tuple[Any, ...]] = {
    "softmax at the end": (IMAGE, CONV, FLAT, LAST.with_fields(activation="softmax")),
    "a pool, then relu": (
        IMAGE,
        CONV.with_fields(activation="linear"),
        layer("MaxPooling2D", "pool"),
        layer("Activation", "relu"),
        layer("Conv2D", "b", filters=4),
        FLAT,
        LAST,
    ),
    "a shortcut": (
        IMAGE,
        CONV.with_fields(activation="linear"),
        layer("Conv2D", "b", filters=4, activation="linear", inputs=("image",)),
        layer("Add", "sum", inputs=("conv", "b")),
        layer("Conv2D", "c", filters=4),
        FLAT,
        LAST,
    ),
    "a narrow projection": (
        IMAGE,
        layer("Conv2D", "wide"),
        layer("Conv2D", "narrow", filters=4, kernel=(1, 1), activation="linear"),
        layer("BatchNormalization", "norm"),
        layer("Conv2D", "again", kernel=(1, 1)),
        FLAT,
        LAST,
    ),
    "raw pixels that are normalised": (RAW, layer("BatchNormalization", "norm"), CONV, FLAT, LAST),
    "a positive bias on weights of 0": (
        IMAGE,
        CONV.with_fields(
            kernel_init=Initializer(scheme="zeros"), bias_init=Initializer(scheme="constant", value=0.1)
        ),
        FLAT,
        LAST,
    ),
    "weights of 0 on the answers": (IMAGE, CONV, FLAT, LAST.with_fields(kernel_init=Initializer(scheme="zeros"))),
}  # fmt: skip


@pytest.mark.parametrize("name", QUIET)
def test_what_is_meant_is_not_told(name: str) -> None:
    assert analyse(network(*QUIET[name]), 3).problems == ()


MEANT = {
    "mnist-4conv-raw": ["conv2", "conv3", "conv4", "dense1"],
    "pets-4conv": ["dense1", "dense1"],
}
"""The tutorials' weights of σ 1, and of σ 0.1 in a dense layer of a hundred million weights."""


@pytest.mark.parametrize(
    "name", ["starter", "cats-dogs-3conv", "fashion-3conv", "mnist-lenet", "mnist-lenet-bn", *MEANT]
)
def test_the_tutorials_show_what_they_teach(name: str) -> None:
    assert [problem.layer for problem in analyse(templates.load(name).network).problems] == MEANT.get(name, [])


def test_layers_in_a_group_are_told_of() -> None:
    value = network(IMAGE, Group(name="g", layers=(CONV, layer("Dropout", "drop", rate=0.9))), FLAT, LAST)
    (problem,) = analyse(value, 3).problems
    assert (problem.layer, problem.severity) == ("g", "warning")
    assert problem.text.startswith("inside, drop: drops 90% of 256 numbers")


def branched() -> NetworkSpec:
    side = layer("Conv2D", "side", filters=4, inputs=("image",))
    return network(IMAGE, side, CONV.with_fields(inputs=("image",)), FLAT, LAST)


def test_a_dead_branch_can_be_joined() -> None:
    (problem,) = analyse(branched(), 3).problems
    assert [repair.text for repair in problem.repairs] == [
        "Remove this layer",
        "Add it to conv",
        "Concatenate it with conv",
    ]
    added = repaired(branched(), problem, problem.others[0])
    assert [item.name for item in added.layers] == ["image", "side", "conv", "add1", "flat", "last"]
    assert (added["add1"].inputs, added["flat"].inputs) == (("conv", "side"), ())
    assert analyse(added, 3).problems == ()
    joined = repaired(branched(), problem, problem.others[1])
    assert analyse(joined, 3).problems == ()
    assert analyse(joined, 3).rows[3].shape == (8, 8, 8)


def test_a_dead_branch_takes_only_what_feeds_nothing_else() -> None:
    value = network(
        IMAGE,
        CONV,
        layer("Conv2D", "trunk", filters=2),
        layer("Conv2D", "one", filters=3),
        layer("Conv2D", "two", filters=5, inputs=("trunk",)),
        FLAT.with_fields(inputs=("conv",)),
        LAST,
    )
    first, second = analyse(value, 3).problems
    assert first.repair is not None and second.repair is not None
    assert (first.repair.remove_layers, second.repair.remove_layers) == (("one",), ("two",))
    (left,) = analyse(repaired(value, first), 3).problems
    assert left.repair is not None and left.repair.remove_layers == ("trunk", "two")
    assert [item.name for item in repaired(repaired(value, first), left).layers] == ["image", "conv", "flat", "last"]


def test_all_ways_to_mend_a_heavy_layer_work() -> None:
    value = templates.load("pets-4conv").network
    problem = next(p for p in analyse(value, 2).problems if p.field == "units")
    pooled, halved = (repaired(value, problem, repair) for repair in problem.repairs)
    assert [p.field for p in analyse(pooled, 2).problems] == ["kernel_init"] * (len(analyse(pooled, 2).problems))
    assert pooled.layers[9].kind == "GlobalAveragePooling2D"
    assert analyse(halved, 2).rows[10].shape == (50176,)


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("relu6", "turns every answer below 0 into 0"),
        ("softplus", "squeezes the answers below 0"),
        ("elu", "squeezes the answers below 0"),
    ],
)
def test_what_an_activation_does_to_answers_is_said_as_it_is(activation: str, said: str) -> None:
    spec = network(IMAGE, FLAT, LAST.with_fields(activation=activation))
    (problem,) = analyse(spec).problems
    assert said in problem.text
