"""An engine's process without TensorFlow: it answers at once, and does what the name of a project tells it to."""

from __future__ import annotations

import os
from multiprocessing.connection import Connection

import numpy as np

from guiapp.core.messages import (
    Answer,
    Cancel,
    Command,
    Device,
    Ended,
    EnsureSample,
    Epoch,
    Evaluate,
    Event,
    Failed,
    OpenDataset,
    Pause,
    Progress,
    Quit,
    Resume,
    Said,
    Snapshot,
    Started,
    State,
    Steps,
    Stop,
    Train,
)
from guiapp.core.runs import RunWriter
from guiapp.data.opening import open_dataset

STEPS = 40
EVERY = 10
KEPT = 25
"""The step of the checkpoint: behind the last step, as after a kill."""


def main(connection: Connection) -> None:
    """Answer commands until told to quit."""
    Engine(connection).run()


class Engine:
    """Knows one training, whose steps are all taken at once; the last ones only after `Stop`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._train: Train | None = None
        self._store: RunWriter | None = None

    def say(self, event: Event) -> None:
        self._connection.send(event)

    def run(self) -> None:
        self.say(Device("CPU", "cpu", "2 processor cores. No GPU was found.", {"TensorFlow": "none"}))
        self.say(State("ready"))
        while True:
            command: Command = self._connection.recv()
            if isinstance(command, Quit):
                self._end("stopped")
                return
            self.take(command)

    def take(self, command: Command) -> None:
        if isinstance(command, OpenDataset):
            self.say(Progress(command.request, "Reading", 1, 2))
            try:
                self.say(Answer(command.request, open_dataset(command.settings.path)))
            except Exception as exc:
                self.say(Failed(command.request, str(exc), mend="Choose another"))
        elif isinstance(command, EnsureSample):
            self.say(Failed(command.request, "is not drawn here", "sample", "Never mind"))
        elif isinstance(command, Train):
            self._begin(command)
        elif isinstance(command, Pause):
            self.say(State("paused"))
        elif isinstance(command, Resume):
            self.say(State("training"))
        elif isinstance(command, Stop):
            self._end("stopped")
        elif isinstance(command, Evaluate):
            self._asked(command)
        elif isinstance(command, Cancel):
            self.say(Failed(command.request, ""))

    def _asked(self, command: Evaluate) -> None:
        """Do what the words in place of a run's folder say."""
        if command.run == "die":
            os._exit(3)
        if command.run == "say":
            self.say(Said("warning", "a word of warning"))
        if command.run == "echo":
            self.say(Progress(command.request, "half", 1, 2))
            self.say(Answer(command.request, command.data))
        if command.run == "refuse":
            self.say(Failed(command.request, "cannot be done", "there", "Mend it"))

    def _begin(self, command: Train) -> None:
        self._train = command
        store = self._store = RunWriter(command.run)
        store.begin(command.project, {})
        store.checkpoints.mkdir(exist_ok=True)
        np.savez(store.checkpoints / "latest.npz", allow_pickle=False, **{"progress/step": np.int64(KEPT)})
        self.say(State("training"))
        self.say(Started(command.run, 0, STEPS, 20, 2, 160, 40))
        step = np.arange(1, STEPS + 1)
        loss = 2.0 / step
        accuracy = 1 - loss / 4
        rows = [(int(n), int((n - 1) // 20), float(a), float(b)) for n, a, b in zip(step, loss, accuracy, strict=True)]
        store.metrics(rows)
        for n in range(0, STEPS + 1, EVERY):
            store.snapshot(n, n // 20, {("weights", "conv1/kernel"): np.zeros((3, 3, 3, 4), np.float16)})
        store.flush()
        self.say(Steps(command.run, step, (step - 1) // 20, loss, accuracy, 500.0, 12.0))
        for n in range(0, STEPS + 1, EVERY):
            self.say(Snapshot(command.run, n))
        epoch = Epoch(command.run, 0, 20, 0.1, 0.9, 0.2, 0.85, 1.0)
        store.epoch(epoch)
        self.say(epoch)
        if command.project.name == "dies":
            store.flush()
            os._exit(3)
        if command.project.name == "short":
            self._end("completed")

    def _end(self, reason: str) -> None:
        train, store, self._train, self._store = self._train, self._store, None, None
        if train is None or store is None:
            return
        store.event(STEPS, "end", reason)
        store.close()
        self.say(State("ready"))
        self.say(Ended(train.run, "completed" if reason == "completed" else "stopped", STEPS))
        self.say(Answer(train.request, train.run))
