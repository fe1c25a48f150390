"""Which of many small pictures show the same: found by 64-bit hashes, verified on the pictures themselves.

The hash is the perceptual one of the low frequencies of the discrete cosine transform (Zauner, "Implementation and
Benchmarking of Perceptual Image Hash Functions", 2010). Pairs within a Hamming distance are found exactly, by bands
(Norouzi, Punjani & Fleet, "Fast Search in Hamming Space with Multi-Index Hashing", 2012).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from guiapp.data.work import Cancel, stop_if

SIDE = 16
"""Pixels a side of the small pictures."""

Thumbs = NDArray[np.uint8]
Floats = NDArray[np.float32]
Pairs = NDArray[np.intp]

MOST_PAIRS = 1_000_000
"""So many alike pairs are kept; where there are more, groups are as good as meaningless."""

_DISTANCES = (10, 8, 6, 4, 2)
_WORK = 4_000_000_000
_SAMPLE = 1500
_LEAST_SAMPLE = 50
_LOOSEST, _STRICTEST = 0.95, 0.997
_PLAIN = 4.0
_TILE = 512
_MOST_IN_BUCKET = 1024
_CHUNK = 4096
_GREY = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True)
class Alike:
    """Pictures that look the same.

    Attributes
    ----------
    pairs : ndarray of intp, (P, 2)
        Two rows each, the smaller first.
    whole : bool
        Whether all were compared; not where there were too many.
    """

    pairs: Pairs
    whole: bool


def alike(thumbs: Thumbs, cancel: Cancel) -> Alike:
    """Return the pairs that look the same: copies that were saved again, resized, brightened or cut by a little.

    How alike two must be depends on how alike the pictures are anyway: two digits resemble each other more than two
    photographs do. Plain pictures, of which nothing can be said, are in no pair.

    Parameters
    ----------
    thumbs : ndarray of uint8, (N, SIDE, SIDE, 3)
        The pictures.
    cancel
        Asked whether to go on.

    Raises
    ------
    Cancelled
        Once `cancel` answers True.
    """
    rows = np.flatnonzero(_contrast(thumbs) >= _PLAIN)
    if len(rows) < 2:
        return Alike(np.empty((0, 2), np.intp), whole=True)
    least = alike_enough(thumbs[rows])
    hashes, marks = _described(thumbs, rows)
    distance, whole = _distance_for(hashes, least)
    found: list[Pairs] = []
    for pairs in _gathered(_close_pairs(hashes, distance, whole, marks, least, cancel)):
        first, second = rows[pairs].T
        found.append(rows[pairs[_correlation(thumbs[first], thumbs[second]) >= least]])
        if sum(map(len, found)) > MOST_PAIRS:
            whole = False
            break
    pairs = np.sort(np.concatenate(found), axis=1) if found else np.empty((0, 2), np.intp)
    return Alike(np.unique(pairs, axis=0)[:MOST_PAIRS], whole)


def _gathered(some: Iterator[Pairs]) -> Iterator[Pairs]:
    """Give the same pairs in parts of about `_CHUNK`: small ones cost more to begin with than to compare."""
    waiting: list[Pairs] = []
    count = 0
    for pairs in some:
        waiting.append(pairs)
        count += len(pairs)
        if count >= _CHUNK:
            whole, waiting, count = np.concatenate(waiting), [], 0
            yield from (whole[i : i + _CHUNK] for i in range(0, len(whole), _CHUNK))
    if waiting:
        yield np.concatenate(waiting)


def alike_enough(thumbs: Thumbs) -> float:
    """Return the correlation from which on two of these pictures are hardly alike by chance.

    The correlations of a sample fall off about exponentially (on Fisher's scale); the line through their 90th and 99th
    percentile is followed to where one pair of all is expected.
    """
    count = len(thumbs)
    if count < _LEAST_SAMPLE:
        return 0.98
    sample = thumbs[np.random.default_rng(1).choice(count, min(count, _SAMPLE), replace=False)]
    vectors = _unit(sample)
    values = (vectors @ vectors.T)[np.triu_indices(len(vectors), 1)]
    near, far = np.quantile(np.arctanh(np.clip(values, -0.999, 0.999999)), (0.9, 0.99))
    decades = np.log10(count * count / 2) - 2
    return float(np.clip(np.tanh(far + (far - near) * decades), _LOOSEST, _STRICTEST))


def groups_of(pairs: Pairs) -> list[tuple[int, ...]]:
    """Return the groups that pairs lead to: whatever is in a pair with one of a group belongs to it; in order."""
    parent: dict[int, int] = {}

    def root(row: int) -> int:
        while parent.setdefault(row, row) != row:
            parent[row] = row = parent[parent[row]]
        return row

    for first, second in pairs.tolist():
        a, b = root(first), root(second)
        parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for row in sorted(parent):
        groups.setdefault(root(row), []).append(row)
    return [tuple(rows) for rows in groups.values()]


def _unit(thumbs: Thumbs) -> Floats:
    """Return each picture as a vector of length 1 without its mean: products of two are their correlation."""
    flat = thumbs.reshape(len(thumbs), -1).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return flat


def _correlation(first: Thumbs, second: Thumbs) -> Floats:
    values: Floats = np.einsum("ij,ij->i", _unit(first), _unit(second))
    return values


def _contrast(thumbs: Thumbs) -> Floats:
    out = np.empty(len(thumbs), np.float32)
    for start in range(0, len(thumbs), _CHUNK):
        out[start : start + _CHUNK] = (thumbs[start : start + _CHUNK] @ _GREY).std(axis=(1, 2))
    return out


def _described(thumbs: Thumbs, rows: NDArray[np.intp]) -> tuple[NDArray[np.uint64], Floats]:
    """Return the hash of each, and a few of its low frequencies: two pictures differ at least as much as those do."""
    angle = np.pi * (2 * np.arange(SIDE) + 1) / (2 * SIDE)
    cosines = (np.sqrt(2 / SIDE) * np.cos(np.arange(8)[:, None] * angle)).astype(np.float32)
    cosines[0] /= np.sqrt(2)
    hashes, marks = np.empty(len(rows), np.uint64), np.empty((len(rows), 15), np.float32)
    for start in range(0, len(rows), _CHUNK):
        part = _unit(thumbs[rows[start : start + _CHUNK]]).reshape(-1, SIDE, SIDE, 3)
        grey = part @ _GREY
        waves = (cosines @ grey @ cosines.T).reshape(len(part), 64)
        bits = waves > np.median(waves[:, 1:], axis=1)[:, None]
        hashes[start : start + _CHUNK] = np.packbits(bits, axis=1).view(np.uint64)[:, 0]
        # The mean of the three channels, times √3, is a projection of the whole picture, and so are its waves.
        mean = part.sum(axis=3) / np.sqrt(np.float32(3))
        marks[start : start + _CHUNK] = (cosines[:4] @ mean @ cosines[:4].T).reshape(len(part), 16)[:, 1:]
    return hashes, marks


def _bands(distance: int) -> list[NDArray[np.uint64]]:
    """Return masks of one more band than `distance`: two hashes within it are the same in one of the bands."""
    edges = np.linspace(0, 64, distance + 2).astype(int)
    return [
        np.bitwise_or.reduce(np.uint64(1) << np.arange(low, high, dtype=np.uint64))
        for low, high in pairwise(edges.tolist())
    ]


def _distance_for(hashes: NDArray[np.uint64], least: float) -> tuple[int, bool]:
    """Return the largest distance that is searched in bounded time, and whether it is in time at all.

    The more alike two have to be, the closer their hashes are.
    """
    for distance in _DISTANCES[2 if least > 0.99 else 0 :]:
        work = 0.0
        for band in _bands(distance):
            sizes = np.unique(hashes & band, return_counts=True)[1].astype(np.float64)
            work += float((sizes * sizes).sum()) / 2
        if work <= _WORK:
            return distance, True
    return _DISTANCES[-1], False


def _close_pairs(  # noqa: PLR0917
    hashes: NDArray[np.uint64],
    distance: int,
    whole: bool,
    marks: Floats,
    least: float,
    cancel: Cancel,
) -> Iterator[Pairs]:
    """Give places of pairs whose hashes are close and whose low frequencies do not rule out that they are alike."""
    furthest = 2 * (1 - least) + 1e-4
    within = _Within(distance)
    for band in _bands(distance):
        keys = hashes & band
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=~keys[order[:1]]))
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), len(order)], strict=True):
            bucket = order[start : stop if whole else min(stop, start + _MOST_IN_BUCKET)]
            for first, second in _tiles(bucket):
                stop_if(cancel)
                at = within(hashes[first], hashes[second])
                a, b = first[at // len(second)], second[at % len(second)]
                if first is second:
                    a, b = a[a < b], b[a < b]
                apart = marks[a] - marks[b]
                keep = np.flatnonzero(np.einsum("ij,ij->i", apart, apart) <= furthest)
                if len(keep):
                    yield np.stack([a[keep], b[keep]], axis=1)


class _Within:
    """Compares hashes in memory that is used again: asking for it anew would cost several times the comparing."""

    def __init__(self, distance: int) -> None:
        self._distance = np.uint8(distance)
        self._bits = np.empty(_TILE * _TILE, np.uint64)
        self._counts = np.empty(_TILE * _TILE, np.uint8)
        self._close = np.empty(_TILE * _TILE, np.bool_)

    def __call__(self, first: NDArray[np.uint64], second: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return the places, in an array of every one of `first` with every one of `second`, of those close enough."""
        size = len(first) * len(second)
        bits, counts, close = self._bits[:size], self._counts[:size], self._close[:size]
        np.bitwise_xor(first[:, None], second, out=bits.reshape(len(first), len(second)))
        np.bitwise_count(bits, out=counts)
        np.less_equal(counts, self._distance, out=close)
        return np.flatnonzero(close)


def _tiles(bucket: NDArray[np.intp]) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Give every pair of parts of a bucket, each with itself too."""
    parts = [bucket[i : i + _TILE] for i in range(0, len(bucket), _TILE)] if len(bucket) > 1 else []
    for i, first in enumerate(parts):
        for second in parts[i:]:
            yield first, second
