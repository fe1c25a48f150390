"""The ready-made blocks: what is inside them, their figures, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.layers import Layer, Problem, Shape, create, kinds
from guiapp.core.layers.base import Severity
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec, fitted
from guiapp.core.repairs import repaired

IMAGE = create("Input", name="image", height=8, width=8)


def block(kind: str, **fields: Any) -> Block:
    made = create(kind, name="b", **fields)
    assert isinstance(made, Block)
    return made


def inner(made: Block, shape: Shape = (8, 8, 4)) -> list[tuple[str, tuple[str, ...]]]:
    return [(layer.name, layer.inputs) for layer in made.inside([shape])]


def after(channels: int, made: Layer) -> NetworkSpec:
    return NetworkSpec(layers=(IMAGE, create("Conv2D", name="conv", filters=channels), made))


def test_a_residual_block_that_keeps_its_shape_adds_its_input_unchanged() -> None:
    assert inner(block("ResidualBlock", filters=4)) == [
        ("conv1", ()), ("norm1", ()), ("act1", ()), ("conv2", ()), ("norm2", ()), ("add", ("input", "norm2")),
        ("act", ()),
    ]  # fmt: skip


def test_a_residual_block_that_changes_the_shape_projects_its_input() -> None:
    found = inner(block("ResidualBlock", filters=8, stride=2, norm=False, activation="linear"))
    assert found == [("conv1", ()), ("conv2", ()), ("shortcut", ("input",)), ("add", ("shortcut", "conv2"))]


def test_pre_activation_norms_first_and_projects_what_is_normed() -> None:
    found = inner(block("ResidualBlock", filters=8, arrangement="pre-activation"))
    assert found == [
        ("norm", ()), ("act", ()), ("conv1", ()), ("norm1", ()), ("act1", ()), ("conv2", ()),
        ("shortcut", ("act",)), ("add", ("shortcut", "conv2")),
    ]  # fmt: skip
    plain = block("ResidualBlock", filters=8, arrangement="pre-activation", norm=False, activation="linear")
    assert inner(plain)[2] == ("shortcut", ("input",))


def test_several_in_a_row_are_numbered_and_only_the_first_has_the_stride() -> None:
    made = block("ResidualBlock", filters=4, depth=3, stride=2, shortcut="projection")
    names = [name for name, _ in inner(made)]
    assert names[0] == "1_conv1" and names[-1] == "3_act"
    assert [name for name in names if name.endswith("shortcut")] == ["1_shortcut"]
    assert made.output_shape([(8, 8, 4)]) == (4, 4, 4)


def test_a_bottleneck_widens() -> None:
    made = block("ResidualBlock", filters=4, form="bottleneck", expansion=3)
    assert made.output_shape([(8, 8, 4)]) == (8, 8, 12)
    kernels = [layer.kernel for layer in made.inside([(8, 8, 4)]) if layer.kind == "Conv2D"]  # type: ignore[attr-defined]
    assert kernels == [(1, 1), (3, 3), (1, 1), (1, 1)]
    assert made.formula([(8, 8, 4)]) == "input + convolutions of it: 8×8, 4 · 3 = 12 channels"


def test_squeeze_and_excite_inside_a_residual_block() -> None:
    made = block("ResidualBlock", filters=4, excite=True, ratio=2, norm=False)
    assert [row[0] for row in inner(made)] == ["conv1", "act1", "conv2", "excite", "add", "act"]
    assert [layer.name for layer in flat(after(4, made)).layers][5:9] == [
        "b_excite_mean", "b_excite_squeeze", "b_excite_excite", "b_excite_scale",
    ]  # fmt: skip


def test_an_identity_shortcut_that_does_not_fit_is_told_and_mended() -> None:
    network = after(4, block("ResidualBlock", filters=8, stride=2, shortcut="identity"))
    problem = next(item for item in analyse(network).problems if item.layer == "b")
    assert problem.text == "the shortcut cannot pass 8×8×4 on as 4×4×8; set it to automatic"
    assert analyse(repaired(network, problem)).rows[-1].shape == (4, 4, 8)
    fits = after(8, block("ResidualBlock", filters=8, shortcut="identity"))
    assert analyse(fits).rows[-1].shape == (8, 8, 8)


def test_inception_lays_its_branches_one_after_the_other() -> None:
    made = block("InceptionBlock")
    assert made.formula([(8, 8, 4)]) == "64 + 128 + 32 + 32 = 256 channels"
    assert made.output_shape([(8, 8, 192)]) == (8, 8, 256)
    bare = block("InceptionBlock", norm=False, activation="linear", five_as="two 3×3")
    assert inner(bare) == [
        ("one", ("input",)), ("three_reduce", ("input",)), ("three", ()), ("five_reduce", ("input",)), ("five_a", ()),
        ("five_b", ()), ("pool", ("input",)), ("pool_conv", ()), ("join", ("one", "three", "five_b", "pool_conv")),
    ]  # fmt: skip


def test_the_first_inception_block_of_googlenet_has_as_many_weights_as_published() -> None:
    made = block("InceptionBlock", norm=False, use_bias=True)
    weights = sum(weight.size for weight in made.weights([(28, 28, 192)]))
    assert (
        weights == (192 + 1) * 64 + (192 + 1) * 96 + (9 * 96 + 1) * 128 + (192 + 1) * 16 + (25 * 16 + 1) * 32 + 193 * 32
    )
    assert weights == 163_696


def test_squeeze_and_excite_keeps_the_shape() -> None:
    made = block("SqueezeExcite", ratio=16)
    assert made.output_shape([(8, 6, 64)]) == (8, 6, 64)
    assert sum(weight.size for weight in made.weights([(8, 6, 64)])) == 64 * 4 + 4 + 4 * 64 + 64
    assert made.formula([(8, 6, 64)]) == "64 → 64 / 16 = 4 → 64 factors"
    assert made.output_shape([(8, 6, 3)]) == (8, 6, 3)


READY = [name for name, kind in kinds().items() if issubclass(kind, Block) and name != "Group"]


@pytest.mark.parametrize("kind", READY)
def test_a_block_after_flatten_is_told(kind: str) -> None:
    network = NetworkSpec(layers=(IMAGE, create("Flatten", name="flat"), create(kind, name="b")))
    (problem,) = (item for item in analyse(network).errors if item.layer == "b" and "vector" in item.text)
    assert "needs a volume" in problem.text and not problem.text.startswith("inside")


@pytest.mark.parametrize("kind", READY)
def test_the_form_shows_its_own_fields_first(kind: str) -> None:
    cls = kinds()[kind]
    assert set(cls.own_fields()) == set(cls.model_fields) - set(Layer.model_fields)
    assert cls.own_fields()[0] in {"filters", "one", "ratio"}


def test_what_is_said_of_layers_inside_is_said_once() -> None:
    class Told(Block):
        def inside(self, inputs: Any) -> tuple[Layer, ...]:
            return tuple(create("Dropout", name=f"d{i}", rate=0.1 * i) for i in range(4))

    def find(layer: Layer, inputs: tuple[Shape, ...]) -> list[Problem]:
        severity: Severity = "warning"
        return [Problem(layer.name, "is odd", severity=severity)] if layer.name != "d0" else []

    assert [item.text for item in Told(name="b").told([(8, 8, 4)], find)] == ["inside, d1 and 2 more: is odd"]


def test_the_last_dense_layer_fits_the_classes_even_in_a_group() -> None:
    head = create(
        "Group", name="head",
        layers=(create("Flatten", name="f"), create("Dense", name="d"), create("Dense", name="off", enabled=False)),
    )  # fmt: skip
    network = NetworkSpec(layers=(IMAGE, head, create("Dense", name="gone", enabled=False)))
    assert analyse(fitted(network, 7)).shape == (7,)
    assert analyse(fitted(network.replace(1, head.with_fields(enabled=False)), 7)) == analyse(
        network.replace(1, head.with_fields(enabled=False))
    )
