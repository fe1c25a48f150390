"""Receptive fields: how much of the image one number depends on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class View:
    """How much of the image one number depends on, without the image's borders.

    Attributes
    ----------
    size : tuple of float
        Height and width in pixels of the image; infinite where it is all of it.
    jump : tuple of float
        How many pixels lie between what two neighbouring numbers see.
    grid : tuple of float
        After a layer that enlarges: the jump before it, in whole steps of which the size grows.
    slack : tuple of float
        How much of the last of these steps is not used yet.

    Notes
    -----
    After Araujo, Norris and Sim, "Computing receptive fields of convolutional neural networks", Distill, 2019: a
    window of k places, moved by s, adds (k − 1) · jump to the size and multiplies the jump by s. Where s is below 1,
    neighbours share what they see, so that the size grows in whole steps of the jump before.
    """

    size: tuple[float, float] = (1.0, 1.0)
    jump: tuple[float, float] = (1.0, 1.0)
    grid: tuple[float, float] = (0.0, 0.0)
    slack: tuple[float, float] = (0.0, 0.0)


FAR = 1e30
"""No number that is told is near it; beyond it, steps of steps would end in no number at all."""

WHOLE = View((math.inf, math.inf))

Window = tuple[tuple[float, float], tuple[float, float]]
"""How many places a layer looks at, and how far it moves each time, as ((height, width), (height, width))."""


@lru_cache(8192)
def seen(views: tuple[View, ...], window: Window) -> View:
    """Return what numbers see that look at a window of numbers, which see `views`."""
    sides = [_seen(views, window[0][i], window[1][i], i) for i in (0, 1)]
    size, jump, grid, slack = ((sides[0][k], sides[1][k]) for k in range(4))
    return View(size, jump, grid, slack)


def _seen(views: Sequence[View], window: float, stride: float, i: int) -> tuple[float, float, float, float]:
    widest = max(views, key=lambda view: (view.size[i], -view.slack[i]))
    size, slack, jump = widest.size[i], widest.slack[i], views[0].jump[i]
    grid = max(widest.grid[i], jump)
    more = (window - 1) * jump - slack
    if size < math.inf:
        # Rounding must not make a step of what a third does not hold exactly.
        steps = max(0, math.ceil(more / grid - 1e-9))
        size, slack = size + steps * grid, steps * grid - more
    moved = min(jump * stride, FAR)
    return size, moved, grid if moved < grid or stride % 1 else 0.0, slack
