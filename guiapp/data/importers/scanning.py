"""Walking a folder for images: each folder is listed once, and nothing is asked of the files in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from stat import S_ISREG

from guiapp.core.notify import as_user_error, printable
from guiapp.data.dataset import Skipped
from guiapp.data.headers import IMAGE_SUFFIXES
from guiapp.data.importers.naming import is_hidden, is_utf8
from guiapp.data.work import Cancel, Progress, stop_if

_SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
_TEXT_SUFFIXES = frozenset(
    {
        ".txt",
        ".md",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".xml",
        ".html",
        ".htm",
        ".yaml",
        ".yml",
        ".toml",
        ".ini",
        ".cfg",
        ".rst",
        ".log",
        ".py",
        ".ipynb",
        ".labels",
    }
)
_IMAGE_ENDINGS = IMAGE_SUFFIXES | {suffix.upper() for suffix in IMAGE_SUFFIXES}
NOT_UTF8 = "has a name that is not UTF-8; rename it to use it"
"""Why an image is left out whose name no project could keep."""

NO_FILE = "is no ordinary file"
"""Why a pipe or device is left out that is called like an image: it would be waited for without end."""

_EVERY = 2000  # files between two reports


@dataclass
class Scan:
    """What has been seen so far, and the person's ways to follow and to stop it.

    Attributes
    ----------
    root : str
        The folder that all paths are relative to.
    progress, cancel
        Told how many images there are; asked whether to go on.
    paths : list of str
        The images, with forward slashes.
    skipped : list of Skipped
        What was left out. Text files, hidden files and those of the system are passed over without a word.
    unnamed : list of str
        Folders that were left out because their names are not UTF-8, in printable characters.
    texts : list of str
        The text files that were passed over.
    """

    root: str
    progress: Progress
    cancel: Cancel
    paths: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        root = Path(self.root).resolve()
        self._above = {_identity(str(folder)) for folder in (root, *root.parents)}

    def images_in(self, folder: str) -> int:
        """Add every image below `folder` (relative to the root, empty for all of it); return how many there are."""
        before = len(self.paths)
        seen = set(self._above)
        if not folder:
            seen.discard(_identity(self.root))
        waiting = [folder]
        while waiting:
            # A link may lead to a folder above itself, or to one that is read anyway; each folder is entered once.
            identity = _identity(self._absolute(at := waiting.pop()))
            if identity in seen:
                self.skipped.append(Skipped(at, "is a folder that is read already"))
                continue
            seen.add(identity)
            waiting += reversed([self._relative(entry) for entry in self.entries(at)])
        return len(self.paths) - before

    def entries(self, folder: str, *, take: bool = True) -> Iterator[os.DirEntry[str]]:
        """Yield the visible sub-folders of `folder` by name, having added its images (or, unless `take`, none)."""
        stop_if(self.cancel)
        prefix = f"{folder}/" if folder else ""
        try:
            images, others = self._listed(folder)
        except OSError as exc:
            if not folder:
                raise
            self.skipped.append(Skipped(folder, as_user_error(exc).what))
            return
        if take:
            self.paths += [prefix + name for name in images]
        else:
            self.skipped += [Skipped(prefix + name, "lies outside the folders of the classes") for name in images]
        for entry in others:
            if is_folder(entry):
                if is_utf8(entry.name):
                    yield entry
                else:
                    self.unnamed.append(printable(prefix + entry.name))
            elif take:
                self._other(entry, prefix)
        self.progress("Reading folders", len(self.paths), 0)

    def _listed(self, folder: str) -> tuple[list[str], list[os.DirEntry[str]]]:
        """Return the names of a folder's images and all else that is visible in it, both by name.

        Nothing is asked of the images themselves, which would take many times as long, on a network drive above all.
        """
        images, others = [], []
        with os.scandir(self._absolute(folder)) as entries:
            for count, entry in enumerate(entries):
                name = entry.name
                if name[name.rfind(".") :] in _IMAGE_ENDINGS and entry.is_file(follow_symlinks=False):
                    images.append(name)
                elif not is_hidden(name):
                    others.append(entry)
                if count % _EVERY == 0:
                    stop_if(self.cancel)
                    self.progress("Reading folders", len(self.paths) + len(images), 0)
        if any(name[0] == "." for name in images):
            images = [name for name in images if name[0] != "."]
        if not all(map(str.isascii, images)):
            images = [name for name in images if self._is_named(folder, name)]
        images.sort()
        return images, sorted(others, key=attrgetter("name"))

    def _is_named(self, folder: str, name: str) -> bool:
        if is_utf8(name):
            return True
        self.skipped.append(Skipped(printable(f"{folder}/{name}".lstrip("/")), NOT_UTF8))
        return False

    def _other(self, entry: os.DirEntry[str], prefix: str) -> None:
        """Take a link to an image, or an image whose ending is written oddly; say what else is left out."""
        name = entry.name
        dot = name.rfind(".")
        suffix = name[dot:].lower() if dot > 0 else ""
        if suffix not in IMAGE_SUFFIXES:
            if suffix in _TEXT_SUFFIXES:
                self.texts.append(prefix + name)
            elif name.lower() not in _SYSTEM_FILES:
                self.skipped.append(Skipped(prefix + name, "is not a kind of image that is read"))
            return
        if not self._is_named(prefix.rstrip("/"), name):
            return
        try:
            why = "" if S_ISREG(entry.stat().st_mode) else NO_FILE
        except OSError as exc:
            why = as_user_error(exc).what
        if why:
            self.skipped.append(Skipped(prefix + name, why))
        else:
            self.paths.append(prefix + name)

    def _absolute(self, folder: str) -> str:
        return os.path.join(self.root, folder) if folder else self.root  # noqa: PTH118 (an odd name stays as it is)

    def _relative(self, entry: os.DirEntry[str]) -> str:
        return entry.path[len(self.root) :].lstrip(os.sep).replace(os.sep, "/")


def not_utf8(folder: Path) -> tuple[Skipped, ...]:
    """Return the visible files right inside `folder` that are left out for their names; none where it is a file."""
    found = sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []
    return tuple(Skipped(printable(name), NOT_UTF8) for name in found if name[0] != "." and not is_utf8(name))


def only_folder(path: Path) -> Path | None:
    """Return the one folder that `path` holds, where no image lies beside it; else None."""
    found: Path | None = None
    with suppress(OSError), os.scandir(path) as entries:
        for entry in entries:
            if is_hidden(entry.name):
                continue
            if not is_folder(entry):
                if entry.name[entry.name.rfind(".") :].lower() in IMAGE_SUFFIXES:
                    return None
            elif found is not None or not is_utf8(entry.name):
                return None
            else:
                found = path / entry.name
    return found


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether `entry` is a folder or a link to one that is there."""
    with suppress(OSError):
        return entry.is_dir()
    return False


def _identity(path: str) -> tuple[int, int] | str:
    try:
        stat = os.stat(path)  # noqa: PTH116 (as scandir's own paths are)
    except OSError:
        return path
    return stat.st_dev, stat.st_ino
