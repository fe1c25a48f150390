"""Changing training images at random, the same way again for the same seed, epoch and image."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.augmentation import Augmentation
from guiapp.data import warp
from guiapp.data.dataset import mixed

Pixels = NDArray[np.uint8]
Reals = NDArray[np.float64]
Some = NDArray[np.floating[Any]]

THREADED_BYTES = 8 << 10
"""Images with fewer bytes take longer to hand to another thread than to change."""

# Each draw has a number of its own, so that turning one change on leaves the others as they were.
_DRAWS = (
    "flip x", "flip y", "shift x", "shift y", "rotation", "zoom", "crop", "crop x", "crop y", "brightness",
    "contrast", "saturation", "hue", "noise", "grain", "cutout", "cutout x", "cutout y",
)  # fmt: skip
_GOLDEN = 0x9E3779B97F4A7C15

_YIQ = np.array([warp.LUMA, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])
_GREY = np.tile(warp.LUMA, (3, 1))
_TURN = np.linalg.inv(_YIQ) @ np.array([(0, 0, 0), (0, 0, -1), (0, 1, 0)]) @ _YIQ
"""A quarter turn of the colours around grey."""


def augment(images: Pixels, settings: Augmentation, seed: int, epoch: int, rows: NDArray[np.intp]) -> Pixels:
    """Return images changed at random as `settings` say; those that are given stay as they are.

    What is done to an image follows from `seed`, `epoch` and its row alone: neither from the batch that it is in nor
    from what was done before, so that training goes on after a pause as if there had been none.

    Parameters
    ----------
    images : ndarray of uint8, (B, H, W, C)
        Grey (C = 1) or RGB (C = 3).
    settings : Augmentation
        What may be done, and how far.
    seed, epoch : int
        The project's seed, and how often the images were seen before.
    rows : ndarray of intp, (B,)
        The number of each image. Images that are shown more than once an epoch need another number each time, or they
        are changed the same way each time.

    Returns
    -------
    ndarray of uint8, (B, H, W, C)
        A new array.
    """
    out = np.empty_like(images)
    plan = _plan(settings, images.shape, _draws(seed, epoch, rows))
    threads = min(len(images), _cores()) if images[:1].nbytes >= THREADED_BYTES else 1
    if threads <= 1:
        _change(images, out, plan, 0, 1)
    else:
        list(_pool().map(lambda first: _change(images, out, plan, first, threads), range(threads)))
    return out


def _cores() -> int:
    return min(8, os.cpu_count() or 1)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_cores(), "augment")


def _draws(seed: int, epoch: int, rows: NDArray[np.intp]) -> dict[str, Reals]:
    """Return a number from 0 up to 1 for each image (B,) and each thing that is drawn."""
    of_epoch = mixed(mixed(np.array([seed], np.uint64)) + np.uint64(epoch))
    of_image = mixed(of_epoch + rows.astype(np.uint64))
    steps = np.arange(len(_DRAWS), dtype=np.uint64) * np.uint64(_GOLDEN)
    numbers = (mixed(of_image + steps[:, None]) >> np.uint64(11)) * 2.0**-53
    return dict(zip(_DRAWS, numbers, strict=True))


@dataclass(frozen=True)
class _Plan:
    """What is done to each image of a batch; None where a thing is done to none."""

    fill: str
    smooth: bool
    back: Reals | None
    mix: Reals
    gain: list[float] | None
    offset: list[float]
    sigma: list[float] | None
    grain: list[int]
    hole: list[tuple[int, int, int]] | None


def _plan(settings: Augmentation, shape: tuple[int, ...], draws: dict[str, Reals]) -> _Plan:
    count, high, wide, channels = shape
    smooth = bool(settings.rotation or settings.zoom or settings.crop)
    moves = smooth or any((settings.flip_horizontal, settings.flip_vertical, settings.shift_x, settings.shift_y))
    colours = (settings.saturation or settings.hue) and channels == 3
    colouring = bool(colours or settings.brightness or settings.contrast)
    return _Plan(
        settings.fill,
        smooth,
        _back(settings, high, wide, draws) if moves else None,
        _mix(settings, draws) if colours else np.broadcast_to(np.eye(channels), (count, channels, channels)),
        (1 + _around(draws["contrast"], settings.contrast)).tolist() if colouring else None,
        _around(draws["brightness"], 255 * settings.brightness).tolist(),
        (draws["noise"] * settings.noise).tolist() if settings.noise else None,
        (draws["grain"] * 2.0**32 - 2.0**31).astype(np.int32).tolist(),
        _holes(settings.cutout, high, wide, draws) if settings.cutout else None,
    )


def _around(draw: Reals, far: float) -> Reals:
    """Return numbers from −`far` to `far`."""
    return (2 * draw - 1) * far


def _pixels(draw: Reals, far: int) -> Reals:
    """Return whole numbers from −`far` to `far`, each as likely."""
    return np.floor(draw * (2 * far + 1)) - far


def _back(settings: Augmentation, high: int, wide: int, draws: dict[str, Reals]) -> Reals:
    """Return (B, 2, 3): from a place in the result back to its place in the image, the last change undone first."""
    flip_x = settings.flip_horizontal & (draws["flip x"] < 0.5)
    flip_y = settings.flip_vertical & (draws["flip y"] < 0.5)
    back = _scaling(1 - 2.0 * flip_x, 1 - 2.0 * flip_y, flip_x * (wide - 1.0), flip_y * (high - 1.0))
    if settings.shift_x or settings.shift_y:
        back[:, 0, 2] -= _pixels(draws["shift x"], settings.shift_x)
        back[:, 1, 2] -= _pixels(draws["shift y"], settings.shift_y)
    if settings.rotation or settings.zoom:
        angle = np.radians(_around(draws["rotation"], settings.rotation))
        shrink = 1 / (1 + _around(draws["zoom"], settings.zoom))
        back = _turning(np.cos(angle) * shrink, np.sin(angle) * shrink, (wide - 1) / 2, (high - 1) / 2) @ back
    if settings.crop:
        cut: Reals = draws["crop"] * settings.crop
        # A pixel's middle is half a pixel from its edge, before and after.
        kept, left, top = 1 - cut, cut * (draws["crop x"] * wide - 0.5), cut * (draws["crop y"] * high - 0.5)
        back = _scaling(kept, kept, left, top) @ back
    return np.ascontiguousarray(back[:, :2])


def _scaling(x: Some, y: Some, right: Some, down: Some) -> Reals:
    made = np.zeros((len(x), 3, 3))
    made[:, 0, 0], made[:, 1, 1], made[:, 2, 2] = x, y, 1
    made[:, 0, 2], made[:, 1, 2] = right, down
    return made


def _turning(cos: Reals, sin: Reals, x: float, y: float) -> Reals:
    """Return turns about a point, with a change of size."""
    made = _scaling(cos, cos, x - cos * x - sin * y, y + sin * x - cos * y)
    made[:, 0, 1], made[:, 1, 0] = sin, -sin
    return made


def _mix(settings: Augmentation, draws: dict[str, Reals]) -> Reals:
    """Return (B, 3, 3): colours turned around grey and moved towards it or away; brightness stays."""
    angle = np.radians(_around(draws["hue"], settings.hue))[:, None, None]
    strength = 1 + _around(draws["saturation"], settings.saturation)[:, None, None]
    turned: Reals = np.cos(angle) * (np.eye(3) - _GREY) + np.sin(angle) * _TURN
    return _GREY + strength * turned


def _holes(cutout: float, high: int, wide: int, draws: dict[str, Reals]) -> list[tuple[int, int, int]]:
    """Return left, top and side of a square that lies wholly in each image."""
    side = np.round(draws["cutout"] * cutout * min(high, wide)).astype(int)
    left = np.floor(draws["cutout x"] * (wide - side + 1)).astype(int)
    top = np.floor(draws["cutout y"] * (high - side + 1)).astype(int)
    return list(zip(left.tolist(), top.tolist(), side.tolist(), strict=True))


def _change(images: Pixels, out: Pixels, plan: _Plan, first: int, step: int) -> None:
    """Change every `step`-th image from number `first` on."""
    for i in range(first, len(images), step):
        image = images[i]
        if plan.back is not None:
            image = warp.warped(image, plan.back[i], plan.fill, smooth=plan.smooth)
        if plan.gain is not None:
            image = warp.coloured(image, plan.mix[i], plan.gain[i], plan.offset[i])
        if plan.sigma is not None:
            image = warp.grained(image, plan.sigma[i], plan.grain[i])
        out[i] = image
        if plan.hole is not None:
            warp.cover(out[i], *plan.hole[i])
