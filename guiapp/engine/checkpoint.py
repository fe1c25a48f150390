"""Checkpoints: everything that is needed to go on exactly where a training stood, in one .npz file."""

from __future__ import annotations

import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core import files
from guiapp.core.notify import UserError
from guiapp.engine.build import Built

EVERY_S = 15.0
SHARE = 0.05
"""How much of the time may be spent on writing checkpoints inside an epoch."""


@dataclass
class Progress:
    """Where a training stands.

    Attributes
    ----------
    step : int
        Steps taken.
    epoch : int
        The epoch under way, from 0.
    position : int
        Batches of it that were taken.
    images : int
        Images of it that were seen.
    loss, right : float
        Sums over them: losses, and right answers.
    seconds : float
        Time spent on it.
    best : float
        The best accuracy of an epoch so far; below 0 where none has ended.
    """

    step: int = 0
    epoch: int = 0
    position: int = 0
    images: int = 0
    loss: float = 0.0
    right: float = 0.0
    seconds: float = 0.0
    best: float = -1.0

    def next_epoch(self) -> None:
        """Begin the next epoch."""
        self.epoch += 1
        self.position = self.images = 0
        self.loss = self.right = self.seconds = 0.0


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """What a checkpoint file holds."""

    path: Path
    progress: Progress
    model: dict[str, NDArray[Any]] = field(repr=False)
    optimizer: dict[str, NDArray[Any]] = field(repr=False)

    def fill_model(self, built: Built) -> None:
        """Give a model these weights; to be called before it is traced."""
        self._fill(built.model.variables, self.model)
        built.refresh()

    def fill_optimizer(self, optimizer: Any) -> None:
        """Give a built optimiser this state."""
        self._fill(optimizer.variables, self.optimizer)

    def _fill(self, variables: list[Any], arrays: dict[str, NDArray[Any]]) -> None:
        names = _named(variables)
        if [tuple(v.shape) for v in names.values()] != [a.shape for a in arrays.values()] or [*names] != [*arrays]:
            raise UserError(
                "belongs to another network or optimiser than its project",
                where=self.path,
                mend="Train again from the beginning",
            )
        for name, variable in names.items():
            variable.assign(arrays[name])


def _named(variables: list[Any]) -> dict[str, Any]:
    # Paths in Keras depend on what else the process has built; the order does not.
    return {f"{i:05}/{variable.name}": variable for i, variable in enumerate(variables)}


def save(path: Path, built: Built, optimizer: Any, progress: Progress) -> bool:
    """Write a checkpoint whole, or not at all; nothing is written, and False returned, where a weight is not finite.

    Raises
    ------
    OSError
        When the place cannot be written or the disk is full.
    """
    model = {name: variable.numpy() for name, variable in _named(built.model.variables).items()}
    if not all(np.isfinite(array).all() for array in model.values()):
        return False
    state = {name: variable.numpy() for name, variable in _named(optimizer.variables).items()}
    arrays: dict[str, Any] = {f"progress/{key}": value for key, value in asdict(progress).items()}
    arrays |= {f"model/{key}": value for key, value in model.items()}
    arrays |= {f"optimizer/{key}": value for key, value in state.items()}
    with files.writing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **arrays)
    return True


def copy(source: Path, target: Path) -> None:
    """Make `target` the same checkpoint as `source`, whole or not at all."""
    with files.writing(target) as temporary:
        shutil.copyfile(source, temporary)


def read(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises
    ------
    UserError
        When it is damaged or no checkpoint.
    OSError
        When it cannot be opened.
    """
    parts: dict[str, dict[str, NDArray[Any]]] = {"progress": {}, "model": {}, "optimizer": {}}
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:  # np.load leaves bad ones open
            for key in stored.files:
                part, _, name = key.partition("/")
                parts[part][name] = stored[key]
        values = {f.name: parts["progress"][f.name].item() for f in fields(Progress)}
    except (TypeError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as exc:
        raise UserError("is damaged: it is not a whole checkpoint", where=path, mend="Train again") from exc
    return Checkpoint(path, Progress(**values), parts["model"], parts["optimizer"])


def match_best(folder: Path, progress: Progress) -> None:
    """Make `best` and the best accuracy agree before a training goes on from `latest`.

    A process that was killed after it wrote `latest` and before that became `best` leaves an accuracy that no
    checkpoint has: where `latest` is from the end of that epoch it becomes `best` now, else the accuracy is forgotten.
    """
    kept = _best_accuracy(folder / "best.npz")
    if progress.best > kept and progress.position == 0:
        copy(folder / "latest.npz", folder / "best.npz")
    else:
        progress.best = kept


def _best_accuracy(path: Path) -> float:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return float(stored["progress/best"])
    except (OSError, TypeError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return Progress().best


class Keeper:
    """Writes the checkpoints of a training, no more often than their size allows.

    Parameters
    ----------
    folder : Path
        The run's `checkpoints`.
    built, optimizer, progress
        What is kept.
    commit : callable
        Waits until the figures of all steps so far are on disk; called before each checkpoint, which would
        otherwise go on from a step whose figures a kill has lost.
    """

    def __init__(
        self, folder: Path, built: Built, optimizer: Any, progress: Progress, commit: Callable[[], None]
    ) -> None:
        self._folder, self._built, self._optimizer, self._progress = folder, built, optimizer, progress
        self._commit = commit
        self._last = time.monotonic()
        self._cost = 0.0
        self._written: tuple[int, int] | None = None

    def due(self) -> bool:
        """Whether the next one is due inside an epoch."""
        return time.monotonic() - self._last >= max(EVERY_S, self._cost / SHARE)

    def latest(self) -> None:
        """Write `latest`, unless it is as it should be."""
        if self._written == self._now():
            return
        begun = time.monotonic()
        self._commit()
        if save(self._folder / "latest.npz", self._built, self._optimizer, self._progress):
            self._written = self._now()
        self._last = time.monotonic()
        self._cost = self._last - begun

    def epoch_ended(self, *, best: bool) -> None:
        """Write `latest`, unless writing takes longer than training; and `best` where this epoch is."""
        if best or time.monotonic() - self._last >= self._cost:
            self.latest()
        if best and self._written == self._now():
            copy(self._folder / "latest.npz", self._folder / "best.npz")

    def _now(self) -> tuple[int, int]:
        return self._progress.step, self._progress.epoch
