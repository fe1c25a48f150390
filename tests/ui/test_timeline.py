"""The timeline: scrubbing, keys, playing, live."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.messages import Epoch
from guiapp.ui.loss_strip import EDGE, columns
from guiapp.ui.timeline import Timeline
from guiapp.visuals.context import ViewContext

Floats = NDArray[np.float64]


@pytest.fixture
def view() -> ViewContext:
    context = ViewContext()
    steps = np.arange(1, 101, dtype=np.int64)
    context.total_steps = 200
    epochs = tuple(Epoch("run", i, 25 * (i + 1), 0.5, 0.5, 0.5, 0.5, 1.0) for i in range(4))
    snapshots = np.arange(0, 101, 10, dtype=np.int64)
    context.set_history(steps, 1.0 / steps, steps / 100.0, epochs, snapshots)
    return context


@pytest.fixture
def timeline(view: ViewContext, qtbot: QtBot) -> Timeline:
    made = Timeline(view)
    qtbot.addWidget(made)
    made.resize(900, 40)
    made.show()
    return made


def test_strip_spans_what_is_planned_and_names_the_step(timeline: Timeline) -> None:
    assert timeline.strip.last_step == 200
    assert timeline.step.text() == "step 100 / 200"
    assert timeline.strip.accessibleDescription() == "step 100"
    assert (timeline.strip.minimum(), timeline.strip.maximum(), timeline.strip.value()) == (0, 10, 10)


def test_click_goes_to_the_nearest_snapshot(timeline: Timeline, view: ViewContext, qtbot: QtBot) -> None:
    x = round(timeline.strip.x_of(33))
    QTest.mouseClick(timeline.strip, Qt.MouseButton.LeftButton, pos=QPoint(x, 20))
    assert (view.step, view.live) == (30, False)


def test_drag_scrubs_and_stays_inside(timeline: Timeline, view: ViewContext, qtbot: QtBot) -> None:
    strip = timeline.strip
    seen: list[int | None] = []
    view.step_changed.connect(lambda: seen.append(view.step))
    QTest.mousePress(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip.x_of(50)), 20))
    for at in (60, 72, -500):
        QTest.mouseMove(strip, QPoint(round(strip.x_of(at)), 20))
    assert seen[0] == 50
    assert view.step in (50, 60, 70, 0)
    assert strip.step_at(-500) == 0
    assert strip.step_at(10**6) == 200


@pytest.mark.parametrize(
    ("key", "shift", "step"),
    [
        (Qt.Key.Key_Left, False, 40),
        (Qt.Key.Key_Right, False, 60),
        (Qt.Key.Key_Left, True, 0),
        (Qt.Key.Key_Right, True, 100),
        (Qt.Key.Key_Home, False, 0),
        (Qt.Key.Key_End, False, 100),
    ],
)
def test_keys_move_by_snapshots(
    timeline: Timeline, view: ViewContext, qtbot: QtBot, key: Qt.Key, shift: bool, step: int
) -> None:
    view.set_step(50)
    modifier = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
    QTest.keyClick(timeline.strip, key, modifier)
    assert view.step == step


def test_live_follows_new_snapshots_again(timeline: Timeline, view: ViewContext, qtbot: QtBot) -> None:
    view.set_step(30)
    view.add_snapshot(110)
    assert view.step == 30
    assert not timeline.live_button.isChecked()
    QTest.mouseClick(timeline.live_button, Qt.MouseButton.LeftButton)
    assert (view.step, view.live) == (110, True)
    view.add_snapshot(120)
    assert view.step == 120
    assert timeline.live_button.isChecked()


def test_play_goes_through_every_later_snapshot_and_ends(timeline: Timeline, view: ViewContext, qtbot: QtBot) -> None:
    view.set_step(50)
    seen: list[int | None] = []
    view.step_changed.connect(lambda: seen.append(view.step))
    timeline.speed.setCurrentIndex(4)
    QTest.keyClick(timeline.strip, Qt.Key.Key_Space)
    assert timeline.playing
    qtbot.waitUntil(lambda: not timeline.playing)
    assert seen[-1] == 100
    assert seen == sorted(seen, key=lambda step: step or 0)


def test_play_at_the_end_begins_again_and_holds_when_pressed_again(
    timeline: Timeline, view: ViewContext, qtbot: QtBot
) -> None:
    timeline.toggle()
    assert view.step == 0
    assert timeline.playing
    timeline.toggle()
    assert not timeline.playing


def test_words_under_the_pointer(timeline: Timeline) -> None:
    assert timeline.strip.words_at(timeline.strip.x_of(50)).startswith("step 50\nloss 0.02\naccuracy 0.500")


def test_nothing_recorded_says_what_to_do(qtbot: QtBot) -> None:
    empty = Timeline(ViewContext())
    qtbot.addWidget(empty)
    empty.resize(900, 40)
    empty.show()
    assert not empty.play_button.isEnabled()
    assert empty.step.isHidden()
    empty.toggle()
    assert not empty.playing
    assert empty.grab().toImage().width() > 0


def test_loss_and_cursor_are_painted(timeline: Timeline, view: ViewContext) -> None:
    view.set_step(0)
    before = timeline.strip.grab().toImage()
    view.set_step(100)
    after = timeline.strip.grab().toImage()
    assert before != after
    x = round(timeline.strip.x_of(100) * after.devicePixelRatio())
    assert before.pixelColor(x, 6) != after.pixelColor(x, 6)


def test_focus_is_a_frame_and_leaves_the_curve_to_be_seen(timeline: Timeline, view: ViewContext, qtbot: QtBot) -> None:
    view.set_step(50)
    strip = timeline.strip
    timeline.play_button.setFocus()
    qtbot.waitUntil(timeline.play_button.hasFocus)
    without = strip.grab().toImage()
    strip.setFocus()
    qtbot.waitUntil(strip.hasFocus)
    focused = strip.grab().toImage()
    assert focused != without
    width, height = without.width(), without.height()
    inside = [(x, y) for x in range(6, width - 6) for y in range(8, height - 8)]
    assert all(focused.pixel(x, y) == without.pixel(x, y) for x, y in inside)


@given(st.lists(st.floats(0, 100), min_size=1, max_size=300), st.integers(1, 60))
def test_columns_hold_the_extremes_of_what_is_there(values: list[float], width: int) -> None:
    steps = np.arange(1, len(values) + 1, dtype=np.int64)
    low, high = columns(steps, np.array(values), 0, len(values), width)
    assert low.shape == high.shape == (width,)
    assert np.nanmin(low) == min(values)
    assert np.nanmax(high) == max(values)
    assert not np.any(low > high)


def test_columns_pass_over_what_is_no_number() -> None:
    steps = np.arange(1, 9, dtype=np.int64)
    values: Floats = np.array([np.nan, 1.0, 2.0, np.nan, 3.0, 4.0, np.nan, np.nan])
    low, high = columns(steps, values, 0, 8, 3)
    assert (np.nanmin(low), np.nanmax(high)) == (1.0, 4.0)
    assert columns(steps[:0], values[:0], 0, 8, 3)[0].shape == (3,)
    assert EDGE > 0
