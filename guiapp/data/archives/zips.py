"""The entries of a zip file."""

from __future__ import annotations

import os
import stat
import struct
import zipfile
from collections.abc import Generator, Iterator
from pathlib import Path

from guiapp.core.notify import UserError
from guiapp.data.archives.entry import BY_HAND, MOST_ENTRIES, Entry, Kind, damaged, exactly, refuse_bomb, too_many
from guiapp.data.work import Cancel, stop_if

_TAIL = 22 + 65_535  # the end of the directory, and the comment behind it
_PACKINGS = {1: "shrink", 6: "implode", 9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz", 98: "ppmd"}
_A_LINE = 400  # bytes that an entry takes in the directory, with a long name


def zip_entries(path: Path, cancel: Cancel) -> Generator[Entry]:
    """Yield the entries of a zip; raise before the first where they unpack to far too much."""
    _check_directory(path)
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        packed = path.stat().st_size
        # Entries may share their bytes, so that the archive's own size counts and not the sum of theirs.
        refuse_bomb(path, sum(info.file_size for info in infos), packed)
        for number, info in enumerate(infos):
            stop_if(cancel)
            _refuse_packing(path, info)
            yield Entry(
                info.orig_filename,
                _kind(info),
                info.file_size,
                lambda info=info: _chunks(path, archive, info, cancel),  # type: ignore[misc]
                packed * number // len(infos),
                packed,
            )


def _check_directory(path: Path) -> None:
    """Raise where the directory of a zip is too long to be read into memory."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        data = file.read(_TAIL)
    at = data.rfind(b"PK\5\6")
    if at < 0 or len(data) - at < 22:
        damaged(path, "its directory at the end is missing")
    count, length = struct.unpack("<10xHI", data[at : at + 16])
    if count == 0xFFFF or length == 0xFFFFFFFF:
        wide = data.rfind(b"PK\6\6", 0, at)
        if wide >= 0 and at - wide >= 48:
            count, length = struct.unpack("<32xQQ", data[wide : wide + 48])
    if count > MOST_ENTRIES or length > MOST_ENTRIES * _A_LINE:
        too_many(path)


def _refuse_packing(path: Path, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 0x1:
        raise UserError("is protected by a password", where=path, mend=BY_HAND)
    # The other ways to pack can turn one kilobyte into gigabytes of memory before the size is seen.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not info.is_dir():
        name = _PACKINGS.get(info.compress_type, f"number {info.compress_type}")
        raise UserError(f"is packed in a way that is not read ({name})", where=path, mend=BY_HAND)


def _kind(info: zipfile.ZipInfo) -> Kind:
    mode = stat.S_IFMT(info.external_attr >> 16)
    if mode == stat.S_IFLNK:
        return "link"
    if info.is_dir() or mode == stat.S_IFDIR:
        return "folder"
    return "file" if mode in (0, stat.S_IFREG) else "special"


def _chunks(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, cancel: Cancel) -> Iterator[bytes]:
    with archive.open(info) as file:
        yield from exactly(path, info.orig_filename, file, info.file_size, cancel)
