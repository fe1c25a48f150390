"""The Data place on drawn images, with an engine that answers in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.messages import Damaged, EnsureSample, OpenDataset, Request
from guiapp.core.project import DatasetSettings, Project
from guiapp.core.session import Session
from guiapp.data.opening import open_dataset
from guiapp.look.jobs import Jobs
from guiapp.ui.data import browser
from guiapp.ui.data.page import DataPage
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


class Engine(EngineClient):
    """Answers at once what the page asks."""

    sample: Path

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        command = make(1)
        try:
            if isinstance(command, OpenDataset):
                done(open_dataset(Path(command.settings.path), command.settings.importer))
            elif isinstance(command, EnsureSample):
                done(str(self.sample))
        except notify.UserError as exc:
            failed(exc)
        return 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three classes with 10, 6 and 4 images, and a file that is none."""
    root = tmp_path / "pets and Ünicode"
    rng = np.random.default_rng(1)
    for name, count in (("cat", 10), ("dog", 6), ("owl", 4)):
        (root / name).mkdir(parents=True)
        for i in range(count):
            image = rng.integers(0, 255, (20, 30, 3), dtype=np.uint8)
            (root / name / f"{i}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    (root / "owl" / "readme.md").write_text("not an image")
    return root


@pytest.fixture
def services(qtbot: QtBot, tmp_path: Path) -> Iterator[Services]:
    project = templates.load("starter").project("Test", None)
    session = Session(project)
    engine = Engine("none")
    view = ViewContext()
    dataset = DatasetModel(session, engine)
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    jobs = Jobs()
    yield Services(session, engine, dataset, training, view, jobs, settings)
    assert jobs.wait_all()


@pytest.fixture
def page(qtbot: QtBot, services: Services) -> DataPage:
    made = DataPage(services)
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    return made


def _choose(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    page.services.dataset.choose(str(folder))
    qtbot.waitUntil(lambda: page.services.dataset.state == "ready" and len(page.browser.gallery.rows) > 0)


def test_an_empty_page_says_what_to_do(page: DataPage) -> None:
    assert page.right.currentWidget() is page.empty
    assert [button.text() for button in page.empty.buttons] == ["Choose folder…", "Get a dataset…", "Use the sample"]


def test_choosing_a_folder_is_one_undo_step_and_fits_the_last_layer(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    before = page.services.session.project
    _choose(qtbot, page, folder)
    project = page.services.session.project
    assert project.dataset == DatasetSettings(path=str(folder))
    assert project.network.layers[-1].units == 3  # type: ignore[attr-defined]
    assert page.column.classes.names() == ("cat", "dog", "owl")
    assert len(page.browser.gallery.rows) == 20
    page.services.session.undo()
    assert page.services.session.project == before
    assert page.right.currentWidget() is page.empty


def test_splits_follow_the_shares(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    _choose(qtbot, page, folder)
    assert np.count_nonzero(page.services.dataset.splits == 1) == 4
    page.column.shares.changed.emit("validation", 0.5)
    qtbot.waitUntil(lambda: int(np.count_nonzero(page.services.dataset.splits == 1)) == 10)
    page.column.shares.changed.emit("test", 0.7)
    assert "Validation and test together" in page.column.shares.problems()["test"]
    assert page.services.session.project.dataset.test == 0.0  # type: ignore[union-attr]


def test_a_class_can_be_left_out(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    _choose(qtbot, page, folder)
    page.column.classes.item(2).setCheckState(Qt.CheckState.Unchecked)
    qtbot.waitUntil(lambda: len(page.browser.gallery.rows) == 16)
    assert page.services.session.project.dataset.classes == ("cat", "dog")  # type: ignore[union-attr]
    assert page.services.session.project.network.layers[-1].units == 2  # type: ignore[attr-defined]
    page.services.session.undo()
    qtbot.waitUntil(lambda: len(page.browser.gallery.rows) == 20)
    assert page.column.classes.names() == ("cat", "dog", "owl")


def test_at_least_two_classes_stay(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    _choose(qtbot, page, folder)
    page.column.classes.item(2).setCheckState(Qt.CheckState.Unchecked)
    page.column.classes.item(1).setCheckState(Qt.CheckState.Unchecked)
    assert page.column.classes.names() == ("cat", "dog")


def test_the_gallery_shows_pictures_and_filters(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    _choose(qtbot, page, folder)
    gallery = page.browser.gallery
    qtbot.waitUntil(lambda: all(gallery.picture(row) is not None for row in range(20)))
    page.browser._classes.setCurrentIndex(2)
    qtbot.waitUntil(lambda: len(gallery.rows) == 6)
    page.browser._search.setText("3.png")
    qtbot.waitUntil(lambda: len(gallery.rows) == 1)
    assert gallery.tip(int(gallery.rows[0])).startswith("dog/3.png")


def test_nothing_of_another_dataset_is_shown_before_its_rows_are_known(
    qtbot: QtBot, page: DataPage, folder: Path
) -> None:
    _choose(qtbot, page, folder)
    few = open_dataset(folder).only(("cat", "owl"))
    page.browser.gallery.set_dataset(few, np.zeros(len(few), np.uint8))
    assert page.browser.gallery.rows.size == 0
    assert page.browser.gallery.current == -1
    page.browser.gallery.viewport().repaint()


def test_names_are_compared_off_the_windows_thread(
    qtbot: QtBot, page: DataPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _choose(qtbot, page, folder)
    threads: list[int] = []
    look = browser.fitting

    def note(*args: Any) -> Any:
        threads.append(threading.get_ident())
        return look(*args)

    monkeypatch.setattr(browser, "fitting", note)
    page.browser._search.setText("9.PNG")
    qtbot.waitUntil(lambda: len(page.browser.gallery.rows) == 1)
    assert threading.get_ident() not in threads


def test_the_dialog_begins_where_the_images_are_without_looking_at_the_disk(
    qtbot: QtBot, page: DataPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    def ask(_parent: object, _title: str, start: str) -> str:
        begun.append(start)
        return ""

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    page.column.choose()
    _choose(qtbot, page, folder)
    for asked in ("is_dir", "exists", "stat"):
        monkeypatch.setattr(Path, asked, lambda *_, **__: pytest.fail("the window's thread looked at the disk"))
    page.column.choose()
    assert begun == [str(Path.home()), str(folder)]


def test_keys_move_and_open(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    _choose(qtbot, page, folder)
    gallery = page.browser.gallery
    QTest.keyClick(gallery, Qt.Key.Key_Home)
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    assert gallery.current == 10, "the classes take turns: after the first cat comes the first dog"
    QTest.keyClick(gallery, Qt.Key.Key_End)
    assert gallery.current == 9, "the largest class comes to its end last"
    QTest.keyClick(gallery, Qt.Key.Key_Return)
    large = page.browser.large
    assert page.browser._stack.currentWidget() is large
    qtbot.waitUntil(lambda: "30×20 px" in large._words.text())
    QTest.keyClick(large, Qt.Key.Key_Left)
    assert gallery.current == 8
    QTest.keyClick(large, Qt.Key.Key_Escape)
    assert page.browser._stack.currentWidget() is gallery


def test_a_damaged_image_is_marked_and_listed(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    (folder / "cat" / "0.png").write_text("this is text")
    _choose(qtbot, page, folder)
    gallery = page.browser.gallery
    qtbot.waitUntil(lambda: isinstance(gallery.picture(0), notify.UserError))
    assert "0.png" in gallery.tip(0)
    page.services.engine.told.emit(Damaged(str(folder), (("cat/0.png", "is text, not an image"),)))
    assert "left out" in page.browser.problems.text


@pytest.mark.allow_errors
def test_a_bad_folder_is_said_and_changes_nothing(qtbot: QtBot, page: DataPage, folder: Path, tmp_path: Path) -> None:
    _choose(qtbot, page, folder)
    before = page.services.session.project
    told: list[str] = []
    stop = notify.listen(lambda note: told.append(note.text))
    (tmp_path / "empty").mkdir()
    page.services.dataset.choose(str(tmp_path / "empty"))
    stop()
    assert len(told) == 1
    assert "empty" in told[0]
    assert page.services.session.project == before
    assert page.services.dataset.state == "ready"


def test_a_dataset_that_moved_is_said_in_place(qtbot: QtBot, page: DataPage, tmp_path: Path) -> None:
    project = page.services.session.project
    gone = Project(name="Gone", dataset=DatasetSettings(path=str(tmp_path / "moved")), network=project.network)
    page.services.session.open(gone, None)
    qtbot.waitUntil(lambda: page.services.dataset.state == "failed")
    assert page.right.currentWidget() is page.empty
    assert "Choose where it is now" in page.empty._text.text()


def test_a_folder_can_be_dropped(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    from PySide6.QtWidgets import QApplication

    action, buttons, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(50, 50), action, mime, buttons, keys))
    QApplication.sendEvent(page, QDropEvent(QPointF(50, 50), action, mime, buttons, keys))
    qtbot.waitUntil(lambda: len(page.browser.gallery.rows) == 20)
    assert page.services.dataset.state == "ready"


def test_the_sample_can_be_chosen(qtbot: QtBot, page: DataPage, folder: Path) -> None:
    assert isinstance(page.services.engine, Engine)
    page.services.engine.sample = folder
    page.column.use_sample()
    qtbot.waitUntil(lambda: page.services.dataset.state == "ready")


def test_the_size_of_the_input_can_be_changed_here(qtbot: QtBot, page: DataPage) -> None:
    page.column.size_form.changed.emit("width", 48)
    assert page.services.session.project.network.layers[0].width == 48  # type: ignore[attr-defined]
    page.column.size_form.changed.emit("width", 0)
    assert page.services.session.project.network.layers[0].width == 48  # type: ignore[attr-defined]
    assert page.column.size_form.problems()["width"] == "Must be at least 1."
