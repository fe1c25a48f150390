"""A choice gives its words the same room with the keys in it and without."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QLineEdit, QStyle, QStyleOptionComboBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from guiapp.look.theme import style_sheet, theme
from guiapp.ui.form_editors.simple import Choice


class _Shown(Choice):
    """A choice that tells what it would draw."""

    def room(self) -> int:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        return self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width()


def test_words_are_not_shortened_more_without_the_keys(qtbot: QtBot) -> None:
    window = QWidget()
    window.setStyleSheet(style_sheet(theme.tokens))
    line, choice = QLineEdit(), _Shown("Balance", "", ("none", "class weights"))
    column = QVBoxLayout(window)
    for widget in (line, choice):
        column.addWidget(widget)
    qtbot.addWidget(window)
    window.resize(160, 100)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    line.setFocus()
    without = choice.room()
    choice.setFocus()
    assert QApplication.focusWidget() is choice
    assert abs(choice.room() - without) <= 2
