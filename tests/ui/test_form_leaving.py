"""Fields that are left late, and what was typed wrong when Return is pressed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QStackedWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.layers import create
from guiapp.core.layers.base import Layer
from guiapp.ui.form import FieldsForm
from guiapp.ui.form_editors import NumberEditor


@pytest.fixture
def window(qtbot: QtBot) -> QStackedWidget:
    """Return a page with a form, and another page."""
    stack = QStackedWidget()
    qtbot.addWidget(stack)
    stack.addWidget(FieldsForm(create("Pretrained", name="base")))
    other = QWidget()
    QVBoxLayout(other).addWidget(QLineEdit())
    stack.addWidget(other)
    with qtbot.waitExposed(stack):
        stack.show()
    stack.activateWindow()
    return stack


def form_of(window: QStackedWidget) -> FieldsForm:
    form = window.widget(0)
    assert isinstance(form, FieldsForm)
    return form


@pytest.mark.parametrize("field", ["weights_from", "trained"])
def test_a_field_that_is_left_after_another_layer_is_shown_changes_nothing(window: QStackedWidget, field: str) -> None:
    form = form_of(window)
    former = form.editor(field)
    former.setFocus()
    window.setCurrentIndex(1)
    layer = create("Conv2D", name="conv1")
    form.set_value(layer, key="conv1")
    window.setCurrentIndex(0)
    form.focus_field("filters")
    former.finished.emit()
    former.edited.emit("a file")
    assert form.value() == layer


def test_what_is_typed_stays_where_a_former_layer_is_left(window: QStackedWidget) -> None:
    form = form_of(window)
    form.set_value(create("Conv2D"), key="a")
    former = form.editor("filters")
    form.set_value(create("Dense"), key="b")
    form.set_value(create("Dropout"), key="c")
    kept: list[tuple[str, object]] = []
    form.changed.connect(lambda name, value: kept.append((name, value)))
    former.finished.emit()
    assert kept == []
    value = form.value()
    assert isinstance(value, Layer) and value.kind == "Dropout"


@pytest.mark.parametrize("text", ["0", "many"])
def test_return_leaves_a_wrong_number_with_its_reason(window: QStackedWidget, text: str) -> None:
    form = form_of(window)
    form.set_value(create("Conv2D"), key="a")
    editor = form.editor("filters")
    assert isinstance(editor, NumberEditor)
    line = editor.field.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == text
    assert "whole number from 1 to 65,536" in editor.problem()
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert (line.text(), editor.problem()) == ("32", "")


def test_return_leaves_what_the_layer_refuses_with_its_reason(window: QStackedWidget) -> None:
    form = form_of(window)
    form.changed.connect(lambda name, value: form.refuse(name, value, "it is too many"))
    form.set_value(create("Conv2D"), key="a")
    editor = form.editor("filters")
    assert isinstance(editor, NumberEditor)
    line = editor.field.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "7")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert (line.text(), editor.problem()) == ("7", "It is too many.")
    form.focus_field("kernel")
    assert (line.text(), editor.problem()) == ("32", "")


@pytest.mark.parametrize("field", ["filters", "kernel", "activation"])
def test_a_warning_is_not_outlined_like_an_error(window: QStackedWidget, field: str) -> None:
    form = form_of(window)
    form.set_value(create("Conv2D"), key="a")
    parts = form.editor(field).outlined()
    form.show_problem(field, "it is large", warning=True)
    assert {part.property("problem") for part in parts} == {"warning"}
    form.show_problem(field, "it is too large")
    assert {part.property("problem") for part in parts} == {True}
    form.show_problem(field, "")
    assert {part.property("problem") for part in parts} == {False}
