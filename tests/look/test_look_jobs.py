from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QObject, QThread
from pytestqt.qtbot import QtBot

from guiapp.core import notify
from guiapp.core.notify import Note, UserError
from guiapp.look.jobs import Jobs


@pytest.fixture
def jobs(qapp: object) -> Jobs:
    return Jobs()


def test_a_result_comes_back_on_the_windows_thread(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[Any] = []

    def work(a: int, b: int) -> tuple[int, QThread]:
        return a + b, QThread.currentThread()

    jobs.run(work, 2, 3, done=lambda result: seen.append((*result, QThread.currentThread())))
    assert jobs.busy
    qtbot.waitUntil(lambda: bool(seen))
    total, there, here = seen[0]
    assert total == 5
    assert there is not here
    assert here is jobs.thread()
    assert not jobs.busy


def test_a_failure_comes_back(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[BaseException] = []
    jobs.run(lambda: 1 // 0, failed=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert isinstance(seen[0], ZeroDivisionError)


@pytest.mark.allow_errors
def test_a_failure_nobody_takes_is_told(jobs: Jobs, qtbot: QtBot) -> None:
    notes: list[Note] = []
    stop = notify.listen(notes.append)

    def work() -> None:
        raise UserError("holds no images", where="pets", mend="Choose another folder")

    jobs.run(work)
    qtbot.waitUntil(lambda: bool(notes))
    stop()
    assert notes == [Note("error", "pets: holds no images. Choose another folder.")]


def test_a_newer_job_supersedes_one_that_runs(jobs: Jobs, qtbot: QtBot) -> None:
    gate, seen = threading.Event(), list[str]()

    def slow() -> str:
        assert gate.wait(10)
        return "old"

    jobs.run(slow, done=seen.append, key="preview")
    jobs.run(lambda: "new", done=seen.append, key="preview")
    jobs.run(lambda: "other", done=seen.append, key="else")
    qtbot.waitUntil(lambda: len(seen) == 2)
    gate.set()
    assert jobs.wait_all()
    assert sorted(seen) == ["new", "other"]


def test_one_that_waits_is_skipped(jobs: Jobs, qtbot: QtBot) -> None:
    gate, ran, seen = threading.Event(), list[int](), list[int]()
    # Each of these holds one worker until the gate opens.
    for _ in range(64):
        jobs.run(lambda: gate.wait(10))

    def work(number: int) -> int:
        ran.append(number)
        return number

    for number in range(20):
        jobs.run(work, number, done=seen.append, key="same")
    gate.set()
    assert jobs.wait_all()
    assert seen == [19]
    assert ran == [19]


def test_nothing_is_delivered_after_the_parent_is_gone(qtbot: QtBot) -> None:
    gate, seen, parent = threading.Event(), list[int](), QObject()
    other, jobs = Jobs(), Jobs(parent)

    def work() -> int:
        assert gate.wait(10)
        return 1

    jobs.run(work, done=seen.append)
    parent.deleteLater()
    qtbot.waitUntil(lambda: not shiboken6.isValid(parent))
    gate.set()
    after: list[int] = []
    other.run(lambda: 2, done=after.append)
    qtbot.waitUntil(lambda: bool(after))
    assert other.wait_all()
    assert seen == []


def test_progress_comes_in_order_and_stops_a_dropped_job(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[tuple[int, int]] = []
    finished: list[str] = []

    def work(total: int, progress: Callable[..., None]) -> str:
        for index in range(total):
            progress(index, total)
        return "end"

    jobs.run(work, 5, progress=lambda done, total: seen.append((done, total)), done=finished.append)
    qtbot.waitUntil(lambda: bool(finished))
    assert seen == [(index, 5) for index in range(5)]

    started, gate, outcome = threading.Event(), threading.Event(), list[str]()

    def long(progress: Callable[..., None]) -> None:
        started.set()
        assert gate.wait(10)
        progress(1)
        outcome.append("went on")

    job = jobs.run(long, progress=lambda *_: outcome.append("reported"))
    assert started.wait(10)
    job.cancel()
    gate.set()
    assert jobs.wait_all()
    assert job.cancelled
    assert outcome == []


def test_many_jobs_all_arrive(jobs: Jobs) -> None:
    seen: list[int] = []
    for number in range(300):
        jobs.run(lambda n: n, number, done=seen.append)
    assert jobs.wait_all()
    assert sorted(seen) == list(range(300))
