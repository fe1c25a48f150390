"""The view of the images: filters, changes to images, one image large, what could not be used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.messages import Damaged
from guiapp.data import editing
from guiapp.ui.data import browser, wall
from guiapp.ui.data.wall import Wanted
from tests.ui.data_place import DataPlace

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[DataPlace]:
    made = DataPlace(qtbot, tmp_path)
    made.choose()
    yield made
    made.close()


def _ask(place: DataPlace, count: int, **wanted: Any) -> None:
    place.browser.ask(Wanted(**wanted))
    place.show_all_rows(count)


# filters


def test_images_are_filtered_by_class_name_and_split(place: DataPlace) -> None:
    filters = place.browser.filters
    filters.classes.setCurrentIndex(2)
    place.show_all_rows(6)
    filters.search.setText("3.PNG")
    place.show_all_rows(1)
    assert place.names() == ["dog/3.png"]
    assert place.gallery.tip(int(place.gallery.rows[0])).startswith("dog/3.png")
    assert place.browser.count.text() == "1 of 20 images"
    filters.clear()
    place.show_all_rows(20)
    assert filters.search.text() == ""
    filters.splits.setCurrentIndex(filters.splits.findText("Validation"))
    place.show_all_rows(4)


def test_nothing_fits_says_so_and_mends_it(place: DataPlace) -> None:
    place.browser.filters.search.setText("no such file")
    place.until(place.browser.nothing.isVisible)
    place.browser.nothing.buttons[0].click()
    place.show_all_rows(20)
    assert place.gallery.isVisible()


def test_images_are_ordered(place: DataPlace) -> None:
    _ask(place, 20, order="class")
    place.until(lambda: place.names()[:10] == [f"cat/{i}.png" for i in range(10)])
    _ask(place, 20, order="name")
    place.until(lambda: place.names()[:3] == ["cat/0.png", "dog/0.png", "owl/0.png"])
    _ask(place, 20)
    place.until(lambda: place.names()[:4] == ["cat/0.png", "dog/0.png", "owl/0.png", "cat/1.png"])


def test_a_filter_follows_its_class_under_a_new_name(place: DataPlace) -> None:
    _ask(place, 6, label="dog")
    model = place.services.dataset
    assert model.dataset is not None
    model.set_settings(editing.renamed(model.dataset, place.settings, ["dog"], "hound"), "rename")
    place.until(lambda: place.browser.filters.classes.currentText() == "hound")
    place.show_all_rows(6)
    place.services.session.undo()
    place.until(lambda: place.browser.filters.classes.currentText() == "dog")
    place.show_all_rows(6)


def test_filters_of_other_images_are_forgotten(place: DataPlace, tmp_path: Path) -> None:
    from tests.drawing import draw_bars

    _ask(place, 6, label="dog", text="png")
    place.services.dataset.choose(str(draw_bars(tmp_path / "bars", 3)))
    place.show_all_rows(9)
    assert place.browser.filters.wanted == Wanted()


def test_names_are_compared_off_the_windows_thread(place: DataPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    look = wall.look

    def note(*args: Any) -> Any:
        threads.append(threading.get_ident())
        return look(*args)

    monkeypatch.setattr(browser, "look", note)
    place.browser.filters.search.setText("9.PNG")
    place.show_all_rows(1)
    assert threads
    assert threading.get_ident() not in threads


# leaving out, relabelling, pinning


def test_images_are_left_out_and_used_again_in_one_step_each(place: DataPlace) -> None:
    place.keys(Key.Key_Home)
    place.keys(Key.Key_Right, held=Held.ShiftModifier)
    place.keys(Key.Key_Delete)
    assert set(place.settings.excluded) == {"cat/0.png", "dog/0.png"}
    assert place.services.session.undo_text == "leave out 2 images"
    assert "Ctrl+Z" in place.told[-1]
    place.until(lambda: "left out by you" in place.gallery.tip(0))
    assert len(place.gallery.rows) == 20, "they stay in sight"
    assert place.chosen() == ["cat/0.png", "dog/0.png"]
    assert place.browser.actions_.leave_out.text() == "Use again"
    place.keys(Key.Key_Delete)
    assert place.settings.excluded == ()
    assert place.services.session.undo_text == "use 2 images again"
    place.services.session.undo()
    assert len(place.settings.excluded) == 2


def test_left_out_images_can_be_seen_alone(place: DataPlace) -> None:
    place.keys(Key.Key_End, Key.Key_Delete)
    place.browser.ask(Wanted(state="left out"))
    place.until(lambda: place.names() == ["cat/9.png"])
    assert place.browser.filters.states.currentText() == "Left out (1)"
    place.keys(Key.Key_Home, Key.Key_Delete)
    place.until(place.browser.nothing.isVisible)


def _relabel(place: DataPlace, text: str) -> None:
    place.keys(Key.Key_L)
    popup = place.browser.actions_.popup
    assert popup.isVisible()
    QTest.keyClicks(popup.field, text)
    QTest.keyClick(popup.field, Key.Key_Return)
    assert not popup.isVisible()


def test_an_image_is_moved_to_another_class_by_keys(place: DataPlace) -> None:
    place.keys(Key.Key_Home)
    _relabel(place, "ow")
    assert place.settings.relabelled == {"cat/0.png": "owl"}
    assert place.services.session.undo_text == "move 1 image to “owl”"
    place.until(lambda: "relabelled: was cat" in place.gallery.tip(0))
    assert "class: owl" in place.gallery.tip(0)
    place.services.session.undo()
    place.until(lambda: "relabelled" not in place.gallery.tip(0))


def test_images_can_be_moved_to_a_new_class(place: DataPlace) -> None:
    place.keys(Key.Key_Home)
    place.keys(Key.Key_A, held=Held.ControlModifier)
    _relabel(place, "bat")
    assert place.settings.relabelled == {}, "one class alone is none to tell apart"
    assert "only class" in place.told[-1]
    place.keys(Key.Key_Home)
    _relabel(place, "bat")
    assert place.settings.relabelled == {"cat/0.png": "bat"}
    place.until(lambda: place.services.dataset.class_names == ("cat", "dog", "owl", "bat"))
    assert place.services.session.project.network.layers[-1].units == 4  # type: ignore[attr-defined]


def test_the_list_of_classes_is_left_by_escape_and_walked_by_arrows(place: DataPlace) -> None:
    place.keys(Key.Key_Home, Key.Key_L)
    popup = place.browser.actions_.popup
    QTest.keyClick(popup.field, Key.Key_Down)
    item = popup.list.currentItem()
    assert item is not None
    assert item.text() == "dog"
    QTest.keyClick(popup.field, Key.Key_Escape)
    assert not popup.isVisible()
    assert place.settings.relabelled == {}


def test_an_image_that_no_longer_fits_gives_its_place_to_the_next(place: DataPlace) -> None:
    _ask(place, 6, label="dog")
    place.keys(Key.Key_Home, Key.Key_Right)
    _relabel(place, "cat")
    place.show_all_rows(5)
    assert place.chosen() == ["dog/2.png"]


def test_an_image_is_pinned_and_unpinned(place: DataPlace) -> None:
    place.keys(Key.Key_Home, Key.Key_P)
    path = str(place.folder / "cat" / "0.png")
    place.until(lambda: place.services.session.project.pinned == (path,))
    assert place.browser.actions_.pin.text() == "Unpin image"
    place.keys(Key.Key_P)
    assert place.services.session.project.pinned == ()


def test_an_image_without_a_file_is_pinned_as_a_copy(place: DataPlace, tmp_path: Path) -> None:
    images = np.random.default_rng(1).integers(0, 255, (8, 10, 10), dtype=np.uint8)
    np.savez(tmp_path / "toy.npz", x_train=images, y_train=np.arange(8) % 2)
    place.choose(tmp_path / "toy.npz")
    place.show_all_rows(8)
    place.keys(Key.Key_Home, Key.Key_P)
    place.until(lambda: len(place.services.session.project.pinned) == 1)
    assert Path(place.services.session.project.pinned[0]).is_file()
    assert place.browser.actions_.pin.text() == "Unpin image"
    assert not place.browser.actions_.copy.isEnabled()
    assert "no files of their own" in place.browser.actions_.copy.toolTip()


def test_a_name_that_no_class_can_have_is_not_taken(place: DataPlace) -> None:
    place.keys(Key.Key_Home)
    place.browser.actions_.move_to("o" * 101)
    assert place.settings.relabelled == {}
    assert place.told[-1:] == ["The name must not be longer than 100 characters; this one has 101."]


def test_paths_are_copied_and_folders_shown(place: DataPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []

    def show(url: QUrl) -> bool:
        shown.append(url.toLocalFile())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", show)
    place.keys(Key.Key_Home)
    place.keys(Key.Key_C, held=Held.ControlModifier)
    place.until(lambda: QGuiApplication.clipboard().text() == str(place.folder / "cat" / "0.png"))
    place.browser.actions_.show_folder.trigger()
    assert shown == [str(place.folder / "cat")]


# one image large


def test_one_image_large(place: DataPlace) -> None:
    place.keys(Key.Key_Home, Key.Key_Return)
    large = place.browser.large
    assert place.browser.is_large
    place.until(lambda: large.facts.get("pixels") == "30 × 20")
    assert (large.facts["class"], large.place.text(), large.name.text()) == ("cat", "1 of 20", "cat/0.png")
    assert large.facts["file"].endswith("kB")
    assert large.inset.has_image()
    QTest.keyClick(large, Key.Key_Right)
    assert large.name.text() == "dog/0.png"
    QTest.keyClick(large, Key.Key_Delete)
    assert place.settings.excluded == ("dog/0.png",)
    place.until(lambda: "left out" in large.facts["split"])
    assert place.browser.is_large
    QTest.keyClick(large, Key.Key_Escape)
    place.until(lambda: not place.browser.is_large)
    assert place.chosen() == ["dog/0.png"]


def test_zoom_stays_while_something_about_the_image_changes(place: DataPlace) -> None:
    place.keys(Key.Key_Home, Key.Key_Return)
    large = place.browser.large
    place.until(large.view.has_image)
    QTest.keyClick(large, Key.Key_Plus)
    zoom = large.view.zoom()
    QTest.keyClick(large, Key.Key_Delete)
    place.until(lambda: "left out" in large.facts["split"])
    assert large.view.zoom() == zoom


def test_a_damaged_image_says_what_is_wrong(place: DataPlace) -> None:
    (place.folder / "cat" / "0.png").write_text("this is text")
    place.services.dataset.refresh()
    place.show_all_rows(20)
    place.keys(Key.Key_Home, Key.Key_Return)
    place.until(lambda: "not an image" in place.browser.large._problem.text())


# what could not be used


def test_problems_are_listed_and_shown_in_the_gallery(place: DataPlace) -> None:
    place.services.engine.told.emit(Damaged(str(place.folder), (("cat/0.png", "is text, not an image"),)))
    strip = place.browser.problems
    place.until(lambda: "1 image is damaged" in strip.text)
    assert strip.show_button.isVisible()
    assert any("is text" in line for line in strip.lines)
    strip.show_button.click()
    place.until(lambda: place.names() == ["cat/0.png"])
    assert "damaged: is text" in place.gallery.tip(0)
