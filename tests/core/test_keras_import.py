"""Networks out of Keras' JSON and `.keras` files: what is taken over, what is told, and what is refused."""

from __future__ import annotations

import copy
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiapp.core.analysis import analyse
from guiapp.core.keras_files import Imported, config, read
from guiapp.core.keras_files.network import network_of
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, save

Json = dict[str, Any]


def tensor(name: str) -> Json:
    return {"class_name": "__keras_tensor__", "config": {"shape": [None], "keras_history": [name, 0, 0]}}


def layer(kind: str, name: str, *inputs: str, **arguments: Any) -> Json:
    given_ = [tensor(source) for source in inputs]
    return {
        "module": "keras.layers",
        "class_name": kind,
        "config": {"name": name, **arguments},
        "registered_name": None,
        "name": name,
        "inbound_nodes": [{"args": [given_] if len(given_) > 1 else given_, "kwargs": {}}] if given_ else [],
    }


def model(*layers: Json, output: str = "out", name: str = "net", **more: Any) -> Json:
    inputs, outputs = [["image", 0, 0]], [[output, 0, 0]]
    inner = {"name": name, "layers": list(layers), "input_layers": inputs, "output_layers": outputs}
    return {"module": "keras", "class_name": "Functional", "config": inner, **more}


def entry(*shape: int | None) -> Json:
    return layer("InputLayer", "image", batch_shape=[None, *shape])


IMAGE = layer("InputLayer", "image", batch_shape=[None, 8, 8, 3])


