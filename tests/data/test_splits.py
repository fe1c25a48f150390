"""Dealing images out: exact, stratified, repeatable."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, UNUSED, VALIDATION, Dataset
from guiapp.data.splits import deal, split

class_sizes = st.lists(st.integers(1, 60), min_size=1, max_size=6)
share = st.sampled_from([0.0, 0.05, 0.1, 0.15, 0.2, 1 / 3, 0.5])


def labels_of(sizes: list[int], seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    labels = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return np.random.default_rng(seed).permutation(labels)


def keys_of(labels: NDArray[np.int32], seed: int) -> NDArray[np.uint64]:
    return dataset_of(labels).keys(seed)


def dataset_of(labels: NDArray[np.int32]) -> Dataset:
    count = len(labels)
    names = tuple(f"class {i}" for i in range(int(labels.max()) + 1))
    paths = tuple(f"{i}.png" for i in range(count))
    zeros = np.zeros(count, np.int64)
    return Dataset(Path("/images"), "class_folders", names, paths, labels, zeros, zeros)


@given(class_sizes, share, share, st.integers(0, 2**31))
def test_shares_hold_for_every_class(sizes: list[int], validation: float, test: float, seed: int) -> None:
    labels = labels_of(sizes)
    train = max(1 - validation - test, 0.05)
    dealt = split(labels, train, validation, test, keys=keys_of(labels, seed))
    assert dealt.dtype == np.uint8
    assert dealt.shape == labels.shape
    assert set(np.unique(dealt)) <= {TRAIN, VALIDATION, TEST}
    whole = train + validation + test
    for label, size in enumerate(sizes):
        counts = np.bincount(dealt[labels == label], minlength=3)
        assert counts[TRAIN] >= 1
        assert counts[VALIDATION] >= (size >= 2 and validation > 0)
        exact = size * np.array([train, validation, test]) / whole
        if exact[TRAIN] >= 1 and (validation == 0 or exact[VALIDATION] >= 1):
            assert (np.abs(counts - exact) < 1).all()
        for name, part in ((VALIDATION, validation), (TEST, test)):
            assert part > 0 or counts[name] == 0


@given(class_sizes, st.integers(0, 1000))
def test_the_same_seed_deals_the_same(sizes: list[int], seed: int) -> None:
    labels = labels_of(sizes)
    assert np.array_equal(
        split(labels, 0.7, 0.2, 0.1, keys=keys_of(labels, seed)),
        split(labels, 0.7, 0.2, 0.1, keys=keys_of(labels, seed)),
    )


def test_another_seed_deals_otherwise() -> None:
    labels = labels_of([50, 50])
    assert not np.array_equal(
        split(labels, 0.7, 0.2, 0.1, keys=keys_of(labels, 1)), split(labels, 0.7, 0.2, 0.1, keys=keys_of(labels, 2))
    )


@given(class_sizes, st.sampled_from([(TRAIN, TEST), (TRAIN,), (TRAIN, VALIDATION), (TRAIN, VALIDATION, TEST)]))
def test_ready_made_splits_are_kept(sizes: list[int], kinds: tuple[int, ...]) -> None:
    labels = labels_of(sizes)
    given_splits = np.resize(np.array(kinds, np.uint8), len(labels))
    dealt = split(labels, 0.7, 0.2, 0.1, keys=keys_of(labels, 3), given=given_splits)
    assert np.array_equal(dealt == TEST, given_splits == TEST)
    if (given_splits == VALIDATION).any():
        assert np.array_equal(dealt, given_splits)
    else:
        for label in range(len(sizes)):
            rows = dealt[(labels == label) & (given_splits == TRAIN)]
            assert np.count_nonzero(rows == VALIDATION) >= (len(rows) >= 2)
            assert abs(np.count_nonzero(rows == VALIDATION) - len(rows) * 0.2 / 0.9) < 1


@pytest.mark.parametrize("shares", [(0.0, 0.5, 0.5), (-1.0, 1.0, 1.0), (1.0, -0.1, 0.1)])
def test_impossible_shares_are_refused(shares: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="Received"):
        split(labels_of([4]), *shares, keys=keys_of(labels_of([4]), 0))


@given(class_sizes, st.integers(0, 99), st.data())
def test_counts_are_met_to_the_image_and_stratified(sizes: list[int], seed: int, data: st.DataObject) -> None:
    labels = labels_of(sizes)
    total = len(labels)
    test = data.draw(st.integers(0, total - 1))
    validation = data.draw(st.integers(0, total - 1 - test))
    train = data.draw(st.integers(0, total - test - validation))
    settings = DatasetSettings(
        path="/images", divide="counts", train_images=train, validation_images=validation, test_images=test, seed=seed
    )
    dealt = deal(dataset_of(labels), settings)
    counts = np.bincount(dealt, minlength=4)
    left = total - validation - test
    assert counts.tolist() == [train or left, validation, test, left - (train or left)]
    for label, size in enumerate(sizes):
        assert abs(np.count_nonzero(dealt[labels == label] == TEST) - size * test / total) < 1


@pytest.mark.parametrize(("train", "validation", "test"), [(0, 10, 0), (5, 4, 2), (11, 0, 0)])
def test_more_images_than_there_are(train: int, validation: int, test: int) -> None:
    settings = DatasetSettings(
        path="/images", divide="counts", train_images=train, validation_images=validation, test_images=test
    )
    with pytest.raises(UserError, match="Ask for fewer images in each split"):
        deal(dataset_of(labels_of([4, 6])), settings)


def test_images_that_come_move_few_others() -> None:
    labels = labels_of([500, 500])
    settings = DatasetSettings(path="/images", validation=0.2, test=0.1)
    before = deal(dataset_of(labels), settings)
    after = deal(dataset_of(np.append(labels, np.zeros(10, np.int32))), settings)
    assert np.count_nonzero(before != after[:1000]) <= 6


def test_ready_made_splits_may_be_given_up() -> None:
    labels = labels_of([50, 50])
    ready = np.full(100, TEST, np.uint8)
    ready[:50] = TRAIN
    dataset = replace(dataset_of(labels), given_splits=ready)
    afresh = deal(dataset, DatasetSettings(path="/images", keep_given=False, validation=0.2))
    assert np.bincount(afresh, minlength=4).tolist() == [80, 20, 0, 0]
    kept = deal(dataset, DatasetSettings(path="/images", divide="counts", validation_images=10, test_images=20))
    assert np.bincount(kept, minlength=4).tolist() == [40, 10, 20, 30]
    assert (ready[kept == TEST] == TEST).all()
    assert UNUSED in kept
