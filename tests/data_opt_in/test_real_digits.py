"""The reference network for digits on the real images, through the command line."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from guiapp.cli import main

pytestmark = [pytest.mark.data, pytest.mark.timeout(1800)]


@pytest.fixture
def digits() -> Path:
    """The folder of the IDX files ``train-images-idx3-ubyte`` and so on (or .gz) in `CONVNET_STUDIO_TEST_DATA`."""
    place = os.environ.get("CONVNET_STUDIO_TEST_DATA")
    if not place:
        pytest.skip("CONVNET_STUDIO_TEST_DATA names no folder")
    folder = Path(place) / "mnist-idx"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    return folder


def test_lenet_reads_digits_after_three_epochs(
    digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project, run = tmp_path / "digits.convnet", tmp_path / "run"
    assert main(["new", "--template", "mnist-lenet", "--data", str(digits), "--out", str(project)]) == 0
    capsys.readouterr()
    assert main(["train", str(project), "--epochs", "3", "--out", str(run), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    epochs = [row for row in rows if row["event"] == "epoch"]
    assert len(epochs) == 3
    assert epochs[-1]["val_accuracy"] >= 0.97
    assert rows[-1]["reason"] == "completed"
    assert main(["evaluate", str(run), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["accuracy"] >= 0.97
