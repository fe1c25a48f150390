"""The health report: what is seen of each image, what is kept of it, and what follows for a project."""

from __future__ import annotations

import gzip
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.messages import CheckHealth
from guiapp.core.notify import Cancelled
from guiapp.data import health_store
from guiapp.data.facts import facts_of
from guiapp.data.health import GREY, Health, check
from guiapp.data.opening import open_dataset
from guiapp.data.work import no_progress
from guiapp.engine.answers import answer_check_health


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_CACHE", str(tmp_path / "cache"))


def noise(seed: int, wide: int = 30, high: int = 20) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 255, (high, wide, 3), dtype=np.uint8))


def draw_odd(root: Path) -> Path:
    """Draw two classes with an image of every uncommon kind, and some that cannot be read."""
    for name, start in (("a", 0), ("b", 100)):
        (root / name).mkdir(parents=True)
        for i in range(5):
            noise(start + i).save(root / name / f"plain{i}.png")
    folder = root / "a"
    noise(10).convert("CMYK").save(folder / "cmyk.jpg")
    Image.fromarray(np.random.default_rng(11).integers(0, 65535, (20, 30), dtype=np.uint16)).save(folder / "deep.png")
    clear = noise(12).convert("RGBA")
    clear.putalpha(90)
    clear.save(folder / "clear.png")
    noise(13).convert("P").save(folder / "table.png")
    exif = Image.Exif()
    exif[0x0112] = 6
    noise(14).save(folder / "turned.jpg", exif=exif)
    noise(15).save(folder / "moving.webp", save_all=True, append_images=[noise(16)])
    noise(17).convert("L").save(folder / "grey.jpg")
    (folder / "empty.png").write_bytes(b"")
    (folder / "words.jpg").write_text("not an image")
    (folder / "cut.png").write_bytes((folder / "plain0.png").read_bytes()[:200])
    return root


def test_every_uncommon_kind_is_named(tmp_path: Path) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    health = check(dataset)
    named = {mode: [Path(dataset.paths[row]).stem for row in rows.tolist()] for mode, rows in health.modes.items()}
    assert named == {
        "CMYK": ["cmyk"],
        "16 bit": ["deep"],
        "alpha": ["clear"],
        "palette": ["table"],
        "rotated": ["turned"],
        "animated": ["moving"],
        GREY: ["deep", "grey"],
    }
    formats = {name: len(rows) for name, rows in health.formats.items()}
    assert formats == {"PNG": 13, "JPEG": 3, "WebP": 1}


def test_sizes_are_those_shown_and_the_unreadable_have_none(tmp_path: Path) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    health = check(dataset)
    at = {Path(path).stem: row for path, row in dataset.row_of.items()}
    assert (health.widths[at["turned"]], health.heights[at["turned"]]) == (20, 30)
    assert (health.widths[at["cmyk"]], health.heights[at["cmyk"]]) == (30, 20)
    bad = {Path(dataset.paths[row]).stem: why for row, why in health.unreadable}
    assert sorted(bad) == ["cut", "empty", "words"]
    assert bad["empty"] == "the file is empty"
    assert not health.widths[[at[name] for name in bad]].any()


