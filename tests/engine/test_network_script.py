"""A project's script builds the same network, trains by itself, and is imported again as what it was."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.keras_files import read
from guiapp.core.keras_files.arguments import arguments
from guiapp.core.keras_files.script import imported_script
from guiapp.core.layers import Layer, create, kinds
from guiapp.core.layers.parts import Initializer
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, TrainingSettings
from guiapp.engine import backend
from guiapp.engine.build import Built, build, safe_names
from guiapp.engine.script import Source, exported, script
from guiapp.engine.script_project import export_script

MakeProject = Callable[..., Project]


def plain(layer: Layer, inputs: tuple[str, ...]) -> Layer:
    """A layer without what a script does not say: groups, and numbers that are the scheme's own."""
    parts = {name: getattr(layer, name) for name in layer.own_fields()}
    same = {
        name: Initializer(scheme=part.scheme)
        for name, part in parts.items()
        if isinstance(part, Initializer) and part.number == Initializer(scheme=part.scheme).number
    }
    return layer.with_fields(inputs=inputs, group="", **same)


def normal(network: NetworkSpec) -> list[Layer]:
    """The layers that are built, each with its inputs by name."""
    rows = analyse(flat(network)).rows
    return [
        plain(row.layer, tuple(rows[source].layer.name for source in row.sources)) for row in rows if row.layer.enabled
    ]


def text_of(network: NetworkSpec, training: TrainingSettings | None = None) -> str:
    project = Project(network=network, training=training or TrainingSettings())
    spec = flat(network)
    built = Built(spec, analyse(spec), None, {}, safe_names(spec))  # the script asks for no weights
    return script(Source(project, built, ("a", "b")))


@pytest.mark.parametrize("name", templates.names())
def test_every_template_comes_back_from_its_script(name: str) -> None:
    template = templates.load(name)
    text = text_of(template.network, template.training)
    assert max(map(len, text.splitlines())) <= 120
    found = imported_script(text.encode())
    if any(layer.kind == "Pretrained" for layer in template.network.layers):
        assert [layer.name for layer in normal(found.network)] == [layer.name for layer in normal(template.network)]
    else:
        assert normal(found.network) == normal(template.network)
    told = template.training.model_dump()
    rate, batch, epochs = (told[field] for field in ("learning_rate", "batch", "epochs"))
    assert f"\nEPOCHS = {epochs}\nBATCH = {batch}\nLEARNING_RATE = {rate!r}\n" in text
    assert "epochs=EPOCHS" in text and "learning_rate=LEARNING_RATE" in text and "batch_size=BATCH" in text
    assert {"optimizer", "learning_rate", "batch", "epochs"} <= found.training.keys() <= told.keys()
    assert all(told[field] == value for field, value in found.training.items())


def branched(project: Project) -> NetworkSpec:
    first = project.network.layers[0]
    return NetworkSpec(
        layers=(
            first,
            create("Conv2D", name="class", filters=4, kernel_reg={"l2": 0.01}, kernel_init={"scheme": "he_normal"}),
            create("Conv2D", name="wide.one", kernel=(1, 5), inputs=(first.name,), filters=4, activation="gelu"),
            create("Activation", name="off", enabled=False),
            create("Add", name="sum", inputs=("class", "wide.one")),
            create("Group", name="pair", layers=(create("Conv2D", name="in", filters=3), create("Dropout", name="d"))),
            create("Flatten", name="flat"),
            create("Dense", name="out", units=3, activation="linear", bias_init={"scheme": "constant", "value": 0.5}),
        )
    )


def test_the_script_of_a_project_builds_its_network_and_reads_its_images(
    make_project: MakeProject, tmp_path: Path
) -> None:
    project = make_project(epochs=1)
    project = project.model_copy(update={"network": branched(project)})
    path, beside = export_script(project, tmp_path / "mine")
    assert [entry.name for entry in sorted(tmp_path.iterdir())] == ["mine.csv", "mine.py"]
    text = path.read_text("utf-8")
    for part in (
        "    # --- pair: Group ---",
        "    # sum: Add, gives 12×12×4",
        "sum = keras.layers.Add(",
        "([x_class, ",
    ):
        assert part in text
    assert 'kernel_initializer="he_normal"' in text and "kernel_regularizer=keras.regularizers.L2(0.01)" in text
    assert "strides" not in text and "Activation" not in text
    space = exported(path)
    assert space["CLASSES"] == ["lying", "square", "standing"]
    theirs, ours = space["build"](), build(project.network).model
    assert [weight.shape for weight in theirs.weights] == [weight.shape for weight in ours.weights]
    theirs.set_weights(ours.get_weights())
    images = np.random.default_rng(1).integers(0, 256, (3, 12, 12, 3)).astype(np.float32)
    np.testing.assert_array_equal(theirs(images), ours(images))
    assert normal(read(path).network) == normal(project.network)
    edited = text.replace("keras.layers.Conv2D(\n        4, 3,", "keras.layers.Conv2D(\n        7, 3,").replace(
        "Conv2D(4, 3,", "Conv2D(7, 3,"
    )
    assert edited != text and imported_script(edited.encode()).network["class"].filters == 7  # type: ignore[attr-defined]
    assert beside.read_text().count("\n") == 73
    words = " ".join(space["__doc__"].split())
    assert "The images, classes and splits are as Convnet Studio has them." in words and "trained with" not in words