def branched() -> Json:
    """A model with a branch, a model inside it, and settings of every sort."""
    regular = {"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.2}}
    drawn = {"class_name": "TruncatedNormal", "config": {"mean": 0.0, "stddev": 0.1, "seed": None}}
    inner = {"name": "head", "layers": [layer("Flatten", "flat"), layer("Dense", "dense", units=3, activation=None)]}
    head = {**layer("Sequential", "head", "join"), "module": "keras", "config": inner}
    return model(
        IMAGE,
        layer("Rescaling", "rescaling", "image", scale=1 / 255, offset=0.0),
        layer("Conv2D", "a", "rescaling", filters=4, kernel_size=[3, 3], padding="same", kernel_regularizer=regular),
        layer("Conv2D", "b", "rescaling", filters=4, kernel_size=1, activation="swish", kernel_initializer=drawn),
        layer("ReLU", "act", "a", max_value=6.0),
        layer("Add", "join", "act", "b"),
        head,
        output="head",
        compile_config={"optimizer": {"class_name": "Adam", "config": {"learning_rate": 9.999999747378752e-05}}},
    )


def imported(value: Any) -> Imported:
    return network_of(config.graph_of(value), {}, "")


def by_name(network: NetworkSpec) -> dict[str, Any]:
    return {one.name: one for one in network.layers}


def write(path: Path, value: Any) -> Path:
    path.write_text(json.dumps(value), "utf-8")
    return path


def test_a_model_with_branches_settings_and_a_model_inside_is_taken_over(tmp_path: Path) -> None:
    found = read(write(tmp_path / "net.json", branched()))
    layers = by_name(found.network)
    assert list(layers) == ["image", "a", "act", "b", "join", "head"]
    assert layers["image"].scaling == "1/255" and (layers["image"].height, layers["image"].channels) == (8, 3)
    assert layers["a"].kernel_reg.l1 == 0.1 and layers["a"].kernel_reg.l2 == 0.2 and layers["a"].activation == "linear"
    assert layers["b"].kernel == (1, 1) and layers["b"].activation == "silu" and layers["b"].padding == "valid"
    assert (layers["b"].kernel_init.scheme, layers["b"].kernel_init.value) == ("truncated_normal", 0.1)
    assert layers["act"].kind == "Activation" and layers["act"].activation == "relu6"
    assert layers["join"].inputs == ("act", "b") and layers["b"].inputs == ("image",) and layers["a"].inputs == ()
    assert layers["head"].kind == "Group" and [one.name for one in layers["head"].layers] == ["flat", "dense"]
    assert not analyse(found.network).errors and analyse(found.network).rows[-1].shape == (3,)
    assert dict(found.training) == {"optimizer": "adam", "learning_rate": 0.0001} and found.notes == ()


def test_what_has_no_counterpart_but_does_no_harm_is_left_out_and_told() -> None:
    value = model(
        layer("InputLayer", "image", batch_shape=[None, 8, 8, 3]),
        layer("RandomFlip", "flip", "image", mode="horizontal"),
        layer("Conv2D", "out", "flip", filters=4, kernel_size=3, kernel_constraint={"class_name": "MaxNorm"},
              kernel_initializer={"class_name": "IdentityInitializer", "config": {}}, trainable=False),
    )  # fmt: skip
    found = imported(value)
    assert [one.name for one in found.network.layers] == ["image", "out"]
    told = " ".join(found.notes)
    for part in (
        "flip (RandomFlip) is left out",
        "kernel_constraint of out",
        "has no IdentityInitializer",
        "not to be trained",
    ):
        assert part in told
    assert "does not scale the images" in told


def test_keras_2_and_the_first_form_of_a_list_are_read() -> None:
    old = [
        {"class_name": "Conv2D", "config": {"name": "c", "filters": 2, "kernel_size": [3, 3],
                                           "batch_input_shape": [None, 8, 8, 1]}},
        {"class_name": "LeakyReLU", "config": {"name": "l", "alpha": 0.2}},
        {"class_name": "MaxPooling2D", "config": {"name": "p", "pool_size": 3}},
    ]  # fmt: skip
    found = imported({"class_name": "Sequential", "config": old})
    assert [one.kind for one in found.network.layers] == ["Input", "Conv2D", "Activation", "MaxPooling2D"]
    assert found.network.layers[3].stride == (3, 3)  # type: ignore[attr-defined]
    functional = copy.deepcopy(branched())
    for one in functional["config"]["layers"]:
        names = [
            part["config"]["keras_history"][0]
            for node in one["inbound_nodes"]
            for part in (node["args"][0] if isinstance(node["args"][0], list) else node["args"])
        ]
        one["inbound_nodes"] = [[[name, 0, 0, {}] for name in names]] if names else []
    assert imported(functional).network == imported(branched()).network


BAD = {
    "Lambda": (layer("Lambda", "out", "image", function="gASV"),
               "Lambda “out” holds code of its own, which is never run"),
    "own class": ({**layer("Mine", "out", "image"), "module": "my.things"}, "Mine holds code of its own"),
    "registered": ({**layer("Mine", "out", "image"), "module": None, "registered_name": "P>Mine"}, "code of its own"),
    "function": (
        layer("Dense", "out", "image", units=3, activation={"class_name": "function", "config": "f"}),
        "its activation holds code of its own",
    ),
    "unknown": (layer("Sparkle", "out", "image"), "Sparkle “out” is no layer that this version knows"),
    "recurrent": (layer("LSTM", "out", "image", units=3), "LSTM “out” is a layer of Keras that the form does not have"),
    "channels first": (layer("Conv2D", "out", "image", filters=1, kernel_size=1, data_format="channels_first"),
                       "channels first"),
    "negative": (layer("Conv2D", "out", "image", filters=-4, kernel_size=3), "filters: must be at least 1"),
    "huge": (layer("Conv2D", "out", "image", filters=10**17, kernel_size=3), "filters: must be at most"),
    "wrong kind": (layer("Conv2D", "out", "image", filters={"a": 1}, kernel_size=3), "whole number"),
    "axis": (layer("BatchNormalization", "out", "image", axis=1), "axis"),
    "missing": (layer("Conv2D", "out", "image", filters=3), "says no kernel_size"),
    "nowhere": (layer("Flatten", "out", "ghost"), "takes “ghost”, which is no layer"),
    "twice": ({**layer("Flatten", "out", "image"), "inbound_nodes": [{}, {}]}, "used 2 times"),
    "beside": ({**layer("Add", "out", "image"), "inbound_nodes": [{"args": [tensor("image"), 2.0]}]}, "beside layers"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_said_is_refused_with_its_layer(case: str) -> None:
    wrong, words = BAD[case]
    with pytest.raises(UserError) as caught:
        imported(model(IMAGE, wrong))
    assert words in caught.value.sentence and "layer out" in caught.value.sentence and caught.value.mend


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (model(IMAGE, layer("ReLU", "x", "y"), layer("ReLU", "y", "x"), layer("Add", "out", "image", "y")),
         "what it gives itself"),
        (model(IMAGE, layer("ReLU", "out", "image"), layer("ReLU", "out", "image")), "two layers are called “out”"),
        (model(entry(None, None, 3), layer("ReLU", "out", "image")), "any size"),
        (model(entry(784), layer("ReLU", "out", "image")), "no image"),
        (model(entry(8, -8, 3), layer("ReLU", "out", "image")), "width: must be at least 1"),
        (model(IMAGE, {**entry(8, 8, 3), "name": "two"}, layer("Add", "out", "image", "two")), "2 inputs"),
        ({"class_name": "MyModel", "module": "mine", "config": {"layers": []}}, "code of its own"),
        ([1, 2], "no model of Keras"),
        ({"class_name": "Functional", "config": {"layers": 3}}, "layers is missing or damaged"),
    ],
)  # fmt: skip
def test_wrong_models_are_refused_in_words(value: Any, words: str) -> None:
    with pytest.raises(UserError) as caught:
        imported(value)
    assert words in caught.value.sentence


def test_models_with_two_outputs_are_refused() -> None:
    value = model(IMAGE, layer("ReLU", "out", "image"))
    value["config"]["output_layers"] = [["out", 0, 0], ["image", 0, 0]]
    with pytest.raises(UserError, match="2 outputs"):
        imported(value)


def test_models_nested_without_end_are_refused() -> None:
    value = model(IMAGE, layer("ReLU", "out", "image"))
    for _ in range(40):
        inner = {**layer("Functional", "out", "image"), "config": value["config"]}
        value = model(IMAGE, inner)
    with pytest.raises(UserError, match="deep"):
        imported(value)


def packed(path: Path, change: Callable[[zipfile.ZipFile], None] | None = None, text: str | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if change is not None:
            change(archive)
        archive.writestr("config.json", json.dumps(branched()) if text is None else text)
    return path


def test_a_keras_file_is_read_without_its_weights(tmp_path: Path) -> None:
    def weights(archive: zipfile.ZipFile) -> None:
        archive.writestr("model.weights.h5", b"\x89HDF\r\n\x1a\n" + b"\xff" * 64)  # says that it holds terabytes

    assert read(packed(tmp_path / "a.keras", weights)).network == imported(branched()).network


def linked(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("assets/link")
    info.external_attr = 0o120777 << 16
    archive.writestr(info, "/etc/passwd")


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "escape": (lambda p: packed(p, lambda a: a.writestr("../../evil.txt", "x")), "leads out of the file"),
    "absolute": (lambda p: packed(p, lambda a: a.writestr("/etc/evil", "x")), "leads out of the file"),
    "drive": (lambda p: packed(p, lambda a: a.writestr("C:\\evil", "x")), "leads out of the file"),
    "link": (lambda p: packed(p, linked), "holds the link assets/link"),
    "bomb": (lambda p: packed(p, text=" " * (40 << 20)), "unpacks to 40 MB"),
    "no config": (lambda p: packed(p, text="{}"), "no model of Keras"),
    "not a zip": (lambda p: written(p, b"\x80\x04cposix\nsystem\n." * 20), "is no .keras file"),
    "empty": (lambda p: written(p, b""), "is no .keras file"),
    "deep": (lambda p: packed(p, text="[" * 100_000), "nested too deeply"),
    "digits": (lambda p: packed(p, text='{"class_name": ' + "9" * 5000 + "}"), "too large"),
    "not a number": (lambda p: packed(p, text='{"class_name": NaN}'), "no number"),
    "not text": (lambda p: packed(p, text="\ud800".encode("utf-16", "surrogatepass").decode("latin-1")), "damaged"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_in_words(case: str, tmp_path: Path) -> None:
    make, words = HOSTILE[case]
    path = make(tmp_path / "bad.keras")
    with pytest.raises(UserError) as caught:
        read(path)
    assert words in caught.value.sentence and caught.value.where == str(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["bad.keras"]


def test_cut_off_files_are_refused_wherever_they_end(tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole.keras").read_bytes()
    cut = tmp_path / "cut.keras"
    for length in range(0, len(whole), 7):
        cut.write_bytes(whole[:length])
        with pytest.raises(UserError):
            read(cut)


def test_other_files_are_refused_and_projects_are_taken(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no kind of file"):
        read(tmp_path / "weights.h5")
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(UserError, match="is no file"):
        read(tmp_path / "pipe.json")
    project = Project(name="Mine", network=imported(branched()).network)
    save(project, tmp_path / "mine.convnet")
    found = read(tmp_path / "mine.convnet")
    assert found.network == project.network and found.applied(Project()).training == project.training


JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 1e300, 10**17, "", "image", "a", [], [[]], {}, [None], {"class_name": "x"}]
)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for key, part in inner for place in places(part, (*at, key))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_change_to_a_model_gives_a_network_or_a_sentence(data: st.DataObject) -> None:
    value = copy.deepcopy(branched())
    for _ in range(data.draw(st.integers(1, 3))):
        *way, last = data.draw(st.sampled_from(places(value)))
        holder: Any = value
        for key in way:
            holder = holder[key]
        if data.draw(st.booleans()) and isinstance(holder, dict):
            del holder[last]
        else:
            holder[last] = copy.deepcopy(data.draw(JUNK))
    try:
        found = imported(json.loads(json.dumps(value)))
    except UserError as exc:
        assert exc.what and exc.mend
    else:
        analyse(found.network)
