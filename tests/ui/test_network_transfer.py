"""Importing a network on the Network page, and asking for the project's script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QSettings, Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.messages import Answer, ExportScript, Failed
from guiapp.core.project import Project, save
from guiapp.core.session import Session
from guiapp.look.drop import DropTarget
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.network.import_dialog import ImportDialog
from guiapp.ui.network.import_refused import RefusedDialog
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.network.transfer import TITLE, Transfer
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

SCRIPT = """
import keras
model = keras.Sequential([
    keras.Input((8, 8, 1)), keras.layers.Rescaling(1 / 255),
    keras.layers.Flatten(), keras.layers.Dense(3, name="out"{more}),
])
"""


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    session = Session(Project(network=templates.load("starter").network))
    engine = EngineClient("nothing")
    dataset = DatasetModel(session, engine)
    view = ViewContext()
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    training = TrainingModel(session, engine, dataset, view)
    made = NetworkPage(Services(session, engine, dataset, training, view, Jobs(), settings))
    qtbot.addWidget(made)
    made.resize(1270, 640)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture(autouse=True)
def heard(notes: list[str]) -> Iterator[None]:
    stop = notify.listen(lambda note: notes.append(note.text))
    yield
    stop()


def transfer(page: NetworkPage) -> Transfer:
    found = page.findChild(Transfer)
    assert isinstance(found, Transfer)
    return found


def kinds(page: NetworkPage) -> list[str]:
    return [layer.kind for layer in page.services.session.project.network.layers]


def settle(page: NetworkPage) -> None:
    assert page.services.jobs.wait_all()


def script(folder: Path, more: str = "", after: str = "") -> Path:
    path = folder / "net.py"
    path.write_text(SCRIPT.replace("{more}", more) + after, "utf-8")
    return path


def drop(page: NetworkPage, *paths: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    (target,) = page.findChildren(DropTarget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    assert target.take(mime)


def test_a_file_that_says_everything_is_taken_at_once_and_undone_at_once(
    page: NetworkPage, tmp_path: Path, notes: list[str]
) -> None:
    before = page.services.session.project
    drop(page, script(tmp_path))
    settle(page)
    assert kinds(page) == ["Input", "Flatten", "Dense"]
    assert any("net.py took the place of the network" in note for note in notes)
    page.state.undo()
    assert page.services.session.project == before


def test_what_is_left_out_is_told_first(page: NetworkPage, tmp_path: Path) -> None:
    path = script(tmp_path, ", kernel_constraint='max_norm'", 'model.compile("sgd")\nmodel.fit(epochs=3)\n')
    before = kinds(page)
    transfer(page).take(path)
    settle(page)
    assert kinds(page) == before
    dialog = page.findChild(ImportDialog)
    assert isinstance(dialog, ImportDialog) and "kernel_constraint of out is left out" in dialog.notes.toPlainText()
    QTest.mouseClick(dialog.replace_button, Qt.MouseButton.LeftButton)
    assert kinds(page) == ["Input", "Flatten", "Dense"]
    training = page.services.session.project.training
    assert (training.optimizer, training.learning_rate, training.epochs) == ("sgd", 0.01, 3)
    page.state.undo()
    assert kinds(page) == before and page.services.session.undo_text is None


@pytest.mark.parametrize("wanted", [False, None])
def test_the_training_settings_and_the_whole_can_be_declined(
    page: NetworkPage, tmp_path: Path, wanted: bool | None
) -> None:
    before = page.services.session.project
    transfer(page).take(script(tmp_path, "", 'model.compile("sgd")\n'))
    settle(page)
    dialog = page.findChild(ImportDialog)
    assert isinstance(dialog, ImportDialog)
    if wanted is None:
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        assert page.services.session.project == before
    else:
        QTest.keyClick(dialog.training, Qt.Key.Key_Space)
        QTest.keyClick(dialog.replace_button, Qt.Key.Key_Return)
        now = page.services.session.project
        assert now.training == before.training and kinds(page) == ["Input", "Flatten", "Dense"]


@pytest.mark.allow_errors
def test_files_that_cannot_be_taken_change_nothing(page: NetworkPage, tmp_path: Path, notes: list[str]) -> None:
    before = page.services.session.project
    (tmp_path / "bad.json").write_text(json.dumps({"class_name": "Functional", "config": {}}))
    for paths, words in (
        ([tmp_path / "bad.json"], "bad.json: "),
        ([tmp_path / "gone.keras"], "there is no such file"),
        ([tmp_path / "a", tmp_path / "b"], "2 files were dropped"),
        ([tmp_path / "weights.h5"], "no kind of file that a network is read from"),
    ):
        drop(page, *paths)
        settle(page)
        assert words in notes[-1]
    assert page.services.session.project == before


def of_json(path: Path, *layers: dict[str, Any]) -> Path:
    image = {"class_name": "InputLayer", "config": {"batch_shape": [None, 8, 8, 1]}}
    path.write_text(json.dumps({"class_name": "Sequential", "config": {"layers": [image, *layers]}}))
    return path


def test_all_that_cannot_be_taken_is_listed_and_the_rest_can_be(
    page: NetworkPage, tmp_path: Path, notes: list[str]
) -> None:
    before = kinds(page)
    lost = [{"class_name": "Lambda", "config": {"name": "shout"}}, {"class_name": "GRU", "config": {"name": "late"}}]
    drop(page, of_json(tmp_path / "net.json", lost[0], {"class_name": "Flatten", "config": {}}, lost[1]))
    settle(page)
    dialog = page.findChild(RefusedDialog)
    assert isinstance(dialog, RefusedDialog) and kinds(page) == before and not notes
    told = dialog.obstacles.toPlainText().splitlines()
    assert [line.split(":")[0] for line in told] == ["layer shout", "layer late"]
    assert "In Keras, replace it by layers" in dialog.mend.text()
    QTest.mouseClick(dialog.rest_button, Qt.MouseButton.LeftButton)
    settle(page)
    after = page.findChild(ImportDialog)
    assert isinstance(after, ImportDialog) and "late” is a layer of Keras" in after.notes.toPlainText()
    QTest.mouseClick(after.replace_button, Qt.MouseButton.LeftButton)
    assert kinds(page) == ["Input", "Flatten"]


def test_what_nothing_can_go_on_without_is_only_listed(page: NetworkPage, tmp_path: Path) -> None:
    image = {"class_name": "InputLayer", "config": {"name": "image", "batch_shape": [None, 8, 8, 1]}}
    end = {"class_name": "Flatten", "config": {"name": "end"}, "inbound_nodes": [{}, {}]}
    ends = {"input_layers": [["image", 0, 0]], "output_layers": [["end", 0, 0]]}
    value = {"class_name": "Functional", "config": {"layers": [{**image, "inbound_nodes": []}, end], **ends}}
    (tmp_path / "net.json").write_text(json.dumps(value))
    transfer(page).take(tmp_path / "net.json")
    settle(page)
    dialog = page.findChild(RefusedDialog)
    assert isinstance(dialog, RefusedDialog) and not dialog.rest_button.isVisibleTo(dialog)
    assert "used 2 times" in dialog.obstacles.toPlainText()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_projects_network_is_taken(page: NetworkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = templates.load("mnist-lenet").network
    save(Project(network=other), tmp_path / "other.convnet")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "other.convnet"), ""))
    action = next(action for title, actions in page.menu_groups() if title == TITLE for action in actions)
    action.trigger()
    settle(page)
    dialog = page.findChild(ImportDialog)
    if isinstance(dialog, ImportDialog):
        dialog.replace_button.click()
    assert page.services.session.project.network == other


def asked(page: NetworkPage, monkeypatch: pytest.MonkeyPatch, place: Path) -> ExportScript:
    sent: list[object] = []
    monkeypatch.setattr(page.services.engine, "send", sent.append)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(place), ""))
    transfer(page).export()
    (request,) = sent
    assert isinstance(request, ExportScript)
    return request


def test_the_engine_is_asked_for_the_script(
    page: NetworkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    request = asked(page, monkeypatch, tmp_path / "mine")
    assert request.out == str(tmp_path / "mine.py") and request.project == page.services.session.project
    page.services.engine._dispatch(Answer(request.request, request.out))
    assert notes[-1] == f"The script is written: {request.out}"


@pytest.mark.allow_errors
def test_a_script_that_cannot_be_written_is_told(
    page: NetworkPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: list[str]
) -> None:
    request = asked(page, monkeypatch, tmp_path / "mine.py")
    page.services.engine._dispatch(Failed(request.request, "has no layers", "network", "Add some"))
    assert notes[-1] == "network: has no layers. Add some."
