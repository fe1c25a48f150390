"""Whatever a project file holds, opening it gives a project or one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core import project as module
from guiapp.core.layers import create, kinds
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, Project, from_json, load, to_json

MEND = "Mend it in a text editor, or open a copy."

SMALL = Project(
    name="Ü",
    dataset=DatasetSettings(path="/i"),
    network=NetworkSpec(layers=(create("Input", name="i"), create("Dense", name="d"))),
    pinned=("/i/猫.png",),
)


def refused(text: str | bytes, folder: Path) -> str:
    path = folder / "p.convnet"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(UserError) as caught:
        load(path)
    sentence = caught.value.sentence
    assert sentence.startswith(f"{path}: ")
    assert sentence.isprintable()
    assert sentence.endswith(".")
    assert caught.value.mend
    return sentence.removeprefix(f"{path}: ")


def test_cut_at_any_byte(tmp_path: Path) -> None:
    whole = to_json(SMALL).encode()
    for end in range(len(whole) - 1):
        assert "damaged" in (said := refused(whole[:end], tmp_path)) or "not text" in said
    path = tmp_path / "p.convnet"
    path.write_bytes(whole[:-1])
    assert load(path) == SMALL


def test_any_byte_changed(tmp_path: Path) -> None:
    whole = to_json(SMALL).encode()
    path = tmp_path / "p.convnet"
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + b"\x07" + whole[at + 1 :])
        with pytest.raises(UserError):
            load(path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is damaged: it cannot be read beyond line 1. Open its autosave beside it, or a copy from before."),
        (
            '{"format": 1,\n"name": ',
            "is damaged: it cannot be read beyond line 2. Open its autosave beside it, or a copy from before.",
        ),
        ("hello", "is damaged: it cannot be read beyond line 1. Open its autosave beside it, or a copy from before."),
        ("[]", "is not a Convnet Studio project: it has no format number. Choose a .convnet file."),
        ("null", "is not a Convnet Studio project: it has no format number. Choose a .convnet file."),
        ('{"format": "1"}', "is not a Convnet Studio project: it has no format number. Choose a .convnet file."),
        ('{"format": true}', "is not a Convnet Studio project: it has no format number. Choose a .convnet file."),
        (
            '{"format": 4}',
            "was saved by a newer version of the program (format 4; this one knows up to 3). "
            "Update the program to open it.",
        ),
        ('{"format": -1}', "has the unknown format -1. Choose a .convnet file."),
        (b"\x89PNG\r\n\x1a\n\0\0", "is not a project: it is not text. Choose a .convnet file."),
        ("Ü".encode("latin-1"), "is not a project: it is not text. Choose a .convnet file."),
        (
            "[" * 100_000 + "]" * 100_000,
            "is not a project: it is nested too deeply. Choose another file.",
        ),
        (
            '{"format": 1, "more": ' + '{"a":' * 100_000 + "1" + "}" * 100_001,
            "is not a project: it is nested too deeply. Choose another file.",
        ),
        (
            '{"format": 1' + "0" * 5000 + "}",
            "is damaged: a number in it has thousands of digits. Open a copy from before.",
        ),
        (
            '{"format": 1, "dataset": {"path": "a\\u0000b"}}',
            f"names a file or folder that cannot be. {MEND}",
        ),
        (
            '{"format": 1, "pinned": ["/a\\u0000b"]}',
            f"names a file or folder that cannot be. {MEND}",
        ),
    ],
    ids=[
        "empty",
        "cut",
        "words",
        "list",
        "null",
        "format text",
        "format bool",
        "newer",
        "older",
        "binary",
        "latin-1",
        "deep lists",
        "deep objects",
        "long number",
        "null in relative path",
        "null in path",
    ],
)
def test_what_is_no_project(text: str | bytes, said: str, tmp_path: Path) -> None:
    assert refused(text, tmp_path) == said


def test_a_huge_file_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "p.convnet"
    with path.open("wb") as file:
        file.truncate(module.MAX_BYTES + 1)
    monkeypatch.setattr(Path, "read_text", lambda *_: pytest.fail("was read"))
    with pytest.raises(UserError) as caught:
        load(path)
    assert caught.value.sentence == f"{path}: is too large to be a project. Choose a .convnet file."


def test_a_missing_file_and_a_folder_are_errors_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "gone.convnet")
    with pytest.raises(OSError):
        load(tmp_path)


LAYER = {"kind": "Conv2D", "name": "c"}


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ({"colour": 1}, "colour: is not a field that this version knows; remove it"),
        ({"training": {"batchsize": 1}}, "training.batchsize: is not a field that this version knows; remove it"),
        ({"network": {"layers": [{**LAYER, "x": 1}]}}, "network.layers[0].x: is not a field that this version knows;"),
        ({"name": ""}, "name: must not be empty"),
        ({"name": 3}, "name: must be a text"),
        ({"name": "x" * 201}, "name: must be at most 200 characters long"),
        ({"name": "\ud800"}, "name: holds half a character; write it again"),
        ({"training": {"epochs": 0}}, "training.epochs: must be at least 1"),
        ({"training": {"epochs": 100_001}}, "training.epochs: must be at most 100000"),
        ({"training": {"epochs": 1.5}}, "training.epochs: must be a whole number"),
        ({"training": {"epochs": "ten"}}, "training.epochs: must be a whole number"),
        ({"training": {"epochs": None}}, "training.epochs: must be a whole number"),
        ({"training": {"epochs": 10**400}}, "training.epochs: must be at most 100000"),
        ({"training": {"learning_rate": 0}}, "training.learning_rate: must be more than 0"),
        ({"training": {"learning_rate": float("nan")}}, "training.learning_rate: must be a finite number"),
        ({"training": {"learning_rate": "fast"}}, "training.learning_rate: must be a number"),
        ({"training": {"momentum": 1}}, "training.momentum: must be less than 1"),
        ({"training": {"optimizer": "lion"}}, "training.optimizer: must be 'adam', 'adamw', 'sgd' or 'rmsprop'"),
        ({"training": []}, "training: must be an object with fields, in { }"),
        ({"dataset": {}}, "dataset.path: is missing; add it"),
        ({"dataset": {"path": ""}}, "dataset.path: must not be empty"),
        ({"dataset": {"path": "x", "classes": "a,b"}}, "dataset.classes: must be a list, in [ ]"),
        ({"dataset": {"path": "x", "classes": [1]}}, "dataset.classes[0]: must be a text"),
        (
            {"dataset": {"path": "x", "validation": 0.6, "test": 0.5}},
            "dataset: validation and test together must leave some images to train on; make them smaller",
        ),
        ({"pinned": {"a": 1}}, "pinned: must be a list, in [ ]"),
        ({"network": 1}, "network: must be an object with fields, in { }"),
        ({"network": {"layers": 1}}, "network.layers: must be a list, in [ ]"),
        ({"network": {"layers": [1]}}, "network.layers[0]: is not a layer: it has no kind"),
        ({"network": {"layers": [{}]}}, "network.layers[0]: is not a layer: it has no kind"),
        (
            {"network": {"layers": [LAYER, {"kind": "Conv3D"}]}},
            "network.layers[1]: “Conv3D” is not a kind of layer that this version knows",
        ),
        (
            {"network": {"layers": [{"kind": ["x" * 10_000]}]}},
            "network.layers[0]: “['" + "x" * 62 + "” is not a kind of layer that this version knows",
        ),
        ({"network": {"layers": [{**LAYER, "kernel": [3]}]}}, "network.layers[0].kernel[1]: is missing; add it"),
        ({"network": {"layers": [{**LAYER, "kernel": [3, 0]}]}}, "network.layers[0].kernel[1]: must be at least 1"),
        (
            {"network": {"layers": [{**LAYER, "kernel": [1] * 3}]}},
            "network.layers[0].kernel: must have at most 2 items",
        ),
        ({"network": {"layers": [{**LAYER, "enabled": []}]}}, "network.layers[0].enabled: must be true or false"),
        ({"network": {"layers": [{**LAYER, "enabled": "so"}]}}, "network.layers[0].enabled: must be true or false"),
        ({"network": {"layers": [{**LAYER, "padding": "x"}]}}, "network.layers[0].padding: must be 'same' or 'valid'"),
        (
            {"network": {"layers": [{**LAYER, "kernel_init": {"scheme": "ones", "value": 1}}]}},
            "network.layers[0].kernel_init: 'ones' takes no number; remove the value",
        ),
        (
            {"network": {"layers": [{**LAYER, "stride": [2, 2], "dilation": [2, 2]}]}},
            "network.layers[0]: stride and dilation cannot both be above 1; set one of them to 1",
        ),
    ],
)
def test_a_wrong_field_is_told_with_its_path_in_words(value: dict[str, Any], wrong: str, tmp_path: Path) -> None:
    said = refused(json.dumps({"format": 1, **value}), tmp_path)
    assert said.startswith(f"has a field that is wrong: {wrong}")
    assert said.endswith(MEND)
    assert "nput should" not in said


def test_several_wrong_fields_are_counted(tmp_path: Path) -> None:
    said = refused('{"format": 1, "a": 1, "b": 2, "name": ""}', tmp_path)
    assert said == f"has a field that is wrong: name: must not be empty (and 2 more). {MEND}"


KEYS = [*Project.model_fields, "layers", "kind", "path", "kernel", "value", "scheme", "epochs", *kinds()]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(KEYS)
    | st.just(10**4000),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(st.characters(codec=None), max_size=4), inner, max_size=6)
    ),
    max_leaves=15,
)


def project_or_sentence(text: str) -> None:
    try:
        project = from_json(text, "p")
    except UserError as error:
        assert error.where == "p"
        assert error.mend
        assert error.sentence.isprintable()
    else:
        assert from_json(to_json(project), "p") == project


@given(st.text(max_size=60))
def test_any_text(text: str) -> None:
    project_or_sentence(text)
    project_or_sentence('{"format": 1, ' + text)


@given(VALUES)
def test_any_json(value: object) -> None:
    project_or_sentence(json.dumps(value))


@given(st.dictionaries(st.sampled_from([*Project.model_fields]), VALUES, max_size=5))
def test_any_fields(value: dict[str, object]) -> None:
    project_or_sentence(json.dumps({**value, "format": 1}))


@given(
    st.sampled_from(sorted(kinds())),
    st.dictionaries(st.sampled_from(sorted({name for kind in kinds().values() for name in kind.model_fields})), VALUES),
)
def test_any_layer(kind: str, fields: dict[str, object]) -> None:
    project_or_sentence(json.dumps({"format": 1, "network": {"layers": [{"kind": kind, **fields}]}}))


@given(st.binary(max_size=80))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / f"bytes-{os.getpid()}.convnet"
    path.write_bytes(data)
    with pytest.raises(UserError):
        load(path)
