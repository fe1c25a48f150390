"""The library in its window: saved with a form, shown as cards, used, changed, removed and brought back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import library_files, templates
from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.library import LibraryItem, block_item, network_item
from guiapp.core.library_files import Stored
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.look.theme import theme
from guiapp.ui.network import library
from guiapp.ui.network.compare_window import CompareWindow
from guiapp.ui.network.library_edits import place_after, with_item
from guiapp.ui.network.library_pictures import SIZE, drawn, kept, to_png
from guiapp.ui.network.library_save import SaveForm
from guiapp.ui.network.library_shelf import facts, matches
from guiapp.ui.network.library_window import LibraryWindow
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page

STARTER = templates.load("starter").network
LENET = templates.load("mnist-lenet").network


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    return tmp_path / "data" / "library"


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, place: Path) -> NetworkPage:
    return open_network_page(qtbot, tmp_path, Project(network=STARTER))


def names(network: NetworkSpec) -> list[str]:
    return [layer.name for layer in network.layers]


def fill(*items: LibraryItem) -> list[Stored]:
    return [library_files.keep(item) for item in items]


def opened(qtbot: QtBot, page: NetworkPage, count: int) -> LibraryWindow:
    window = library.show(page)
    qtbot.waitUntil(lambda: len(window.cards.cards.stored) == count)
    return window


def pick(window: LibraryWindow, name: str) -> Stored:
    rows = [stored.item.name for stored in window.cards.cards.stored]
    window.cards.setCurrentIndex(window.cards.cards.index(rows.index(name)))
    stored = window.cards.current()
    assert stored is not None
    return stored


def press(widget: QWidget | None, key: Qt.Key) -> None:
    assert widget is not None
    QTest.keyClick(widget, key)


def test_the_menu_of_the_page_holds_them(page: NetworkPage) -> None:
    groups = page.menu_groups()
    texts = [action.text() for action in dict(groups)["Library"]]
    assert texts == ["Save to my library…", "My library…"]
    untitled = [[action.text() for action in actions] for title, actions in groups if not title]
    assert ["Compare with…"] in untitled
    # What belongs together stands between separators, and nothing is lost.
    assert max(len(texts) for texts in untitled) <= 6
    assert {action for _, actions in groups for action in actions} >= set(page.actions_.by_name.values())


def test_empty_then_saved_by_keyboard_then_used(qtbot: QtBot, page: NetworkPage, place: Path) -> None:
    window = library.show(page)
    qtbot.waitUntil(window.empty.isVisible)
    QTest.mouseClick(window.empty.buttons[0], Qt.MouseButton.LeftButton)
    form = page.findChild(SaveForm)
    assert form is not None and form.whole.isChecked()
    QTest.keyClick(form.name, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(form.name, "My starter")
    QTest.keyClicks(form.note, "from the first day")
    press(form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.cards.cards.stored) == 1)
    assert (place / "my-starter.json").is_file()
    assert QImage(str(place / "my-starter.png")).width() == SIZE[0]
    page.state.select((2,))
    page.state.remove()
    window.cards.setFocus()
    press(window.cards, Qt.Key.Key_Return)
    assert page.state.network == STARTER
    assert page.services.session.undo_text == "use My starter"
    toast = window.toasts.shown()[-1]
    assert toast.action_button is not None
    QTest.mouseClick(toast.action_button, Qt.MouseButton.LeftButton)
    assert len(page.state.network.layers) == len(STARTER.layers) - 1
    window.close()


def test_the_chosen_layers_are_saved_as_a_block(qtbot: QtBot, page: NetworkPage, place: Path) -> None:
    page.state.select((1, 2))
    form = library.show_save(page)
    assert form.block.isChecked() and form.block.text() == "The 2 chosen layers, as a block"
    qtbot.waitUntil(lambda: "64×64×3 → 32×32×16" in form.facts.text())
    form.name.setText("Stem")
    QTest.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((place / "stem.json").is_file)
    qtbot.waitUntil(lambda: not page.findChildren(SaveForm))
    assert library_files.read(place / "stem.json").what == "block"


def test_the_suggested_name_follows_what_is_saved_until_one_is_written(qtbot: QtBot, page: NetworkPage) -> None:
    page.state.select((1,))
    form = library.show_save(page)
    project = page.services.session.project.name
    assert form.whole.isChecked() and form.name.text() == project
    form.block.setChecked(True)
    assert form.name.text() == "Convolution"
    page.state.select((2,))
    assert form.name.text() == "Max pooling"
    form.name.setText("")
    assert not form.save_button.isEnabled() and form.problem.text() == "Give it a name."
    form.whole.setChecked(True)
    assert form.name.text() == "" and not form.save_button.isEnabled()
    # Words and picture follow what is chosen, also while it has no name.
    qtbot.waitUntil(lambda: form.facts.text().startswith("10 layers"))
    whole = form.picture.pixmap().cacheKey()
    form.block.setChecked(True)
    qtbot.waitUntil(lambda: form.facts.text().startswith("1 layer"))
    qtbot.waitUntil(lambda: form.picture.pixmap().cacheKey() != whole)
    form.name.setText("Mine")
    form.whole.setChecked(True)
    assert form.name.text() == "Mine" and form.save_button.isEnabled()
    form.close()


def test_a_taken_name_is_replaced_only_when_the_button_says_so(qtbot: QtBot, page: NetworkPage, place: Path) -> None:
    fill(network_item(LENET, "Mine"))
    form = library.show_save(page)
    form.name.setText("mine")
    qtbot.waitUntil(lambda: form.save_button.text() == "Replace")
    assert "would be replaced" in form.problem.text()
    QTest.mouseClick(form.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page.findChildren(SaveForm))
    assert library_files.read(place / "mine.json").network == STARTER
    form = library.show_save(page)
    page.state.select((0, 1))
    form.block.setChecked(True)
    assert "The Input cannot be part of a block" in form.problem.text()
    assert not form.save_button.isEnabled()
    form.name.setText("")
    form.whole.setChecked(True)
    assert not form.save_button.isEnabled()
    form.close()


def test_a_block_is_inserted_below_the_chosen_layer(qtbot: QtBot, page: NetworkPage) -> None:
    fill(block_item(STARTER, (1, 2), "Stem"))
    window = opened(qtbot, page, 1)
    page.state.select((2,))
    pick(window, "Stem")
    assert window.panel.use.text() == "Insert below pool1"
    assert window.panel.as_block.isChecked()
    window.panel.as_block.setChecked(False)
    QTest.mouseClick(window.panel.use, Qt.MouseButton.LeftButton)
    # Return would insert it once more.
    assert not window.panel.use.hasFocus()
    assert names(page.state.network)[:6] == ["image", "conv1", "pool1", "conv4", "pool4", "conv2"]
    assert page.state.rows == (3, 4)
    # “Undo” means this change alone, and goes with the next one.
    assert [toast.action_button is not None for toast in window.toasts.shown()] == [True]
    page.state.rename(1, "edges")
    assert window.toasts.shown() == []
    page.services.session.undo()
    page.services.session.undo()
    assert page.state.network == STARTER
    window.panel.as_block.setChecked(True)
    QTest.mouseClick(window.panel.use, Qt.MouseButton.LeftButton)
    group = page.state.current
    assert group is not None and (group.kind, group.name) == ("Group", "stem")
    window.close()


def test_names_notes_removing_and_undo(qtbot: QtBot, page: NetworkPage, place: Path) -> None:
    fill(network_item(LENET, "Digits"), network_item(STARTER, "Shapes"))
    window = opened(qtbot, page, 2)
    pick(window, "Digits")
    press(window, Qt.Key.Key_F2)
    window.panel.name.setText("")
    QTest.keyClicks(window.panel.name, "Zahlen")
    press(window.panel.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [one.item.name for one in window.cards.cards.stored] == ["Shapes", "Zahlen"])
    assert window.cards.current() is not None and window.panel.name.text() == "Zahlen"
    window.panel.note.setPlainText("99 %")
    window.panel.commit()
    qtbot.waitUntil(lambda: library_files.read(place / "zahlen.json").note == "99 %")
    qtbot.waitUntil(lambda: [one.item.note for one in window.cards.cards.stored] == ["", "99 %"])
    window.panel.name.setText("Shapes")
    press(window.panel.name, Qt.Key.Key_Return)
    qtbot.waitUntil(window.panel.problem.isVisible)
    assert "is in your library already" in window.panel.problem.text()
    pick(window, "Zahlen")
    press(window.cards, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: len(window.cards.cards.stored) == 1)
    assert not (place / "zahlen.json").exists()
    qtbot.waitUntil(lambda: bool(window.toasts.shown()))
    toast = window.toasts.shown()[-1]
    assert toast.action_button is not None
    QTest.mouseClick(toast.action_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.cards.cards.stored) == 2)
    assert library_files.read(place / "zahlen.json").note == "99 %"
    window.close()


def test_changes_that_follow_each_other_at_once_all_arrive(qtbot: QtBot, page: NetworkPage, place: Path) -> None:
    fill(network_item(LENET, "Digits"))
    window = opened(qtbot, page, 1)
    stored = pick(window, "Digits")
    window.panel.note.setPlainText("first")
    window.panel.name.setText("Zahlen")
    press(window.panel.name, Qt.Key.Key_Return)
    window.annotate(stored, "second")
    window.rename(stored, "Chiffres")
    window.remove(stored)
    qtbot.waitUntil(lambda: bool(window.toasts.shown()))
    assert list(place.iterdir()) == []
    button = window.toasts.shown()[-1].action_button
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((place / "chiffres.json").is_file)
    assert library_files.read(place / "chiffres.json").note == "second"
    qtbot.waitUntil(lambda: [one.item.name for one in window.cards.cards.stored] == ["Chiffres"])
    window.close()


def test_searching_and_a_damaged_file(qtbot: QtBot, page: NetworkPage, place: Path) -> None:
    fill(network_item(LENET, "Digits", "flips"), block_item(STARTER, (1, 2), "Stem"))
    (place / "bad.json").write_text("{")
    window = opened(qtbot, page, 2)
    assert "bad.json" in window.damaged.text() and window.damaged.isVisible()
    QTest.keyClicks(window.search, "flip")
    assert [one.item.name for one in window.cards.cards.stored] == ["Digits"]
    assert window.count.text() == "1 of 2 in your library"
    QTest.keyClicks(window.search, "xyz")
    assert window.nothing.isVisible() and not window.panel.use.isEnabled()
    QTest.mouseClick(window.nothing.buttons[0], Qt.MouseButton.LeftButton)
    assert window.search.text() == "" and window.cards.isVisible()
    QTest.keyClicks(window.search, "xyz")
    press(window.search, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: len(window.cards.cards.stored) == 2)
    press(window.search, Qt.Key.Key_Down)
    assert window.focusWidget() is window.cards
    window.close()


def test_comparing_from_the_library(qtbot: QtBot, page: NetworkPage) -> None:
    fill(network_item(LENET, "Digits"))
    window = opened(qtbot, page, 1)
    QTest.mouseClick(window.panel.compare, Qt.MouseButton.LeftButton)
    comparison = page.findChild(CompareWindow)
    assert comparison is not None
    qtbot.waitUntil(lambda: comparison.found is not None and comparison.sides.titles()[0] == "Digits")
    comparison.close()
    window.close()


def test_pictures_follow_the_appearance_and_broken_ones_are_drawn_anew(qtbot: QtBot, page: NetworkPage) -> None:
    (stored,) = fill(network_item(LENET, "Digits"))
    image = drawn(stored.item, dark=False)
    stored.picture.write_bytes(to_png(image))
    assert kept(stored, dark=False) is not None and kept(stored, dark=True) is None
    for data in (
        b"",
        b"\x89PNG\r\n\x1a\n cut",
        to_png(image)[:200],
        to_png(QImage(4000, 10, QImage.Format.Format_RGB32)),
    ):
        stored.picture.write_bytes(data)
        assert kept(stored, dark=False) is None
    window = opened(qtbot, page, 1)
    qtbot.waitUntil(lambda: stored.path in library.shelf(page).pictures)
    assert library.shelf(page).pictures[stored.path].size().width() == SIZE[0]
    assert not theme.dark
    window.close()


def test_entries_for_the_lists_of_the_page(qtbot: QtBot, page: NetworkPage) -> None:
    fill(network_item(LENET, "Digits", "by hand"), block_item(STARTER, (1, 2), "Stem"))
    shelf = library.shelf(page)
    assert shelf.entries() == [] and library.shelf(page) is shelf
    qtbot.waitUntil(lambda: len(shelf.entries()) == 1)
    (block,) = shelf.entries("conv")
    assert (block.key, block.title, block.icon) == ("library:stem", "Stem", "block")
    (whole,) = shelf.entries("hand", "network")
    stored = shelf.named(whole.key)
    assert stored is not None and stored.item.name == "Digits"
    assert shelf.named("library:none") is None and shelf.entries("nothing at all") == []


def test_facts_and_words_of_a_search() -> None:
    item = network_item(LENET, "Digits", "by hand")
    assert facts(item) == "9 layers · 176 K parameters · 28×28×1 → 10"
    assert matches(item, "dense HAND") and not matches(item, "dense foot")


def test_a_block_with_a_way_round_is_fed_by_the_layer_above() -> None:
    layers = (
        create("Input", name="image"),
        create("Conv2D", name="a", filters=16),
        create("Conv2D", name="b", filters=16),
        create("Add", name="sum", inputs=("b", "a")),
    )
    item = block_item(NetworkSpec(layers=layers), (2, 3), "Residual")
    into = NetworkSpec(layers=(*layers[:2], create("Conv2D", name="b", filters=16), create("Flatten", name="flat")))
    network, rows = with_item(into, item, place_after(into, (2,)))
    assert names(network) == ["image", "a", "b", "b1", "sum", "flat"] and rows == (3, 4)
    assert network.layers[4].inputs == ("b1", "b")
    assert not analyse(network).rows[4].problems
    assert place_after(into, ()) == 4 and place_after(into, (0,)) == 1 and place_after(NetworkSpec(), ()) == 0


def test_size_is_remembered_and_the_clipboard_is_left_alone(qtbot: QtBot, page: NetworkPage) -> None:
    QGuiApplication.clipboard().setText("mine")
    fill(network_item(LENET, "Digits"))
    window = opened(qtbot, page, 1)
    window.resize(780, 500)
    window.panel.note.setPlainText("typed and not yet left")
    press(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.findChildren(LibraryWindow))
    again = opened(qtbot, page, 1)
    assert (again.width(), again.height()) == (780, 500)
    qtbot.waitUntil(lambda: again.cards.cards.stored[0].item.note == "typed and not yet left")
    assert QGuiApplication.clipboard().text() == "mine"
    again.close()


def test_the_words_of_the_button_are_shortened_and_not_cut(qtbot: QtBot, page: NetworkPage) -> None:
    fill(block_item(STARTER, (1, 2), "Stem"))
    window = opened(qtbot, page, 1)
    page.state.select((2,))
    page.state.rename(2, "the_pooling_after_the_first_convolution_of_them_all")
    pick(window, "Stem")
    button = window.panel.use
    assert "the_pooling_after_the_first" in button.text()
    assert "…" in button.shown() and button.width() <= window.panel.width()
    assert button.toolTip() == button.text()
    window.close()


def test_one_layer_is_never_put_in_as_a_block(page: NetworkPage) -> None:
    network, rows = with_item(STARTER, block_item(STARTER, (1,), "Stem"), 3, as_block=True)
    assert [network.layers[row].kind for row in rows] == ["Conv2D"]


def test_the_form_takes_several_chosen_layers_until_it_is_asked_otherwise(page: NetworkPage) -> None:
    form = library.show_save(page)
    assert form.whole.isChecked()
    page.state.select((1, 2))
    assert form.block.isChecked()
    form.whole.click()
    page.state.select((2, 3))
    assert form.whole.isChecked()
    form.close()


def test_the_form_closes_with_its_project(qtbot: QtBot, page: NetworkPage) -> None:
    form = library.show_save(page)
    page.services.session.open(Project(name="Other", network=LENET), None)
    assert not form.isVisible()
    again = library.show_save(page)
    assert again.name.text() == "Other"
    again.close()
