"""“Get a dataset…”: what is shown first, the download, closing meanwhile, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.core.messages import Download, OpenDataset
from guiapp.core.notify import UserError
from guiapp.data import archives
from guiapp.data.archives.unpacking import MARKER
from guiapp.data.catalogue import CATALOGUE, find
from guiapp.look.sizes import Speed, size_words, time_words
from guiapp.look.transfer import transfer_words
from guiapp.ui.dataset_rows import DatasetRows
from guiapp.ui.get_dataset import NO_ROOM, GetDatasetDialog, get_dataset
from guiapp.ui.services import Services
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
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    monkeypatch.setattr(notify, "info", texts.append)
    return texts


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def opened(qtbot: QtBot, services: Services, parent: QWidget, name: str = "mnist") -> GetDatasetDialog:
    dialog = get_dataset(services, parent)
    dialog.list.setCurrentRow(CATALOGUE.index(find(name)))
    qtbot.waitUntil(dialog.get_button.isEnabled)
    return dialog


def put(name: str, tmp_path: Path) -> Path:
    """Have a dataset there, as a download leaves it."""
    folder = tmp_path / "data" / "datasets" / name
    folder.mkdir(parents=True)
    (folder / "a.bin").write_bytes(b"")
    mark = {"dataset": name, "files": [file.sha256 for file in find(name).files]}
    (folder / MARKER).write_text(json.dumps(mark))
    return folder


def test_size_licence_and_source_are_shown_before_anything_is_asked(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget, tmp_path: Path
) -> None:
    dialog = opened(qtbot, services, parent, "oxford-pets")
    assert [dialog.list.item(i).text() for i in range(dialog.list.count())] == [known.title for known in CATALOGUE]
    assert dialog.list.item(3).data(DatasetRows.FACTS) == "7,390 images · 811 MB"
    assert dialog.title.text() == "Oxford-IIIT Pet"
    assert dialog.facts.text("Licence") == "CC BY-SA 4.0"
    assert dialog.facts.text("Classes").startswith("37: Abyssinian")
    assert dialog.facts.text("Classes").endswith("and 30 more")
    assert 'href="https://www.robots.ox.ac.uk/~vgg/data/pets/"' in dialog.facts.text("From")
    assert dialog.place.place() == tmp_path / "data" / "datasets" / "oxford-pets"
    assert dialog.get_button.text() == "Download"
    assert engine.asked == []


def test_a_download_shows_how_far_it_is_and_is_opened_in_the_end(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget, tmp_path: Path
) -> None:
    dialog = opened(qtbot, services, parent)
    QTest.mouseClick(dialog.get_button, Qt.MouseButton.LeftButton)
    question = engine.last(Download)
    assert question.request.name == "mnist"
    assert question.request.out == str(tmp_path / "data" / "datasets" / "mnist")
    assert not dialog.get_button.isEnabled()
    question.progress("Downloading", 6_000, 11_594)
    assert dialog.bar.text() == "MNIST: downloading · 6.0 MB of 12 MB"
    question.done("/there/mnist")
    assert not dialog.isVisible()
    assert engine.last(OpenDataset).request.settings.path == "/there/mnist"
    qtbot.waitUntil(lambda: parent.findChild(GetDatasetDialog) is None)


def test_the_keyboard_alone_is_enough(qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget) -> None:
    dialog = opened(qtbot, services, parent)
    QTest.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.waitUntil(dialog.get_button.isEnabled)
    assert dialog.known.name == "fashion-mnist"
    QTest.keyClick(dialog.list, Qt.Key.Key_Return)
    assert engine.last(Download).request.name == "fashion-mnist"
    engine.last(Download).failed(UserError("stopped"))


def test_what_is_there_is_opened_without_a_download(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget, tmp_path: Path
) -> None:
    folder = put("cifar-10", tmp_path)
    dialog = opened(qtbot, services, parent, "cifar-10")
    assert dialog.list.item(2).data(DatasetRows.STATE) == "on this computer"
    assert dialog.note.text() == "It is on this computer already."
    assert dialog.get_button.text() == "Open"
    QTest.mouseClick(dialog.get_button, Qt.MouseButton.LeftButton)
    assert [type(question.request) for question in engine.asked] == [OpenDataset]
    assert engine.last(OpenDataset).request.settings.path == str(folder)


def test_stopping_keeps_what_came_and_offers_to_go_on(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget, tmp_path: Path
) -> None:
    dialog = opened(qtbot, services, parent, "cats-vs-dogs")
    dialog.act()
    part = tmp_path / "data" / "datasets" / ".downloading-cats-vs-dogs" / "kagglecatsanddogs_5340.zip.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(3_000_000))
    QTest.mouseClick(dialog.bar.cancel_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.get_button.text() == "Go on downloading")
    assert dialog.note.text() == "3.0 MB of it is here from an earlier download; the rest is still to come."
    assert dialog.problem.text() == ""
    assert not dialog.bar.isVisible()


def test_a_failure_is_said_and_can_be_tried_again(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget
) -> None:
    dialog = opened(qtbot, services, parent)
    dialog.act()
    engine.last(Download).failed(UserError("x.org does not answer", where="a.gz", mend="Try again later"))
    assert dialog.problem.text() == "a.gz: x.org does not answer. Try again later."
    assert dialog.get_button.text() == "Try again"
    qtbot.waitUntil(dialog.get_button.isEnabled)
    dialog.act()
    assert dialog.problem.text() == ""
    assert len(engine.asked) == 2
    engine.last(Download).failed(UserError("stopped"))


def test_closing_lets_the_download_go_on(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget, told: list[str]
) -> None:
    dialog = opened(qtbot, services, parent)
    dialog.act()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert engine.forgotten == []
    assert told == ["The download of MNIST goes on. “Get a dataset…” shows how far it is."]
    assert get_dataset(services, parent) is dialog
    assert dialog.bar.isVisible()
    dialog.reject()
    engine.last(Download).done("/there/mnist")
    assert told[-1] == "MNIST has been downloaded. Choose “Get a dataset…” to open it."
    assert len(engine.asked) == 1


def test_a_failure_while_it_is_closed_is_told(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported: list[str] = []
    monkeypatch.setattr(notify, "report", lambda exc, **_: reported.append(str(exc)))
    dialog = opened(qtbot, services, parent)
    dialog.act()
    dialog.reject()
    engine.last(Download).failed(UserError("x.org does not answer"))
    assert reported == ["x.org does not answer."]


def test_while_one_comes_the_others_wait(
    qtbot: QtBot, services: Services, engine: AskedEngine, parent: QWidget
) -> None:
    dialog = opened(qtbot, services, parent)
    dialog.act()
    dialog.list.setCurrentRow(1)
    assert dialog.note.text() == "MNIST is being downloaded; this one can follow."
    assert not dialog.get_button.isEnabled()
    assert dialog.bar.isVisible()
    engine.last(Download).failed(UserError("stopped"))
    assert dialog.get_button.isEnabled()
    assert dialog.problem.text() == ""


def test_another_place_can_be_chosen(
    qtbot: QtBot,
    services: Services,
    engine: AskedEngine,
    parent: QWidget,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialog = opened(qtbot, services, parent)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "mine"))
    QTest.mouseClick(dialog.place.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog.place.place() == tmp_path / "mine" / "mnist")
    dialog.act()
    assert engine.last(Download).request.out == str(tmp_path / "mine" / "mnist")
    engine.last(Download).failed(UserError("stopped"))


def test_too_little_room_is_said_before(
    qtbot: QtBot, services: Services, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "free_bytes", lambda _place: 100_000_000)
    dialog = opened(qtbot, services, parent)
    dialog.list.setCurrentRow(3)
    qtbot.waitUntil(lambda: dialog.problem.text() == NO_ROOM)
    assert not dialog.get_button.isEnabled()


def test_sizes_times_and_speeds_in_words() -> None:
    assert [size_words(n) for n in (0, 834_000, 1_500_000, 12_340_000, 811_092_049, 1_620_000_000)] == [
        "0 kB",
        "834 kB",
        "1.5 MB",
        "12 MB",
        "811 MB",
        "1.6 GB",
    ]
    assert [time_words(s) for s in (2, 38, 58, 200, 7800)] == ["a few seconds", "40 s", "1 min", "3 min", "2 h 10 min"]
    assert transfer_words("Downloading", 312_000, 812_000, 12_500) == (
        "Downloading · 312 MB of 812 MB · 12 MB/s · 40 s left"
    )
    assert transfer_words("Asking", 0, 0, None) == "Asking…"


def test_speed_is_that_of_the_last_seconds() -> None:
    now = [0.0]
    speed = Speed(lambda: now[0], over_s=5)

    def add(at: float, done: float) -> None:
        now[0] = at
        speed.add(done)

    assert speed.rate() is None
    add(0.0, 0.0)
    add(0.5, 10.0)
    assert speed.rate() is None
    add(2.0, 40.0)
    assert speed.rate() == pytest.approx(20.0)
    for at in (4.0, 8.0, 9.0, 10.0):
        add(at, 80.0)
    assert speed.rate() == pytest.approx(0.0)
    add(11.0, 10.0)
    assert speed.rate() is None
