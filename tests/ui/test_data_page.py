"""The Data place: choosing images, and the bar of views at the right."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core.project import DatasetSettings, Project
from guiapp.ui.data import page
from guiapp.ui.data.browser import Browser
from guiapp.ui.data.page import DataPage
from guiapp.ui.data.views import DataView, Views
from tests.ui.data_place import DataPlace


class PagePlace(DataPlace):
    """The whole page."""

    def _open(self) -> None:
        self.page = self.show(DataPage(self.services))
        self.views = self.page.views


@pytest.fixture
def place(qtbot: QtBot, tmp_path: Path) -> Iterator[PagePlace]:
    made = PagePlace(qtbot, tmp_path)
    yield made
    made.close()


def test_an_empty_page_says_what_to_do(place: PagePlace) -> None:
    assert place.page.right.currentWidget() is place.page.empty
    texts = [button.text() for button in place.page.empty.buttons]
    assert {"Choose folder…", "Use the sample"} <= set(texts)


def test_the_formats_are_looked_up_off_the_windows_thread(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[bool] = []
    main = threading.main_thread()
    monkeypatch.setattr(page, "importers", lambda: here.append(threading.current_thread() is main))
    PagePlace(qtbot, tmp_path).close()
    assert here == [False]


def test_choosing_a_folder_is_one_undo_step_and_fits_the_last_layer(place: PagePlace) -> None:
    session = place.services.session
    before = session.project
    place.choose()
    assert place.settings == DatasetSettings(path=str(place.folder))
    assert session.project.network.layers[-1].units == 3  # type: ignore[attr-defined]
    assert len(place.gallery.rows) == 20
    session.undo()
    assert session.project == before
    assert place.page.right.currentWidget() is place.page.empty


def test_the_dialog_begins_where_the_images_are_without_looking_at_the_disk(
    place: PagePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def ask(_parent: object, _title: str, start: str) -> str:
        begun.append(start)
        return ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    place.page.column.choose()
    place.choose()
    for asked in ("is_dir", "exists", "stat"):
        monkeypatch.setattr(Path, asked, lambda *_, **__: pytest.fail("the window's thread looked at the disk"))
    place.page.column.choose()
    assert begun == [str(Path.home()), str(place.folder)]


@pytest.mark.allow_errors
def test_a_bad_folder_is_said_and_changes_nothing(place: PagePlace, tmp_path: Path) -> None:
    place.choose()
    before = place.services.session.project
    (tmp_path / "empty").mkdir()
    place.told.clear()
    place.services.dataset.choose(str(tmp_path / "empty"))
    assert len(place.told) == 1
    assert "empty" in place.told[0]
    assert place.services.session.project == before
    assert place.services.dataset.state == "ready"


def test_a_dataset_that_moved_is_said_in_place(place: PagePlace, tmp_path: Path) -> None:
    network = place.services.session.project.network
    gone = Project(name="Gone", dataset=DatasetSettings(path=str(tmp_path / "moved")), network=network)
    place.services.session.open(gone, None)
    place.until(lambda: place.services.dataset.state == "failed")
    assert place.page.right.currentWidget() is place.page.empty
    assert "Choose where it is now" in place.page.empty._text.text()


def test_a_folder_can_be_dropped(place: PagePlace) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(place.folder))])
    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(place.page, QDragEnterEvent(QPoint(50, 50), action, mime, buttons, keys))
    QApplication.sendEvent(place.page, QDropEvent(QPointF(50, 50), action, mime, buttons, keys))
    place.show_all_rows()
    assert place.services.dataset.state == "ready"


def test_the_sample_can_be_chosen(place: PagePlace) -> None:
    place.engine.sample = place.folder
    place.page.column.use_sample()
    place.until(lambda: place.services.dataset.state == "ready")


class _Counting(DataView):
    title: ClassVar[str] = "Counting"
    icon: ClassVar[str] = "info"
    refreshed: int = 0

    def refresh(self) -> None:
        self.refreshed += 1


class _Other(_Counting):
    title: ClassVar[str] = "Other"


@pytest.fixture
def views(qtbot: QtBot, place: PagePlace) -> Views:
    made = Views(place.services, (_Counting, _Other))
    qtbot.addWidget(made)
    made.show()
    return made


def test_only_the_view_that_is_seen_is_refreshed(views: Views) -> None:
    first = views.current
    assert isinstance(first, _Counting)
    before = first.refreshed
    views.show_view(_Other)
    other = views.current
    assert isinstance(other, _Other)
    views.refresh()
    assert (first.refreshed, other.refreshed) == (before, 2)
    views.show_view(_Counting)
    assert first.refreshed == before + 1, "what changed while it was hidden is shown when it is seen again"
    views.show_view(_Other)
    views.show_view(_Counting)
    assert (first.refreshed, other.refreshed) == (before + 1, 2), "nothing changed"


def test_a_hidden_bar_refreshes_when_it_is_shown(views: Views) -> None:
    view = views.current
    assert isinstance(view, _Counting)
    before = view.refreshed
    views.hide()
    views.refresh()
    assert view.refreshed == before
    views.show()
    assert view.refreshed == before + 1


def test_the_view_is_remembered_and_keys_reach_it(qtbot: QtBot, place: PagePlace, views: Views) -> None:
    views.bar.setFocus()
    QTest.keyClick(views.bar, Qt.Key.Key_Right)
    assert type(views.current) is _Other
    again = Views(place.services, (_Counting, _Other))
    qtbot.addWidget(again)
    assert type(again.current) is _Other
    next(action for action in again.page_actions() if action.text() == "Show counting").trigger()
    assert type(again.current) is _Counting


def test_rows_that_a_view_sends_are_shown_in_the_gallery(place: PagePlace) -> None:
    place.choose()
    views = place.page.views
    views.current.show_rows.emit("Near duplicates", np.array([12, 3]))
    assert isinstance(views.current, Browser)
    place.show_all_rows(2)
    assert place.gallery.rows.tolist() == [12, 3], "in the order in which they were sent"
    assert place.browser.filters.chip.text() == "Near duplicates"
    place.browser.filters.chip.click()
    place.show_all_rows(20)
    assert not place.browser.filters.chip.isVisible()
