"""How sizes of files, speeds and times are written; without Qt."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable


def size_words(nbytes: float) -> str:
    """Return a size: ``834 kB``, ``12 MB``, ``1.6 GB``."""
    if nbytes >= 999.5e6:
        return f"{nbytes / 1e9:,.1f} GB"
    if nbytes >= 9.95e6:
        return f"{nbytes / 1e6:,.0f} MB"
    return f"{nbytes / 1e6:,.1f} MB" if nbytes >= 999.5e3 else f"{max(0, round(nbytes / 1e3)):,} kB"


def time_words(seconds: float) -> str:
    """Return about how long something takes: ``40 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s" if seconds > 7 else "a few seconds"
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class Speed:
    """How fast something goes, over the last seconds.

    Parameters
    ----------
    clock : callable
        Tells the time in seconds.
    over_s : float
        How far it looks back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, over_s: float = 5.0) -> None:
        self._clock, self._over = clock, over_s
        self._seen: deque[tuple[float, float]] = deque()

    def add(self, done: float) -> None:
        """Note how much is done now."""
        now = self._clock()
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, done))
        while now - self._seen[0][0] > self._over and len(self._seen) > 2:
            self._seen.popleft()

    def rate(self) -> float | None:
        """Return how much is done a second, or None where too little has been seen."""
        if not self._seen:
            return None
        (first, begun), (_, done) = self._seen[0], self._seen[-1]
        passed = self._clock() - first
        return (done - begun) / passed if passed >= 1 else None
