"""How a training is held, stopped and asked while it runs; every method may be called from any thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from guiapp.core.messages import Reason
from guiapp.core.notify import UserError
from guiapp.engine.live import LiveModel

T = TypeVar("T")
Ask = Callable[[LiveModel], Any]


class Control:
    """Pause, resume, stop, and questions that are answered between two steps."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._asks: deque[tuple[Ask, Future[Any]]] = deque()
        self._network: LiveModel | None = None
        self._running = False
        self._paused = False
        self._stopped = self._interrupted = False
        self._urgent = False
        self._idle = threading.Lock()

    def pause(self) -> None:
        """Hold the training before its next step."""
        with self._changed:
            self._paused = self._urgent = True

    def resume(self) -> None:
        """Go on with a held training."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()

    def stop(self, *, interrupted: bool = False) -> None:
        """End the training after the present step; `interrupted` says that nobody chose to end it for good."""
        # No lock: a signal's handler may call this while this very thread holds it.
        self._interrupted = self._interrupted or interrupted
        self._stopped = True
        waker = threading.Thread(target=self._wake, daemon=True)
        waker.start()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped

    @property
    def stop_reason(self) -> Reason:
        """How the run ends because of `stop`: an interrupted one is offered to be gone on with."""
        return "interrupted" if self._interrupted else "stopped"

    @property
    def paused(self) -> bool:
        """Whether the training is held, or will be before its next step."""
        return self._paused and not self._stopped

    @property
    def network(self) -> LiveModel | None:
        """The network in training, or the one that was trained last."""
        return self._network

    def ask(self, question: Callable[[LiveModel], T]) -> T:
        """Return ``question(network)``, computed between two steps; at once where the training is paused or over.

        Raises
        ------
        UserError
            When there is no network yet.
        Exception
            Whatever `question` raises.
        """
        future: Future[T] | None = None
        with self._changed:
            network = self._network
            if network is None:
                raise UserError("there is no network in training yet", mend="Train, or choose a run")
            if self._running:
                future = Future()
                self._asks.append((question, future))
                self._urgent = True
                self._changed.notify_all()
        if future is not None:
            return future.result()
        with self._idle:
            return question(network)

    # the side of the training ------------------------------------------------------------------

    def begin(self, network: LiveModel) -> None:
        """Say that the training of `network` runs on this thread from now on."""
        with self._changed:
            self._network, self._running = network, True

    def between(self, hold: Callable[[bool], None]) -> bool:
        """Answer what was asked and wait while paused; return whether to go on.

        Parameters
        ----------
        hold : callable
            Called with True when a pause begins and with False when it ends, on this thread.
        """
        if not (self._urgent or self._stopped):
            return True
        self._answer()
        held = False
        while self.paused:
            if not held:
                hold(True)
                held = True
            with self._changed:
                self._changed.wait_for(lambda: self._asks or not self.paused)
            self._answer()
        if held:
            hold(False)
        return not self.stopped

    def finish(self) -> None:
        """Say that the training is over; questions that wait are answered, later ones at once."""
        with self._changed:
            self._running = False
        self._answer()

    def _answer(self) -> None:
        while True:
            with self._changed:
                if not self._asks:
                    self._urgent = self._paused
                    return
                question, future = self._asks.popleft()
                network = self._network
            try:
                assert network is not None
                future.set_result(question(network))
            except BaseException as exc:  # handed to the thread that asked
                future.set_exception(exc)
