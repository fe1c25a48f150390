"""The entries of a tar file, packed by gzip, bzip2, xz or not."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import tarfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from guiapp.core.notify import UserError
from guiapp.data.archives.entry import CHUNK, Entry, Kind, damaged, exactly, refuse_bomb
from guiapp.data.work import Cancel, stop_if

_HEADERS = 1 << 24  # more than any header of a tar takes


def tar_entries(path: Path, kind: str, cancel: Cancel) -> Generator[Entry]:
    """Yield the entries of a tar; raise where far more comes out than images would give."""
    with path.open("rb") as raw:
        stream = _Forward(path, raw, _unpacking(kind, raw), cancel)
        with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r:") as archive:
            while (member := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined] # else millions of them are kept
                yield Entry(
                    member.name,
                    _kind(member),
                    member.size if member.isreg() else 0,
                    lambda member=member: _chunks(path, archive, member, cancel),  # type: ignore[misc]
                    stream.done,
                    stream.packed,
                )
        # A broken header in the midst ends the loop above as the end of the archive does.
        if stream.last.strip(b"\0"):
            damaged(path, "it goes on with something that is no entry")


def _unpacking(kind: str, raw: BinaryIO) -> BinaryIO:
    """Return what unpacks `raw`; itself for a tar that is not packed."""
    if kind == "tar.gz":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    if kind == "tar.bz2":
        return cast(BinaryIO, bz2.BZ2File(raw))
    return cast(BinaryIO, lzma.LZMAFile(raw)) if kind == "tar.xz" else raw


class _Forward:
    """What `tarfile` reads from: only ahead, never much at once, and never far more than the packed bytes allow."""

    def __init__(self, path: Path, raw: BinaryIO, unpacked: BinaryIO, cancel: Cancel) -> None:
        self.path, self.cancel = path, cancel
        self._raw, self._unpacked = raw, unpacked
        self._plain = unpacked is raw
        self._at = 0
        self.packed = os.fstat(raw.fileno()).st_size
        self.last = b""

    @property
    def done(self) -> int:
        """How many packed bytes have been read."""
        return self._at if self._plain else min(self.packed, self._raw.tell())

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes."""
        if not 0 <= count <= _HEADERS:
            damaged(self.path, "a header says that it is many megabytes long")
        stop_if(self.cancel)
        self.last = self._unpacked.read(count)
        self._at += len(self.last)
        if not self._plain:
            refuse_bomb(self.path, self._at, self._raw.tell())
        return self.last

    def seek(self, to: int, whence: int = 0) -> int:
        """Go ahead to byte `to`."""
        if whence != 0 or to < self._at:
            raise tarfile.ReadError("its parts are not in order")
        if self._plain:
            self._at = self._unpacked.seek(min(to, self.packed))
        while self._at < to:
            if not self.read(min(CHUNK, to - self._at)):
                damaged(self.path, "it ends too early")
        return self._at

    def tell(self) -> int:
        """Return where it is."""
        return self._at


def _kind(member: tarfile.TarInfo) -> Kind:
    if member.issym() or member.islnk():
        return "link"
    if member.isdir():
        return "folder"
    return "file" if member.isreg() and not member.issparse() else "special"


def _chunks(path: Path, archive: tarfile.TarFile, member: tarfile.TarInfo, cancel: Cancel) -> Iterator[bytes]:
    _fence(path, member)
    file = archive.extractfile(member)
    if file is not None:
        yield from exactly(path, member.name, file, member.size, cancel)


def _fence(path: Path, member: tarfile.TarInfo) -> None:
    """Have Python's own check look at an entry too, where this Python has it."""
    check = getattr(tarfile, "data_filter", None)
    if check is not None:
        try:
            check(member, str(path.parent))
        except tarfile.FilterError as exc:
            raise UserError(f"holds an entry that is not safe ({exc})", where=path, mend="Do not use it") from exc
