"""Which runs belong to the open project, and that they come along when it is given a place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter, moving
from guiapp.ui import asking, project_runs
from guiapp.ui.window import Window

Shell = Any


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVNET_STUDIO_DATA", str(tmp_path / "data"))


def unsaved(shell: Shell, qtbot: QtBot) -> Window:
    """Open the window on a project that was never saved, whose training ends by itself."""
    window: Window = shell.open(shell.project("short", shell.images()), ready=True)
    project = window.services.session.project
    window.files.new()
    window.services.session.change(project, "build")
    qtbot.waitUntil(lambda: window.services.dataset.state == "ready")
    window.go("train")
    return window


def train(window: Window, qtbot: QtBot) -> Path:
    view = window.services.view
    window.menus.train.trigger()
    training = window.services.training
    qtbot.waitUntil(lambda: not training.runs.held and view.run is not None and view.snapshots.size > 0)
    assert view.run is not None
    return view.run.folder


def listed(window: Window) -> list[Path]:
    return [info.folder for info in window.services.training.runs.find()()]


def name_as(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(asking, "project_to_save", lambda _parent, _path: path)


def settled(window: Window) -> None:
    """Wait until nothing more is read: each answer may ask for the next."""
    for _turn in range(3):
        for jobs in (window.services.training._jobs, window.services.jobs):
            assert jobs.wait_all()
        QApplication.processEvents()


def test_new_project_shows_nothing_of_the_former_one(shell: Shell, qtbot: QtBot) -> None:
    window = unsaved(shell, qtbot)
    run = train(window, qtbot)
    predict: Any = window.page("predict")
    predict.networks.refresh()
    settled(window)
    assert predict.networks.network.folder == str(run)
    window.files.new()
    # The same name as before: it is another project nevertheless.
    window.services.session.change(Project(name="short"), "rename")
    window.files.opened.emit()
    settled(window)
    view = window.services.view
    assert view.run is None
    assert not view.steps.size
    assert not view.snapshots.size
    assert window.header.progress.text() == ""
    assert listed(window) == []
    assert predict.networks.network is None
    assert predict.networks.count() == 1


def test_network_that_a_person_chose_is_asked_on(shell: Shell, qtbot: QtBot) -> None:
    window = unsaved(shell, qtbot)
    run = train(window, qtbot)
    networks: Any = window.page("predict").networks  # type: ignore[attr-defined]
    networks.refresh()
    settled(window)
    networks.setCurrentIndex(1)
    networks.activated.emit(1)
    window.files.new()
    settled(window)
    assert networks.network.folder == str(run)


def test_runs_come_along_when_the_project_is_saved(shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = unsaved(shell, qtbot)
    run = train(window, qtbot)
    former = RunReader(run)
    window.services.view.set_step(10)
    name_as(monkeypatch, shell.folder / "elsewhere" / "mine.convnet")
    with qtbot.waitSignal(window.services.training.runs.moved):
        window.menus.save.trigger()
    settled(window)
    there = shell.folder / "elsewhere" / "runs" / run.name
    view = window.services.view
    assert not run.exists()
    # Whoever held it meanwhile reads on.
    assert former.steps() == 40
    assert listed(window) == [there]
    assert view.run is not None
    assert view.run.folder == there
    assert view.step == 10
    assert view.run.array(10, "weights", "conv1/kernel") is not None
    assert window.services.training.run == str(there)


def test_run_in_training_comes_along_once_it_has_ended(
    shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unsaved(shell, qtbot)
    session = window.services.session
    session.change(session.project.model_copy(update={"name": "long"}), "rename")
    window.menus.train.trigger()
    qtbot.waitUntil(lambda: window.services.training.started is not None)
    name_as(monkeypatch, shell.folder / "elsewhere" / "mine.convnet")
    with qtbot.waitSignal(window.files.saved):
        window.menus.save.trigger()
    run = Path(window.services.training.run or "")
    assert run.is_dir()
    assert listed(window) == [run]
    with qtbot.waitSignal(window.services.training.runs.moved):
        window.menus.stop.trigger()
    settled(window)
    there = shell.folder / "elsewhere" / "runs" / run.name
    assert listed(window) == [there]
    assert window.unfinished is not None
    assert window.unfinished[0] == str(there)


@pytest.mark.allow_errors
def test_run_that_cannot_be_moved_is_told_and_stays_listed(
    shell: Shell, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = unsaved(shell, qtbot)
    run = train(window, qtbot)

    def full(*_args: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(project_runs, "move_run", full)
    name_as(monkeypatch, shell.folder / "elsewhere" / "mine.convnet")
    with qtbot.waitSignal(window.services.training.runs.moved):
        window.menus.save.trigger()
    settled(window)
    assert any("could not be moved" in toast.note.text for toast in window.toasts.shown())
    assert listed(window) == [run]
    assert not window.services.training.runs.waiting


def record(folder: Path) -> RunWriter:
    writer = RunWriter(folder)
    writer.begin(Project(), {})
    return writer


def test_run_is_copied_to_another_disk_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "runs" / "one"
    record(run).close()
    before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
    target = tmp_path / "there" / "one"
    seen: list[tuple[int, int]] = []

    def cut(_done: int, _total: int) -> None:
        raise OSError(28, "No space left on device")

    target.parent.mkdir()
    with pytest.raises(OSError, match="No space"):
        moving._copy(run, target, cut)
    assert list(target.parent.iterdir()) == []
    moving._copy(run, target, lambda done, total: seen.append((done, total)))
    assert {path.name: path.read_bytes() for path in target.iterdir() if path.is_file()} == before
    assert seen[-1][0] == seen[-1][1] > 0


def test_run_that_is_written_is_not_moved_and_a_taken_name_is_left_alone(tmp_path: Path) -> None:
    run, parent = tmp_path / "runs" / "one", tmp_path / "there"
    writer = record(run)
    with pytest.raises(UserError, match="still being written"):
        moving.move_run(run, parent)
    writer.close()
    (parent / "one").mkdir(parents=True)
    assert moving.move_run(run, parent) == parent / "one-2"
    assert (parent / "one-2" / "run.db").is_file()
    assert not run.exists()
