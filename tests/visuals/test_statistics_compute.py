from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from guiapp.visuals.statistics import compute as statistics


@given(arrays(np.float32, st.integers(1, 300), elements=st.floats(-1e3, 1e3, width=32)))
def test_a_spread_counts_every_value_between_its_ends(values: NDArray[np.float32]) -> None:
    found = statistics.spread(values)
    assert found.counts.sum() == values.size
    assert found.figures[2] == values.min()
    assert found.figures[3] == values.max()
    assert np.isclose(found.figures[0], values.mean(dtype=np.float64), atol=1e-3)
    assert np.isclose(found.figures[4], (values == 0).mean())


def test_values_that_are_not_finite_are_left_out() -> None:
    found = statistics.spread(np.array([1.0, np.nan, 3.0, np.inf], np.float32))
    assert found.counts.sum() == 2
    assert found.figures[:4].tolist() == [2, 1, 1, 3]
    assert np.isnan(statistics.spread(np.array([np.nan])).figures).all()


def test_a_large_array_is_measured_whole_but_never_copied_whole() -> None:
    values = np.random.default_rng(1).normal(5, 2, 3_000_000).astype(np.float32)
    values[::7] = 0
    values[1::1000] = np.nan
    tracemalloc.start()
    try:
        found = statistics.spread(values)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < values.nbytes
    finite = values[np.isfinite(values)]
    expected = [finite.mean(dtype=float), finite.std(dtype=float), finite.min(), finite.max(), (finite == 0).mean()]
    assert np.allclose(found.figures, expected, rtol=1e-6)
    assert 150_000 < found.counts.sum() < 400_000


@given(st.integers(1, 60), st.floats(-5, 5), st.floats(0, 5))
def test_shares_in_other_bins_add_up(rows: int, low: float, width: float) -> None:
    counts = np.arange(1, 65)
    edges = np.linspace(-6, 11, rows + 1)
    shares = statistics.rebinned(counts, low, low + width, edges)
    assert np.isclose(shares.sum(), 1)
    assert (shares >= 0).all()


def test_the_same_bins_keep_the_counts() -> None:
    counts = np.random.default_rng(1).integers(0, 50, 64)
    shares = statistics.rebinned(counts, -1, 1, np.linspace(-1, 1, 65))
    assert np.allclose(shares * counts.sum(), counts)


def test_history_spans_all_snapshots() -> None:
    rng = np.random.default_rng(2)
    spreads = [statistics.spread(rng.normal(0, sigma, 500)) for sigma in (0.1, 1, 3)]
    image, low, high = statistics.history_image(spreads, rows=40)
    assert image.shape == (40, 3)
    assert low == min(one.figures[2] for one in spreads)
    assert high == max(one.figures[3] for one in spreads)
    lit = (image > 0).sum(axis=0)
    assert lit[0] < lit[1] < lit[2]


def test_a_snapshot_measures_every_weight(network: Any) -> None:
    found = statistics.snapshot(network, np.zeros((0, 20, 24, 3), np.uint8))
    assert set(found) == {
        f"{layer}/{weight}{part}"
        for layer in ("conv1", "conv2", "dense1")
        for weight in ("kernel", "bias")
        for part in ("", "/histogram")
    }
    kernel = network.weights("conv1")["kernel"]
    assert np.isclose(found["conv1/kernel"][1], kernel.std(), rtol=1e-4)
