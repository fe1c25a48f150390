"""Which images of a dataset are the same, and which nearly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.alike import Pairs, Thumbs, alike, groups_of
from guiapp.data.dataset import Dataset
from guiapp.data.threads import in_chunks
from guiapp.data.work import Cancel, Progress

Group = tuple[int, ...]
"""Rows, in order; at least two."""

MOST_READ = 2000
"""So many pairs that may be the same in different formats are read whole, to know."""

_SAME_WITHIN = 8.0
_TOO_MANY = (
    "So many images look alike that not all of them were compared; there may be more copies than are listed here."
)


@dataclass(frozen=True)
class Duplicates:
    """Images that are there more than once.

    Attributes
    ----------
    exact : tuple of tuple of int
        Groups of rows whose images are the same in every pixel.
    near : tuple of tuple of int
        Groups of rows that show the same picture, resized, say; copies that are the same are among them too.
    notes : tuple of str
        What was not compared.
    """

    exact: tuple[Group, ...]
    near: tuple[Group, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Looks:
    """What is known of how each image of a dataset looks.

    Attributes
    ----------
    digests : ndarray of uint64, (N, 2)
        The same where two files are the same; 0 for those that cannot be read, which are in no group.
    thumbs : ndarray of uint8, (N, SIDE, SIDE, 3)
        Small pictures of all.
    sizes : ndarray of int32, (N, 2)
        Width and height.
    """

    digests: NDArray[np.uint64]
    thumbs: Thumbs
    sizes: NDArray[np.int32]


def duplicates(dataset: Dataset, looks: Looks, progress: Progress, cancel: Cancel) -> Duplicates:
    """Find the images of a dataset that are there more than once.

    Parameters
    ----------
    dataset : Dataset
        The images.
    looks : Looks
        How each looks.
    progress, cancel
        Told how far it is; asked whether to go on.

    Raises
    ------
    Cancelled
        Once `cancel` answers True.
    """
    progress("Comparing images", 0, 0)
    same = same_files(looks.digests)
    first = np.flatnonzero(looks.digests.any(axis=1))
    again = [row for group in same for row in group[1:]]
    first = first[~np.isin(first, again)]
    found = alike(looks.thumbs[first], cancel)
    pairs = first[found.pairs]
    equal = _same_pixels(dataset, pairs, looks, progress, cancel)
    links = np.array([(group[0], row) for group in same for row in group[1:]], np.intp).reshape(-1, 2)
    exact = groups_of(np.concatenate([links, pairs[equal]]))
    near = _beyond(groups_of(np.concatenate([links, pairs])), exact)
    return Duplicates(tuple(exact), tuple(near), () if found.whole else (_TOO_MANY,))


def same_files(digests: NDArray[np.uint64]) -> list[Group]:
    """Return the groups of rows with one digest, those of 0 left out; in the order of their first rows."""
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    breaks = np.flatnonzero((digests[order[1:]] != digests[order[:-1]]).any(axis=1)) + 1
    runs = np.split(order, breaks)
    return sorted(tuple(sorted(run.tolist())) for run in runs if len(run) > 1 and digests[run[0]].any())


def _beyond(near: Sequence[Group], exact: Sequence[Group]) -> list[Group]:
    """Return the groups that hold more than copies which are the same in every pixel."""
    known = set(exact)
    return [group for group in near if group not in known]


def _same_pixels(dataset: Dataset, pairs: Pairs, looks: Looks, progress: Progress, cancel: Cancel) -> NDArray[np.bool_]:
    """Return which pairs are the same in every pixel, though their files differ; only likely ones are read."""
    same = np.zeros(len(pairs), np.bool_)
    if dataset.source is not None or not len(pairs):
        return same
    first, second = pairs.T
    likely = np.flatnonzero((looks.sizes[first] == looks.sizes[second]).all(axis=1))
    thumbs = looks.thumbs
    apart = [np.abs(thumbs[a].astype(np.int16) - thumbs[b]).mean() for a, b in pairs[likely].tolist()]
    likely = likely[np.array(apart) <= _SAME_WITHIN][:MOST_READ]

    def part(start: int, stopped: Cancel) -> int:
        for i in likely[start : start + 1].tolist():
            if not stopped():
                same[i] = _equal(dataset, *pairs[i].tolist())
        return 1

    if len(likely):
        in_chunks("Comparing images", len(likely), 1, part, progress, cancel)
    return same


def _equal(dataset: Dataset, first: int, second: int) -> bool:
    try:
        return bool(np.array_equal(dataset.read(first), dataset.read(second)))
    except (UserError, MemoryError):
        return False
