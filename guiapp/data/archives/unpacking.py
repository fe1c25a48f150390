"""Unpacking an archive: whole, or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from guiapp.core import files
from guiapp.core.locks import Lock
from guiapp.core.notify import UserError, printable
from guiapp.data.archives import names
from guiapp.data.archives.entry import Entry
from guiapp.data.archives.reading import SUFFIXES, Contents, Sieve, known, look_into, opened
from guiapp.data.headers import IMAGE_SUFFIXES
from guiapp.data.work import Cancel, Progress, never, no_progress, stop_if

UNPACKING = "Unpacking"
MARKER = ".convnet-studio.json"
_TEMPORARY = ".unpacking-"
_SPARE = 50_000_000  # bytes that stay free on the disk
_BLOCK = 4096  # a file takes at least so much of the disk
_TEXTS = frozenset({".pdf", ".docx", ".doc", ".md", ".rtf", ".html", ".htm"})
_ABOUT = re.compile(r"(readme|licen[cs]e|copying|notice|citation).*", re.IGNORECASE)


def datasets_dir() -> Path:
    """Where datasets are put unless another place is chosen."""
    return files.data_dir() / "datasets"


def name_of(path: Path) -> str:
    """Return what the folder of an archive is called: its name without ``.zip``, ``.tar.gz`` and the like."""
    name = path.name
    for suffix in sorted(SUFFIXES, key=len, reverse=True):
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            name = name[: -len(suffix)]
            break
    clean = re.sub(r'[\\/:*?"<>|\x00-\x1f]', " ", printable(name)).strip(" .")
    return clean[:80] or "images"


def free_place(path: Path, parent: Path | None = None) -> Path:
    """Return the folder to unpack an archive into: where it was unpacked before, or one that is not there yet.

    Parameters
    ----------
    path : Path
        The archive.
    parent : Path, optional
        Where that folder is to lie; with the datasets unless given.
    """
    first = (parent or datasets_dir()) / name_of(path)
    for number in range(1, 1000):
        place = first if number == 1 else first.with_name(f"{first.name}-{number}")
        if is_free(place) or unpacked_before(path, place):
            return place
    return first


def is_free(place: Path) -> bool:
    """Whether nothing is at `place`, or an empty folder."""
    if not place.exists():
        return True
    return place.is_dir() and not any(place.iterdir())


def free_bytes(folder: Path) -> int:
    """Return how much room there is on the disk of a folder, or of the nearest one above it that exists."""
    for place in (folder, *folder.parents):
        if place.exists():
            return shutil.disk_usage(place).free
    return 0


def room_for(nbytes: int, count: int = 0) -> int:
    """Return the bytes that must be free on a disk for `count` files of so many bytes."""
    return nbytes + count * _BLOCK + _SPARE


def check_room(folder: Path, nbytes: int, count: int = 0) -> None:
    """Raise where files of so many bytes do not fit on the disk of `folder`."""
    need, free = room_for(nbytes, count), free_bytes(folder)
    if need > free:
        raise UserError(
            f"there is not enough room: {need / 1e9:,.2f} GB are needed and {free / 1e9:,.2f} GB are free",
            where=folder,
            mend="Free some space, or choose another disk",
        )


def unpacked_before(path: Path, out: Path) -> Path | None:
    """Return the folder to open where this very archive has been unpacked into `out` already."""
    with suppress(OSError, ValueError):
        if json.loads((out / MARKER).read_text(encoding="utf-8")) == _mark(path):
            return folder_to_open(out)
    return None


def _mark(path: Path) -> dict[str, object]:
    stat = path.stat()
    return {"name": printable(path.name), "size": stat.st_size, "time": stat.st_mtime_ns}


def folder_to_open(out: Path) -> Path:
    """Step into the folder that holds everything, where there is just one; texts beside it do not count."""
    while True:
        with os.scandir(out) as entries:
            inside = [entry for entry in entries if entry.name[0] != "." and not names.is_litter((entry.name,))]
            folders = [entry.name for entry in inside if entry.is_dir(follow_symlinks=False)]
            loose = [entry.name for entry in inside if entry.name not in folders]
        if len(folders) != 1 or any(not _is_text(name) for name in loose):
            return out
        out = out / folders[0]


def _is_text(name: str) -> bool:
    suffix = Path(name).suffix.lower()
    return suffix in _TEXTS or (_ABOUT.fullmatch(name) is not None and suffix not in IMAGE_SUFFIXES)


def unpack(path: Path | str, out: Path | str, progress: Progress = no_progress, cancel: Cancel = never) -> Path:
    """Unpack an archive into the folder `out`, which must not be there yet; return the folder to open.

    Parameters
    ----------
    path : Path or str
        The archive.
    out : Path or str
        The folder that is made. Where this very archive was unpacked into it before, nothing is done.
    progress, cancel
        Told how far it is, in kilobytes; asked whether to go on.

    Raises
    ------
    UserError
        When the archive is damaged or not safe, `out` is taken, or the disk is too small.
    OSError
        When something cannot be read or written.
    Cancelled
        Once `cancel` answers True; nothing is left.
    """
    path, out = Path(path), Path(out).absolute()
    before = unpacked_before(path, out)
    if before is not None:
        return before
    contents = known(path) or look_into(path, progress, cancel)
    with building(out) as folder:
        unpack_into(contents, folder, progress, cancel)
        mark(folder, _mark(path))
    return folder_to_open(out)


def mark(folder: Path, text: dict[str, object]) -> None:
    """Write down what was put into a folder, so that it need not be done again."""
    files.write_text(folder / MARKER, json.dumps(text))


@contextmanager
def building(out: Path) -> Iterator[Path]:
    """Give an empty folder beside `out` that becomes `out` when the block ends well, else is removed.

    What a process that was killed left of an earlier try is removed first.

    Raises
    ------
    UserError
        When `out` is taken, or another process is at it.
    """
    if not is_free(out):
        raise UserError("is there already", where=out, mend="Choose another folder")
    temporary = out.with_name(_TEMPORARY + out.name)
    temporary.mkdir(parents=True, exist_ok=True)
    try:
        lock = Lock(temporary / "lock")
    except BlockingIOError:
        raise UserError("is just being filled", where=out, mend="Wait until that has ended") from None
    folder = temporary / "files"
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir()
        yield folder
        with suppress(FileNotFoundError):
            out.rmdir()
        folder.rename(out)
    finally:
        lock.release()
        shutil.rmtree(temporary, ignore_errors=True)


def unpack_into(contents: Contents, folder: Path, progress: Progress = no_progress, cancel: Cancel = never) -> None:
    """Unpack an archive that was looked into; see `unpack`. Nothing that is in `folder` is written over."""
    path = Path(contents.path)
    check_room(folder, contents.nbytes, contents.files)
    sieve, made = Sieve(path), set[Path]()
    written = 0
    with opened(path, cancel) as entries:
        for entry in entries:
            stop_if(cancel)
            parts = sieve.take(entry)
            if parts is None:
                continue
            target = folder.joinpath(*parts)
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            for count in _write(entry, target):
                written += count
                stop_if(cancel)
                if written > contents.nbytes:
                    raise UserError("unpacks to more than it says", where=path, mend="Do not use it")
                progress(UNPACKING, written // 1000, contents.nbytes // 1000)
    progress(UNPACKING, contents.nbytes // 1000, contents.nbytes // 1000)


def _write(entry: Entry, target: Path) -> Iterator[int]:
    """Write the file of an entry; yields the bytes that were written after each piece."""
    try:
        with target.open("xb") as file:
            for chunk in entry.chunks():
                file.write(chunk)
                yield len(chunk)
    except OSError as exc:
        if exc.errno in (errno.ENOSPC, errno.EDQUOT):
            exc.filename = str(target.parent)
        raise
