"""Files written whole or not at all, and the places that the program keeps things in."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

APP = "convnet-studio"
WRITING, EXPORTING = ".writing-", ".export-"
"""How the names of files and folders begin that are not yet whole."""

LEFT_S = 24 * 3600.0
"""What is not whole and older than this was left by a process that ended meanwhile."""


def _read_umask() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return umask


UMASK = _read_umask()
"""Read once: asking for it changes it for a moment, for the files of all threads."""


@contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` when the block ends well, else remove it.

    Raises
    ------
    OSError
        When the folder cannot be made or written, or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path.parent)
    with _named(path):
        handle, name = tempfile.mkstemp(prefix=WRITING, suffix=path.suffix, dir=path.parent)
        os.close(handle)
    temporary = Path(name)
    try:
        with _named(path, temporary):
            yield temporary
            with open(temporary, "rb+") as file:
                os.fsync(file.fileno())
            temporary.chmod(0o666 & ~UMASK)
            temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


@contextmanager
def _named(path: Path, temporary: Path | None = None) -> Iterator[None]:
    """Have errors of the system name `path`, which the person knows, and not the temporary file."""
    try:
        yield
    except OSError as exc:
        if temporary is None or exc.filename is None or str(exc.filename) == str(temporary):
            exc.filename, exc.filename2 = str(path), None
        raise


def sweep(folder: Path) -> None:
    """Remove what killed processes left half written in `folder` over a day ago; once a process and folder."""
    if folder in _swept:
        return
    _swept.add(folder)
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((WRITING, EXPORTING)):
                _remove_old(entry)


_swept: set[Path] = set()


def _remove_old(entry: os.DirEntry[str]) -> None:
    with suppress(OSError):
        if time.time() - entry.stat(follow_symlinks=False).st_mtime < LEFT_S:
            return
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            Path(entry.path).unlink()


def write_bytes(path: Path, data: bytes) -> None:
    """Write `data` to `path` whole, or not at all."""
    with writing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def _place(variable: str, default: str) -> Path:
    return Path(os.environ.get(variable) or default)


def data_dir() -> Path:
    """The user's data folder: sample data, projects without a place of their own, their runs."""
    return _place("CONVNET_STUDIO_DATA", platformdirs.user_data_dir(APP, appauthor=False))


def cache_dir() -> Path:
    """The user's cache folder: decoded images; safe to delete."""
    return _place("CONVNET_STUDIO_CACHE", platformdirs.user_cache_dir(APP, appauthor=False))


def config_dir() -> Path:
    """The user's settings folder: sizes of windows, last project."""
    return _place("CONVNET_STUDIO_CONFIG", platformdirs.user_config_dir(APP, appauthor=False))


def log_dir() -> Path:
    """Where the log files are."""
    return _place("CONVNET_STUDIO_LOG", platformdirs.user_log_dir(APP, appauthor=False))


def resources_dir() -> Path:
    """The folder of icons, templates and style: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "resources"
    return installed if installed.is_dir() else package.parent / "resources"
