"""Reading the arrays in .npy and .npz files, a few megabytes at a time, having looked at what they say they hold."""

from __future__ import annotations

import errno
import re
import struct
import zipfile
import zlib
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.archives.entry import Entry
from guiapp.data.archives.zips import zip_entries
from guiapp.data.work import Cancel, stop_if

_MAGIC = b"\x93NUMPY"
_MOST_HEADER = 1 << 16
_CHUNK = 4 << 20
_MOST_AT_ONCE = 512 << 20
_MOST_ARRAYS = 1000
_AGAIN = "Save it again with numpy.save"
_WHOLE = re.compile(r"\s*\{(?P<inside>[^{}]*)\}\s*", re.DOTALL)
_DESCR = re.compile(
    r"""(["'])descr\1\s*:\s*(?:(["'])(?P<order>[<>|=]?)(?P<kind>[A-Za-z?])(?P<size>\d{0,9})\2|(?P<other>\S))"""
)
_ORDER = re.compile(r"""(["'])fortran_order\1\s*:\s*(?P<value>True|False)\b""")
_SHAPE = re.compile(r"""(["'])shape\1\s*:\s*\(\s*(?P<sizes>(?:\d{1,18}L?\s*,\s*)*(?:\d{1,18}L?\s*)?)\)""")
_DAMAGE = (
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, struct.error, RuntimeError, ValueError, OSError
)  # fmt: skip
_KINDS = {"b", "i", "u", "f", "U", "S"}


@dataclass(frozen=True)
class Header:
    """What an array says about itself.

    Attributes
    ----------
    dtype : dtype
        Of truth values, numbers or texts.
    shape : tuple of int
        Its sizes.
    fortran : bool
        Whether the first size runs fastest.
    length : int
        Bytes that the header takes.
    """

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran: bool
    length: int

    @property
    def bytes(self) -> int:
        """Bytes that the values take."""
        return prod(self.shape) * self.dtype.itemsize


def parse_header(data: bytes) -> Header:
    """Read the beginning of a .npy file; nothing in it is evaluated.

    Parameters
    ----------
    data : bytes
        As much of it as there is, at most 64 KB.

    Raises
    ------
    UserError
        When it is no such beginning, is cut, or the array holds something else than numbers and texts.
    """
    if not data:
        raise UserError("the file is empty", mend=_AGAIN)
    if len(data) < 12 or not data.startswith(_MAGIC) or data[6] not in (1, 2, 3):
        raise UserError("is no array of NumPy: it does not begin with that format's mark", mend=_AGAIN)
    form = "<H" if data[6] == 1 else "<I"
    start = 8 + struct.calcsize(form)
    length = start + struct.unpack_from(form, data, 8)[0]
    if length > min(len(data), _MOST_HEADER):
        raise UserError("is damaged: it ends inside its header", mend=_AGAIN)
    whole = _WHOLE.fullmatch(data[start:length].decode("latin-1"))
    inside = whole["inside"] if whole else ""
    descr, order, shape = _DESCR.search(inside), _ORDER.search(inside), _SHAPE.search(inside)
    if descr is None or order is None or shape is None:
        raise UserError("is damaged: its header cannot be understood", mend=_AGAIN)
    sizes = tuple(int(size.strip(" L\t\n")) for size in shape["sizes"].split(",") if size.strip())
    return Header(_dtype(descr), sizes, order["value"] == "True" and len(sizes) > 1, length)


def _dtype(descr: re.Match[str]) -> np.dtype[Any]:
    kind, size = descr["kind"], descr["size"]
    if kind == "O":
        raise UserError(
            "holds objects of Python instead of numbers; they are not read because they could run a program",
            mend="Save it as numbers, for example with .astype('uint8')",
        )
    if descr["other"] or kind not in _KINDS:
        raise UserError("holds values that are neither numbers nor texts", mend="Save it as numbers")
    try:
        dtype = np.dtype(f"{descr['order'] or '='}{kind}{size}".replace("|", "="))
    except (TypeError, ValueError) as exc:
        raise UserError("is damaged: its header cannot be understood", mend=_AGAIN) from exc
    if dtype.itemsize == 0 or dtype.itemsize > _MOST_HEADER:
        raise UserError(f"says that each value takes {dtype.itemsize:,} bytes, which is not read", mend=_AGAIN)
    return dtype


