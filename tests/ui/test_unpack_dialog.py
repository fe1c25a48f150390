"""Opening an archive in the window: what it holds first, then unpacked, then opened."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.core.messages import LookIntoArchive, OpenDataset, Unpack
from guiapp.core.notify import UserError
from guiapp.data import archives
from guiapp.data.archives import Why, look_into, unpack
from guiapp.data.archives.reading import Contents
from guiapp.ui.services import Services
from guiapp.ui.unpack_dialog import NO_ROOM, THERE, UnpackDialog, choose_archive, describe, open_path
from tests.ui.asked_engine import AskedEngine, services_of


@pytest.fixture
def engine(qtbot: QtBot) -> AskedEngine:
    return AskedEngine()


@pytest.fixture
def services(engine: AskedEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    made = services_of(engine, tmp_path)
    yield made
    assert made.jobs.wait_all()


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "pets.zip"
    with zipfile.ZipFile(path, "w") as out:
        for name in ("pets/cat/1.png", "pets/dog/1.png", "pets/labels.csv"):
            out.writestr(name, b"data")
    return path


def opened(qtbot: QtBot, services: Services, path: Path) -> UnpackDialog:
    dialog = UnpackDialog(services, path)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.place.place() == archives.free_place(path))
    return dialog


def looked(qtbot: QtBot, services: Services, engine: AskedEngine, path: Path) -> UnpackDialog:
    dialog = opened(qtbot, services, path)
    engine.last(LookIntoArchive).done(look_into(path))
    return dialog


def test_what_it_holds_is_shown_before_anything_is_written(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path, tmp_path: Path
) -> None:
    dialog = opened(qtbot, services, archive)
    assert engine.last(LookIntoArchive).request.path == str(archive)
    assert not dialog.unpack_button.isEnabled()
    assert dialog.bar.isVisible()
    engine.last(LookIntoArchive).done(look_into(archive))
    assert dialog.facts.text("Holds") == "2 images and 1 other file"
    assert dialog.facts.text("At its top") == "pets/"
    assert dialog.facts.text("Size").endswith("0 kB unpacked")
    assert dialog.place.place() == tmp_path / "data" / "datasets" / "pets"
    assert dialog.unpack_button.isEnabled()
    assert not dialog.bar.isVisible()
    assert len(engine.asked) == 1


def test_unpacking_shows_how_far_it_is_and_opens_the_folder(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path
) -> None:
    dialog = looked(qtbot, services, engine, archive)
    QTest.mouseClick(dialog.unpack_button, Qt.MouseButton.LeftButton)
    question = engine.last(Unpack)
    assert (question.request.path, question.request.out) == (str(archive), str(dialog.place.place()))
    assert not dialog.unpack_button.isEnabled()
    assert not dialog.place.button.isEnabled()
    question.progress("Unpacking", 9_000, 23_000)
    assert dialog.bar.text() == "Unpacking · 9.0 MB of 23 MB"
    question.done("/somewhere/pets")
    assert not dialog.isVisible()
    assert engine.last(OpenDataset).request.settings.path == "/somewhere/pets"


def test_return_unpacks_and_escape_gives_up(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(notify, "info", told.append)
    dialog = looked(qtbot, services, engine, archive)
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    number = engine.last(Unpack).request.request
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert engine.forgotten == [number]
    assert told == ["Unpacking was cancelled. Nothing of it is left."]


def test_what_was_unpacked_before_is_opened_at_once(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path
) -> None:
    folder = unpack(archive, archives.free_place(archive))
    dialog = opened(qtbot, services, archive)
    qtbot.waitUntil(lambda: dialog.note.text() == THERE)
    assert dialog.unpack_button.text() == "Open"
    QTest.mouseClick(dialog.unpack_button, Qt.MouseButton.LeftButton)
    assert engine.last(OpenDataset).request.settings.path == str(folder)


def test_another_place_can_be_chosen(
    qtbot: QtBot,
    services: Services,
    engine: AskedEngine,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = looked(qtbot, services, engine, archive)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "mine"))
    QTest.mouseClick(dialog.place.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.place.place() == tmp_path / "mine" / "pets")
    dialog.act()
    assert engine.last(Unpack).request.out == str(tmp_path / "mine" / "pets")


def test_too_little_room_is_said_before(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "free_bytes", lambda _place: 10_000_000)
    dialog = looked(qtbot, services, engine, archive)
    qtbot.waitUntil(lambda: dialog.problem.text() == NO_ROOM)
    assert not dialog.unpack_button.isEnabled()


def test_what_is_wrong_is_said_in_the_dialog_and_can_be_tried_again(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path
) -> None:
    dialog = looked(qtbot, services, engine, archive)
    dialog.act()
    engine.last(Unpack).failed(UserError("does not fit: the disk is full", where="/x", mend="Free some space"))
    assert dialog.problem.text() == "/x: does not fit: the disk is full. Free some space."
    assert dialog.unpack_button.isEnabled()
    dialog.act()
    assert dialog.problem.text() == ""


def test_an_archive_that_is_refused_leaves_nothing_to_press(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path
) -> None:
    dialog = opened(qtbot, services, archive)
    engine.last(LookIntoArchive).failed(UserError("is protected by a password", where=archive, mend="Unpack it"))
    assert "is protected by a password" in dialog.problem.text()
    assert not dialog.unpack_button.isEnabled()
    assert not dialog.bar.isVisible()


def test_what_is_passed_over_is_said(qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path) -> None:
    dialog = opened(qtbot, services, archive)
    contents = Contents(str(archive), "zip", 10, 3, 5, 0, 1, ("a", "b", "c", "d", "e", "f"), ((Why.LINK, 2),))
    engine.last(LookIntoArchive).done(contents)
    assert dialog.passed.text() == "Passed over: 2 links. An archive inside it stays packed."
    assert dialog.facts.text("At its top") == "a, b, c, d, e …"
    assert describe(contents) == "3 files"


def test_a_folder_or_file_is_opened_without_a_question(
    qtbot: QtBot, services: Services, engine: AskedEngine, tmp_path: Path
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    open_path(services, parent, tmp_path / "images")
    assert engine.last(OpenDataset).request.settings.path == str(tmp_path / "images")
    (tmp_path / "folder.zip").mkdir()
    open_path(services, parent, tmp_path / "folder.zip")
    qtbot.waitUntil(lambda: len(engine.asked) == 2)
    assert engine.last(OpenDataset).request.settings.path == str(tmp_path / "folder.zip")


def test_an_archive_that_is_chosen_is_looked_into(
    qtbot: QtBot, services: Services, engine: AskedEngine, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(archive), ""))
    choose_archive(services, parent)
    qtbot.waitUntil(lambda: len(engine.asked) == 1)
    dialog = parent.findChild(UnpackDialog)
    assert dialog is not None
    assert dialog.windowModality() == Qt.WindowModality.WindowModal
    dialog.reject()
    qtbot.waitUntil(lambda: parent.findChild(UnpackDialog) is None)
