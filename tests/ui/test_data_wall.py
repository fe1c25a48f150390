"""Which images the gallery shows: plain values, without a window."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import Dataset
from guiapp.data.editing import arrange
from guiapp.ui.data.wall import DAMAGED, LEFT_OUT, RELABELLED, Chip, Wall, Wanted, followed, look

NAMES = ("cat", "dog", "owl")


def _dataset(*counts: int) -> Dataset:
    paths = tuple(f"{name}/{i}.png" for name, count in zip(NAMES, counts, strict=True) for i in range(count))
    labels = np.repeat(np.arange(3, dtype=np.int32), counts)
    return Dataset(Path("/pets"), "folders", NAMES, paths, labels, None, None)


def _look(dataset: Dataset, settings: DatasetSettings, wanted: Wanted, *damaged: tuple[str, str]) -> Wall:
    return look(dataset, arrange(dataset, settings), settings, damaged, wanted)


def _paths(wall: Wall) -> list[str]:
    return [wall.dataset.paths[row] for row in wall.rows.tolist()]


def test_what_the_person_changes_is_marked() -> None:
    dataset = _dataset(3, 2, 2)
    settings = DatasetSettings(
        path="/pets", excluded=("cat/0.png", "gone.png"), relabelled={"cat/1.png": "dog"}, renamed={"cat": "kitten"}
    )
    wall = _look(dataset, settings, Wanted(order="class"), ("owl/1.png", "is cut"))
    marks = {wall.dataset.paths[row]: int(mark) for row, mark in enumerate(wall.marks) if mark}
    assert marks == {"cat/0.png": LEFT_OUT, "cat/1.png": RELABELLED, "owl/1.png": DAMAGED}
    assert dict(wall.facts(1))["relabelled"] == "was kitten"
    assert dict(wall.facts(0))["split"] == "not used, left out by you"
    assert dict(wall.facts(6))["damaged"] == "is cut"
    assert wall.counts() == {"left out": 1, "relabelled": 1, "damaged": 1}
    assert _paths(_look(dataset, settings, Wanted(state="relabelled"))) == ["cat/1.png"]


def test_an_edited_image_keeps_its_place_among_the_mixed() -> None:
    dataset = _dataset(3, 2, 2)
    before = _paths(_look(dataset, DatasetSettings(path="/pets"), Wanted()))
    assert before[:4] == ["cat/0.png", "dog/0.png", "owl/0.png", "cat/1.png"]
    edited = DatasetSettings(path="/pets", relabelled={"cat/0.png": "owl"}, renamed={"dog": "hound"})
    assert _paths(_look(dataset, edited, Wanted())) == before


def test_numbers_in_names_are_ordered_as_numbers() -> None:
    wall = _look(_dataset(12, 1, 1), DatasetSettings(path="/pets"), Wanted(label="cat", order="name"))
    assert _paths(wall) == [f"cat/{i}.png" for i in range(12)]


def test_what_a_view_sent_keeps_its_order_and_its_images() -> None:
    dataset = _dataset(3, 2, 2)
    chip = Chip("Near duplicates", np.array([6, 0, 3]))
    assert _paths(_look(dataset, DatasetSettings(path="/pets"), Wanted(chip=chip))) == [
        "owl/1.png",
        "cat/0.png",
        "dog/0.png",
    ]
    fewer = DatasetSettings(path="/pets", classes=("dog", "owl"))
    assert _paths(_look(dataset, fewer, Wanted(chip=chip))) == ["owl/1.png", "dog/0.png"]


def test_what_is_asked_for_follows_the_images() -> None:
    dataset = _dataset(3, 2, 2)
    plain = DatasetSettings(path="/pets")
    old = arrange(dataset, plain)
    merged = arrange(dataset, plain.model_copy(update={"renamed": {"cat": "pet", "dog": "pet"}}))
    assert followed(Wanted(label="dog"), old, merged).label == "pet"
    without = arrange(dataset, plain.model_copy(update={"classes": ("cat", "owl")}))
    assert followed(Wanted(label="dog", text="1"), old, without) == Wanted(text="1")
    chip = Chip("Duplicates", np.array([3, 4]))
    assert followed(Wanted(chip=chip), old, without).chip is None
    assert followed(Wanted(chip=chip), old, merged).chip is chip
    all_train = arrange(dataset, plain.model_copy(update={"validation": 0.0}))
    assert followed(Wanted(split=1), old, all_train).split is None
