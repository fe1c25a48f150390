from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.layers import create
from guiapp.core.messages import Device
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.look.pair import PairField
from guiapp.look.toasts import Toasts
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.form_editors import ChoiceEditor, NumberEditor, PairEditor
from guiapp.ui.network import machine
from guiapp.ui.network.name_line import NameLine
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.network.words import byte_text
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

Open = Callable[..., NetworkPage]
NONE, CTRL, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def open_page(qtbot: QtBot, tmp_path: Path) -> Open:
    def open_(network: NetworkSpec | None = None, *, width: int = 1270, height: int = 640) -> NetworkPage:
        project = Project(network=network if network is not None else templates.load("starter").network)
        session = Session(project)
        engine = EngineClient("nothing")
        dataset = DatasetModel(session, engine)
        view = ViewContext()
        training = TrainingModel(session, engine, dataset, view)
        settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
        page = NetworkPage(Services(session, engine, dataset, training, view, Jobs(), settings))
        qtbot.addWidget(page)
        page.resize(width, height)
        with qtbot.waitExposed(page):
            page.show()
        page.activateWindow()
        return page

    return open_


def project(page: NetworkPage) -> Project:
    return page.services.session.project


def names(page: NetworkPage) -> list[str]:
    return [layer.name for layer in page.state.network.layers]


def undo_all(page: NetworkPage) -> None:
    while page.services.session.undo_text is not None:
        page.services.session.undo()


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    QTest.keyClick(focused(), key, held)


