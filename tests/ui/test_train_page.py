"""The Train page: settings, runs, dashboard; training from the window with an engine that needs no TensorFlow."""

from __future__ import annotations

import math
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QFile, QMimeData, Qt, QUrl
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from guiapp.core.augmentation import Augmentation
from guiapp.core.runs import RunInfo, list_runs
from guiapp.look.drop import DropTarget
from guiapp.ui.train.page import TrainPage
from guiapp.ui.train.runs import figures, when_and_name
from guiapp.ui.window import Window

Shell = Any
NAN = math.nan


def train_page(window: Window) -> TrainPage:
    page = window.page("train")
    assert isinstance(page, TrainPage)
    return page


def trained(shell: Shell, qtbot: QtBot, name: str = "short") -> Window:
    """Return a window whose short training is complete."""
    window: Window = shell.open(shell.project(name, shell.images()), ready=True)
    window.menus.train.trigger()
    qtbot.waitUntil(lambda: not window.services.training.active)
    qtbot.waitUntil(lambda: window.services.view.snapshots.size == 5)
    return window


@pytest.mark.parametrize(
    ("folder", "when", "name"),
    [
        ("2026-11-21T10-31-07-lenet", "21 Nov, 10:31", "lenet"),
        ("2026-01-02T03-04-05-my-net-2", "2 Jan, 03:04", "my-net-2"),
        ("elsewhere", "", "elsewhere"),
    ],
)
def test_name_of_a_run_is_read_as_time_and_name(folder: str, when: str, name: str) -> None:
    assert when_and_name(folder) == (when, name)


@pytest.mark.parametrize(
    ("info", "words"),
    [
        (RunInfo(Path("a"), "a", 9400, 12, 0.9, 0.973, "completed"), "9,400 steps · 97.3 % · completed"),
        (RunInfo(Path("a"), "a", 12, 0, NAN, NAN, None), "12 steps · running"),
        (RunInfo(Path("a"), "a", 1, 0, NAN, NAN, None), "1 step · running"),
        (RunInfo(Path("a"), "a", 300, 2, 0.5, NAN, "interrupted"), "300 steps · 50.0 % · unfinished"),
    ],
)
def test_figures_of_a_run(info: RunInfo, words: str) -> None:
    assert figures(info) == words


def test_empty_page_says_what_to_do_and_its_button_trains(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project("short", shell.images()), ready=True)
    window.go("train")
    page = train_page(window)
    assert page.empty.isVisible()
    QTest.mouseClick(page.empty.buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.services.view.snapshots.size == 5)
    assert not page.empty.isVisible()


def test_settings_say_what_is_done_to_images_and_lead_there(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project("short", shell.images()), ready=True)
    window.go("train")
    session, line = window.services.session, train_page(window).settings.images
    assert line.isHidden()
    change = {"augmentation": Augmentation(flip_horizontal=True)}
    session.change(session.project.model_copy(update=change), "change the images")
    assert line.isVisible() and line.text().startswith("Training images are flipped at random. ")
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Tab)
    QTest.keyClick(line, Qt.Key.Key_Return)
    assert window.place == "data"
    session.undo()
    assert line.isHidden()


def test_training_shows_its_run_and_lists_it(shell: Shell, qtbot: QtBot) -> None:
    window = trained(shell, qtbot)
    page = train_page(window)
    assert window.place == "train"
    qtbot.waitUntil(lambda: page.runs.runs.rowCount() == 1)
    qtbot.waitUntil(lambda: page.runs.runs.runs[0].reason == "completed")
    info = page.runs.runs.runs[0]
    assert (info.steps, info.val_accuracy) == (40, 0.85)
    assert page.runs.runs.shown == info.folder
    assert window.services.view.loss.size == 40
    assert "40 steps" in window.header.progress.text()
    assert window.timeline.strip.maximum() == 4


def test_buttons_follow_the_training(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project(images=shell.images()), ready=True)
    menus, page = window.menus, train_page(window)
    assert (menus.train.isEnabled(), menus.pause.isEnabled(), menus.stop.isEnabled()) == (True, False, False)
    menus.train.trigger()
    qtbot.waitUntil(lambda: window.services.training.started is not None)
    qtbot.waitUntil(menus.pause.isEnabled)
    assert (menus.train.isEnabled(), menus.stop.isEnabled()) == (False, True)
    assert not page.settings.opened
    qtbot.waitUntil(lambda: window.header.progress.text().startswith("epoch 2/2 · step 20/20 · 500 images/s"))
    menus.pause.trigger()
    qtbot.waitUntil(lambda: window.services.training.paused)
    assert menus.pause.text() == "Go on"
    assert window.header.engine.text() == "paused"
    menus.pause.trigger()
    qtbot.waitUntil(lambda: not window.services.training.paused)
    menus.stop.trigger()
    qtbot.waitUntil(lambda: not window.services.training.active)
    assert menus.train.isEnabled()
    assert page.settings.opened


def test_settings_change_the_project_and_can_be_undone(shell: Shell) -> None:
    window = shell.open(shell.project())
    form, session = train_page(window).settings.form, window.services.session
    form.changed.emit("batch", 64)
    assert session.project.training.batch == 64
    assert session.undo_text == "change batch size"
    form.changed.emit("batch", 128)
    session.undo()
    assert session.project.training.batch == 8
    form.changed.emit("batch", 0)
    assert session.project.training.batch == 8
    assert form.problems()["batch"]


