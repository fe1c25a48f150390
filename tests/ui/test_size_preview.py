"""The preview of size and colour on drawn images: before, after, scaled, and each fit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.layers.input import Input
from guiapp.data.dataset import TRAIN
from guiapp.data.opening import open_dataset
from guiapp.look.pixels import from_qimage
from guiapp.ui.data import seen
from guiapp.ui.data.pairs import layout
from guiapp.ui.data.seen import Measured
from guiapp.ui.data.sizes import SCALING_WORDS, SizePreview
from guiapp.ui.services import Services
from tests.ui.opening_engine import services_with

WIDE = Input(name="image", height=8, width=16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two classes of ten noisy images, each of a size of its own."""
    random = np.random.default_rng(2)
    for level, name in ((60, "dark"), (180, "light")):
        (tmp_path / "images" / name).mkdir(parents=True)
        for i in range(10):
            image = random.integers(level - 40, level + 40, (20 + i, 30, 3), dtype=np.uint8)
            Image.fromarray(image).save(tmp_path / "images" / name / f"{i}.png")
    return tmp_path / "images"


@pytest.fixture
def services(qtbot: QtBot, tmp_path: Path) -> Iterator[Services]:
    made = services_with(WIDE, tmp_path)
    yield made
    assert made.jobs.wait_all()


@pytest.fixture
def view(qtbot: QtBot, services: Services, folder: Path) -> SizePreview:
    services.dataset.choose(str(folder))
    qtbot.waitUntil(lambda: services.dataset.state == "ready")
    made = SizePreview(services)
    qtbot.addWidget(made)
    made.resize(1000, 620)
    made.show()
    assert made.jobs.wait_all()
    return made


def set_input(view: SizePreview, **fields: Any) -> None:
    project = view.services.session.project
    network = project.network.update("image", **fields)
    view.services.session.change(project.model_copy(update={"network": network}), "test")
    assert view.jobs.wait_all()


def test_a_dozen_of_all_classes_is_shown_before_and_after(view: SizePreview, services: Services) -> None:
    pairs = view.pairs.pairs()
    assert [pair.before_words[0] for pair in pairs] == ["dark", "light"] * 6
    dataset = services.dataset.active
    assert dataset is not None
    for pair in pairs:
        name = pair.tip.split("\n", maxsplit=1)[0]
        row = dataset.row_of[name]
        assert services.dataset.splits[row] == TRAIN
        image = dataset.read(row)
        assert pair.before_words[1] == f"{image.shape[1]} × {image.shape[0]} px"
        assert np.array_equal(from_qimage(pair.before), image)
        fitted = dataset.read_fitted(row, 16, 8, 3)
        assert np.array_equal(from_qimage(pair.after), fitted)
        assert pair.after_words == ("16 × 8 px", f"{fitted.min() / 255:.2f} … {fitted.max() / 255:.2f}")
    assert view.words.text() == f"16 × 8 px, colour · {SCALING_WORDS['1/255']}"


def test_others_are_shown_until_all_were(view: SizePreview) -> None:
    first = {pair.tip for pair in view.pairs.pairs()}
    QTest.keyClick(view, Qt.Key.Key_F4)
    assert view.jobs.wait_all()
    others = {pair.tip for pair in view.pairs.pairs()}
    assert len(others) == 12
    assert len(first | others) == 16
    assert view.page_actions() == [view.others_action]


def test_grey_images_are_shown_grey(view: SizePreview) -> None:
    set_input(view, channels=1)
    after = from_qimage(view.pairs.pairs()[0].after)
    assert (after == after[..., :1]).all()
    assert view.words.text().startswith("16 × 8 px, grey")


def test_each_fit_is_shown_and_a_click_chooses_it(view: SizePreview, services: Services) -> None:
    pictures = {fit: from_qimage(button._picture) for fit, button in view.fits.buttons.items() if button._picture}
    row = view._seen[0].row
    dataset = services.dataset.active
    assert dataset is not None
    for fit in ("stretch", "pad", "crop"):
        assert np.array_equal(pictures[fit], dataset.read_fitted(row, 16, 8, 3, fit))
    assert view.fits.buttons["stretch"].isChecked()
    QTest.mouseClick(view.fits.buttons["pad"], Qt.MouseButton.LeftButton)
    assert view.jobs.wait_all()
    assert services.session.project.network.layers[0].fit == "pad"  # type: ignore[attr-defined]
    assert services.session.undo_text == "change fit of image"
    assert np.array_equal(from_qimage(view.pairs.pairs()[0].after), pictures["pad"])
    services.session.undo()
    assert view.jobs.wait_all()
    assert view.fits.buttons["stretch"].isChecked()
    assert services.session.undo_text == "choose the images"


