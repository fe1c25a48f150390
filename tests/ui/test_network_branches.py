"""Branches and blocks in the form: what a layer takes, blocks that open and close, and problems mended in place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.network import branches, editing
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

Open = Callable[[NetworkSpec], NetworkPage]
CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def open_page(qtbot: QtBot, tmp_path: Path) -> Open:
    def open_(network: NetworkSpec) -> NetworkPage:
        session, engine = Session(Project(network=network)), EngineClient("nothing")
        dataset, view = DatasetModel(session, engine), ViewContext()
        training = TrainingModel(session, engine, dataset, view)
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        page = NetworkPage(Services(session, engine, dataset, training, view, Jobs(), settings))
        qtbot.addWidget(page)
        page.resize(1270, 640)
        with qtbot.waitExposed(page):
            page.show()
        page.activateWindow()
        return page

    return open_


def network(*layers: tuple[str, str, dict[str, object]]) -> NetworkSpec:
    return NetworkSpec(layers=tuple(create(kind, name=name, **fields) for kind, name, fields in layers))


def plain() -> NetworkSpec:
    """An image, and three convolutions that keep its size."""
    return network(
        ("Input", "image", {"height": 16, "width": 16}),
        ("Conv2D", "conv1", {"filters": 8}),
        ("Conv2D", "conv2", {"filters": 8}),
        ("Conv2D", "conv3", {"filters": 4}),
    )


def with_block() -> NetworkSpec:
    """An image, a convolution, a block that keeps its shape, and the end."""
    return network(
        ("Input", "image", {"height": 16, "width": 16}),
        ("Conv2D", "conv1", {"filters": 8}),
        ("ResidualBlock", "block1", {"filters": 8}),
        ("Flatten", "flatten1", {}),
        ("Dense", "dense1", {"units": 2, "activation": "linear"}),
    )


def inputs(page: NetworkPage, name: str) -> tuple[str, ...]:
    return page.state.network[name].inputs


def names(page: NetworkPage) -> list[str]:
    return [layer.name for layer in page.state.network.layers]


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def notes_of() -> tuple[list[notify.Note], Callable[[], None]]:
    notes: list[notify.Note] = []
    return notes, notify.listen(notes.append)


# What a merge takes at first.


def test_a_new_add_takes_the_layer_above_and_where_the_branch_began(open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((2,))
    page.state.add("Add")
    assert page.state.current is not None
    assert page.state.current.inputs == ("conv2", "conv1")
    assert page.state.analysis.rows[3].shape == (16, 16, 8)


def test_a_new_merge_takes_the_open_end_of_another_branch_first() -> None:
    spec = plain().insert(3, create("Conv2D", name="side", filters=8, inputs=("conv1",)))
    assert branches.first_inputs(analyse(spec), "Add", 4) == ("side", "conv2")


def test_a_new_concatenate_takes_what_is_as_high_and_wide() -> None:
    assert branches.first_inputs(analyse(plain()), "Concatenate", 4) == ("conv3", "conv2")


def test_a_new_merge_takes_the_chosen_layers(open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((1, 3))
    page.state.add("Concatenate")
    layer = page.state.current
    assert layer is not None
    assert layer.inputs == ("conv1", "conv3")
    assert page.state.analysis.rows[4].shape == (16, 16, 12)


# The row "Inputs".


def test_one_input_is_chosen_by_the_keyboard_and_undone(open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((3,))
    field = page.inspector.inputs
    assert field.choice.currentText() == "conv2, just above"
    field.choice.setFocus()
    QTest.keyClicks(field.choice, "conv1")
    assert inputs(page, "conv3") == ("conv1",)
    assert field.choice.currentText() == "conv1  16×16×8"
    QTest.keyClick(field.choice, Qt.Key.Key_Home)
    assert inputs(page, "conv3") == ()
    page.services.session.undo()
    assert inputs(page, "conv3") == ()
    assert page.services.session.undo_text is None


def test_only_layers_above_can_be_chosen(open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((2,))
    choice = page.inspector.inputs.choice
    choice.fill()
    assert [choice.itemData(i) for i in range(choice.count())] == ["", "image"]


def test_the_layer_directly_above_is_offered_once_also_where_it_is_named(open_page: Open) -> None:
    page = open_page(plain().update("conv2", inputs=("conv1",)))
    page.state.select((2,))
    choice = page.inspector.inputs.choice
    assert choice.currentText() == "conv1, just above"
    choice.fill()
    assert choice.currentText() == "conv1, just above"
    assert [choice.itemText(i) for i in range(choice.count())] == [choice.currentText(), "image  16×16×3"]


def test_the_inputs_of_a_merge_are_added_moved_and_removed_by_keys(open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((2,))
    page.state.add("Concatenate")
    field = page.inspector.inputs
    name = page.state.current.name  # type: ignore[union-attr]
    assert [line.choice.currentData() for line in field.lines] == ["conv2", "conv1"]
    field.lines[0].choice.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Down, ALT)
    assert inputs(page, name) == ("conv1", "conv2")
    assert focused() is field.lines[1].choice
    QTest.keyClick(focused(), Qt.Key.Key_Insert)
    assert inputs(page, name) == ("conv1", "conv2", "image")
    QTest.keyClick(focused(), Qt.Key.Key_Delete)
    assert inputs(page, name) == ("conv1", "conv2")
    QTest.mouseClick(field.lines[0].buttons["remove"], Qt.MouseButton.LeftButton)
    assert inputs(page, name) == ("conv2",)
    assert "brings at least 2" in field.mends.text()
    QTest.mouseClick(field.add, Qt.MouseButton.LeftButton)
    assert len(page.state.network[name].inputs) == 2
    assert field.mends.text() == ""


def test_inputs_are_chosen_by_clicks_in_the_drawing(open_page: Open) -> None:
    page = open_page(plain().insert(3, create("Concatenate", name="both", inputs=("conv2", "conv1"))))
    page.state.select((3,))
    pick = page.inspector.inputs.pick

    def click(row: int) -> None:
        at = page.drawing.rect_of(row).center().toPoint()
        QTest.mouseClick(page.drawing, Qt.MouseButton.LeftButton, pos=at)

    QTest.mouseClick(pick, Qt.MouseButton.LeftButton)
    click(0)
    assert inputs(page, "both") == ("conv2", "conv1", "image")
    click(2)
    assert inputs(page, "both") == ("conv1", "image")
    click(4)
    assert inputs(page, "both") == ("conv1", "image") and page.state.rows == (3,)
    page.services.session.undo()
    assert inputs(page, "both") == ("conv2", "conv1")
    QTest.keyClick(page.drawing, Qt.Key.Key_Escape)
    assert not pick.isChecked()
    click(2)
    assert page.state.rows == (2,) and inputs(page, "both") == ("conv2", "conv1")


def test_the_button_is_let_go_where_another_layer_is_shown(open_page: Open) -> None:
    page = open_page(plain().insert(3, create("Concatenate", name="both", inputs=("conv2", "conv1"))))
    page.state.select((3,))
    page.inspector.inputs.pick.setChecked(True)
    page.state.apply(plain(), "take it out", (3,))
    assert not page.inspector.inputs.pick.isChecked()


def test_errors_are_listed_before_warnings(open_page: Open) -> None:
    layers = plain().insert(4, create("Add", name="sum", inputs=("conv2", "conv3")))
    page = open_page(layers.insert(1, create("Dropout", name="much", rate=0.95)))
    found = [row.problem.severity for row in page.problems.rows]
    assert found[0] == "error" and "warning" in found
    assert page.state.problems[0].severity == "warning"


def test_the_keyboard_goes_on_in_the_list_after_a_repair(open_page: Open) -> None:
    page = open_page(plain().insert(4, create("Add", name="sum", inputs=("conv2", "conv3"))))
    button = page.problems.rows[0].button
    assert button is not None
    button.setFocus()
    QTest.keyClick(focused(), Qt.Key.Key_Space)
    assert not button.isVisible()
    assert focused() is page.list


def test_a_mismatch_is_mended_beside_the_inputs(open_page: Open) -> None:
    page = open_page(plain().insert(4, create("Add", name="sum", inputs=("conv2", "conv3"))))
    page.state.select((4,))
    field = page.inspector.inputs
    assert "one shape" in field.mends.text()
    QTest.mouseClick(field.mends.buttons[0], Qt.MouseButton.LeftButton)
    assert page.state.analysis.rows[page.state.network.index("sum")].shape is not None


def test_a_click_on_a_problem_of_the_inputs_goes_there(open_page: Open) -> None:
    page = open_page(plain().insert(4, create("Add", name="sum", inputs=("conv2", "conv3"))))
    page.go_to(next(problem for problem in page.state.problems if problem.field == "inputs"))
    assert focused() is page.inspector.inputs.lines[0].choice


# Blocks.


def test_a_block_opens_and_closes_with_the_arrows_and_is_undone(open_page: Open) -> None:
    spec = with_block()
    page = open_page(spec)
    page.state.select((2,))
    page.list.setFocus()
    QTest.keyClick(page.list, Qt.Key.Key_Right)
    opened = page.state.network
    assert len(opened.layers) > len(spec.layers)
    assert page.state.current is not None
    assert page.state.current.group == "block1"
    assert page.state.analysis.parameters == analyse(spec).parameters
    QTest.keyClick(page.list, Qt.Key.Key_Left)
    assert page.state.network.layers == spec.layers
    assert page.state.rows == (2,)
    page.services.session.undo()
    assert page.state.network == opened
    page.services.session.undo()
    assert page.state.network == spec


def test_a_click_on_the_chevron_opens_and_closes(open_page: Open) -> None:
    spec = with_block()
    page = open_page(spec)
    place = page.list.row_rect(2)
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place.topLeft() + QPoint(46, 14))
    assert len(names(page)) > 5
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=place.topLeft() + QPoint(22, 14))
    assert page.state.network.layers == spec.layers


def test_chosen_layers_become_a_block_with_a_name(qtbot: QtBot, open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((1, 2))
    page.list.setFocus()
    page.actions_["group"].trigger()
    assert names(page) == ["image", "block1", "conv3"]
    QTest.keyClicks(focused(), "stem")
    QTest.keyClick(focused(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(page) == ["image", "stem", "conv3"])
    assert dict(page.inspector.inside.facts())["conv1  Convolution"] == "16×16×8"
    page.inspector.block.open_button.click()
    assert names(page) == ["image", "stem_conv1", "stem_conv2", "conv3"]
    page.inspector.block.close_button.click()
    assert names(page) == ["image", "stem", "conv3"]


def test_layers_that_cannot_be_a_block_are_refused_in_words(open_page: Open) -> None:
    page = open_page(plain())
    notes, stop = notes_of()
    page.state.select((1, 3))
    page.actions_["group"].trigger()
    stop()
    assert "do not follow each other" in notes[0].text
    assert page.state.network == plain()


def test_an_opened_block_is_renamed_with_its_layers_and_closes_as_what_it_was(open_page: Open) -> None:
    page = open_page(with_block())
    page.state.select((2,))
    page.actions_["open"].trigger()
    line = page.inspector.block.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "deep")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert {layer.group for layer in page.state.network.layers} == {"", "deep"}
    page.actions_["close"].trigger()
    assert page.state.network["deep"].kind == "ResidualBlock"


def test_an_opened_block_is_pasted_into_its_own_network_under_another_name(open_page: Open) -> None:
    page = open_page(with_block())
    page.state.select((2,))
    page.actions_["open"].trigger()
    rows = tuple(i for i, layer in enumerate(page.state.network.layers) if layer.group)
    page.state.select(rows)
    page.actions_["copy"].trigger()
    page.actions_["paste"].trigger()
    groups = [layer.group for layer in page.state.network.layers]
    assert groups.count("block1") == groups.count("block2") == len(rows)
    assert page.state.analysis.errors == ()
    page.actions_["close"].trigger()
    assert page.state.network["block2"].kind == "ResidualBlock"


def test_a_branch_is_pasted_into_another_network_below_another_layer(open_page: Open) -> None:
    spec = plain().insert(4, create("Add", name="sum", inputs=("conv2", "conv1")))
    text = editing.to_text(editing.copied(spec, (2, 3, 4)))
    page = open_page(network(("Input", "image", {"height": 16, "width": 16}), ("Conv2D", "conv2", {"filters": 8})))
    page.state.select((1,))
    QGuiApplication.clipboard().setText(text)
    page.actions_["paste"].trigger()
    assert names(page) == ["image", "conv2", "conv1", "conv3", "sum"]
    assert page.state.network["sum"].inputs == ("conv1", "conv2"), "what is above stands for what was above"


def test_a_layer_between_those_of_an_opened_block_belongs_to_it(open_page: Open) -> None:
    page = open_page(with_block())
    page.state.select((2,))
    page.actions_["open"].trigger()
    page.state.add("Dropout")
    assert page.state.current is not None
    assert page.state.current.group == "block1"
    page.state.move_to(page.state.rows, len(names(page)))
    assert page.state.current.group == ""


# Mending.


def test_mend_everything_is_one_step(open_page: Open) -> None:
    spec = with_block().update("conv1", padding="valid", kernel=(99, 99))
    spec = spec.remove(spec.index("flatten1"))
    page = open_page(spec)
    assert len(page.state.analysis.errors) >= 1
    page.problems.mend_all.click()
    assert page.state.analysis.errors == ()
    page.services.session.undo()
    assert page.state.network == spec


def test_a_problem_of_a_field_is_mended_beside_it(open_page: Open) -> None:
    page = open_page(with_block().update("conv1", padding="valid", kernel=(99, 99)))
    page.state.select((1,))
    buttons = page.inspector.form.editor("kernel").repair_buttons
    assert buttons
    assert buttons[0].isVisible()
    QTest.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert page.state.analysis.errors == ()
    assert page.inspector.form.editor("kernel").repair_buttons == []


# Long forms, and what the fields mean.


def test_seldom_needed_fields_are_folded_and_the_choice_is_remembered(open_page: Open) -> None:
    page = open_page(with_block())
    page.state.select((2,))
    form = page.inspector.form
    assert form.editor("filters").isVisible()
    assert not form.editor("kernel_init").isVisible()
    assert form.focus_field("kernel_init")
    assert form.editor("kernel_init").isVisible()
    assert open_page(with_block()).services.settings.value("network/folded", type=bool) is False


def test_the_field_with_the_focus_is_explained(open_page: Open) -> None:
    page = open_page(with_block())
    page.state.select((1,))
    page.inspector.form.focus_field("filters")
    assert page.about.title.text() == "About Filters"
    assert "feature map" in page.about.words.text()
    page.inspector.inputs.take_focus()
    assert page.about.title.text() == "About Inputs"


def test_the_receptive_field_and_the_memory_of_a_batch_are_told(open_page: Open) -> None:
    page = open_page(plain())
    page.state.select((2,))
    facts = dict(page.inspector.facts.facts())
    assert facts["Receptive field"] == "5×5 px"
    assert facts["Activations, batch 32"] == "262 kB"
