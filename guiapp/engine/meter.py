"""The figures of steps: collected without waiting for the device, told and recorded a few times a second."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from guiapp.core.messages import Event, Snapshot, Steps
from guiapp.core.runs import RunWriter
from guiapp.core.runs.writer import Mark
from guiapp.engine import backend
from guiapp.engine.checkpoint import Progress

FLUSH_S = 0.05
SPEED_OVER_S = 1.5

Send = Callable[[Event], None]


class Diverged(Exception):
    """The loss is no finite number any more."""

    def __init__(self, step: int, loss: float) -> None:
        super().__init__(step, loss)
        self.step, self.loss = step, loss


class Meter:
    """Collects what steps gave, and hands it on.

    Parameters
    ----------
    run : str
        The run's folder.
    store : RunWriter
        Records every step.
    send : callable
        Given `Steps` at most 20 times a second, and `Snapshot` once one can be read.
    progress : Progress
        Whose sums over the epoch are kept up.
    total : int
        Steps until the end of the training.
    """

    def __init__(self, run: str, store: RunWriter, send: Send, progress: Progress, total: int) -> None:
        self._run, self._store, self._send, self._progress, self._total = run, store, send, progress, total
        self._pending: list[tuple[int, int, int, Any]] = []
        self._written: deque[tuple[int, Mark]] = deque()
        self._flushed = time.perf_counter()
        self._speed: deque[tuple[float, int, int]] = deque()

    def add(self, images: int, figures: Any) -> None:
        """Take over the figures of the step just taken, a float32 tensor of loss and accuracy."""
        self._pending.append((self._progress.step, self._progress.epoch, images, figures))
        if time.perf_counter() - self._flushed >= FLUSH_S:
            self.flush()

    def restart(self) -> None:
        """Measure the speed anew, after a pause."""
        self._speed.clear()
        self._flushed = time.perf_counter()

    def flush(self) -> None:
        """Tell and record what was collected.

        Raises
        ------
        Diverged
            When a loss is not finite; that step is still told.
        """
        self._tell_snapshots()
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        figures = np.asarray(backend.fetch([row[3] for row in pending]), np.float64)
        bad = np.flatnonzero(~np.isfinite(figures[:, 0]))
        if bad.size:
            pending, figures = pending[: bad[0] + 1], figures[: bad[0] + 1]
        images = np.array([row[2] for row in pending])
        self._progress.images += int(images.sum())
        self._progress.loss += float(figures[:, 0] @ images)
        self._progress.right += float(figures[:, 1] @ images)
        self._tell(pending, figures)
        if bad.size:
            raise Diverged(pending[-1][0], float(figures[-1, 0]))

    def _tell(self, pending: list[tuple[int, int, int, Any]], figures: Any) -> None:
        rows = [
            (step, epoch, float(f[0]), float(f[1])) for (step, epoch, _, _), f in zip(pending, figures, strict=True)
        ]
        self._store.metrics(rows)
        images_per_s, steps_per_s = self._measure(sum(row[2] for row in pending), len(pending))
        steps = np.array([row[0] for row in pending], np.int64)
        left = (self._total - int(steps[-1])) / steps_per_s if steps_per_s else math.nan
        epochs = np.array([row[1] for row in pending], np.int64)
        self._send(Steps(self._run, steps, epochs, figures[:, 0], figures[:, 1], images_per_s, left))

    def _measure(self, images: int, steps: int) -> tuple[float, float]:
        """Return images and steps a second over the last second or so."""
        now = time.perf_counter()
        self._speed.append((now - self._flushed, images, steps))
        self._flushed = now
        while len(self._speed) > 1 and sum(row[0] for row in self._speed) - self._speed[0][0] >= SPEED_OVER_S:
            self._speed.popleft()
        seconds, all_images, all_steps = (sum(column) for column in zip(*self._speed, strict=True))
        return (all_images / seconds, all_steps / seconds) if seconds > 0 else (0.0, 0.0)

    def snapshot(self, step: int) -> None:
        """Have the snapshot of `step` told once it can be read."""
        self._written.append((step, self._store.mark()))

    def _tell_snapshots(self) -> None:
        while self._written and self._written[0][1].is_set():
            step, mark = self._written.popleft()
            self._send(Snapshot(self._run, step, mark.removed))

    def close(self) -> None:
        """Wait until all is recorded, and tell the snapshots that are left."""
        self._store.flush()
        self._tell_snapshots()
