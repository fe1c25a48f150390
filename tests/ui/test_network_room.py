"""What opens over the Network page stays inside the window, and what is narrow is not shortened to nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.project import Project
from guiapp.ui.network.name_line import NameLine
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.network.palette import AddField
from guiapp.ui.network.template_menu import TemplateButton
from tests.ui.network_place import open_network_page

STARTER = templates.load("starter").network


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    return open_network_page(qtbot, tmp_path, Project(network=STARTER))


def test_the_word_of_the_templates_is_left_out_where_it_would_be_shortened(qtbot: QtBot, page: NetworkPage) -> None:
    button = page.templates
    page.splitter.setSizes([400, 330, 540])
    qtbot.waitUntil(lambda: button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    page.splitter.setSizes([240, 330, 700])
    qtbot.waitUntil(lambda: button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonIconOnly)
    assert button.text() == "Templates", "for screen readers"
    page.splitter.setSizes([400, 330, 540])
    qtbot.waitUntil(lambda: button.toolButtonStyle() is Qt.ToolButtonStyle.ToolButtonTextBesideIcon)


def test_the_templates_open_where_there_is_more_room(qtbot: QtBot) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    top, low = TemplateButton(), QPushButton("low")
    column.addWidget(top)
    column.addStretch(1)
    column.addWidget(low)
    qtbot.addWidget(window)
    window.resize(700, 500)
    with qtbot.waitExposed(window):
        window.show()
    inside = window.rect().translated(window.mapToGlobal(QPoint(0, 0)))
    for anchor in (top, low):
        top.open_list(anchor)
        assert top.popup is not None
        place = top.popup.geometry()
        assert inside.contains(place)
        assert not place.intersects(anchor.rect().translated(anchor.mapToGlobal(QPoint(0, 0))))
        top.popup.hide()


def test_the_kinds_open_below_the_menus_and_begin_with_their_heading(qtbot: QtBot) -> None:
    window = QMainWindow()
    window.menuBar().setNativeMenuBar(False)
    window.menuBar().addMenu("File")
    left = QWidget()
    field = AddField()
    column = QVBoxLayout(left)
    column.addStretch(1)
    column.addWidget(field)
    window.setCentralWidget(left)
    qtbot.addWidget(window)
    window.resize(800, 500)
    with qtbot.waitExposed(window):
        window.show()
    window.activateWindow()
    field.begin()
    assert field.popup.y() >= window.menuBar().height()
    QTest.keyClicks(field, "dense")
    field.setText("")
    field.begin()
    assert field.popup.choices.verticalScrollBar().value() == 0


def test_the_line_of_a_new_name_leaves_the_shape_in_sight(qtbot: QtBot, page: NetworkPage) -> None:
    page.state.select((1,))
    page.list.setFocus()
    page.list.rename_current()
    line = page.list.findChild(NameLine)
    assert line is not None
    shape = page.list.fontMetrics().horizontalAdvance("64×64×16")
    assert line.geometry().right() < page.list.row_rect(1).right() - shape
    QTest.keyClick(line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page.list.findChild(NameLine) is None)
