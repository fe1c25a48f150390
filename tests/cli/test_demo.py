"""The whole path without a screen, on a few images in place of the sample's 2,400."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from guiapp.cli import demo
from guiapp.core.notify import UserError
from guiapp.core.runs import list_runs

Cli = Callable[..., Any]


@pytest.fixture(autouse=True)
def few_images(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "ensure_sample", lambda _progress: images)


def test_demo_writes_plots_maps_films_and_a_prediction(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "demo"
    found = cli("demo", "--out", out, "--epochs", 1, "--no-shots")
    assert found.code == 0, found
    assert found.out.splitlines()[-1] == f"{out}: everything is there"
    for name in ("curves.png", "maps.png", "filters.gif", "maps.gif"):
        with Image.open(out / name) as picture:
            picture.load()
            assert min(picture.size) > 50
    assert "lying/000.png" in (out / "prediction.txt").read_text()
    assert (out / "Shapes.convnet").is_file()
    (run,) = list_runs(out / "runs")
    assert run.reason == "completed" and run.epochs == 1


def test_screenshots_that_fail_are_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], **_options: Any) -> subprocess.CompletedProcess[str]:
        assert command[-3:] == ["shots", "--out", str(tmp_path / "window")]
        return subprocess.CompletedProcess(command, 1, "", "Qt chatter\nThere is no display.\n")

    monkeypatch.setattr("subprocess.run", fail)
    with pytest.raises(UserError, match=r"could not be photographed: There is no display\..*--no-shots"):
        demo._screenshots(tmp_path)
