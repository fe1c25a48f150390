from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from guiapp.look.number import NumberField
from guiapp.look.numbers import format_number, next_nice, parse_number, range_sentence, stepped
from guiapp.look.pair import PairField


@given(st.integers(-(10**18), 10**18))
def test_whole_numbers_are_read_back_as_written(value: int) -> None:
    assert parse_number(format_number(value, whole=True), whole=True) == value


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimal_numbers_are_read_back_as_written(value: float) -> None:
    assert parse_number(format_number(value, whole=False), whole=False) == value


@given(st.text(max_size=20))
def test_reading_never_fails(text: str) -> None:
    for whole in (True, False):
        assert isinstance(parse_number(text, whole=whole), (int, float, type(None)))


@pytest.mark.parametrize(
    ("value", "whole", "text"),
    [
        (1250, True, "1,250"),
        (1e-4, False, "1e-4"),
        (0.001, False, "0.001"),
        (0.8, False, "0.8"),
        (2.5e-5, False, "2.5e-5"),
        (1.0, False, "1"),
        (1e9, False, "1e9"),
        (0.0, False, "0"),
    ],
)
def test_how_numbers_are_written(value: float, whole: bool, text: str) -> None:
    assert format_number(value, whole=whole) == text


@pytest.mark.parametrize(
    ("text", "whole", "value"),
    [
        ("1 000 000", True, 1_000_000),
        ("1,250", True, 1250),
        ("1,250", False, 1250.0),
        ("0,5", False, 0.5),
        ("1e3", True, 1000),
        ("1e-3", True, None),
        (".5", False, 0.5),
        ("−3", True, -3),
        ("", True, None),
        ("nan", False, None),
        ("1e999", False, None),
        ("3.0", True, 3),
    ],
)
def test_how_numbers_are_read(text: str, whole: bool, value: float | None) -> None:
    assert parse_number(text, whole=whole) == value


@given(st.floats(1e-12, 1e12))
def test_nice_numbers_lie_on_their_side(value: float) -> None:
    assert next_nice(value, 1) > value > next_nice(value, -1)
    assert next_nice(value, 1) / value < 2.51


def test_steps() -> None:
    assert stepped(1e-4, 3, 0.1, log=True) == 1e-3
    assert stepped(1e-4, -1, 0.1, log=True) == 5e-5
    assert stepped(0.1, 2, 0.1, log=False) == 0.3
    assert stepped(7, -2, 1, log=False) == 5


def test_ranges_in_words() -> None:
    assert range_sentence(1, 512, whole=True) == "a whole number from 1 to 512"
    assert range_sentence(0.0, None, whole=False) == "a number of at least 0"
    assert range_sentence(None, 2000, whole=True, unit="px") == "a whole number of at most 2,000 px"


def _shown(qtbot: QtBot, field: QWidget) -> None:
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)


def _values(field: NumberField | PairField) -> list[Any]:
    seen: list[Any] = []
    field.valueChanged.connect(seen.append)
    return seen


def test_typing_emits_each_good_value(qtbot: QtBot) -> None:
    field = NumberField(32, low=1, high=4096, name="Filters")
    _shown(qtbot, field)
    seen = _values(field)
    field.line.selectAll()
    QTest.keyClicks(field.line, "64")
    assert seen == [6, 64]
    assert field.value() == 64
    with qtbot.waitSignal(field.editingFinished):
        QTest.keyClick(field.line, Qt.Key.Key_Return)


def test_out_of_range_is_said_and_not_changed(qtbot: QtBot) -> None:
    field = NumberField(3, low=1, high=7, name="Stride")
    _shown(qtbot, field)
    seen, problems = _values(field), list[str]()
    field.problemChanged.connect(problems.append)
    field.line.selectAll()
    QTest.keyClicks(field.line, "9")
    assert field.line.text() == "9"
    assert field.value() == 3
    assert seen == []
    assert field.problem() == "Stride must be a whole number from 1 to 7, not 9."
    assert field.line.property("problem") is True
    assert field.line.accessibleDescription() == field.problem()
    QTest.keyClick(field.line, Qt.Key.Key_Backspace)
    assert field.problem() == "Stride must be a whole number from 1 to 7."
    QTest.keyClick(field.line, Qt.Key.Key_Escape)
    assert field.line.text() == "3"
    assert problems[-1] == ""
    assert field.line.property("problem") is False


def test_an_empty_field_may_stand_for_zero(qtbot: QtBot) -> None:
    field = NumberField(0, low=0, high=100, name="Stop after", zero_text="no limit")
    _shown(qtbot, field)
    seen = _values(field)
    assert (field.line.text(), field.line.placeholderText()) == ("", "no limit")
    QTest.keyClicks(field.line, "20")
    assert seen == [2, 20]
    field.line.selectAll()
    QTest.keyClick(field.line, Qt.Key.Key_Backspace)
    assert (field.value(), field.problem()) == (0, "")
    QTest.keyClick(field.line, Qt.Key.Key_Up)
    assert field.line.text() == "1"
    QTest.keyClicks(field.line, "x")
    assert field.problem() == "Stop after must be a whole number from 0 to 100."


