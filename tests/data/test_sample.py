"""The sample dataset: the same everywhere, varied, whole or absent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from guiapp.core.notify import Cancelled, UserError
from guiapp.data import sample
from guiapp.data.opening import open_dataset
from guiapp.data.work import never, no_progress


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(sample, "PER_CLASS", 6)
    return tmp_path / "data" / "shapes"


@pytest.mark.parametrize("name", sample.SHAPES)
def test_images_are_repeatable_and_varied(name: str) -> None:
    drawn = [sample.draw(name, seed) for seed in range(8)]
    assert all(image.shape == (64, 64, 3) and image.dtype == np.uint8 for image in drawn)
    assert np.array_equal(drawn[0], sample.draw(name, 0))
    assert len({image.tobytes() for image in drawn}) == 8
    assert all(image.std() > 8 for image in drawn)


@pytest.mark.parametrize("name", sample.SHAPES)
def test_distances_are_distances(name: str) -> None:
    """Neighbouring values differ by no more than the distance between them, and inside is negative."""
    y, x = np.mgrid[-1.4:1.4:141j, -1.4:1.4:141j]
    distance = sample.SHAPES[name](x, y)
    step = 2.8 / 140
    for axis in (0, 1):
        assert np.abs(np.diff(distance, axis=axis)).max() <= step * 1.001
    inside = (distance < 0).mean() * 2.8**2
    assert 0.9 < inside < 3.2
    assert distance[0, 0] > 0
    assert (distance[70, 70] > 0) == (name in {"ring", "moon"})


def test_drawn_once_and_a_dataset(place: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = sample.ensure_sample(lambda *what: seen.append(what))
    assert folder == place
    assert seen[0] == ("Drawing the sample images", 0, 48)
    assert seen[-1] == ("Drawing the sample images", 48, 48)
    dataset = open_dataset(folder)
    assert dataset.class_names == ("circle", "cross", "heart", "moon", "ring", "square", "star", "triangle")
    assert dataset.counts().tolist() == [6] * 8
    assert (dataset.skipped, dataset.warnings) == ((), ())
    assert np.array_equal(dataset.read(0), sample.draw("circle", 0))
    before = (place / "circle/0001.png").stat().st_mtime_ns
    assert sample.ensure_sample(lambda *what: pytest.fail("drawn again")) == folder
    assert (place / "circle/0001.png").stat().st_mtime_ns == before


def test_cancelled_leaves_nothing_and_unfinished_is_drawn_again(place: Path) -> None:
    answers = iter([False] * 10 + [True])
    with pytest.raises(Cancelled):
        sample.ensure_sample(cancel=lambda: next(answers))
    assert list(place.parent.iterdir()) == []
    (place / "circle").mkdir(parents=True)
    (place / "circle/half.png").touch()
    sample.ensure_sample()
    assert len(list(place.glob("circle/*"))) == 6
    (place / ".complete").write_text("0")
    sample.ensure_sample()
    assert (place / ".complete").read_text() != "0"
    assert list(place.parent.iterdir()) == [place]


def test_another_process_may_be_first(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = sample._draw_all

    def slowly(folder: Path, progress: object, cancel: object) -> None:
        real(folder, no_progress, never)
        if not place.exists():
            real(place, no_progress, never)
            (place / "theirs").touch()

    monkeypatch.setattr(sample, "_draw_all", slowly)
    assert sample.ensure_sample() == place
    assert (place / "theirs").exists()
    assert list(place.parent.iterdir()) == [place]


def test_a_place_that_cannot_be_written(place: Path) -> None:
    place.parent.write_text("x")
    with pytest.raises(UserError) as caught:
        sample.ensure_sample()
    assert str(caught.value).startswith(f"{place}: the sample images cannot be drawn here: it ")
    assert str(caught.value).endswith("or name another folder in CONVNET_STUDIO_DATA.")
