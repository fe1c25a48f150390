"""Training as the window sees it: what runs, how far it is, and which run is looked at."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from guiapp.core import notify
from guiapp.core.analysis import analyse
from guiapp.core.flattening import blocks_of, flat
from guiapp.core.messages import (
    Ended,
    Epoch,
    Event,
    Pause,
    Resume,
    Snapshot,
    Started,
    State,
    Steps,
    Stop,
    Train,
)
from guiapp.core.project import Project
from guiapp.core.runs import Metrics, RunReader, new_folder, resumed
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.project_runs import ProjectRuns
from guiapp.visuals.context import ViewContext

REMEMBERED_S = 30.0
"""For how long what the engine told is kept: far longer than a run's store is behind, and than reading it takes."""

REFRESH_MS = 200
TOLD = "training"
"""What messages are about that say why there was no training, or why it ended."""


@dataclass(frozen=True)
class Interrupted:
    """A training that was cut off.

    Attributes
    ----------
    run : str
        Its folder.
    step : int
        The last step that was taken.
    resume_step : int
        The step of its last checkpoint, from which it can go on.
    how : str
        A sentence on how the engine ended; empty where the run was found so.
    offered : bool
        Whether the person should be told: not of a run that they stopped themselves.
    """

    run: str
    step: int
    resume_step: int
    how: str
    offered: bool = True


@dataclass(frozen=True)
class _History:
    run: RunReader
    project: Project
    metrics: Metrics
    epochs: tuple[Epoch, ...]
    snapshots: NDArray[np.int64]


def _settled(old: Project, new: Project) -> None:
    """Take back why there was no training, once that may be over."""
    if any(getattr(old, part) is not getattr(new, part) for part in ("network", "training", "dataset")):
        notify.clear(TOLD)


