"""The arithmetic of curves: smoothing, thinning to the pixels there are, ranges and ticks; numpy only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROOM = 1.2
_BLOCK = 64


def _decayed_sums(values: Floats, keep: float, start: float) -> Floats:
    """Return y with y[t] = keep · y[t−1] + values[t], y[−1] being `start`; values as rows of a block each."""
    count = len(values)
    blocks = np.zeros((-(-count // _BLOCK), _BLOCK))
    blocks.reshape(-1)[:count] = values
    lag = np.subtract.outer(np.arange(_BLOCK), np.arange(_BLOCK))
    within = np.where(lag >= 0, keep ** np.maximum(lag, 0), 0.0)
    sums = blocks @ within.T
    carry = np.empty(len(blocks))
    last, far = start, keep**_BLOCK
    for i, end in enumerate(sums[:, -1].tolist()):
        carry[i] = last
        last = last * far + end
    sums += carry[:, None] * keep ** np.arange(1, _BLOCK + 1)
    whole: Floats = sums.reshape(-1)[:count]
    return whole


class Smoother:
    """The running mean of a series that grows: each value counts `amount` times as much as the one after it.

    The first values are the mean of what there is, not pulled towards zero; values that are not finite do not count.

    Parameters
    ----------
    amount : float
        0 (nothing is smoothed) to less than 1.
    """

    def __init__(self, amount: float) -> None:
        self.amount = min(max(amount, 0.0), 0.999)
        self._out: Floats = np.empty(0)
        self._restart()

    def _restart(self) -> None:
        self._sum = self._weight = 0.0
        self._last, self._count = math.nan, 0

    def update(self, values: Floats) -> Floats:
        """Return the whole series smoothed; only what was added since the last call is worked on."""
        count = len(values)
        fresh_last = self._count <= count and (
            self._count == 0 or np.array_equal(values[self._count - 1], self._last, equal_nan=True)
        )
        if not fresh_last:
            self._restart()
        if count > self._count:
            self._append(values[self._count :], count)
        return self._out[:count]

    def _append(self, added: Floats, count: int) -> None:
        if count > len(self._out):
            self._out = np.concatenate([self._out[: self._count], np.empty(max(1024, 2 * count) - self._count)])
        finite = np.isfinite(added)
        if finite.all():
            sums = _decayed_sums(added, self.amount, self._sum)
            weights = np.full(len(added), 1 / (1 - self.amount))
            # What is left of the beginning is soon too little to count, and powers of it are slow.
            early = weights[: 1 + int(-40 / math.log(self.amount)) if self.amount else 1]
            faded = self.amount ** np.arange(1, len(early) + 1)
            early[:] = self._weight * faded + (1 - faded) / (1 - self.amount)
        else:
            sums = _decayed_sums(np.where(finite, added, 0.0), self.amount, self._sum)
            weights = _decayed_sums(finite.astype(float), self.amount, self._weight)
        with np.errstate(invalid="ignore", divide="ignore"):
            self._out[self._count : count] = np.where(weights > 0, sums / weights, np.nan)
        self._sum, self._weight = float(sums[-1]), float(weights[-1])
        self._last, self._count = float(added[-1]), count


def smoothed(values: Floats, amount: float) -> Floats:
    """Return `values` smoothed at once; see `Smoother`."""
    return Smoother(amount).update(np.asarray(values, np.float64))


def thinned(x: Floats, y: Floats, low: float, high: float, pixels: int) -> tuple[Floats, Floats]:
    """Return the points of a curve that can be seen: the lowest and highest of each pixel column.

    Parameters
    ----------
    x, y : float arrays, shape (n,)
        A curve, x rising.
    low, high : float
        The part of x that is shown; a quarter as much again on either side is returned too, for panning.
    pixels : int
        How many columns that part takes.

    Returns
    -------
    float64 arrays, shape (m,)
        With m at most about 3 · `pixels`; bins begin at multiples of their length, so that they stay put as the
        view moves.
    """
    margin = (high - low) / 4
    first = max(0, int(np.searchsorted(x, low - margin)) - 1)
    last = min(len(x), int(np.searchsorted(x, high + margin, "right")) + 1)
    if not first < last:
        return np.empty(0), np.empty(0)
    # From the range of x, not from the points in it: the length of bins must not change while the view moves.
    spacing = (x[-1] - x[0]) / max(1, len(x) - 1)
    size = math.ceil((high - low) / (spacing or 1) / max(1, pixels))
    if size <= 2:
        return x[first:last].astype(np.float64), y[first:last].astype(np.float64)
    first -= first % size
    # fmin and fmax pass over what is not a number; the last bin may be a short one.
    starts = np.arange(first, last, size)
    middles = np.minimum(starts + size // 2, last - 1)
    out_x, out_y = np.empty(2 * len(starts)), np.empty(2 * len(starts))
    out_x[0::2], out_x[1::2] = x[starts], x[middles]
    whole = first + (last - first) // size * size
    for side, reduce in enumerate((np.fmin, np.fmax)):
        full = reduce.reduce(y[first:whole].reshape(-1, size), axis=1)
        rest = [reduce.reduce(y[whole:last])] if whole < last else []
        out_y[side::2] = np.concatenate([full, rest])
    return out_x, out_y


def value_at(x: NDArray[np.int64] | Floats, y: Floats, at: float) -> float:
    """Return y at the last x that is not beyond `at` (the first one for earlier ones); NaN where there is none."""
    if not len(x):
        return math.nan
    index = int(np.searchsorted(x, at, "right")) - 1
    return float(y[max(0, index)])


def limits(parts: Sequence[Floats], *, log: bool) -> tuple[float, float] | None:
    """Return the range that shows `parts` well: single outliers of long series are passed over.

    Returns None where nothing can be shown; with `log` only what is above 0 counts.
    """
    ends: list[float] = []
    for part in parts:
        known = part[np.isfinite(part) & ((part > 0) if log else True)]
        if len(known) > 40:
            ends.extend(np.quantile(known, (0.005, 0.995)).tolist())
        elif len(known):
            ends.extend((float(known.min()), float(known.max())))
    if not ends:
        return None
    low, high = min(ends), max(ends)
    if log:
        return (low / 1.1, high * 1.1) if high > low else (low / 2, low * 2)
    pad = (high - low) * 0.06 or abs(high) * 0.1 or 0.1
    return low - pad, high + pad


def roomy(last: float, planned: int) -> float:
    """Return the last step to show: up to a fifth more than `last` while it grows towards `planned`."""
    if last >= planned or last <= 1:
        return last
    return min(float(planned), math.ceil(ROOM ** math.ceil(math.log(last) / math.log(ROOM))))


def held(shown: tuple[float, float], wanted: tuple[float, float]) -> bool:
    """Return whether the range `shown` still suits what is `wanted`: all of it, and not much else."""
    low, high = wanted
    return shown[0] <= low and high <= shown[1] and high - low >= 0.8 * (shown[1] - shown[0])


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Return round numbers between `low` and `high`, at most about `most`: multiples of 1, 2 or 5 · 10ⁿ."""
    if not high > low:
        return [low]
    rough = (high - low) / max(1, most)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999999)
    first = math.ceil(low / step - 1e-9)
    return [round(i * step, 12) for i in range(first, math.floor(high / step + 1e-9) + 1)]


def epoch_ticks(ends: Sequence[tuple[int, int]], low: float, high: float, most: int = 10) -> list[tuple[float, str]]:
    """Return where epochs end, (step, number from 1), thinned to at most about `most` round numbers in view."""
    inside = [(step, epoch + 1) for step, epoch in ends if low <= step <= high]
    numbers = (n * 10**power for power in range(9) for n in (1, 2, 5))
    every = next(number for number in numbers if len(inside) / number <= most)
    return [(float(step), str(epoch)) for step, epoch in inside if epoch % every == 0]


def step_text(step: float) -> str:
    """Return a step as it is written on an axis: ``1,250``, ``1.2 M``."""
    if step >= 1e6:
        return f"{step / 1e6:g} M"
    return f"{step:,.0f}" if step == int(step) else ""


def figure_text(value: float) -> str:
    """Return a loss in four digits."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.4f}" if abs(value) < 10 else f"{value:.4g}"


def percent_text(value: float) -> str:
    """Return a share in percent."""
    return f"{value * 100:.1f} %" if math.isfinite(value) else "–"


def shortened(name: str, most: int = 24) -> str:
    """Return the end of a name that is too long for a legend."""
    return name if len(name) <= most else f"…{name[1 - most :]}"
