"""The window's end of the engine: starts it, speaks with it, notices when it dies."""

from __future__ import annotations

import importlib
import itertools
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from guiapp.core import notify
from guiapp.core.messages import (
    Answer,
    Cancel,
    Command,
    Device,
    EngineState,
    Event,
    Failed,
    Progress,
    Quit,
    Request,
    Said,
    State,
)
from guiapp.core.notify import Cancelled, UserError

Done = Callable[[Any], None]
OnFailed = Callable[[BaseException], None]
OnProgress = Callable[[str, int, int], None]
RESTARTS_A_MINUTE = 3


def enter(module: str, connection: Connection) -> None:
    """Run ``main(connection)`` of `module`: what the child process begins with."""
    # Ctrl+C in the terminal reaches both processes; the window decides what becomes of the engine.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _yield_to_the_window()
    importlib.import_module(module).main(connection)


def _yield_to_the_window() -> None:
    """Give this process a lower priority, so that a training on every core never holds the window up."""
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
    else:
        os.nice(5)


@dataclass(frozen=True)
class _Died:
    generation: int
    how: str


@dataclass
class _Waiting:
    done: Done | None
    failed: OnFailed
    progress: OnProgress | None


class EngineClient(QObject):
    """Starts the engine's process and hands its events to the window's thread.

    Parameters
    ----------
    module : str
        The module whose ``main(connection)`` the child runs.

    Signals
    -------
    told(Event)
        Every event that answers no request.
    state_changed()
        `state` or `device` is another.
    died(str)
        The process has ended unasked; a sentence says how. It is started again unless that happens too often.
    """

    told = Signal(object)
    state_changed = Signal()
    died = Signal(str)
    _received = Signal(object)

    def __init__(self, module: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._module = module
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}
        self._outgoing: queue.SimpleQueue[Command | None] = queue.SimpleQueue()
        self._process: BaseProcess | None = None
        self._reader: threading.Thread | None = None
        self._generation = 0
        self._deaths: list[float] = []
        self._leaving = False
        self._given_up = False
        self._spawned = threading.Event()
        self.state: EngineState = "starting"
        self.state_text = ""
        self.device: Device | None = None
        self._received.connect(self._dispatch, Qt.ConnectionType.QueuedConnection)

    @property
    def pid(self) -> int | None:
        """The engine's process number, or None before it has one."""
        return self._process.pid if self._process else None

    @property
    def given_up(self) -> bool:
        """Whether it died so often that it was not started again; `start` tries once more."""
        return self._given_up

    def start(self) -> None:
        """Start the process, without waiting for it; what was asked before is sent to it."""
        self._generation += 1
        self._leaving = self._given_up = False
        self._spawned.clear()
        self._set_state("starting", "")
        self._reader = threading.Thread(
            target=self._live, args=(self._generation, self._outgoing), name="engine client", daemon=True
        )
        self._reader.start()

    def send(self, command: Command) -> None:
        """Send a command that needs no answer."""
        self._outgoing.put(command)

    def request(
        self,
        make: Callable[[int], Request],
        done: Done | None = None,
        failed: OnFailed | None = None,
        progress: OnProgress | None = None,
    ) -> int:
        """Send a request; exactly one of `done` and `failed` is called later, on the window's thread.

        Parameters
        ----------
        make : callable
            Called with the request's number; returns the request.
        done, failed, progress : callable, optional
            Given the answer; the exception (`Cancelled` when it was given up); the text, done and total of a
            progress. A failure without `failed` is told to the person.

        Returns
        -------
        int
            The number, for `cancel` and `forget`.
        """
        number = next(self._numbers)
        self._waiting[number] = _Waiting(done, failed or notify.report, progress)
        if self._given_up:
            self._received.emit(Failed(number, "the engine does not run", mend="Choose Start the engine again (Run)"))
        else:
            self.send(make(number))
        return number

    def cancel(self, number: int | None) -> None:
        """Ask the engine to give a request up; it then fails with `Cancelled`."""
        if number in self._waiting:
            self.send(Cancel(number))

    def forget(self, number: int | None) -> None:
        """Give a request up and drop whatever still comes of it."""
        if number is not None and self._waiting.pop(number, None) is not None:
            self.send(Cancel(number))

    def shut_down(self, timeout_s: float = 10.0) -> None:
        """End the process: ask it, then end it if it does not within the time."""
        self._leaving = True
        self._waiting.clear()
        self.send(Quit())
        if self._generation:
            self._spawned.wait(timeout_s)
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        # Only the reader waits for the process itself: where two threads do, one may see it alive for a moment longer.
        if not connection.wait([process.sentinel], timeout_s):
            process.kill()
        reader.join(timeout_s)

    def _live(self, generation: int, outgoing: queue.SimpleQueue[Command | None]) -> None:
        context = multiprocessing.get_context("spawn")
        here, there = context.Pipe()
        process = context.Process(target=enter, args=(self._module, there), name="engine", daemon=False)
        try:
            process.start()
        except OSError as exc:
            self._spawned.set()
            sentence = notify.as_user_error(exc, doing="starting the engine").sentence
            self._received.emit(_Died(generation, f"The engine could not be started. {sentence}"))
            return
        there.close()
        self._process = process
        self._spawned.set()
        sender = threading.Thread(target=_send_all, args=(here, outgoing), name="engine sender", daemon=True)
        sender.start()
        try:
            while True:
                self._received.emit(here.recv())
        except (EOFError, OSError):
            pass
        outgoing.put(None)
        sender.join()
        here.close()
        process.join()
        if not self._leaving:
            self._received.emit(_Died(generation, _how_it_ended(process.exitcode)))

    def _dispatch(self, message: Event | _Died) -> None:
        if isinstance(message, _Died):
            self._bury(message)
        elif isinstance(message, Answer):
            waiting = self._waiting.pop(message.request, None)
            if waiting and waiting.done:
                waiting.done(message.value)
        elif isinstance(message, Failed):
            waiting = self._waiting.pop(message.request, None)
            if waiting:
                error = UserError(message.what, where=message.where, mend=message.mend)
                waiting.failed(Cancelled() if message.cancelled else error)
        elif isinstance(message, Progress):
            waiting = self._waiting.get(message.request)
            if waiting and waiting.progress:
                waiting.progress(message.text, message.done, message.total)
        elif isinstance(message, Said):
            notify.tell(notify.Note(message.level, message.text))
        else:
            self._take(message)

    def _take(self, message: Event) -> None:
        if isinstance(message, Device):
            self.device = message
            self.state_changed.emit()
        elif isinstance(message, State):
            self._set_state(message.state, message.text)
        self.told.emit(message)

    def _set_state(self, state: EngineState, text: str) -> None:
        self.state, self.state_text = state, text
        self.state_changed.emit()

    def _bury(self, message: _Died) -> None:
        if message.generation != self._generation:
            return
        self._process = None
        self.device = None
        self._outgoing = queue.SimpleQueue()
        now = time.monotonic()
        self._deaths = [death for death in self._deaths if now - death < 60] + [now]
        # Known before anyone is told: who then asks again must not wait for an engine that is not to come.
        self._given_up = len(self._deaths) > RESTARTS_A_MINUTE
        self._set_state("dead", message.how)
        waiting, self._waiting = self._waiting, {}
        self.died.emit(message.how)
        for request in waiting.values():
            request.failed(UserError("the engine stopped before it could answer", mend="Please try again"))
        if not self._given_up:
            self.start()


def _send_all(to: Connection, outgoing: queue.SimpleQueue[Command | None]) -> None:
    while True:
        command = outgoing.get()
        if command is None:
            return
        try:
            to.send(command)
        except OSError:
            return
        except Exception as exc:  # a command that cannot be sent must not silence all that follow
            notify.report(exc, doing="asking the engine")


def _how_it_ended(exit_code: int | None) -> str:
    if exit_code == -9:
        return "The engine was ended from outside, or by the system for using too much memory."
    if exit_code is not None and exit_code < 0:
        return f"The engine crashed (signal {-exit_code})."
    return f"The engine ended unexpectedly (exit code {exit_code})."
