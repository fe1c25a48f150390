"""Opening, saving, the autosave, recovering, and what is asked before something is lost."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from guiapp.core import files
from guiapp.core import project as projects
from guiapp.core.project import DatasetSettings, Project
from guiapp.core.session import Session
from guiapp.ui import asking, project_files
from guiapp.ui.dataset_model import sample_folder
from guiapp.ui.project_files import ProjectFiles
from guiapp.ui.window import Window

Shell = Any
Answer = Callable[[int], list[str]]


@pytest.fixture(autouse=True)
def _quick_autosave(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_files, "AUTOSAVE_MS", 30)


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Answer:
    """Answer every question with the same button; returns the questions."""

    def use(position: int) -> list[str]:
        asked: list[str] = []

        def choose(_parent: object, title: str, _text: str, answers: list[str]) -> int:
            asked.append(title)
            return position if position >= 0 else len(answers) - 1

        monkeypatch.setattr(asking, "choose", choose)
        return asked

    return use


def rename(window: Window, name: str) -> None:
    session = window.services.session
    session.change(session.project.model_copy(update={"name": name}), f"rename to {name}")


def name_in(path: Path) -> str:
    return str(json.loads(path.read_text("utf-8"))["name"])


def test_save_writes_the_project_and_says_so(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    window = shell.open(path)
    assert window.header.saved.text() == "● saved"
    assert not window.menus.save.isEnabled()
    rename(window, "stars")
    assert window.header.saved.text() == "○ unsaved changes"
    with qtbot.waitSignal(window.files.saved):
        window.menus.save.trigger()
    assert name_in(path) == "stars"
    assert window.header.saved.text() == "● saved"


def test_change_is_autosaved_beside_and_the_autosave_goes_with_a_proper_save(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    window = shell.open(path)
    beside = projects.autosave_path(path)
    rename(window, "stars")
    qtbot.waitUntil(beside.exists)
    assert name_in(path) == "bars"
    qtbot.waitUntil(lambda: name_in(beside) == "stars")
    with qtbot.waitSignal(window.files.saved):
        window.save()
    assert not beside.exists()


def test_autosave_goes_when_the_change_is_undone(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    window = shell.open(path)
    rename(window, "stars")
    qtbot.waitUntil(projects.autosave_path(path).exists)
    assert window.files.settle()
    window.menus.undo.trigger()
    qtbot.waitUntil(lambda: not projects.autosave_path(path).exists())


def test_closing_by_a_signal_keeps_unsaved_changes_and_the_next_start_offers_them(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    window = shell.open(path)
    rename(window, "stars")
    shell.close()
    assert name_in(path) == "bars"
    assert name_in(projects.autosave_path(path)) == "stars"
    later = path.stat().st_mtime + 5
    os.utime(projects.autosave_path(path), (later, later))

    again = shell.open(path)
    qtbot.waitUntil(lambda: bool(again.toasts.shown()))
    offer = again.toasts.shown()[0]
    assert "never saved" in offer.note.text
    assert offer.action_button is not None
    assert again.menus.recover.isVisible()
    offer.action_button.click()
    assert again.services.session.project.name == "stars"
    assert again.services.session.modified
    assert not again.menus.recover.isVisible()
    with qtbot.waitSignal(again.files.saved):
        again.save()
    assert name_in(path) == "stars"


def test_damaged_project_is_opened_from_its_autosave(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    projects.autosave_path(path).write_text(path.read_text("utf-8"), "utf-8")
    path.write_text(path.read_text("utf-8")[:50], "utf-8")
    window = shell.open(path)
    assert window.services.session.project.name == "bars"
    assert window.services.session.modified


@pytest.mark.allow_errors
def test_project_that_cannot_be_opened_is_told_and_the_former_one_stays(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    window = shell.open(path)
    broken = shell.folder / "broken.convnet"
    broken.write_text('{"format": 999}', "utf-8")
    window.open_path(broken)
    qtbot.waitUntil(lambda: bool(window.toasts.shown()))
    assert "newer version" in window.toasts.shown()[0].note.text
    assert window.services.session.path == path


@pytest.mark.allow_errors
@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_place_that_cannot_be_written_is_told(shell: Shell, qtbot: QtBot) -> None:
    path = shell.project()
    window = shell.open(path)
    rename(window, "stars")
    path.parent.chmod(0o500)
    with qtbot.waitSignal(window.files.save_failed):
        window.save()
    path.parent.chmod(0o700)
    assert window.services.session.modified


@pytest.mark.allow_errors
def test_failed_save_keeps_the_project_unsaved(shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    path = shell.project()
    window = shell.open(path)
    rename(window, "stars")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(projects, "save", full)
    with qtbot.waitSignal(window.files.save_failed):
        window.save()
    qtbot.waitUntil(lambda: bool(window.toasts.shown()))
    assert "disk is full" in window.toasts.shown()[0].note.text
    assert window.services.session.modified
    assert name_in(path) == "bars"


def test_save_as_takes_the_place_and_its_name(shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = shell.open(shell.project())
    target = shell.folder / "Two words.convnet"
    monkeypatch.setattr(asking, "project_to_save", lambda _parent, _path: target)
    with qtbot.waitSignal(window.files.saved):
        window.menus.save_as.trigger()
    assert window.services.session.path == target
    assert window.services.session.project.name == "Two words"
    assert not window.services.session.modified
    assert window.files.recent[0] == target


def test_new_project_is_empty_and_has_no_place(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    window.menus.new.trigger()
    assert window.services.session.path is None
    assert window.services.session.project == Project()
    assert window.header.saved.text() == "○ not saved yet"


def test_other_project_is_opened_from_the_recent_ones(shell: Shell, qtbot: QtBot) -> None:
    first, second = shell.project("first"), shell.project("second")
    window = shell.open(first)
    window.open_path(second)
    qtbot.waitUntil(lambda: window.services.session.path == second)
    recent = [action for action in window.menus.recent_menu.actions() if action.text() == "first"]
    recent[0].trigger()
    qtbot.waitUntil(lambda: window.services.session.path == first)


def test_unsaved_changes_are_asked_for_before_another_project(shell: Shell, qtbot: QtBot, answer: Answer) -> None:
    first, second = shell.project("first"), shell.project("second")
    window = shell.open(first)
    rename(window, "stars")
    asked = answer(-1)
    window.open_path(second)
    assert len(asked) == 1
    assert window.services.session.project.name == "stars"
    answer(1)
    window.open_path(second)
    qtbot.waitUntil(lambda: window.services.session.path == second)
    assert name_in(first) == "first"
    assert not projects.autosave_path(first).exists()


@pytest.mark.parametrize(("button", "stays", "name"), [(0, False, "stars"), (1, False, "bars"), (2, True, "bars")])
def test_closing_with_unsaved_changes_asks(
    shell: Shell, qtbot: QtBot, answer: Answer, button: int, stays: bool, name: str
) -> None:
    path = shell.project()
    window = shell.open(path)
    rename(window, "stars")
    asked = answer(button)
    window.close()
    if not stays:
        qtbot.waitUntil(lambda: not window.isVisible())
    assert asked == ["Save the changes to “stars”?"]
    assert window.isVisible() == stays
    assert name_in(path) == name
    if not stays:
        assert not projects.autosave_path(path).exists()


def test_closing_while_training_asks_and_leaves_nothing_running(shell: Shell, qtbot: QtBot, answer: Answer) -> None:
    window = shell.open(shell.project(images=shell.images()), ready=True)
    window.menus.train.trigger()
    qtbot.waitUntil(lambda: window.services.training.started is not None)
    asked = answer(1)
    window.close()
    assert asked == ["The network is still learning. Stop and close?"]
    assert window.isVisible()
    pid = window.services.engine.pid
    answer(0)
    window.close()
    assert not window.isVisible()
    assert pid not in {child.pid for child in multiprocessing.active_children()}


def test_first_start_makes_the_sample_and_a_bad_last_project_falls_back_to_it(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("project/last", str(tmp_path / "gone.convnet"))
    session = Session(Project())
    opened = ProjectFiles(session, settings)
    with qtbot.waitSignal(opened.opened):
        opened.open_first(None)
    assert session.path == files.data_dir() / "Shapes.convnet"
    assert session.project.name == "Shapes"
    assert session.project.dataset is not None
    assert session.project.dataset.path == str(sample_folder())
    assert [layer.kind for layer in session.project.network.layers][:2] == ["Input", "Conv2D"]
    with qtbot.waitSignal(opened.opened):
        opened.open_first(None)
    assert opened.recent == [session.path]
    assert opened.settle()


@pytest.mark.allow_errors
def test_named_project_that_is_missing_is_told_and_the_last_one_opened(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))
    session = Session(Project())
    opened = ProjectFiles(session, QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    with qtbot.waitSignal(opened.opened):
        opened.open_first(tmp_path / "gone.convnet")
    assert session.project.name == "Shapes"
    assert opened.settle()


@pytest.fixture
def sample(shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Window:
    """Open the window on the sample project, in a data folder of its own."""
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(shell.folder / "data"))
    window: Window = shell.open(shell.project())
    with qtbot.waitSignal(window.files.opened):
        window.menus.sample.trigger()
    return window


def choose_images(window: Window, folder: Path) -> None:
    session = window.services.session
    session.change(session.project.model_copy(update={"dataset": DatasetSettings(path=str(folder))}), "choose images")


def test_sample_with_other_images_is_saved_under_a_name_and_stays_as_it_was(
    shell: Shell, qtbot: QtBot, sample: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = project_files.sample_project_path()
    before = path.read_bytes()
    offered: list[Path] = []

    def name(_parent: object, suggested: Path) -> Path:
        offered.append(suggested)
        return Path(shell.folder / "cats.convnet")

    monkeypatch.setattr(asking, "project_to_save", name)
    choose_images(sample, shell.images())
    with qtbot.waitSignal(sample.files.saved):
        sample.menus.save.trigger()
    assert [suggested.name for suggested in offered] == ["images.convnet"]
    assert sample.services.session.path == shell.folder / "cats.convnet"
    assert sample.services.session.project.name == "cats"
    assert path.read_bytes() == before
    with qtbot.waitSignal(sample.files.opened):
        sample.menus.sample.trigger()
    assert sample.services.session.project == project_files.sample_project()


@pytest.mark.allow_errors
def test_the_samples_own_place_is_refused(shell: Shell, sample: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    path = project_files.sample_project_path()
    before = path.read_bytes()
    monkeypatch.setattr(asking, "project_to_save", lambda _parent, _path: path)
    rename(sample, "mine")
    sample.menus.save.trigger()
    assert sample.files.settle()
    assert path.read_bytes() == before
    assert sample.services.session.modified


def test_sample_that_was_overwritten_is_made_again_and_what_was_in_it_is_kept(
    shell: Shell, qtbot: QtBot, sample: Window
) -> None:
    path = project_files.sample_project_path()
    projects.save(Project(name="cats"), path)
    with qtbot.waitSignal(sample.files.opened):
        sample.menus.sample.trigger()
    assert sample.services.session.project == project_files.sample_project()
    assert name_in(path.with_name("Shapes (kept 1).convnet")) == "cats"


def test_new_project_follows_once_the_former_one_was_given_a_name(
    shell: Shell, qtbot: QtBot, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shell.open(shell.project())
    window.menus.new.trigger()
    rename(window, "first")
    target = shell.folder / "first one.convnet"
    monkeypatch.setattr(asking, "project_to_save", lambda _parent, _path: target)
    answer(0)
    with qtbot.waitSignal(window.files.opened):
        window.menus.new.trigger()
    assert name_in(target) == "first one"
    assert (window.services.session.path, window.services.session.project) == (None, Project())


def test_giving_no_name_keeps_the_project_and_forgets_what_was_to_follow(
    shell: Shell, qtbot: QtBot, answer: Answer, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = shell.open(shell.project())
    window.menus.new.trigger()
    rename(window, "first")
    monkeypatch.setattr(asking, "project_to_save", lambda _parent, _path: None)
    answer(0)
    window.menus.new.trigger()
    assert window.services.session.project.name == "first"
    target = shell.folder / "later.convnet"
    monkeypatch.setattr(asking, "project_to_save", lambda _parent, _path: target)
    with qtbot.waitSignal(window.files.saved):
        window.menus.save.trigger()
    assert window.services.session.path == target
