"""Networks whose numbers grow beyond all measure: refused where they do, in words, with a repair that mends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.blocks import closed, flat, members
from guiapp.core.layers import Layer, Shape, create
from guiapp.core.layers.limits import MOST_NUMBERS
from guiapp.core.layers.residual import ResidualBlock
from guiapp.core.memory import disk, memory_problem, needs, size_text
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, from_json, to_json
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
    assert problem.text.startswith(
        "gives 16,777,216×16,777,216×3 numbers for one image, more than any machine can hold"
    )
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


RESIDUAL = create("ResidualBlock", filters=2, depth=64)
PARALLEL = [RESIDUAL.with_fields(name=f"r{number}", inputs=("image",)) for number in range(500)]
CROWDS = {
    "in a row": many(500, "ResidualBlock", filters=2, depth=64),
    "side by side": PARALLEL,
    "in a group": [create("Group", name="group", layers=tuple(many(500, "ResidualBlock", filters=2, depth=64)))],
    "with an error each": [
        create(
            "Group", name=f"g{n}", inputs=("image",), layers=(RESIDUAL.with_fields(name="r"), create("Dense", name="d"))
        )
        for n in range(500)
    ],
}


def looked_into(monkeypatch: pytest.MonkeyPatch) -> list[Layer]:
    """Return a list that gets each residual block that is looked into."""
    seen: list[Layer] = []
    found = ResidualBlock.inside

    def inside(block: ResidualBlock, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        seen.append(block)
        return found(block, inputs)

    monkeypatch.setattr(ResidualBlock, "inside", inside)
    return seen


@pytest.mark.parametrize("layers", CROWDS.values(), ids=CROWDS)
def test_blocks_beyond_the_limit_are_not_looked_into(layers: Sequence[Layer], monkeypatch: pytest.MonkeyPatch) -> None:
    inside = looked_into(monkeypatch)
    spec = network(*layers)
    assert analyse(spec, 3).errors
    analyse(flat(spec), 3)
    assert 5 <= len(inside) <= 100


def test_disabled_blocks_beyond_the_limit_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    inside = looked_into(monkeypatch)
    spec = network(*many(500, "ResidualBlock", filters=2, depth=64, enabled=False))
    assert [layer.name for layer in flat(spec).layers] == ["image", "flat", "out"]
    assert len(inside) <= 10


def test_a_file_holds_no_more_opened_blocks_than_layers_can_be_of() -> None:
    spec = NetworkSpec(layers=network().layers, blocks=tuple(many(2001, "Group")[:2000]))
    value = json.loads(to_json(Project(network=spec)))
    value["network"]["blocks"].append(value["network"]["blocks"][0])
    with pytest.raises(UserError, match="at most 2000 items"):
        from_json(json.dumps(value), "it")


def test_blocks_opened_in_blocks_without_end_are_not_closed() -> None:
    groups = [create("Group", name=f"g{n}", group=f"g{n - 1}" if n else "") for n in range(1500)]
    layers = [create("Activation", name=f"a{n}", group=f"g{n}") for n in range(1500)]
    spec = NetworkSpec(layers=network(*layers).layers, blocks=tuple(groups))
    rows = members(spec, "g0")
    assert rows == tuple(range(1, 1501))
    with pytest.raises(UserError, match="blocks in blocks, more than 8 deep"):
        closed(spec, rows, "g0")
