"""The Predict place on drawn images, with an engine that answers when the test says so."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.messages import Answer, Cancel, Command, ComputeView, Event, Failed, Predict, Prediction, Request
from guiapp.core.runs import RunWriter
from guiapp.core.session import Session
from guiapp.data import images
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.predict import single
from guiapp.ui.predict.networks import askable_runs, run_title
from guiapp.ui.predict.overlay import costs, overlay
from guiapp.ui.predict.page import PredictPage
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


class Engine(EngineClient):
    """Keeps what is asked; answers when told to."""

    def __init__(self) -> None:
        super().__init__("none")
        self.sent: list[Command] = []

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def asked(self, kind: type[Request]) -> list[Any]:
        given_up = {command.request for command in self.sent if isinstance(command, Cancel)}
        return [c for c in self.sent if isinstance(c, kind) and c.request not in given_up]

    def say(self, event: Event) -> None:
        self._received.emit(event)


def draw(path: Path, shade: int = 100) -> str:
    image = np.full((40, 60, 3), shade, np.uint8)
    image[10:30, 20:40] = 255
    path.write_bytes(images.cv2.imencode(".png", image)[1].tobytes())
    return str(path)


def prediction(best: str = "cat", probability: float = 0.9, step: int = 7, channels: int = 3) -> Prediction:
    seen = np.zeros((16, 16, channels), np.uint8)
    return Prediction((best, "owl"), (probability, 1 - probability), seen, step, 0.002)


@pytest.fixture
def services(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    session = Session(templates.load("starter").project("Test", None), tmp_path / "test.convnet")
    engine = Engine()
    view = ViewContext()
    dataset = DatasetModel(session, engine)
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    jobs = Jobs()
    yield Services(session, engine, dataset, training, view, jobs, settings)
    assert jobs.wait_all()


def record(services: Services, name: str = "2026-11-21T10-31-07-test") -> str:
    folder = services.training.runs_folder / name
    writer = RunWriter(folder)
    writer.begin(services.session.project, {})
    writer.metrics([(1, 0, 1.0, 0.5)])
    writer.close()
    return str(folder)


@pytest.fixture
def page(qtbot: QtBot, services: Services) -> PredictPage:
    record(services)
    return opened(qtbot, services)


def opened(qtbot: QtBot, services: Services) -> PredictPage:
    made = PredictPage(services)
    qtbot.addWidget(made)
    made.resize(1200, 640)
    made.show()
    made.arrive()
    qtbot.waitUntil(lambda: made.networks.known)
    return made


def engine(page: PredictPage) -> Engine:
    assert isinstance(page.services.engine, Engine)
    return page.services.engine


def drop(page: PredictPage, mime: QMimeData) -> None:
    at = QPointF(100, 100)
    args = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(page, QDragEnterEvent(QPoint(100, 100), *args))
    QApplication.sendEvent(page, QDropEvent(at, *args))


def of_files(*paths: str) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime


def picture() -> QImage:
    image = QImage(20, 10, QImage.Format.Format_RGB32)
    image.fill(0xFF3366CC)
    return image


def test_without_a_run_the_page_leads_to_training(qtbot: QtBot, services: Services) -> None:
    page = opened(qtbot, services)
    assert page.stack.currentWidget() is page.no_network
    with qtbot.waitSignal(page.go) as heard:
        page.no_network.buttons[0].click()
    assert heard.args == ["train"]


def test_a_saved_run_of_the_project_can_be_asked_without_training(page: PredictPage) -> None:
    network = page.networks.network
    assert network is not None
    assert network.run is not None
    assert network.run.endswith("10-31-07-test")
    assert page.networks.currentText() == "test · 21 Nov, 10:31"


def test_only_runs_that_have_learned_something_can_be_asked(services: Services) -> None:
    trained = Path(record(services))
    saved, empty = (services.training.runs_folder / name for name in ("saved", "empty"))
    for folder in (saved, empty):
        writer = RunWriter(folder)
        writer.begin(services.session.project, {})
        writer.close()
    (saved / "model.keras").touch()
    assert {info.folder for info in askable_runs(services.training.runs.find())} == {trained, saved}


def test_a_dropped_file_is_shown_and_asked_about(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = draw(tmp_path / "a dög.png")
    drop(page, of_files(path))
    qtbot.waitUntil(lambda: bool(engine(page).asked(Predict)))
    asked = engine(page).asked(Predict)[0]
    assert (asked.image, asked.top) == (path, 5)
    engine(page).say(Answer(asked.request, prediction("dog", 0.75)))
    qtbot.waitUntil(lambda: page.answer.best.text() == "dog")
    assert page.answer.share.text() == "75.0 %"
    assert page.answer.bars.rows() == [("dog", 0.75), ("owl", 0.25)]
    qtbot.waitUntil(page.picture.view.has_image)
    assert page.answer.isVisible()
    assert page.history.sources == (path,)


def test_the_maps_of_the_chosen_layer_follow_the_answer(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: page.answer.maps.layer.currentText() == "conv1")
    page.show_image(draw(tmp_path / "a.png"))
    asked = engine(page).asked(Predict)[0]
    engine(page).say(Answer(asked.request, prediction()))
    qtbot.waitUntil(lambda: bool(engine(page).asked(ComputeView)))
    view = engine(page).asked(ComputeView)[0]
    assert (view.view, view.options) == ("maps", {"layer": "conv1"})
    maps = np.arange(4 * 6 * 6, dtype=np.uint8).reshape(4, 6, 6)
    ranges = np.tile(np.array([[0.0, 2.55]], np.float32), (4, 1))
    engine(page).say(Answer(view.request, {"conv1/0": maps, "conv1/0/range": ranges}))
    qtbot.waitUntil(lambda: page.answer.maps.grid.count() == 4)
    page.answer.maps.layer.setCurrentText("dense1")
    page.answer.maps.layerChosen.emit("dense1")
    latest = engine(page).asked(ComputeView)[-1]
    assert latest.options == {"layer": "dense1"}
    engine(page).say(Answer(latest.request, {"dense1/0": np.arange(64, dtype=np.float32)}))
    qtbot.waitUntil(lambda: page.answer.maps.grid.count() == 64)


def test_what_mattered_is_laid_over_the_picture(
    page: PredictPage, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.show_image(draw(tmp_path / "a.png"))
    qtbot.waitUntil(page.picture.view.has_image)
    page.picture.heat.setChecked(True)
    asked = [view for view in engine(page).asked(ComputeView) if view.view == "heatmap"]
    assert len(asked) == 1
    heated: list[Any] = []
    monkeypatch.setattr(page.picture.view, "set_image", lambda image, **_: heated.append(image))
    engine(page).say(Answer(asked[0].request, {"heat": np.eye(12, dtype=np.float32)}))
    qtbot.waitUntil(lambda: bool(heated))
    assert heated[0].shape == (40, 60, 3)
    assert not np.array_equal(heated[0], np.asarray(page.picture.picture()))


def test_a_picture_from_a_browser_is_asked_about_as_bytes(page: PredictPage, qtbot: QtBot) -> None:
    mime = QMimeData()
    mime.setImageData(picture())
    mime.setUrls([QUrl("https://example.org/dog.jpg")])
    drop(page, mime)
    qtbot.waitUntil(lambda: bool(engine(page).asked(Predict)))
    data = engine(page).asked(Predict)[0].image
    assert isinstance(data, bytes)
    assert images.decode_bytes(data).shape == (10, 20, 3)
    assert tuple(images.decode_bytes(data)[0, 0]) == (0x33, 0x66, 0xCC)


def test_a_mere_address_is_refused_in_words(page: PredictPage) -> None:
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/dog.jpg")])
    drop(page, mime)
    stop()
    assert len(notes) == 1
    assert "address" in notes[0].text
    assert not engine(page).asked(Predict)


def test_a_picture_and_a_file_can_be_pasted(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    clipboard = QGuiApplication.clipboard()
    clipboard.setImage(picture())
    page.paste()
    qtbot.waitUntil(lambda: len(engine(page).asked(Predict)) == 1)
    assert isinstance(engine(page).asked(Predict)[0].image, bytes)
    path = draw(tmp_path / "copied.png")
    clipboard.setMimeData(of_files(path))
    page.paste()
    qtbot.waitUntil(lambda: [view.image for view in engine(page).asked(Predict)][-1:] == [path])
    clipboard.clear()


def test_a_file_that_is_no_image_is_a_sentence_in_place(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "notes.png"
    path.write_text("not an image")
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    drop(page, of_files(str(path)))
    qtbot.waitUntil(page.picture.problem.isVisible)
    stop()
    assert not notes
    assert "notes.png" in page.picture.problem.accessibleDescription()
    assert "not an image" in page.picture.problem.accessibleDescription()
    assert not page.answer.isVisible()
    assert page.history.sources == ()


def test_what_the_engine_refuses_is_a_sentence_in_place(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.show_image(draw(tmp_path / "a.png"))
    asked = engine(page).asked(Predict)[0]
    engine(page).say(Failed(asked.request, "has no weights yet", "run", "Train it"))
    qtbot.waitUntil(page.answer.problem.isVisible)
    assert page.answer.problem.text() == "run: has no weights yet. Train it."
    assert page.answer.bars.rows() == []


def test_the_answer_to_a_former_image_is_dropped(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.show_image(draw(tmp_path / "a.png"))
    first = engine(page).asked(Predict)[0]
    page.show_image(draw(tmp_path / "b.png"))
    assert Cancel(first.request) in engine(page).sent
    second = engine(page).asked(Predict)[0]
    engine(page).say(Answer(first.request, prediction("old")))
    engine(page).say(Answer(second.request, prediction("new")))
    qtbot.waitUntil(lambda: page.answer.best.text() != "—")
    assert page.answer.best.text() == "new"


def test_the_strip_shows_former_images_again_and_forgets(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    paths = [draw(tmp_path / f"{i}.png", 10 * i) for i in range(3)]
    for path in paths:
        page.show_image(path)
    assert page.history.sources == tuple(reversed(paths))
    key = page.history.key(paths[0])
    assert key is not None
    page.history.picked.emit(key)
    assert page.asker.source == paths[0]
    assert page.history.sources == tuple(reversed(paths))
    page.history.remove(key)
    assert page.picture.empty.isVisible()
    assert page.history.sources == (paths[2], paths[1])


def test_the_strip_keeps_the_last_24(page: PredictPage, tmp_path: Path) -> None:
    paths = [draw(tmp_path / f"{i}.png") for i in range(26)]
    for path in paths:
        page.history.add(path)
    assert page.history.sources == tuple(reversed(paths))[:24]
    assert page.history.count() == 24


def test_a_training_is_followed(
    page: PredictPage, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training: Any = page.services.training
    monkeypatch.setattr(training, "run", page.networks.itemData(1))
    monkeypatch.setattr(training, "active", True)
    training.changed.emit()
    before: Any = page.networks.network
    assert before.run is not None, "a training that is being prepared has no network yet"
    monkeypatch.setattr(training, "started", object())
    page.networks.setCurrentIndex(0)
    training.changed.emit()
    network: Any = page.networks.network
    assert network.run is None
    page.asker._timer.setInterval(1)
    page.show_image(draw(tmp_path / "a.png"))
    first = engine(page).asked(Predict)[-1]
    for step in (50, 100, 150):
        page.services.view.add_snapshot(step)
    engine(page).say(Answer(first.request, prediction(step=10)))
    # One question at a time: the snapshots together make one new question, after the first was answered.
    qtbot.waitUntil(lambda: len(engine(page).asked(ComputeView)) == 1)
    view = engine(page).asked(ComputeView)[0]
    engine(page).say(Answer(view.request, {"conv1/0": np.zeros(4, np.float32)}))
    qtbot.waitUntil(lambda: len(engine(page).asked(Predict)) == 2)
    assert first.request != engine(page).asked(Predict)[1].request
    assert engine(page).asked(Predict)[1].run is None
    assert single.FOLLOW_MS == 1000


def test_a_training_is_asked_at_most_once_a_second(page: PredictPage, tmp_path: Path) -> None:
    page.show_image(draw(tmp_path / "a.png"))
    page.asker.follow()
    left = page.asker._timer.remainingTime()
    page.asker.follow()
    assert page.asker._timer.isActive()
    assert page.asker._timer.remainingTime() <= left
    assert len(engine(page).asked(Predict)) == 1


def test_another_network_is_asked_about_the_same_image(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    other = record(page.services, "2026-11-22T08-00-00-other")
    page.networks.refresh()
    qtbot.waitUntil(lambda: page.networks.count() == 3)
    page.show_image(draw(tmp_path / "a.png"))
    page.networks.setCurrentIndex(page.networks.findData(other))
    assert engine(page).asked(Predict)[-1].run == other


def answer_all(page: PredictPage, qtbot: QtBot) -> int:
    """Answer every question of the table; returns how many were under way at most."""
    answered: set[int] = set()
    most = 0

    def more() -> bool:
        nonlocal most
        fresh = [asked for asked in engine(page).asked(Predict) if asked.request not in answered]
        most = max(most, len(fresh))
        for asked in fresh:
            answered.add(asked.request)
            if asked.image.endswith("bad.png"):
                engine(page).say(Failed(asked.request, "is not an image", asked.image, "Remove it"))
            else:
                shade = int(Path(asked.image).stem)
                engine(page).say(Answer(asked.request, prediction("cat" if shade % 2 else "dog", shade / 100)))
        return bool(page.table.model.rows) and not page.table.bulk.running

    qtbot.waitUntil(more)
    return most


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "many images"
    (root / "inner").mkdir(parents=True)
    for shade in (10, 21, 32, 43, 54, 65):
        draw(root / f"{shade}.png", shade)
    draw(root / "inner" / "76.png", 76)
    (root / "bad.png").write_text("not an image")
    (root / "readme.txt").write_text("passed over")
    return root


def test_a_folder_becomes_a_table_and_a_csv(page: PredictPage, qtbot: QtBot, folder: Path, tmp_path: Path) -> None:
    drop(page, of_files(str(folder)))
    assert answer_all(page, qtbot) <= 4
    table = page.table
    assert page.stack.currentWidget() is table
    assert [Path(row.path).name for row in table.model.rows] == [
        "10.png",
        "21.png",
        "32.png",
        "43.png",
        "54.png",
        "65.png",
        "bad.png",
        "76.png",
    ]
    assert table.summary.text() == "dog 4 · cat 3 · 1 could not be read"
    assert not table.view.isColumnHidden(3)
    table.view.sortByColumn(2, Qt.SortOrder.DescendingOrder)
    shown = table.view.model()
    assert shown.index(0, 0).data() == "76.png"
    assert shown.index(0, 2).data() == "76.0 %"
    out = tmp_path / "out" / "table.csv"
    table.export_to(str(out))
    qtbot.waitUntil(out.is_file)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["image"]).name for row in rows][:2] == ["76.png", "65.png"]
    assert (rows[0]["class"], float(rows[0]["probability"]), rows[0]["error"]) == ("dog", 0.76, "")
    assert (rows[-1]["class"], rows[-1]["probability"]) == ("", "")
    assert rows[-1]["error"] == "Is not an image. Remove it."


def test_several_files_become_a_table_from_which_one_is_opened(page: PredictPage, qtbot: QtBot, folder: Path) -> None:
    drop(page, of_files(str(folder / "10.png"), str(folder / "21.png")))
    answer_all(page, qtbot)
    assert len(page.table.model.rows) == 2
    page.table.view.setCurrentIndex(page.table.view.model().index(1, 0))
    QTest.keyClick(page.table.view, Qt.Key.Key_Return)
    assert page.stack.currentWidget() is page.split
    assert page.asker.source == str(folder / "21.png")


def test_a_table_can_be_cancelled_and_keeps_what_it_has(page: PredictPage, qtbot: QtBot, folder: Path) -> None:
    page.take_paths([str(folder)])
    qtbot.waitUntil(lambda: len(engine(page).asked(Predict)) == 4)
    first = engine(page).asked(Predict)[0]
    engine(page).say(Answer(first.request, prediction("cat", 0.5)))
    qtbot.waitUntil(lambda: page.table.model.rows[0].done)
    page.table.progress.cancelled.emit()
    assert not page.table.bulk.running
    assert page.table.model.rows[0].name == "cat"
    assert page.table.summary.text() == "cat 1 · cancelled after 1"
    assert len([command for command in engine(page).sent if isinstance(command, Cancel)]) == 4


def test_a_folder_without_images_is_a_sentence_in_place(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    page.take_paths([str(tmp_path / "empty")])
    qtbot.waitUntil(page.table.problem.isVisible)
    assert "holds no images" in page.table.problem.text()


@pytest.mark.allow_errors
def test_a_table_that_cannot_be_written_says_why(
    page: PredictPage, qtbot: QtBot, folder: Path, allow_no_write: Path
) -> None:
    page.take_paths([str(folder / "10.png"), str(folder / "21.png")])
    answer_all(page, qtbot)
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    page.table.export_to(str(allow_no_write / "x.csv"))
    qtbot.waitUntil(lambda: bool(notes))
    stop()
    assert notes[0].level == "error"


@pytest.fixture
def allow_no_write(tmp_path: Path) -> Path:
    """A folder that cannot be made, since a file is in its place."""
    (tmp_path / "file").write_text("")
    return tmp_path / "file"


def test_every_action_has_words_a_tip_and_belongs_to_the_page(page: PredictPage) -> None:
    actions = page.page_actions()
    assert {action.shortcut().toString() for action in actions} >= {"Ctrl+I", "Ctrl+V"}
    assert all(action.text() and action.toolTip() and action in page.actions() for action in actions)


def test_the_splitter_is_remembered(page: PredictPage, qtbot: QtBot, tmp_path: Path) -> None:
    page.show_image(draw(tmp_path / "a.png"))
    qtbot.waitUntil(page.answer.isVisible)
    page.split.setSizes([300, 900])
    sizes = page.split.sizes()
    page.save_state()
    again = opened(qtbot, page.services)
    again.show_image(str(tmp_path / "a.png"))
    qtbot.waitUntil(lambda: again.split.sizes() == sizes)


def test_colours_say_what_they_cost_and_nothing_where_nothing_matters() -> None:
    picture = np.full((24, 24, 3), 200, np.uint8)
    heat = np.zeros((12, 12), np.float32)
    plain = overlay(picture, heat)
    assert np.ptp(plain) == 0
    assert costs(heat) == "no single place matters"
    heat[3, 3] = 0.25
    assert costs(heat) == "up to −25.0 points"
    laid = overlay(picture, heat)
    assert not np.array_equal(laid[6:8, 6:8], plain[6:8, 6:8])
    assert np.array_equal(laid[18:, 18:], plain[18:, 18:])


@pytest.mark.parametrize(
    ("name", "accuracy", "title"),
    [
        ("2026-11-21T10-31-07-lenet", 0.981, "lenet · 21 Nov, 10:31 · 98.1 %"),
        ("2026-11-01T09-05-00-a-b", float("nan"), "a-b · 1 Nov, 09:05"),
        ("my run", float("nan"), "my run"),
        ("2026-19-41T10-31-07-odd", 0.5, "2026-19-41T10-31-07-odd · 50.0 %"),
    ],
)
def test_a_runs_title(name: str, accuracy: float, title: str) -> None:
    assert run_title(name, accuracy) == title
