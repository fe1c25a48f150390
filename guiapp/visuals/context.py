"""What every open view looks at: one run, one step, one layer, one pinned image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from guiapp.core.analysis import Analysis
from guiapp.core.messages import Epoch, Steps
from guiapp.core.runs import RunReader

Scale = Literal["each", "fixed"]
"""Whether each map has its own colour scale, or all maps of the layer share one."""


class ViewContext(QObject):
    """The place in time and in the network that the timeline and the pages set and that panels show.

    Panels read; only pages, the timeline and the training model write. While `live`, the step follows the newest
    snapshot.
    """

    run_changed = Signal()
    metrics_changed = Signal()
    snapshots_changed = Signal()
    step_changed = Signal()
    layer_changed = Signal()
    pin_changed = Signal()
    look_changed = Signal()
    overlays_changed = Signal()
    span_changed = Signal()
    preparing_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run: RunReader | None = None
        self.analysis: Analysis | None = None
        self.blocks: Mapping[str, str] = {}
        self.class_names: tuple[str, ...] = ()
        self.pinned: tuple[str, ...] = ()
        self.steps: NDArray[np.int64] = np.empty(0, np.int64)
        self.loss: NDArray[np.float64] = np.empty(0)
        self.accuracy: NDArray[np.float64] = np.empty(0)
        self.epochs: tuple[Epoch, ...] = ()
        self.snapshots: NDArray[np.int64] = np.empty(0, np.int64)
        self.total_steps = 0
        self.weighted = False
        self.preparing = False
        self.step: int | None = None
        self.live = True
        self.layer: str | None = None
        self.pin = 0
        self.colormap = "viridis"
        self.scale: Scale = "each"
        self.smoothing = 0.6
        self.span: tuple[float, float] | None = None
        self.overlays: tuple[RunReader, ...] = ()
        self._pending: list[Steps] = []

    def open_run(
        self,
        run: RunReader | None,
        analysis: Analysis | None,
        class_names: tuple[str, ...] = (),
        total_steps: int = 0,
        *,
        weighted: bool = False,
        blocks: Mapping[str, str] | None = None,
    ) -> None:
        """Look at another run (None: at nothing), from its beginning; its figures follow by `set_history`.

        Where `weighted`, images of small classes count for more in the loss of training. `blocks` says which block a
        layer is in, by their names, where it is in one.
        """
        self.run, self.analysis, self.class_names, self.total_steps = run, analysis, class_names, total_steps
        self.weighted, self.blocks = weighted, blocks or {}
        self._pending.clear()
        self.steps, self.loss, self.accuracy = np.empty(0, np.int64), np.empty(0), np.empty(0)
        self.epochs, self.snapshots, self.step, self.live = (), np.empty(0, np.int64), None, True
        self.span = None
        if analysis is not None and self.layer not in {row.layer.name for row in analysis.rows}:
            convolutions = [
                row.layer.name for row in analysis.rows if row.layer.family == "Convolution" and row.layer.enabled
            ]
            self.layer = convolutions[0] if convolutions else None
        self.run_changed.emit()

    def set_history(
        self,
        steps: NDArray[np.int64],
        loss: NDArray[np.float64],
        accuracy: NDArray[np.float64],
        epochs: tuple[Epoch, ...],
        snapshots: NDArray[np.int64],
    ) -> None:
        """Take over what was read from a run's store."""
        self._pending.clear()
        self.steps, self.loss, self.accuracy, self.epochs, self.snapshots = steps, loss, accuracy, epochs, snapshots
        self.metrics_changed.emit()
        self.snapshots_changed.emit()
        if snapshots.size:
            self._follow(int(snapshots[-1]))

    def set_preparing(self, preparing: bool) -> None:
        """Say whether images are being prepared for a training that has no figures yet."""
        if preparing != self.preparing:
            self.preparing = preparing
            self.preparing_changed.emit()

    def end_at(self, steps: int) -> None:
        """Say that no more steps follow after `steps`, whatever was planned."""
        self.total_steps = steps
        self.metrics_changed.emit()

    def add_steps(self, event: Steps) -> None:
        """Append the figures of steps that were just taken; `refresh` shows them."""
        self._pending.append(event)

    def refresh(self) -> None:
        """Join what `add_steps` collected and tell the views; called on a timer, never once an event."""
        if not self._pending:
            return
        pending, self._pending = self._pending, []
        self.steps = np.concatenate([self.steps, *(event.step for event in pending)])
        self.loss = np.concatenate([self.loss, *(event.loss for event in pending)])
        self.accuracy = np.concatenate([self.accuracy, *(event.accuracy for event in pending)])
        self.metrics_changed.emit()

    def add_epoch(self, event: Epoch) -> None:
        """Append an epoch's figures."""
        self.epochs = (*(row for row in self.epochs if row.epoch != event.epoch), event)
        self.metrics_changed.emit()

    def add_snapshot(self, step: int, removed: tuple[int, ...] = ()) -> None:
        """Say that the snapshot of `step` can be read, and those of the steps `removed` no more."""
        if removed:
            self.snapshots = self.snapshots[~np.isin(self.snapshots, removed)]
            self.snapshots_changed.emit()
            if self.step in removed and self.snapshots.size:
                self.step = self.nearest(self.step)
                self.step_changed.emit()
        if not self.snapshots.size or step > self.snapshots[-1]:
            self.snapshots = np.append(self.snapshots, np.int64(step))
            self.snapshots_changed.emit()
            self._follow(step)

    def _follow(self, step: int) -> None:
        if self.live and self.step != step:
            self.step = step
            self.step_changed.emit()

    def set_step(self, step: int | None) -> None:
        """Look at the snapshot nearest to `step`; None follows the newest one again."""
        self.live = step is None
        if not self.snapshots.size:
            return
        wanted = int(self.snapshots[-1] if step is None else self.nearest(step))
        if wanted != self.step:
            self.step = wanted
        self.step_changed.emit()

    def nearest(self, step: int) -> int:
        """Return the step of the snapshot nearest to `step`; there must be one."""
        return int(self.snapshots[np.argmin(np.abs(self.snapshots - step))])

    def set_layer(self, layer: str | None) -> None:
        """Look at another layer."""
        if layer != self.layer:
            self.layer = layer
            self.layer_changed.emit()

    def set_pin(self, pin: int) -> None:
        """Look at another pinned image."""
        if pin != self.pin:
            self.pin = pin
            self.pin_changed.emit()

    def set_pinned(self, paths: tuple[str, ...]) -> None:
        """Say which images are pinned in the run that is shown."""
        self.pinned = paths
        self.pin = min(self.pin, max(0, len(paths) - 1))
        self.pin_changed.emit()

    def set_look(
        self, *, colormap: str | None = None, scale: Scale | None = None, smoothing: float | None = None
    ) -> None:
        """Choose how maps are coloured, and how much curves are smoothed (0 to less than 1)."""
        self.colormap, self.scale = colormap or self.colormap, scale or self.scale
        self.smoothing = self.smoothing if smoothing is None else smoothing
        self.look_changed.emit()

    def set_span(self, span: tuple[float, float] | None) -> None:
        """Look at the curves from one step to another; None is all of them."""
        if span != self.span:
            self.span = span
            self.span_changed.emit()

    def set_overlays(self, runs: tuple[RunReader, ...]) -> None:
        """Choose the runs whose curves are drawn behind."""
        self.overlays = runs
        self.overlays_changed.emit()
