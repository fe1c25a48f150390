"""Dealing the images of a dataset out to train, validation and test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guiapp.data.dataset import TEST, TRAIN, VALIDATION


def split(
    labels: NDArray[np.int32],
    train: float,
    validation: float,
    test: float,
    seed: int,
    *,
    given: NDArray[np.uint8] | None = None,
) -> NDArray[np.uint8]:
    """Deal images out, class by class, at random.

    Each class is dealt by the shares as nearly as whole images allow. Every class has an image in train, and, with two
    or more, one in validation where validation has a share at all.

    Parameters
    ----------
    labels : ndarray of int32, (N,)
        Class of each image.
    train, validation, test : float
        Shares, relative to their sum; train must not be 0.
    seed : int
        The same seed deals the same images the same way.
    given : ndarray of uint8, (N,), optional
        Ready-made splits, which are kept. Where they hold no validation images, a part of train becomes validation, by
        the shares of the two; where they hold no test images, there are none.

    Returns
    -------
    ndarray of uint8, (N,)
        0 train, 1 validation, 2 test.

    Raises
    ------
    ValueError
        When a share is negative or train's is 0.
    """
    if min(train, validation, test) < 0 or train <= 0:
        raise ValueError(f"Shares must not be negative, and train's must not be 0. Received: {train, validation, test}")
    if given is None:
        return _deal(labels, (train, validation, test), seed)
    dealt = given.copy()
    if not (given == VALIDATION).any():
        rows = np.flatnonzero(given == TRAIN)
        dealt[rows] = _deal(labels[rows], (train, validation, 0.0), seed)
    return dealt


def _deal(labels: NDArray[np.int32], shares: tuple[float, float, float], seed: int) -> NDArray[np.uint8]:
    dealt = np.zeros(len(labels), np.uint8)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        counts = _counts(len(rows), shares)
        order = np.random.default_rng([seed, int(label)]).permutation(rows)
        dealt[order[counts[TRAIN] :]] = VALIDATION
        dealt[order[counts[TRAIN] + counts[VALIDATION] :]] = TEST
    return dealt


def _counts(images: int, shares: tuple[float, float, float]) -> list[int]:
    """Return how many of `images` go to each split: largest remainders, then train and validation get their one."""
    exact = [images * share / sum(shares) for share in shares]
    counts = [int(e) for e in exact]
    by_remainder = sorted(range(3), key=lambda i: (counts[i] - exact[i], i))
    for i in by_remainder[: images - sum(counts)]:
        counts[i] += 1
    needed = [TRAIN] if images < 2 or shares[VALIDATION] == 0 else [TRAIN, VALIDATION]
    for i in needed:
        if counts[i] == 0:
            donor = max((j for j in (TEST, TRAIN, VALIDATION) if counts[j] > (j in needed)), key=counts.__getitem__)
            counts[donor] -= 1
            counts[i] += 1
    return counts
