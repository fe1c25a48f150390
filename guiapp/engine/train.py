"""Training: our own loop, so that it can be held, stopped and gone on with at any step."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

from guiapp.core import files
from guiapp.core.blocks import flat
from guiapp.core.messages import Ended, Epoch, Reason, Started, State
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine import backend, checkpoint, failing, memory, pretrained
from guiapp.engine.batches import Batches, weights_of
from guiapp.engine.build import Built, build, checked, measure_scaling, optimizer
from guiapp.engine.checkpoint import Keeper, Progress
from guiapp.engine.control import Control
from guiapp.engine.live import LiveModel
from guiapp.engine.meter import Meter, Send
from guiapp.engine.pipeline import TrainingData, frozen
from guiapp.engine.snapshots import Recorder


def train(
    project: Project, data: TrainingData, store: RunWriter, send: Send, control: Control, *, resume: bool = False
) -> Reason:
    """Train a network, recording everything.

    Sent in this order: `Started`, the `Snapshot` of step 0, ``State("training")``; then `Steps`, `Snapshot`, and at
    the end of each epoch `Epoch`; ``State("paused")`` and ``State("training")`` around a pause;
    ``State("stopping")``, the last `Snapshot`, and `Ended`. `Snapshot` follows once it can be read.

    Parameters
    ----------
    project : Project
        What to train.
    data : TrainingData
        What `pipeline.prepare` made of it.
    store : RunWriter
        The run; the caller closes it.
    send : callable
        Given every event, on this thread.
    control : Control
        Holds, stops and asks the training from other threads.
    resume : bool
        Whether to go on from the run's latest checkpoint.

    Returns
    -------
    str
        ``"completed"``, ``"stopped"``, ``"interrupted"`` or ``"failed"``; then the `Ended` event says why.

    Raises
    ------
    UserError
        Before anything was sent: the network has problems, does not fit, or there is nothing to resume.
    """
    return _Training(project, data, store, send, control, resume=resume).run()


class _Training:
    def __init__(
        self, project: Project, data: TrainingData, store: RunWriter, send: Send, control: Control, *, resume: bool
    ) -> None:
        self.project, self.data, self.store, self.send, self.control = project, data, store, send, control
        self.name = str(store.folder)
        settings = project.training
        stored = _stored(store) if resume else None
        if stored is None:
            pretrained.check(flat(project.network))
        self.built = self._build()
        self.optimizer = optimizer(settings)
        self.optimizer.build(self.built.model.trainable_variables)
        self.progress = Progress()
        if stored is None:
            measure_scaling(self.built, data.images, data.train)
            pretrained.fill(self.built)
        else:
            stored.fill_model(self.built)
            stored.fill_optimizer(self.optimizer)
            self.progress = stored.progress
            checkpoint.match_best(store.checkpoints, self.progress)
        self.resumed = resume
        self.batches = Batches.of(project, data)
        self.total = settings.epochs * self.batches.per_epoch
        if settings.max_steps:
            self.total = min(self.total, settings.max_steps)
        self.network = LiveModel(self.built, data.class_names, self.progress.step, store.folder)
        self.meter = Meter(self.name, store, send, self.progress, self.total)
        self.recorder = Recorder(store, self.network, data.pinned)
        self.keeper = Keeper(store.checkpoints, self.built, self.optimizer, self.progress, store.flush)
        logits = not self.built.gives_probabilities
        self.step, self.evaluate = backend.steps(
            self.built.model, self.optimizer, from_logits=logits, class_weights=weights_of(project, data)
        )
        self.clock = 0.0
        self.best = False
        self.snapshot_at = -1

    def _build(self) -> Built:
        analysis = checked(self.project.network, len(self.data.class_names))
        settings = self.project.training
        gpu = backend.device().kind == "gpu"
        memory.check_training(analysis, settings, images=len(self.data.train), gpu=gpu)
        return build(self.project.network, len(self.data.class_names), seed=settings.seed)

    def run(self) -> Reason:
        """Train to the end, and return how it ended."""
        self.control.begin(self.network)
        try:
            self._start()
        except BaseException:
            self.control.finish()
            raise
        reason: Reason = "failed"
        text = ""
        try:
            self._opening()
            reason = self._epochs()
        except Exception as exc:
            text = failing.told(exc)
        except BaseException:  # a second Ctrl+C
            reason = "interrupted"
            raise
        finally:
            reason, text = self._close(reason, text)
        return reason

    def _start(self) -> None:
        self.store.begin(frozen(self.project, self.data), _environment(self.project))
        if self.resumed:
            self.store.truncate(self.progress.step)
        self.store.event(self.progress.step, "resume" if self.resumed else "start")
        self.store.flush()
        settings = self.project.training
        self.send(
            Started(
                self.name,
                self.progress.step,
                self.total,
                self.batches.per_epoch,
                settings.epochs,
                len(self.data.train),
                len(self.data.validation),
            )
        )

    def _opening(self) -> None:
        if self.progress.step == 0:
            self._snapshot()
            self.keeper.latest()
            self.meter.close()
        self.send(State("training"))
        self.clock = time.perf_counter()
        self.meter.restart()

    def _epochs(self) -> Reason:
        progress, settings = self.progress, self.project.training
        while progress.epoch < settings.epochs and (progress.step < self.total or self._validation_due()):
            if not self._epoch() or not self._epoch_end():
                return self.control.stop_reason
            partial = progress.position < self.batches.per_epoch
            if not partial:
                progress.next_epoch()
            self.keeper.epoch_ended(best=self.best)
            if partial:
                break
        return "completed"

    def _validation_due(self) -> bool:
        return self.progress.position == self.batches.per_epoch

    def _epoch(self) -> bool:
        """Take the steps that are left of this epoch; return whether all were taken."""
        progress, every = self.progress, self.project.training.snapshot_every
        for images, labels in self.batches.epoch(progress.epoch, progress.position):
            if progress.step >= self.total:
                break
            if not self.control.between(self._hold):
                return False
            figures = self.step(images, labels)
            progress.step += 1
            progress.position += 1
            self.network.step = progress.step
            self.meter.add(len(labels), figures)
            if progress.step % every == 0:
                self._snapshot()
            if self.keeper.due():
                self.meter.flush()
                self._keep()
        self.meter.flush()
        return self.control.between(self._hold)

    def _epoch_end(self) -> bool:
        """Validate, and tell how the epoch went; return False when that was interrupted."""
        progress = self.progress
        found = self._validate()
        if found is None:
            return False
        val_loss, val_accuracy = found
        count = max(1, progress.images)
        accuracy = progress.right / count
        score = accuracy if math.isnan(val_accuracy) else val_accuracy
        self.best = score > progress.best
        progress.best = max(progress.best, score)
        self._tick()
        row = Epoch(
            self.name, progress.epoch, progress.step, progress.loss / count, accuracy, val_loss, val_accuracy,
            progress.seconds,
        )  # fmt: skip
        self.store.epoch(row)
        self.send(row)
        return True

    def _validate(self) -> tuple[float, float] | None:
        rows = self.data.validation
        if not len(rows):
            return math.nan, math.nan
        figures: list[Any] = []
        for start in range(0, len(rows), self.network.batch):
            if not self.control.between(self._hold):
                return None
            part = rows[start : start + self.network.batch]
            figures.append(self.evaluate(self.data.images[part], self.data.labels[part]))
        loss, right = backend.fetch(figures).sum(axis=0)
        return float(loss) / len(rows), float(right) / len(rows)

    def _hold(self, held: bool) -> None:
        if held:
            self.meter.flush()
            self._keep()
            self.store.event(self.progress.step, "pause")
            self.send(State("paused"))
        else:
            self.clock = time.perf_counter()
            self.meter.restart()
            self.store.event(self.progress.step, "resume")
            self.send(State("training"))

    def _tick(self) -> None:
        now = time.perf_counter()
        self.progress.seconds += now - self.clock
        self.clock = now

    def _keep(self) -> None:
        self._tick()
        self.keeper.latest()

    def _snapshot(self) -> None:
        self.meter.flush()
        self.recorder.record(self.progress.epoch)
        self.meter.snapshot(self.progress.step)
        self.snapshot_at = self.progress.step

    def _close(self, reason: Reason, text: str) -> tuple[Reason, str]:
        """Save what was learned and end the run; a problem with that makes it a failure."""
        try:
            self.send(State("stopping"))
            if reason != "failed":
                self._save()
        except Exception as exc:
            reason, text = "failed", failing.told(exc)
        try:
            self.store.event(self.progress.step, "end", reason)
            self.meter.close()
        except Exception as exc:
            reason, text = "failed", text or failing.told(exc)
        self.control.finish()
        self.batches.close()
        self.send(Ended(self.name, reason, self.progress.step, text))
        return reason, text

    def _save(self) -> None:
        self.meter.flush()
        if self.snapshot_at != self.progress.step and self.progress.step:
            self._snapshot()
        self._keep()
        with files.writing(self.store.model) as temporary:
            self.built.model.save(temporary)


def _stored(store: RunWriter) -> checkpoint.Checkpoint:
    path = RunReader(store.folder).checkpoint("latest")
    if path is None:
        raise UserError("holds no checkpoint to go on from", where=store.folder, mend="Train from the beginning")
    return checkpoint.read(path)


def _environment(project: Project) -> Mapping[str, Any]:
    found = backend.device()
    return {"device": found.name, "kind": found.kind, "versions": dict(found.versions), "seed": project.training.seed}
