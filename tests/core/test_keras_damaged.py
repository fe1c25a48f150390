"""Files of Keras that are damaged or written to harm, and what is told of the odd things in whole ones."""

from __future__ import annotations

import copy
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from guiapp.core.keras_files import Imported, config, read
from guiapp.core.keras_files.network import network_of
from guiapp.core.keras_files.script import imported_script
from guiapp.core.notify import UserError

Json = dict[str, Any]
LONG = "x" * 100_000
MOST_WORDS = 400
IMAGE = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 8, 8, 3]}}


def listed(*layers: Json) -> Json:
    return {"class_name": "Sequential", "config": {"name": "net", "layers": [IMAGE, *layers]}}


def layer(kind: str, name: str = "out", **arguments: Any) -> Json:
    return {"class_name": kind, "config": {"name": name, **arguments}}


def imported(value: Json) -> Imported:
    return network_of(config.graph_of(value), {}, "")


def packed(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("config.json", json.dumps(listed(layer("Flatten"))))
    return path


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read(path)
    return caught.value.sentence


def test_a_list_of_files_that_has_moved_is_damage(tmp_path: Path) -> None:
    path = packed(tmp_path / "moved.keras")
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\5\6")
    (begin,) = struct.unpack("<I", data[end + 16 : end + 20])
    struct.pack_into("<I", data, end + 16, begin + 1000)  # so that what is inside would begin before the file does
    path.write_bytes(data)
    assert "is damaged: it cannot be unpacked" in refusal(path)


def test_what_cannot_be_read_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_given: object) -> None:
        raise OSError(5, "Input/output error")

    path = packed(tmp_path / "disk.keras")
    monkeypatch.setattr(zipfile, "ZipFile", broken)
    with pytest.raises(OSError, match="Input/output"):
        read(path)


def test_a_list_of_files_too_long_for_the_memory_is_refused_whatever_it_says_to_hold(tmp_path: Path) -> None:
    path = packed(tmp_path / "long.keras")
    data = bytearray(path.read_bytes())
    end = data.rfind(b"PK\5\6")
    struct.pack_into("<I", data, end + 12, 1 << 31)  # of one file
    path.write_bytes(data)
    assert "over 10,000 files" in refusal(path)


def test_a_password_is_named(tmp_path: Path) -> None:
    path = packed(tmp_path / "locked.keras")
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(mark) + at] |= 1
    path.write_bytes(data)
    assert "is protected by a password" in refusal(path)


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at] * bool(at) + [place for key, part in inner for place in places(part, (*at, key))]


WHOLE = listed(
    layer("RandomFlip", "flip"),
    layer("Conv2D", "conv", filters=3, kernel_size=[3, 3], padding="same", activation="relu",
          kernel_initializer={"class_name": "HeNormal", "config": {"seed": None}}),
    {"class_name": "Sequential", "config": {"name": "inner", "layers": [layer("ReLU", "relu", max_value=6)]}},
    layer("Dense", "out", units=3),
)  # fmt: skip


@pytest.mark.parametrize("place", places(WHOLE), ids=str)
def test_no_sentence_repeats_the_file(place: tuple[Any, ...]) -> None:
    value = copy.deepcopy(WHOLE)
    holder: Any = value
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = LONG
    try:
        found = imported(value)
    except UserError as exc:
        said = [exc.sentence]
    else:
        said = [*found.notes, *(one.name for one in found.network.layers)]
    assert max(map(len, said), default=0) < MOST_WORDS


@pytest.mark.parametrize("text", ["layers.{}(3)(image)", "layers.{}(1, 2)(image)", "keras.applications.{}()(image)"])
def test_no_sentence_repeats_the_script(text: str) -> None:
    script = f"import keras\nfrom keras import layers\nimage = keras.Input((8, 8, 3))\nx = {text.format(LONG)}\n"
    with pytest.raises(UserError) as caught:
        imported_script(f"{script}m = keras.Model(image, x)\n".encode())
    assert len(caught.value.sentence) < MOST_WORDS


BACKBONE = """
import keras
image = keras.Input((64, 64, 3))
x = keras.applications.VGG16(include_top=False, weights=None, pooling={})(image)
m = keras.Model(image, keras.layers.Dense(3)(x))
"""


@pytest.mark.parametrize(("asked", "wanted"), [("None", "none"), ("'avg'", "average"), ("'max'", "maximum")])
def test_the_pooling_of_a_backbone_is_taken_over(asked: str, wanted: str) -> None:
    found = imported_script(BACKBONE.format(asked).encode())
    assert found.network.layers[1].pooling == wanted  # type: ignore[attr-defined]


@pytest.mark.parametrize("asked", ["[]", "{}", "['avg']", "{'a': 1}", "'mean'", "''", "3", "False"])
def test_a_pooling_that_keras_does_not_have_is_refused(asked: str) -> None:
    with pytest.raises(UserError, match="VGG16 has pooling="):
        imported_script(BACKBONE.format(asked).encode())


@pytest.mark.parametrize(
    ("given", "slope"), [({"negative_slope": 0.25}, 0.25), ({"alpha": 0.1}, 0.1), ({}, 0.3)], ids=str
)
def test_the_slope_of_a_leaky_relu_is_taken_over(given: Json, slope: float) -> None:
    found = imported(listed(layer("LeakyReLU", **given))).network.layers[1]
    assert (found.activation, found.slope) == ("leaky_relu", slope)  # type: ignore[attr-defined]


def test_a_layer_that_takes_another_twice_is_refused() -> None:
    script = """
import keras
from keras import layers
image = keras.Input((8, 8, 3))
x = layers.Add()([image, image])
m = keras.Model(image, layers.Flatten()(x))
"""
    with pytest.raises(UserError, match="takes the same layer twice"):
        imported_script(script.encode())
