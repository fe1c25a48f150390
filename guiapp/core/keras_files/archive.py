"""The one file inside a `.keras` file that is read: the JSON of the layers. Weights and code are never touched."""

from __future__ import annotations

import errno
import os
import stat
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from guiapp.core.notify import UserError

CONFIG = "config.json"
MOST_BYTES = 32 << 20
"""The JSON of a thousand layers takes one or two megabytes."""

MOST_ENTRIES = 10_000
_DIRECTORY = MOST_ENTRIES * 400
_TAIL = 22 + 65_535
_MEND = "Save the model again with model.save(“NAME.keras”)"


def config_text(path: Path) -> bytes:
    """Return the JSON of the layers in a `.keras` file.

    Raises
    ------
    UserError
        When it is no such file, is damaged, or holds what such a file never does.
    OSError
        When it cannot be read.
    """
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
            for info in infos:
                _check_entry(info)
            found = [info for info in infos if info.orig_filename == CONFIG]
            if len(found) != 1:
                what = f"holds no {CONFIG}" if not found else f"holds {CONFIG} {len(found)} times"
                raise UserError(f"{what}, so that it is no model of Keras", mend="Choose a file that Keras saved")
            return _content(archive, found[0])
    except OSError as exc:
        if exc.errno != errno.EINVAL:  # what comes of seeking to before the file begins
            raise
        raise _damaged() from None
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise _damaged() from None


def _damaged() -> UserError:
    return UserError("is damaged: it cannot be unpacked", mend=_MEND)


def _check_directory(path: Path) -> None:
    """Raise where the list of what is inside is missing, or too long to be read into memory."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        data = file.read(_TAIL)
    at = data.rfind(b"PK\5\6")
    if at < 0 or len(data) - at < 22:
        raise UserError("is no .keras file, or is cut off: the end of a zip file is missing", mend=_MEND)
    count, length = struct.unpack("<10xHI", data[at : at + 16])
    wide = data.rfind(b"PK\6\6", 0, at)
    if wide >= 0 and at - wide >= 48:
        count, length = struct.unpack("<32xQQ", data[wide : wide + 48])
    if count > MOST_ENTRIES or length > _DIRECTORY:
        raise UserError(f"holds over {MOST_ENTRIES:,} files, which no model of Keras does", mend=_MEND)


def _check_entry(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    place = PurePosixPath(name.replace("\\", "/"))
    if "\0" in name or place.is_absolute() or ".." in place.parts or name[1:2] == ":":
        raise UserError(f"holds the name {name[:80]}, which leads out of the file", mend="Do not use this file")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UserError(f"holds the link {name[:80]}, which no model of Keras does", mend="Do not use this file")


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & 0x1:
        raise UserError("is protected by a password", mend="Unpack it, and import its config.json")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise UserError("is packed in a way that Keras does not use", mend=_MEND)
    if info.file_size > MOST_BYTES:
        raise _too_large(info.file_size)
    with archive.open(info) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise _too_large(len(data))
    return data


def _too_large(size: int) -> UserError:
    return UserError(
        f"its {CONFIG} unpacks to {size >> 20:,} MB, which no list of layers takes", mend="Do not use this file"
    )
