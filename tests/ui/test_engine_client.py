"""The window's end of the engine, with a process that needs no TensorFlow."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.core.messages import Evaluate
from guiapp.core.notify import Cancelled, UserError
from guiapp.ui.engine_client import EngineClient

LONG = 20_000


@pytest.fixture
def client(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineClient]:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    made = EngineClient("fake_engine")
    made.start()
    qtbot.waitUntil(lambda: made.state == "ready", timeout=LONG)
    yield made
    made.shut_down()


def test_ready_engine_says_its_device_and_answers(client: EngineClient, qtbot: QtBot) -> None:
    assert client.device is not None
    assert client.device.name == "CPU"
    got: list[object] = []
    progress: list[tuple[str, int, int]] = []
    client.request(
        lambda number: Evaluate(number, "echo", "words"), got.append, progress=lambda *how: progress.append(how)
    )
    qtbot.waitUntil(lambda: bool(got))
    assert got == ["words"]
    assert progress == [("half", 1, 2)]


def test_refusal_reaches_the_caller_as_it_was_raised(client: EngineClient, qtbot: QtBot) -> None:
    failures: list[BaseException] = []
    client.request(lambda number: Evaluate(number, "refuse"), failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert isinstance(failures[0], UserError)
    assert failures[0].sentence == "there: cannot be done. Mend it."


def test_cancelled_request_fails_as_cancelled_and_a_forgotten_one_is_silent(client: EngineClient, qtbot: QtBot) -> None:
    failures: list[BaseException] = []
    kept = client.request(lambda number: Evaluate(number, "wait"), failed=failures.append)
    forgotten = client.request(lambda number: Evaluate(number, "echo", "x"), failures.append, failures.append)
    client.forget(forgotten)
    client.cancel(kept)
    qtbot.waitUntil(lambda: bool(failures))
    assert [type(failure) for failure in failures] == [Cancelled]


def test_notes_of_the_engine_are_told(client: EngineClient, qtbot: QtBot) -> None:
    notes: list[notify.Note] = []
    stop = notify.listen(notes.append)
    client.request(lambda number: Evaluate(number, "say"))
    qtbot.waitUntil(lambda: bool(notes))
    stop()
    assert notes == [notify.Note("warning", "a word of warning")]


def test_dead_engine_fails_what_waits_and_is_started_again(client: EngineClient, qtbot: QtBot) -> None:
    first = client.pid
    failures: list[BaseException] = []
    with qtbot.waitSignal(client.died, timeout=LONG) as died:
        client.request(lambda number: Evaluate(number, "die"), failed=failures.append)
    assert "exit code 3" in died.args[0]
    assert len(failures) == 1
    qtbot.waitUntil(lambda: client.state == "ready", timeout=LONG)
    assert client.pid not in (None, first)
    assert not client.given_up


def test_engine_that_keeps_dying_is_given_up_and_says_so(client: EngineClient, qtbot: QtBot) -> None:
    for _ in range(4):
        qtbot.waitUntil(lambda: client.state == "ready", timeout=LONG)
        with qtbot.waitSignal(client.died, timeout=LONG):
            client.request(lambda number: Evaluate(number, "die"), failed=lambda _exc: None)
    assert client.given_up
    failures: list[BaseException] = []
    client.request(lambda number: Evaluate(number, "echo"), failed=failures.append)
    qtbot.waitUntil(lambda: bool(failures))
    assert "does not run" in str(failures[0])
    client.start()
    qtbot.waitUntil(lambda: client.state == "ready", timeout=LONG)
    assert not client.given_up


def test_requests_made_before_the_start_are_answered(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    early = EngineClient("fake_engine")
    got: list[object] = []
    early.request(lambda number: Evaluate(number, "echo", "early"), got.append)
    early.start()
    qtbot.waitUntil(lambda: bool(got), timeout=LONG)
    early.shut_down()
    assert got == ["early"]


def test_nothing_runs_after_the_end(client: EngineClient, qtbot: QtBot) -> None:
    assert client.pid in {child.pid for child in multiprocessing.active_children()}
    client.shut_down()
    assert client.pid not in {child.pid for child in multiprocessing.active_children()}


def test_engine_whose_module_is_missing_is_told_and_given_up(qtbot: QtBot, capfd: pytest.CaptureFixture[str]) -> None:
    broken = EngineClient("no_such_engine_module")
    broken.start()
    qtbot.waitUntil(lambda: broken.given_up, timeout=60_000)
    assert broken.state == "dead"
    broken.shut_down()
    assert "no_such_engine_module" in capfd.readouterr().err
