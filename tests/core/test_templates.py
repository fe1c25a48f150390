"""The networks to begin with are those of the tutorials, number by number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import closed, flat, members, opened
from guiapp.core.layers import Layer, Problem
from guiapp.core.layers.blocks import Block
from guiapp.core.layers.parts import Initializer
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import from_json, to_json

MEANT = {
    "mnist-4conv-raw": {"conv2", "conv3", "conv4", "dense1"},
    "pets-4conv": {"dense1"},
    "vgg-16": {"fc1"},
}
"""Layers of whose warnings the author knew: first weights that are too large, a dense layer that is too heavy."""

GLOROT = Initializer()
ZEROS = Initializer(scheme="zeros")


def normal(sigma: float) -> Initializer:
    return Initializer(scheme="truncated_normal", value=sigma)


def constant(value: float) -> Initializer:
    return Initializer(scheme="constant", value=value)


def rows(name: str) -> list[tuple[str, tuple[int, ...] | None]]:
    return [(row.layer.kind, row.shape) for row in analyse(templates.load(name).network).rows]


def of(name: str, *kinds: str) -> list[Any]:
    return [layer for layer in templates.load(name).network.layers if layer.kind in kinds]


def begins(layer: Any) -> tuple[str, float, str, float]:
    return (layer.kernel_init.scheme, layer.kernel_init.number, layer.bias_init.scheme, layer.bias_init.number)


def training(name: str) -> dict[str, Any]:
    value = templates.load(name).training
    return {"optimizer": value.optimizer, "rate": value.learning_rate, "batch": value.batch, "epochs": value.epochs}


def plain(layer: Any) -> bool:
    return bool(layer.kernel_init == GLOROT and layer.bias_init.number == 0 and layer.bias_init.scheme == "zeros")


def unmeant(name: str, network: NetworkSpec, classes: int | None = None) -> list[Problem]:
    """Return what is wrong with a template, but for the warnings that its author knew of."""
    meant = MEANT.get(name, set())
    problems = analyse(network, classes).problems
    return [item for item in problems if item.severity == "error" or item.layer not in meant]


def test_the_starter_comes_first_then_the_others_by_name() -> None:
    assert templates.names()[0] == "starter"
    assert list(templates.names()[1:]) == sorted(templates.names()[1:])
    assert {
        "pets-4conv",
        "mnist-lenet",
        "mnist-lenet-bn",
        "fashion-3conv",
        "mnist-4conv-raw",
        "cats-dogs-3conv",
        "vgg-16",
        "resnet-18",
        "resnet-50",
        "mobilenet",
        "inception-small",
        "modern-small",
    } <= set(templates.names())


@pytest.mark.parametrize("name", templates.names())
class TestEach:
    def test_it_has_no_problems(self, name: str) -> None:
        template = templates.load(name)
        found = analyse(template.network)
        assert unmeant(name, template.network) == []
        assert found.shape is not None
        assert unmeant(name, template.network, found.shape[0]) == []
        assert unmeant(name, flat(template.network), found.shape[0]) == []

    def test_it_is_described(self, name: str) -> None:
        template = templates.load(name)
        assert template.title
        assert template.description.endswith(".")

    def test_it_ends_in_numbers_and_not_in_probabilities(self, name: str) -> None:
        last: Any = templates.load(name).network.layers[-1]
        assert last.kind == "Dense"
        assert last.activation == "linear"

    @pytest.mark.parametrize("classes", [2, 37, 1000])
    def test_its_last_layer_fits_the_classes(self, name: str, classes: int) -> None:
        project = templates.load(name).project("Mine", "/images", classes)
        assert unmeant(name, project.network, classes) == []
        assert project.network.layers[:-1] == templates.load(name).network.layers[:-1]
        assert project.dataset is not None
        assert (project.name, project.dataset.path) == ("Mine", "/images")
        assert project.training == templates.load(name).training
        assert from_json(to_json(project), name) == project

    def test_it_can_be_opened_without_images(self, name: str) -> None:
        project = templates.load(name).project("Mine", None)
        assert project.dataset is None
        assert project.network == templates.load(name).network


def test_pets() -> None:
    assert rows("pets-4conv") == [
        ("Input", (224, 224, 3)),
        ("Conv2D", (224, 224, 32)),
        ("Conv2D", (224, 224, 32)),
        ("MaxPooling2D", (112, 112, 32)),
        ("Dropout", (112, 112, 32)),
        ("Conv2D", (112, 112, 64)),
        ("Conv2D", (112, 112, 64)),
        ("MaxPooling2D", (56, 56, 64)),
        ("Dropout", (56, 56, 64)),
        ("Flatten", (200704,)),
        ("Dense", (512,)),
        ("Dropout", (512,)),
        ("Dense", (2,)),
    ]
    (image,) = of("pets-4conv", "Input")
    assert image.scaling == "mean image"
    convs, dense = of("pets-4conv", "Conv2D"), of("pets-4conv", "Dense")
    assert [begins(layer) for layer in convs] == [("truncated_normal", 0.1, "constant", 0.0)] * 4
    assert [begins(layer) for layer in dense] == [("truncated_normal", 0.1, "constant", 1.0)] * 2
    assert [(layer.kernel, layer.stride, layer.padding, layer.activation) for layer in convs] == [
        ((3, 3), (1, 1), "same", "relu")
    ] * 4
    assert dense[0].activation == "relu"
    assert [(p.pool, p.stride, p.padding) for p in of("pets-4conv", "MaxPooling2D")] == [((2, 2), (2, 2), "same")] * 2
    assert [layer.rate for layer in of("pets-4conv", "Dropout")] == [0.8, 0.8, 0.5]
    assert training("pets-4conv") == {"optimizer": "adam", "rate": 1e-5, "batch": 10, "epochs": 400}
    template = templates.load("pets-4conv")
    assert (template.validation, template.test) == (0.0, 0.15)


def test_the_first_dense_layer_of_pets_has_102_760_448_weights() -> None:
    row = next(row for row in analyse(templates.load("pets-4conv").network).rows if row.layer.kind == "Dense")
    assert row.weights[0].size == 102_760_448


LENET = [
    ("Input", (28, 28, 1)),
    ("Conv2D", (28, 28, 12)),
    ("MaxPooling2D", (13, 13, 12)),
    ("Conv2D", (13, 13, 16)),
    ("MaxPooling2D", (6, 6, 16)),
    ("Flatten", (576,)),
    ("Dense", (256,)),
    ("Dense", (100,)),
    ("Dense", (10,)),
]


@pytest.mark.parametrize("name", ["mnist-lenet", "mnist-lenet-bn"])
def test_lenet(name: str) -> None:
    assert [row for row in rows(name) if row[0] not in {"BatchNormalization", "Dropout"}] == LENET
    (image,) = of(name, "Input")
    assert image.scaling == "1/255"
    convs = of(name, "Conv2D")
    assert [(layer.kernel, layer.stride, layer.padding) for layer in convs] == [((3, 3), (1, 1), "same")] * 2
    assert [(p.pool, p.stride, p.padding) for p in of(name, "MaxPooling2D")] == [((3, 3), (2, 2), "valid")] * 2
    assert all(plain(layer) for layer in of(name, "Conv2D", "Dense"))
    assert [layer.activation for layer in of(name, "Dense")] == ["relu", "relu", "linear"]
    epochs = 20 if name == "mnist-lenet" else 30
    assert training(name) == {"optimizer": "adam", "rate": 1e-3, "batch": 128, "epochs": epochs}


def test_lenet_with_batch_norm_has_it_and_dropout_after_each_pool() -> None:
    kinds = [kind for kind, _ in rows("mnist-lenet-bn")]
    for at in (at for at, kind in enumerate(kinds) if kind == "MaxPooling2D"):
        assert kinds[at + 1 : at + 3] == ["BatchNormalization", "Dropout"]
    assert len(kinds) == len(LENET) + 4
    assert [layer.momentum for layer in of("mnist-lenet-bn", "BatchNormalization")] == [0.9, 0.9]
    assert [layer.rate for layer in of("mnist-lenet-bn", "Dropout")] == [0.5, 0.5]


def test_fashion() -> None:
    assert rows("fashion-3conv") == [
        ("Input", (28, 28, 1)),
        ("Conv2D", (28, 28, 32)),
        ("MaxPooling2D", (14, 14, 32)),
        ("Conv2D", (14, 14, 64)),
        ("MaxPooling2D", (7, 7, 64)),
        ("Conv2D", (7, 7, 128)),
        ("MaxPooling2D", (4, 4, 128)),
        ("Flatten", (2048,)),
        ("Dense", (128,)),
        ("Dense", (10,)),
    ]
    convs = of("fashion-3conv", "Conv2D")
    assert [(layer.kernel, layer.stride, layer.activation) for layer in convs] == [((3, 3), (1, 1), "relu")] * 3
    pools = of("fashion-3conv", "MaxPooling2D")
    assert [(p.pool, p.stride, p.padding) for p in pools] == [((2, 2), (2, 2), "same")] * 3
    assert all(plain(layer) for layer in of("fashion-3conv", "Conv2D", "Dense"))
    assert [layer.activation for layer in of("fashion-3conv", "Dense")] == ["relu", "linear"]
    assert training("fashion-3conv") == {"optimizer": "adam", "rate": 1e-3, "batch": 128, "epochs": 10}


def test_the_lesson_in_initialisation() -> None:
    assert rows("mnist-4conv-raw") == [
        ("Input", (28, 28, 1)),
        ("Conv2D", (28, 28, 64)),
        ("Conv2D", (28, 28, 64)),
        ("MaxPooling2D", (14, 14, 64)),
        ("Conv2D", (14, 14, 128)),
        ("Conv2D", (14, 14, 128)),
        ("MaxPooling2D", (7, 7, 128)),
        ("Flatten", (6272,)),
        ("Dense", (10,)),
    ]
    layers = of("mnist-4conv-raw", "Conv2D", "Dense")
    assert [begins(layer) for layer in layers] == [("random_normal", 1.0, "zeros", 0.0)] * 5
    assert [(layer.kernel, layer.activation) for layer in layers[:4]] == [((3, 3), "relu")] * 4
    pools = of("mnist-4conv-raw", "MaxPooling2D")
    assert [(p.pool, p.stride, p.padding) for p in pools] == [((2, 2), (2, 2), "valid")] * 2
    value = templates.load("mnist-4conv-raw").training
    assert (value.optimizer, value.learning_rate, value.momentum) == ("sgd", 1e-7, 0.0)
    assert (value.batch, value.max_steps) == (100, 5000)
    # 5,000 batches must fit into the epochs even for a few hundred images.
    assert value.epochs * 500 >= value.max_steps * value.batch


def test_cats_and_dogs() -> None:
    assert rows("cats-dogs-3conv") == [
        ("Input", (128, 128, 3)),
        ("Conv2D", (128, 128, 32)),
        ("MaxPooling2D", (64, 64, 32)),
        ("Activation", (64, 64, 32)),
        ("Conv2D", (64, 64, 32)),
        ("MaxPooling2D", (32, 32, 32)),
        ("Activation", (32, 32, 32)),
        ("Conv2D", (32, 32, 64)),
        ("MaxPooling2D", (16, 16, 64)),
        ("Activation", (16, 16, 64)),
        ("Flatten", (16384,)),
        ("Dense", (128,)),
        ("Dense", (2,)),
    ]
    (image,) = of("cats-dogs-3conv", "Input")
    assert image.scaling == "1/255"
    layers = of("cats-dogs-3conv", "Conv2D", "Dense")
    assert [begins(layer) for layer in layers] == [("truncated_normal", 0.05, "constant", 0.05)] * 5
    assert [layer.activation for layer in layers] == ["linear", "linear", "linear", "relu", "linear"]
    assert [layer.kernel for layer in layers[:3]] == [(3, 3)] * 3
    assert [layer.activation for layer in of("cats-dogs-3conv", "Activation")] == ["relu"] * 3
    pools = of("cats-dogs-3conv", "MaxPooling2D")
    assert [(p.pool, p.stride, p.padding) for p in pools] == [((2, 2), (2, 2), "same")] * 3
    assert templates.load("cats-dogs-3conv").validation == 0.2
    values = training("cats-dogs-3conv")
    assert (values["optimizer"], values["rate"], values["batch"]) == ("adam", 1e-4, 16)


TOTALS = {
    # kernels and biases, layer by layer
    "pets-4conv": (896 + 9_248 + 18_496 + 36_928 + 102_760_960 + 1_026, 2 * 224 * 224 * 3 + 1),
    "mnist-lenet": (120 + 1_744 + 147_712 + 25_700 + 1_010, 0),
    "mnist-lenet-bn": (120 + 24 + 1_744 + 32 + 147_712 + 25_700 + 1_010, 2 * (12 + 16)),
    "fashion-3conv": (320 + 18_496 + 73_856 + 262_272 + 1_290, 0),
    "mnist-4conv-raw": (640 + 36_928 + 73_856 + 147_584 + 62_730, 0),
    "cats-dogs-3conv": (896 + 9_248 + 18_496 + 2_097_280 + 258, 0),
    # as published
    "vgg-16": (138_357_544, 0),
    "resnet-18": (11_689_512, 9_600),
    "resnet-50": (25_583_592, 53_120),
    "mobilenet": (4_231_976, 21_888),
}
"""How many numbers are trained, and how many are measured."""


@pytest.mark.parametrize("name", TOTALS)
def test_the_parameters_are_as_many_as_known(name: str) -> None:
    found = analyse(templates.load(name).network)
    assert (found.trainable, found.parameters - found.trainable) == TOTALS[name]


@pytest.mark.parametrize("name", ["inception-small", "modern-small"])
def test_the_small_ones_suit_two_cores(name: str) -> None:
    found = analyse(templates.load(name).network)
    assert found.parameters < 200_000
    assert found.macs < 50_000_000


@pytest.mark.parametrize("size", [32, 64])
def test_the_small_modern_one_takes_images_of_32_to_64_pixels(size: int) -> None:
    network = templates.load("modern-small").network
    assert analyse(network.update("image", height=size, width=size)).problems == ()


@pytest.mark.parametrize("name", templates.names())
def test_every_block_of_a_template_opens_and_closes(name: str) -> None:
    network = templates.load(name).network
    whole = analyse(network)
    for at, layer in enumerate(network.layers):
        if isinstance(layer, Block):
            wide = opened(network, at)
            assert analyse(wide).parameters == whole.parameters
            assert closed(wide, members(wide, layer.name), layer.name) == network


def test_an_unknown_template_is_told_with_the_known_ones() -> None:
    with pytest.raises(UserError) as caught:
        templates.load("alexnet")
    assert caught.value.sentence == f"alexnet: is not a template. Choose one of {', '.join(templates.names())}."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is damaged"),
        ('{"title": "x"}', "description: is missing; add it"),
        (json.dumps({"title": "x", "description": "x.", "network": {}, "training": {}, "more": 1}), "more: is not"),
    ],
)
def test_a_damaged_template_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, what: str) -> None:
    (tmp_path / "broken.json").write_text(text)
    monkeypatch.setattr(templates, "folder", lambda: tmp_path)
    monkeypatch.setattr(templates, "names", lambda: ("broken",))
    with pytest.raises(UserError) as caught:
        templates.load.__wrapped__("broken")
    assert what in caught.value.what
    assert caught.value.mend == "Install the program again"


def _kinds(layers: tuple[Layer, ...]) -> list[str]:
    return [layer.kind for layer in layers]


def test_the_starter_is_small() -> None:
    template = templates.load("starter")
    assert analyse(template.network).parameters < 1_000_000
    assert _kinds(template.network.layers)[0] == "Input"
