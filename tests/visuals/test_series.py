from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from guiapp.visuals.curves import series

Floats = NDArray[np.float64]
some = arrays(np.float64, st.integers(0, 700), elements=st.floats(-1e3, 1e3) | st.just(math.nan))


def plainly(values: Floats, keep: float) -> Floats:
    total = weight = 0.0
    out = []
    for value in values:
        total, weight = total * keep, weight * keep
        if math.isfinite(value):
            total, weight = total + value, weight + 1
        out.append(total / weight if weight else math.nan)
    return np.array(out)


# A factor near 0 fades what counted to numbers without exact digits.
@given(some, st.just(0.0) | st.floats(0.01, 0.99))
def test_smoothing_is_the_running_weighted_mean(values: Floats, keep: float) -> None:
    found = series.smoothed(values, keep)
    expected = plainly(values, keep)
    # Where all that counts has faded to almost nothing, both are only as exact as their last digits.
    assert len(found) == len(expected)
    known = np.isfinite(expected) & np.isfinite(found)
    assert np.allclose(found[known], expected[known], atol=1e-4)
    if np.isfinite(values).all():
        assert known.all()


@given(some, st.lists(st.integers(0, 700), max_size=4), st.floats(0.1, 0.95))
def test_a_growing_series_is_smoothed_as_if_at_once(values: Floats, cuts: list[int], keep: float) -> None:
    smoother = series.Smoother(keep)
    for cut in sorted(cuts):
        smoother.update(values[:cut])
    assert np.allclose(smoother.update(values), series.smoothed(values, keep), equal_nan=True, atol=1e-6)


def test_another_series_begins_anew() -> None:
    smoother = series.Smoother(0.9)
    smoother.update(np.full(500, 7.0))
    assert np.allclose(smoother.update(np.full(600, 3.0)), 3.0)


@given(st.integers(1, 60_000), st.integers(16, 800), st.floats(0, 1), st.floats(0.01, 1))
def test_thinning_keeps_every_peak_that_is_shown(count: int, pixels: int, start: float, part: float) -> None:
    x = np.arange(1, count + 1).astype(np.float64)
    y = np.random.default_rng(count).normal(size=count)
    low, high = start * count, start * count + part * count
    thin_x, thin_y = series.thinned(x, y, low, high, pixels)
    shown = y[(x >= low) & (x <= high)]
    assert len(thin_x) == len(thin_y) <= 3 * pixels + 8
    if len(shown):
        assert thin_y.max() >= shown.max()
        assert thin_y.min() <= shown.min()
    assert (np.diff(thin_x) >= 0).all()


def test_bins_stay_put_while_the_view_moves() -> None:
    x = np.arange(1, 100_001).astype(np.float64)
    y = np.random.default_rng(1).normal(size=len(x))
    first = series.thinned(x, y, 10_000, 60_000, 500)
    moved = series.thinned(x, y, 10_333, 60_333, 500)
    both = np.intersect1d(first[0][2:-2], moved[0][2:-2])
    assert len(both) > 900


def test_a_long_series_is_thinned_to_what_fits() -> None:
    x = np.arange(1_000_000).astype(np.float64)
    assert len(series.thinned(x, np.sin(x), 0, 1e6, 1000)[0]) <= 3000


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_ticks_are_round_and_few(low: float, width: float) -> None:
    ticks = series.nice_ticks(low, low + width)
    assert 1 <= len(ticks) <= 7
    assert all(low - width * 1e-6 <= tick <= low + width * (1 + 1e-6) for tick in ticks)


def test_epochs_are_thinned_to_round_numbers() -> None:
    ends = [(100 * (i + 1), i) for i in range(60)]
    found = series.epoch_ticks(ends, 0, 6000, most=10)
    assert found == [(1000.0 * n, str(10 * n)) for n in range(1, 7)]
    assert series.epoch_ticks(ends, 950, 1250) == [(1000, "10"), (1100, "11"), (1200, "12")]
    assert series.epoch_ticks([], 0, 10) == []


def test_outliers_of_long_series_are_passed_over() -> None:
    values = np.ones(1000)
    values[0], values[500] = 1e6, 2
    found = series.limits([values], log=False)
    assert found is not None
    assert found[1] < 10
    assert series.limits([np.array([-1.0, 0.0])], log=True) is None


def test_figures_are_those_of_the_last_step_before() -> None:
    x, y = np.array([10.0, 20.0]), np.array([1.0, 2.0])
    assert [series.value_at(x, y, at) for at in (5, 10, 19, 25)] == [1, 1, 1, 2]
    assert math.isnan(series.value_at(np.empty(0), np.empty(0), 3))


def test_words() -> None:
    assert series.step_text(1250) == "1,250"
    assert series.step_text(1_200_000) == "1.2 M"
    assert series.figure_text(0.12345) == "0.1235"
    assert series.figure_text(math.nan) == series.percent_text(math.nan) == "–"
    assert series.percent_text(0.987) == "98.7 %"