def test_click_shows_another_run_and_a_tick_draws_it_behind(shell: Shell, qtbot: QtBot) -> None:
    window = trained(shell, qtbot)
    page, view = train_page(window), window.services.view
    window.menus.train.trigger()
    qtbot.waitUntil(lambda: not window.services.training.active)
    qtbot.waitUntil(lambda: page.runs.runs.rowCount() == 2)
    older = page.runs.runs.runs[1].folder
    qtbot.waitUntil(lambda: view.run is not None and view.run.folder != older)
    page.runs.clicked.emit(page.runs.runs.index(1))
    qtbot.waitUntil(lambda: view.run is not None and view.run.folder == older)
    page.runs.setCurrentIndex(page.runs.runs.index(0))
    QTest.keyClick(page.runs, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(view.overlays) == 1)
    assert view.overlays[0].folder == page.runs.runs.runs[0].folder
    QTest.keyClick(page.runs, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not view.overlays)


def test_deleted_run_goes_to_the_trash_and_is_not_shown_any_more(
    shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = trained(shell, qtbot)
    page = train_page(window)
    qtbot.waitUntil(lambda: page.runs.runs.rowCount() == 1)
    run = page.runs.runs.runs[0]
    trashed: list[str] = []

    def move(path: str) -> bool:
        trashed.append(path)
        Path(path).rename(shell.folder / "trash")
        return True

    monkeypatch.setattr(QFile, "moveToTrash", move)
    page.run_actions.delete(run)
    qtbot.waitUntil(lambda: page.runs.runs.rowCount() == 0)
    assert trashed == [str(run.folder)]
    assert window.services.view.run is None
    assert page.empty.isVisible()
    assert not list_runs(window.services.training.runs_folder)


def test_menu_of_a_run_allows_what_can_be_done(shell: Shell, qtbot: QtBot) -> None:
    window = trained(shell, qtbot)
    page = train_page(window)
    qtbot.waitUntil(lambda: page.runs.runs.rowCount() == 1 and page.runs.runs.runs[0].reason == "completed")
    menu = page.run_actions.menu(page.runs.runs.runs[0])
    state = {action.text(): action.isEnabled() for action in menu.actions() if action.text()}
    assert state == {
        "Resume": False,
        "Export animation…": True,
        "Export network": True,
        "Show in folder": True,
        "Move to trash": True,
    }


@pytest.mark.allow_errors
def test_lost_engine_offers_to_resume(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project("dies", shell.images()), ready=True)
    window.menus.train.trigger()
    qtbot.waitUntil(lambda: bool(window.toasts.shown()), timeout=20_000)
    offer = window.toasts.shown()[0]
    assert offer.note.level == "error"
    assert "Training stopped at step 40" in offer.note.text
    assert offer.action_button is not None
    assert offer.action_button.text() == "Resume from step 25", "the checkpoint lies behind what was told"
    assert window.menus.resume.isEnabled()
    assert not window.services.training.active


def test_unfinished_run_is_offered_when_its_project_is_opened(shell: Shell, qtbot: QtBot) -> None:
    window = trained(shell, qtbot)
    path, run = window.services.session.path, window.services.training.run
    assert run is not None
    shell.close()
    with sqlite3.connect(Path(run) / "run.db") as db:
        db.execute("DELETE FROM events")
    db.close()
    again = shell.open(path)
    qtbot.waitUntil(lambda: bool(again.toasts.shown()))
    offer = again.toasts.shown()[0]
    assert "cut off at step 40" in offer.note.text
    assert offer.action_button is not None
    assert again.unfinished == (run, 25)


def test_panels_can_be_closed_brought_back_and_are_remembered(shell: Shell, qtbot: QtBot) -> None:
    window = trained(shell, qtbot)
    page = train_page(window)
    path = window.services.session.path
    assert {"loss", "accuracy", "filters", "maps"} <= set(page.dashboard.docks)
    page.dashboard.docks["loss"].close()
    assert not page.dashboard.docks["loss"].isVisible()
    shell.close()
    again = shell.open(path)
    docks = train_page(again).dashboard.docks
    assert docks["loss"].isHidden()
    again.go("train")
    again.menus.reset_layout.trigger()
    assert not docks["loss"].isHidden()


def test_panel_behind_another_rests_until_it_is_seen(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    window.go("train")
    docks = train_page(window).dashboard.docks
    qtbot.waitUntil(lambda: not docks["statistics"].panel.isVisible())
    assert docks["filters"].panel.isVisible()
    docks["statistics"].raise_()
    qtbot.waitUntil(docks["statistics"].panel.isVisible)
    assert not docks["filters"].panel.isVisible()


@pytest.mark.allow_errors
def test_project_without_images_is_refused_in_words(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    with qtbot.waitSignal(window.services.training.refused) as refused:
        window.menus.train.trigger()
    assert refused.args == ["data"]
    assert window.place == "data"
    assert not window.services.training.active


def test_an_image_dropped_on_the_maps_is_pinned(shell: Shell, qtbot: QtBot) -> None:
    images = shell.images()
    window = shell.open(shell.project("short", images), ready=True)
    page = train_page(window)
    image = next(images.rglob("*.png"))
    maps = next(panel for panel in page.dashboard.panels() if panel.name == "maps")
    (target,) = maps.findChildren(DropTarget)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(image))])
    assert target.take(mime)
    qtbot.waitUntil(lambda: window.services.session.project.pinned == (str(image),))
