"""Pipes that are called like images, lists or archives: they are never waited for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from guiapp.core.notify import UserError
from guiapp.data import archives
from guiapp.data.opening import open_dataset

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes among its files")


def images(root: Path) -> None:
    for name in ("a/1", "a/2", "b/1", "b/2"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 3)).save(root / f"{name}.png")


def test_pipes_among_images_are_left_out(tmp_path: Path) -> None:
    images(tmp_path)
    for name in ("a/3.png", "labels.csv", "train.txt", "annotations.json", "x_train.npy"):
        os.mkfifo(tmp_path / name)
    dataset = open_dataset(tmp_path)
    assert (dataset.importer, len(dataset)) == ("class_folders", 4)
    assert [(s.path, s.why) for s in dataset.skipped] == [("a/3.png", "is no ordinary file")]


def test_pipes_in_a_list_are_left_out(tmp_path: Path) -> None:
    images(tmp_path)
    os.mkfifo(tmp_path / "a/3.png")
    names = ("a/1", "a/2", "b/1", "b/2", "a/3")
    (tmp_path / "list.txt").write_text("".join(f"{name}.png x{name[-1]}\n" for name in names))
    dataset = open_dataset(tmp_path / "list.txt")
    assert len(dataset) == 4
    assert [(s.path, s.why) for s in dataset.skipped] == [("a/3.png", "is no ordinary file")]


def test_a_pipe_is_no_archive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "all.zip")
    with pytest.raises(UserError, match=r"is no ordinary file\. Choose a zip or tar file, or a folder"):
        archives.look_into(tmp_path / "all.zip")
    os.mkfifo(tmp_path / "list.csv")
    with pytest.raises(UserError, match="is not a dataset that can be read"):
        open_dataset(tmp_path / "list.csv")