def test_the_script_trains_by_itself(make_project: MakeProject, tmp_path: Path) -> None:
    path, _ = export_script(make_project(epochs=1), tmp_path / "mine.py")
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(
        [sys.executable, str(path), "train"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "network.weights.h5").is_file() and "accuracy" in done.stdout


def test_a_project_without_images_or_with_a_problem(make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project().model_copy(update={"dataset": None})
    (path,) = export_script(project, tmp_path / "alone.py")
    assert exported(path)["CLASSES"] == ["class1", "class2", "class3"]
    with pytest.raises(UserError):
        export_script(Project(), tmp_path / "none.py")
    assert not (tmp_path / "none.py").exists()


RATE = st.sampled_from([0.1, 0.25, 0.5])
LAYERS = st.one_of(
    st.builds(
        lambda **fields: create("Conv2D", **fields),
        filters=st.integers(1, 6),
        kernel=st.tuples(st.integers(1, 3), st.integers(1, 3)),
        stride=st.sampled_from([(1, 1), (2, 2), (1, 2)]),
        padding=st.sampled_from(["same", "valid"]),
        activation=st.sampled_from(["relu", "linear", "gelu", "leaky_relu"]),
        use_bias=st.booleans(),
        kernel_init=st.sampled_from([{"scheme": "he_normal"}, {"scheme": "random_uniform", "value": 0.2}, {}]),
        kernel_reg=st.sampled_from([{}, {"l1": 0.1}, {"l1": 0.1, "l2": 0.3}]),
    ),
    st.builds(lambda pool, padding: create("MaxPooling2D", pool=pool, padding=padding),
              st.sampled_from([(2, 2), (1, 3)]), st.sampled_from(["same", "valid"])),
    st.builds(lambda rate: create("Dropout", rate=rate), RATE),
    st.builds(lambda momentum, scale: create("BatchNormalization", momentum=momentum, scale=scale), RATE,
              st.booleans()),
    st.builds(lambda activation: create("Activation", activation=activation),
              st.sampled_from(["tanh", "silu", "relu"])),
)  # fmt: skip


@settings(max_examples=12, deadline=None)
@given(layers=st.lists(LAYERS, max_size=5), split=st.booleans())
def test_random_networks_come_back(layers: list[Layer], split: bool) -> None:
    network = NetworkSpec(layers=(create("Input", name="image", height=24, width=24, scaling="per channel"),))
    for layer in layers:
        network = network.insert(len(network.layers), layer)
    if split:
        last = network.layers[-1].name
        for name in ("left", "right"):
            one = create("Conv2D", name=name, filters=3, kernel=(1, 1), inputs=(last,))
            network = network.having((*network.layers, one))
        network = network.having((*network.layers, create("Concatenate", name="both", inputs=("right", "left"))))
    end = (create("GlobalAveragePooling2D", name="gap"), create("Dense", name="out", units=2, activation="softmax"))
    network = network.having((*network.layers, *end))
    if not analyse(network).errors:
        assert normal(imported_script(text_of(network).encode()).network) == normal(network)


def counted(model: Any, tmp_path: Path, *, packed: bool = False) -> None:
    path = tmp_path / ("net.keras" if packed else "net.json")
    if packed:
        model.save(path)
    else:
        path.write_text(model.to_json(), "utf-8")
    analysis = analyse(read(path).network)
    assert analysis.parameters == model.count_params() and not analysis.errors
    shapes = {row.layer.name: row.shape for row in analysis.rows}
    for layer in model.layers:
        if layer.name in shapes and hasattr(layer.output, "shape"):
            assert shapes[layer.name] == tuple(layer.output.shape[1:])
    assert analysis.rows[-1].shape == model.output_shape[1:]


def test_networks_of_keras_applications_are_taken_over_whole(tmp_path: Path) -> None:
    made = backend.keras().applications
    counted(made.MobileNetV2(weights=None, input_shape=(32, 32, 3), alpha=0.35, classes=3), tmp_path, packed=True)
    counted(made.VGG16(weights=None, input_shape=(32, 32, 3), include_top=False, pooling="avg"), tmp_path)
    counted(made.MobileNetV3Small(weights=None, input_shape=(32, 32, 3), classes=3), tmp_path)
    counted(made.InceptionV3(weights=None, input_shape=(75, 75, 3), classes=3), tmp_path)


def test_our_own_models_come_back_from_what_keras_saves(make_project: MakeProject, tmp_path: Path) -> None:
    network = branched(make_project())
    build(network).model.save(tmp_path / "mine.keras")
    found = {layer.name: layer for layer in normal(read(tmp_path / "mine.keras").network)}
    assert [found[layer.name] for layer in normal(network)] == normal(network)


def test_the_table_of_arguments_is_that_of_keras() -> None:
    keras = backend.keras()
    for kind in kinds().values():
        for name in (kind.keras, *kind.keras_also) if kind.keras else ():
            known = arguments("layers", name)
            assert known is not None, f"{name} is missing in keras_arguments.json"
            taken = list(inspect.signature(getattr(keras.layers, name)).parameters.values())
            named = [one for one in taken if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
            assert [one.name for one in named] == [argument[0] for argument in known]
            usual = [None if one.default is one.empty else one.default for one in named]
            held = [argument[1] if len(argument) > 1 else None for argument in known]
            assert json.dumps(usual) == json.dumps(held)
