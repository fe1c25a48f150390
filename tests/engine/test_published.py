"""Templates against the networks of the same name in keras.applications: the same weights, the same answers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec, fitted
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import backend
from guiapp.engine.build import Built, build
from guiapp.engine.control import Control
from guiapp.engine.export import export
from guiapp.engine.live import load_run
from guiapp.engine.pipeline import prepare
from guiapp.engine.train import train


def published(name: str, **options: Any) -> Any:
    return getattr(backend.keras().applications, name)(weights=None, classifier_activation=None, **options)


def held(name: str) -> list[tuple[int, ...]]:
    rows = analyse(flat(templates.load(name).network)).rows
    return sorted(weight.shape for row in rows for weight in row.weights)


def test_vgg_16_is_that_of_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    keras = backend.keras()
    zeros = keras.initializers.Zeros()
    scaled = keras.initializers.VarianceScaling  # drawing 138 million first weights takes seconds
    monkeypatch.setattr(scaled, "__call__", lambda self, shape, dtype=None, **more: zeros(shape, dtype))
    model = published("VGG16")
    assert model.count_params() == 138_357_544 == analyse(templates.load("vgg-16").network).parameters
    assert sorted(tuple(weight.shape) for weight in model.weights) == held("vgg-16")
    ours = {
        row.layer.name: [w.shape for w in row.weights] for row in analyse(flat(templates.load("vgg-16").network)).rows
    }
    for layer in model.layers[1:]:
        assert ours[layer.name] == [tuple(weight.shape) for weight in layer.weights]


def small(name: str) -> Built:
    """Build a template for images of 64×64 and 10 classes: the same blocks, quicker."""
    network = templates.load(name).network.update("image", height=64, width=64)
    return build(fitted(network, 10), seed=3)


def random_weights(model: Any) -> None:
    """Draw all weights, so that no norm and no bias does nothing."""
    random = np.random.default_rng(5)
    for weight in model.weights:
        low, high = (0.5, 1.5) if "variance" in weight.path or "gamma" in weight.path else (-0.1, 0.1)
        scale = 1.0 if len(weight.shape) == 1 else 8 / math.sqrt(math.prod(weight.shape[:-1]))
        weight.assign(random.uniform(low, high, weight.shape) * scale)


def same_answers(ours: Built, theirs: Any, name_of: Callable[[str], str]) -> None:
    random_weights(theirs)
    for layer in theirs.layers:
        if layer.weights:
            own = ours.model.get_layer(name_of(layer.name))  # a 1×1 convolution in place of a dense layer fits too
            own.set_weights([w.reshape(o.shape) for w, o in zip(layer.get_weights(), own.weights, strict=True)])
    images = np.random.default_rng(7).uniform(0, 255, (2, 64, 64, 3)).astype(np.float32)
    expected = np.asarray(theirs(images / 255))
    assert np.ptp(expected) > 1e-3
    assert np.allclose(np.asarray(ours.model(images)), expected, rtol=1e-3, atol=1e-4 * float(np.abs(expected).max()))


RESNET = {"0_conv": "shortcut", "0_bn": "shortcut_norm"} | {
    f"{n}_{theirs}": f"{ours}{n}" for n in (1, 2, 3) for theirs, ours in (("conv", "conv"), ("bn", "norm"))
}


def in_resnet(name: str) -> str:
    found = re.fullmatch(r"conv(\d)_block(\d)_(.*)", name)
    if found:
        return f"stage{int(found[1]) - 1}_{found[2]}_{RESNET[found[3]]}"
    return {"conv1_conv": "conv1", "conv1_bn": "norm1"}.get(name, name)


def in_mobilenet(name: str) -> str:
    found = re.fullmatch(r"conv_(dw|pw)_(\d+)(_bn)?", name)
    if found:
        return f"block{found[2]}_{found[1]}" + ("_norm" if found[3] else "")
    return {"conv1_bn": "norm1", "conv_preds": "predictions"}.get(name, name)


def test_resnet_50_is_that_of_keras() -> None:
    assert analyse(templates.load("resnet-50").network).parameters == 25_636_712
    theirs = published("ResNet50", input_shape=(64, 64, 3), classes=10)
    ours = small("resnet-50")
    assert ours.model.count_params() == theirs.count_params()
    same_answers(ours, theirs, in_resnet)


def test_mobilenet_is_that_of_keras() -> None:
    assert analyse(templates.load("mobilenet").network).parameters == 4_253_864
    theirs = published("MobileNet", input_shape=(64, 64, 3), classes=10)
    ours = small("mobilenet")
    assert ours.model.count_params() == theirs.count_params()
    same_answers(ours, theirs, in_mobilenet)


def tiny(name: str, size: int) -> NetworkSpec:
    network = fitted(templates.load(name).network, 3)
    return network.update("image", height=size, width=size)


@pytest.mark.parametrize(("name", "size"), [("inception-small", 32), ("modern-small", 32)])
def test_the_small_ones_train_and_export(
    name: str, size: int, make_project: Callable[..., Project], tmp_path: Path
) -> None:
    project = make_project(tiny(name, size), max_steps=2, snapshot_every=1)
    store = RunWriter(tmp_path / "run")
    assert train(project, prepare(project), store, lambda event: None, Control()) == "completed"
    store.close()
    reader = RunReader(tmp_path / "run")
    assert any(isinstance(layer, Block) for layer in reader.project().network.layers)
    live = load_run(tmp_path / "run")
    inside = next(
        layer.name for layer in live.spec.layers if layer.name not in {n.name for n in project.network.layers}
    )
    assert inside.startswith(("mixed1_", "stage1_"))
    (made,) = export(tmp_path / "run", "python", tmp_path / "out" / "network.py")
    compile(made.read_text("utf-8"), str(made), "exec")
