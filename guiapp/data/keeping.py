"""Arrays of images that come packed, kept unpacked in the user's cache folder, where they are read row by row.

Each is written whole or not at all. The folder is bounded, and safe to delete: opening the dataset again fills it.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from guiapp.core import files
from guiapp.core.notify import UserError, as_user_error
from guiapp.data.cache import LIMIT_BYTES, make_room, no_place
from guiapp.data.images import MAX_PIXELS
from guiapp.data.sources import Part
from guiapp.data.work import Progress

MOST_IMAGES = 10_000_000
"""How many images one array may hold."""

_FORMAT = 1
_MEND = "Split it into smaller files"

Chunks = Iterable[NDArray[np.uint8]]
"""An array in pieces: each (n, H, W, C)."""


@dataclass(frozen=True)
class Kept:
    """An array in the cache folder, and what was noted of it."""

    part: Part
    facts: Mapping[str, Any]


@dataclass
class Keeper:
    """Keeps the arrays of one dataset; to make room for one never drives out another.

    Attributes
    ----------
    progress
        Told how many images of an array are unpacked.
    limit_bytes : int
        How large the folder may grow, and what an array may need at most.
    """

    progress: Progress
    limit_bytes: int = LIMIT_BYTES
    _keys: set[str] = field(default_factory=set)

    def find(self, origin: Path, name: str = "") -> Kept | None:
        """Return the array called `name` of the file `origin`, if it is kept and the file has not changed.

        Raises
        ------
        OSError
            When `origin` cannot be asked for its size and time.
        """
        kept = _load(_place(), key := _key(origin, name))
        if kept is not None:
            self._keys.add(key)
        return kept

    def keep(
        self,
        origin: Path,
        name: str,
        shape: tuple[int, int, int, int],
        chunks: Chunks,
        facts: Mapping[str, Any] | None = None,
    ) -> Kept:
        """Keep the array called `name` of the file `origin`.

        Parameters
        ----------
        origin : Path
            The file that it comes from.
        name : str
            Which array of that file.
        shape : tuple of int
            (M, H, W, C); `check_shape` has been asked.
        chunks : iterable of ndarray of uint8
            All of it, in pieces; what it raises is raised on, and nothing is kept.
        facts : mapping, optional
            What is to be noted: values that JSON can hold.

        Raises
        ------
        UserError
            When it is too large, or the cache folder cannot be written.
        OSError
            When `origin` cannot be read.
        """
        size = prod(shape)
        if size > self.limit_bytes:
            most = f"at most {self.limit_bytes / 1e9:,.1f} GB are read"
            what = f"its images take {size / 1e9:,.1f} GB when they are unpacked; {most}"
            raise UserError(what, where=origin, mend=_MEND)
        place = _place()
        self._keys.add(key := _key(origin, name))
        try:
            make_room(place, size, self.limit_bytes, keep=self._keys)
            self._write(place / f"{key}.npy", shape, _from(origin, chunks), facts or {})
        except OSError as exc:
            raise no_place(exc, place, size, "unpacked") from exc
        kept = _load(place, key)
        if kept is None:
            raise UserError("the unpacked images have gone again", where=place, mend="Try again")
        return kept

    def _write(self, array: Path, shape: tuple[int, ...], chunks: Chunks, facts: Mapping[str, Any]) -> None:
        done = 0
        with files.writing(array) as temporary, temporary.open("wb") as file:
            if shutil.disk_usage(array.parent).free < prod(shape):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            npy.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
            offset = file.tell()
            for chunk in chunks:
                file.write(np.ascontiguousarray(chunk).data)
                done += len(chunk)
                self.progress("Unpacking images", done, shape[0])
        assert done == shape[0], f"{done} of {shape[0]} images"
        notes = {"offset": offset, "shape": shape, "facts": dict(facts)}
        files.write_text(array.with_suffix(".json"), json.dumps(notes))


def _from(origin: Path, chunks: Chunks) -> Iterator[NDArray[np.uint8]]:
    """Yield `chunks`; errors of the system while they are read are those of `origin`, and not of the cache folder."""
    iterator = iter(chunks)
    while True:
        try:
            chunk = next(iterator)
        except StopIteration:
            return
        except OSError as exc:
            raise as_user_error(exc, doing=str(origin)) from exc
        yield chunk


def _place() -> Path:
    return files.cache_dir() / "arrays"


def _key(origin: Path, name: str) -> str:
    stat = origin.stat()
    key = hashlib.blake2b(digest_size=16)
    for text in (str(_FORMAT), str(origin.resolve()), str(stat.st_size), str(stat.st_mtime_ns), name):
        key.update(os.fsencode(text))
        key.update(b"\0")
    return key.hexdigest()


def _load(place: Path, key: str) -> Kept | None:
    """Return what is kept, or None where nothing is or it is damaged."""
    array = place / f"{key}.npy"
    try:
        notes = json.loads(array.with_suffix(".json").read_bytes())
        count, high, wide, channels = (int(size) for size in notes["shape"])
        offset, facts = int(notes["offset"]), notes["facts"]
        size = array.stat().st_size
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if size != offset + count * high * wide * channels or not isinstance(facts, dict):
        return None
    with suppress(OSError):
        os.utime(array.with_suffix(".json"))
    return Kept(Part(str(array), offset, (count, high, wide, channels), size), facts)


def check_shape(shape: tuple[int, ...], where: object = "", mend: str = "Save it again, with smaller images") -> None:
    """Raise where (M, H, W, C) is nothing that could be images, whatever a file says.

    Raises
    ------
    UserError
        With the sizes, and how much is read at most.
    """
    count, high, wide, channels = shape
    if high < 1 or wide < 1 or channels < 1:
        raise UserError(f"holds images of {high:,} × {wide:,} pixels, which cannot be read", where=where, mend=mend)
    if high * wide > MAX_PIXELS:
        what = f"says that its images have {high:,} × {wide:,} pixels; at most {MAX_PIXELS:,} in all are read"
        raise UserError(what, where=where, mend=mend)
    if count > MOST_IMAGES:
        what = f"says that it holds {count:,} images; at most {MOST_IMAGES:,} are read"
        raise UserError(what, where=where, mend=_MEND)
