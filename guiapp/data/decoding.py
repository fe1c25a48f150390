"""Decoding every image of a dataset into one array, on all cores."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.dataset import Dataset
from guiapp.data.images import Fit, fit_image
from guiapp.data.sources import Source
from guiapp.data.threads import in_chunks
from guiapp.data.work import Cancel, Progress, stop_if

_CHUNK = 32
_CHUNK_BYTES = 8 << 20


@dataclass(frozen=True)
class Problem:
    """Why an image could not be decoded, and whether that may pass without the file being changed."""

    why: str
    passing: bool


class Target(Protocol):
    """What is given decoded images, from several threads."""

    def put(self, start: int, images: NDArray[np.uint8]) -> None:
        """Keep `images`, (n, H, W, C), as those from number `start` on."""
        ...

    def settle(self) -> None:
        """Called now and then beside the decoding, so that the disk is not waited for at the end."""
        ...


def decode_all(  # noqa: PLR0917
    dataset: Dataset, shape: tuple[int, int, int], target: Target, how: Fit, progress: Progress, cancel: Cancel
) -> dict[int, Problem]:
    """Decode every image, on all cores.

    Parameters
    ----------
    dataset : Dataset
        What to decode.
    shape : tuple of int
        (H, W, C) that every image is brought to.
    target : Target
        Given the images, in no certain order; black where one cannot be decoded.
    how : {"stretch", "pad", "crop"}
        See `images.fit_image`.
    progress, cancel
        Told how many images are done; asked whether to go on.

    Returns
    -------
    dict of int to Problem
        What is wrong with each image that cannot be decoded.

    Raises
    ------
    Cancelled
        Once `cancel` answers True; every thread has ended by then.
    """
    total, source = len(dataset), dataset.source
    if source is not None and source.shape == shape:
        _copy_all(source, total, target, progress, cancel)
        return {}
    problems: dict[int, Problem] = {}
    many = max(1, min(_CHUNK, _CHUNK_BYTES // prod(shape)))

    def some(start: int, stopped: Cancel) -> int:
        images = np.empty((min(many, total - start), *shape), np.uint8)
        if source is not None:
            _fit_all(source, start, images, how)
        for i in range(len(images) if source is None else 0):
            if stopped():
                return 0
            if problem := _decode_one(dataset, start + i, images[i], how):
                problems[start + i] = problem
        target.put(start, images)
        return len(images)

    in_chunks("Decoding images", total, many, some, progress, cancel, settle=target.settle)
    return problems


def _copy_all(source: Source, total: int, target: Target, progress: Progress, cancel: Cancel) -> None:
    """Hand on images that have the size wanted."""
    many = max(1, _CHUNK_BYTES // prod(source.shape))
    for start in range(0, total, many):
        stop_if(cancel)
        target.put(start, source.read_many(start, min(start + many, total)))
        target.settle()
        progress("Decoding images", min(start + many, total), total)


def _fit_all(source: Source, start: int, out: NDArray[np.uint8], how: Fit) -> None:
    """Fill `out`, (n, H, W, C), with the images from number `start` on; they are read a few megabytes at a time."""
    height, width, channels = out.shape[1:]
    many = max(1, _CHUNK_BYTES // prod(source.shape))
    for first in range(0, len(out), many):
        images = source.read_many(start + first, start + min(first + many, len(out)))
        for image, fitted in zip(images, out[first:], strict=False):
            fit_image(image, width, height, channels, how, out=fitted)


def _decode_one(dataset: Dataset, index: int, out: NDArray[np.uint8], how: Fit) -> Problem | None:
    """Fill `out`, (H, W, C); return what is wrong with the image, or nothing."""
    height, width, channels = out.shape
    try:
        dataset.read_fitted(index, width, height, channels, how, out=out)
    except UserError as exc:
        out[:] = 0
        return problem_of(exc)
    return None


def problem_of(error: UserError) -> Problem:
    """Return what is wrong with an image that could not be decoded."""
    cause = error.__cause__
    if isinstance(cause, FileNotFoundError):
        return Problem("has gone since the folder was read", passing=True)
    # Damaged images are OSErrors too, to Pillow; only the system's own have a number.
    system = isinstance(cause, OSError) and cause.errno is not None
    return Problem(error.what, passing=system or isinstance(cause, MemoryError))
