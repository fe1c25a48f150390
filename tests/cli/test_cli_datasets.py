"""Datasets on the command line: what is said of them, and how often they are read."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guiapp.cli import console
from guiapp.core import files, notify
from guiapp.core import project as projects
from guiapp.data import opening

Draw = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_dataset_whose_name_is_no_text(cli: Any, draw: Draw, tmp_path: Path) -> None:
    data = draw(tmp_path / os.fsdecode(b"caf\xe9"))
    found = cli("new", "--template", "starter", "--data", data, "--out", tmp_path / "p.convnet")
    assert found.code == 1
    assert "caf\\udce9: the dataset's name is not text: it holds bytes that are no UTF-8. Rename it." in found.complaint
    assert not (tmp_path / "p.convnet").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_project_whose_name_is_no_text(cli: Any, images: Path, tmp_path: Path) -> None:
    found = cli("new", "--template", "starter", "--data", images, "--out", tmp_path / os.fsdecode(b"p\xe9.convnet"))
    assert found.code == 1
    assert "the project's name is not text" in found.complaint


def test_each_warning_is_written_once(draw: Draw, tmp_path: Path) -> None:
    data = draw(tmp_path / "data")
    (data / "notes").mkdir()
    for path in list((data / "standing").iterdir())[1:]:
        path.unlink()
    project = tmp_path / "p.convnet"
    # A process of its own: pytest takes what is logged.
    for argv in (["new", "--template", "starter", "--data", data, "--out", project], ["check", project]):
        done = subprocess.run(
            [sys.executable, "-m", "guiapp", *map(str, argv)], cwd=ROOT, capture_output=True, text=True, check=True
        )
        lines = done.stderr.splitlines()
        assert len(lines) == 2 and all(line.startswith("warning: ") for line in lines), done.stderr
        assert sum("has only one image" in line for line in lines) == 1


def test_training_opens_the_images_once(
    cli: Any, draw: Draw, write_project: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = draw(tmp_path / "data")
    for path in list((data / "standing").iterdir())[1:]:
        path.unlink()
    opened: list[object] = []
    before = opening.open_dataset

    def counted(*arguments: Any, **options: Any) -> Any:
        opened.append(arguments)
        return before(*arguments, **options)

    monkeypatch.setattr(opening, "open_dataset", counted)
    project = write_project(tmp_path / "p.convnet", data=data)
    found = cli("train", project, "--steps", 1, "--out", tmp_path / "run")
    assert len(opened) == 1
    assert found.err.count("“standing” has only one image") == 1
    assert ", 1 step, " in found.out.replace(";", ",")
    again = cli("train", project, "--resume", tmp_path / "run", "--steps", 2)
    assert again.code == 0 and "only one image" not in again.err
    assert "; 2 steps, " in again.out


def test_check_tells_the_images_of_each_class_and_split(
    cli: Any, draw: Draw, write_project: Callable[..., Path], tmp_path: Path
) -> None:
    data = draw(tmp_path / "data")
    (data / "square" / "000.png").unlink()
    project = write_project(tmp_path / "p.convnet", data=data)
    value = projects.load(project)
    assert value.dataset is not None
    dataset = value.dataset.model_copy(update={"excluded": ("lying/000.png",)})
    projects.save(value.model_copy(update={"dataset": dataset}), project)
    lines = cli("check", project).out.splitlines()
    assert lines[:2] == [
        "Bars",
        "35 images: 25 train, 9 validation, 1 not used; in 3 classes: lying: 12, standing: 12, square: 11",
    ]
    (row,) = cli("check", project, "--json").rows
    counts = row["images"]
    assert list(counts) == ["lying", "square", "standing"]
    assert {name: sum(of.values()) for name, of in counts.items()} == {"lying": 12, "square": 11, "standing": 12}
    sums = {split: sum(of[split] for of in counts.values()) for split in counts["lying"]}
    assert sums == {"train": 25, "validation": 9, "not used": 1} and counts["lying"]["not used"] == 1


def test_images_that_are_gone_are_a_problem(cli: Any, write_project: Callable[..., Path], tmp_path: Path) -> None:
    project = write_project(tmp_path / "p.convnet", data=tmp_path / "gone")
    found = cli("check", project)
    assert found.code == 1 and "the dataset is not there" in found.complaint
    assert "images:" not in found.out
    assert cli("check", project, "--json").rows[0]["images"] is None


def test_the_log_keeps_what_the_terminal_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_LOG", str(tmp_path / "log"))
    with console.log_to_file():
        assert not list((tmp_path / "log").iterdir())
        notify.log.warning("told")
    notify.log.debug("not any more")
    assert "WARNING told" in (files.log_dir() / "command.log").read_text("utf-8")
    assert capfd.readouterr().err == ""


def test_a_log_that_cannot_be_written_is_let_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CONVNET_STUDIO_LOG", str(tmp_path / "file" / "log"))
    monkeypatch.setattr(notify.log, "propagate", False)
    with console.log_to_file():
        notify.log.log(logging.WARNING, "lost")
    assert capfd.readouterr().err == ""
