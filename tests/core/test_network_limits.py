"""Networks whose numbers grow beyond all measure: refused where they do, in words, with a repair that mends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.layers import Layer, create
from guiapp.core.layers.limits import MOST_NUMBERS
from guiapp.core.memory import disk, memory_problem, needs, size_text
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired


def network(*layers: Layer) -> NetworkSpec:
    image = create("Input", name="image", height=64, width=64)
    ends = (create("Flatten", name="flat"), create("Dense", name="out", units=3))
    return NetworkSpec(layers=(image, *layers, *ends))


def many(count: int, kind: str, **fields: Any) -> Sequence[Layer]:
    return [create(kind, name=f"l{number}", **fields) for number in range(count)]


ENDLESS = {
    "enlarged": many(1500, "UpSampling2D"),
    "far": many(600, "UpSampling2D", size=(64, 64)),
    "strides": many(110, "Conv2D", filters=2, stride=(1024, 1024), padding="same"),
    "pools": many(110, "MaxPooling2D", pool=(2, 2), stride=(1024, 1024), padding="same"),
    "transposed": many(200, "Conv2DTranspose", filters=60_000, stride=(16, 16)),
    "to and fro": [
        layer.with_fields(name=f"{layer.name}{number}")
        for number in range(400)
        for layer in (
            create("UpSampling2D", name="up", size=(8, 8)),
            create("Resizing", name="down", height=64, width=64, fit="crop"),
        )
    ],
    "inside": [create("Group", name="group", layers=tuple(many(90, "UpSampling2D", size=(8, 8))))],
    "deep inside": many(9, "Group", layers=tuple(many(20, "UpSampling2D"))),
}


@pytest.mark.parametrize("layers", ENDLESS.values(), ids=ENDLESS)
def test_every_figure_of_an_endless_network_can_be_told(layers: Sequence[Layer]) -> None:
    spec = network(*layers)
    found = analyse(spec, 3)
    assert all(row.size <= MOST_NUMBERS for row in found.rows)
    for analysis in (found, analyse(flat(spec), 3)):
        said = [analysis.parameters, analysis.macs, analysis.activations, disk(analysis), needs(analysis, 65_536).total]
        assert all(size_text(size) and f"{size / 1e6:,.0f}" for size in said)
        memory_problem(analysis, 65_536, "adam", 10**9, "this machine")


def test_a_layer_that_gives_too_much_is_refused_and_what_follows_is_unknown() -> None:
    spec = network(*many(3, "UpSampling2D", size=(64, 64)))
    found = analyse(spec, 3)
    assert [row.shape is None for row in found.rows] == [False, False, False, True, True, True]
    (problem,) = found.errors
    assert problem.layer == "l2" and problem.field == "size"
    assert problem.text.startswith("gives 16,777,216×16,777,216×3 numbers for one image, more than any machine can hold")
    assert [repair.text for repair in problem.repairs] == ["Set factor to 2×2", "Remove this layer"]
    for repair in problem.repairs:
        assert analyse(repaired(spec, problem, repair), 3).rows[3].shape is not None


def test_just_within_the_limit_is_none_of_it() -> None:
    image = create("Input", name="image", height=1000, width=1000)
    most = create("Conv2D", name="conv", filters=1000)
    rows = analyse(NetworkSpec(layers=(image, most, *many(1, "UpSampling2D", size=(100, 10))))).rows
    assert [row.size for row in rows[1:]] == [10**9, MOST_NUMBERS]
    rows = analyse(NetworkSpec(layers=(image, most, *many(1, "UpSampling2D", size=(100, 11))))).rows
    assert rows[-1].shape is None


def test_a_block_says_which_layer_inside_gives_too_much() -> None:
    (problem,) = analyse(network(*ENDLESS["inside"]), 3).errors
    assert problem.layer == "group" and problem.text.startswith("inside, l")
    assert "more than any machine can hold" in problem.text
    assert problem.repairs


def test_strides_without_end_see_one_pixel() -> None:
    spec = network(*many(110, "Conv2D", filters=2, kernel=(1, 1), stride=(1024, 1024)))
    assert analyse(spec, 3).rows[110].sees == (1, 1)