@pytest.mark.parametrize(
    "data",
    [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe1\x00\x20Exif\0\0broken", b"II*\0", b"GIF89a", b"RIFF\0\0\0\0WEBP"],
)
def test_facts_of_damaged_files_raise_nothing(data: bytes) -> None:
    assert facts_of(data).modes == ()


def test_the_second_time_is_read_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    first = check(dataset)
    monkeypatch.setattr("guiapp.data.health._Seen", None)
    second = check(dataset)
    for name in ("unreadable", "exact", "near", "notes"):
        assert getattr(first, name) == getattr(second, name)
    assert np.array_equal(first.widths, second.widths)
    assert {k: v.tolist() for k, v in first.modes.items()} == {k: v.tolist() for k, v in second.modes.items()}


def test_what_is_kept_says_whose_rows_it_is_about(tmp_path: Path) -> None:
    root = draw_odd(tmp_path / "odd")
    dataset = open_dataset(root)
    assert [check(dataset).about for _ in range(2)] == [dataset.order_key()] * 2
    assert open_dataset(root).order_key() == dataset.order_key()
    (root / "a" / "plain3.png").rename(root / "a" / "zebra.png")
    renamed = open_dataset(root)
    assert len(renamed) == len(dataset)
    assert check(renamed).about != dataset.order_key()


def test_a_damaged_cache_is_looked_past(tmp_path: Path) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    check(dataset)
    (kept,) = (tmp_path / "cache" / "health").glob("*.npz")
    whole = kept.read_bytes()
    swapped = whole[:80] + bytes(255 - value for value in whole[80:300]) + whole[300:]
    for content in (b"", b"PK\x03\x04 no archive", whole[:300], swapped, b"\x93NUMPY"):
        kept.write_bytes(content)
        assert health_store.load(dataset) is None
        assert len(check(dataset).unreadable) == 3


def test_rows_that_are_not_there_are_not_believed(tmp_path: Path) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    health = check(dataset)
    health_store.save(dataset, vars(health) | {"exact": ((0, len(dataset)),)})
    assert health_store.load(dataset) is None


def test_only_so_many_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_store, "LIMIT", 2)
    for i in range(3):
        check(open_dataset(draw_odd(tmp_path / f"odd{i}")))
    assert len(list((tmp_path / "cache" / "health").glob("*.npz"))) == 2


def test_what_may_pass_is_not_kept(tmp_path: Path) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    gone = tmp_path / "odd" / "b" / "plain0.png"
    content = gone.read_bytes()
    gone.unlink()
    assert any("has gone" in why for _, why in check(dataset).unreadable)
    gone.write_bytes(content)
    assert not any("has gone" in why for _, why in check(dataset).unreadable)


def test_it_can_be_cancelled_and_says_how_far_it_is(tmp_path: Path) -> None:
    dataset = open_dataset(draw_odd(tmp_path / "odd"))
    with pytest.raises(Cancelled):
        check(dataset, no_progress, lambda: True)
    told: list[tuple[str, int, int]] = []
    check(dataset, lambda *what: told.append(what))
    assert ("Checking images", len(dataset), len(dataset)) in told


def test_images_in_one_file_are_checked_too(tmp_path: Path) -> None:
    images = np.random.default_rng(2).integers(0, 255, (40, 28, 28), dtype=np.uint8)
    images[7] = images[30]
    labels = (np.arange(40) % 2).astype(np.uint8)
    header = struct.pack(">IIII", 2051, 40, 28, 28)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(header + images.tobytes()))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(
        gzip.compress(struct.pack(">II", 2049, 40) + labels.tobytes())
    )
    health = check(open_dataset(tmp_path))
    assert health.exact == ((7, 30),)
    assert health.modes == {}
    assert set(health.widths.tolist()) == {28}


def test_the_engine_answers(tmp_path: Path) -> None:
    settings = DatasetSettings(path=str(draw_odd(tmp_path / "odd")))
    health = answer_check_health(CheckHealth(1, settings), no_progress, lambda: False)
    assert isinstance(health, Health)
    assert len(health.unreadable) == 3


def test_parts_of_one_picture_are_no_copies(tmp_path: Path) -> None:
    root = draw_odd(tmp_path / "odd")
    (root / "b" / "again.png").write_bytes((root / "b" / "plain0.png").read_bytes())
    dataset = open_dataset(root)
    rows = [dataset.row_of["b/again.png"], dataset.row_of["b/plain0.png"]]
    boxes = np.zeros((len(dataset), 4), np.int32)
    boxes[rows] = (0, 0, 15, 20), (15, 0, 30, 20)
    assert tuple(rows) in check(dataset).exact
    assert tuple(rows) not in check(replace(dataset, boxes=boxes)).exact
