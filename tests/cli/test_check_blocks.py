"""Commands on networks with blocks: the table shows what is inside, by the names that the other commands take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from guiapp.core import project as projects
from guiapp.core.blocks import flat
from guiapp.core.network import NetworkSpec
from guiapp.core.project import DatasetSettings, Project, TrainingSettings

LAYERS: list[dict[str, Any]] = [
    {"kind": "Input", "name": "image", "height": 12, "width": 12},
    {"kind": "ResidualBlock", "name": "res1", "filters": 4, "excite": True, "ratio": 2},
    {"kind": "Group", "name": "off", "enabled": False, "layers": [{"kind": "Conv2D", "name": "conv"}]},
    {"kind": "GlobalAveragePooling2D", "name": "means"},
    {"kind": "Dense", "name": "dense1", "units": 3, "activation": "linear"},
]


def made(images: Path, folder: Path) -> Path:
    project = Project(
        name="Blocks",
        dataset=DatasetSettings(path=str(images)),
        network=NetworkSpec.model_validate({"layers": LAYERS}),
        training=TrainingSettings(batch=16, epochs=1, max_steps=2, snapshot_every=1),
    )
    path = folder / "blocks.convnet"
    projects.save(project, path)
    return path


def test_the_table_shows_the_layers_inside_indented(cli: Callable[..., Any], images: Path, tmp_path: Path) -> None:
    path = made(images, tmp_path)
    out = cli("check", path).out
    lines = {line.split()[0]: line for line in out.splitlines() if line.strip()}
    assert lines["res1"].split()[1] == "ResidualBlock"
    assert lines["res1_conv1"].startswith("  res1_conv1 ")
    assert lines["res1_excite_squeeze"].startswith("    res1_excite_squeeze ")
    assert "off_conv" not in lines
    network = projects.load(path).network
    assert {layer.name for layer in flat(network).layers} <= set(lines)
    found = cli("check", path, "--json").rows[0]
    assert [layer["name"] for layer in found["layers"]] == [layer["name"] for layer in LAYERS]


def test_a_run_with_blocks_is_trained_and_asked_layer_by_layer(
    cli: Callable[..., Any], images: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    assert cli("train", made(images, tmp_path), "--out", run, "--json").rows[-1]["reason"] == "completed"
    image = next(images.rglob("*.png"))
    assert cli("maps", run, image, "--layer", "res1_add", "--out", tmp_path / "m.png").code == 0
    assert cli("animate", run, "--layer", "res1_conv1", "--what", "filters", "--out", tmp_path / "f.gif").code == 0
    assert cli("predict", run, image, "--json").rows[0]["top"]
    wrong = cli("maps", run, image, "--layer", "res1", "--out", tmp_path / "n.png")
    assert wrong.code == 1
    assert "the run has no layer “res1”. Choose one of res1_conv1, res1_norm1" in wrong.complaint
    assert "means" not in wrong.complaint
