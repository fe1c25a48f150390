"""Preparing images for training: what is refused, what is left out with a word, and the order of batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from guiapp.core import notify
from guiapp.core.messages import Damaged, Event
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.project import Project
from guiapp.data.dataset import Skipped
from guiapp.engine import batches
from guiapp.engine.batches import Batches
from guiapp.engine.control import Control
from guiapp.engine.pipeline import prepare
from guiapp.engine.running import train_run

MakeProject = Callable[..., Project]


@pytest.fixture
def notes() -> Iterator[list[str]]:
    found: list[str] = []
    stop = notify.listen(lambda note: found.append(note.text))
    yield found
    stop()


def at(project: Project, path: Path, **settings: object) -> Project:
    assert project.dataset is not None
    return project.model_copy(update={"dataset": project.dataset.model_copy(update={"path": str(path), **settings})})


def test_divides_and_decodes(make_project: MakeProject) -> None:
    data = prepare(make_project(validation=0.25, test=0.25))
    assert data.images.shape == (72, 12, 12, 3) and data.images.dtype == np.uint8
    parts = [data.train, data.validation, data.test]
    assert [len(part) for part in parts] == [36, 18, 18]
    assert len(set(np.concatenate(parts).tolist())) == 72
    assert np.bincount(data.labels[data.validation]).tolist() == [6, 6, 6]
    assert data.pinned.shape == (2, 12, 12, 3)


def test_only_the_chosen_classes(make_project: MakeProject, images: Path) -> None:
    project = make_project()
    project = project.model_copy(update={"network": project.network.update("dense2", units=2)})
    data = prepare(at(project, images, classes=("standing", "lying")))
    assert data.class_names == ("lying", "standing") and len(data.labels) == 48


def test_another_number_of_classes_is_refused_with_the_mend(make_project: MakeProject) -> None:
    project = make_project()
    with pytest.raises(UserError, match=r"dense2: gives 5 numbers, .* 3 classes. Set its units to that"):
        prepare(project.model_copy(update={"network": project.network.update("dense2", units=5)}))


def test_no_dataset_is_refused(make_project: MakeProject) -> None:
    with pytest.raises(UserError, match="no images"):
        prepare(make_project().model_copy(update={"dataset": None}))


def test_cancelled(make_project: MakeProject) -> None:
    with pytest.raises(Cancelled):
        prepare(make_project(make_project().network.update("image", height=13)), cancel=lambda: True)


def test_damaged_images_are_left_out_with_one_sentence(
    make_project: MakeProject, tmp_path: Path, notes: list[str], draw: Callable[[Path], Path]
) -> None:
    folder = draw(tmp_path / "bars")
    for name in ("lying/000.png", "square/003.png"):
        (folder / name).write_bytes((folder / name).read_bytes()[:60])
    data = prepare(at(make_project(), folder))
    kept = np.concatenate([data.train, data.validation])
    assert len(kept) == 70
    (text,) = [text for text in notes if "left out" in text]
    why = "is damaged: the file ends before the image is complete"
    assert text == f"2 images were left out; the first is lying/000.png, which {why}."
    assert data.damaged is not None and data.damaged.root == str(folder)
    assert [path for path, _why in data.damaged.images] == ["lying/000.png", "square/003.png"]


def test_damaged_images_that_are_left_out_anyway_are_not_told_of(
    make_project: MakeProject, tmp_path: Path, notes: list[str], draw: Callable[[Path], Path]
) -> None:
    folder = draw(tmp_path / "bars")
    (folder / "square/003.png").write_text("no image")
    project = at(make_project(), folder)
    assert project.dataset is not None
    mended = project.dataset.model_copy(update={"excluded": ("square/003.png",)})
    assert prepare(project.model_copy(update={"dataset": mended})).damaged is None
    assert notes == []
    (folder / "square/004.png").write_text("no image")
    data = prepare(project.model_copy(update={"dataset": mended}))
    assert data.damaged is not None and [path for path, _why in data.damaged.images] == ["square/004.png"]
    assert notes == ["1 image was left out: square/004.png is not an image that can be read, whatever its name says."]
    assert Skipped("a.png", "is damaged: it is cut").sentence() == "a.png is damaged; it is cut."
    assert (
        Skipped("a.png", "the file is empty").sentence(2)
        == "the first is a.png, which cannot be read: the file is empty."
    )


def test_classes_without_training_images_are_told_of(
    make_project: MakeProject, tmp_path: Path, notes: list[str], draw: Callable[[Path], Path]
) -> None:
    folder = draw(tmp_path / "bars")

    def told(*classes: str) -> list[str]:
        out = tuple(f"{name}/{path.name}" for name in classes for path in sorted((folder / name).iterdir()))
        notes.clear()
        prepare(at(make_project(), folder, excluded=out))
        return list(notes)

    assert told() == []
    assert told("square") == [
        "“square” has no images to train on, and cannot be learned. Give it training images on the Data page, or take "
        "the class out of use."
    ]
    assert [text.partition(". ")[0] for text in told("lying", "square")] == [
        "2 classes have no images to train on, and cannot be learned: “lying”, “square”"
    ]


def test_what_is_left_out_is_told_before_training_begins(
    make_project: MakeProject, tmp_path: Path, draw: Callable[[Path], Path]
) -> None:
    folder = draw(tmp_path / "bars")
    (folder / "square/003.png").write_text("no image")
    events: list[Event] = []
    train_run(at(make_project(max_steps=1), folder), tmp_path / "run", events.append, Control())
    assert isinstance(events[0], Damaged)
    assert events[0].images[0][0] == "square/003.png"


def test_a_pinned_image_that_is_gone_is_passed_over(
    make_project: MakeProject, images: Path, tmp_path: Path, notes: list[str]
) -> None:
    there = str(images / "lying" / "001.png")
    data = prepare(make_project().model_copy(update={"pinned": (str(tmp_path / "gone.png"), there)}))
    assert data.pinned_paths == (there,)
    assert len(notes) == 1 and "gone.png" in notes[0]


def test_batches_follow_from_seed_and_epoch(make_project: MakeProject, monkeypatch: pytest.MonkeyPatch) -> None:
    data = prepare(make_project())
    data = replace(data, labels=np.arange(72, dtype=np.int32))
    direct = Batches(data, 16, seed=1)
    monkeypatch.setattr(batches, "PREFETCH_BYTES", 0)
    ahead = Batches(data, 16, seed=1)
    one = [labels.tolist() for _, labels in direct.epoch(0)]
    assert [len(part) for part in one] == [16, 16, 16, 6] and direct.per_epoch == 4
    assert sorted(label for part in one for label in part) == data.train.tolist()
    assert [labels.tolist() for _, labels in ahead.epoch(0)] == one
    assert [labels.tolist() for _, labels in ahead.epoch(0, 2)] == one[2:]
    assert [labels.tolist() for _, labels in ahead.epoch(1)] != one
    assert list(ahead.epoch(0, 4)) == []
    for pixels, labels in ahead.epoch(0):
        assert np.array_equal(pixels, data.images[labels])
    ahead.close()


def test_a_folder_that_was_there_before_is_kept_when_training_cannot_begin(
    make_project: MakeProject, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "diary.txt").write_text("mine")
    project = make_project()
    too_large = project.model_copy(update={"network": project.network.update("dense1", units=100_000_000)})
    with pytest.raises(UserError):
        train_run(too_large, tmp_path / "run", lambda _event: None, Control())
    assert (tmp_path / "run" / "diary.txt").read_text() == "mine"


def test_images_mapped_from_a_file_are_gathered_as_they_are(
    make_project: MakeProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PREFETCH_BYTES", 0)
    np.save(tmp_path / "large.npy", np.random.default_rng(1).integers(0, 256, (72, 40, 40, 3), dtype=np.uint8))
    data = prepare(make_project())
    for images in (np.load(tmp_path / "large.npy", mmap_mode="r"), np.load(tmp_path / "large.npy")):
        data = replace(data, images=images, labels=np.arange(72, dtype=np.int32))
        made = Batches(data, 16, seed=1)
        for pixels, labels in made.epoch(0):
            assert np.array_equal(pixels, images[labels])
        made.close()
