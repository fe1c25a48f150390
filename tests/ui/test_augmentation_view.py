"""The augmentation view on drawn images: what it shows, what it changes, what it warns of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.augmentation import Augmentation
from guiapp.core.layers.input import Input
from guiapp.core.network import NetworkSpec
from guiapp.data.augment import augment
from guiapp.data.opening import open_dataset
from guiapp.ui.data import seen
from guiapp.ui.data.augmentation import OFF, AugmentationView
from guiapp.ui.data.augmentation_advice import PRESETS, doubts
from guiapp.ui.services import Services
from tests.drawing import draw_bars
from tests.ui.opening_engine import services_with

TINY = Input(name="image", height=16, width=16)


@pytest.fixture
def services(qtbot: QtBot, tmp_path: Path) -> Iterator[Services]:
    made = services_with(TINY, tmp_path)
    yield made
    assert made.jobs.wait_all()


@pytest.fixture
def view(qtbot: QtBot, services: Services, tmp_path: Path) -> AugmentationView:
    services.dataset.choose(str(draw_bars(tmp_path / "bars", per_class=8)))
    qtbot.waitUntil(lambda: services.dataset.state == "ready")
    made = AugmentationView(services)
    qtbot.addWidget(made)
    made.resize(1000, 620)
    made.show()
    settled(made)
    return made


def settled(view: AugmentationView) -> None:
    """Wait until all that is under way is shown: first an order, then an image, then its variants."""
    assert view.jobs.wait_all()


def set_augmentation(services: Services, **fields: Any) -> None:
    project = services.session.project
    services.session.change(project.model_copy(update={"augmentation": Augmentation(**fields)}), "test")


def tiles(view: AugmentationView) -> Any:
    return view.grid._tiles


def test_sixteen_variants_are_what_training_would_make(view: AugmentationView, services: Services) -> None:
    assert view.words.text() == OFF
    set_augmentation(services, flip_horizontal=True, rotation=20, noise=10)
    settled(view)
    dataset = services.dataset.active
    assert dataset is not None
    row = int(seen.training_rows(dataset, services.dataset.splits)[0])
    image = dataset.read_fitted(row, 16, 16, 3)
    seed = services.session.project.training.seed
    wanted = augment(np.stack([image] * 16), services.session.project.augmentation, seed, 0, np.arange(16))
    assert np.array_equal(tiles(view), wanted)
    assert view.words.text() == "as the network sees them: 16 × 16 px, colour"


def test_a_field_is_one_undo_step_however_often_it_changes(view: AugmentationView, services: Services) -> None:
    editor = view.panel.form_of("rotation").editor("rotation")
    for value in (10, 20, 30):
        editor.edited.emit(value)
    editor.finished.emit()
    assert services.session.project.augmentation.rotation == 30
    assert services.session.undo_text == "change rotation"
    services.session.undo()
    assert services.session.project.augmentation == Augmentation()
    settled(view)
    assert (tiles(view) == tiles(view)[0]).all()


def test_a_value_out_of_range_is_refused_beside_the_field(view: AugmentationView, services: Services) -> None:
    form = view.panel.form_of("rotation")
    form.changed.emit("rotation", 500)
    assert "180" in form.problems()["rotation"]
    assert services.session.project.augmentation == Augmentation()


def test_again_shows_others_and_another_image_another(view: AugmentationView, services: Services) -> None:
    set_augmentation(services, shift_x=5, shift_y=5)
    settled(view)
    first, original = tiles(view).copy(), view.original.accessibleDescription()
    QTest.keyClick(view, Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    settled(view)
    assert not np.array_equal(tiles(view), first)
    assert view.original.accessibleDescription() == original
    QTest.keyClick(view, Qt.Key.Key_F4)
    settled(view)
    assert view.original.accessibleDescription() != original
    assert [action.text() for action in view.page_actions()] == ["Another image", "Again"]


def test_each_preset_is_one_undo_step_and_fits_the_input(view: AugmentationView, services: Services) -> None:
    for button, preset in zip(view.panel.presets, PRESETS, strict=True):
        assert button.toolTip() == preset.tip
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert services.session.project.augmentation == preset.make(TINY)
    services.session.undo()
    assert services.session.project.augmentation == PRESETS[-2].make(TINY)
    assert services.session.undo_text == "choose the augmentation “From above”"


def test_the_images_follow_the_input(view: AugmentationView, services: Services) -> None:
    project = services.session.project
    grey = project.network.replace(0, Input(name="image", height=10, width=20, channels=1, fit="pad"))
    services.session.change(project.model_copy(update={"network": grey}), "test")
    settled(view)
    assert tiles(view).shape == (16, 10, 20)
    assert view.facts.text() == "20 × 10 px"
    tiling = view.grid.tiling()
    assert tiling is not None
    assert (tiling.columns, tiling.rows) == (4, 4)


def test_nothing_is_done_while_it_is_hidden_and_all_is_right_when_it_is_shown(
    view: AugmentationView, services: Services
) -> None:
    view.hide()
    set_augmentation(services, brightness=0.5)
    assert not view.jobs.busy
    view.show()
    settled(view)
    assert not (tiles(view) == tiles(view)[0]).all()


def test_an_unreadable_image_is_passed_over_and_nothing_readable_is_said(
    qtbot: QtBot, view: AugmentationView, services: Services
) -> None:
    dataset = services.dataset.active
    assert dataset is not None
    rows = seen.training_rows(dataset, services.dataset.splits)
    dataset.absolute(int(rows[0])).write_bytes(b"broken")
    view.read()
    settled(view)
    assert dataset.paths[int(rows[1])] in view.original.accessibleDescription()
    for row in rows:
        dataset.absolute(int(row)).write_bytes(b"broken")
    view.read()
    settled(view)
    assert view.grid.count() == 0
    assert "is not an image" in view.grid.accessibleDescription()


def test_it_says_what_is_missing_and_adds_an_input(qtbot: QtBot, services: Services, tmp_path: Path) -> None:
    project = services.session.project
    services.session.change(project.model_copy(update={"network": NetworkSpec()}), "test")
    view = AugmentationView(services)
    qtbot.addWidget(view)
    view.show()
    assert view.stack.currentWidget() is view.empty
    assert view.empty.accessibleName() == "There are no images yet"
    assert not view.add_input.isVisible()
    services.dataset.choose(str(draw_bars(tmp_path / "bars", per_class=4)))
    qtbot.waitUntil(lambda: services.dataset.state == "ready")
    view.refresh()
    assert view.empty.accessibleName() == "The network has no Input yet"
    QTest.mouseClick(view.add_input, Qt.MouseButton.LeftButton)
    settled(view)
    assert view.stack.currentWidget() is view.content
    assert tiles(view).shape == (16, 64, 64, 3)


DIGITS = tuple("0123456789")


@pytest.mark.parametrize(
    ("fields", "classes", "words"),
    [
        ({"flip_horizontal": True}, DIGITS, "A mirrored 2 is no 2"),
        ({"flip_horizontal": True}, ("zero", "One", "four"), "A mirrored 4 is no 4"),
        ({"flip_horizontal": True}, ("A", "B", "C"), "A mirrored B is no B"),
        ({"flip_vertical": True}, DIGITS, "A 2 upside down is no 2"),
        ({"flip_vertical": True}, ("cat", "dog"), "seldom|Few things"),
        ({"flip_horizontal": True}, ("turn left", "turn-right"), "left and right change places"),
        ({"flip_vertical": True}, ("thumb up", "thumb down"), "up and down change places"),
        ({"rotation": 180}, DIGITS, "a 6 is a 9"),
        ({"rotation": 60}, DIGITS, "10° to 15° is usual"),
        ({"shift_x": 20}, ("cat", "dog"), "A shift of 20 px"),
        ({"hue": 10}, ("cat", "dog"), "hue does nothing"),
        ({"hue": 10, "saturation": 0.1}, ("cat", "dog"), "saturation and hue do nothing"),
        ({"brightness": 1}, ("cat", "dog"), "brightness"),
        ({"contrast": 1}, ("cat", "dog"), "contrast"),
        ({"noise": 100}, ("cat", "dog"), "noise"),
        ({"crop": 0.9}, ("cat", "dog"), "cut away"),
        ({"zoom": 0.9}, ("cat", "dog"), "zoom"),
    ],
)
def test_what_is_probably_not_meant_is_said(fields: dict[str, Any], classes: tuple[str, ...], words: str) -> None:
    grey = Input(name="image", height=28, width=28, channels=1)
    found = doubts(Augmentation(**fields), grey, classes)
    assert len(found) == 1
    assert any(word in found[0] for word in words.split("|"))


def test_what_suits_is_not_doubted() -> None:
    colour = Input(name="image", height=64, width=64)
    assert doubts(PRESETS[0].make(colour), colour, ("cat", "dog")) == []
    assert doubts(PRESETS[1].make(TINY), TINY, DIGITS) == []
    assert doubts(Augmentation(flip_horizontal=True), TINY, ("0", "1", "8")) == []
    assert doubts(Augmentation(), TINY, ()) == []


def test_the_order_takes_turns_among_the_classes_of_the_training_split(tmp_path: Path) -> None:
    folder = draw_bars(tmp_path / "bars", per_class=6)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / "square" / "more.png")
    dataset = open_dataset(folder)
    splits = np.zeros(len(dataset), np.uint8)
    splits[::6] = 1
    rows = seen.training_rows(dataset, splits)
    assert sorted(rows.tolist()) == np.flatnonzero(splits == 0).tolist()
    assert dataset.labels[rows[:9]].tolist() == [0, 1, 2] * 3
    assert np.array_equal(rows, seen.training_rows(dataset, splits))
