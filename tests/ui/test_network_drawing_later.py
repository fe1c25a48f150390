from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.network.drawing import NetworkDrawing
from guiapp.ui.network.later import Later
from guiapp.ui.network.state import NetworkState

NETWORK = NetworkSpec(
    layers=(
        create("Input", name="image", height=32, width=32),
        create("Conv2D", name="one", filters=16),
        create("Conv2D", name="two", filters=16),
        create("Flatten", name="flat"),
        create("Dense", name="dense", units=10),
    )
)

Open = Callable[[], tuple[NetworkDrawing, NetworkState]]


@pytest.fixture
def show(qtbot: QtBot) -> Open:
    def open_() -> tuple[NetworkDrawing, NetworkState]:
        session = Session(Project(network=NETWORK))
        state = NetworkState(session, DatasetModel(session, EngineClient("nothing")))
        drawing = NetworkDrawing(state)
        state.setParent(drawing)
        qtbot.addWidget(drawing)
        drawing.resize(900, 400)
        with qtbot.waitExposed(drawing):
            drawing.show()
        return drawing, state

    return open_


def waits(drawing: NetworkDrawing) -> bool:
    return drawing._later.waits


def picture(drawing: NetworkDrawing) -> QImage:
    return drawing.grab().toImage()


@pytest.mark.parametrize(
    "ask",
    [
        lambda drawing: drawing.rect_of(2).width(),
        lambda drawing: drawing.row_at(QPoint(300, 150).toPointF()),
        lambda drawing: drawing.zoom,
        picture,
    ],
)
def test_whoever_asks_is_told_of_the_present_network(
    qtbot: QtBot, show: Open, ask: Callable[[NetworkDrawing], object]
) -> None:
    drawing, state = show()
    state.set_field(1, "filters", 500)
    state.set_field(2, "filters", 300)
    assert waits(drawing)
    at_once = ask(drawing)
    assert not waits(drawing)
    other, other_state = show()
    for row, filters in ((1, 500), (2, 300)):
        other_state.set_field(row, "filters", filters)
        qtbot.waitUntil(lambda: not waits(other))
    assert at_once == ask(other)


def test_changes_in_a_row_are_drawn_once_and_soon(qtbot: QtBot, show: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    drawing, state = show()
    before, placed = picture(drawing), drawing._placed.follow
    times: list[int] = []

    def follow(rows: Sequence[LayerInfo], room: tuple[float, float] | None) -> bool:
        times.append(len(times))
        return placed(rows, room)

    monkeypatch.setattr(drawing._placed, "follow", follow)
    for filters in (30, 60, 90):
        state.set_field(1, "filters", filters)
    assert not times
    qtbot.waitUntil(lambda: not waits(drawing))
    assert times == [0]
    assert picture(drawing) != before


def test_a_layer_that_is_added_is_chosen_in_the_drawing_too(qtbot: QtBot, show: Open) -> None:
    drawing, state = show()
    drawing.zoom_by(4.0)
    state.add("Conv2D", 4)
    assert "conv" not in drawing.accessibleName()
    qtbot.waitUntil(lambda: not waits(drawing))
    assert drawing.accessibleName().startswith("Drawing of the network, conv")
    assert drawing.rect().contains(drawing.rect_of(4).center().toPoint())


def test_a_name_that_is_typed_is_said(qtbot: QtBot, show: Open) -> None:
    drawing, state = show()
    state.select((1,))
    state.rename(1, "first")
    qtbot.waitUntil(lambda: not waits(drawing))
    assert drawing.accessibleName().startswith("Drawing of the network, first chosen")


def test_edges_stand_out_no_longer_once_the_network_is_another(qtbot: QtBot, show: Open) -> None:
    drawing, state = show()
    QTest.mouseMove(drawing, drawing.rect_of(3).center().toPoint())
    stood_out = picture(drawing)
    state.rename(1, "uno")
    state.undo()
    assert picture(drawing) != stood_out


def test_what_is_asked_for_twice_is_done_once_and_at_once_where_it_is_needed(qtbot: QtBot) -> None:
    done: list[int] = []
    parent = QObject()
    later = Later(parent, lambda: done.append(1))
    later.now()
    assert not done
    later.ask()
    later.ask()
    assert later.waits
    later.now()
    assert done == [1]
    later.ask()
    qtbot.waitUntil(lambda: len(done) == 2)
    assert not later.waits


def test_a_place_that_changes_with_the_network_is_filled_with_what_there_is_then(qtbot: QtBot, show: Open) -> None:
    drawing, state = show()
    state.set_field(1, "filters", 500)
    drawing.resize(600, 300)
    assert waits(drawing)
    at_once = picture(drawing)
    other, other_state = show()
    other_state.set_field(1, "filters", 500)
    qtbot.waitUntil(lambda: not waits(other))
    other.resize(600, 300)
    assert at_once == picture(other)


def test_until_then_it_is_shown_as_it_was(qtbot: QtBot, show: Open) -> None:
    drawing, state = show()
    state.select((1,))
    before = picture(drawing)
    state.set_field(1, "filters", 500)
    state.remove()
    shown = QPixmap(drawing.size() * drawing.devicePixelRatioF())
    drawing.render(shown)
    assert waits(drawing)
    assert shown.toImage() == before
    assert picture(drawing) != before
