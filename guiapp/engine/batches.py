"""Batches of the training images, in an order that follows from seed and epoch alone."""

from __future__ import annotations

import mmap
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.augmentation import Augmentation
from guiapp.core.dataset_settings import Balance
from guiapp.core.project import Project
from guiapp.data.augment import augment
from guiapp.engine.pipeline import Pixels, Rows, TrainingData

PREFETCH_BYTES = 256 << 10
"""Smaller batches are gathered faster than a thread is told to."""

AHEAD_BYTES = 128 << 20
"""No more than this is gathered ahead, but for the next batch."""

MOST_THREADS = 4

NONE = Augmentation()

Batch = tuple[Pixels, NDArray[np.int32]]


def class_weights(labels: NDArray[np.int32], classes: int) -> NDArray[np.float32]:
    """Return how much the loss of an image of each class counts, (classes,): N / (K · n) for n of its N images.

    K is the number of classes with images, so that the mean weight of an image is 1. These are the “balanced” weights
    of scikit-learn, after G. King and L. Zeng, “Logistic Regression in Rare Events Data”, Political Analysis 9 (2001).

    Parameters
    ----------
    labels : int32 array, (N,)
        The class of each training image.
    classes : int
        How many classes there are; one without images has the weight 0.
    """
    counts = np.bincount(labels, minlength=classes)
    present = np.count_nonzero(counts)
    return (len(labels) / (present * np.maximum(counts, 1)) * (counts > 0)).astype(np.float32)


def weights_of(project: Project, data: TrainingData) -> NDArray[np.float32] | None:
    """Return the class weights that a project asks for, from the training images alone; None where it asks for none."""
    if project.dataset is None or project.dataset.balance != "class weights":
        return None
    return class_weights(data.labels[data.train], len(data.class_names))


def balanced_order(labels: NDArray[np.int32], seed: int, epoch: int) -> tuple[Rows, Rows]:
    """Return which image each draw of an epoch takes, and how often before the epoch took it: twice (N,).

    Classes are drawn equally often (by one more or less, in turns), in all as many images as there are. The images of
    a class follow each other in shuffled rounds, which go on from epoch to epoch, so that none is drawn more than once
    more often than another of its class.

    Parameters
    ----------
    labels : int32 array, (N,)
        The class of each training image.
    seed, epoch : int
        What the order follows from.
    """
    total, present = len(labels), np.unique(labels)
    drawn, before = [], []
    for place, label in enumerate(present.tolist()):
        rows = np.flatnonzero(labels == label)
        # Hermite's identity: these whole parts add up to the epoch's length.
        begin, end = ((number * total + place) // len(present) for number in (epoch, epoch + 1))
        rounds = range(begin // len(rows), -(-end // len(rows)))
        shuffled = [np.random.default_rng([seed, label, number, 3]).permutation(rows) for number in rounds]
        first = rounds.start * len(rows)
        part = np.concatenate(shuffled)[begin - first : end - first] if shuffled else rows[:0]
        drawn.append(part)
        before.append(_earlier(part))
    order = np.random.default_rng([seed, epoch]).permutation(total)
    return np.concatenate(drawn)[order], np.concatenate(before)[order]


def _earlier(rows: Rows) -> Rows:
    """Return how often each entry occurs before its place."""
    by_row = np.argsort(rows, kind="stable")
    ordered = rows[by_row]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    within = np.arange(len(rows)) - np.repeat(starts, np.diff(starts, append=len(rows)))
    out = np.empty(len(rows), np.intp)
    out[by_row] = within
    return out


class Batches:
    """Batches of the training images, changed at random where that is asked for.

    Parameters
    ----------
    data : TrainingData
        Where they come from.
    batch : int
        Images a batch; the last of an epoch may have fewer.
    seed : int
        The project's.
    balance : {"none", "class weights", "balanced sampling"}
        With the last, classes are drawn equally often.
    augmentation : Augmentation
        What is done to each image; it follows from seed, epoch and image, and from how often the epoch drew it before.
    """

    def __init__(
        self,
        data: TrainingData,
        batch: int,
        seed: int,
        *,
        balance: Balance = "none",
        augmentation: Augmentation = NONE,
    ) -> None:
        self._data, self._batch, self._seed = data, batch, seed
        self._balanced = balance == "balanced sampling"
        self._augmentation = augmentation if augmentation.active else None
        self.per_epoch = -(-len(data.train) // batch)
        size = batch * data.images[0].nbytes
        threads = 1 if self._augmentation is None else max(1, min(MOST_THREADS, _cores() - 1))
        self._ahead = max(1, min(2 * threads - 1, AHEAD_BYTES // size))
        large = size > PREFETCH_BYTES or self._augmentation is not None
        self._pool = ThreadPoolExecutor(threads, "batches") if large else None

    @classmethod
    def of(cls, project: Project, data: TrainingData) -> Batches:
        """Return the batches that a project asks for."""
        balance = project.dataset.balance if project.dataset is not None else "none"
        training = project.training
        return cls(data, training.batch, training.seed, balance=balance, augmentation=project.augmentation)

    def epoch(self, epoch: int, position: int = 0) -> Iterator[Batch]:
        """Yield the batches of an epoch from number `position` on: images and labels."""
        rows, repeats = self._order(epoch)
        parts = (slice(at, at + self._batch) for at in range(position * self._batch, len(rows), self._batch))
        asked = ((rows[part], None if repeats is None else repeats[part], epoch) for part in parts)
        if self._pool is None:
            for some in asked:
                yield self._gather(*some)
            return
        waiting: deque[Future[Batch]] = deque()
        try:
            for some in asked:
                waiting.append(self._pool.submit(self._gather, *some))
                if len(waiting) > self._ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def _order(self, epoch: int) -> tuple[Rows, Rows | None]:
        train = self._data.train
        if not self._balanced:
            return np.random.default_rng([self._seed, epoch]).permutation(train), None
        places, repeats = balanced_order(self._data.labels[train], self._seed, epoch)
        return train[places], repeats

    def _gather(self, rows: Rows, repeats: Rows | None, epoch: int) -> Batch:
        data = self._data
        if self._pool is not None:
            _foretell(data.images, rows)
        images = np.asarray(data.images[rows])
        if self._augmentation is not None:
            # An image that an epoch draws again is another one to the random numbers.
            numbers = rows if repeats is None else rows + repeats * len(data.images)
            images = augment(images, self._augmentation, self._seed, epoch, numbers)
        return images, data.labels[rows]

    def close(self) -> None:
        """Stop the threads that gather ahead."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def _foretell(images: Pixels, rows: Rows) -> None:
    """Have the system read these images all at once, where they are mapped from a file.

    Read one after the other, as they are touched, they came two to five times slower from a disk whose files were not
    in memory yet, in whatever order.
    """
    each = images[0].nbytes
    mapped: Any = images.base
    if not (isinstance(images, np.memmap) and isinstance(mapped, mmap.mmap) and hasattr(mapped, "madvise")):
        return
    if each < mmap.PAGESIZE:
        return
    first = images.offset % mmap.ALLOCATIONGRANULARITY
    for row in rows.tolist():
        begin = first + row * each
        page = begin - begin % mmap.PAGESIZE
        mapped.madvise(mmap.MADV_WILLNEED, page, begin + each - page)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
