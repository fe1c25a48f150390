"""The engine's threads, looked at within this process."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from guiapp.core import messages
from guiapp.core.messages import Answer, Ended, Event, Failed, Predict, Request, State, Train
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import running, telling, worker
from guiapp.engine.background import Training
from guiapp.engine.build import build
from guiapp.engine.control import Control
from guiapp.engine.live import LiveModel

MakeProject = Callable[..., Project]
WAIT_S = 30.0


class Window:
    """The other end of a worker that lives in this process."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.events: list[Event] = []

    def until(self, wanted: Callable[[Event], bool]) -> Any:
        while self._connection.poll(WAIT_S):
            self.events.append(self._connection.recv())
            if wanted(self.events[-1]):
                return self.events[-1]
        raise AssertionError(self.events)

    def answer(self, request: int) -> Any:
        return self.until(lambda event: isinstance(event, Answer | Failed) and event.request == request)


@pytest.fixture
def ends() -> Iterator[tuple[worker.Worker, Window]]:
    here, there = multiprocessing.Pipe()
    made = worker.Worker(there)
    yield made, Window(here)
    made._end(interrupted=False)
    here.close()
    there.close()


def test_a_training_asked_for_when_the_last_has_ended_waits_for_its_thread(
    ends: tuple[worker.Worker, Window], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, window = ends
    go_on, close = threading.Event(), threading.Event()
    order: list[str] = []

    def train_run(project: Project, run: Path, send: Callable[[Event], None], *_: Any, **__: Any) -> None:
        order.append(f"begin {run}")
        send(State("training"))
        if run == Path("a"):
            assert go_on.wait(WAIT_S)
        send(Ended(str(run), "completed", 1))
        if run == Path("a"):
            assert close.wait(WAIT_S)
        order.append(f"closed {run}")

    monkeypatch.setattr(running, "train_run", train_run)
    engine._train(Train(1, Project(), "a"))
    window.until(lambda event: event == State("training"))
    engine._train(Train(2, Project(), "b"))
    assert "under way" in window.answer(2).what
    go_on.set()
    window.until(lambda event: isinstance(event, Ended))
    engine._train(Train(3, Project(), "b"))
    engine._train(Train(4, Project(), "b"))
    assert "under way" in window.answer(4).what, "the third waits, and is the one under way"
    assert order == ["begin a"]
    close.set()
    assert window.answer(3) == Answer(3, "b")
    assert Answer(1, "a") in window.events
    assert order == ["begin a", "closed a", "begin b", "closed b"]
    states = [event.state for event in window.events if isinstance(event, State)]
    assert states == ["preparing", "training", "ready"] * 2


def test_an_end_is_told_once_the_run_may_be_gone_on_with(make_project: MakeProject, tmp_path: Path) -> None:
    reasons: list[str | None] = []

    def take(event: Event) -> None:
        if isinstance(event, Ended):
            reasons.append(RunReader(tmp_path / "run").reason())
            RunWriter(tmp_path / "run").close()

    running.train_run(make_project(epochs=1), tmp_path / "run", take, Control())
    assert reasons == ["completed"]


def test_images_are_decoded_on_the_thread_that_asks(
    ends: tuple[worker.Worker, Window],
    small: Callable[..., NetworkSpec],
    images: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from guiapp.data import images as reading

    engine, _ = ends
    network = LiveModel(build(small(), 3), ("a", "b", "c"), 5)
    training = Training(Train(1, Project(), "run"), None, lambda _: None, lambda _: None, threading.Event())
    training.control.begin(network)
    engine._training = training
    over = threading.Event()

    def train() -> None:
        while not over.is_set():
            training.control.between(lambda held: None)
        training.control.finish()

    threads: list[threading.Thread] = []
    read = reading.read_fitted

    def watched(*arguments: Any) -> Any:
        threads.append(threading.current_thread())
        return read(*arguments)

    monkeypatch.setattr(reading, "read_fitted", watched)
    training.thread = threading.Thread(target=train)
    training.thread.start()
    try:
        path = str(images / "lying" / "003.png")
        assert engine._predict(Predict(1, path), lambda *_: None, lambda: False).step == 5
        view = messages.ComputeView(2, "maps", path, options={"layer": "conv1"})
        assert engine._compute_view(view, lambda *_: None, lambda: False)
    finally:
        over.set()
        training.thread.join()
    assert threads == [threading.current_thread()] * 2


def _requests(kind: type[Request] = Request) -> Iterator[type[Request]]:
    for below in kind.__subclasses__():
        yield below
        yield from _requests(below)


@pytest.mark.allow_errors
def test_what_was_not_foreseen_is_told_in_words_of_the_person(ends: tuple[worker.Worker, Window]) -> None:
    engine, window = ends
    assert set(telling.DOING) == set(_requests())

    def fail(*_: Any) -> Any:
        raise ValueError("no")

    engine._given_up[1] = threading.Event()
    engine._answer(Predict(1, "x"), lambda: fail)
    failed = window.answer(1)
    assert failed.where == "predicting"
    engine._given_up[2] = threading.Event()
    engine._answer(Predict(2, "x"), lambda: lambda *_: threading.Lock())  # which cannot be sent
    failed = window.answer(2)
    assert failed.where == "predicting" and failed.mend
