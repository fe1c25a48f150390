"""What the Data place says and does so that nobody stumbles: one answer, the order of the keys, plain words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.messages import Damaged
from guiapp.data.dataset import TEST
from guiapp.data.editing import without
from guiapp.data.health import check
from guiapp.data.opening import open_dataset
from guiapp.ui.data.browser import Browser
from guiapp.ui.data.health import HealthView
from guiapp.ui.data.page import DataPage
from guiapp.ui.form_editors import ROW
from guiapp.ui.health_model import health_of
from tests.ui.data_place import DataPlace, draw_pets


class EasePlace(DataPlace):
    """The whole page."""

    def _open(self) -> None:
        self.page = self.show(DataPage(self.services))
        self.views = self.page.views


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[EasePlace]:
    made = EasePlace(qtbot, tmp_path)
    yield made
    made.close()


def test_what_health_finds_is_what_the_strip_and_the_filter_say(place: EasePlace) -> None:
    (place.folder / "cat" / "0.png").write_bytes(b"no image")
    (place.folder / "dog" / "1.png").write_bytes(b"no image")
    place.choose()
    health, strip = health_of(place.services), place.browser.problems
    place.services.engine.told.emit(Damaged(str(place.folder), (("owl/2.png", "is cut short"),)))
    health.health = check(open_dataset(place.folder))
    health.changed.emit()
    place.until(lambda: "3 images are damaged" in strip.text)
    assert place.browser.filters.states.findText("Damaged (3)") > 0
    place.services.dataset.set_settings(without(place.settings, ["cat/0.png", "dog/1.png"]), "leave out 2 images")
    place.until(lambda: "1 image is damaged" in strip.text)
    assert place.browser.filters.states.findText("Damaged (1)") > 0
    assert not any("cat/0.png" in line or "dog/1.png" in line for line in strip.lines)
    classes = place.page.column.classes
    place.until(lambda: {row.name: row.count for row in classes.rows.rows} == {"cat": 9, "dog": 5, "owl": 4})


def test_the_menu_of_the_page_is_in_groups(place: EasePlace) -> None:
    groups = place.page.menu_groups()
    texts = {name: [action.text() for action in actions] for name, actions in groups if name}
    assert "Rename class" in texts["Classes"]
    assert "Leave out" in texts["Selected images"]
    assert [action for _name, actions in groups for action in actions] == place.page.page_actions()
    assert all(len(actions) <= 10 for _name, actions in groups)


def _walk(place: EasePlace, start: QWidget, most: int = 60) -> list[QWidget]:
    start.setFocus(Qt.FocusReason.TabFocusReason)
    found: list[QWidget] = []
    while len(found) < most:
        focus = QApplication.focusWidget()
        assert focus is not None
        if focus in found:
            break
        found.append(focus)
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    return found


def test_tab_goes_as_the_eye_does_and_shows_where_it_is(place: EasePlace) -> None:
    place.choose()
    column, browser = place.page.column, place.browser
    column.reading.set_open(True)
    found = _walk(place, column.source.choose_button)
    marks = (
        column.source.choose_button,
        column.reading.fold,
        column.reading.kind,
        column.class_part.fold,
        column.classes,
        column.split_part.fold,
        column.size_part.fold,
        place.views.bar,
        browser.filters.classes,
        browser.filters.search,
        browser.filters.orders,
        place.gallery,
        browser.problems._toggle,
    )
    at = [found.index(widget) for widget in marks if widget in found]
    assert at == sorted(at)
    assert len(at) >= len(marks) - 1, [mark for mark in marks if mark not in found]
    heights = [w.mapTo(column, QPoint(0, 0)).y() for w in found if column.isAncestorOf(w)]
    assert all(after > before - ROW for before, after in pairwise(heights)), heights  # in one row none is far above
    assert place.gallery.place == 0


def test_other_images_are_seen_at_once_and_a_click_on_a_view_takes_the_keys(place: EasePlace, tmp_path: Path) -> None:
    place.choose()
    bar = place.views.bar
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    assert isinstance(place.views.current, HealthView)
    assert bar.hasFocus()
    place.services.dataset.refresh()
    assert isinstance(place.views.current, HealthView)
    place.services.dataset.choose(str(draw_pets(tmp_path / "others")))
    place.until(lambda: isinstance(place.views.current, Browser))


def test_the_summary_counts_the_classes_as_the_list_does(place: EasePlace) -> None:
    place.choose()
    place.page.column.class_part.edits.merge(("cat", "dog"))
    place.until(lambda: place.page.column.class_part.note == "2")
    assert "20 images in 2 classes" in place.page.column.source.text


def test_numbers_of_images_explain_themselves(place: EasePlace) -> None:
    place.choose()
    part = place.page.column.split_part
    counts = {"divide": "counts", "train_images": 0, "validation_images": 4, "test_images": 5}
    place.services.dataset.set_settings(place.settings.model_copy(update=counts), "divide by counts")
    place.until(lambda: part.bar.counts()[:3] == (11, 4, 5))
    assert part._rest.isVisible()
    assert part._out.isHidden()
    active = place.services.dataset.active
    assert active is not None
    path = active.paths[int(np.flatnonzero(place.services.dataset.splits == TEST)[0])]
    place.services.dataset.set_settings(without(place.settings, [path]), "leave out 1 image")
    place.until(part._out.isVisible)
    assert part._out.text() == "1 of the 5 test images is left out."
    more = place.settings.model_copy(update={"train_images": 3})
    place.services.dataset.set_settings(more, "train on 3")
    assert part._rest.isHidden()


def test_a_damaged_image_is_told_to_be_so_once(place: EasePlace) -> None:
    (place.folder / "cat" / "0.png").write_bytes(b"no image")
    place.choose()
    place.until(lambda: "1 image is damaged" in place.browser.problems.text)
    row = place.names().index("cat/0.png")
    place.gallery._selection.only(row)
    place.browser.open(row)
    large = place.browser.large
    place.until(lambda: not large._problem.isHidden())
    assert "damaged" not in large.facts
