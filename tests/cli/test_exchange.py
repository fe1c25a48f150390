"""`import` makes projects of Keras files; `export` writes the script of a project."""

from __future__ import annotations

from pathlib import Path

import pytest

from guiapp.cli import main
from guiapp.core import project as projects
from guiapp.core import templates
from guiapp.core.project import Project

SCRIPT = """
import keras
image = keras.Input((8, 8, 1))
x = keras.layers.Flatten()(image)
model = keras.Model(image, keras.layers.Dense(3, name="out", kernel_constraint="non_neg")(x))
model.compile("adam")
"""


def test_a_script_becomes_a_project_and_what_is_left_out_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.py").write_text(SCRIPT)
    (tmp_path / "images").mkdir()
    out = tmp_path / "net.convnet"
    assert main(["import", str(tmp_path / "net.py"), "--out", str(out), "--data", str(tmp_path / "images")]) == 0
    told = capsys.readouterr()
    assert "3 layers, 195 parameters" in told.out and "kernel_constraint of out is left out" in told.err
    project = projects.load(out)
    assert [layer.kind for layer in project.network.layers] == ["Input", "Flatten", "Dense"]
    assert project.dataset is not None and project.dataset.path == str(tmp_path / "images")


@pytest.mark.allow_errors
def test_layers_that_cannot_be_taken_over_can_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    two = 'x = keras.layers.LSTM(3)(image)\nx = keras.layers.Lambda("f")(x)\nx = keras.layers.Flatten()(x)'
    (tmp_path / "net.py").write_text(SCRIPT.replace("x = keras.layers.Flatten()(image)", two))
    out = tmp_path / "net.convnet"
    given = ["import", str(tmp_path / "net.py"), "--out", str(out)]
    assert main(given) == 1
    told = capsys.readouterr().err
    assert "2 layers cannot be taken over: line 4: LSTM" in told and "line 5: Lambda" in told and told.count("\n") == 1
    assert not out.exists() and main([*given, "--leave-out"]) == 0
    assert "It is left out, and what it took is passed on" in capsys.readouterr().err
    assert [layer.kind for layer in projects.load(out).network.layers] == ["Input", "Flatten", "Dense"]


@pytest.mark.allow_errors
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "none.keras", "--out", "p.convnet"], "there is no such file"),
        (["import", "bad.py", "--out", "p.convnet"], "line 1"),
        (["import", "bad.py", "--out", "p.json"], "not the name of a project"),
        (["export", "p.convnet", "--to", "onnx", "--out", "p.onnx"], "has no weights to write as onnx"),
        (["export", "p.convnet", "--to", "python", "--out", "p.txt"], "not in .py"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("bad.py").write_text("def (")
    if arguments[0] == "export":
        projects.save(Project(network=templates.load("starter").network), Path("p.convnet"))
    before = sorted(entry.name for entry in tmp_path.iterdir())
    assert main(arguments) == 1
    assert words in capsys.readouterr().err
    assert sorted(entry.name for entry in tmp_path.iterdir()) == before