def retype(widget: QWidget, text: str) -> None:
    QTest.keyClick(widget, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(widget, text)


def add_by_typing(page: NetworkPage, text: str) -> None:
    page.add_field.begin()
    QTest.keyClicks(focused(), text)
    press(Qt.Key.Key_Return)


def number_line(page: NetworkPage, name: str) -> QWidget:
    editor = page.inspector.form.editor(name)
    assert isinstance(editor, NumberEditor)
    return editor.field.line


def pair(page: NetworkPage, name: str) -> PairField:
    editor = page.inspector.form.editor(name)
    assert isinstance(editor, PairEditor)
    return editor.field


def choose(page: NetworkPage, name: str, text: str) -> None:
    editor = page.inspector.form.editor(name)
    assert isinstance(editor, ChoiceEditor)
    editor.box.setFocus()
    QTest.keyClicks(editor.box, text)


def listen() -> tuple[list[notify.Note], Callable[[], None]]:
    notes: list[notify.Note] = []
    return notes, notify.listen(notes.append)


def test_mnist_lenet_is_built_by_keyboard_alone(open_page: Open) -> None:
    page = open_page(NetworkSpec())
    add_by_typing(page, "input")
    retype(page.inspector.name.line, "image")
    retype(number_line(page, "height"), "28")
    retype(number_line(page, "width"), "28")
    choose(page, "channels", "1")
    for filters in ("12", "16"):
        add_by_typing(page, "conv")
        retype(number_line(page, "filters"), filters)
        add_by_typing(page, "max")
        retype(pair(page, "pool").height_field.line, "3")
    add_by_typing(page, "flatten")
    for units in ("256", "100", "10"):
        add_by_typing(page, "dense")
        retype(number_line(page, "units"), units)
    choose(page, "activation", "linear")
    assert page.state.network == templates.load("mnist-lenet").network
    assert page.state.analysis.problems == ()
    undo_all(page)
    assert project(page) == Project()


def test_keys_in_a_field_are_undone_together(open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    retype(number_line(page, "filters"), "128")
    assert page.state.network["conv1"].model_dump()["filters"] == 128
    assert page.services.session.undo_text == "filters of conv1"
    page.services.session.undo()
    assert page.state.network == templates.load("starter").network
    assert page.state.rows == (1,)


@pytest.mark.parametrize("text", ["0", "x", "1.5", "70000"])
def test_a_wrong_number_stays_with_a_sentence_and_the_project_keeps_the_last_good_one(
    open_page: Open, text: str
) -> None:
    page = open_page()
    page.state.select((1,))
    line = number_line(page, "filters")
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_A, CTRL)
    QGuiApplication.clipboard().setText(text)
    QTest.keyClick(line, Qt.Key.Key_V, CTRL)
    assert "whole number from 1 to 65,536" in page.inspector.form.problems()["filters"]
    assert page.state.network == templates.load("starter").network
    choose(page, "padding", "v")
    assert page.inspector.form.problems() == {}
    assert number_line(page, "filters").property("problem") is False


def test_what_the_arithmetic_finds_is_said_under_the_field(open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    choose(page, "padding", "v")
    retype(pair(page, "kernel").height_field.line, "65")
    assert "larger than its input of 64×64" in page.inspector.form.problems()["kernel"]
    assert page.state.network["conv1"].model_dump()["kernel"] == (65, 65)
    retype(pair(page, "kernel").height_field.line, "3")
    assert page.inspector.form.problems() == {}


def test_the_keys_of_the_list(open_page: Open) -> None:
    page = open_page()
    before = project(page)
    page.state.select((1,))
    page.list.setFocus()
    press(Qt.Key.Key_Down, ALT)
    assert names(page)[:3] == ["image", "pool1", "conv1"]
    assert page.state.rows == (2,)
    press(Qt.Key.Key_Up, ALT)
    press(Qt.Key.Key_Up, ALT)
    assert names(page)[:3] == ["image", "conv1", "pool1"]
    press(Qt.Key.Key_D, CTRL)
    assert names(page)[:4] == ["image", "conv1", "conv4", "pool1"]
    assert page.state.rows == (2,)
    press(Qt.Key.Key_E, CTRL)
    assert not page.state.network["conv4"].enabled
    press(Qt.Key.Key_Delete)
    assert names(page)[:3] == ["image", "conv1", "pool1"]
    press(Qt.Key.Key_X, CTRL)
    assert names(page)[:2] == ["image", "conv1"]
    page.state.select((0,))
    press(Qt.Key.Key_V, CTRL)
    assert names(page)[:3] == ["image", "pool1", "conv1"]
    press(Qt.Key.Key_C, CTRL)
    press(Qt.Key.Key_V, CTRL)
    assert names(page)[:4] == ["image", "pool1", "pool4", "conv1"]
    press(Qt.Key.Key_A, CTRL)
    press(Qt.Key.Key_Delete)
    assert names(page) == []
    assert page.empty.isVisible()
    undo_all(page)
    assert project(page) == before
    assert page.list.isVisible()


def test_del_in_a_field_removes_no_layer(open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    page.inspector.name.line.setFocus()
    press(Qt.Key.Key_Home)
    press(Qt.Key.Key_Delete)
    assert names(page)[1] == "onv1"
    assert len(names(page)) == 10


def drag(page: NetworkPage, row: int, to_y: int, *, end: Qt.Key | None = None) -> None:
    view = page.list.viewport()
    start = page.list.row_rect(row).center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, NONE, start)
    QTest.mouseMove(view, QPoint(start.x(), (start.y() + to_y) // 2))
    QTest.mouseMove(view, QPoint(start.x(), to_y))
    if end is not None:
        QTest.keyClick(page.list, end)
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, NONE, QPoint(start.x(), to_y))


def test_layers_move_by_drag(open_page: Open) -> None:
    page = open_page()
    before = project(page)
    drag(page, 1, page.list.row_rect(5).top() + 2)
    assert names(page)[:6] == ["image", "pool1", "conv2", "pool2", "conv1", "conv3"]
    assert page.state.rows == (4,)
    page.state.select((1, 2))
    drag(page, 1, page.list.row_rect(9).bottom())
    assert names(page)[-2:] == ["pool1", "conv2"]
    drag(page, 4, page.list.row_rect(1).top(), end=Qt.Key.Key_Escape)
    assert names(page)[-2:] == ["pool1", "conv2"]
    undo_all(page)
    assert project(page) == before


def test_a_press_on_one_of_several_chosen_layers_chooses_it_when_nothing_is_dragged(open_page: Open) -> None:
    page = open_page()
    page.state.select((1, 2, 3))
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, NONE, page.list.row_rect(2).center())
    assert page.state.rows == (2,)


def test_the_plus_between_rows_adds_there(open_page: Open) -> None:
    page = open_page()
    view, at = page.list.viewport(), QPoint(12, page.list.row_rect(3).top())
    QTest.mouseMove(view, at)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, NONE, at)
    assert page.add_field.is_open()
    assert page.add_field.placeholderText() == "Add a layer above conv2"
    QTest.keyClicks(focused(), "drop")
    press(Qt.Key.Key_Return)
    assert names(page)[2:5] == ["pool1", "dropout1", "conv2"]
    assert not page.add_field.is_open()


def test_the_palette_is_walked_with_the_arrows_and_closed_with_escape(open_page: Open) -> None:
    page = open_page()
    page.state.select((2,))
    page.list.setFocus()
    press(Qt.Key.Key_Insert)
    assert page.add_field.is_open()
    keys = [entry.key for entry in page.add_field.popup.choices.entries() if entry.key]
    press(Qt.Key.Key_Down)
    assert page.add_field.popup.choices.current() == keys[1]
    press(Qt.Key.Key_Escape)
    assert not page.add_field.is_open()
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Down)
    press(Qt.Key.Key_Return)
    assert page.state.network.layers[3].kind == keys[1]


