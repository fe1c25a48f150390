"""How the weights of each layer are spread: key figures and histograms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiapp.core.analysis import Analysis
from guiapp.core.layers.pretrained import Pretrained
from guiapp.visuals.live import Array, LiveNetwork

Floats = NDArray[np.float64]

BINS = 64
FIGURES = ("mean", "σ", "smallest", "largest", "zeros")
PART = 262_144
"""Arrays are measured so many values at a time."""

SAMPLE = 200_000
"""Histograms of larger arrays look at about this many of their values, evenly picked."""


@dataclass(frozen=True)
class Spread:
    """How the values of one array are spread.

    Attributes
    ----------
    figures : float32 array, shape (5,)
        Mean, standard deviation, smallest, largest (of finite values) and the share of zeros.
    counts : uint32 array, shape (64,)
        How many values lie in each of 64 equal bins between the smallest and the largest.
    """

    figures: NDArray[np.float32]
    counts: NDArray[np.uint32]


def spread(values: Array) -> Spread:
    """Measure an array of any shape; values that are not finite are left out, all figures are NaN without any.

    The figures are of all values, taken a part at a time, so that a large array is never held twice. The histogram
    of an array of more than twice `SAMPLE` values is that of values evenly picked from it.
    """
    flat = np.asarray(values, np.float32).reshape(-1)
    count, zeros, total, low, high = 0, 0, 0.0, np.inf, -np.inf
    for part in _finite_parts(flat):
        count += part.size
        zeros += part.size - int(np.count_nonzero(part))
        total += float(part.sum(dtype=np.float64))
        low, high = min(low, float(part.min())), max(high, float(part.max()))
    if not count:
        return Spread(np.full(5, np.nan, np.float32), np.zeros(BINS, np.uint32))
    mean = total / count
    squares = sum(float(np.square(part - np.float64(mean)).sum()) for part in _finite_parts(flat))
    figures = np.array([mean, np.sqrt(squares / count), low, high, zeros / count], np.float32)
    return Spread(figures, _histogram(flat[:: max(1, flat.size // SAMPLE)], low, high))


def _finite_parts(flat: Array) -> Iterator[Array]:
    for start in range(0, flat.size, PART):
        part = flat[start : start + PART]
        finite = np.isfinite(part)
        if finite.any():
            yield part if finite.all() else part[finite]


def _histogram(sample: Array, low: float, high: float) -> NDArray[np.uint32]:
    width = (high - low) or 1.0
    at = (sample[np.isfinite(sample)].astype(np.float64) - low) * (BINS / width)
    return np.bincount(np.clip(at, 0, BINS - 1).astype(np.intp), minlength=BINS).astype(np.uint32)


def layers_with_weights(analysis: Analysis) -> dict[str, tuple[str, ...]]:
    """Return the weights of each enabled layer that holds any which training may change.

    An Input's measured mean does not count, nor what is frozen of a backbone.
    """
    found = {}
    for row in analysis.rows:
        still = row.layer.still() if isinstance(row.layer, Pretrained) else frozenset[str]()
        names = tuple(weight.name for weight in row.weights if weight.name not in still)
        if names and row.layer.enabled and row.layer.kind != "Input":
            found[row.layer.name] = names
    return found


def snapshot(network: LiveNetwork, pinned: Array) -> Mapping[str, Array]:
    """Return ``"layer/weight"`` float32 (5,), the `FIGURES`, and ``"layer/weight/histogram"`` uint32 (64,)."""
    found: dict[str, Array] = {}
    for layer, names in layers_with_weights(network.analysis).items():
        held = network.weights(layer)
        for name in names:
            measured = spread(held[name])
            found[f"{layer}/{name}"] = measured.figures
            found[f"{layer}/{name}/histogram"] = measured.counts
    return found


def rebinned(counts: Array, low: float, high: float, edges: Floats) -> Floats:
    """Return the share of values in other bins, values being spread evenly within each bin they were counted in.

    Parameters
    ----------
    counts : int array, shape (n,)
        Of n equal bins between `low` and `high`.
    low, high : float
        The ends; where they are equal all values lie in the bin that holds them.
    edges : float array, shape (m + 1,)
        Edges of the bins wanted, rising.

    Returns
    -------
    float64 array, shape (m,)
        Shares of all values; they add up to 1 where the edges hold everything.
    """
    total = counts.sum()
    if not total or not np.isfinite([low, high]).all():
        return np.zeros(len(edges) - 1)
    if high <= low:
        at = int(np.clip(np.searchsorted(edges, low, "right") - 1, 0, len(edges) - 2))
        alone: Floats = np.zeros(len(edges) - 1)
        alone[at] = 1.0
        return alone
    below = np.concatenate([[0.0], np.cumsum(counts, dtype=np.float64)]) / total
    within = np.interp(edges, np.linspace(low, high, len(counts) + 1), below)
    shares: Floats = np.diff(within)
    return shares


def history_image(spreads: Sequence[Spread], rows: int = 128) -> tuple[NDArray[np.uint8], float, float]:
    """Return histograms over time as one picture.

    Parameters
    ----------
    spreads : sequence of Spread
        One a snapshot, in order.
    rows : int
        How finely values are told apart.

    Returns
    -------
    uint8 array, shape (rows, len(spreads))
        Each column one snapshot, the smallest value at row 0; brightness is the square root of the density,
        so that thin tails can be seen.
    float, float
        The values at the lower and the upper edge.
    """
    figures = np.array([one.figures for one in spreads], np.float64).reshape(-1, 5)
    known = figures[np.isfinite(figures).all(axis=1)]
    low, high = (float(known[:, 2].min()), float(known[:, 3].max())) if len(known) else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, rows + 1)
    columns = [rebinned(one.counts, float(one.figures[2]), float(one.figures[3]), edges) for one in spreads]
    density = np.sqrt(np.stack(columns, axis=1)) if columns else np.zeros((rows, 0))
    # A column of one single value (biases at the start) would leave the rest of the picture dark.
    top = np.quantile(density.max(axis=0), 0.9) if density.size else 1.0
    return np.rint(255 * np.clip(density / (top or 1.0), 0, 1)).astype(np.uint8), low, high
