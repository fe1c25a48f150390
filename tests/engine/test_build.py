"""Building Keras models: names, refusals, and scaling measured on the training images alone."""

from __future__ import annotations

import platform
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import TrainingSettings
from guiapp.engine import backend
from guiapp.engine import build as building
from guiapp.engine.build import build, measure_scaling, optimizer, safe_names
from guiapp.engine.live import LiveModel


def network(scaling: str = "none", *, last: str = "linear", conv: str = "conv1") -> NetworkSpec:
    return NetworkSpec.model_validate(
        {
            "layers": [
                {"kind": "Input", "name": "image", "height": 5, "width": 4, "scaling": scaling},
                {"kind": "Conv2D", "name": conv, "filters": 2},
                {"kind": "Flatten", "name": "flatten1"},
                {"kind": "Dense", "name": "dense1", "units": 3, "activation": last},
            ]
        }
    )


def noise(count: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(3).integers(0, 256, (count, 5, 4, 3), dtype=np.uint8)


def test_an_error_names_layer_problem_and_mend() -> None:
    broken = network().remove(2)
    with pytest.raises(UserError) as caught:
        build(broken)
    assert caught.value.where == "dense1"
    assert caught.value.what == "a dense layer needs a vector, but gets a volume of 5×4×2"
    assert caught.value.mend == "Put a Flatten before it"


@pytest.mark.parametrize("name", ["größe 1", "層", "a:b", "50%", "_x", "con'1\"", "image_scaling", "CONV1"])
def test_any_name_can_be_built_and_asked(name: str) -> None:
    spec = network("1/255", conv=name).insert(2, network()["conv1"]) if name == "CONV1" else network("1/255", conv=name)
    safe = safe_names(spec)
    assert len({text.lower() for text in safe.values()}) == len(safe)
    live = LiveModel(build(spec), "abc")
    assert live.outputs(noise(2), [name])[name].shape == (2, 5, 4, 2)
    assert live.weights(name)["kernel"].shape == (3, 3, 3, 2)


def test_a_layer_above_a_backbone_does_not_take_the_name_of_its_scaling() -> None:
    layers = [
        {"kind": "Input", "name": "image", "height": 32, "width": 32, "scaling": "none"},
        {"kind": "Dropout", "name": "net_scaling"},
        {"kind": "Pretrained", "name": "net", "backbone": "MobileNetV2", "weights_from": "random"},
    ]
    safe = safe_names(NetworkSpec.model_validate({"layers": layers}))
    assert safe == {"image": "image", "net_scaling": "net_scaling_2", "net": "net"}


def test_ordinary_names_are_kept() -> None:
    assert all(name == safe for name, safe in safe_names(network()).items())


@pytest.mark.parametrize("last", ["linear", "softmax"])
def test_probabilities_whatever_the_last_activation(last: str) -> None:
    live = LiveModel(build(network(last=last), seed=1), "abc")
    found = live.probabilities(noise(7))
    assert found.shape == (7, 3) and np.allclose(found.sum(axis=1), 1, atol=1e-5)
    outputs = live.outputs(noise(7), ["dense1"])["dense1"]
    assert np.allclose(outputs, found) == (last == "softmax")


def test_asked_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    live = LiveModel(build(network()), "abc")
    whole = live.probabilities(noise(9))
    monkeypatch.setattr(LiveModel, "batch", 2)
    assert np.allclose(live.probabilities(noise(9)), whole, atol=1e-6)


def test_an_unknown_layer_is_refused() -> None:
    live = LiveModel(build(network()), "abc")
    with pytest.raises(UserError, match="no such layer"):
        live.outputs(noise(1), ["conv9"])
    with pytest.raises(UserError, match="no such layer"):
        live.weights("conv9")


@pytest.mark.parametrize("scaling", ["mean image", "per channel"])
def test_scaling_is_measured_on_the_training_images_and_kept(
    scaling: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "CHUNK_BYTES", 200)
    images, rows = noise(40), np.arange(0, 40, 2)
    built = build(network(scaling))
    measure_scaling(built, images, rows)
    live = LiveModel(built, "abc")
    pixels = images.astype(np.float64)
    training = pixels[rows]
    if scaling == "mean image":
        expected = pixels - training.mean(axis=0)
    else:
        expected = (pixels - training.mean(axis=(0, 1, 2))) / training.std(axis=(0, 1, 2))
    assert np.allclose(live.outputs(images, ["image"])["image"], expected, atol=1e-3)
    assert np.allclose(live.weights("image")["mean"], training.mean(axis=0 if scaling == "mean image" else (0, 1, 2)))

    built.model.save(tmp_path / "model.keras")
    loaded = backend.keras().models.load_model(tmp_path / "model.keras", compile=False)
    ours = np.asarray(built.model(images.astype(np.float32)))
    assert np.allclose(np.asarray(loaded(images.astype(np.float32))), ours, atol=1e-3)


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd", "rmsprop"])
def test_optimisers(name: str) -> None:
    made = optimizer(TrainingSettings.model_validate({"optimizer": name, "learning_rate": 0.25}))
    assert type(made).__name__.lower() == name and float(made.learning_rate) == 0.25


@pytest.mark.parametrize(
    ("system", "cuda", "nvidia", "word"),
    [
        ("win32", False, "", "WSL2"),
        ("darwin", False, "", "tensorflow-metal"),
        ("linux", True, "card", "driver is missing"),
        ("linux", True, "", "No NVIDIA GPU"),
    ],
)
def test_why_there_is_no_gpu(system: str, cuda: bool, nvidia: str, word: str) -> None:
    assert word in backend.why_no_gpu(system, cuda, nvidia)


def test_a_driver_without_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    assert "convnet-studio[gpu]" in backend.why_no_gpu("linux", True, "driver")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")
    assert "cannot use it" in backend.why_no_gpu("linux", True, "driver")
