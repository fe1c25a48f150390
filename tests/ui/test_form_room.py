"""Where things of a form lie: numbers on one line, repairs that are read whole, no jump when the bar comes."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from guiapp.core.layers import create
from guiapp.look.elide import ElidedButton
from guiapp.ui.form import FieldsForm, scrolling
from guiapp.ui.form_editors.numbers import FieldEditor

WIDTH = 294


def shown(qtbot: QtBot) -> FieldsForm:
    form = FieldsForm(create("Conv2D"), narrow=True)
    qtbot.addWidget(form)
    form.resize(WIDTH, 700)
    with qtbot.waitExposed(form):
        form.show()
    return form


def test_all_numbers_end_on_one_line(qtbot: QtBot) -> None:
    form = shown(qtbot)
    ends = set()
    for name in ("filters", "kernel", "stride"):
        editor = form.editor(name)
        assert isinstance(editor, FieldEditor)
        ends.add(editor.field.mapTo(form, QPoint(editor.field.width(), 0)).x())
    assert len(ends) == 1


def test_a_repair_is_read_whole_and_as_far_right_as_its_words_allow(qtbot: QtBot) -> None:
    form = shown(qtbot)
    left = form.editor("kernel").mapTo(form, QPoint(0, 0)).x()
    form.show_problem("kernel", "is too large", repairs=["Short"])
    (button,) = form.editor("kernel").repair_buttons
    qtbot.waitUntil(lambda: button.isVisible() and button.mapTo(form, QPoint(0, 0)).x() == left)
    form.show_problem("kernel", "is too large", repairs=["Set the kernel to 1,024×1,024 px"])
    (long,) = form.editor("kernel").repair_buttons
    assert isinstance(long, ElidedButton)
    qtbot.waitUntil(lambda: long.isVisible() and long.mapTo(form, QPoint(0, 0)).x() < left)
    assert long.shown() == long.text() and not long.property("flat")
    form.show_problem("kernel", "")
    assert form.editor("kernel").repairs.isHidden()


def test_the_width_stays_when_the_bar_comes(qtbot: QtBot) -> None:
    label = QLabel("one")
    area = scrolling(label)
    qtbot.addWidget(area)
    area.resize(200, 100)
    with qtbot.waitExposed(area):
        area.show()
    narrow = label.width()
    assert narrow < area.width() - 8, "room for the bar"
    label.setText("\n".join("line" for _ in range(40)))
    qtbot.waitUntil(area.verticalScrollBar().isVisible)
    qtbot.waitUntil(lambda: label.width() == narrow)
