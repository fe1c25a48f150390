"""Copies among drawn pictures: what is found, what is not taken for one, and that the search is exact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from guiapp.core.notify import Cancelled
from guiapp.data import alike as alikes
from guiapp.data.alike import SIDE, alike, alike_enough, groups_of
from guiapp.data.dataset import Dataset
from guiapp.data.duplicates import same_files
from guiapp.data.health import check
from guiapp.data.opening import open_dataset
from guiapp.data.work import never

Pixels = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))


def scene(seed: int, size: tuple[int, int] = (200, 160)) -> Image.Image:
    """Draw a picture of some twenty shapes on a slope of colour: each seed another one."""
    random = np.random.default_rng(seed)
    wide, high = size
    low, up = random.integers(0, 255, (2, 3))
    slope = np.linspace(low, up, high).astype(np.uint8)
    picture = Image.fromarray(np.repeat(slope[:, None], wide, axis=1))
    draw = ImageDraw.Draw(picture)
    for _ in range(20):
        x, y = random.integers(0, wide), random.integers(0, high)
        far = int(random.integers(8, 50))
        box = (int(x) - far, int(y) - far, int(x) + far, int(y) + far)
        colour = tuple(random.integers(0, 255, 3).tolist())
        (draw.ellipse if random.integers(2) else draw.rectangle)(box, fill=colour)
    return picture


def opened(folder: Path) -> Dataset:
    """Open a folder of two classes."""
    return open_dataset(folder, "class_folders")


def write_scenes(root: Path, count: int = 60) -> Path:
    """Write scenes into two classes, as JPEGs of high quality."""
    for i in range(count):
        folder = root / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        scene(i).save(folder / f"{i:03}.jpg", quality=95)
    return root


CHANGES: dict[str, Callable[[Image.Image], tuple[Image.Image, int]]] = {
    "saved again": lambda image: (image, 70),
    "resized": lambda image: (image.resize((image.width * 4 // 5, image.height * 4 // 5)), 90),
    "brighter": lambda image: (image.point(lambda value: min(255, round(value * 1.05))), 90),
    "cut": lambda image: (image.crop((2, 2, image.width - 2, image.height - 2)), 90),
}


@pytest.mark.parametrize("change", CHANGES)
def test_changed_copies_are_found_and_nothing_else(change: str, tmp_path: Path) -> None:
    root = write_scenes(tmp_path / "scenes")
    for i in range(20):
        image, quality = CHANGES[change](scene(i))
        image.save(root / "a" / f"copy-{i:03}.jpg", quality=quality)
    dataset = opened(root)
    found = {tuple(sorted(Path(dataset.paths[row]).stem[-3:] for row in group)) for group in check(dataset).near}
    assert found == {(f"{i:03}", f"{i:03}") for i in range(20)}


def test_different_pictures_are_not_copies(tmp_path: Path) -> None:
    health = check(opened(write_scenes(tmp_path / "scenes", 200)))
    assert health.exact == health.near == ()


def test_the_same_bytes_and_the_same_pixels_are_exact(tmp_path: Path) -> None:
    root = write_scenes(tmp_path / "scenes", 12)
    (root / "b" / "twin.jpg").write_bytes((root / "a" / "000.jpg").read_bytes())
    scene(500).save(root / "a" / "lossless.png")
    scene(500).save(root / "b" / "lossless.bmp")
    dataset = opened(root)
    health = check(dataset)
    names = {tuple(sorted(dataset.paths[row] for row in group)) for group in health.exact}
    assert names == {("a/000.jpg", "b/twin.jpg"), ("a/lossless.png", "b/lossless.bmp")}
    assert health.near == ()


def test_a_group_holds_exact_and_near_copies(tmp_path: Path) -> None:
    root = write_scenes(tmp_path / "scenes", 60)
    (root / "b" / "twin.jpg").write_bytes((root / "a" / "000.jpg").read_bytes())
    scene(0).save(root / "b" / "worse.jpg", quality=60)
    dataset = opened(root)
    health = check(dataset)
    assert [len(group) for group in health.exact] == [2]
    assert [sorted(dataset.paths[row] for row in group) for group in health.near] == [
        ["a/000.jpg", "b/twin.jpg", "b/worse.jpg"]
    ]


def test_plain_pictures_are_not_alike(tmp_path: Path) -> None:
    root = tmp_path / "plain"
    for i in range(60):
        folder = root / "ab"[i % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 40), (i, 2 * i, 3 * i)).save(folder / f"{i}.png")
    assert check(opened(root)).near == ()


def random_thumbs(count: int, seed: int = 3) -> Pixels:
    """Return pictures of coarse random patches."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 4, 4, 3)).astype(np.uint8)
    return coarse.repeat(SIDE // 4, axis=1).repeat(SIDE // 4, axis=2)


def test_every_pair_that_is_close_enough_is_found() -> None:
    thumbs = random_thumbs(700)
    random = np.random.default_rng(4)
    noisy = thumbs[:300].astype(np.float64) + random.normal(0, 12, thumbs[:300].shape)
    both = np.concatenate([thumbs, np.clip(noisy, 0, 255).astype(np.uint8)])
    least = alike_enough(both)
    vectors = both.reshape(len(both), -1).astype(np.float64)
    vectors -= vectors.mean(axis=1, keepdims=True)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    hashes, _ = alikes._described(both, np.arange(len(both)))
    distance, whole = alikes._distance_for(hashes, least)
    assert whole
    near = np.bitwise_count(hashes[:, None] ^ hashes) <= distance
    close = np.triu((vectors @ vectors.T >= least) & near, 1)
    assert close.sum() >= 150
    assert alike(both, never).pairs.tolist() == np.argwhere(close).tolist()


def test_how_alike_two_must_be_follows_the_pictures() -> None:
    different = random_thumbs(400)
    resembling = (random_thumbs(1)[0] * 0.9 + different * 0.1).astype(np.uint8)
    assert alike_enough(different) < 0.96 < 0.99 < alike_enough(resembling)
    assert len(alike(resembling, never).pairs) == 0


def test_too_much_work_is_bounded_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    thumbs = np.concatenate([random_thumbs(300), random_thumbs(300)])
    monkeypatch.setattr(alikes, "_WORK", 10)
    assert not alike(thumbs, never).whole
    monkeypatch.undo()
    monkeypatch.setattr(alikes, "MOST_PAIRS", 5)
    found = alike(thumbs, never)
    assert len(found.pairs) == 5
    assert not found.whole


def test_it_can_be_cancelled() -> None:
    with pytest.raises(Cancelled):
        alike(random_thumbs(100), lambda: True)


def test_pairs_become_groups() -> None:
    pairs = np.array([(4, 7), (1, 2), (2, 9), (7, 8), (1, 9)], np.intp)
    assert groups_of(pairs) == [(1, 2, 9), (4, 7, 8)]
    assert groups_of(pairs[:0]) == []


def test_digests_of_zero_are_no_copies() -> None:
    digests = np.array([(0, 0), (5, 1), (0, 0), (5, 2), (5, 1), (0, 9), (0, 9)], np.uint64)
    assert same_files(digests) == [(1, 4), (5, 6)]
    assert same_files(digests[:0]) == []
