"""A dataset: which images there are, what class each belongs to, and where their pixels come from."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.base import Words
from guiapp.core.notify import UserError, printable
from guiapp.data import images
from guiapp.data.sources import Source

TRAIN, VALIDATION, TEST, UNUSED = 0, 1, 2, 3
SPLIT_NAMES = ("train", "validation", "test", "not used")


@dataclass(frozen=True)
class Skipped:
    """Something that was left out, and why.

    Attributes
    ----------
    path : str
        Relative to the dataset's root, with forward slashes.
    why : str
        In words, as ``"the file is empty"``.
    """

    path: str
    why: str

    def sentence(self, of: int = 1) -> str:
        """Return what is said of it, without a capital; where there are more, as the first `of` so many."""
        path = printable(self.path)
        said = f"cannot be read: {self.why}" if self.why.startswith("the ") else self.why
        return f"{path} {said.replace(': ', '; ')}." if of == 1 else f"the first is {path}, which {said}."


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images with their classes; nothing is decoded yet.

    Attributes
    ----------
    root : Path
        The folder or file that was opened.
    importer : str
        Name of the importer that opened it.
    class_names : tuple of str
        One a class, in the order of the labels.
    paths : tuple of str
        One an image, relative to `root`, with forward slashes; only a name where the dataset has a `source`.
    labels : ndarray of int32, (N,)
        Index into `class_names`.
    sizes, times : ndarray of int64, (N,), or None
        Bytes of each image's file and its time of change in nanoseconds, where they were seen when the dataset was
        opened; else they are asked for once they are needed, by `fingerprint`.
    given_splits : ndarray of uint8, (N,), or None
        0 train, 1 validation, 2 test, where the dataset comes already split.
    skipped : tuple of Skipped
        What was seen and left out.
    warnings : tuple of str
        Sentences that the person should read before training.
    source : Source, optional
        Where pixels come from when they are not in files of their own.
    options : Words, optional
        How it was read: the importer's options, with what was found by looking filled in.
    choices : mapping
        For options that are a choice among what the dataset holds (columns, say): their values, by the option's name.
    boxes : ndarray of int32, (N, 4), optional
        The part of each image that is used: left, top, right, bottom in pixels, right and bottom outside; all 0 where
        the whole image is.
    """

    root: Path
    importer: str
    class_names: tuple[str, ...]
    paths: tuple[str, ...]
    labels: NDArray[np.int32]
    sizes: NDArray[np.int64] | None
    times: NDArray[np.int64] | None
    given_splits: NDArray[np.uint8] | None = None
    skipped: tuple[Skipped, ...] = ()
    warnings: tuple[str, ...] = ()
    source: Source | None = field(default=None, repr=False)
    options: Words | None = None
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    boxes: NDArray[np.int32] | None = None

    def __len__(self) -> int:
        return len(self.paths)

    def counts(self) -> NDArray[np.int64]:
        """Return how many images each class has, (classes,)."""
        return np.bincount(self.labels, minlength=len(self.class_names)).astype(np.int64)

    def absolute(self, index: int) -> Path:
        """Return where image `index` is."""
        return self.root / self.paths[index]

    def is_file(self, index: int) -> bool:
        """Return whether image `index` is the whole of a file, so that its path says all."""
        return self.source is None and not self._has_box(index)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Where each path is."""
        return {path: row for row, path in enumerate(self.paths)}

    def order_key(self) -> str:
        """Return a key of 16 hexadecimal digits that changes when an image comes, goes or has another row.

        No file is asked for: it says what row numbers are about, not what is in the images.
        """
        return self._order_key

    @cached_property
    def _order_key(self) -> str:
        return hashlib.blake2b("\0".join(self.paths).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

    def fingerprint(self) -> str:
        """Return a key of 32 hexadecimal digits that changes when any image's place, size or time changes."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        key = hashlib.blake2b(digest_size=16)
        for text in (self.importer, str(self.root.resolve()), *self.paths):
            key.update(os.fsencode(text))
            key.update(b"\0")
        sizes, times = self._stamps()
        key.update(sizes.astype("<i8").tobytes())
        key.update(times.astype("<i8").tobytes())
        if self.boxes is not None:
            key.update(self.boxes.astype("<i4").tobytes())
        return key.hexdigest()

    def _stamps(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        if self.sizes is not None and self.times is not None:
            return self.sizes, self.times
        sizes, times = [0] * len(self), [0] * len(self)
        root = f"{self.root}{os.sep}"
        for i, path in enumerate(self.paths):
            with suppress(OSError, ValueError):  # what is not there is told of when it is read
                stat = os.stat(self._name(i) if path[0] == "/" or path[1:2] == ":" else root + path)  # noqa: PTH116
                sizes[i], times[i] = stat.st_size, stat.st_mtime_ns
        return np.array(sizes, np.int64), np.array(times, np.int64)

    def read(self, index: int) -> NDArray[np.uint8]:
        """Decode image `index` as (H, W, 3) RGB.

        Raises
        ------
        UserError
            When it cannot be read or decoded.
        """
        if self.source is None:
            return self._cut(images.read_image(self._name(index)), index)
        image = self.source.read(index)
        return images.fit_image(image, image.shape[1], image.shape[0], 3)

    def read_fitted(
        self,
        index: int,
        width: int,
        height: int,
        channels: int,
        how: images.Fit = "stretch",
        *,
        out: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Decode image `index` at a size, (height, width, channels), into `out` where given.

        Raises
        ------
        UserError
            When it cannot be read or decoded.
        """
        if self._has_box(index):
            return images.fit_image(self.read(index), width, height, channels, how, out=out)
        if self.source is None:
            return images.read_fitted(self._name(index), width, height, channels, how, out=out)
        return images.fit_image(self.source.read(index), width, height, channels, how, out=out)

    def thumbnail(self, index: int, size: int) -> NDArray[np.uint8]:
        """Decode image `index` as (H, W, 3) RGB that fits in a square of `size` pixels; small ones stay as they are.

        Raises
        ------
        UserError
            When it cannot be read or decoded.
        """
        if self.source is not None:
            return self.read(index)
        return (
            images.shrunk(self.read(index), size) if self._has_box(index) else images.thumbnail(self._name(index), size)
        )

    def _has_box(self, index: int) -> bool:
        return self.boxes is not None and bool(self.boxes[index].any())

    def _cut(self, image: NDArray[np.uint8], index: int) -> NDArray[np.uint8]:
        if self.boxes is None or not self._has_box(index):
            return image
        left, top, right, bottom = (int(value) for value in self.boxes[index].clip(0))
        part = image[top:bottom, left:right]
        return part if part.size else image

    def _name(self, index: int) -> str:
        # A path outside the root is whole. The system takes either slash; a Path would cost ten times this.
        return os.path.join(self.root, self.paths[index])  # noqa: PTH118

    def only(self, class_names: Iterable[str]) -> Dataset:
        """Return the dataset restricted to these classes, which keep their order.

        Raises
        ------
        UserError
            When the dataset has no class of such a name, or none is left.
        """
        wanted = set(class_names)
        if missing := sorted(wanted.difference(self.class_names)):
            raise UserError(
                f"has no class named “{missing[0]}”", where=self.root, mend="Choose from the classes it has"
            )
        if not wanted:
            raise UserError("no class is chosen", where=self.root, mend="Choose at least two classes")
        kept = [i for i, name in enumerate(self.class_names) if name in wanted]
        if len(kept) == len(self.class_names):
            return self
        renumbered = np.full(len(self.class_names), -1, np.int32)
        renumbered[kept] = np.arange(len(kept), dtype=np.int32)
        labels = renumbered[self.labels]
        renamed = replace(self, class_names=tuple(self.class_names[i] for i in kept), labels=labels)
        return renamed.take(np.flatnonzero(labels >= 0))

    def take(self, rows: NDArray[np.intp]) -> Dataset:
        """Return the dataset of only these images, in this order, with the same classes."""
        return replace(
            self,
            paths=tuple(self.paths[i] for i in rows.tolist()),
            labels=self.labels[rows],
            sizes=None if self.sizes is None else self.sizes[rows],
            times=None if self.times is None else self.times[rows],
            given_splits=None if self.given_splits is None else self.given_splits[rows],
            source=None if self.source is None else self.source.take(rows),
            boxes=None if self.boxes is None else self.boxes[rows],
        )

    def keys(self, seed: int) -> NDArray[np.uint64]:
        """Return a number for each image, (N,), that looks random and follows from its path and `seed` alone.

        Whatever is ordered by them stays as it is when other images come or go.
        """
        crc = np.fromiter((zlib.crc32(os.fsencode(path)) for path in self.paths), np.uint64, len(self.paths))
        return mixed(crc + (np.uint64(seed) << np.uint64(32)))


def mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the output of splitmix64 (Steele, Lea & Flood 2014) for these states."""
    z = values + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
