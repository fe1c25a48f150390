"""From a project to images in memory: open, restrict, divide, decode; and batches of them in a fixed order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guiapp.core import notify
from guiapp.core.layers.input import Input
from guiapp.core.messages import Damaged
from guiapp.core.network import NetworkSpec, analyse
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, Project
from guiapp.data import cache, images, opening
from guiapp.data.cache import Decoded
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.editing import Arranged, arrange
from guiapp.data.work import Cancel, Progress, never, no_progress
from guiapp.engine import build

Pixels = NDArray[np.uint8]
Rows = NDArray[np.intp]
PINNED = 2
"""How many images are pinned where the person pinned none."""

PREFETCH_BYTES = 256 << 10
"""Smaller batches are gathered faster than a thread is told to."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What a network is trained on.

    Attributes
    ----------
    images : uint8 array, shape (N, H, W, C)
        All images at the network's size; may be memory-mapped.
    labels : int32 array, shape (N,)
        The class of each.
    train, validation, test : int array
        Which images belong to each split.
    class_names : tuple of str
        The classes, in the order of the labels.
    pinned : uint8 array, shape (P, H, W, C)
        The pinned images as the network sees them.
    pinned_paths : tuple of str
        Where they come from.
    damaged : Damaged or None
        The images that could not be decoded and are left out.
    """

    images: Pixels
    labels: NDArray[np.int32]
    train: Rows
    validation: Rows
    test: Rows
    class_names: tuple[str, ...]
    pinned: Pixels
    pinned_paths: tuple[str, ...]
    damaged: Damaged | None = None


def input_of(network: NetworkSpec) -> Input:
    """Return the network's Input.

    Raises
    ------
    UserError
        When the network has problems.
    """
    build.check(analyse(network))
    first = network.layers[0]
    assert isinstance(first, Input)
    return first


def prepare(project: Project, progress: Progress = no_progress, cancel: Cancel = never) -> TrainingData:
    """Open, divide and decode a project's images; unreadable ones are left out with a warning.

    Parameters
    ----------
    project : Project
        What is to be trained.
    progress, cancel
        Told how far it is; asked whether to go on.

    Raises
    ------
    UserError
        When there is no dataset, it cannot be used, or the network has problems or another number of classes.
    Cancelled
        Once `cancel` answers True.
    """
    if project.dataset is None:
        raise UserError(
            "there are no images yet", where=project.name, mend="Choose a folder of images on the Data page"
        )
    seen = input_of(project.network)
    arranged = open_arranged(project.dataset, progress, cancel)
    dataset = arranged.active
    build.check(analyse(project.network, len(dataset.class_names)))
    decoded = decode(dataset, seen, progress, cancel)
    train, validation, test = divide(arranged, decoded.good)
    if not len(train):
        raise UserError(
            "no images are left to train on", where=dataset.root, mend="Make the validation and test shares smaller"
        )
    pinned, paths = _pinned(project, dataset, decoded, seen, validation if len(validation) else train)
    left_out = tuple((item.path, item.why) for item in decoded.problems)
    damaged = Damaged(str(dataset.root), left_out) if left_out else None
    names = dataset.class_names
    return TrainingData(decoded.images, dataset.labels, train, validation, test, names, pinned, paths, damaged)


def open_arranged(settings: DatasetSettings, progress: Progress, cancel: Cancel) -> Arranged:
    """Open a project's dataset and apply its settings."""
    return arrange(opening.open_settings(settings, progress, cancel), settings)


def decode(dataset: Dataset, seen: Input, progress: Progress, cancel: Cancel) -> Decoded:
    """Decode a dataset at the size of an Input, and warn of what was left out."""
    decoded = cache.decode(dataset, seen.width, seen.height, seen.channels, seen.fit, progress, cancel)
    if decoded.problems:
        first, count = decoded.problems[0], len(decoded.problems)
        images_are = "image was" if count == 1 else "images were"
        notify.warning(f"{count:,} {images_are} left out, for example {first.path}: {first.why}.")
    return decoded


