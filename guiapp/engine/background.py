"""A training on a thread of its own, beside which the engine answers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from guiapp.core.messages import Ended, Event, Train
from guiapp.data import work


class Training:
    """A training, its thread and its control.

    Parameters
    ----------
    command : Train
        What to train.
    former : Training or None
        The one before, which may not be over to the last: this one waits for its thread.
    work_on : callable
        Called with this on its thread.
    send : callable
        Given every event of the training.
    given_up : Event
        Is set when the person gave the request up.
    """

    def __init__(
        self,
        command: Train,
        former: Training | None,
        work_on: Callable[[Training], None],
        send: Callable[[Event], None],
        given_up: threading.Event,
    ) -> None:
        from guiapp.engine.control import Control

        self.command = command
        self.control = Control()
        self._former_run = former.network_run if former else None
        self._former_thread: threading.Thread | None = former.thread if former else None
        self._send, self._given_up = send, given_up
        self._work_on = work_on
        self._over = threading.Event()
        self.thread: threading.Thread = threading.Thread(target=self._work, name="training", daemon=True)

    @property
    def over(self) -> bool:
        """Whether it has ended, or never began: another may be asked for."""
        return self._over.is_set()

    @property
    def network_run(self) -> str | None:
        """The run of the network that was trained last."""
        return self.command.run if self.control.network is not None else self._former_run

    def _work(self) -> None:
        if self._former_thread is not None:
            self._former_thread.join()
            self._former_thread = None
        self._work_on(self)

    def run(self, command: Train, progress: work.Progress, cancel: work.Cancel) -> str:
        """Prepare and train; returns the run's folder."""
        from guiapp.engine.running import train_run

        watcher = threading.Thread(target=self._stop_when_given_up, daemon=True)
        watcher.start()
        try:
            train_run(
                command.project,
                Path(command.run),
                self._tell,
                self.control,
                resume=command.resume,
                progress=progress,
                cancel=lambda: cancel() or self.control.stopped,
            )
        finally:
            self._over.set()
            self._given_up.set()
        return command.run

    def _tell(self, event: Event) -> None:
        if isinstance(event, Ended):
            self._over.set()  # before whoever is told can ask for the next
        self._send(event)

    def _stop_when_given_up(self) -> None:
        self._given_up.wait()
        self.control.stop()
