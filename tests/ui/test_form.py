from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.layers import create, kinds
from guiapp.core.layers.base import field
from guiapp.core.layers.parts import Initializer
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, TrainingSettings
from guiapp.ui.form import FieldsForm, form_fields, scrolling, with_field
from guiapp.ui.form_editors import BoolEditor, ChoiceEditor, InitializerEditor, NumberEditor, PairEditor


class Receiver:
    """Applies what the form sends, as a page does."""

    def __init__(self, form: FieldsForm) -> None:
        self.form = form
        self.sent: list[tuple[str, object]] = []
        form.changed.connect(self.apply)

    def apply(self, name: str, value: object) -> None:
        self.sent.append((name, value))
        model = self.form.value()
        assert model is not None
        try:
            changed: BaseModel = with_field(model, name, value)
        except UserError as exc:
            self.form.refuse(name, value, exc.what)
            return
        self.form.show_problem(name, "")
        self.form.set_value(changed)


def shown(qtbot: QtBot, model: BaseModel) -> tuple[FieldsForm, Receiver]:
    form = FieldsForm(model)
    form.fold(False)
    qtbot.addWidget(form)
    form.resize(300, 600)
    with qtbot.waitExposed(form):
        form.show()
    form.activateWindow()
    return form, Receiver(form)


def number(form: FieldsForm, name: str) -> NumberEditor:
    editor = form.editor(name)
    assert isinstance(editor, NumberEditor)
    return editor


def retype(widget: QWidget, text: str) -> None:
    QTest.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(widget, text)


def get(form: FieldsForm, name: str) -> Any:
    return getattr(form.value(), name)


@pytest.mark.parametrize("kind", kinds())
def test_every_layer_kind_has_an_editor_for_each_field(qtbot: QtBot, kind: str) -> None:
    layer = create(kind)
    form, _ = shown(qtbot, layer)
    assert form.names() == tuple(name for name in type(layer).own_fields() if name in form_fields(type(layer)))
    for name in form.names():
        assert form.editor(name).isEnabled() != form.editor(name).isHidden()


@pytest.mark.parametrize("model", [TrainingSettings(), DatasetSettings(path="somewhere")])
def test_settings_have_a_form(qtbot: QtBot, model: BaseModel) -> None:
    form, _ = shown(qtbot, model)
    assert form.names() == form_fields(type(model))
    assert "seed" in form.names()
    assert "path" not in form.names()


def test_typing_a_number_sends_it_at_each_key(qtbot: QtBot) -> None:
    form, receiver = shown(qtbot, create("Conv2D"))
    retype(number(form, "filters").field.line, "128")
    assert [value for _, value in receiver.sent] == [1, 12, 128]
    assert get(form, "filters") == 128


def test_cursor_and_focus_stay_while_the_value_comes_back(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Conv2D", filters=16))
    line = number(form, "filters").field.line
    line.setFocus()
    line.setCursorPosition(1)
    QTest.keyClicks(line, "2")
    assert line.text() == "126"
    assert line.cursorPosition() == 2
    assert QApplication.focusWidget() is line


@pytest.mark.parametrize("end", ["escape", "leave"])
@pytest.mark.parametrize("text", ["0", "-3", "2.5", "many", "10000000000", ""])
def test_a_wrong_number_stays_with_a_sentence_until_the_field_is_left(qtbot: QtBot, text: str, end: str) -> None:
    form, receiver = shown(qtbot, create("Conv2D"))
    line = number(form, "filters").field.line
    line.setFocus()
    retype(line, text)
    if not text:
        QTest.keyClick(line, Qt.Key.Key_Delete)
    assert line.text() == text
    assert "whole number from 1 to 65,536" in form.problems()["filters"]
    assert get(form, "filters") == 32
    assert not receiver.sent or receiver.sent[-1] == ("filters", 32)
    finish(form, line, end)
    assert line.text() == "32"
    assert form.problems() == {}
    assert not line.property("problem")


def finish(form: FieldsForm, line: QWidget, end: str) -> None:
    if end == "leave":
        form.focus_field("use_bias")
    else:
        QTest.keyClick(line, Qt.Key.Key_Escape)


@pytest.mark.parametrize("end", ["escape", "leave"])
def test_what_the_model_refuses_is_said_in_place_until_the_field_is_left(qtbot: QtBot, end: str) -> None:
    form, receiver = shown(qtbot, create("Conv2D", dilation=(2, 2)))
    stride = form.editor("stride")
    assert isinstance(stride, PairEditor)
    line = stride.field.height_field.line
    line.setFocus()
    retype(line, "2")
    assert form.problems()["stride"].startswith("Stride and dilation cannot both be above 1")
    assert get(form, "stride") == (1, 1)
    assert line.text() == "2"
    finish(form, line, end)
    assert form.problems() == {}
    assert [stride.field.height_field.line.text(), stride.field.width_field.line.text()] == ["1", "1"]
    sent = len(receiver.sent)
    retype(line, "1")
    assert len(receiver.sent) == sent


def test_the_beginning_of_what_the_model_refuses_is_not_kept(qtbot: QtBot) -> None:
    form, receiver = shown(qtbot, create("Dropout"))
    line = number(form, "rate").field.line
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_End)
    QTest.keyClicks(line, "5")
    assert get(form, "rate") == 0.55
    retype(line, "1")
    assert receiver.sent[-2:] == [("rate", 1.0), ("rate", 0.5)]
    assert line.text() == "1"
    assert form.problems() == {"rate": "Must be less than 1.0."}