def divide(arranged: Arranged, good: NDArray[np.bool_]) -> tuple[Rows, Rows, Rows]:
    """Return which images belong to train, validation and test; those that are not `good` belong to none."""
    train, validation, test = (np.flatnonzero((arranged.splits == p) & good) for p in (TRAIN, VALIDATION, TEST))
    return train, validation, test


def _pinned(
    project: Project, dataset: Dataset, decoded: Decoded, seen: Input, candidates: Rows
) -> tuple[Pixels, tuple[str, ...]]:
    found: list[tuple[Pixels, str]] = []
    for path in project.pinned:
        try:
            found.append((_read_pinned(path, dataset, decoded, seen), path))
        except UserError as exc:
            notify.warning(f"A pinned image is passed over. {exc.sentence}")
    if not project.pinned:
        rows = _picked(dataset.labels, candidates, project.training.seed)
        found = [(np.array(decoded.images[row]), str(dataset.absolute(row))) for row in rows]
    shape = (seen.height, seen.width, seen.channels)
    pixels = np.stack([image for image, _ in found]) if found else np.zeros((0, *shape), np.uint8)
    return pixels, tuple(path for _, path in found)


def _read_pinned(path: str, dataset: Dataset, decoded: Decoded, seen: Input) -> Pixels:
    if dataset.source is not None and not Path(path).exists():
        names = {str(dataset.absolute(row)): row for row in range(len(dataset))}
        if path in names:
            return np.array(decoded.images[names[path]])
    return images.read_fitted(path, seen.width, seen.height, seen.channels, seen.fit)


def _picked(labels: NDArray[np.int32], candidates: Rows, seed: int) -> list[int]:
    """Return one image each of two classes."""
    random = np.random.default_rng([seed, 2])
    present = np.unique(labels[candidates])
    classes = np.sort(random.choice(present, size=min(PINNED, len(present)), replace=False))
    return [int(random.choice(candidates[labels[candidates] == label])) for label in classes]


class Batches:
    """Batches of the training images, in an order that follows from seed and epoch alone.

    Parameters
    ----------
    data : TrainingData
        Where they come from.
    batch : int
        Images a batch; the last of an epoch may have fewer.
    seed : int
        The project's.
    """

    def __init__(self, data: TrainingData, batch: int, seed: int) -> None:
        self._data, self._batch, self._seed = data, batch, seed
        self.per_epoch = -(-len(data.train) // batch)
        large = batch * data.images[0].nbytes > PREFETCH_BYTES
        self._pool = ThreadPoolExecutor(1, "batches") if large else None

    def epoch(self, epoch: int, position: int = 0) -> Iterator[tuple[Pixels, NDArray[np.int32]]]:
        """Yield the batches of an epoch from number `position` on: images and labels."""
        order = np.random.default_rng([self._seed, epoch]).permutation(self._data.train)
        parts = [order[start : start + self._batch] for start in range(0, len(order), self._batch)][position:]
        if self._pool is None or not parts:
            yield from map(self._gather, parts)
            return
        following = self._pool.submit(self._gather, parts[0])
        for part in parts[1:]:
            ready = following.result()
            following = self._pool.submit(self._gather, part)
            yield ready
        yield following.result()

    def _gather(self, rows: Rows) -> tuple[Pixels, NDArray[np.int32]]:
        return np.asarray(self._data.images[rows]), self._data.labels[rows]

    def close(self) -> None:
        """Stop the thread that gathers ahead."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def frozen(project: Project, data: TrainingData) -> Project:
    """Return `project` as it is kept with its run: with the classes and pinned images that were found."""
    dataset = project.dataset
    if dataset is not None:
        dataset = dataset.model_copy(update={"classes": data.class_names})
    return project.model_copy(update={"dataset": dataset, "pinned": data.pinned_paths})