def test_arrows_step_and_stay_in_range(qtbot: QtBot) -> None:
    field = NumberField(3, low=1, high=20, name="Stride")
    _shown(qtbot, field)
    QTest.keyClick(field.line, Qt.Key.Key_Up)
    assert field.value() == 4
    QTest.keyClick(field.line, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert field.value() == 14
    QTest.keyClick(field.line, Qt.Key.Key_PageUp)
    assert field.value() == 20
    QTest.keyClick(field.line, Qt.Key.Key_PageDown)
    assert field.value() == 10


def test_learning_rates_step_by_one_two_five(qtbot: QtBot) -> None:
    field = NumberField(1e-4, low=1e-8, high=1.0, log=True, name="Learning rate")
    _shown(qtbot, field)
    assert field.line.text() == "1e-4"
    QTest.keyClick(field.line, Qt.Key.Key_Up)
    assert field.value() == 2e-4
    assert field.line.text() == "2e-4"


def _wheel(widget: QWidget, notches: int) -> None:
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_the_wheel_counts_only_in_the_focused_field(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    field, other = NumberField(3, low=1, high=9), NumberField(5)
    column.addWidget(field)
    column.addWidget(other)
    _shown(qtbot, page)
    other.setFocus()
    qtbot.waitUntil(other.line.hasFocus)
    _wheel(field.line, 1)
    assert field.value() == 3
    _wheel(other.line, 1)
    assert other.value() == 6


def test_dragging_handle_and_label_changes_it(qtbot: QtBot) -> None:
    page = QWidget()
    column = QVBoxLayout(page)
    field, label = NumberField(10, low=0, high=100, name="Filters"), QLabel("Filters")
    field.drag_label(label)
    column.addWidget(label)
    column.addWidget(field)
    _shown(qtbot, page)
    for handle in (label, field.findChild(QToolButton)):
        assert handle is not None
        field.set_value(10)
        middle = handle.rect().center()
        QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=middle)
        QTest.mouseMove(handle, middle + QPoint(31, 0))
        assert field.value() == 15
        with qtbot.waitSignal(field.editingFinished):
            QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=middle + QPoint(31, 0))


def test_set_value_is_silent_and_range_is_in_the_tip(qtbot: QtBot) -> None:
    field = NumberField(1, low=1, high=4096, name="Filters")
    qtbot.addWidget(field)
    seen = _values(field)
    field.set_value(1250)
    assert field.line.text() == "1,250"
    assert seen == []
    assert "from 1 to 4,096" in field.line.toolTip()
    field.set_range(1, 1000)
    assert field.problem()
    assert field.value() == 1250


def test_somebody_elses_problem_is_shown(qtbot: QtBot) -> None:
    field = NumberField(7, low=1, name="Kernel")
    qtbot.addWidget(field)
    field.set_problem("The kernel is larger than its input.")
    assert field.problem() == "The kernel is larger than its input."
    field.set_problem("")
    assert field.problem() == ""


def test_a_linked_pair_changes_together(qtbot: QtBot) -> None:
    pair = PairField((3, 3), high=99, name="Kernel")
    _shown(qtbot, pair)
    seen = _values(pair)
    assert pair.link.isChecked()
    pair.height_field.line.selectAll()
    QTest.keyClicks(pair.height_field.line, "5")
    assert seen == [(5, 5)]
    pair.link.click()
    pair.width_field.line.selectAll()
    QTest.keyClicks(pair.width_field.line, "7")
    assert pair.value() == (5, 7)
    pair.link.click()
    assert pair.value() == (5, 5)
    assert seen == [(5, 5), (5, 7), (5, 5)]


def test_a_pair_says_what_is_wrong(qtbot: QtBot) -> None:
    pair = PairField((3, 3), high=99, name="Kernel")
    _shown(qtbot, pair)
    pair.link.setChecked(False)
    problems: list[str] = []
    pair.problemChanged.connect(problems.append)
    pair.width_field.line.selectAll()
    QTest.keyClicks(pair.width_field.line, "0")
    assert problems == ["Kernel width must be a whole number from 1 to 99, not 0."]
    assert pair.value() == (3, 3)
    pair.set_value((2, 4))
    assert pair.problem() == ""
    assert problems[-1] == ""
    assert not pair.link.isChecked()


@pytest.mark.parametrize("make", [NumberField, PairField])
def test_fields_are_let_go(qapp: object, make: type[NumberField] | type[PairField]) -> None:
    field = make()
    gone = weakref.ref(field)
    del field
    gc.collect()
    assert gone() is None