def test_wrong_text_in_a_linked_pair_takes_both_back(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Conv2D"))
    kernel = form.editor("kernel")
    assert isinstance(kernel, PairEditor)
    line = kernel.field.height_field.line
    line.setFocus()
    retype(line, "5")
    assert get(form, "kernel") == (5, 5)
    retype(line, "0")
    assert get(form, "kernel") == (3, 3)
    assert line.text() == "0"
    form.focus_field("use_bias")
    assert line.text() == "3"
    assert form.problems() == {}


@pytest.mark.parametrize("text", ["0", "64"])
def test_another_value_from_outside_takes_the_place_of_what_was_typed(qtbot: QtBot, text: str) -> None:
    form, _ = shown(qtbot, create("Conv2D"))
    line = number(form, "filters").field.line
    line.setFocus()
    retype(line, text)
    form.set_value(create("Conv2D"))
    assert line.text() == "32"
    assert form.problems() == {}


def test_undo_in_a_field_takes_back_only_what_was_not_taken(qtbot: QtBot) -> None:
    form, receiver = shown(qtbot, create("Conv2D"))
    line = number(form, "filters").field.line
    line.setFocus()
    retype(line, "0")
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "32"
    retype(line, "64")
    sent = len(receiver.sent)
    QTest.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert line.text() == "64"
    assert len(receiver.sent) == sent


def test_open_ends_of_a_range_are_said_in_words(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Dropout"))
    retype(number(form, "rate").field.line, "1")
    assert form.problems() == {"rate": "Must be less than 1.0."}
    assert get(form, "rate") == 0.5


def test_fields_hide_while_their_condition_is_not_met(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, TrainingSettings())
    assert form.editor("momentum").isHidden()
    assert form.editor("weight_decay").isHidden()
    optimizer = form.editor("optimizer")
    assert isinstance(optimizer, ChoiceEditor)
    optimizer.box.setFocus()
    QTest.keyClicks(optimizer.box, "s")
    assert get(form, "optimizer") == "sgd"
    assert not form.editor("momentum").isHidden()
    assert form.editor("weight_decay").isHidden()


def test_a_box_is_ticked_with_the_keyboard(qtbot: QtBot) -> None:
    form, receiver = shown(qtbot, create("Conv2D"))
    bias = form.editor("use_bias")
    assert isinstance(bias, BoolEditor)
    QTest.keyClick(bias.box, Qt.Key.Key_Space)
    assert receiver.sent == [("use_bias", False)]
    assert form.editor("bias_init").isHidden()


def test_an_initialiser_has_its_number_only_where_the_scheme_takes_one(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Dense"))
    editor = form.editor("kernel_init")
    assert isinstance(editor, InitializerEditor)
    assert editor.number.parentWidget() is not None
    assert not editor.number.isVisible()
    editor.scheme.setFocus()
    QTest.keyClicks(editor.scheme, "trunc")
    assert get(form, "kernel_init") == Initializer(scheme="truncated_normal")
    assert editor.number.isVisible()
    retype(editor.number.line, "0.1")
    assert get(form, "kernel_init") == Initializer(scheme="truncated_normal", value=0.1)
    retype(editor.number.line, "-1")
    assert "from 0" in form.problems()["kernel_init"]


def test_another_thing_is_shown_afresh(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Dense", units=5))
    retype(number(form, "units").field.line, "x")
    form.set_value(create("Dense", units=5), key="other")
    assert number(form, "units").field.line.text() == "5"
    assert form.problems() == {}


def test_a_problem_from_outside_waits_behind_the_one_of_the_text(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Dense"))
    form.show_problem("units", "gives 128 numbers")
    assert form.problems() == {"units": "Gives 128 numbers."}
    line = number(form, "units").field.line
    retype(line, "x")
    assert "whole number" in form.problems()["units"]
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert form.problems() == {"units": "Gives 128 numbers."}
    form.show_problem("units", "")
    assert form.problems() == {}


def test_tab_goes_down_the_form_and_each_control_has_a_name(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    form = FieldsForm(create("Input"), parent=box)
    form.set_value(create("Conv2D"))
    form.resize(300, 600)
    box.resize(320, 640)
    with qtbot.waitExposed(box):
        box.show()
    form.focus_field("filters")
    seen: list[int] = []
    for _ in range(8):
        widget = QApplication.focusWidget()
        assert widget is not None
        assert widget.accessibleName()
        # The button beside a pair of lines is a little taller than they are.
        seen.append(widget.mapTo(form, widget.rect().center()).y() // 8)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4


def test_what_is_shown_later_comes_where_the_form_is_for_the_tab_key(qtbot: QtBot) -> None:
    box = QWidget()
    qtbot.addWidget(box)
    column = QVBoxLayout(box)
    above, form, below = QPushButton("above"), FieldsForm(create("Input")), QPushButton("below")
    for part in (above, form, below):
        column.addWidget(part)
    with qtbot.waitExposed(box):
        box.show()
    form.set_value(create("Dropout"))
    above.setFocus()
    seen = []
    for _ in range(3):
        widget = QApplication.focusWidget()
        assert widget is not None
        seen.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert seen == [above, form.editor("rate").outlined()[0], below]


def test_a_long_form_scrolls_to_the_field_with_the_focus(qtbot: QtBot) -> None:
    form = FieldsForm(TrainingSettings())
    area = scrolling(form)
    qtbot.addWidget(area)
    area.resize(280, 120)
    with qtbot.waitExposed(area):
        area.show()
    form.focus_field("optimizer")
    for _ in range(6):
        widget = QApplication.focusWidget()
        assert widget is not None
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert area.verticalScrollBar().value() > 0


def test_labels_lie_on_one_column(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, create("Conv2D"))
    lefts = {form.editor(name).x() for name in form.names()}
    assert len(lefts) == 1
    assert all(label.height() == 28 for label in form.findChildren(QLabel) if label.buddy() is not None)


class Reading(BaseModel):
    """What an importer might be told."""

    table: str = field("", "Table", "Which table.")
    label_column: str = field("", "Label column", "Which column.")
    deep: bool = field(True, "Deep", "Whether folders in folders count.")


def test_a_text_that_must_be_one_of_some_is_a_list(qtbot: QtBot) -> None:
    columns = ("file_name", "breed")
    form = FieldsForm(Reading(label_column="breed"), choices={"label_column": columns})
    qtbot.addWidget(form)
    receiver = Receiver(form)
    editor = form.editor("label_column")
    assert isinstance(editor, ChoiceEditor)
    assert [editor.box.itemText(i) for i in range(editor.box.count())] == list(columns), "as the file writes them"
    assert editor.box.currentText() == "breed"
    QTest.keyClick(editor.box, Qt.Key.Key_Up)
    assert receiver.sent == [("label_column", "file_name")]
    assert not isinstance(form.editor("table"), ChoiceEditor)


def test_fields_that_change_nothing_are_left_out(qtbot: QtBot) -> None:
    form, _ = shown(qtbot, Reading())
    form.hide_fields({"deep"})
    form.set_value(Reading(table="a.csv"))
    assert form.editor("deep").isHidden()
    assert not form.focus_field("deep")
    form.hide_fields(())
    form.set_value(Reading(table="a.csv"))
    assert not form.editor("deep").isHidden()


def test_a_choice_that_does_not_fit_is_shortened_and_its_list_is_not(qtbot: QtBot) -> None:
    long = "a very long name of a column that somebody once wrote"
    form = FieldsForm(Reading(label_column=long), choices={"label_column": (long, "b")})
    qtbot.addWidget(form)
    form.resize(260, 200)
    form.show()
    editor = form.editor("label_column")
    assert isinstance(editor, ChoiceEditor)
    editor.box.showPopup()
    assert editor.box.view().minimumWidth() > editor.box.width()
    editor.box.hidePopup()
    assert not editor.box.grab().isNull()


def test_zero_is_said_in_words_without_the_unit(qtbot: QtBot) -> None:
    form, _receiver = shown(qtbot, TrainingSettings())
    line = number(form, "max_steps").field.line

    def units() -> int:
        return sum(label.text() == "steps" and label.isVisible() for label in form.findChildren(QLabel))

    before = units()
    assert (line.text(), line.placeholderText()) == ("", "no limit")
    line.setFocus()
    retype(line, "5")
    assert units() == before + 1
    rest = FieldsForm(DatasetSettings(path="x"))
    qtbot.addWidget(rest)
    assert number(rest, "train_images").field.line.placeholderText() == "all the rest"
