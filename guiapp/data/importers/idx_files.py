"""Reading the IDX files that MNIST and its relatives come in, packed with gzip or not."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.archives.entry import refuse_bomb
from guiapp.data.keeping import MOST_IMAGES, Keeper, check_shape
from guiapp.data.sources import Part, part_of
from guiapp.data.work import Cancel, stop_if

_MEND = "Download it again"
_CHUNK = 1 << 22
_MOST_TO_ONE = 1100  # gzip packs 1,032 bytes into one at most


def parse_header(data: bytes) -> tuple[tuple[int, ...], int]:
    """Read the beginning of an IDX file.

    Parameters
    ----------
    data : bytes
        At least its first 20 bytes, where it has as many.

    Returns
    -------
    shape : tuple of int
        1 to 4 sizes.
    length : int
        Bytes that the header takes.

    Raises
    ------
    UserError
        When the magic number is wrong, the values are not unsigned bytes, or the header is cut.
    """
    if len(data) < 4 or data[:2] != b"\0\0" or not 1 <= data[3] <= 4:
        raise UserError("is not an IDX file: it does not begin with that format's number", mend=_MEND)
    if data[2] != 0x08:
        raise UserError("holds numbers of a kind that is not read", mend="Save it with unsigned bytes")
    length = 4 + 4 * data[3]
    if len(data) < length:
        raise UserError("ends inside its header", mend=_MEND)
    return struct.unpack_from(f">{data[3]}I", data, 4), length


def read_idx(path: Path, dimensions: tuple[int, ...], cancel: Cancel) -> NDArray[np.uint8]:
    """Read an IDX file into memory, packed (its name ends ``.gz``) or not: labels, not images.

    Parameters
    ----------
    path : Path
        The file.
    dimensions : tuple of int
        The numbers of dimensions that are welcome.
    cancel
        Asked whether to go on.

    Raises
    ------
    UserError
        When its header is wrong, or it holds fewer or more values than its header says, or its packing is damaged, or
        it holds more than `MOST_IMAGES`.
    OSError
        When it cannot be read.
    """
    with _told(path), _open(path) as file:
        shape, length = parse_header(start := file.read(20))
        _check_dimensions(shape, dimensions)
        if prod(shape) > MOST_IMAGES:
            what = f"says that it holds {prod(shape):,} labels; at most {MOST_IMAGES:,} are read"
            raise UserError(what, mend=_MEND)
        return _values(file, start[length:], prod(shape), cancel).reshape(shape)


def _is_packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path) if _is_packed(path) else path.open("rb"))


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Have what is wrong inside a file told with its name."""
    try:
        yield
    except UserError as exc:
        raise UserError(exc.what, where=exc.where or path, mend=exc.mend) from exc
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        cut = isinstance(exc, EOFError)
        what = "is damaged: the file ends too early" if cut else "is damaged and cannot be unpacked"
        raise UserError(what, where=path, mend=_MEND) from exc


def _check_dimensions(shape: tuple[int, ...], dimensions: tuple[int, ...]) -> None:
    if len(shape) not in dimensions:
        wanted = " or ".join(map(str, dimensions))
        raise UserError(f"has {len(shape)} dimensions where {wanted} are expected", mend="Choose the right file")


def _values(file: BinaryIO, start: bytes, count: int, cancel: Cancel) -> NDArray[np.uint8]:
    # The header may be damaged and promise anything, so that memory is taken only for what the file really holds.
    data = bytearray(start)
    while chunk := file.read(_CHUNK):
        stop_if(cancel)
        data += chunk
        if len(data) > count:
            break
    _check_length(len(data), count)
    return np.frombuffer(data, np.uint8)


def _check_length(found: int, promised: int) -> None:
    if found != promised:
        less = "fewer" if found < promised else "more"
        raise UserError(f"is damaged: it holds {less} values than its header says ({promised:,})", mend=_MEND)


def images_in(path: Path, keeper: Keeper, cancel: Cancel) -> Part:
    """Return where the images of a file are: in itself, or, where it is packed, unpacked in the cache folder.

    Raises
    ------
    UserError
        As `read_idx` does, and when they are no images, or more than can be kept.
    OSError
        When it cannot be read.
    """
    kept = keeper.find(path) if _is_packed(path) else None
    if kept is not None:
        return kept.part
    with _told(path):
        with _open(path) as file:
            shape, length = parse_header(file.read(20))
        _check_dimensions(shape, (3, 4))
        size = path.stat().st_size
        if not _is_packed(path):
            _check_length(size - length, prod(shape))
        elif prod(shape) > _MOST_TO_ONE * size:
            _check_length(0, prod(shape))
        high, wide, channels = shape[1], shape[2], shape[3] if len(shape) == 4 else 1
        check_shape((shape[0], high, wide, channels), path, _MEND)
        if channels not in (1, 3):
            raise UserError(f"holds images of {channels:,} channels; 1 or 3 can be read", mend="Save it as grey or RGB")
        whole = (shape[0], high, wide, channels)
        if not _is_packed(path):
            return part_of(path, length, whole)
        refuse_bomb(path, prod(shape), size)
        return keeper.keep(path, "", whole, _unpacked(path, length, whole, cancel)).part


def _unpacked(path: Path, length: int, shape: tuple[int, int, int, int], cancel: Cancel) -> Iterator[NDArray[np.uint8]]:
    """Yield the images of a packed file, a few megabytes at a time."""
    each = prod(shape[1:])
    many = max(1, _CHUNK // each)
    with _told(path), _open(path) as file:
        file.read(length)
        for start in range(0, shape[0], many):
            stop_if(cancel)
            count = min(many, shape[0] - start)
            data = file.read(count * each)
            if len(data) < count * each:
                _check_length(start * each + len(data), prod(shape))
            yield np.frombuffer(data, np.uint8).reshape(count, *shape[1:])
        _check_length(prod(shape) + len(file.read(1)), prod(shape))
