"""Images that lie in arrays: read row by row, kept unpacked, sent to other processes as names."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import struct
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from guiapp.core.notify import Cancelled, UserError
from guiapp.data.cache import decode
from guiapp.data.importers.idx_files import images_in
from guiapp.data.keeping import Keeper, check_shape
from guiapp.data.opening import open_dataset
from guiapp.data.sources import Part, StoredSource, part_of
from guiapp.data.work import never, no_progress

SHAPE = (6, 4, 5, 3)
GONE = r"have gone since the dataset was opened\. Open the dataset again"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "arrays"


def drawn(seed: int, shape: tuple[int, ...] = SHAPE) -> NDArray[np.uint8]:
    return np.resize(np.random.default_rng(seed).integers(0, 256, 5003, np.uint8), shape)


@pytest.fixture
def parts(tmp_path: Path) -> list[Part]:
    """Two files of six images each, the first behind seven other bytes."""
    for seed in (0, 1):
        (tmp_path / str(seed)).write_bytes(b"x" * (7 - 7 * seed) + drawn(seed).tobytes())
    return [part_of(tmp_path / "0", 7, (6, 4, 5, 3)), part_of(tmp_path / "1", 0, (6, 4, 5, 3))]


BOTH = np.concatenate([drawn(0), drawn(1)])


def test_reads_images_of_several_files(parts: list[Part]) -> None:
    source = StoredSource.of(parts)
    assert source.shape == (4, 5, 3)
    for index in range(12):
        assert np.array_equal(source.read(index), BOTH[index])
    assert np.array_equal(source.read_many(2, 11), BOTH[2:11])
    assert source.read_many(3, 3).shape == (0, 4, 5, 3)


def test_takes_images_in_any_order(parts: list[Part]) -> None:
    rows = np.random.default_rng(3).permutation(12)
    taken = StoredSource.of(parts).take(rows).take(np.arange(1, 12))
    assert np.array_equal(taken.read_many(0, 11), BOTH[rows[1:]])
    again = StoredSource.of(parts).take(np.array([4, 4, 5, 6, 0]))
    assert np.array_equal(again.read_many(0, 5), BOTH[[4, 4, 5, 6, 0]])


def test_is_sent_as_names(parts: list[Part]) -> None:
    source = StoredSource.of(parts)
    source.read(7)
    sent = pickle.dumps(source)
    assert len(sent) < 1500
    assert np.array_equal(pickle.loads(sent).read_many(0, 12), BOTH)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda path: path.unlink(), "the images have gone since the dataset was opened"),
        (lambda path: path.write_bytes(b"short"), "the images have changed since the dataset was opened"),
        (lambda path: os.utime(path, ns=(1, 1)), "the images have changed since the dataset was opened"),
    ],
)
def test_files_that_go_or_change_are_told(parts: list[Part], change: object, what: str) -> None:
    source = StoredSource.of(parts)
    assert callable(change)
    change(Path(parts[1].path))
    assert np.array_equal(source.read(2), BOTH[2])
    with pytest.raises(UserError) as caught:
        source.read_many(4, 8)
    assert str(caught.value) == f"{parts[1].path}: {what}. Open the dataset again."


def test_a_file_cut_while_it_is_read_is_told(parts: list[Part], tmp_path: Path) -> None:
    lying = Part(parts[1].path, 0, (7, 4, 5, 3), parts[1].size)
    with pytest.raises(UserError, match="the images have changed"):
        StoredSource.of([lying]).read(6)


def packed(folder: Path, count: int = 40, size: int = 8) -> Path:
    folder.mkdir(exist_ok=True)
    for part in ("train", "t10k"):
        for what, dims, data in (
            ("images-idx3", (count, size, size), drawn(count, (count, size, size))),
            ("labels-idx1", (count,), (np.arange(count) % 3).astype(np.uint8)),
        ):
            header = struct.pack(f">BBBB{len(dims)}I", 0, 0, 8, len(dims), *dims)
            (folder / f"{part}-{what}-ubyte.gz").write_bytes(gzip.compress(header + data.tobytes(), 1))
    return folder


def test_packed_images_are_unpacked_once(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = packed(tmp_path / "data")
    first = open_dataset(folder)
    assert len(list(place.glob("*.npy"))) == 2
    monkeypatch.setattr("guiapp.data.importers.idx_files._unpacked", None)
    again = open_dataset(folder)
    assert first.source is not None
    assert again.source is not None
    assert np.array_equal(first.source.read_many(0, 80), again.source.read_many(0, 80))
    assert first.fingerprint() == again.fingerprint()


def test_opening_again_mends_a_cache_that_is_gone(tmp_path: Path, place: Path) -> None:
    folder = packed(tmp_path / "data")
    dataset = open_dataset(folder)
    image = dataset.read(3)
    for file in place.iterdir():
        file.unlink()
    with pytest.raises(UserError, match=GONE):
        dataset.read(3)
    with pytest.raises(UserError, match=GONE):
        decode(dataset, 8, 8, 1)
    with pytest.raises(UserError, match=GONE):
        decode(dataset, 5, 5, 1)
    assert np.array_equal(open_dataset(folder).read(3), image)
    assert np.array_equal(dataset.read(3), image)


@pytest.mark.parametrize("damage", ["cut", "no notes", "odd notes"])
def test_what_is_damaged_in_the_cache_is_made_anew(tmp_path: Path, place: Path, damage: str) -> None:
    folder = packed(tmp_path / "data")
    image = open_dataset(folder).read(50)
    for array in place.glob("*.npy"):
        if damage == "cut":
            array.write_bytes(array.read_bytes()[:-1])
        elif damage == "no notes":
            array.with_suffix(".json").unlink()
        else:
            array.with_suffix(".json").write_text(json.dumps({"shape": [1], "offset": "x"}))
    assert np.array_equal(open_dataset(folder).read(50), image)


def test_a_file_that_changed_is_unpacked_anew(tmp_path: Path) -> None:
    folder = packed(tmp_path / "data")
    assert len(open_dataset(folder)) == 80
    packed(tmp_path / "data", 20)
    dataset = open_dataset(folder)
    assert len(dataset) == 40
    assert np.array_equal(dataset.read(3)[..., 0], drawn(20, (20, 8, 8))[3])


def kept(keeper: Keeper, origin: Path, name: str, count: int = 10) -> Path:
    images = drawn(count, (count, 10, 10, 1))
    return Path(keeper.keep(origin, name, (count, 10, 10, 1), iter([images[:4], images[4:]])).part.path)


def test_the_folder_is_bounded_but_never_by_the_dataset_itself(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.write_bytes(b"x")
    old = kept(Keeper(no_progress, 4000), origin, "old")
    used = kept(Keeper(no_progress, 4000), origin, "used")
    os.utime(old.with_suffix(".json"), (1, 1))
    os.utime(used.with_suffix(".json"), (2, 2))
    assert Keeper(no_progress).find(origin, "used") is not None
    assert kept(Keeper(no_progress, 3200), origin, "new").exists()
    assert not old.exists()
    assert used.exists()
    keeper = Keeper(no_progress, 2500)
    mine = [kept(keeper, origin, name) for name in ("one", "two", "three")]
    assert not used.exists()
    assert all(path.exists() for path in mine)


def test_an_array_that_is_too_large_is_refused(tmp_path: Path, place: Path) -> None:
    origin = tmp_path / "origin"
    origin.write_bytes(b"x")
    with pytest.raises(UserError) as caught:
        Keeper(no_progress, 10**9).keep(origin, "", (20_000, 256, 256, 1), iter([]))
    what = "its images take 1.3 GB when they are unpacked; at most 1.0 GB are read. Split it into smaller files."
    assert str(caught.value) == f"{origin}: {what}"
    assert not place.exists()


def test_no_room_on_the_disk(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 999

    origin = tmp_path / "origin"
    origin.write_bytes(b"x")
    monkeypatch.setattr("guiapp.data.keeping.shutil.disk_usage", lambda path: Usage)
    with pytest.raises(UserError) as caught:
        kept(Keeper(no_progress), origin, "")
    assert str(caught.value) == (
        f"{place}: the unpacked images (1 MB) cannot be kept here: it does not fit: the disk is full. "
        "Free some space, or choose another disk, or name another folder in CONVNET_STUDIO_CACHE."
    )
    assert list(place.iterdir()) == []


def test_errors_of_the_file_are_not_those_of_the_cache(tmp_path: Path, place: Path) -> None:
    origin = tmp_path / "origin"
    origin.write_bytes(b"x")

    def broken() -> Iterator[NDArray[np.uint8]]:
        yield drawn(0, (2, 10, 10, 1))
        raise OSError(5, "Input/output error")

    with pytest.raises(UserError) as caught:
        Keeper(no_progress).keep(origin, "", (10, 10, 10, 1), broken())
    assert str(caught.value) == f"{origin}: Input/output error. Check the file or folder and try again."
    assert list(place.iterdir()) == []


def test_cancelling_leaves_nothing(tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = packed(tmp_path / "data")
    monkeypatch.setattr("guiapp.data.importers.idx_files._CHUNK", 640)
    calls = iter([False, True])
    with pytest.raises(Cancelled):
        images_in(folder / "train-images-idx3-ubyte.gz", Keeper(no_progress), lambda: next(calls, True))
    assert list(place.iterdir()) == []


def test_unpacking_takes_little_memory(tmp_path: Path) -> None:
    folder = packed(tmp_path / "data", 40_000, 28)
    tracemalloc.start()
    try:
        part = images_in(folder / "train-images-idx3-ubyte.gz", Keeper(no_progress), never)
        source = StoredSource.of([part])
        source.read(31_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert part.shape == (40_000, 28, 28, 1)
    assert peak < 16e6


@pytest.mark.parametrize(
    ("shape", "what"),
    [
        ((5, 0, 3, 1), "holds images of 0 × 3 pixels, which cannot be read"),
        (
            (5, 30_000, 30_000, 1),
            "says that its images have 30,000 × 30,000 pixels; at most 100,000,000 in all are read",
        ),
        ((10**12, 1, 1, 1), "says that it holds 1,000,000,000,000 images; at most 10,000,000 are read"),
    ],
)  # fmt: skip
def test_impossible_sizes(shape: tuple[int, ...], what: str) -> None:
    with pytest.raises(UserError) as caught:
        check_shape(shape)
    assert caught.value.what == what


def test_images_of_one_pixel_are_images(tmp_path: Path) -> None:
    dataset = open_dataset(packed(tmp_path / "data", 6, 1))
    assert dataset.read(4).shape == (1, 1, 3)
    assert decode(dataset, 3, 3, 1).images.shape == (12, 3, 3, 1)
