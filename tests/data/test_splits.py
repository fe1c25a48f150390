"""Dealing images out: exact, stratified, repeatable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.data.dataset import TEST, TRAIN, VALIDATION
from guiapp.data.splits import split

class_sizes = st.lists(st.integers(1, 60), min_size=1, max_size=6)
share = st.sampled_from([0.0, 0.05, 0.1, 0.15, 0.2, 1 / 3, 0.5])


def labels_of(sizes: list[int], seed: int = 0) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    labels = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return np.random.default_rng(seed).permutation(labels)


@given(class_sizes, share, share, st.integers(0, 2**31))
def test_shares_hold_for_every_class(sizes: list[int], validation: float, test: float, seed: int) -> None:
    labels = labels_of(sizes)
    train = max(1 - validation - test, 0.05)
    dealt = split(labels, train, validation, test, seed)
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
    assert np.array_equal(split(labels, 0.7, 0.2, 0.1, seed), split(labels, 0.7, 0.2, 0.1, seed))


def test_another_seed_deals_otherwise() -> None:
    labels = labels_of([50, 50])
    assert not np.array_equal(split(labels, 0.7, 0.2, 0.1, 1), split(labels, 0.7, 0.2, 0.1, 2))


@given(class_sizes, st.sampled_from([(TRAIN, TEST), (TRAIN,), (TRAIN, VALIDATION), (TRAIN, VALIDATION, TEST)]))
def test_ready_made_splits_are_kept(sizes: list[int], kinds: tuple[int, ...]) -> None:
    labels = labels_of(sizes)
    given_splits = np.resize(np.array(kinds, np.uint8), len(labels))
    dealt = split(labels, 0.7, 0.2, 0.1, 3, given=given_splits)
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
        split(labels_of([4]), *shares, 0)
