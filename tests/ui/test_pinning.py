"""Pinning images to the project: checked, limited, undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.core.notify import Note
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.data import images
from guiapp.look.jobs import Jobs
from guiapp.ui.pinning import MOST, Pinning
from guiapp.visuals.context import ViewContext
from guiapp.visuals.maps.panel import MapsPanel


def draw(path: Path) -> str:
    path.write_bytes(pixels())
    return str(path)


def pixels() -> bytes:
    return bytes(images.cv2.imencode(".png", np.full((8, 8, 3), 90, np.uint8))[1].tobytes())


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    return Session(Project(name="Test"))


@pytest.fixture
def pinning(qtbot: QtBot, session: Session) -> Pinning:
    return Pinning(session)


@pytest.fixture
def notes() -> Iterator[list[Note]]:
    heard: list[Note] = []
    stop = notify.listen(heard.append)
    yield heard
    stop()


def test_pin_and_undo(pinning: Pinning, session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png")
    with qtbot.waitSignal(pinning.changed):
        pinning.pin([path])
    assert session.project.pinned == (path,)
    assert session.undo_text == "pin a.png"
    with qtbot.waitSignal(pinning.changed):
        session.undo()
    assert pinning.pinned == ()
    session.redo()
    assert pinning.is_pinned(path)
    pinning.toggle(path)
    assert pinning.pinned == ()
    assert session.undo_text == "unpin a.png"


def test_no_more_than_eight(
    pinning: Pinning, session: Session, qtbot: QtBot, tmp_path: Path, notes: list[Note]
) -> None:
    paths = [draw(tmp_path / f"{i}.png") for i in range(MOST + 2)]
    added: list[tuple[str, ...]] = []
    pinning.pin(paths, added.append)
    qtbot.waitUntil(lambda: bool(added))
    assert added == [tuple(paths[:MOST])]
    assert session.project.pinned == tuple(paths[:MOST])
    assert [note.level for note in notes] == ["warning", "info"]
    assert "8" in notes[0].text
    assert "8.png" in notes[0].text
    session.undo()
    assert session.project.pinned == ()


@pytest.mark.allow_errors
def test_what_is_no_image_is_said_and_not_pinned(
    pinning: Pinning, qtbot: QtBot, tmp_path: Path, notes: list[Note]
) -> None:
    (tmp_path / "bad.png").write_text("not an image")
    good = draw(tmp_path / "good.png")
    pinning.pin([str(tmp_path / "bad.png"), good, str(tmp_path / "missing.png")])
    qtbot.waitUntil(lambda: pinning.pinned == (good,))
    errors = [note.text for note in notes if note.level == "error"]
    assert "bad.png: is not an image" in errors[0]
    assert "missing.png: there is no such file" in errors[1]


def test_an_image_is_pinned_once(pinning: Pinning, session: Session, qtbot: QtBot, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png")
    done: list[tuple[str, ...]] = []
    pinning.pin([path, path], done.append)
    pinning.pin([path], done.append)
    qtbot.waitUntil(lambda: len(done) == 2)
    assert sorted(done) == [(), (path,)]
    assert session.project.pinned == (path,)


def test_a_pasted_picture_is_kept_as_a_file(pinning: Pinning, qtbot: QtBot, tmp_path: Path) -> None:
    data = pixels()
    pinning.pin([data])
    qtbot.waitUntil(lambda: len(pinning.pinned) == 1)
    path = Path(pinning.pinned[0])
    assert path.is_relative_to(tmp_path / "data")
    assert path.read_bytes() == data


def test_the_actions_words_follow(pinning: Pinning, qtbot: QtBot, tmp_path: Path) -> None:
    path = draw(tmp_path / "a.png")
    shown: list[str] = []
    action = pinning.action(lambda: shown[0] if shown else None, pinning)
    assert not action.isEnabled()
    shown.append(path)
    action.refresh()
    assert action.isEnabled()
    assert action.text() == "Pin image"
    action.trigger()
    qtbot.waitUntil(lambda: action.text() == "Unpin image")
    assert action.icon_name == "unpin"
    action.trigger()
    assert pinning.pinned == ()
    assert action.text() == "Pin image"


def test_what_is_dropped_on_a_widget_is_pinned(pinning: Pinning, qtbot: QtBot, tmp_path: Path) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    target = pinning.accept_drops(widget)
    path = draw(tmp_path / "a.png")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    assert target.take(mime)
    qtbot.waitUntil(lambda: pinning.pinned == (path,))
    pasted = QMimeData()
    image = QImage(6, 4, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    pasted.setImageData(image)
    assert target.take(pasted)
    qtbot.waitUntil(lambda: len(pinning.pinned) == 2)
    assert images.read_image(pinning.pinned[1]).shape == (4, 6, 3)


def test_an_image_dropped_on_the_panel_of_feature_maps_is_pinned(
    pinning: Pinning, qtbot: QtBot, tmp_path: Path
) -> None:
    panel = MapsPanel(ViewContext(), Jobs())
    qtbot.addWidget(panel)
    pinning.accept_drops(panel)
    panel.resize(500, 400)
    panel.show()
    # Whatever lies under the pointer leaves what is dropped to the panel.
    assert not [part for part in panel.findChildren(QWidget) if part.acceptDrops() and part.isVisible()]
    path = draw(tmp_path / "a.png")
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path)])
    given = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    hovering = QDragEnterEvent(QPoint(100, 100), *given)
    QApplication.sendEvent(panel, hovering)
    assert hovering.isAccepted()
    assert panel.property("dropping")
    QApplication.sendEvent(panel, QDropEvent(QPointF(100, 100), *given))
    qtbot.waitUntil(lambda: pinning.pinned == (path,))
    assert not panel.property("dropping")
