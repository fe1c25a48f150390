"""The engine as a process of its own: commands in, events out, and what is left when it is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core.messages import (
    Answer,
    Cancel,
    Command,
    ComputeView,
    Device,
    Ended,
    Evaluate,
    Event,
    Export,
    Failed,
    OpenDataset,
    Pause,
    Predict,
    Quit,
    Resume,
    Snapshot,
    Started,
    State,
    Steps,
    Stop,
    Train,
)
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import worker
from guiapp.engine.control import Control
from guiapp.engine.pipeline import prepare
from guiapp.engine.train import train

MakeProject = Callable[..., Project]
WAIT_S = 60.0


class Engine:
    """The window's end."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection: Connection
        self.connection, there = context.Pipe()
        self.process: BaseProcess = context.Process(target=worker.main, args=(there,), daemon=True)
        self.process.start()
        there.close()
        self.events: list[Event] = []

    def send(self, command: Command) -> None:
        self.connection.send(command)

    def until(self, wanted: Callable[[Event], bool]) -> Any:
        end = time.monotonic() + WAIT_S
        while self.connection.poll(max(0, end - time.monotonic())):
            event = self.connection.recv()
            self.events.append(event)
            if wanted(event):
                return event
        raise AssertionError(f"nothing of the kind came; the last events: {self.events[-5:]}")

    def answer(self, request: int) -> Any:
        def wanted(event: Event) -> bool:
            return isinstance(event, Answer | Failed) and event.request == request

        # Requests are answered in any order.
        return next((event for event in self.events if wanted(event)), None) or self.until(wanted)


@pytest.fixture
def engine() -> Iterator[Engine]:
    made = Engine()
    yield made
    made.connection.close()
    made.process.join(WAIT_S)
    alive = made.process.is_alive()
    made.process.kill()
    made.process.join()
    made.process.close()
    assert not alive, "the engine ends with its pipe"


def test_a_whole_conversation(engine: Engine, make_project: MakeProject, images: Path, tmp_path: Path) -> None:
    project, run = make_project(epochs=2000), str(tmp_path / "run")
    image = str(images / "lying" / "000.png")
    assert project.dataset is not None

    engine.send(OpenDataset(1, project.dataset))
    assert len(engine.answer(1).value) == 72
    engine.send(Predict(2, image))
    assert "no trained network" in engine.answer(2).what

    engine.send(Train(3, project, run))
    engine.until(lambda event: isinstance(event, Started))
    engine.until(lambda event: isinstance(event, Steps))
    engine.send(Predict(4, image))
    assert len(engine.answer(4).value.classes) == 3
    engine.send(ComputeView(5, "maps", image, options={"layer": "conv1"}))
    assert all(isinstance(array, np.ndarray) for array in engine.answer(5).value.values())
    engine.send(Train(6, project, run))
    assert "under way" in engine.answer(6).what

    os.kill(engine.process.pid or 0, signal.SIGINT)  # is the window's to handle
    engine.send(Pause())
    engine.until(lambda event: event == State("paused"))
    engine.send(Predict(7, image, run=run))
    held = engine.answer(7).value.step
    engine.send(Resume())
    engine.until(lambda event: event == State("training"))
    engine.until(lambda event: isinstance(event, Snapshot) and event.step > held)
    engine.send(Stop())
    ended = engine.until(lambda event: isinstance(event, Ended))
    assert ended.reason == "stopped"
    assert engine.answer(3).value == run
    states = [event.state for event in engine.events if isinstance(event, State)]
    assert states[0] == "starting"
    assert states[states.index("preparing") :] == [
        "preparing", "training", "paused", "training", "stopping", "ready",
    ]  # fmt: skip
    assert any(isinstance(event, Device) and event.versions["keras"] for event in engine.events)

    engine.send(Evaluate(8, run))
    engine.send(Export(9, run, "keras", str(tmp_path / "network.keras")))
    engine.send(Predict(10, b"nonsense"))
    assert engine.answer(8).value.images == 18
    engine.answer(9)
    assert (tmp_path / "network.keras").is_file()
    assert "not an image" in engine.answer(10).what
    engine.send(Quit())
    engine.process.join(WAIT_S)
    assert engine.process.exitcode == 0


def test_a_scan_needs_no_tensorflow(images: Path) -> None:
    code = (
        "import sys; from guiapp.engine import worker, answers; from guiapp.core.messages import OpenDataset;"
        "from guiapp.core.project import DatasetSettings;"
        f"found = answers.answer_open_dataset(OpenDataset(1, DatasetSettings(path={str(images)!r})),"
        " lambda *told: None, lambda: False);"
        "assert len(found) == 72; assert 'tensorflow' not in sys.modules; assert 'PySide6' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=WAIT_S)


def test_killed_at_any_moment_it_can_be_resumed(engine: Engine, make_project: MakeProject, tmp_path: Path) -> None:
    project, run = make_project(epochs=3000), tmp_path / "run"
    engine.send(Train(1, project, str(run)))
    engine.until(lambda event: isinstance(event, Steps) and event.step[-1] >= 41)
    assert engine.process.pid is not None
    os.kill(engine.process.pid, signal.SIGKILL)
    engine.process.join(WAIT_S)
    assert RunReader(run).reason() == "interrupted"

    steps = RunReader(run).steps() + 40
    limited = project.model_copy(update={"training": project.training.model_copy(update={"max_steps": steps})})
    events: list[Event] = []
    store = RunWriter(run)
    assert train(limited, prepare(limited), store, events.append, Control(), resume=True) == "completed"
    store.close()
    assert isinstance(events[0], Started) and 0 < events[0].step < steps
    assert RunReader(run).metrics().step.tolist() == list(range(1, steps + 1))
    assert RunReader(run).reason() == "completed"


def test_a_window_that_is_gone_leaves_a_saved_training(
    engine: Engine, make_project: MakeProject, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    engine.send(Train(1, make_project(epochs=100_000), str(run)))
    engine.until(lambda event: isinstance(event, Steps))
    engine.connection.close()
    engine.process.join(WAIT_S)
    assert engine.process.exitcode == 0
    assert RunReader(run).reason() == "interrupted" and RunReader(run).model.is_file()


def test_problems_are_told_and_leave_no_run(engine: Engine, make_project: MakeProject, tmp_path: Path) -> None:
    project = make_project()
    wrong = project.model_copy(update={"network": project.network.update("dense2", units=7)})
    engine.send(Train(1, wrong, str(tmp_path / "run")))
    failed = engine.answer(1)
    assert (failed.where, failed.mend) == ("dense2", "Set its units to that")
    assert not (tmp_path / "run").exists()
    engine.send(Train(2, make_project(epochs=100_000), str(tmp_path / "run")))
    engine.until(lambda event: isinstance(event, Steps))
    engine.send(Cancel(2))
    assert engine.until(lambda event: isinstance(event, Ended)).reason == "stopped"
