"""Backbones in the core: sizes, weights, problems and their repairs. No Keras here."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.layers import backbones, create
from guiapp.core.layers.backbones import BackboneName
from guiapp.core.layers.pretrained import Pretrained
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired

PHOTO = ((224, 224, 3),)

PUBLISHED = {
    "VGG16": (14_714_688, 15.35e9),
    "ResNet50": (23_587_712, 3.86e9),
    "MobileNet": (3_228_864, 0.568e9),
    "MobileNetV2": (2_257_984, 0.300e9),
    "EfficientNetB0": (4_049_571, 0.385e9),
    "DenseNet121": (7_037_504, 2.83e9),
    "ConvNeXtTiny": (27_820_128, 4.46e9),
}
"""Weights without the top, as Keras' pages and the papers give them, and multiply-adds at 224×224."""


def net(height: int = 96, channels: int = 3, scaling: str = "none", **fields: Any) -> NetworkSpec:
    layers = [
        {"kind": "Input", "name": "image", "height": height, "width": 96, "channels": channels, "scaling": scaling},
        {"kind": "Pretrained", "name": "net", "pooling": "average", **fields},
        {"kind": "Dense", "name": "out", "units": 3, "activation": "linear"},
    ]
    return NetworkSpec.model_validate({"layers": layers})


def test_there_is_a_file_for_every_name() -> None:
    assert set(get_args(BackboneName)) == set(backbones.names())
    assert sum(path.stat().st_size for path in backbones.folder().iterdir()) < 400_000


@pytest.mark.parametrize("name", get_args(BackboneName))
def test_every_backbone_can_be_walked(name: str) -> None:
    layer = create("Pretrained", name="a", backbone=name, trained="all", keep_norms=False)
    assert isinstance(layer, Pretrained)
    height, width, channels = layer.output_shape(PHOTO)
    assert (height, width) in {(7, 7), (5, 5)}
    assert channels >= 512
    least = layer.known.least
    assert min(layer.output_shape(((least, least + 1, 3),))) >= 1
    weights = layer.weights(PHOTO)
    assert len({weight.name for weight in weights}) == len(weights)
    assert layer.last_stage in layer.known.layers
    assert layer.known.files[""].endswith(".h5")
    part = layer.with_fields(trained="from layer", first=layer.last_stage)
    counts = [sum(w.size for w in one.weights(PHOTO) if w.trainable) for one in (layer, part)]
    assert 0 < counts[1] < counts[0]


@pytest.mark.parametrize(("name", "published"), PUBLISHED.items())
def test_published_figures(name: str, published: tuple[int, float]) -> None:
    layer = create("Pretrained", name="a", backbone=name)
    assert sum(weight.size for weight in layer.weights(PHOTO)) == published[0]
    assert layer.macs(PHOTO) == pytest.approx(published[1], rel=0.02)


@pytest.mark.parametrize(
    ("name", "side"), [("VGG16", 212), ("ResNet50", 483), ("MobileNet", 315), ("InceptionV3", 1311)]
)
def test_receptive_fields_are_those_of_the_article(name: str, side: int) -> None:
    """As in Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", 2019."""
    assert create("Pretrained", name="a", backbone=name).window(PHOTO)[0] == (side, side)


def test_what_looks_at_all_of_the_image_sees_it() -> None:
    assert math.isinf(create("Pretrained", name="a", backbone="EfficientNetB0").window(PHOTO)[0][0])
    rows = analyse(net(backbone="EfficientNetB0", pooling="none")).rows
    assert rows[1].sees == (96, 96)


def test_only_what_is_trained_counts_as_trainable() -> None:
    for fields, trainable in (
        ({}, 0),
        ({"trained": "all"}, 2_223_872 - 34_112),
        ({"trained": "all", "keep_norms": False}, 2_223_872),
        ({"trained": "from layer", "first": "Conv_1"}, 320 * 1280),
        ({"trained": "from layer", "first": "Conv_1", "keep_norms": False}, 320 * 1280 + 2 * 1280),
    ):
        row = analyse(net(**fields)).rows[1]
        assert row.parameters == 2_257_984
        assert row.trainable == trainable


def test_what_stays_as_it_is() -> None:
    def still(**fields: Any) -> set[str]:
        layer = net(**fields).layers[1]
        assert isinstance(layer, Pretrained)
        return set(layer.still())

    everything = {weight.name for weight in analyse(net()).rows[1].weights}
    assert still() == everything
    assert still(trained="all", keep_norms=False) == set()
    assert still(trained="from layer", first="Conv_1") == everything - {"Conv_1/kernel"}
    moved = {f"Conv_1_bn/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")}
    assert still(trained="from layer", first="Conv_1", keep_norms=False) == everything - {"Conv_1/kernel"} - moved


