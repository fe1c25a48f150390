"""What the lists of the Network page offer: kinds, templates, the person's library, and what was used last."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core import library_files, templates
from guiapp.core.layers import create
from guiapp.core.library import block_item, network_item
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.ui.network import palette, template_menu
from guiapp.ui.network.choices import ChoiceList, Entry
from guiapp.ui.network.offers import MOST_RECENT
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page

STARTER = templates.load("starter").network
LENET = templates.load("mnist-lenet").network


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a block and a network."""
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    library_files.keep(block_item(STARTER, (1, 2), "Conv stem", "halves the picture"))
    library_files.keep(network_item(LENET, "My digits", "the one of the course"))


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    return open_network_page(qtbot, tmp_path, Project(network=STARTER))


def shown(page: NetworkPage) -> list[Entry]:
    return list(page.add_field.popup.choices.entries())


def headings(entries: list[Entry]) -> list[str]:
    return [entry.title for entry in entries if not entry.key]


def names(page: NetworkPage) -> list[str]:
    return [layer.name for layer in page.state.network.layers]


def add(page: NetworkPage, text: str) -> None:
    page.add_field.begin()
    QTest.keyClicks(page.add_field, text)
    QTest.keyClick(page.add_field, Qt.Key.Key_Return)


def test_own_blocks_come_last_and_are_added_by_keyboard_where_a_layer_would_be(
    qtbot: QtBot, library: None, page: NetworkPage
) -> None:
    page.add_field.begin(3, "conv2")
    qtbot.waitUntil(lambda: headings(shown(page))[-1] == "My library")
    assert shown(page)[-1].title == "Conv stem"
    assert page.add_field.popup.choices.current() == "Conv2D"
    QTest.keyClicks(page.add_field, "stem")
    assert [entry.title for entry in shown(page)] == ["Conv stem"]
    QTest.keyClick(page.add_field, Qt.Key.Key_Return)
    assert names(page)[:5] == ["image", "conv1", "pool1", "conv_stem", "conv2"]
    assert page.state.rows == (3,)
    assert page.services.session.undo_text == "insert Conv stem"
    page.state.undo()
    assert page.state.network == STARTER


def test_a_kind_goes_before_a_block_that_fits_as_well(qtbot: QtBot, library: None, page: NetworkPage) -> None:
    page.add_field.begin()
    qtbot.waitUntil(lambda: "My library" in headings(shown(page)))
    QTest.keyClicks(page.add_field, "conv")
    found = [entry.title for entry in shown(page)]
    assert found[0] == "Convolution"
    assert "Conv stem" in found[:-1]
    page.add_field.setText("")
    QTest.keyClicks(page.add_field, "halves")
    assert shown(page)[-1].title == "Conv stem"


def test_own_networks_are_in_the_list_of_templates(qtbot: QtBot, library: None, page: NetworkPage) -> None:
    page.choose_template()
    popup = page.templates.popup
    assert popup is not None
    assert popup.choices.current() == "starter"
    qtbot.waitUntil(lambda: headings(list(popup.choices.entries()))[0] == "My networks")
    assert popup.choices.current() == "starter"
    QTest.keyClick(popup.choices, Qt.Key.Key_Up)
    QTest.keyClick(popup.choices, Qt.Key.Key_Return)
    assert page.state.network == LENET
    assert page.services.session.undo_text == "use My digits"
    page.state.undo()
    assert page.state.network == STARTER


def test_small_templates_come_first_and_say_how_large_they_are() -> None:
    entries = template_menu.entries()
    assert headings(entries) == [template_menu.QUICK, template_menu.LARGE]
    assert (entries[1].key, entries[1].fact) == ("starter", "64×64×3  ·  286 K parameters")
    large = [entry.title for entry in entries].index(template_menu.LARGE)
    heavy = {entry.key for entry in entries[large:]}
    assert {"vgg-16", "resnet-50", "pets-4conv"} < heavy and not heavy & {"mnist-lenet", "modern-small"}


def test_what_was_used_last_comes_first_until_something_is_typed(
    qtbot: QtBot, tmp_path: Path, page: NetworkPage
) -> None:
    for text in ("drop", "dense", "max", "batch", "flatten", "dense"):
        add(page, text)
    page.add_field.begin()
    entries = shown(page)
    assert entries[0].title == "Recently used"
    recent = ["Dense", "Flatten", "BatchNormalization", "MaxPooling2D"]
    assert [entry.key for entry in entries[1 : MOST_RECENT + 2]] == [*recent, ""]
    QTest.keyClicks(page.add_field, "conv")
    assert "Recently used" not in headings(shown(page))
    later = open_network_page(qtbot, tmp_path, Project(network=STARTER))
    later.add_field.begin()
    QTest.keyClick(later.add_field, Qt.Key.Key_Return)
    assert later.state.network.layers[-1].kind == "Dense"


def test_a_second_input_is_offered_only_to_a_search(page: NetworkPage) -> None:
    page.add_field.begin()
    assert "Input" not in [entry.key for entry in shown(page)]
    QTest.keyClicks(page.add_field, "input")
    assert shown(page)[0].key == "Input"
    page.state.apply(NetworkSpec(layers=(create("Dense", name="dense1"),)), "begin anew", ())
    page.add_field.begin()
    assert shown(page)[1].key == "Input"


def test_a_press_beside_the_list_closes_it(page: NetworkPage) -> None:
    page.add_field.begin()
    heading = page.add_field.popup.choices.visualRect(page.add_field.popup.choices.model().index(0, 0))
    QTest.mouseClick(page.add_field.popup.choices.viewport(), Qt.MouseButton.LeftButton, pos=heading.center())
    assert page.add_field.is_open()
    QTest.mouseClick(page, Qt.MouseButton.LeftButton, pos=QPoint(page.width() - 3, 3))
    assert not page.add_field.is_open()


def test_a_search_that_finds_nothing_says_so() -> None:
    assert [entry.title for entry in palette.entries("nonsense")] == [palette.NOTHING]


def test_the_last_line_of_a_template_does_not_touch_the_next(qtbot: QtBot) -> None:
    choices = ChoiceList("Templates", lines=4)
    qtbot.addWidget(choices)
    choices.resize(600, 900)
    choices.show_entries(template_menu.entries())
    choices.clearSelection()
    choices.show()
    image = choices.viewport().grab().toImage()
    model = choices.model()
    ground = image.pixelColor(2, image.height() - 2)
    for row in range(model.rowCount()):
        area = choices.visualRect(model.index(row, 0))
        if choices.entries()[row].note and area.bottom() < image.height():
            last = [image.pixelColor(x, y) for x in range(0, 500) for y in range(area.bottom() - 11, area.bottom() + 1)]
            assert set(map(str, last)) == {str(ground)}, choices.entries()[row].title


def test_what_a_template_says_of_itself_is_known() -> None:
    assert "learns well" not in templates.load("resnet-18").description
