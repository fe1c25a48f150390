"""Choosing one of many layers, and what is said of convolutions that cannot be shown."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.flattening import blocks_of, flat
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.runs import RunReader
from guiapp.look.chooser import Chooser
from guiapp.look.jobs import Jobs
from guiapp.visuals.context import ViewContext
from guiapp.visuals.filters.panel import FiltersPanel
from guiapp.visuals.maps.compute import recorded_layers
from guiapp.visuals.panel_layers import MOST_HIGH, LayerChooser, LayerPopup


@pytest.fixture
def chooser(qtbot: QtBot) -> Iterator[LayerChooser]:
    network = templates.load("inception-small").network
    context = ViewContext()
    context.open_run(None, analyse(flat(network)), blocks=blocks_of(network))
    made = LayerChooser(context)
    qtbot.addWidget(made)
    assert context.analysis is not None
    made.set_entries(recorded_layers(context.analysis), 4)
    made.show()
    yield made
    made.hidePopup()


def opened(chooser: LayerChooser) -> LayerPopup:
    chooser.showPopup()
    assert chooser.popup is not None
    return chooser.popup


def test_layers_stand_below_the_name_of_their_block_with_their_own(chooser: LayerChooser) -> None:
    popup = opened(chooser)
    shown = popup.shown()
    assert shown[:6] == ["conv1", "norm1", "act1", "mixed1", "one", "one_norm"]
    assert [word for word in shown if word.startswith("mixed")] == ["mixed1", "mixed2", "mixed3", "mixed4"]
    assert popup.list.currentItem().text().strip() == "one_norm"
    assert popup.list.currentItem().toolTip() == "mixed1_one_norm"
    assert popup.height() <= MOST_HIGH


def test_a_layer_is_found_by_typing(qtbot: QtBot, chooser: LayerChooser) -> None:
    popup = opened(chooser)
    QTest.keyClicks(popup.search, "mixed3_five")
    shown = popup.shown()
    assert shown[0] == "mixed3"
    assert shown[1].startswith("five")
    QTest.keyClick(popup.search, Qt.Key.Key_Down)
    QTest.keyClick(popup.search, Qt.Key.Key_Up)
    with qtbot.waitSignal(chooser.chosen) as heard:
        QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert chooser.currentText() == f"mixed3_{shown[1]}"
    assert chooser.itemText(heard.args[0]) == chooser.currentText()
    assert not popup.isVisible()


def test_escape_clears_what_was_typed_and_then_closes(chooser: LayerChooser) -> None:
    popup = opened(chooser)
    before = chooser.currentText()
    QTest.keyClicks(popup.search, "zzz")
    assert popup.shown() == []
    QTest.keyClick(popup.search, Qt.Key.Key_Return)
    assert popup.isVisible()
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    assert len(popup.shown()) > 90
    QTest.keyClick(popup.search, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    assert chooser.currentText() == before


def test_a_few_layers_need_no_search_and_a_click_chooses(qtbot: QtBot) -> None:
    chooser = LayerChooser(ViewContext())
    qtbot.addWidget(chooser)
    chooser.set_entries(["a", "b", "c"], 0)
    chooser.show()
    popup = opened(chooser)
    assert popup.search.isHidden()
    assert popup.height() < 140
    with qtbot.waitSignal(chooser.chosen):
        at = popup.list.visualItemRect(popup.list.item(2)).center()
        QTest.mouseClick(popup.list.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert chooser.currentText() == "c"


def test_a_long_name_keeps_both_ends(qtbot: QtBot) -> None:
    pictures = []
    for name in ("stage1_block_one_with_a_long_name_norm", "stage1_block_one_with_a_long_name_conv"):
        chooser = Chooser("Layer")
        qtbot.addWidget(chooser)
        chooser.setFixedWidth(120)
        chooser.set_entries([name], 0)
        chooser.show()
        pictures.append(chooser.grab().toImage())
    assert pictures[0] != pictures[1]


def test_convolutions_inside_a_pretrained_network_are_said_not_to_be_shown(qtbot: QtBot, run: RunReader) -> None:
    layers = (
        create("Input", name="image", height=64, width=64),
        create("Pretrained", name="backbone", pooling="average"),
        create("Dense", name="dense", units=2),
    )
    context = ViewContext()
    panel = FiltersPanel(context, Jobs(context))
    qtbot.addWidget(panel)
    panel.show()
    context.open_run(run, analyse(NetworkSpec(layers=layers)))
    qtbot.waitUntil(lambda: panel.settled)
    assert panel.stage.empty.accessibleName() == "No filters"
    assert "inside “backbone”, whose inner layers are not shown" in panel.stage.empty.accessibleDescription()