def test_the_chosen_image_is_the_one_that_is_fitted(view: SizePreview) -> None:
    QTest.mouseClick(view.pairs, Qt.MouseButton.LeftButton, pos=view.pairs.cell(3).center().toPoint())
    assert view.jobs.wait_all()
    assert view.pairs.current() == 3
    picture = view.fits.buttons["stretch"]._picture
    assert picture is not None
    assert np.array_equal(from_qimage(picture), view._seen[3].fitted)
    for key, wanted in ((Qt.Key.Key_Right, 4), (Qt.Key.Key_Home, 0), (Qt.Key.Key_End, 11), (Qt.Key.Key_Right, 11)):
        QTest.keyClick(view.pairs, key)
        assert view.pairs.current() == wanted
    QTest.mouseClick(view.pairs, Qt.MouseButton.LeftButton, pos=QPoint(1, 1))
    assert view.pairs.current() == 11
    assert view.jobs.wait_all()


def test_the_mean_image_is_subtracted_and_shown(view: SizePreview, services: Services) -> None:
    assert view._scaling.isHidden()
    set_input(view, scaling="mean image")
    dataset = services.dataset.active
    assert dataset is not None
    rows = np.flatnonzero(services.dataset.splits == TRAIN)
    mean = np.mean([dataset.read_fitted(int(row), 16, 8, 3) for row in rows], axis=0)
    one = view._seen[0]
    wanted = np.clip(np.round(128 + (one.fitted - mean) / 2), 0, 255)
    assert np.abs(from_qimage(view.pairs.pairs()[0].after) - wanted).max() <= 1
    difference = one.fitted - mean
    words = f"{difference.min():.0f} … {difference.max():.0f}".replace("-", "−")
    assert view.pairs.pairs()[0].after_words[1] == words
    assert view.mean.isVisible()
    assert view.mean.has_image()
    assert view.measured_words.text() == f"Measured on all {len(rows)} training images."
    set_input(view, scaling="1/255")
    assert view._scaling.isHidden()


def test_each_channel_is_divided_by_its_deviation(view: SizePreview) -> None:
    set_input(view, scaling="per channel", height=4, width=4)
    assert not view.mean.isVisible()
    assert view.measured_words.text().startswith("Red: mean 1")
    assert "Blue: mean" in view.measured_words.text()
    low, high = (float(part.replace("−", "-")) for part in view.pairs.pairs()[0].after_words[1].split(" … "))
    assert -4 < low < high < 4


def test_no_more_than_a_sample_is_measured(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "SAMPLE", 5)
    dataset, told = open_dataset(folder), []
    layer = Input(name="image", height=4, width=4, channels=1, scaling="per channel")
    measured = seen.measure(dataset, np.arange(20), layer, lambda done, total: told.append((done, total)))
    assert measured is not None
    assert told == [(i, 5) for i in range(5)]
    assert measured.words == "Measured on 5 of 20 training images; training measures on all of them."
    images = np.stack([dataset.read_fitted(row, 4, 4, 1) for row in range(5)])
    assert measured.mean == pytest.approx(images.mean())
    assert measured.deviation == pytest.approx(images.std())


@pytest.mark.parametrize(
    ("scaling", "drawn", "words"),
    [
        ("none", [0, 255], "0 … 255"),
        ("1/255", [0, 255], "0.00 … 1.00"),
        ("mean image", [78, 206], "−100 … 155"),
        ("per channel", [43, 255], "−2.0 … 3.1"),
    ],
)
def test_what_scaling_makes_of_values(scaling: str, drawn: list[int], words: str) -> None:
    layer = Input(name="image", height=1, width=2, channels=1, scaling=scaling)
    image = np.array([0, 255], np.uint8).reshape(1, 2, 1)
    deviation = np.array([50.0]) if scaling == "per channel" else None
    mean = np.array([100.0]) if scaling == "per channel" else np.full((1, 2, 1), 100.0)
    got, said = seen.scaled(image, layer, Measured(mean, deviation, 1, 1))
    assert got.ravel().tolist() == drawn
    assert said == words


def test_it_says_why_nothing_can_be_shown(view: SizePreview, folder: Path) -> None:
    for path in folder.rglob("*.png"):
        path.write_bytes(b"")
    view.read()
    assert view.jobs.wait_all()
    assert view.pairs.pairs() == ()
    assert "the file is empty" in view.pairs.accessibleDescription()


def test_pairs_are_as_large_as_the_space_allows() -> None:
    for width, height in ((968, 400), (2100, 1000), (500, 900)):
        side, columns = layout(12, width, height)
        rows = -(-12 // columns)
        assert columns * (2 * side + 28 + 24) - 24 <= width
        assert rows * (side + 32 + 24) - 24 <= height
    assert layout(12, 2100, 1000)[0] > 2 * layout(12, 968, 400)[0] > 100
    assert layout(12, 100, 100) == (56, 1)
