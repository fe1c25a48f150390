"""Work off the window's thread: a function runs on a worker thread, its outcome comes back by signal."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import shiboken6
from PySide6.QtCore import QEventLoop, QObject, QRunnable, Qt, QThreadPool, QTimer, Signal

from guiapp.core import notify

T = TypeVar("T")


class Job(QRunnable):
    """One piece of work under way; `cancel` drops its outcome."""

    def __init__(
        self, owner: Jobs, work: Callable[[Job], Any], done: Callable[[Any], None] | None, failed: Callable[..., None]
    ) -> None:
        super().__init__()
        # Python holds the job until its outcome is delivered; Qt must not delete it under its feet.
        self.setAutoDelete(False)
        self.owner = owner
        self.progressed: Callable[..., None] | None = None
        self._work, self._done, self._failed = work, done, failed
        self._dropped = threading.Event()

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for the outcome any more; long work may look at this and stop."""
        return self._dropped.is_set()

    def cancel(self) -> None:
        """Drop the outcome; skip the work if it has not started."""
        self._dropped.set()

    def run(self) -> None:
        """Do the work; called on a worker thread."""
        _execute(self)

    def report(self, *values: object) -> None:
        """Hand progress to the window's thread; stops the work by raising `notify.Cancelled` once it is dropped."""
        if self.cancelled:
            raise notify.Cancelled
        _bridge().arrived.emit((self, "progress", values))

    def outcome(self) -> tuple[str, Any]:
        """Run the function and return what came of it."""
        if self.cancelled:
            return "dropped", None
        try:
            return "done", self._work(self)
        except notify.Cancelled:
            return "dropped", None
        except BaseException as exc:
            # Whatever it is must reach the window, not kill the thread.
            return "failed", exc

    def deliver(self, kind: str, value: Any) -> None:
        """Call back; on the window's thread."""
        if kind == "progress" and self.progressed is not None:
            self.progressed(*value)
        elif kind == "done" and self._done is not None:
            self._done(value)
        elif kind == "failed":
            self._failed(value)

    def forget(self) -> None:
        """Let go of everything that it was given; a QThreadPool keeps hold of the last job that it was handed."""
        self._work = self._failed = _nothing
        self._done = self.progressed = None


def _nothing(*_: object) -> None:
    """Do nothing."""


def _execute(job: Job) -> None:
    kind, value = job.outcome()
    _bridge().arrived.emit((job, kind, value))


class _Bridge(QObject):
    """Lives on the window's thread for good, so that a worker never emits through an object being destroyed."""

    arrived = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.running: set[Job] = set()
        self.pool = QThreadPool()
        self.arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def _deliver(self, message: tuple[Job, str, Any]) -> None:
        job, kind, value = message
        if kind != "progress":
            self.running.discard(job)
        if shiboken6.isValid(job.owner):
            job.owner.settle(job, finished=kind != "progress")
        else:
            job.cancel()
        try:
            if not job.cancelled:
                job.deliver(kind, value)
        finally:
            if kind != "progress":
                job.forget()


_the_bridge: _Bridge | None = None


def _bridge() -> _Bridge:
    global _the_bridge  # noqa: PLW0603 - one a process: made with the first Jobs, on the window's thread
    if _the_bridge is None:
        _the_bridge = _Bridge()
        atexit.register(shut_down)
    return _the_bridge


def shut_down(timeout_s: float = 10.0) -> bool:
    """Skip all that waits, let what runs end; returns whether everything ended in time. Nothing is delivered after."""
    bridge = _bridge()
    for job in list(bridge.running):
        job.cancel()
    return bridge.pool.waitForDone(round(timeout_s * 1000))


class Jobs(QObject):
    """Runs functions on worker threads for one page or panel; when `parent` is destroyed nothing is delivered.

    Parameters
    ----------
    parent : QObject, optional
        Whose work it is.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._latest: dict[Hashable, Job] = {}
        self._mine: set[Job] = set()
        _bridge()

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return bool(self._mine)

    def run(
        self,
        fn: Callable[..., T],
        *args: Any,
        done: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        key: Hashable | None = None,
        progress: Callable[..., None] | None = None,
        doing: str = "",
    ) -> Job:
        """Run ``fn(*args)`` on a worker thread.

        Parameters
        ----------
        fn : callable
            The work. It must touch no widget.
        *args
            Its arguments.
        done : callable, optional
            Called with its result on the window's thread.
        failed : callable, optional
            Called with the exception on the window's thread; the default tells the person (`notify.report`).
        key : hashable, optional
            A newer job with the same key supersedes this one: its outcome is dropped, and it is skipped if it
            has not started.
        progress : callable, optional
            When given, `fn` gets a keyword argument ``progress``: a function whose arguments are handed to this one
            on the window's thread. It raises `notify.Cancelled` in the work once the job is dropped.
        doing : str
            What the work is, for the message when it fails: ``"reading the folder"``.

        Returns
        -------
        Job
            Its handle; ``cancel()`` drops it.
        """

        def work(job: Job) -> T:
            return fn(*args, progress=job.report) if progress is not None else fn(*args)

        job = Job(self, work, done, failed or (lambda exc: notify.report(exc, doing=doing)))
        job.progressed = progress
        if key is not None:
            if key in self._latest:
                self._latest[key].cancel()
            self._latest[key] = job
        self._mine.add(job)
        bridge = _bridge()
        bridge.running.add(job)
        bridge.pool.start(job)
        return job

    def cancel(self, key: Hashable) -> None:
        """Drop the job with this key, if there is one."""
        if key in self._latest:
            self._latest[key].cancel()

    def cancel_all(self) -> None:
        """Drop everything that is under way."""
        for job in self._mine:
            job.cancel()

    def settle(self, job: Job, *, finished: bool) -> None:
        """Forget a job that has ended."""
        if finished:
            self._mine.discard(job)
            for key in [key for key, latest in self._latest.items() if latest is job]:
                del self._latest[key]

    def wait_all(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything under way has ended and been delivered; for tests and for the end of the program.

        Returns
        -------
        bool
            Whether it ended in time.
        """
        end = time.monotonic() + timeout_s
        loop = QEventLoop()
        bridge = _bridge()
        connection = bridge.arrived.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
        timer = QTimer(interval=20)
        timer.timeout.connect(loop.quit)
        timer.start()
        while self._mine and time.monotonic() < end:
            loop.exec()
        bridge.arrived.disconnect(connection)
        return not self._mine
