"""Pinning images that are parts of pictures: what is pinned is the part."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from guiapp.data import images
from guiapp.data.dataset import Dataset
from guiapp.data.opening import open_dataset
from guiapp.ui.data.image_actions import copied_to
from guiapp.ui.inspect.strip import one_of_each
from guiapp.ui.predict.images import read_picture
from tests.ui import data_place
from tests.ui.data_place import DataPlace

Key = Qt.Key


def cropped(*where: Any) -> Dataset:
    """Open images of which each cat is a part of its picture."""
    dataset = open_dataset(*where)
    boxes = np.zeros((len(dataset), 4), np.int32)
    boxes[dataset.labels == 0] = (4, 2, 12, 8)
    return replace(dataset, boxes=boxes)


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DataPlace]:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "kept"))
    monkeypatch.setattr(data_place, "open_dataset", cropped)
    made = DataPlace(qtbot, tmp_path)
    made.choose()
    yield made
    made.close()


def test_the_part_is_pinned_and_unpinned(place: DataPlace) -> None:
    place.keys(Key.Key_Home, Key.Key_P)
    place.until(lambda: len(place.services.session.project.pinned) == 1)
    (path,) = place.services.session.project.pinned
    assert images.read_image(path).shape == (6, 8, 3)
    assert place.browser.actions_.pin.text() == "Unpin image"
    place.keys(Key.Key_P)
    assert place.services.session.project.pinned == ()


def test_a_whole_picture_beside_it_is_pinned_by_its_path(place: DataPlace) -> None:
    place.keys(Key.Key_Home)
    place.keys(Key.Key_Right, held=Qt.KeyboardModifier.ShiftModifier)
    assert place.chosen() == ["cat/0.png", "dog/0.png"]
    place.keys(Key.Key_P)
    place.until(lambda: len(place.services.session.project.pinned) == 2)
    assert place.services.session.project.pinned[1] == str(place.folder / "dog" / "0.png")


def test_parts_are_taken_to_inspect_as_parts(tmp_path: Path) -> None:
    (_, part), (_, whole), _owl = one_of_each(cropped(data_place.draw_pets(tmp_path / "pets")), 3)
    assert isinstance(part, bytes) and read_picture(part).shape == (6, 8, 3)
    assert isinstance(whole, str) and Path(whole).parent == tmp_path / "pets" / "dog"


def test_another_part_of_a_picture_is_another_pinned_image(tmp_path: Path) -> None:
    paths, labels = ("a/0.png",), np.zeros(1, np.int32)
    places = set()
    for box in ((0, 0, 4, 4), (0, 0, 5, 4)):
        made = Dataset(tmp_path, "class-folders", ("a",), paths, labels, None, None, boxes=np.array([box], np.int32))
        places.add(copied_to(made, 0))
    assert len(places) == 2
