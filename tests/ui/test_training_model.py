"""Which steps the views are given, whatever is read and told in which order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.messages import Ended, Epoch, Request, Snapshot, Started, Steps
from guiapp.core.notify import Cancelled
from guiapp.core.project import DatasetSettings, Project
from guiapp.core.runs import RunWriter
from guiapp.core.session import Session
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


class Engine(EngineClient):
    """Takes every request and answers none."""

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        return 1


def project(classes: tuple[str, ...]) -> Project:
    made = templates.load("starter").project("Test", "/somewhere", len(classes))
    return made.model_copy(update={"dataset": DatasetSettings(path="/somewhere", classes=classes)})


def record(folder: Path, classes: tuple[str, ...], steps: int) -> RunWriter:
    writer = RunWriter(folder)
    writer.begin(project(classes), {})
    writer.metrics([(step, 0, 1.0 / step, 0.5) for step in range(1, steps + 1)])
    writer.flush()
    return writer


def steps(folder: Path, first: int, last: int) -> Steps:
    numbers = np.arange(first, last + 1)
    return Steps(str(folder), numbers, np.zeros_like(numbers), 1.0 / numbers, np.full(len(numbers), 0.5), 10.0, 1.0)


@pytest.fixture
def engine(qtbot: QtBot) -> Engine:
    return Engine("none")


@pytest.fixture
def view(qtbot: QtBot) -> ViewContext:
    return ViewContext()


@pytest.fixture
def model(engine: Engine, view: ViewContext) -> TrainingModel:
    session = Session(project(("a", "b")))
    return TrainingModel(session, engine, DatasetModel(session, engine), view)


def begin(model: TrainingModel, engine: Engine, folder: Path) -> None:
    model.active, model.run = True, str(folder)
    engine.told.emit(Started(str(folder), 0, 500, 50, 10, 100, 20))


def test_steps_told_while_the_store_is_read_are_shown(
    qtbot: QtBot, model: TrainingModel, engine: Engine, view: ViewContext, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    writer = record(run, ("a", "b"), 100)
    begin(model, engine, run)
    engine.told.emit(steps(run, 91, 120))
    engine.told.emit(Epoch(str(run), 0, 110, 0.1, 0.9, 0.2, 0.8, 1.0))
    engine.told.emit(Snapshot(str(run), 120))
    engine.told.emit(steps(run, 121, 130))
    qtbot.waitUntil(lambda: view.steps.size > 0)
    assert np.array_equal(view.steps, np.arange(1, 131)), "none is lost, none is there twice"
    assert view.snapshots[-1] == 120
    assert [row.epoch for row in view.epochs] == [0]
    assert view.total_steps == 500
    writer.close()


def test_looking_at_another_run_and_back_loses_no_step(
    qtbot: QtBot, model: TrainingModel, engine: Engine, view: ViewContext, tmp_path: Path
) -> None:
    run, other = tmp_path / "run", tmp_path / "other"
    writer = record(run, ("a", "b"), 10)
    record(other, ("x", "y", "z"), 5).close()
    begin(model, engine, run)
    qtbot.waitUntil(lambda: view.steps.size == 10)
    names = [view.class_names]
    model.show_run(other)
    qtbot.waitUntil(lambda: view.steps.size == 5)
    names.append(view.class_names)
    assert names == [("a", "b"), ("x", "y", "z")], "the classes are those of the run, not of the open images"
    assert view.total_steps == 0
    engine.told.emit(steps(run, 11, 40))
    assert view.steps.size == 5
    model.show_run(run)
    qtbot.waitUntil(lambda: view.steps.size == 40)
    assert np.array_equal(view.steps, np.arange(1, 41))
    assert view.total_steps == 500
    writer.close()


def test_snapshots_that_were_dropped_leave_the_timeline(
    qtbot: QtBot, model: TrainingModel, engine: Engine, view: ViewContext, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    writer = record(run, ("a", "b"), 10)
    begin(model, engine, run)
    qtbot.waitUntil(lambda: view.steps.size == 10)
    for step in (0, 2, 4, 6):
        engine.told.emit(Snapshot(str(run), step))
    view.set_step(4)
    engine.told.emit(Snapshot(str(run), 8, (2, 4)))
    assert view.snapshots.tolist() == [0, 6, 8]
    assert view.step == 6, "the nearest that is left"
    writer.close()


def test_a_training_that_ends_while_it_is_read_is_shown_whole(
    qtbot: QtBot, model: TrainingModel, engine: Engine, view: ViewContext, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    writer = record(run, ("a", "b"), 10)
    begin(model, engine, run)
    engine.told.emit(steps(run, 11, 20))
    engine.told.emit(Snapshot(str(run), 20))
    engine.told.emit(Ended(str(run), "completed", 20))
    assert not model.active
    qtbot.waitUntil(lambda: view.steps.size > 0)
    assert view.steps[-1] == 20
    assert view.snapshots.tolist() == [20]
    writer.close()


def test_views_know_that_the_images_are_being_prepared_until_training_begins(
    model: TrainingModel, engine: Engine, view: ViewContext, tmp_path: Path, qtbot: QtBot
) -> None:
    weighted = project(("a", "b"))
    assert weighted.dataset is not None
    settings = weighted.dataset.model_copy(update={"balance": "class weights"})
    weighted = weighted.model_copy(update={"dataset": settings})
    writer = RunWriter(tmp_path / "run")
    writer.begin(weighted, {})
    model._begin(weighted, str(tmp_path / "run"), again=False)
    assert [view.preparing] == [True]
    engine.told.emit(Started(str(tmp_path / "run"), 0, 500, 50, 10, 100, 20))
    qtbot.waitUntil(lambda: view.run is not None)
    assert [view.preparing, view.weighted] == [False, True]
    writer.close()


def test_preparing_that_is_given_up_is_over(model: TrainingModel, view: ViewContext, tmp_path: Path) -> None:
    model._begin(project(("a", "b")), str(tmp_path / "run"), again=False)
    assert [view.preparing] == [True]
    model._failed(Cancelled())
    assert [view.preparing] == [False]