@dataclass(frozen=True)
class ArrayFile:
    """An array in a file.

    Attributes
    ----------
    path : Path
        The file.
    entry : str
        Which part of a .npz; empty for a .npy.
    name : str
        What the array is called.
    header : Header
        What it says about itself.
    """

    path: Path
    entry: str
    name: str
    header: Header

    @property
    def where(self) -> str:
        """What messages call it."""
        return f"{self.path}, {self.name}" if self.entry else str(self.path)

    def chunks(self, cancel: Cancel) -> Iterator[NDArray[Any]]:
        """Yield the rows of the array, a few megabytes at a time.

        Raises
        ------
        UserError
            When it is damaged, or cannot be read in pieces and is too large to be read at once.
        OSError
            When it cannot be read.
        """
        header = self.header
        each = header.bytes // max(1, header.shape[0])
        if (header.bytes if header.fortran else each) > _MOST_AT_ONCE:
            what = "lies column by column and is too large to be turned" if header.fortran else "holds too large images"
            raise UserError(what, where=self.where, mend="Save numpy.ascontiguousarray of it, with smaller images")
        with told(self.path, self.where):
            pieces = self._pieces(cancel)
            if header.fortran:
                data = np.frombuffer(b"".join(pieces), header.dtype).reshape(header.shape[::-1]).T
                step = max(1, _CHUNK // max(1, each))
                yield from (data[start : start + step] for start in range(0, len(data), step))
            else:
                yield from _rows(pieces, header, max(1, each))

    def _pieces(self, cancel: Cancel) -> Iterator[bytes]:
        """Yield the bytes of the values."""
        left, skip = self.header.bytes, self.header.length
        for data in _bytes_of(self.path, self.entry, cancel):
            part = data[skip:][:left]
            skip = max(0, skip - len(data))
            left -= len(part)
            if part:
                yield part
        if left:
            raise _length_differs(self.header)


def _rows(pieces: Iterator[bytes], header: Header, each: int) -> Iterator[NDArray[Any]]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        count = len(waiting) // each
        if len(waiting) >= _CHUNK and count:
            yield np.frombuffer(bytes(waiting[: count * each]), header.dtype).reshape(count, *header.shape[1:])
            del waiting[: count * each]
    if waiting:
        yield np.frombuffer(bytes(waiting), header.dtype).reshape(-1, *header.shape[1:])


def _bytes_of(path: Path, entry: str, cancel: Cancel) -> Iterator[bytes]:
    if entry:
        with closing(zip_entries(path, cancel)) as entries:
            found = next((one for one in entries if one.name == entry), None)
            if found is None:
                raise UserError("has changed while it was read", mend="Try again")
            with closing(cast(Generator[bytes], found.chunks())) as chunks:
                yield from chunks
        return
    with open(path, "rb") as file:
        while data := file.read(_CHUNK):
            stop_if(cancel)
            yield data


@contextmanager
def told(path: Path, where: str) -> Iterator[None]:
    """Have what is wrong inside a file told with its name."""
    try:
        yield
    except UserError as exc:
        raise UserError(exc.what, where=exc.where or where, mend=exc.mend) from exc
    except _DAMAGE as exc:
        if isinstance(exc, OSError) and exc.errno != errno.EINVAL:  # a damaged directory may name an impossible place
            raise
        raise UserError("is damaged and cannot be unpacked", where=path, mend="Download or save it again") from exc


def _length_differs(header: Header, found: int = 0) -> UserError:
    less = "more" if found > header.bytes else "fewer"
    return UserError(f"is damaged: it holds {less} values than its header says ({prod(header.shape):,})", mend=_AGAIN)


def read_npy(path: Path) -> ArrayFile:
    """Look at a .npy file; raises `UserError` and OSError."""
    with told(path, str(path)):
        with open(path, "rb") as file:
            header = parse_header(file.read(_MOST_HEADER))
        size = path.stat().st_size - header.length
        if size != header.bytes:
            raise _length_differs(header, size)
    return ArrayFile(path, "", path.stem, header)


def read_npz(path: Path, cancel: Cancel) -> list[ArrayFile]:
    """Look at the arrays of a .npz file, in their order; raises `UserError` and OSError."""
    out = []
    if not path.stat().st_size:
        raise UserError("the file is empty", where=path, mend="Download or save it again")
    with told(path, str(path)), closing(zip_entries(path, cancel)) as entries:
        for entry in entries:
            if entry.kind != "file" or not entry.name.endswith(".npy"):
                continue
            name = entry.name.removesuffix(".npy")
            with told(path, f"{path}, {name}"):
                header = parse_header(_beginning(entry))
                if entry.size - header.length != header.bytes:
                    raise _length_differs(header, entry.size - header.length)
            out.append(ArrayFile(path, entry.name, name, header))
            if len(out) > _MOST_ARRAYS:
                raise UserError(f"holds more than {_MOST_ARRAYS:,} arrays", mend="Save the images as one array")
    return out


def _beginning(entry: Entry) -> bytes:
    """Return the first piece of an entry: a megabyte, or all there is; no header is as long."""
    with closing(cast(Generator[bytes], entry.chunks())) as chunks:
        return next(chunks, b"")[:_MOST_HEADER]
