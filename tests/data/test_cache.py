"""The cache of decoded images: whole or absent, bounded, shared by processes, safe to damage or delete."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from guiapp.core import files
from guiapp.core.notify import Cancelled, UserError
from guiapp.data import cache, images
from guiapp.data.cache import decode, make_room
from guiapp.data.dataset import Dataset
from guiapp.data.opening import open_dataset


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "images"


def drawn(folder: Path, count: int = 5) -> Dataset:
    for number, name in enumerate(("a", "b")):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            Image.new("RGB", (6 + i, 5), (i * 10, number * 100, 50)).save(folder / name / f"{i}.png")
    return open_dataset(folder)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return drawn(tmp_path / "data")


@pytest.mark.parametrize("how", images.FITS)
@pytest.mark.parametrize("channels", [1, 3])
def test_holds_every_image_fitted(dataset: Dataset, how: images.Fit, channels: int) -> None:
    decoded = decode(dataset, 7, 4, channels, how)
    assert decoded.images.shape == (10, 4, 7, channels)
    assert decoded.images.dtype == np.uint8
    assert decoded.good.all()
    assert decoded.problems == ()
    for i in range(10):
        assert np.array_equal(decoded.images[i], images.fit_image(dataset.read(i), 7, 4, channels, how))


def test_the_second_time_nothing_is_decoded(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    first = decode(dataset, 8, 8, 3)
    monkeypatch.setattr(cache, "decode_all", None)
    again = decode(open_dataset(dataset.root), 8, 8, 3)
    assert np.array_equal(first.images, again.images)
    assert isinstance(again.images, np.memmap)
    assert not again.images.flags.writeable


def test_a_changed_image_is_decoded_again(dataset: Dataset) -> None:
    decode(dataset, 8, 8, 3)
    path = dataset.absolute(0)
    Image.new("RGB", (9, 9), "white").save(path)
    os.utime(path, ns=(1, 1))
    assert (decode(open_dataset(dataset.root), 8, 8, 3).images[0] == 255).all()


def test_sizes_channels_and_fits_are_kept_apart(dataset: Dataset, place: Path) -> None:
    for width, height, channels, how in ((8, 4, 3, "pad"), (4, 8, 3, "pad"), (8, 4, 1, "pad"), (8, 4, 3, "crop")):
        assert decode(dataset, width, height, channels, how).images.shape == (10, height, width, channels)  # type: ignore[arg-type]
    assert len(list(place.glob("*.npy"))) == 4


def test_damaged_images_are_skipped_counted_and_listed(dataset: Dataset) -> None:
    dataset.absolute(1).write_bytes(dataset.absolute(1).read_bytes()[:-30])
    dataset.absolute(2).write_text("text")
    dataset.absolute(7).unlink()
    for _ in range(2):
        decoded = decode(dataset, 8, 8, 3)
        assert np.flatnonzero(~decoded.good).tolist() == [1, 2, 7]
        assert not decoded.images[[1, 2, 7]].any()
        assert [(p.path, p.why) for p in decoded.problems] == [
            ("a/1.png", "is damaged: the file ends before the image is complete"),
            ("a/2.png", "is not an image that can be read, whatever its name says"),
            ("b/2.png", "has gone since the folder was read"),
        ]


def test_problems_that_pass_are_not_kept(dataset: Dataset) -> None:
    path = dataset.absolute(3)
    path.rename(away := path.with_suffix(".away"))
    assert not decode(dataset, 8, 8, 3).good[3]
    away.rename(path)
    decoded = decode(dataset, 8, 8, 3)
    assert decoded.good.all()
    assert decoded.problems == ()
    assert np.array_equal(decoded.images[3], dataset.read_fitted(3, 8, 8, 3))


def test_nothing_left_of_a_class_or_of_all(dataset: Dataset) -> None:
    for i in range(5):
        dataset.absolute(i).write_text("text")
    with pytest.raises(UserError) as caught:
        decode(dataset, 8, 8, 3)
    sentence = "none of the images of the class “a” can be read. Replace them, or leave the class out."
    assert str(caught.value) == f"{dataset.root}: {sentence}"
    for i in range(5, 10):
        dataset.absolute(i).write_text("text")
    with pytest.raises(UserError) as caught:
        decode(dataset, 9, 9, 3)
    sentence = (
        "none of the 10 images can be read; a/0.png is not an image that can be read, whatever its name says. "
        "Replace the images, or choose another folder."
    )
    assert str(caught.value) == f"{dataset.root}: {sentence}"


@pytest.mark.parametrize(
    "damage",
    [
        lambda array, notes: array.write_bytes(array.read_bytes()[:-1]),
        lambda array, notes: array.write_bytes(b"x" * 4000),
        lambda array, notes: array.write_bytes(b""),
        lambda array, notes: np.save(array, np.zeros((10, 8, 8, 3), np.float32)),
        lambda array, notes: array.unlink(),
        lambda array, notes: notes.unlink(),
        lambda array, notes: notes.write_text("{"),
        lambda array, notes: notes.write_text("[]"),
        lambda array, notes: notes.write_text('{"images": 10, "problems": {"99": "x"}}'),
        lambda array, notes: notes.write_text('{"images": 3, "problems": {}}'),
    ],
)
def test_a_damaged_cache_is_made_again(dataset: Dataset, place: Path, damage: object) -> None:
    expected = np.array(decode(dataset, 8, 8, 3).images)
    (array,), (notes,) = place.glob("*.npy"), place.glob("*.json")
    assert callable(damage)
    damage(array, notes)
    assert np.array_equal(decode(dataset, 8, 8, 3).images, expected)
    assert json.loads(notes.read_text()) == {"images": 10, "problems": {}, "passing": False}
    assert len(list(place.iterdir())) == 2


def test_the_longest_unused_go_first(dataset: Dataset, place: Path) -> None:
    for size in (8, 9, 10):
        decode(dataset, size, size, 3)
    for age, notes in enumerate(sorted(place.glob("*.json"), key=lambda p: p.with_suffix(".npy").stat().st_size)):
        os.utime(notes, (1000 + age, 1000 + age))
    decode(dataset, 8, 8, 3)  # used again: the middle one is now the oldest
    before = {path.stat().st_size for path in place.glob("*.npy")}
    decode(dataset, 11, 11, 3, limit_bytes=(64 + 100 + 121) * 3 * 10 + 400)
    kept = {path.stat().st_size for path in place.glob("*.npy")}
    assert before - kept == {128 + 9 * 9 * 3 * 10}
    assert len(kept) == 3


def test_a_dataset_larger_than_the_limit_is_kept_alone(dataset: Dataset, place: Path) -> None:
    held = decode(dataset, 8, 8, 3)
    copy = np.array(held.images)
    assert decode(dataset, 16, 16, 3, limit_bytes=10).images.shape == (10, 16, 16, 3)
    assert len(list(place.glob("*.npy"))) == 1
    assert np.array_equal(held.images, copy)  # what is open stays readable


def test_leftovers_of_killed_processes_go(place: Path) -> None:
    place.mkdir(parents=True)
    for name, time in ((".writing-old.npy", 1000), (".writing-new.npy", None)):
        (place / name).write_bytes(b"x")
        if time:
            os.utime(place / name, (time, time))
    make_room(place, 0, 10**9)
    assert [path.name for path in place.iterdir()] == [".writing-new.npy"]


def test_cancel_leaves_nothing(dataset: Dataset, place: Path) -> None:
    with pytest.raises(Cancelled):
        decode(dataset, 8, 8, 3, cancel=lambda: True)
    assert list(place.iterdir()) == []


def test_progress_ends_complete(dataset: Dataset) -> None:
    seen: list[tuple[str, int, int]] = []
    decode(dataset, 8, 8, 3, progress=lambda *what: seen.append(what))
    assert seen[0] == ("Decoding images", 0, 10)
    assert seen[-1] == ("Decoding images", 10, 10)
    assert [s[1] for s in seen] == sorted(s[1] for s in seen)


def failing(number: int) -> object:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize(
    ("target", "number", "sentence"),
    [
        (
            "_ArrayFile",
            errno.ENOSPC,
            "the decoded images (1 MB) cannot be kept here: it does not fit: the disk is full. "
            "Free some space, or choose another disk, or name another folder in CONVNET_STUDIO_CACHE.",
        ),
        (
            "_ArrayFile",
            errno.EROFS,
            "the decoded images (1 MB) cannot be kept here: it lies on a disk that can only be read. "
            "Choose a place that can be written to, or name another folder in CONVNET_STUDIO_CACHE.",
        ),
        (
            "_ArrayFile",
            errno.EACCES,
            "the decoded images (1 MB) cannot be kept here: it may not be opened: permission is denied. "
            "Change its permissions, or choose another place, or name another folder in CONVNET_STUDIO_CACHE.",
        ),
    ],
)
def test_no_room_or_no_right_to_write(
    dataset: Dataset, place: Path, monkeypatch: pytest.MonkeyPatch, target: str, number: int, sentence: str
) -> None:
    monkeypatch.setattr(cache, target, failing(number))
    with pytest.raises(UserError) as caught:
        decode(dataset, 8, 8, 3)
    assert str(caught.value) == f"{place}: {sentence}"
    assert list(place.iterdir()) == []


def test_a_file_where_the_folder_should_be(dataset: Dataset, place: Path) -> None:
    place.parent.write_text("x")
    with pytest.raises(UserError, match="cannot be kept here: it is not a folder"):
        decode(dataset, 8, 8, 3)


def in_another_process(root: str) -> int:
    return int(decode(open_dataset(root), 8, 8, 3).images.astype(np.int64).sum())


def test_two_processes_at_once(dataset: Dataset, place: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        sums = pool.map(in_another_process, [str(dataset.root)] * 2, chunksize=1)
    assert sums[0] == sums[1] == decode(dataset, 8, 8, 3).images.astype(np.int64).sum()
    assert len(list(place.iterdir())) == 2
    assert files.cache_dir() == place.parent
