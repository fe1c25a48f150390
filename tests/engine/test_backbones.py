"""Backbones in the engine: held against Keras, weights from files, frozen parts, resuming, exports."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core import first_weights
from guiapp.core.analysis import analyse
from guiapp.core.layers import backbones, create
from guiapp.core.layers.pretrained import Pretrained
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, Project, TrainingSettings
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import backend, pretrained
from guiapp.engine.build import Built, build, checked
from guiapp.engine.build import optimizer as optimizer_of
from guiapp.engine.checkpoint import read
from guiapp.engine.control import Control
from guiapp.engine.export import export
from guiapp.engine.live import load_run
from guiapp.engine.pipeline import TrainingData, prepare
from guiapp.engine.train import train

FIRST = "conv_1"


def net(side: int = 32, **fields: Any) -> NetworkSpec:
    layers = [
        {"kind": "Input", "name": "image", "height": side, "width": side, "scaling": "none"},
        {"kind": "Pretrained", "name": "net", "backbone": "MobileNetV3Small", "pooling": "average",
         "weights_from": "random", **fields},
        {"kind": "Dense", "name": "out", "units": 3, "activation": "linear"},
    ]  # fmt: skip
    return NetworkSpec.model_validate({"layers": layers})


def same_as_keras(built: Built, model: Any) -> None:
    """Hold the row of the layer called ``net`` against the Keras model of it."""
    row = next(row for row in built.analysis.rows if row.layer.name == "net")
    assert model.output.shape[1:] == row.shape
    assert [(tuple(w.shape), w.trainable) for w in model.weights] == [(w.shape, w.trainable) for w in row.weights]
    assert [w.path.split("/")[-1] for w in model.weights] == [w.name.split("/")[-1] for w in row.weights]
    assert model.count_params() == row.parameters
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == row.trainable


@pytest.mark.parametrize(
    ("name", "side", "fields"),
    [
        ("MobileNetV3Small", 32, {"trained": "from layer", "first": FIRST, "keep_norms": False}),
        ("MobileNetV3Small", 61, {"trained": "all", "pooling": "none"}),
        ("MobileNetV2", 64, {"trained": "from layer", "first": "block_13_depthwise"}),
        ("VGG16", 33, {"trained": "from layer", "first": "block5_conv1", "pooling": "maximum"}),
    ],
)
def test_the_arithmetic_is_that_of_keras(name: str, side: int, fields: dict[str, Any]) -> None:
    network = net(side, backbone=name, **fields)
    if fields.get("pooling") == "none":
        network = network.insert(2, create("Flatten", name="flat"))
    built = build(network, 3)
    same_as_keras(built, built.keras_layer("net"))


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", backbones.names())
@pytest.mark.parametrize("more", [0, 101])
def test_every_backbone_is_that_of_keras(name: str, more: int) -> None:
    layer = create("Pretrained", backbone=name)
    assert isinstance(layer, Pretrained)
    fields = {"backbone": name, "trained": "from layer", "first": layer.last_stage}
    network = net(layer.known.least + more, **fields)
    built = build(network, 3)
    same_as_keras(built, built.keras_layer("net"))
    backend.keras().backend.clear_session()


def test_pixels_are_prepared_as_keras_does() -> None:
    images = np.random.default_rng(1).integers(0, 256, (2, 5, 4, 3)).astype(np.float32)
    applications = backend.keras().applications
    keras = backend.keras()
    for name, module in (
        ("VGG16", applications.vgg16),
        ("ResNet50", applications.resnet),
        ("ResNet50V2", applications.resnet_v2),
        ("MobileNetV2", applications.mobilenet_v2),
        ("DenseNet121", applications.densenet),
        ("Xception", applications.xception),
        ("InceptionV3", applications.inception_v3),
        ("InceptionResNetV2", applications.inception_resnet_v2),
        ("NASNetMobile", applications.nasnet),
        ("ConvNeXtTiny", applications.convnext),
        ("EfficientNetV2B0", applications.efficientnet_v2),
        ("MobileNetV3Large", applications.mobilenet_v3),
    ):
        layer = create("Pretrained", name="a", backbone=name)
        assert isinstance(layer, Pretrained)
        x = keras.Input((5, 4, 3))
        prepared = layer._prepared(keras, x)
        ours = images if prepared is x else np.asarray(keras.Model(x, prepared)(images))
        assert ours == pytest.approx(np.asarray(module.preprocess_input(images.copy())), abs=1e-4), name


@pytest.mark.parametrize("deep", [1, 2])
def test_pixels_that_are_scaled_already_are_refused_inside_groups_too(deep: int) -> None:
    image, backbone, out = net().layers
    for level in range(deep):
        backbone = create("Group", name=f"group{level}", layers=(backbone,))
    network = NetworkSpec(layers=(image.with_fields(scaling="1/255"), backbone, out))
    with pytest.raises(UserError, match="prepares the pixels itself"):
        checked(network, 3)
    with pytest.raises(UserError, match="prepares the pixels itself"):
        build(network, 3)
    assert checked(NetworkSpec(layers=(image, backbone, out)), 3).rows[1].layer.kind == "Pretrained"


def test_the_scaling_of_efficientnet_is_that_of_its_imagenet_weights() -> None:
    """Keras divides by √σ once more where it loads ImageNet's weights, after the model's own scaling by √σ."""
    keras = backend.keras()
    images = np.random.default_rng(1).integers(0, 256, (2, 5, 4, 3)).astype(np.float32)
    x = keras.Input((5, 4, 3))
    layer = create("Pretrained", name="a", backbone="EfficientNetB0")
    assert isinstance(layer, Pretrained)
    prepared = np.asarray(keras.Model(x, layer._prepared(keras, x))(images))
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    assert (prepared / 255 - mean) / np.sqrt(deviation) == pytest.approx((images / 255 - mean) / deviation, abs=1e-4)
    assert layer.with_fields(weights_from="random")._prepared(keras, x) is x  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of weights as Keras writes it, of noise."""
    model = backbone_alone()
    random = np.random.default_rng(7)
    for variable in model.weights:
        variable.assign(np.abs(random.normal(0.05, 0.02, variable.shape)))
    path = tmp_path_factory.mktemp("weights") / "mobile.weights.h5"
    model.save_weights(path)
    return path


