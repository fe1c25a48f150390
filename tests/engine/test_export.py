"""Exports hold the same network, or are not there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core.messages import ExportKind
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import export as exporting
from guiapp.engine.control import Control
from guiapp.engine.export import export
from guiapp.engine.live import load_run
from guiapp.engine.pipeline import prepare
from guiapp.engine.train import train

MakeProject = Callable[..., Project]


def recorded(project: Project, folder: Path) -> Path:
    store = RunWriter(folder)
    assert train(project, prepare(project), store, lambda event: None, Control()) == "completed"
    store.close()
    return folder


@pytest.fixture(scope="module")
def run(images: Path, tmp_path_factory: pytest.TempPathFactory, small: Callable[..., NetworkSpec]) -> Path:
    project = Project.model_validate(
        {
            "name": "Bars",
            "dataset": {"path": str(images)},
            "network": small(scaling="mean image"),
            "training": {"batch": 16, "epochs": 1},
        }
    )
    return recorded(project, tmp_path_factory.mktemp("export") / "run")


@pytest.mark.parametrize("to", ["keras", "savedmodel", "tflite", "onnx", "python"])
def test_every_format_is_compared_and_put_in_place(to: ExportKind, run: Path, tmp_path: Path) -> None:
    for module in {"onnx": ["onnx", "tf2onnx", "onnxruntime"], "tflite": ["ai_edge_litert"]}.get(to, []):
        pytest.importorskip(module)
    texts: list[str] = []
    (made,) = export(run, to, tmp_path / "out" / "network", progress=lambda text, done, total: texts.append(text))
    assert made.suffix == exporting.SUFFIX[to] and made.exists()
    assert "Comparing" in texts
    assert [path.name for path in made.parent.iterdir()] == [made.name], "nothing else is left"
    assert export(run, to, made) == (made,), "an earlier export is replaced"


def test_what_differs_is_not_reported_as_done(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = exporting._READERS["keras"]

    def wrong(path: Path) -> Callable[[Any], Any]:
        ask = read(path)
        return lambda images: ask(images) * 1.01 + 0.1

    monkeypatch.setitem(exporting._READERS, "keras", wrong)
    with pytest.raises(UserError, match="same answers"):
        export(run, "keras", tmp_path / "network.keras")
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named_with_the_command(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(UserError, match=r"tf2onnx is not installed.*pip install 'convnet-studio\[export\]'"):
        export(run, "onnx", tmp_path / "network.onnx")


def test_a_folder_with_other_things_is_not_replaced(run: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="something else"):
        export(run, "savedmodel", tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_cancelling_is_no_failure_and_leaves_nothing(run: Path, tmp_path: Path) -> None:
    texts: list[str] = []
    with pytest.raises(Cancelled):
        export(
            run,
            "keras",
            tmp_path / "network.keras",
            progress=lambda text, done, total: texts.append(text),
            cancel=lambda: "Writing network.keras" in texts,
        )
    assert not list(tmp_path.iterdir())


def test_a_former_folder_is_there_until_the_new_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, made = tmp_path / "network", tmp_path / "made"
    for folder in (target, made):
        folder.mkdir()
        (folder / "saved_model.pb").write_text(folder.name)

    def failing(self: Path, to: Path) -> Path:
        if self == made:
            raise OSError("no")
        return rename(self, to)

    rename = Path.rename
    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", failing)
        with pytest.raises(OSError, match="no"):
            exporting._put(made, target)
    assert (target / "saved_model.pb").read_text() == "network"
    exporting._put(made, target)
    assert (target / "saved_model.pb").read_text() == "made"
    assert list(tmp_path.iterdir()) == [target]


def test_the_script_builds_the_same_network_by_itself(run: Path, tmp_path: Path) -> None:
    (script,) = export(run, "python", tmp_path / "network.py")
    assert max(len(line) for line in script.read_text().splitlines()) <= 120
    code = (
        "import network; model = network.build()\n"
        "for layer in model.layers: print(layer.name, tuple(layer.output.shape[1:]), layer.count_params())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True
    )
    model = load_run(run).built.model
    expected = [f"{layer.name} {tuple(layer.output.shape[1:])} {layer.count_params()}" for layer in model.layers]
    assert done.stdout.split("\n")[:-1] == expected


def test_the_script_trains_and_loads(run: Path, images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (script,) = export(run, "python", tmp_path / "network.py")
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(script.read_text(), str(script), "exec"), space)
    monkeypatch.chdir(tmp_path)
    space["train"](str(images))
    model = space["load"]()
    scaling = model.get_layer("image_scaling")
    assert 20 < float(np.mean(scaling.mean)) < 200 and np.allclose(scaling.variance, 1)
    space["predict"]([str(next(images.rglob("*.png")))])


def test_a_run_of_a_large_network_offers_the_checkpoint(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guiapp.engine import snapshots

    monkeypatch.setattr(snapshots, "ALL_WEIGHTS", 10)
    monkeypatch.setattr(snapshots, "SMALL_WEIGHT", 100)
    run = recorded(make_project(epochs=1, snapshot_every=2), tmp_path / "run")
    assert "dense1/kernel" not in RunReader(run).keys(2, "weights")
    assert "conv1/kernel" in RunReader(run).keys(2, "weights")
    with pytest.raises(UserError, match=r"not all weights are kept. Choose step 4"):
        load_run(run, step=2)
    assert load_run(run, step=4).step == 4