def test_pooling_gives_a_vector() -> None:
    layer = create("Pretrained", name="a", backbone="MobileNetV2")
    assert layer.output_shape(((96, 64, 3),)) == (3, 2, 1280)
    for pooling in ("average", "maximum"):
        pooled = layer.with_fields(pooling=pooling)
        assert pooled.output_shape(((96, 64, 3),)) == (1280,)
        assert "= 1,280" in pooled.formula(((96, 64, 3),))
        assert pooled.numbers(((96, 64, 3),)) == layer.numbers(((96, 64, 3),)) + 1280
    assert "96×64, halved 5 times = 3×2, 1,280 channels" in layer.formula(((96, 64, 3),))


@pytest.mark.parametrize(
    ("network", "said", "clicks"),
    [
        (net(28), "needs images of at least 32×32, but gets 28×96", ["Make image 32×96"]),
        (net(28, backbone="Xception"), "at least 71×71, but gets 28×96", ["Make image 71×96"]),
        (net(channels=1), "needs images of 3 channels (red, green, blue)", ["Set the channels of image to 3"]),
        (net(scaling="1/255"), "image scales them by “1/255”", ["Set the scaling of image to none"]),
        (net(scaling="per channel"), "image scales them by “per channel”", ["Set the scaling of image to none"]),
        (net(weights_from="file"), "takes its weights from a file, but none", ["Begin at random", "Train all of it"]),
        (net(trained="from layer"), "none is named", ["Train from block_13_depthwise on"]),
        (net(trained="from layer", first="x"), "has no layer “x”", ["Train from block_13_depthwise on"]),
        (net(weights_from="random"), "what is frozen sees nothing", ["Train all of it"]),
        (net(weights_from="random", trained="all"), "batch norms are kept as they are", ["Train the batch norms too"]),
        (net(28, 1, "1/255", backbone="VGG16"), "needs images of 3 channels", [
            "Set the channels of image to 3", "Make image 32×96", "Set the scaling of image to none"
        ]),
    ],
)  # fmt: skip
def test_every_problem_is_mended_with_one_click(network: NetworkSpec, said: str, clicks: list[str]) -> None:
    assert said in analyse(network, 3).problems[0].text
    done = []
    while problems := [problem for problem in analyse(network, 3).problems if problem.layer == "net"]:
        assert problems[0].repair is not None
        done.append(problems[0].repair.text)
        network = repaired(network, problems[0])
    assert done == clicks
    assert not analyse(network, 3).errors


def test_other_repairs_mend_too() -> None:
    for network in (net(28), net(channels=1)):
        problem = analyse(network, 3).problems[0]
        for repair in problem.others:
            if not repair.remove:
                assert not analyse(repaired(network, problem, repair), 3).errors


def test_a_name_that_was_misspelt_is_found() -> None:
    problem = analyse(net(trained="from layer", first="block_3_expan"), 3).problems[0]
    assert "Train from block_3_expand on" in [repair.text for repair in problem.repairs]


def test_pixels_that_other_layers_prepare_are_no_problem() -> None:
    network = net(scaling="1/255")
    conv = create("Conv2D", name="conv", filters=3)
    assert not [p for p in analyse(network.insert(1, conv), 3).errors if "prepares the pixels" in p.text]
    sized = network.insert(1, create("Resizing", name="sized", height=64, width=64))
    assert [p for p in analyse(sized, 3).errors if "prepares the pixels" in p.text]


def test_a_vector_is_refused() -> None:
    network = net().insert(1, create("Flatten", name="flat"))
    assert "MobileNetV2 needs a volume" in analyse(network, 3).problems[0].text


class BatchNormalization(SimpleNamespace):
    """A norm of Keras, as far as freezing looks at it."""


def test_what_is_not_trained_drops_nothing_out() -> None:
    layer = create("Pretrained", backbone="EfficientNetB0", trained="from layer", first="block2a_expand_conv")
    assert isinstance(layer, Pretrained)
    begin = layer.begin
    assert 2 < begin < 100
    layers = [SimpleNamespace(rate=0.2, trainable=None) for _ in range(begin + 3)]
    norms = [BatchNormalization(trainable=None) for _ in range(2)]
    layers[begin - 1], layers[begin + 1] = norms
    layer.freeze(SimpleNamespace(layers=layers))
    assert {item.rate for item in layers[: begin - 1]} == {0.0}
    assert {item.trainable for item in layers[:begin]} == {False}
    assert (layers[begin].rate, layers[begin].trainable) == (0.2, True)
    assert norms[1].trainable is False
    thawed = layer.with_fields(keep_norms=False)
    assert isinstance(thawed, Pretrained)
    thawed.freeze(SimpleNamespace(layers=layers))
    assert norms[0].trainable is False and norms[1].trainable is True