def backbone_alone(name: str = "MobileNetV3Small") -> Any:
    return getattr(backend.keras().applications, name)(include_top=False, weights=None, input_shape=(32, 32, 3))


def run_training(
    project: Project, data: TrainingData, folder: Path, control: Control | None = None, **options: Any
) -> str:
    store = RunWriter(folder)
    try:
        return train(project, data, store, lambda event: None, control or Control(), **options)
    finally:
        store.close()


Make = Callable[..., Project]


@pytest.fixture(scope="session")
def project(images: Path, weights: Path) -> Make:
    def make(steps: int = 2, **fields: Any) -> Project:
        network = net(**{"weights_from": "file", "file": str(weights), **fields})
        return Project(
            name="Bars",
            dataset=DatasetSettings(path=str(images), validation=0.0),
            network=network,
            training=TrainingSettings(epochs=1, max_steps=steps, snapshot_every=1, batch=8),
        )

    return make


PART = {"trained": "from layer", "first": FIRST, "keep_norms": False}
CHANGED = {f"{FIRST}/kernel", *(f"{FIRST}_bn/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance"))}


@pytest.fixture(scope="session")
def run(project: Make, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of two steps that trained the last layers of the backbone."""
    folder = tmp_path_factory.mktemp("backbone") / "run"
    chosen = project(**PART)
    assert run_training(chosen, prepare(chosen), folder) == "completed"
    return folder


def test_frozen_weights_stay_to_the_byte_and_the_head_learns() -> None:
    built = build(net(), 3, seed=1)
    optimizer = optimizer_of(TrainingSettings())
    variables = built.model.trainable_variables
    assert [v.path.split("/")[0] for v in variables] == ["out", "out"]
    optimizer.build(variables)
    step, _ = backend.steps(built.model, optimizer, from_logits=True)
    backbone, head = built.keras_layer("net"), built.keras_layer("out")
    before = [v.numpy().tobytes() for v in (*backbone.variables, *head.weights)]
    images = np.random.default_rng(1).integers(0, 256, (4, 32, 32, 3), np.uint8)
    for _ in range(2):
        step(images, np.arange(4, dtype=np.int32) % 3)
    after = [v.numpy().tobytes() for v in (*backbone.variables, *head.weights)]
    same = [a == b for a, b in zip(before, after, strict=True)]
    assert same == [True] * len(backbone.variables) + [False, False]


def test_from_a_layer_on_only_what_follows_changes(run: Path, weights: Path) -> None:
    keys = set(RunReader(run).keys(0, "weights"))
    assert keys == {f"net/{name}" for name in CHANGED} | {"out/kernel", "out/bias"}
    model = backbone_alone()
    model.load_weights(weights)
    first = dict(zip((w.name for w in analyse(net()).rows[1].weights), model.weights, strict=True))
    before, after = load_run(run, 0), load_run(run)
    assert (before.step, after.step) == (0, 2)
    for network in (before, after):
        found = network.weights("net")
        assert list(found) == list(first)
        assert {name for name in found if found[name].tobytes() != first[name].numpy().tobytes()} == (
            CHANGED if network is after else kept_rounded(found, first)
        )
    assert not np.array_equal(before.weights("out")["kernel"], after.weights("out")["kernel"])


def kept_rounded(found: Any, first: Any) -> set[str]:
    """Return the weights of a snapshot, which keeps 16 bits of each number."""
    for name in CHANGED:
        assert np.array_equal(found[name], first[name].numpy().astype(np.float16).astype(np.float32))
    return {name for name in CHANGED if not np.array_equal(found[name], first[name].numpy())}


def test_stopped_and_resumed_without_the_file_equals_uninterrupted(
    run: Path, project: Make, weights: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.weights.h5"
    copy.write_bytes(weights.read_bytes())
    chosen = project(file=str(copy), **PART)
    data = prepare(chosen)
    run_training(project(steps=1, file=str(copy), **PART), data, tmp_path / "parts")
    copy.unlink()
    run_training(chosen, data, tmp_path / "parts", resume=True)
    whole, parts = (read(folder / "checkpoints" / "latest.npz") for folder in (run, tmp_path / "parts"))
    assert whole.progress.step == parts.progress.step == 2
    assert list(whole.model) == list(parts.model)
    assert all(np.array_equal(whole.model[name], parts.model[name]) for name in whole.model)
    with pytest.raises(UserError, match="is not there"):
        run_training(chosen, data, tmp_path / "new")


def test_a_run_predicts_and_shows_maps(run: Path) -> None:
    network = load_run(run)
    images = np.random.default_rng(1).integers(0, 256, (2, 32, 32, 3), np.uint8)
    probabilities = network.probabilities(images)
    assert probabilities.sum(axis=1) == pytest.approx(1)
    assert network.outputs(images, ["net"])["net"].shape == (2, 576)
    model = backend.keras().models.load_model(run / "model.keras", compile=False, safe_mode=True)
    answers = backend.keras().ops.softmax(model(images.astype(np.float32), training=False))
    assert np.asarray(answers) == pytest.approx(probabilities, abs=1e-5)
    assert [w.trainable for w in model.get_layer("net").weights] == [
        w.trainable for w in network.built.keras_layer("net").weights
    ]


@pytest.mark.parametrize("to", ["keras", "tflite", "onnx", "savedmodel"])
@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_run_is_exported(run: Path, to: Any, tmp_path: Path) -> None:
    (out,) = export(run, to, tmp_path / "copy")
    assert out.exists()


def test_weights_from_keras_own_folder(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: Make
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    chosen = project(weights_from="ImageNet")
    name = "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5"
    with pytest.raises(UserError) as caught:
        run_training(chosen, prepare(chosen), tmp_path / "run")
    said = caught.value.sentence
    for part in (
        "MobileNetV3Small",
        name,
        str(tmp_path / "models"),
        "Choose a file",
        "begin at random",
        "Put that file",
    ):
        assert part.lower() in said.lower()
    (tmp_path / "models").mkdir()
    model = backbone_alone()
    model.load_weights(weights)
    from keras.src.legacy.saving import legacy_h5_format

    with _h5(tmp_path / "models" / name, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, model)
    built = build(chosen.network, 3)
    pretrained.fill(built)
    for ours, theirs in zip(built.keras_layer("net").weights, model.weights, strict=True):
        assert np.array_equal(ours.numpy(), theirs.numpy())


def _h5(path: Path, mode: str) -> Any:
    import h5py  # type: ignore[import-untyped]

    return h5py.File(path, mode)


def test_some_backbones_have_weights_for_the_size_of_the_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    layer = create("Pretrained", name="a", backbone="MobileNetV2")
    assert isinstance(layer, Pretrained)
    folder = tmp_path / "models"
    folder.mkdir()
    usual, small = (folder / layer.known.file_for(side) for side in (224, 128))
    usual.touch()
    assert usual != small
    assert first_weights.weights_file(layer, 128) == usual
    small.touch()
    assert first_weights.weights_file(layer, 128) == small
    assert first_weights.weights_file(layer, 100) == usual
    assert first_weights.weights_file(layer.with_fields(weights_from="random"), 128) is None  # type: ignore[arg-type]


def test_bad_files_are_refused_in_words(weights: Path, tmp_path: Path) -> None:
    whole = weights.read_bytes()
    other = tmp_path / "other.weights.h5"
    backbone_alone("MobileNetV3Large").save_weights(other)
    huge = tmp_path / "huge.h5"
    with _h5(huge, "w") as file:
        file.create_dataset("x", (3 * 10**9,), "float32", chunks=(1024,))
    wrong = tmp_path / "wrong.keras"
    wrong.write_bytes(b"PK\x03\x04 no archive")
    for name, content in (("short.weights.h5", whole[: len(whole) // 2]), ("text.h5", b"weights"), ("none.h5", b"")):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "image.png").write_bytes(b"x")
    layer = create("Pretrained", name="net", backbone="MobileNetV3Small", weights_from="file")
    assert isinstance(layer, Pretrained)
    model = backbone_alone()
    for name, said in (
        ("short.weights.h5", "cannot be read"),
        ("text.h5", "cannot be read"),
        ("none.h5", "cannot be read"),
        ("wrong.keras", "wrong.keras"),
        ("other.weights.h5", "does not hold the weights of MobileNetV3Small"),
        ("huge.h5", "12 GB of weights"),
        ("image.png", "is no file of weights"),
        ("gone.h5", "is not there"),
    ):
        chosen = layer.with_fields(file=str(tmp_path / name))
        assert isinstance(chosen, Pretrained)
        with pytest.raises(UserError, match=said) as caught:
            path = first_weights.weights_file(chosen, 32)
            assert path is not None
            pretrained.load(model, chosen, path)
        assert name in caught.value.sentence
        assert caught.value.mend


def test_two_of_a_kind_and_odd_names() -> None:
    layers = [
        {"kind": "Input", "name": "image", "height": 32, "width": 32, "scaling": "none"},
        {"kind": "Pretrained", "name": "left eye", "backbone": "MobileNetV3Small", "weights_from": "random"},
        {"kind": "Pretrained", "name": "rechtes Ähm", "backbone": "MobileNetV3Small", "weights_from": "random",
         "inputs": ["image"]},
        {"kind": "Dropout", "name": "left_eye_scaling"},
        {"kind": "Add", "name": "both", "inputs": ["left eye", "left_eye_scaling"]},
        {"kind": "Flatten", "name": "flat"},
        {"kind": "Dense", "name": "out", "units": 3, "activation": "linear"},
    ]  # fmt: skip
    built = build(NetworkSpec.model_validate({"layers": layers}), 3)
    assert {row.layer.name for row in analyse(built.spec).rows if row.parameters} == {"left eye", "rechtes Ähm", "out"}
    for name in ("left eye", "rechtes Ähm"):
        assert len(built.variables(name)) == len(built.keras_layer(name).weights) == 206
