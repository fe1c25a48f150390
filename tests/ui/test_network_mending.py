"""Everything mended at once: told, undone from the message, by a key that counts wherever the focus is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core.layers import Problem, Repair, create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.look.toasts import Toast, Toasts
from guiapp.ui.network.mending import done_words
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page

CTRL = Qt.KeyboardModifier.ControlModifier
Places = Callable[[NetworkPage], QWidget]


def broken() -> NetworkSpec:
    """Return a network with a kernel larger than the image, and images that go into a dense layer."""
    layers = (
        create("Input", name="image", height=28, width=28),
        create("Conv2D", name="conv1", kernel=(99, 99), padding="valid"),
        create("Dense", name="out", units=10, activation="softmax"),
    )
    return NetworkSpec(layers=layers)


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    page = open_network_page(qtbot, tmp_path, Project(network=broken()))
    Toasts(page)
    page.activateWindow()
    return page


def message(page: NetworkPage) -> Toast:
    toasts = page.findChild(Toasts)
    assert toasts is not None
    (toast,) = toasts.shown()
    return toast


PLACES: dict[str, Places] = {
    "list": lambda page: page.list,
    "drawing": lambda page: page.drawing,
    "field": lambda page: page.inspector.form,
    "name": lambda page: page.inspector.name.line,
    "inputs": lambda page: page.inspector.inputs.choice,
    "page": lambda page: page,
}


@pytest.mark.parametrize("place", PLACES)
def test_ctrl_m_mends_and_insert_adds_wherever_the_focus_is(page: NetworkPage, place: str) -> None:
    page.state.select((1,))
    if place == "field":
        page.inspector.form.focus_field("filters")
    else:
        PLACES[place](page).setFocus()
    at = QApplication.focusWidget()
    assert at is not None
    QTest.keyClick(at, Qt.Key.Key_M, CTRL)
    assert page.state.problems == ()
    at = QApplication.focusWidget()
    assert at is not None
    QTest.keyClick(at, Qt.Key.Key_Insert)
    assert page.add_field.is_open()


def test_the_keys_count_after_beginning_with_an_input(page: NetworkPage) -> None:
    page.services.session.open(Project(), None)
    QTest.mouseClick(page.input_button, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is page.list
    QTest.keyClick(page.list, Qt.Key.Key_Insert)
    assert page.add_field.is_open()


def test_what_was_mended_is_told_and_undone_in_one_step(page: NetworkPage) -> None:
    page.inspector.name.line.setFocus()
    page.problems.mend_all.click()
    text = message(page).note.text
    assert text.splitlines()[0] == "Mended."
    assert "conv1: Padding valid → same." in text
    assert "Added flatten1 (Flatten)." in text
    button = message(page).action_button
    assert button is not None
    button.click()
    assert page.state.network == broken()


def test_what_could_not_be_mended_is_told(page: NetworkPage) -> None:
    page.state.add("Input", 2)
    page.problems.mend_all.click()
    assert message(page).note.text.startswith("Mended, but for 1 problem")


def test_the_message_goes_with_the_next_change(page: NetworkPage) -> None:
    page.problems.mend_all.click()
    page.state.set_field(1, "filters", 7)
    toasts = page.findChild(Toasts)
    assert toasts is not None and toasts.shown() == []


def test_the_focus_stays_while_everything_is_mended(page: NetworkPage) -> None:
    page.state.select((1,))
    page.inspector.form.focus_field("filters")
    at = QApplication.focusWidget()
    assert at is not None
    QTest.keyClick(at, Qt.Key.Key_M, CTRL)
    assert QApplication.focusWidget() is at


def repair_buttons(page: NetworkPage) -> list[QPushButton]:
    rows = [row.button for row in page.problems.rows if row.button is not None]
    return [*rows, *page.inspector.mends.buttons, *page.inspector.form.editor("kernel").repair_buttons]


@pytest.mark.parametrize("at", range(3))
def test_the_keyboard_goes_on_in_the_list_after_any_repair(page: NetworkPage, at: int) -> None:
    page.state.select((1,))
    button = repair_buttons(page)[at]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is page.list


def test_changes_are_told_in_words() -> None:
    old = broken()
    new = old.remove(2).update("conv1", filters=64)
    assert done_words(old, new) == ["Removed out.", "conv1: Filters 32 → 64."]
    assert done_words(new, old)[0] == "Added out (Dense)."
    assert done_words(old, old) == []
    many = NetworkSpec(layers=tuple(create("Dense", name=f"d{i}") for i in range(12)))
    assert done_words(many, NetworkSpec(layers=()))[0].endswith("d7 and 4 more.")


def test_the_empty_page_offers_every_way_to_begin(page: NetworkPage) -> None:
    page.services.session.open(Project(), None)
    words = [button.text() for button in page.empty.buttons]
    assert words == ["Start from a template", "Add an Input", "Import a network…", "My library…"]
    assert all(button.isVisible() for button in page.empty.buttons)


def test_coming_to_the_page_gives_the_list_the_keyboard(page: NetworkPage) -> None:
    page.inspector.name.line.setFocus()
    page.setFocus()
    assert QApplication.focusWidget() is page.list
    page.services.session.open(Project(), None)
    page.setFocus()
    assert QApplication.focusWidget() is page.start_button


def test_a_repair_that_needs_a_file_asks_for_it(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = (create("Input", name="image", height=224, width=224), create("Pretrained", name="base"))
    page = open_network_page(qtbot, tmp_path, Project(network=NetworkSpec(layers=layers)))
    asked: list[str] = []

    def ask(_parent: QWidget, title: str, *_given: str) -> tuple[str, str]:
        asked.append(title)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getOpenFileName", ask)
    repair = Repair("Choose a file…", fields={"weights_from": "file"}, focus="file")
    page.mending.repair(Problem("base", "has no weights", "weights_from", repair=repair))
    assert page.state.network.layers[1].weights_from == "file"  # type: ignore[attr-defined]
    assert len(asked) == 1
    assert QApplication.focusWidget() is page.inspector.form.editor("file").first


def test_messages_leave_the_problems_free(page: NetworkPage) -> None:
    page.hide()
    page.show()
    toasts = page.findChild(Toasts)
    assert toasts is not None
    toasts.show("error", "It could not be trained.")
    toasts.show("error", "There is not enough memory.")
    page.resize(page.width(), page.height() + 40)
    top = page.problems.mapTo(page, QPoint()).y()
    assert [toast.geometry().bottom() < top for toast in toasts.shown()] == [True, True]
    page.services.session.open(Project(), None)
    lowest = max(toast.geometry().bottom() for toast in toasts.shown())
    assert page.height() - 20 < lowest < page.height()


def test_a_sound_network_without_images_is_not_called_ready(
    page: NetworkPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.state.mend_all()
    well, button = page.problems.well, page.problems.images
    assert "ready" not in well.text() and well.text().endswith("Images are missing.")
    with qtbot.waitSignal(page.go) as went:
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert went.args == ["data"]
    monkeypatch.setattr(type(page.services.dataset), "class_names", tuple("abcdefghij"))
    page.services.dataset.changed.emit()
    assert well.text().endswith("ready to train.") and button.isHidden()
