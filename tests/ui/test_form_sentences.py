"""Where the sentence under a field stands, and what it leaves in its place."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.layers.convolution import Conv2D
from guiapp.core.project import TrainingSettings
from guiapp.look.pair import PairField
from guiapp.ui.form import FieldsForm

LONG = "more images are asked for than there are. Ask for fewer images, or take another class into use"


def shown_form(qtbot: QtBot, form: FieldsForm) -> FieldsForm:
    qtbot.addWidget(form)
    form.resize(280, 700)
    form.show()
    return form


def line_of(form: FieldsForm, name: str) -> QLineEdit:
    line = form.editor(name).findChild(QLineEdit)
    assert line is not None
    return line


def sentences(widget: QWidget) -> list[QLabel]:
    found = widget.findChildren(QLabel)
    return [label for label in found if label.isVisible() and label.property("role") in ("problem", "warning")]


def right(widget: QWidget) -> int:
    return widget.mapTo(widget.window(), QPoint(widget.width(), 0)).x()


def test_a_sentence_is_as_wide_as_field_and_unit(qtbot: QtBot) -> None:
    form = shown_form(qtbot, FieldsForm(TrainingSettings()))
    line = line_of(form, "batch")
    before = right(line)
    form.show_problem("batch", LONG)
    qtbot.waitUntil(lambda: len(sentences(form)) == 1)
    (label,) = sentences(form)
    qtbot.waitUntil(lambda: label.width() == form.editor("batch").width())
    assert right(label) == form.width()
    assert right(line) == before < right(label)


@pytest.mark.parametrize("name", ["batch", "snapshot_every"])
def test_what_the_field_says_itself_has_that_width_too(qtbot: QtBot, name: str) -> None:
    form = shown_form(qtbot, FieldsForm(TrainingSettings()))
    line = line_of(form, name)
    line.selectAll()
    QTest.keyClicks(line, "0")
    (label,) = sentences(form)
    assert "must be" in label.text() and label.text() == form.editor(name).problem()
    qtbot.waitUntil(lambda: right(label) == form.width())


def test_a_pair_says_it_once_below_both(qtbot: QtBot) -> None:
    form = shown_form(qtbot, FieldsForm(Conv2D(name="conv1")))
    field = form.editor("kernel").findChild(PairField)
    assert field is not None
    line = field.height_field.line
    line.selectAll()
    QTest.keyClicks(line, "0")
    (label,) = sentences(form)
    assert "must be" in label.text()
    qtbot.waitUntil(lambda: right(label) == form.width())


def test_words_for_no_number_have_the_room_of_the_unit(qtbot: QtBot) -> None:
    form = shown_form(qtbot, FieldsForm(TrainingSettings(max_steps=5)))
    line = line_of(form, "max_steps")
    narrow = right(line)
    form.set_value(TrainingSettings(max_steps=0))
    qtbot.waitUntil(lambda: right(line) > narrow)
    assert line.fontMetrics().horizontalAdvance(line.placeholderText()) + 16 < line.width()
    form.set_value(TrainingSettings(max_steps=5))
    qtbot.waitUntil(lambda: right(line) == narrow)


def test_fields_with_units_end_on_one_line(qtbot: QtBot) -> None:
    form = shown_form(qtbot, FieldsForm(TrainingSettings()))
    ends = {right(line_of(form, name)) for name in ("batch", "snapshot_every", "snapshot_budget_mb")}
    assert len(ends) == 1
