"""What the Data place says and does so that nobody stumbles: one answer, the order of the keys, plain words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from guiapp.core.messages import Damaged
from guiapp.data.editing import without
from guiapp.data.health import check
from guiapp.data.opening import open_dataset
from guiapp.ui.data.page import DataPage
from guiapp.ui.health_model import health_of
from tests.ui.data_place import DataPlace


class EasePlace(DataPlace):
    """The whole page."""

    def _open(self) -> None:
        self.page = self.show(DataPage(self.services))
        self.views = self.page.views


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[EasePlace]:
    made = EasePlace(qtbot, tmp_path)
    yield made
    made.close()


def test_what_health_finds_is_what_the_strip_and_the_filter_say(place: EasePlace) -> None:
    (place.folder / "cat" / "0.png").write_bytes(b"no image")
    (place.folder / "dog" / "1.png").write_bytes(b"no image")
    place.choose()
    health, strip = health_of(place.services), place.browser.problems
    place.services.engine.told.emit(Damaged(str(place.folder), (("owl/2.png", "is cut short"),)))
    health.health = check(open_dataset(place.folder))
    health.changed.emit()
    place.until(lambda: "3 images are damaged" in strip.text)
    assert place.browser.filters.states.findText("Damaged (3)") > 0
    place.services.dataset.set_settings(without(place.settings, ["cat/0.png", "dog/1.png"]), "leave out 2 images")
    place.until(lambda: "1 image is damaged" in strip.text)
    assert place.browser.filters.states.findText("Damaged (1)") > 0
    assert not any("cat/0.png" in line or "dog/1.png" in line for line in strip.lines)
    classes = place.page.column.classes
    place.until(lambda: {row.name: row.count for row in classes.rows.rows} == {"cat": 9, "dog": 5, "owl": 4})


def test_the_menu_of_the_page_is_in_groups(place: EasePlace) -> None:
    groups = place.page.menu_groups()
    texts = {name: [action.text() for action in actions] for name, actions in groups if name}
    assert "Rename class" in texts["Classes"]
    assert "Leave out" in texts["Selected images"]
    assert [action for _name, actions in groups for action in actions] == place.page.page_actions()
    assert all(len(actions) <= 10 for _name, actions in groups)
