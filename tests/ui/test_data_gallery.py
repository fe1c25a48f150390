"""The gallery: choosing images by keys and mouse, reading thumbnails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.notify import UserError
from guiapp.data.opening import open_dataset
from guiapp.ui.data import thumbs
from guiapp.ui.data.grid import CAPTION, GAP, Grid, Selection
from guiapp.ui.data.thumbs import Thumbs
from tests.ui.data_place import DataPlace

Key, Held = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[DataPlace]:
    made = DataPlace(qtbot, tmp_path)
    made.choose()
    yield made
    made.close()


# where thumbnails lie


def test_every_square_is_found_under_its_middle() -> None:
    grid = Grid(500, 300, 100, 37, top=150)
    for at in grid.visible():
        assert grid.at(grid.rect(at).center()) == at
    assert grid.at(QPoint(1, 1)) == -1


def test_only_lines_that_are_seen_are_visible() -> None:
    grid = Grid(500, 300, 100, 1000, top=10 * (100 + CAPTION + GAP))
    seen = grid.visible()
    assert 40 in seen
    assert 39 - 4 not in seen
    assert len(seen) <= 4 * 4
    assert grid.ahead(down=True)[0] == seen.stop
    assert grid.ahead(down=False)[0] == seen.start - 1


def test_scrolling_to_a_square_moves_no_more_than_needed() -> None:
    grid = Grid(500, 300, 100, 1000)
    assert grid.top_for(0) == 0
    moved = Grid(500, 300, 100, 1000, grid.top_for(20))
    assert moved.rect(20).bottom() + CAPTION < 300
    assert Grid(500, 300, 100, 1000, 5000).rect(40).top() < 0


# what is chosen


def test_a_choice_goes_with_its_images() -> None:
    selection = Selection(5)
    selection.only(1)
    selection.extend(3)
    after = selection.carried(np.array([10, 11, 12, 13, 14]), np.array([13, 11, 14]), stay=True)
    assert after.places == [0, 1]
    assert after.at == 0


def test_the_place_of_an_image_that_is_gone_falls_to_the_next() -> None:
    selection = Selection(3)
    selection.only(1)
    stayed = selection.carried(np.array([7, 8, 9]), np.array([7, 9]), stay=True)
    assert (stayed.at, stayed.places) == (1, [1])
    assert selection.carried(np.array([7, 8, 9]), np.array([7, 9]), stay=False).at == -1
    assert selection.carried(np.array([7, 8, 9]), np.empty(0, np.intp), stay=True).at == -1


def test_keys_move_and_open(place: DataPlace) -> None:
    place.keys(Key.Key_Home, Key.Key_Right)
    assert place.chosen() == ["dog/0.png"], "the classes take turns: after the first cat comes the first dog"
    place.keys(Key.Key_End)
    assert place.chosen() == ["cat/9.png"], "the largest class comes to its end last"
    place.keys(Key.Key_Up)
    before = place.gallery.place
    place.keys(Key.Key_Down)
    assert place.gallery.place > before
    place.keys(Key.Key_PageUp, Key.Key_PageUp)
    assert place.gallery.place < place.gallery._grid().columns
    place.keys(Key.Key_PageDown)
    assert place.gallery.place > 0


def test_keys_alone_choose_several(place: DataPlace) -> None:
    place.keys(Key.Key_Home)
    place.keys(Key.Key_Right, Key.Key_Right, held=Held.ShiftModifier)
    assert place.chosen() == place.names()[:3]
    place.keys(Key.Key_Right, Key.Key_Right, held=Held.ControlModifier)
    assert place.chosen() == place.names()[:3], "Ctrl goes on without choosing"
    place.keys(Key.Key_Space)
    assert place.chosen() == [*place.names()[:3], place.names()[4]]
    place.keys(Key.Key_Space)
    assert place.chosen() == place.names()[:3]
    place.keys(Key.Key_A, held=Held.ControlModifier)
    assert len(place.chosen()) == 20
    assert "20 chosen" in place.browser.count.text()
    place.keys(Key.Key_Escape)
    assert len(place.chosen()) == 1, "the keys still work on the current one"


def _click(place: DataPlace, at: int, held: Qt.KeyboardModifier = Held.NoModifier) -> None:
    middle = place.gallery._grid().rect(at).center()
    QTest.mouseClick(place.gallery.viewport(), Qt.MouseButton.LeftButton, held, middle)


def test_clicks_choose(place: DataPlace) -> None:
    names = place.names()
    _click(place, 2)
    assert place.chosen() == [names[2]]
    _click(place, 4, Held.ControlModifier)
    assert place.chosen() == [names[2], names[4]]
    _click(place, 2, Held.ControlModifier)
    assert place.chosen() == [names[4]]
    _click(place, 1)
    _click(place, 4, Held.ShiftModifier)
    assert place.chosen() == names[1:5]


def test_a_rubber_band_chooses_what_it_touches(place: DataPlace) -> None:
    viewport, grid = place.gallery.viewport(), place.gallery._grid()
    start, end = QPoint(1, 1), grid.rect(grid.columns + 1).center()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Held.NoModifier, start)
    QTest.mouseMove(viewport, QPoint(40, 40))
    QTest.mouseMove(viewport, end)
    place.until(lambda: place.gallery._selection.chosen.sum() == 4)
    QTest.mouseRelease(viewport, Qt.MouseButton.LeftButton, Held.NoModifier, end)
    columns = grid.columns
    assert place.gallery._selection.places == [0, 1, columns, columns + 1]
    assert place.gallery._band is None


# thumbnails


def test_pictures_come_and_a_damaged_one_says_why(place: DataPlace) -> None:
    (place.folder / "cat" / "0.png").write_text("this is text")
    place.services.dataset.refresh()
    place.until(lambda: isinstance(place.gallery.picture(0), UserError))
    place.until(lambda: all(place.gallery.picture(row) is not None for row in range(20)))
    assert "0.png" in place.gallery.tip(0)
    place.until(lambda: "1 image is damaged" in place.browser.problems.text)
    assert any(line.startswith("cat/0.png") for line in place.browser.problems.lines)


def test_what_is_wanted_last_is_read_first(qtbot: QtBot, place: DataPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[int] = []
    real = thumbs.read_thumb

    def note(dataset: object, image: int, size: int) -> thumbs.Picture:
        order.append(image)
        return real(dataset, image, size)  # type: ignore[arg-type]

    monkeypatch.setattr(thumbs, "read_thumb", note)
    monkeypatch.setattr(thumbs, "SLICE_S", 0.0)
    store = Thumbs()
    store.set_dataset(open_dataset(place.folder))
    store.want(range(10), 64)
    store.want(range(15, 18), 64)
    qtbot.waitUntil(lambda: all(store.get(image) is not None for image in range(15, 18)))
    assert set(order) <= {0, 15, 16, 17}, "what is no longer seen is not read, but for what was begun"


def test_memory_is_bounded_and_what_is_seen_stays(
    qtbot: QtBot, place: DataPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbs, "MOST_BYTES", 12_000)
    store = Thumbs()
    store.set_dataset(open_dataset(place.folder))
    for start in range(15):
        store.want(range(start, start + 3), 16)
        qtbot.waitUntil(lambda start=start: all(store.get(i) for i in range(start, start + 3)))  # type: ignore[misc]
    assert store.kept_bytes <= 12_000
    assert store.get(0) is None
    assert store.get(16) is not None