def test_a_layer_is_renamed_in_place_and_a_taken_name_is_refused(qtbot: QtBot, open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    page.list.setFocus()
    press(Qt.Key.Key_F2)
    line = page.list.findChild(NameLine)
    assert line is not None
    retype(line, "pool1")
    assert line.property("problem")
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert names(page)[1] == "conv1"
    retype(line, "edges")
    QTest.keyClick(line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(page)[1] == "edges")
    assert page.state.rows == (1,)
    page.services.session.undo()
    assert names(page)[1] == "conv1"
    assert page.state.rows == (1,)
    assert page.inspector.name.line.text() == "conv1"


def test_a_taken_name_in_the_form_stays_with_a_sentence_until_the_line_is_left(open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    line = page.inspector.name.line
    line.setFocus()
    press(Qt.Key.Key_End)
    press(Qt.Key.Key_Backspace)
    assert names(page)[1] == "conv"
    QTest.keyClicks(line, "2")
    assert line.text() == "conv2"
    assert names(page)[1] == "conv1"
    assert page.services.session.undo_text is None
    assert "taken by another layer" in page.inspector.name.sentence.text()
    QTest.keyClicks(line, "0")
    assert names(page)[1] == "conv20"
    assert page.inspector.name.sentence.isHidden()
    retype(line, "conv2")
    press(Qt.Key.Key_Return)
    assert line.text() == "conv2"
    assert "taken by another layer" in page.inspector.name.sentence.text()
    press(Qt.Key.Key_Escape)
    assert line.text() == names(page)[1] == "conv1"
    assert page.inspector.name.sentence.isHidden()


def test_a_name_that_is_too_long_is_refused_and_not_cut(open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    line = page.inspector.name.line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "a" * 65)
    assert line.text() == "a" * 65
    assert "at most 64 characters" in page.inspector.name.sentence.text()
    assert names(page)[1] == "conv1"


def test_a_wrong_number_leaves_no_trace(open_page: Open) -> None:
    page = open_page()
    before = project(page)
    page.state.select((1,))
    line = number_line(page, "filters")
    line.setFocus()
    retype(line, "10000000000")
    assert project(page) == before
    assert page.services.session.undo_text is None
    page.list.setFocus()
    assert page.inspector.form.problems() == {}


def with_undo(page: NetworkPage) -> None:
    for keys, run in (("Ctrl+Z", page.services.session.undo), ("Ctrl+Shift+Z", page.services.session.redo)):
        action = QAction(page)
        action.setShortcut(keys)
        action.triggered.connect(run)
        page.addAction(action)


def test_undo_works_from_every_line(open_page: Open) -> None:
    page = open_page()
    with_undo(page)
    before = names(page)
    add_by_typing(page, "drop")
    assert focused() is page.add_field
    press(Qt.Key.Key_Z, CTRL)
    assert names(page) == before
    assert page.add_field.text() == ""
    press(Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert len(names(page)) == len(before) + 1
    page.inspector.name.line.setFocus()
    press(Qt.Key.Key_Z, CTRL)
    assert names(page) == before
    page.state.select((1,))
    for line in (page.inspector.name.line, number_line(page, "filters")):
        start = project(page)
        line.setFocus()
        press(Qt.Key.Key_End)
        QTest.keyClicks(line, "7")
        assert project(page) != start
        press(Qt.Key.Key_Z, CTRL)
        assert project(page) == start


def test_a_search_keeps_its_own_undo(open_page: Open) -> None:
    page = open_page()
    with_undo(page)
    page.state.select((1,))
    page.state.remove()
    page.add_field.setFocus()
    QTest.keyClicks(page.add_field, "conv")
    press(Qt.Key.Key_Z, CTRL)
    assert page.add_field.text() == ""
    assert "conv1" not in names(page)


def test_undo_elsewhere_clears_what_was_not_taken(open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    page.state.set_field(3, "filters", 5)
    line = number_line(page, "filters")
    line.setFocus()
    retype(line, "0")
    page.services.session.undo()
    assert page.inspector.form.problems() == {}
    assert not line.property("problem")


def test_pasting_rubbish_says_a_sentence_and_changes_nothing(open_page: Open) -> None:
    page = open_page()
    before = project(page)
    notes, stop = listen()
    QGuiApplication.clipboard().setText("Dear diary")
    page.list.setFocus()
    press(Qt.Key.Key_V, CTRL)
    stop()
    assert project(page) == before
    assert [note.text for note in notes] == ["The clipboard holds no layers. Copy layers in the list, then paste them."]


def test_problems_are_listed_and_mended_by_a_click(open_page: Open) -> None:
    page = open_page()
    page.state.select((7,))
    page.state.remove()
    row = page.problems.rows[0]
    assert row.problem.layer == "dense1"
    assert not page.problems.well.isVisible()
    page.state.select(())
    QTest.mouseClick(row, Qt.MouseButton.LeftButton, NONE, QPoint(20, row.height() // 2))
    assert page.state.rows == (7,)
    assert row.button is not None
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert page.state.network == templates.load("starter").network
    assert page.problems.rows == []
    assert page.problems.well.isVisible()


def test_a_click_on_a_problem_goes_to_its_field(open_page: Open) -> None:
    network = templates.load("starter").network.update("conv2", padding="valid", kernel=(99, 99))
    page = open_page(network)
    page.go_to(page.state.analysis.problems[0])
    assert page.state.rows == (3,)
    assert focused() is pair(page, "kernel").height_field.line


def test_the_last_layer_is_held_against_the_classes_of_the_dataset(open_page: Open) -> None:
    page = open_page()

    class Three:
        class active:
            class_names = ("a", "b", "c")

    page.services.dataset.arranged = Three()  # type: ignore[assignment]
    page.services.dataset.changed.emit()
    row = page.problems.rows[0]
    assert "3 classes" in row.problem.text
    assert row.button is not None
    QTest.mouseClick(row.button, Qt.MouseButton.LeftButton)
    assert page.state.analysis.shape == (3,)


@pytest.mark.parametrize("name", templates.names())
def test_a_template_takes_the_place_of_network_and_training_in_one_step(open_page: Open, name: str) -> None:
    page = open_page(NetworkSpec(layers=(create("Input", name="mine"),)))
    before = project(page)
    notes, stop = listen()
    page.choose_template()
    popup = page.templates.popup
    assert popup is not None
    keys = [entry.key for entry in popup.choices.entries() if entry.key]
    for _ in range(keys.index(name)):
        QTest.keyClick(popup.choices, Qt.Key.Key_Down)
    QTest.keyClick(popup.choices, Qt.Key.Key_Return)
    stop()
    template = templates.load(name)
    assert page.state.network == template.network
    assert project(page).training == template.training
    assert template.title in notes[0].text
    page.services.session.undo()
    assert project(page) == before


def test_a_template_is_fitted_to_the_classes(open_page: Open) -> None:
    page = open_page(NetworkSpec())

    class Two:
        class active:
            class_names = ("cat", "dog")

    page.services.dataset.arranged = Two()  # type: ignore[assignment]
    page.services.dataset.changed.emit()
    page.apply_template("mnist-lenet")
    assert page.state.analysis.shape == (2,)
    assert page.state.analysis.problems == ()


def test_the_empty_page_offers_an_input(open_page: Open) -> None:
    page = open_page(NetworkSpec())
    assert page.empty.isVisible()
    QTest.mouseClick(page.input_button, Qt.MouseButton.LeftButton)
    assert [layer.kind for layer in page.state.network.layers] == ["Input"]
    assert page.list.isVisible()
    page.state.remove()
    assert page.empty.isVisible()


def test_list_and_drawing_choose_for_each_other(qtbot: QtBot, open_page: Open) -> None:
    page = open_page()
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, NONE, page.list.row_rect(3).center())
    assert page.state.rows == (3,)
    at = page.drawing.rect_of(1).center()
    assert page.drawing.row_at(at) == 1
    QTest.mouseClick(page.drawing, Qt.MouseButton.LeftButton, NONE, at.toPoint())
    assert page.state.rows == (1,)
    assert [index.row() for index in page.list.selectionModel().selectedRows()] == [1]
    page.drawing.setFocus()
    press(Qt.Key.Key_Right)
    assert page.state.rows == (2,)
    press(Qt.Key.Key_Delete)
    assert "pool1" not in names(page)


def test_the_drawing_zooms_pans_and_fits(open_page: Open) -> None:
    page = open_page()
    drawing = page.drawing
    zoom, place = drawing.zoom, drawing.rect_of(0).topLeft()
    drawing.setFocus()
    press(Qt.Key.Key_Plus)
    assert drawing.zoom > zoom
    assert not drawing.fitted
    start = QPoint(5, drawing.height() - 5)
    before = drawing.rect_of(0).topLeft()
    QTest.mousePress(drawing, Qt.MouseButton.LeftButton, NONE, start)
    QTest.mouseMove(drawing, start + QPoint(40, -30))
    QTest.mouseRelease(drawing, Qt.MouseButton.LeftButton, NONE, start + QPoint(40, -30))
    moved = drawing.rect_of(0).topLeft() - before
    assert moved == QPointF(40, -30)
    QTest.mouseDClick(drawing, Qt.MouseButton.LeftButton, NONE, start)
    assert page.drawing.fitted
    assert page.drawing.zoom == zoom
    assert drawing.rect_of(0).topLeft() == place


@pytest.mark.parametrize("name", ["starter", "pets-4conv", "mnist-lenet-bn"])
def test_every_volume_is_in_sight_when_fitted(open_page: Open, name: str) -> None:
    page = open_page(templates.load(name).network)
    area = page.drawing.rect()
    for row in range(len(page.state.network.layers)):
        assert area.contains(page.drawing.rect_of(row).toAlignedRect()), names(page)[row]


def test_disabled_and_broken_layers_are_drawn(open_page: Open) -> None:
    network = templates.load("pets-4conv").network
    network = network.update("conv2", enabled=False).update("conv3", padding="valid", kernel=(500, 500))
    page = open_page(network)
    assert page.state.analysis.rows[page.state.network.index("conv3")].shape is None
    assert page.state.analysis.rows[-1].guessed
    assert not page.grab().isNull()
    assert page.list.model().index(5, 0).data(Qt.ItemDataRole.AccessibleTextRole).endswith("has a problem")


def test_a_thousand_layers_open_and_can_be_edited(open_page: Open) -> None:
    layers = [create("Input", name="image", height=64, width=64)]
    layers += [create("Conv2D", name=f"conv{i}", filters=8) for i in range(999)]
    page = open_page(NetworkSpec(layers=tuple(layers)))
    assert page.list.model().rowCount() == 1000
    page.state.select((700,))
    retype(number_line(page, "filters"), "9")
    assert page.state.analysis.rows[700].shape == (64, 64, 9)
    assert page.list.row_rect(700).intersects(page.list.viewport().rect())
    page.state.remove()
    assert page.list.model().rowCount() == 999
    assert not page.grab().isNull()


def test_the_state_of_the_columns_is_remembered(open_page: Open) -> None:
    page = open_page()
    page.splitter.setSizes([400, 330, 540])
    kept = page.splitter.sizes()
    page.save_state()
    assert open_page().splitter.sizes() == kept


def test_every_action_has_words_and_a_tip(open_page: Open) -> None:
    page = open_page()
    actions: list[Any] = page.page_actions()
    assert {action.text() for action in actions} >= {"Remove", "Duplicate", "Move up", "Rename"}
    assert all(action.text() and action.toolTip() for action in actions)
    assert not page.actions_["remove"].isEnabled()
    page.state.select((0,))
    assert page.actions_["remove"].isEnabled()
    assert not page.actions_["up"].isEnabled()


def test_nothing_chosen_shows_the_whole(open_page: Open) -> None:
    page = open_page()
    facts = dict(page.inspector.facts.facts())
    assert facts["Layers"] == "10"
    assert facts["Parameters"] == f"{page.state.analysis.parameters:,}"
    page.state.select((1, 3))
    assert dict(page.inspector.facts.facts())["Layers"] == "2"
    page.state.select((1,))
    assert ("weights  3×3×3×16", "432") in page.inspector.facts.facts()


def test_the_message_about_a_template_offers_undo(open_page: Open) -> None:
    page = open_page()
    before = project(page)
    toasts = Toasts(page, listen=False)
    page.apply_template("mnist-lenet")
    toast = toasts.shown()[0]
    assert toast.action_button is not None
    QTest.mouseClick(toast.action_button, Qt.MouseButton.LeftButton)
    assert project(page) == before


def test_adding_to_an_empty_network_begins_with_an_input(open_page: Open) -> None:
    page = open_page(NetworkSpec())
    page.actions_["add"].trigger()
    assert [layer.kind for layer in page.state.network.layers] == ["Input"]
    assert page.add_field.is_open()


def test_the_drawing_stays_where_it_is_while_a_number_is_typed(open_page: Open) -> None:
    page = open_page()
    page.state.select((3,))
    zoom, places = page.drawing.zoom, [page.drawing.rect_of(row).topLeft() for row in (0, 1, 2)]
    retype(number_line(page, "filters"), "48")
    assert page.drawing.zoom == zoom
    assert [page.drawing.rect_of(row).topLeft() for row in (0, 1, 2)] == places


def test_an_edited_network_looks_like_one_opened_afresh(open_page: Open) -> None:
    page = open_page()
    page.grab()
    page.state.select((1,))
    page.state.toggle()
    page.state.select(())
    fresh = open_page(page.state.network)
    for one in (page, fresh):
        one.setFocus()
        one.inspector.name.line.clearFocus()
        one.drawing.clearFocus()
        one.list.clearFocus()
    page.drawing.fit()
    assert page.drawing.grab().toImage() == fresh.drawing.grab().toImage()
    assert page.list.grab().toImage() == fresh.list.grab().toImage()


def test_renaming_in_place_ends_when_another_network_comes(qtbot: QtBot, open_page: Open) -> None:
    page = open_page()
    page.state.select((1,))
    page.list.rename_current()
    page.apply_template("fashion-3conv")
    page.state.select((2,))
    qtbot.waitUntil(lambda: page.list.findChild(NameLine) is None)
    assert page.state.network == templates.load("fashion-3conv").network
    page.state.select((2,))
    page.list.rename_current()
    page.state.remove()
    qtbot.waitUntil(lambda: page.list.findChild(NameLine) is None)
    assert len(names(page)) == len(templates.load("fashion-3conv").network.layers) - 1


def test_problems_are_whole_on_a_small_screen(qtbot: QtBot, open_page: Open) -> None:
    network = templates.load("starter").network.update("conv1", padding="valid", kernel=(90, 90))
    for name in ("conv2", "conv3", "pool3", "dense1", "dense2"):
        network = network.update(name, inputs=("a_layer_that_was_removed_some_time_ago_and_has_a_long_name",))
    page = open_page(network, width=1294, height=660)
    rows = page.problems.rows
    assert len(rows) >= 6
    area = page.problems.findChild(QScrollArea)
    assert area is not None
    view = area.viewport()
    qtbot.waitUntil(lambda: rows[1].y() > 0)
    bottoms = [row.mapTo(view, row.rect().bottomLeft()).y() for row in rows]
    assert bottoms[1] < view.height()
    assert view.height() - 1 in bottoms, "the last row in sight is whole"
    for row in rows:
        words = row.findChildren(QLabel)[-1]
        assert words.height() >= words.heightForWidth(words.width())
        if row.button is not None:
            assert row.button.mapTo(view, row.button.rect().topRight()).x() < view.width()
            assert row.button.height() >= row.button.sizeHint().height()


@pytest.mark.parametrize("filters", [100, 10_000, 65_536])
def test_a_drawing_that_grew_is_fitted_again(open_page: Open, filters: int) -> None:
    page = open_page(width=1294, height=660)
    page.state.select((3,))
    retype(number_line(page, "filters"), str(filters))
    area = page.drawing.rect()
    assert all(area.contains(page.drawing.rect_of(row).toAlignedRect()) for row in range(len(names(page))))
    page.drawing.zoom_by(1.25)
    zoom = page.drawing.zoom
    retype(number_line(page, "filters"), "16")
    assert page.drawing.zoom == zoom


def test_the_memory_that_training_needs_is_said(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "machine_memory", lambda: 4_000_000_000)
    page = open_page()
    assert page.totals.training.value.text() == f"about {byte_text(page.state.needs.total)}"
    assert page.problems.well.text().startswith("The network is sound")
    assert page.problems.rows == []
    page.state.set_field(8, "units", 65_536)
    said = page.problems.rows[-1].problem
    assert said.severity == "warning"
    assert "this machine has 4.0 GB" in said.text
    page.services.session.undo()
    assert page.problems.rows == []


def test_a_batch_that_fits_is_a_click_away(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "machine_memory", lambda: 60_000_000)
    page = open_page()
    session = page.services.session
    training = session.project.training.model_copy(update={"batch": 4096})
    session.change(session.project.model_copy(update={"training": training}), "batch")
    button = page.problems.rows[-1].button
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert 0 < project(page).training.batch < 4096
    assert page.problems.rows == []
    session.undo()
    assert project(page).training.batch == 4096


def test_nothing_is_said_of_memory_that_is_not_known(open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("os.sysconf")
    page = open_page()
    page.state.set_field(8, "units", 65_536)
    assert machine.machine_memory() is None
    assert not any("training needs" in row.problem.text for row in page.problems.rows)


def test_the_memory_of_the_device_counts_once_the_engine_has_said_it(open_page: Open) -> None:
    page = open_page()
    device = Device("A GPU", "gpu", "One GPU.", {}, memory=1_000_000)
    page.services.engine.told.emit(device)
    assert "the GPU has 1.0 MB" in page.problems.rows[-1].problem.text
