"""The middle column by the keyboard: the order of the Tab key where there are repairs, and the name of a block."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page

BROKEN = NetworkSpec(
    layers=(
        create("Input", name="image"),
        create("Conv2D", name="left", filters=8),
        create("Conv2D", name="right", filters=16, inputs=("image",)),
        create("Add", name="sum", inputs=("left", "right")),
        create("Conv2D", name="conv", kernel=(99, 99), padding="valid", inputs=("left",)),
        create("Dense", name="dense", inputs=("left",)),
        create("ResidualBlock", name="block", filters=8, inputs=("left",)),
    )
)


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    page = open_network_page(qtbot, tmp_path, Project(network=BROKEN))
    page.activateWindow()
    return page


def walk(page: NetworkPage, first: QWidget) -> list[QWidget]:
    """What has the focus from `first` on, until it leaves the middle column."""
    first.setFocus()
    seen: list[QWidget] = []
    for _ in range(60):
        widget = QApplication.focusWidget()
        if widget is None or not page.inspector.isAncestorOf(widget) or widget in seen:
            break
        seen.append(widget)
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    return seen


@pytest.mark.parametrize("name", ["sum", "conv", "dense"])
def test_the_tab_key_comes_to_each_repair_below_what_it_mends(qtbot: QtBot, page: NetworkPage, name: str) -> None:
    at = next(i for i, layer in enumerate(BROKEN.layers) if layer.name == name)
    # Another layer first: buttons that are made later would come last.
    page.state.select((1,))
    page.state.select((at,))
    inspector = page.inspector
    fields = [inspector.form.editor(field) for field in inspector.form.names()]
    inner = [button for field in fields for button in field.repair_buttons]
    buttons = [*inspector.mends.buttons, *inspector.inputs.mends.buttons, *inner]
    qtbot.waitUntil(lambda: bool(buttons) and all(button.isVisible() for button in buttons))
    first = inspector.mends.buttons[0] if inspector.mends.buttons else inspector.name.line
    seen = walk(page, first)
    assert set(buttons) <= set(seen)
    # Row by row, and from left to right in each; painting lays out what has changed.
    page.grab()
    corners = [widget.mapTo(inspector, QPoint(0, 0)) for widget in seen]
    for one, following in itertools.pairwise(corners):
        assert following.y() > one.y() + 2 or (following.y() > one.y() - 8 and following.x() > one.x())


def test_a_refused_name_of_a_block_goes_when_the_field_is_left(page: NetworkPage) -> None:
    page.state.select((6,))
    page.actions_["open"].trigger()
    row = page.inspector.block
    row.line.setFocus()
    row.line.selectAll()
    QTest.keyClicks(row.line, "left")
    assert row.sentence.text() == "The name “left” is taken. Choose another name."
    QTest.keyClick(row.line, Qt.Key.Key_Return)
    assert row.line.text() == "left" and row.line.property("problem")
    page.list.setFocus()
    assert row.line.text() == "block" and not row.line.property("problem") and row.sentence.isHidden()
    assert "block" in {layer.group for layer in page.state.network.layers}
    row.line.setFocus()
    QTest.keyClicks(row.line, "/")
    assert row.line.property("problem")
    QTest.keyClick(row.line, Qt.Key.Key_Escape)
    assert row.line.text() == "block" and not row.line.property("problem")


def test_the_foot_of_the_column_tells_about_the_name_also_while_it_is_typed(page: NetworkPage) -> None:
    page.state.select((1,))
    page.inspector.name.line.setFocus()
    assert page.about.title.text() == "About Name" and "in Keras" in page.about.words.text()
    QTest.keyClicks(page.inspector.name.line, "x")
    assert page.state.network.layers[1].name == "leftx"
    assert page.about.title.text() == "About Name"
    page.list.setFocus()
    page.state.select((2,))
    assert page.about.title.text() == "About the fields"
