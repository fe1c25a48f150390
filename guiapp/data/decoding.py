"""Decoding every image of a dataset into one array, on all cores."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.dataset import ArraySource, Dataset
from guiapp.data.images import Fit
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
    """Decode every image, on two threads a core: while one waits for the disk, another decodes.

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
    total = len(dataset)
    source = dataset.source
    if isinstance(source, ArraySource) and source.array.shape[1:] == shape:
        for start in range(0, total, 1000):
            stop_if(cancel)
            target.put(start, source.array[source.rows[start : start + 1000]])
            progress("Decoding images", min(start + 1000, total), total)
        return {}
    problems: dict[int, Problem] = {}
    stopped = False
    many = max(1, min(_CHUNK, _CHUNK_BYTES // prod(shape)))

    def some(start: int) -> int:
        images = np.empty((min(many, total - start), *shape), np.uint8)
        for i in range(len(images)):
            if stopped:
                return 0
            if problem := _decode_one(dataset, start + i, images[i], how):
                problems[start + i] = problem
        target.put(start, images)
        return len(images)

    with ThreadPoolExecutor(2 * (os.cpu_count() or 1), "decode") as pool:
        chunks = [pool.submit(some, start) for start in range(0, total, many)]
        try:
            _follow(chunks, total, target, progress, cancel)
        except BaseException:
            stopped = True
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return problems


def _follow(chunks: list[Future[int]], total: int, target: Target, progress: Progress, cancel: Cancel) -> None:
    """Report each chunk as it is done; they are begun in this order, so that the next is never far."""
    done = 0
    progress("Decoding images", 0, total)
    for chunk in chunks:
        stop_if(cancel)
        while not chunk.done():
            with suppress(TimeoutError):
                chunk.exception(timeout=0.1)
            stop_if(cancel)
        done += chunk.result()
        progress("Decoding images", done, total)
        target.settle()


def _decode_one(dataset: Dataset, index: int, out: NDArray[np.uint8], how: Fit) -> Problem | None:
    """Fill `out`, (H, W, C); return what is wrong with the image, or nothing."""
    height, width, channels = out.shape
    try:
        dataset.read_fitted(index, width, height, channels, how, out=out)
    except UserError as exc:
        out[:] = 0
        cause = exc.__cause__
        if isinstance(cause, FileNotFoundError):
            return Problem("has gone since the folder was read", passing=True)
        # Damaged images are OSErrors too, to Pillow; only the system's own have a number.
        system = isinstance(cause, OSError) and cause.errno is not None
        return Problem(exc.what, passing=system or isinstance(cause, MemoryError))
    return None
