"""What is dropped on the list of layers: copied layers as text and as a file, blocks of the library, other files."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.core import library_files, notify, templates
from guiapp.core.library import block_item, network_item
from guiapp.core.project import Project
from guiapp.ui.network import library, list_drops
from guiapp.ui.network.editing import copied, to_text
from guiapp.ui.network.library_shelf import MIME
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.network.transfer import Transfer
from tests.ui.network_place import open_network_page

STARTER = templates.load("starter").network
TEXT = to_text(copied(STARTER, (3, 4)))
BUTTON, KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NetworkPage:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    return open_network_page(qtbot, tmp_path, Project(network=STARTER))


def names(page: NetworkPage) -> list[str]:
    return [layer.name for layer in page.state.network.layers]


def texts(text: str) -> QMimeData:
    mime = QMimeData()
    mime.setText(text)
    return mime


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def enters(page: NetworkPage, mime: QMimeData) -> bool:
    at = page.list.row_rect(1).topLeft()
    event = QDragEnterEvent(at, Qt.DropAction.CopyAction, mime, BUTTON, KEYS)
    event.ignore()
    QApplication.sendEvent(page.list.viewport(), event)
    return event.isAccepted()


def drop(page: NetworkPage, mime: QMimeData, row: int) -> None:
    """Drop just above a row."""
    assert enters(page, mime)
    at = QPointF(page.list.row_rect(row).topLeft())
    QApplication.sendEvent(page.list.viewport(), QDropEvent(at, Qt.DropAction.CopyAction, mime, BUTTON, KEYS))


def test_copied_layers_land_where_they_are_dropped(page: NetworkPage) -> None:
    before = names(page)
    drop(page, texts(TEXT), 2)
    assert names(page) == [*before[:2], "conv4", "pool4", *before[2:]]
    assert page.state.rows == (2, 3)
    assert page.services.session.undo_text == "paste 2 layers"
    page.state.undo()
    assert names(page) == before


def test_a_file_of_copied_layers_lands_where_it_is_dropped(qtbot: QtBot, tmp_path: Path, page: NetworkPage) -> None:
    path = tmp_path / "two.json"
    path.write_text(TEXT)
    drop(page, files(path), 1)
    qtbot.waitUntil(lambda: names(page)[1:3] == ["conv4", "pool4"])


def test_another_json_file_is_imported_once(
    qtbot: QtBot, tmp_path: Path, page: NetworkPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Path] = []
    monkeypatch.setattr(Transfer, "take", lambda _self, path: taken.append(path))
    path = tmp_path / "keras.json"
    path.write_text('{"class_name": "Sequential", "config": {"layers": []}}')
    drop(page, files(path), 1)
    qtbot.waitUntil(lambda: taken == [path])
    assert page.state.network == STARTER


def test_the_page_gets_all_other_files_and_words_are_refused(tmp_path: Path, page: NetworkPage) -> None:
    for mime in (files(tmp_path / "model.keras"), files(tmp_path / "one.json", tmp_path / "two.json")):
        assert not list_drops.takes(mime)
        page.setProperty("dropping", False)
        assert enters(page, mime) and page.property("dropping")
    page.setProperty("dropping", False)
    assert enters(page, texts(TEXT)) and not page.property("dropping")
    assert not enters(page, texts("some words"))


def test_wrong_text_is_a_sentence(page: NetworkPage) -> None:
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    drop(page, texts('[{"kind": "Conv2D", "filters": -3}]'), 1)
    stop()
    assert notes[0].text.startswith("What was dropped")
    assert page.state.network == STARTER


def test_a_block_of_the_library_is_dragged_from_its_card(qtbot: QtBot, page: NetworkPage) -> None:
    library_files.keep(block_item(STARTER, (1, 2), "Stem"))
    library_files.keep(network_item(STARTER, "Whole"))
    window = library.show(page)
    cards = window.cards.cards
    qtbot.waitUntil(lambda: len(cards.stored) == 2)
    rows = {stored.item.name: cards.index(row) for row, stored in enumerate(cards.stored)}
    assert rows["Stem"].flags() & Qt.ItemFlag.ItemIsDragEnabled
    assert not rows["Whole"].flags() & Qt.ItemFlag.ItemIsDragEnabled
    assert window.cards.dragEnabled()
    mime = cards.mimeData([rows["Stem"]])
    assert mime.formats() == [MIME]
    drop(page, mime, 5)
    assert names(page)[5] == "stem"
    page.state.undo()
    window.panel.as_block.setChecked(False)
    drop(page, mime, 5)
    assert names(page)[5:7] == ["conv4", "pool4"]
    page.state.undo()
    assert page.state.network == STARTER
    window.close()


def test_nothing_lands_above_the_input(page: NetworkPage) -> None:
    drop(page, texts(TEXT), 0)
    assert names(page)[:3] == ["image", "conv4", "pool4"]


@pytest.mark.allow_errors
def test_a_file_that_is_gone_is_told(qtbot: QtBot, tmp_path: Path, page: NetworkPage) -> None:
    with pytest.raises(FileNotFoundError):
        list_drops.read_layers(tmp_path / "gone.json")
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    drop(page, files(tmp_path / "gone.json"), 1)
    qtbot.waitUntil(lambda: bool(notes))
    stop()
    assert "gone.json" in notes[0].text
