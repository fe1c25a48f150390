"""The fields of a Pretrained layer: its first trained layer is found in a list, its file with a dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core.layers import create
from guiapp.core.layers.pretrained import Pretrained
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.ui.form_editors import FileEditor, SuggestEditor
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    layers = (
        create("Input", name="image", height=224, width=224, scaling="none"),
        create("Pretrained", name="base", backbone="VGG16", trained="from layer", first="block5_conv1"),
    )
    page = open_network_page(qtbot, tmp_path, Project(network=NetworkSpec(layers=layers)))
    page.state.select((1,))
    return page


def base(page: NetworkPage) -> Pretrained:
    layer = page.state.network.layers[1]
    assert isinstance(layer, Pretrained)
    return layer


def first(page: NetworkPage) -> SuggestEditor:
    editor = page.inspector.form.editor("first")
    assert isinstance(editor, SuggestEditor) and editor.isVisible()
    return editor


def retype(editor: SuggestEditor, text: str) -> None:
    editor.line.setFocus()
    QTest.keyClick(editor.line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor.line, text)


def offered(editor: SuggestEditor) -> list[str]:
    model = editor.completer.completionModel()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def test_the_layers_of_the_backbone_are_offered_in_order(page: NetworkPage) -> None:
    editor = first(page)
    QTest.mouseClick(editor.button, Qt.MouseButton.LeftButton)
    assert editor.popup().isVisible()
    assert offered(editor)[:3] == ["block1_conv1", "block1_conv2", "block1_pool"]
    assert len(offered(editor)) == 18
    editor.popup().hide()
    page.state.set_field(1, "backbone", "MobileNetV2")
    assert offered(editor)[0] == "Conv1"


def test_a_part_of_the_name_finds_it_and_one_undo_takes_it_back(page: NetworkPage) -> None:
    editor = first(page)
    retype(editor, "4_CONV")
    assert offered(editor) == ["block4_conv1", "block4_conv2", "block4_conv3"]
    assert base(page).first == "block5_conv1"
    assert editor.problem() == "Choose one of the 3 that hold “4_CONV”."
    popup = editor.popup()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert base(page).first == editor.line.text() == "block4_conv1"
    assert editor.problem() == "" and not popup.isVisible()
    page.state.undo()
    assert base(page).first == editor.line.text() == "block5_conv1"


def test_a_whole_name_is_taken_as_it_is_typed(page: NetworkPage) -> None:
    editor = first(page)
    retype(editor, "block3_conv2")
    assert base(page).first == "block3_conv2"
    QTest.keyClick(editor.line, Qt.Key.Key_Escape)
    assert editor.problem() == ""


def test_a_wrong_name_is_a_sentence_and_is_not_kept(page: NetworkPage) -> None:
    editor = first(page)
    retype(editor, "block9")
    assert editor.problem() == "None is called “block9”."
    assert base(page).first == "block5_conv1"
    page.inspector.name.line.setFocus()
    assert editor.line.text() == "block5_conv1"
    assert editor.problem() == ""


def test_another_backbone_says_that_its_layers_have_other_names(page: NetworkPage) -> None:
    page.state.set_field(1, "backbone", "MobileNetV2")
    assert "has no layer “block5_conv1”" in first(page).problem()
    retype(first(page), "Conv_1")
    assert first(page).problem() == ""
    assert base(page).first == "Conv_1"


def test_the_file_of_weights_is_looked_for_with_a_dialog(page: NetworkPage, monkeypatch: pytest.MonkeyPatch) -> None:
    editor = page.inspector.form.editor("file")
    assert isinstance(editor, FileEditor) and not editor.isVisible()
    page.state.set_field(1, "weights_from", "file")
    assert editor.isVisible() and editor.button.isVisible()
    asked: list[str] = []

    def answer(*given: object) -> tuple[str, str]:
        asked.append(str(given[3]))
        return "/weights/vgg.h5", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", answer)
    QTest.mouseClick(editor.button, Qt.MouseButton.LeftButton)
    assert asked == ["Weights (*.h5 *.keras);;All files (*)"]
    assert base(page).file == editor.line.text() == "/weights/vgg.h5"
    page.state.undo()
    assert base(page).file == editor.line.text() == ""


def test_long_names_do_not_widen_the_form(page: NetworkPage) -> None:
    page.state.set_field(1, "backbone", "ConvNeXtTiny")
    buttons = first(page).repair_buttons
    assert "convnext_tiny_downsampling_block_2" in buttons[0].text()
    assert page.inspector.minimumSizeHint().width() <= 300
    assert page.inspector.facts.facts()[-1][0] == "Arrays of weights"
    assert page.problems.rows[0].minimumSizeHint().width() < 500
