"""Where pixels come from when each image is not a file of its own: from arrays that lie in files.

The files are read and not mapped into memory: one that is cut short or goes away meanwhile is then a sentence, where a
mapped one would end the program, and nothing of it counts as the program's memory.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError, as_user_error

_MEND = "Open the dataset again"

Shape = tuple[int, int, int]
"""Height, width and channels."""


class Source(Protocol):
    """Where pixels come from when each image is not a file of its own."""

    @property
    def shape(self) -> Shape:
        """The size that all images have: (H, W, C), C being 1 or 3."""
        ...

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return image `index` as (H, W, C); raises `UserError`."""
        ...

    def read_many(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return the images from `start` up to and without `stop` as (n, H, W, C); raises `UserError`."""
        ...

    def take(self, rows: NDArray[np.intp]) -> Source:
        """Return a source of only these images, in this order."""
        ...


@dataclass(frozen=True)
class Part:
    """Images that lie one after another in a file, as plain bytes.

    Attributes
    ----------
    path : str
        The file.
    offset : int
        Where in it the first image begins.
    shape : tuple of int
        (M, H, W, C).
    size : int
        Bytes of the whole file.
    time : int, optional
        When it was changed, in nanoseconds; None where only its name says what it holds.
    """

    path: str
    offset: int
    shape: tuple[int, int, int, int]
    size: int
    time: int | None = None

    @property
    def each(self) -> int:
        """Bytes of one image."""
        return prod(self.shape[1:])

    def open(self) -> BinaryIO:
        """Open the file; raise where it is not the one that the dataset was opened with."""
        try:
            file = open(self.path, "rb", buffering=0)  # noqa: SIM115 (the caller closes it)
        except FileNotFoundError as exc:
            what = "the images have gone since the dataset was opened"
            raise UserError(what, where=self.path, mend=_MEND) from exc
        except OSError as exc:
            raise as_user_error(exc, doing=self.path) from exc
        stat = os.fstat(file.fileno())
        if stat.st_size != self.size or self.time not in (None, stat.st_mtime_ns):
            file.close()
            raise _changed(self.path)
        return file


def _changed(path: str) -> UserError:
    return UserError("the images have changed since the dataset was opened", where=path, mend=_MEND)


@dataclass(frozen=True, eq=False)
class StoredSource:
    """A source of images that lie in files as arrays. Only names and row numbers are sent to other processes.

    Attributes
    ----------
    parts : tuple of Part
        All of one size of image.
    rows : ndarray of intp, (N,)
        Which image each image of the dataset is, counted through all parts.
    """

    parts: tuple[Part, ...]
    rows: NDArray[np.intp]

    @classmethod
    def of(cls, parts: Sequence[Part]) -> StoredSource:
        """Return a source of every image of `parts`, in their order."""
        return cls(tuple(parts), np.arange(sum(part.shape[0] for part in parts), dtype=np.intp))

    @property
    def shape(self) -> Shape:
        """The size that all images have: (H, W, C)."""
        _, *size = self.parts[0].shape
        return size[0], size[1], size[2]

    def read(self, index: int) -> NDArray[np.uint8]:
        """Return image `index` as (H, W, C).

        Raises
        ------
        UserError
            When the file is gone, was changed, or cannot be read.
        """
        image: NDArray[np.uint8] = self._of(self.rows[index : index + 1])[0]
        return image

    def read_many(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Return the images from `start` up to and without `stop` as (n, H, W, C); raises as `read` does."""
        return self._of(self.rows[start:stop])

    def take(self, rows: NDArray[np.intp]) -> StoredSource:
        """Return a source of only these images, in this order."""
        return StoredSource(self.parts, self.rows[rows])

    @cached_property
    def _ends(self) -> NDArray[np.intp]:
        return np.cumsum([part.shape[0] for part in self.parts]).astype(np.intp)

    def __reduce__(self) -> tuple[type[StoredSource], tuple[tuple[Part, ...], NDArray[np.intp]]]:
        return StoredSource, (self.parts, self.rows)

    def _of(self, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
        out = np.empty((len(rows), *self.shape), np.uint8)
        which = np.searchsorted(self._ends, rows, side="right")
        # What follows each other in the file is read at once.
        breaks = np.flatnonzero((np.diff(rows) != 1) | (np.diff(which) != 0)) + 1
        bounds = [0, *breaks.tolist(), len(rows)] if len(rows) else []
        with ExitStack() as stack:
            files: dict[int, BinaryIO] = {}
            for first, last in pairwise(bounds):
                number = int(which[first])
                part = self.parts[number]
                if number not in files:
                    files[number] = stack.enter_context(part.open())
                row = int(rows[first]) - int(self._ends[number]) + part.shape[0]
                _fill(files[number], part, row, memoryview(out[first:last].reshape(-1).data))
        return out


def _fill(file: BinaryIO, part: Part, row: int, out: memoryview) -> None:
    try:
        file.seek(part.offset + row * part.each)
        while out.nbytes:
            got = file.readinto(out)  # type: ignore[attr-defined]
            if not got:
                raise _changed(part.path)
            out = out[got:]
    except OSError as exc:
        raise as_user_error(exc, doing=part.path) from exc


def part_of(path: Path, offset: int, shape: tuple[int, int, int, int]) -> Part:
    """Return the images that lie in `path` from `offset` on.

    Raises
    ------
    OSError
        When the file cannot be asked for its size and time.
    """
    stat = path.stat()
    return Part(str(path), offset, shape, stat.st_size, stat.st_mtime_ns)
