"""Real images of four shapes, each from its folder or archive to a trained network, through the command line."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pytest

from guiapp.cli import main

pytestmark = [pytest.mark.data, pytest.mark.timeout(1800)]

INPUTS = [
    ("mnist-idx", "idx", "mnist-lenet", "28x28", 10),
    ("mnist-folders.tar", "class_folders", "mnist-lenet", "28x28", 10),
    ("cats-dogs.tar", "class_folders", "cats-dogs-3conv", "64x64", 2),
    ("cifar10-kaggle.tar", "table", "fashion-3conv", "32x32", 10),
]


def opened(name: str, scratch: Path) -> Path:
    """Return the folder of the images called `name` in `CONVNET_STUDIO_TEST_DATA`, extracted where it is an archive."""
    place = os.environ.get("CONVNET_STUDIO_TEST_DATA")
    if not place or not (Path(place) / name).exists():
        pytest.skip(f"CONVNET_STUDIO_TEST_DATA names no folder with {name}")
    path = Path(place) / name
    if path.is_dir():
        return path
    with tarfile.open(path) as archive:
        archive.extractall(scratch, filter="data")
    return scratch / name.removesuffix(".tar")


@pytest.mark.parametrize(("name", "importer", "template", "size", "classes"), INPUTS)
def test_new_check_and_train(
    name: str,
    importer: str,
    template: str,
    size: str,
    classes: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder, project, run = opened(name, tmp_path), tmp_path / "p.convnet", tmp_path / "run"
    new = ["new", "--template", template, "--data", str(folder), "--size", size, "--out", str(project)]
    assert main(new) == 0
    assert main(["check", str(project)]) == 0
    capsys.readouterr()
    assert main(["train", str(project), "--epochs", "1", "--out", str(run), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert rows[-1]["reason"] == "completed"
    epoch = next(row for row in rows if row["event"] == "epoch")
    assert epoch["val_accuracy"] > 1 / classes
    frozen = json.loads((run / "project.json").read_text("utf-8"))
    assert frozen["dataset"]["importer"] == importer
    assert len(frozen["dataset"]["classes"]) == classes
