"""Dealing the images of a dataset out to train, validation and test."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, UNUSED, VALIDATION, Dataset

Splits = NDArray[np.uint8]


def deal(dataset: Dataset, settings: DatasetSettings) -> Splits:
    """Deal a dataset's images out as `settings` say, class by class.

    Which split an image gets depends on its path, so that others which come or go move few others, if any.

    Parameters
    ----------
    dataset : Dataset
        With the classes that are in use.
    settings : DatasetSettings
        Shares or counts, the seed, and whether ready-made splits are kept.

    Returns
    -------
    ndarray of uint8, (N,)
        0 train, 1 validation, 2 test, 3 not used.

    Raises
    ------
    UserError
        When more images are asked for than there are.
    """
    given = dataset.given_splits if settings.keep_given else None
    keys = dataset.keys(settings.seed)
    if settings.divide == "shares":
        train = 1 - settings.validation - settings.test
        return split(dataset.labels, train, settings.validation, settings.test, given=given, keys=keys)
    wanted = (settings.train_images, settings.validation_images, settings.test_images)
    return _by_counts(dataset, wanted, given, keys)


def split(
    labels: NDArray[np.int32],
    train: float,
    validation: float,
    test: float,
    *,
    keys: NDArray[np.uint64],
    given: Splits | None = None,
) -> Splits:
    """Deal images out, class by class, at random.

    Each class is dealt by the shares as nearly as whole images allow. Every class has an image in train, and, with two
    or more, one in validation where validation has a share at all.

    Parameters
    ----------
    labels : ndarray of int32, (N,)
        Class of each image.
    train, validation, test : float
        Shares, relative to their sum; train must not be 0.
    keys : ndarray of uint64, (N,)
        Random numbers; the images of a class are dealt in their order (`Dataset.keys`).
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
        return _deal(labels, (train, validation, test), keys)
    dealt = given.copy()
    if not (given == VALIDATION).any():
        rows = np.flatnonzero(given == TRAIN)
        dealt[rows] = _deal(labels[rows], (train, validation, 0.0), keys[rows])
    return dealt


def _deal(labels: NDArray[np.int32], shares: tuple[float, float, float], keys: NDArray[np.uint64]) -> Splits:
    dealt = np.zeros(len(labels), np.uint8)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        counts = _counts(len(rows), shares)
        order = rows[np.argsort(keys[rows], kind="stable")]
        # What is held back is taken from both ends, so that another test share leaves validation as it is.
        dealt[order[: counts[VALIDATION]]] = VALIDATION
        dealt[order[len(order) - counts[TEST] :]] = TEST
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


def _by_counts(
    dataset: Dataset, wanted: tuple[int, int, int], given: Splits | None, keys: NDArray[np.uint64]
) -> Splits:
    """Deal out by numbers of images; ready-made splits give the images of each, of which so many are used."""
    labels = dataset.labels
    dealt = np.full(len(labels), UNUSED, np.uint8)
    held = given is not None and bool((given == VALIDATION).any())
    for part in (TEST, VALIDATION, TRAIN):
        if given is None:
            pool = np.flatnonzero(dealt == UNUSED)
        else:
            source = part if part != VALIDATION or held else TRAIN
            pool = np.flatnonzero((given == source) & (dealt == UNUSED))
        count = wanted[part]
        if part == TRAIN:
            count = count or len(pool)
            if not count:
                raise _too_many(dataset, wanted, "no images are left to train on")
        if count > len(pool):
            raise _too_many(dataset, wanted, f"{count:,} images are asked for, but only {len(pool):,} are there")
        dealt[_some(labels, pool, count, keys)] = part
    return dealt


def _some(labels: NDArray[np.int32], pool: NDArray[np.intp], count: int, keys: NDArray[np.uint64]) -> NDArray[np.intp]:
    """Return `count` of the rows in `pool`, from every class in its share: largest remainders."""
    if not count:
        return pool[:0]
    classes, inverse, sizes = np.unique(labels[pool], return_inverse=True, return_counts=True)
    exact = sizes * (count / len(pool))
    counts = np.floor(exact).astype(np.intp)
    short = count - int(counts.sum())
    counts[np.argsort(counts - exact, kind="stable")[:short]] += 1
    taken = []
    for i in range(len(classes)):
        rows = pool[inverse == i]
        taken.append(rows[np.argsort(keys[rows], kind="stable")][: counts[i]])
    return np.concatenate(taken)


def _too_many(dataset: Dataset, wanted: tuple[int, int, int], what: str) -> UserError:
    train, validation, test = wanted
    asked = f"{train or 'all other'} to train, {validation:,} to validate, {test:,} to test"
    return UserError(
        f"{what} (of {len(dataset):,}: {asked})", where=dataset.root, mend="Ask for fewer images in each split"
    )
