"""The list of classes that asks where images are to belong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.ui.data.relabel import RelabelPopup
from tests.ui.data_place import DataPlace

Key = Qt.Key


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[DataPlace]:
    made = DataPlace(qtbot, tmp_path)
    made.choose()
    yield made
    made.close()


def test_a_class_that_is_not_in_use_is_offered_as_what_it_is(place: DataPlace) -> None:
    used = place.settings.model_copy(update={"classes": ("cat", "dog")})
    place.services.dataset.set_settings(used, "leave a class out")
    place.show_all_rows(16)
    place.keys(Key.Key_Home, Key.Key_L)
    popup = place.browser.actions_.popup
    assert _offered(popup) == ["cat", "dog"] and popup.note.isHidden()
    QTest.keyClicks(popup.field, "o")
    assert _offered(popup) == ["dog", "owl (not in use)", "New class “o”"] and popup.note.isHidden()
    low = popup.height()
    QTest.keyClicks(popup.field, "wl")
    assert _offered(popup) == ["owl (not in use)"]
    assert popup.note.text() == "“owl” is not in use. Moving images there takes it into use, with its 4 images."
    assert popup.note.isVisible() and popup.height() > low
    QTest.keyClick(popup.field, Key.Key_Return)
    assert place.settings.relabelled == {"cat/0.png": "owl"}
    assert place.settings.classes == ("cat", "dog", "owl")
    assert "It is in use now, with its 4 images. Ctrl+Z" in place.told[-1]


def _offered(popup: RelabelPopup) -> list[str]:
    return [popup.list.item(row).text() for row in range(popup.list.count())]
