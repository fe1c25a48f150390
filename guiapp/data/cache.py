"""Decoded images, kept in the user's cache folder so that they are decoded once.

One array of uint8 a (dataset, size, channels, fit), memory-mapped. The folder is bounded, and safe to delete.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from guiapp.core import files
from guiapp.core.notify import UserError, as_user_error
from guiapp.data.dataset import Dataset, Skipped
from guiapp.data.decoding import decode_all
from guiapp.data.images import Fit
from guiapp.data.work import Cancel, Progress, never, no_progress

LIMIT_BYTES = 8 << 30
"""How large the cache may grow; a single dataset that is larger is still kept."""

_FORMAT = 2
_SETTLE_BYTES = 16 << 20
_STALE_S = 24 * 3600.0


@dataclass(frozen=True, eq=False)
class Decoded:
    """Every image of a dataset at one size.

    Attributes
    ----------
    images : ndarray of uint8, (N, H, W, C)
        Memory-mapped, read-only; black where an image could not be decoded.
    good : ndarray of bool, (N,)
        Which images could.
    problems : tuple of Skipped
        The others, with the reason for each.
    """

    images: NDArray[np.uint8]
    good: NDArray[np.bool_]
    problems: tuple[Skipped, ...]


def decode(  # noqa: PLR0917
    dataset: Dataset,
    width: int,
    height: int,
    channels: int,
    how: Fit = "stretch",
    progress: Progress = no_progress,
    cancel: Cancel = never,
    limit_bytes: int = LIMIT_BYTES,
) -> Decoded:
    """Return every image of `dataset` at a size, from the cache where they are in it.

    Parameters
    ----------
    dataset : Dataset
        What to decode.
    width, height : int
        Size in pixels.
    channels : int
        1 for grey, 3 for RGB.
    how : {"stretch", "pad", "crop"}
        See `images.fit_image`.
    progress, cancel
        Told how many images are done; asked whether to go on.
    limit_bytes : int
        The arrays unused for longest are removed until the cache is no larger.

    Raises
    ------
    UserError
        When the cache folder cannot be written, the disk is full, or no image of some class can be decoded.
    Cancelled
        Once `cancel` answers True.
    """
    place = files.cache_dir() / "images"
    key = hashlib.blake2b(
        f"{_FORMAT} {dataset.fingerprint()} {width}x{height}x{channels} {how}".encode(), digest_size=16
    ).hexdigest()
    entry = _Entry(place, key, (len(dataset), height, width, channels))
    decoded = entry.load(dataset)
    if decoded is None:
        try:
            make_room(place, entry.bytes, limit_bytes, keep=(key,))
            _write(entry, dataset, how, progress, cancel)
        except OSError as exc:
            raise no_place(exc, place, entry.bytes, "decoded") from exc
        decoded = entry.load(dataset, passing=True)
        if decoded is None:
            raise UserError("the decoded images have gone again", where=place, mend="Try again")
    _check(dataset, decoded)
    return decoded


@dataclass(frozen=True)
class _Entry:
    """The two files of one array: the images, and what could not be decoded."""

    place: Path
    key: str
    shape: tuple[int, int, int, int]

    @property
    def array(self) -> Path:
        return self.place / f"{self.key}.npy"

    @property
    def notes(self) -> Path:
        return self.place / f"{self.key}.json"

    @property
    def bytes(self) -> int:
        return int(np.prod(self.shape, dtype=np.int64))

    def load(self, dataset: Dataset, *, passing: bool = False) -> Decoded | None:
        """Return what is kept, or None where nothing is or it is damaged.

        What lacks images for a reason that may pass (a drive that was away, say) only counts where `passing`.
        """
        try:
            images = np.load(self.array, mmap_mode="r", allow_pickle=False)
            notes = json.loads(self.notes.read_bytes())
            bad = {int(index): str(why) for index, why in notes["problems"].items()}
            good = np.ones(len(dataset), bool)
            good[list(bad)] = False
            problems = tuple(Skipped(dataset.paths[index], why) for index, why in bad.items())
        except (OSError, ValueError, EOFError, KeyError, IndexError, TypeError, AttributeError):
            return None
        if images.shape != self.shape or images.dtype != np.uint8 or notes.get("images") != len(dataset):
            return None
        if notes.get("passing") and not passing:
            return None
        with suppress(OSError):
            os.utime(self.notes)
        return Decoded(images, good, problems)


def make_room(place: Path, needed: int, limit_bytes: int, keep: Collection[str] = ()) -> None:
    """Remove the arrays unused for longest until `needed` bytes more stay within `limit_bytes`.

    Parameters
    ----------
    place : Path
        The folder of the arrays.
    needed, limit_bytes : int
        Bytes.
    keep : collection of str
        Keys of arrays that are never removed.
    """
    found: list[tuple[float, int, Path]] = []
    for array in place.glob("*.npy"):
        with suppress(OSError):
            stat = array.stat()
            if array.name.startswith("."):
                if time.time() - stat.st_mtime > _STALE_S:  # left by a process that was killed
                    array.unlink()
            elif array.stem not in keep:
                notes = array.with_suffix(".json")
                used = notes.stat().st_mtime if notes.exists() else 0.0
                found.append((used, stat.st_size, array))
    total = needed + sum(size for _, size, _ in found)
    for _, size, array in sorted(found):
        if total <= limit_bytes:
            break
        with suppress(OSError):  # on Windows an array that is open stays
            array.unlink()
            array.with_suffix(".json").unlink(missing_ok=True)
            total -= size


def _write(entry: _Entry, dataset: Dataset, how: Fit, progress: Progress, cancel: Cancel) -> None:
    """Decode everything into temporary files; they get their names only once whole.

    Two processes may do so at once: each writes files of its own, with the same contents.
    """
    try:
        with files.writing(entry.array) as temporary, temporary.open("r+b") as file:
            target = _ArrayFile(file, entry.shape)
            problems = decode_all(dataset, entry.shape[1:], target, how, progress, cancel)
        notes = {
            "images": len(dataset),
            "problems": {index: problem.why for index, problem in sorted(problems.items())},
            "passing": any(problem.passing for problem in problems.values()),
        }
        files.write_text(entry.notes, json.dumps(notes))
    except PermissionError:
        if entry.load(dataset) is None:  # on Windows a file that the other process has open cannot be replaced
            raise


class _ArrayFile:
    """An array of images on its way into a file; written, not mapped: a full disk is then an error and no crash."""

    def __init__(self, file: BinaryIO, shape: tuple[int, ...]) -> None:
        size = int(np.prod(shape, dtype=np.int64))
        if shutil.disk_usage(file.name).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        self._file, self._start, self._each = file, file.tell(), size // max(1, shape[0])
        self._lock = threading.Lock()
        self._unsettled = 0
        file.truncate(self._start + size)

    def put(self, start: int, images: NDArray[np.uint8]) -> None:
        with self._lock:
            self._file.seek(self._start + start * self._each)
            self._file.write(np.ascontiguousarray(images).data)
            self._unsettled += images.nbytes

    def settle(self) -> None:
        if self._unsettled >= _SETTLE_BYTES:
            self._unsettled = 0
            os.fsync(self._file.fileno())


def no_place(exc: OSError, place: Path, size: int, which: str) -> UserError:
    """Return the sentence for `size` bytes of images (which: ``"decoded"``) that cannot be kept in `place`."""
    error = as_user_error(exc, doing=str(place))
    amount = f"{max(1, round(size / 1e6)):,} MB"
    return UserError(
        f"the {which} images ({amount}) cannot be kept here: it {error.what.removeprefix('it ')}",
        where=place,
        mend=f"{error.mend}, or name another folder in CONVNET_STUDIO_CACHE",
    )


def _check(dataset: Dataset, decoded: Decoded) -> None:
    """Raise where nothing is left of a class, or of everything."""
    left = np.bincount(dataset.labels[decoded.good], minlength=len(dataset.class_names))
    if not left.any():
        first = decoded.problems[0]
        what = f"none of the {len(dataset):,} images can be read; {first.path} {first.why}"
        raise UserError(what, where=dataset.root, mend="Replace the images, or choose another folder")
    lost = [name for name, n in zip(dataset.class_names, left, strict=True) if n == 0]
    if lost:
        what = f"none of the images of the class “{lost[0]}” can be read"
        raise UserError(what, where=dataset.root, mend="Replace them, or leave the class out")