class TrainingModel(QObject):
    """Starts and steers training, and feeds the view context from the engine's events.

    Signals
    -------
    changed()
        `active`, `paused`, `started` or `preparing` is another.
    progressed()
        More steps were taken; at most 5 times a second.
    prepared(str, int, int)
        How far the images are decoded: text, done, total.
    refused(str)
        Training cannot begin; the word is the place that has the reason (``"data"`` or ``"network"``).
    interrupted(Interrupted)
        A run lost its engine, or was found unfinished.
    ended(Ended)
        A training is over.
    """

    changed = Signal()
    progressed = Signal()
    prepared = Signal(str, int, int)
    refused = Signal(str)
    interrupted = Signal(object)
    ended = Signal(object)

    def __init__(
        self,
        session: Session,
        engine: EngineClient,
        dataset: DatasetModel,
        view: ViewContext,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._engine, self._dataset, self._view = session, engine, dataset, view
        self._jobs = Jobs(self)
        self.runs = ProjectRuns(session)
        self._asked: str | None = None
        self._recent: deque[tuple[float, Steps | Epoch | Snapshot]] = deque()
        self._request: int | None = None
        self.run: str | None = None
        self.active = False
        self.paused = False
        self.started: Started | None = None
        self.last: Steps | None = None
        self.runs.moved.connect(self._runs_moved)
        self.runs.progressed.connect(self._runs_progressed)
        engine.told.connect(self._event)
        engine.died.connect(self._engine_died)
        self._timer = QTimer(self, interval=REFRESH_MS)
        self._timer.timeout.connect(self._refresh)
        session.listen(_settled)

    @property
    def runs_folder(self) -> Path:
        """Where the runs of the open project are."""
        return self.runs.folder

    def start(self, resume: str | None = None) -> None:
        """Train the project from the beginning, or go on with the run `resume`."""
        if self.active:
            return
        notify.clear(TOLD)
        if resume is not None:
            now = self._session.project
            self._jobs.run(
                lambda: resumed(RunReader(resume).project(), now),
                done=lambda project: self._begin(project, resume, again=True),
                doing="opening the run",
            )
            return
        project = self._session.project
        if self._refuses(project):
            return
        self._begin(project, str(new_folder(self.runs_folder, project.name)), again=False)

    def _refuses(self, project: Project) -> bool:
        if self._dataset.state != "ready":
            if self._dataset.error is not None:
                notify.error(self._dataset.error.sentence, about="images")
            elif self._dataset.state == "opening":
                notify.info("The images are still being read. Training can begin in a moment.", about="images")
            else:
                notify.error("There are no images yet. Choose a folder of images on the Data page.", about="images")
            self.refused.emit("data")
            return True
        errors = analyse(project.network, len(self._dataset.class_names)).errors
        if errors:
            first = errors[0]
            where = f"{first.layer}: " if first.layer else ""
            more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
            notify.error(f"The network cannot be built. {where}{first.text}{more}.", about=TOLD)
            self.refused.emit("network")
        return bool(errors)

    def _begin(self, project: Project, run: str, *, again: bool) -> None:
        self.active, self.paused, self.run, self.started, self.last = True, False, run, None, None
        self.runs.begin(run, again=again)
        self._request = self._engine.request(
            lambda number: Train(number, project, run, again),
            # Only now the engine has let go of the run.
            done=lambda _run: self.runs.settle(),
            failed=self._failed,
            progress=self.prepared.emit,
        )
        self._timer.start()
        self._view.set_preparing(True)
        self.changed.emit()

    def pause(self) -> None:
        """Hold training before its next step, or go on."""
        if self.active:
            self._engine.send(Resume() if self.paused else Pause())

    def stop(self) -> None:
        """End training after the present step; while images are still being prepared, give it up."""
        if self.active and self.started is None:
            self._engine.cancel(self._request)
        elif self.active:
            self._engine.send(Stop())

    def show_run(self, folder: str | Path) -> None:
        """Look at a recorded run."""
        shown = self._view.run
        if self.active and shown is not None and shown.folder == Path(folder):
            return
        self._read(str(folder))

    def _runs_progressed(self, text: str, done: int, total: int) -> None:
        self.prepared.emit(text, done, total)

    def _runs_moved(self, moved: dict[str, str]) -> None:
        self.run = moved.get(self.run or "", self.run)
        if self._asked in moved:
            self._read(moved[self._asked], None if self._view.live else self._view.step)
        self.changed.emit()

    def _read(self, folder: str, step: int | None = None) -> None:
        self._asked = folder

        def read() -> _History:
            reader = RunReader(folder)
            return _History(reader, reader.project(), reader.metrics(), tuple(reader.epochs()), reader.snapshots())

        def show(found: _History) -> None:
            if not self.active:
                self.run = folder
            # It may have ended while it was read: what was told until then is still to be caught up with.
            latest = self.started if self.started is not None and self.started.run == folder else None
            total_steps = latest.steps if latest is not None and self.active else 0
            settings = found.project.dataset
            classes = settings.classes if settings is not None else None
            weighted = settings is not None and settings.balance == "class weights"
            network = found.project.network
            analysis, blocks = analyse(flat(network)), blocks_of(network)
            self._view.open_run(found.run, analysis, classes or (), total_steps, weighted=weighted, blocks=blocks)
            self._view.set_preparing(self.active and self.started is None)
            self._view.set_pinned(found.project.pinned)
            metrics = found.metrics
            self._view.set_history(metrics.step, metrics.loss, metrics.accuracy, found.epochs, found.snapshots)
            if latest is not None:
                self._catch_up(int(metrics.step[-1]) if metrics.step.size else 0)
            if step is not None:
                self._view.set_step(step)
            self.changed.emit()

        self._jobs.run(read, done=show, key="show run", doing="opening the run")

    def show_latest(self) -> None:
        """Look at the newest run of the open project, if there is one; an unfinished one is offered for resuming."""
        # What was asked for the project before must not arrive in this one.
        self._jobs.cancel("show run")
        self._asked = None
        runs, belongs = self.runs.find(), self.runs.belongs()

        def find() -> tuple[str, Interrupted | None] | None:
            for info in runs():
                reader = RunReader(info.folder)
                if belongs(reader.project()):
                    run, unfinished = str(info.folder), info.reason in ("interrupted", "stopped")
                    offered = info.reason == "interrupted"
                    step = reader.resume_step() if unfinished else 0
                    return run, Interrupted(run, info.steps, step, "", offered) if unfinished else None
            return None

        def found(result: tuple[str, Interrupted | None] | None) -> None:
            if result is None or self.active:
                return
            run, unfinished = result
            self.show_run(run)
            if unfinished is not None:
                self.interrupted.emit(unfinished)

        self._jobs.run(find, done=found, key="latest", doing="looking for runs")

    def _catch_up(self, known: int) -> None:
        """Show what was told while the run's store, which is a little behind, was being read."""
        for _when, event in self._recent:
            if isinstance(event, Steps):
                fresh = event.step > known
                if not fresh.any():
                    continue
                event = replace(  # noqa: PLW2901 - the rest of the event stands for it
                    event,
                    step=event.step[fresh],
                    epoch=event.epoch[fresh],
                    loss=event.loss[fresh],
                    accuracy=event.accuracy[fresh],
                )
            self._watched(event)
        self._view.refresh()

    def _remember(self, event: Steps | Epoch | Snapshot) -> None:
        now = time.monotonic()
        self._recent.append((now, event))
        while now - self._recent[0][0] > REMEMBERED_S:
            self._recent.popleft()

    def _event(self, event: Event) -> None:
        if isinstance(event, Steps | Epoch | Snapshot):
            self._remember(event)
        if isinstance(event, Started):
            self._on_started(event)
        elif isinstance(event, State):
            self.paused = event.state == "paused"
            self.changed.emit()
        elif isinstance(event, Ended):
            self._on_ended(event)
        elif self._view.run is not None and str(self._view.run.folder) == getattr(event, "run", None):
            self._watched(event)
        if isinstance(event, Steps):
            self.last = event

    def _watched(self, event: Event) -> None:
        if isinstance(event, Steps):
            self._view.add_steps(event)
        elif isinstance(event, Epoch):
            self._view.refresh()
            self._view.add_epoch(event)
        elif isinstance(event, Snapshot):
            self._view.add_snapshot(event.step, event.removed)

    def _on_started(self, event: Started) -> None:
        self.started = event
        self._recent.clear()
        self._read(event.run)
        self.changed.emit()

    def _on_ended(self, event: Ended) -> None:
        self._refresh()
        if self._view.run is not None and str(self._view.run.folder) == event.run:
            self._view.end_at(event.steps)
        self._stop_timer()
        if event.reason == "failed" and event.text:
            notify.error(event.text, about=TOLD)
        self.ended.emit(event)

    def _failed(self, exc: BaseException) -> None:
        self._stop_timer()
        if self._engine.state != "dead":
            self.runs.settle()
            notify.report(exc, doing="training", about=TOLD)

    def _stop_timer(self) -> None:
        self._timer.stop()
        self.active, self.paused = False, False
        self._view.set_preparing(False)
        self.changed.emit()

    def _engine_died(self, how: str) -> None:
        if not self.active:
            notify.warning(f"{how} It is being started again.")
            return
        step = self.last.step[-1] if self.last is not None and self.last.step.size else 0
        run, begun = self.run or "", self.started is not None
        self._stop_timer()
        if not begun:
            self.runs.settle()
            notify.error(f"{how} Training had not begun yet; start it again.", about=TOLD)
            return

        def found(interrupted: Interrupted) -> None:
            # Who listens tells it, with the way to go on.
            self.interrupted.emit(interrupted)
            self.runs.settle()

        self._jobs.run(
            lambda: Interrupted(run, int(step), RunReader(run).resume_step(), how),
            done=found,
            doing="looking for the last checkpoint",
        )

    def _refresh(self) -> None:
        self._view.refresh()
        if self.last is not None:
            self.progressed.emit()
