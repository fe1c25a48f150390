"""What of a file cannot be taken over is told all at once, and the rest can be taken without it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.keras_files import Refused, read

Json = dict[str, Any]
IMAGE = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 8, 8, 3]}}


def layer(kind: str, name: str, **arguments: Any) -> Json:
    return {"class_name": kind, "config": {"name": name, **arguments}}


def listed(*layers: Json, name: str = "net") -> Json:
    return {"class_name": "Sequential", "name": name, "config": {"name": name, "layers": list(layers)}}


def written(path: Path, *layers: Json) -> Path:
    path.write_text(json.dumps(listed(IMAGE, *layers)), "utf-8")
    return path


def own(name: str) -> Json:
    return {**layer("Mine", name), "module": "my.things"}


def refused(path: Path, *, leave_out: bool = False) -> Refused:
    with pytest.raises(Refused) as caught:
        read(path, leave_out=leave_out)
    return caught.value


CODE = layer("Lambda", "shout", function={"class_name": "__lambda__", "config": {}})
CONV = layer("Conv2D", "conv", filters=2, kernel_size=3)
HEAD = listed(layer("Flatten", "flat"), own("inner"), layer("Dense", "dense", units=3), name="head")


def test_all_layers_that_cannot_be_taken_over_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "net.json", CODE, CONV, layer("LSTM", "late", units=3), HEAD)
    found = refused(path)
    assert [line.split(":")[0] for line in found.obstacles] == ["layer shout", "layer late", "layer inner"]
    sentence = found.sentence
    assert sentence.startswith(f"{path}: 3 layers cannot be taken over: ") and found.passable
    for part in ("holds code of its own, which is never run", "LSTM “late” is a layer of Keras", "Mine"):
        assert part in sentence
    assert "In Keras, replace it by layers that Keras has, and save the model again" in found.mend


def test_one_is_told_as_itself_and_of_many_the_first_twenty(tmp_path: Path) -> None:
    one = refused(written(tmp_path / "one.json", CODE, CONV))
    assert one.what == "layer shout: Lambda “shout” holds code of its own, which is never run"
    assert one.mend == "In Keras, replace it by layers that Keras has, and save the model again"
    many = refused(written(tmp_path / "many.json", *(own(f"own{n}") for n in range(25))))
    assert len(many.obstacles) == 21 and many.obstacles[-1] == "and 5 more"
    assert "25 layers cannot be taken over" in many.sentence


def test_the_rest_is_taken_over_and_what_is_left_out_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "net.json", CODE, CONV, listed(own("a"), name="gone"), HEAD, own("end"))
    found = read(path, leave_out=True)
    assert [one.name for one in found.network.layers] == ["image", "conv", "head"]
    assert [one.name for one in found.network["head"].layers] == ["flat", "dense"]  # type: ignore[attr-defined]
    assert not analyse(found.network).errors
    told = [note for note in found.notes if note.endswith("It is left out, and what it took is passed on.")]
    assert [note.split(":")[0] for note in told] == ["layer shout", "layer a", "layer inner", "layer end"]


def history(name: str) -> Json:
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def test_a_layer_that_takes_several_cannot_be_left_out(tmp_path: Path) -> None:
    def taking(value: Json, *names: str) -> Json:
        nodes = [{"args": [[history(name) for name in names]] if len(names) > 1 else [history(names[0])]}]
        return {**value, "name": value["config"]["name"], "inbound_nodes": nodes if names else []}

    layers = [
        {**IMAGE, "name": "image", "inbound_nodes": []},
        taking(own("left"), "image"),
        taking(layer("ReLU", "right"), "image"),
        taking(own("both"), "left", "right"),
    ]
    config = {"layers": layers, "input_layers": [["image", 0, 0]], "output_layers": [["both", 0, 0]]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Functional", "config": config}))
    whole = refused(path)
    assert len(whole.obstacles) == 2 and not whole.passable
    assert [line.split(":")[0] for line in refused(path, leave_out=True).obstacles] == ["layer both"]


def test_what_the_output_does_not_need_is_no_obstacle(tmp_path: Path) -> None:
    layers = [
        {**IMAGE, "name": "image", "inbound_nodes": []},
        {**layer("ReLU", "out"), "name": "out", "inbound_nodes": [{"args": [history("image")]}]},
        {**own("side"), "name": "side", "inbound_nodes": [{"args": [history("image")]}]},
    ]
    config = {"layers": layers, "input_layers": [["image", 0, 0]], "output_layers": [["out", 0, 0]]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps({"class_name": "Functional", "config": config}))
    found = read(path)
    assert len(found.network.layers) == 2 and any(note.startswith("side is left out") for note in found.notes)


def of_hard_sigmoid(path: Path, *, shift: float = 3.0, beside: bool = False, within: bool = False) -> Path:
    """A model with relu6(x + shift) / 6, as Keras writes its own networks; `beside` takes what is in the middle too."""

    def taking(value: Json, *given: Any) -> Json:
        return {**value, "name": value["config"]["name"], "inbound_nodes": [{"args": list(given)}] if given else []}

    layers = [
        {**IMAGE, "name": "image", "inbound_nodes": []},
        taking({**layer("Add", "plus"), "module": "keras.src.ops.numpy"}, history("image"), shift),
        taking(layer("ReLU", "most", max_value=6.0, negative_slope=0.0, threshold=0.0), history("plus")),
        taking({**layer("Multiply", "gate"), "module": "keras.src.ops.numpy"}, history("most"), 1 / 6),
        taking(layer("Multiply", "out"), [history("most" if beside else "image"), history("gate")]),
    ]
    config = {"name": "part", "layers": layers, "input_layers": [["image", 0, 0]], "output_layers": [["out", 0, 0]]}
    value: Json = {"class_name": "Functional", "config": config}
    if within:
        value = listed(IMAGE, value)
    path.write_text(json.dumps(value))
    return path


def test_a_hard_sigmoid_that_is_computed_is_an_activation(tmp_path: Path) -> None:
    found = read(of_hard_sigmoid(tmp_path / "net.json"))
    gate = found.network["gate"]
    assert (gate.kind, gate.activation) == ("Activation", "hard_sigmoid")  # type: ignore[attr-defined]
    assert [(one.name, one.inputs) for one in found.network.layers[1:]] == [("gate", ()), ("out", ("image", "gate"))]
    inner = read(of_hard_sigmoid(tmp_path / "inner.json", within=True)).network.layers[1]
    assert [(one.name, one.kind) for one in inner.layers] == [  # type: ignore[attr-defined]
        ("gate", "Activation"),
        ("out", "Multiply"),
    ]


@pytest.mark.parametrize("other", [{"shift": 2.0}, {"beside": True}])
def test_other_computations_are_obstacles_with_their_class(tmp_path: Path, other: dict[str, Any]) -> None:
    found = refused(of_hard_sigmoid(tmp_path / "net.json", **other))
    assert found.obstacles[0].startswith("layer plus (Add): it takes ") and "beside layers" in found.obstacles[0]


SCRIPT = """
import keras
x = image = keras.Input((8, 8, 3))
x = keras.layers.Lambda(lambda v: v + 1, name="more")(x)
x = keras.layers.Conv2D(2, 3, name="conv")(x)
x = keras.layers.LSTM(3)(x)
x = keras.layers.Conv2D(width(), 3, name="wide")(x)
model = keras.Model(image, keras.layers.Flatten(name="out")(x))
"""


def test_those_of_a_script_are_named_by_their_lines(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(SCRIPT)
    found = refused(path)
    assert [line.split(":")[0] for line in found.obstacles] == ["line 4", "line 6", "line 7"]
    assert "In Keras" not in found.mend
    network = read(path, leave_out=True).network
    assert [one.name for one in network.layers[1:]] == ["conv", "out"]
