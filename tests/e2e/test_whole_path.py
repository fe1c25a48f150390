"""The whole path in the real window: images, network, training, watching, going back, predicting, exporting."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import project as projects
from guiapp.core.project import Project, TrainingSettings
from guiapp.core.runs import RunReader
from guiapp.ui.export_dialog import ExportDialog
from guiapp.ui.form_editors import ChoiceEditor, NumberEditor
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.predict.page import PredictPage
from guiapp.ui.train.page import TrainPage
from guiapp.ui.window import Window

OpenWindow = Callable[[Path | None], Window]
LONG_MS = 60_000


class Walk:
    """The steps of the path, each as a person does it."""

    def __init__(self, window: Window, qtbot: QtBot) -> None:
        self.window, self.qtbot = window, qtbot
        self.services, self.view = window.services, window.services.view

    def wait(self, condition: Callable[[], Any]) -> None:
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=LONG_MS)

    def focused(self) -> QWidget:
        widget = QApplication.focusWidget()
        assert widget is not None
        return widget

    def train_page(self) -> TrainPage:
        page = self.window.page("train")
        assert isinstance(page, TrainPage)
        return page

    def panel(self, name: str) -> Any:
        return self.train_page().dashboard.docks[name].panel

    def steps(self) -> int:
        return int(self.view.steps[-1]) if self.view.steps.size else 0

    # images and network

    def choose_images(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a, **_k: str(folder))
        self.window.go("data")
        next(action for action in self.window.page("data").page_actions() if "Choose folder" in action.text()).trigger()
        self.wait(lambda: self.services.dataset.state == "ready")

    def add_layer(self, words: str) -> None:
        page = self.network_page()
        page.actions_["add"].trigger()
        QTest.keyClicks(self.focused(), words)
        QTest.keyClick(self.focused(), Qt.Key.Key_Return)

    def network_page(self) -> NetworkPage:
        page = self.window.page("network")
        assert isinstance(page, NetworkPage)
        return page

    def type_number(self, field: str, text: str) -> None:
        editor = self.network_page().inspector.form.editor(field)
        assert isinstance(editor, NumberEditor)
        QTest.keyClick(editor.field.line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClicks(editor.field.line, text)

    def choose(self, field: str, text: str) -> None:
        editor = self.network_page().inspector.form.editor(field)
        assert isinstance(editor, ChoiceEditor)
        editor.box.setFocus()
        QTest.keyClicks(editor.box, text)

    # pictures

    def picture(self, name: str) -> QImage:
        image: QImage = self.panel(name).stage.grid.viewport().grab().toImage()
        return image

    def wait_for_pictures(self) -> None:
        for panel in map(self.panel, ("filters", "maps")):
            self.wait(partial(_shows, panel, ""))

    def wait_for_step(self, step: int) -> None:
        for panel in map(self.panel, ("filters", "maps")):
            self.wait(partial(_shows, panel, f"step {step:,} "))


def _shows(panel: Any, words: str) -> bool:
    return panel.settled and panel.stage.grid.count() > 0 and words in panel.stage.caption.text()


def colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})


@pytest.mark.timeout(180)
def test_the_whole_path(
    open_window: OpenWindow, qtbot: QtBot, bars: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = tmp_path / "mine.convnet"
    settings = TrainingSettings(batch=8, epochs=100_000, snapshot_every=10)
    projects.save(Project(name="mine", training=settings), project)
    window = open_window(project)
    path = Walk(window, qtbot)

    path.choose_images(bars, monkeypatch)
    assert path.services.dataset.class_names == ("lying", "standing")

    _assemble(path)
    _train_and_watch(path)
    _pause_and_go_on(path)
    _predict(path, bars)
    window.menus.stop.trigger()
    path.wait(lambda: not path.services.training.active)
    steps = path.steps()
    _go_back(path)
    _export(path, tmp_path, monkeypatch)

    window.save()
    path.wait(lambda: not path.services.session.modified)
    with qtbot.waitSignal(window.leaving, timeout=LONG_MS):
        window.close()
    assert [layer.kind for layer in projects.load(project).network.layers] == KINDS

    _reopen(Walk(open_window(None), qtbot), project, steps)


KINDS = ["Input", "Conv2D", "MaxPooling2D", "Flatten", "Dense"]


def _assemble(path: Walk) -> None:
    path.window.go("network")
    QTest.keyClick(path.network_page().input_button, Qt.Key.Key_Space)
    path.type_number("height", "24")
    path.type_number("width", "24")
    path.add_layer("conv")
    path.type_number("filters", "6")
    path.add_layer("max")
    path.add_layer("flatten")
    path.add_layer("dense")
    path.type_number("units", "2")
    path.choose("activation", "linear")
    network = path.services.session.project.network
    assert [layer.kind for layer in network.layers] == KINDS
    assert network.layers[-1].model_dump()["activation"] == "linear"
    analysis = path.network_page().state.analysis
    assert not analysis.errors, analysis.errors
    assert analysis.parameters == 3 * 3 * 3 * 6 + 6 + 12 * 12 * 6 * 2 + 2


def _train_and_watch(path: Walk) -> None:
    window = path.window
    window.menus.train.trigger()
    assert path.services.training.active and window.place == "train"
    path.wait(lambda: path.view.steps.size > 3 and path.view.snapshots.size > 2)
    path.wait_for_pictures()
    path.wait(lambda: path.panel("loss").chart is not None)
    before = {name: path.picture(name) for name in ("filters", "maps")}
    assert colours(before["filters"]) > 20 and colours(before["maps"]) > 20
    seen = path.view.snapshots.size
    path.wait(lambda: path.view.snapshots.size > seen + 3)
    for name, image in before.items():
        path.wait(partial(_differs, path, name, image))
    assert np.isfinite(path.view.loss).all()


def _differs(path: Walk, name: str, image: QImage) -> bool:
    return path.picture(name) != image


def _pause_and_go_on(path: Walk) -> None:
    pause = path.window.menus.pause
    pause.trigger()
    path.wait(lambda: path.services.training.paused)
    held = RunReader(path.services.training.run or "").steps()
    assert path.services.training.active and pause.text() == "Go on"
    path.wait(lambda: path.steps() == held)
    pause.trigger()
    path.wait(lambda: not path.services.training.paused and path.steps() > held)


def _predict(path: Walk, bars: Path) -> None:
    path.wait(lambda: path.view.epochs and path.view.epochs[-1].val_accuracy == 1.0)
    path.window.go("predict")
    page = path.window.page("predict")
    assert isinstance(page, PredictPage)
    path.wait(lambda: page.networks.network is not None)
    for name in ("standing", "lying"):
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(bars / name / "04.png"))])
        how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        at = page.rect().center()
        QApplication.sendEvent(page, QDragEnterEvent(at, *how))
        QApplication.sendEvent(page, QDropEvent(QPointF(at), *how))
        path.wait(partial(_says, page, name))
        path.wait(lambda: page.answer.maps.grid.count() > 0)
    assert path.services.training.active
    assert page.answer.share.text().endswith("%")


def _says(page: PredictPage, name: str) -> bool:
    return page.answer.best.text() == name


def _go_back(path: Walk) -> None:
    window, view = path.window, path.view
    window.go("train")
    path.wait_for_step(int(view.snapshots[-1]))
    late = {name: path.picture(name) for name in ("filters", "maps")}
    strip = window.timeline.strip
    strip.setFocus()
    QTest.keyClick(strip, Qt.Key.Key_Home)
    assert view.step == 0 and not view.live
    path.wait_for_step(0)
    early = {name: path.picture(name) for name in ("filters", "maps")}
    assert all(early[name] != late[name] for name in late)
    middle = int(view.snapshots[view.snapshots.size // 2])
    at = strip.rect().center()
    at.setX(round(strip.x_of(middle)))
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert view.step is not None and 0 < view.step < view.snapshots[-1]
    path.wait_for_step(view.step)
    window.timeline.go_live()
    assert view.step == view.snapshots[-1]


def _export(path: Walk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "evolving filters.gif"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(out), ""))
    path.train_page().export_animation()
    dialog = path.train_page().findChild(ExportDialog)
    assert dialog is not None
    path.wait(lambda: dialog.fields.layer.count() > 0)
    dialog.fields.what.setCurrentIndex(dialog.fields.what.findData("filters"))
    dialog.fields.most.set_value(12)
    path.wait(lambda: dialog.save_button.isEnabled() and dialog.facts.text().endswith("as GIF"))
    dialog.save_button.click()
    path.wait(out.exists)
    dialog.close()
    with Image.open(out) as film:
        assert film.format == "GIF" and 8 <= film.n_frames <= 12  # type: ignore[attr-defined]
        first = np.asarray(film.convert("RGB"))
        film.seek(film.n_frames - 1)  # type: ignore[attr-defined]
        assert not np.array_equal(first, np.asarray(film.convert("RGB")))


def _reopen(path: Walk, project: Path, steps: int) -> None:
    assert path.services.session.path == project
    path.wait(lambda: path.view.run is not None and path.view.snapshots.size > 2)
    assert path.steps() == steps
    path.window.go("train")
    path.wait_for_pictures()
    path.wait_for_step(int(path.view.snapshots[-1]))
    path.wait(lambda: path.services.dataset.state == "ready")
    assert path.services.session.project.name == "mine"
