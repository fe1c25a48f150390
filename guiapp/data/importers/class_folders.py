"""A folder with one sub-folder a class, optionally inside ready-made train, validation and test folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path

import numpy as np

from guiapp.core.notify import UserError, as_user_error
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset, Skipped
from guiapp.data.headers import IMAGE_SUFFIXES
from guiapp.data.importers.base import NoOptions
from guiapp.data.work import Cancel, Progress, stop_if

_SPLITS = {
    "train": TRAIN,
    "training": TRAIN,
    "val": VALIDATION,
    "valid": VALIDATION,
    "validation": VALIDATION,
    "test": TEST,
    "testing": TEST,
}
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
_EVERY = 2000  # files between two reports


@dataclass
class _Scan:
    """What has been seen so far, and the person's ways to follow and to stop it."""

    root: str
    progress: Progress
    cancel: Cancel
    paths: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def __post_init__(self) -> None:
        root = Path(self.root).resolve()
        self._above = {_identity(str(folder)) for folder in (root, *root.parents)}

    def images_in(self, folder: str) -> int:
        """Add every image below `folder` (relative to the root); return how many there are."""
        before = len(self.paths)
        seen = set(self._above)
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
            if _is_folder(entry):
                yield entry
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
                elif name[0] != ".":
                    others.append(entry)
                if count % _EVERY == 0:
                    stop_if(self.cancel)
                    self.progress("Reading folders", len(self.paths) + len(images), 0)
        if any(name[0] == "." for name in images):
            images = [name for name in images if name[0] != "."]
        images.sort()
        return images, sorted(others, key=attrgetter("name"))

    def _other(self, entry: os.DirEntry[str], prefix: str) -> None:
        """Take a link to an image, or an image whose ending is written oddly; say what else is left out."""
        name = entry.name
        dot = name.rfind(".")
        suffix = name[dot:].lower() if dot > 0 else ""
        if suffix not in IMAGE_SUFFIXES:
            if suffix not in _TEXT_SUFFIXES and name.lower() not in _SYSTEM_FILES:
                self.skipped.append(Skipped(prefix + name, "is not a kind of image that is read"))
            return
        try:
            entry.stat()
        except OSError as exc:
            self.skipped.append(Skipped(prefix + name, as_user_error(exc).what))
            return
        self.paths.append(prefix + name)

    def _absolute(self, folder: str) -> str:
        return os.path.join(self.root, folder) if folder else self.root  # noqa: PTH118 (an odd name stays as it is)

    def _relative(self, entry: os.DirEntry[str]) -> str:
        return entry.path[len(self.root) :].lstrip(os.sep).replace(os.sep, "/")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return entry.is_dir()
    return False


def _identity(path: str) -> tuple[int, int] | str:
    try:
        stat = os.stat(path)  # noqa: PTH116 (as scandir's own paths are)
    except OSError:
        return path
    return stat.st_dev, stat.st_ino


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Order "2" before "10", and numbers before words."""
    parts = re.split(r"(\d{1,18})", name.casefold())
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]


class ClassFolders:
    """A folder with one sub-folder a class.

    Images deeper inside a class's folder belong to that class. Hidden files and text files are passed over; other
    files that are no images are listed in ``skipped``.
    """

    name = "class_folders"
    title = "A folder for each class"
    options = NoOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.5 for a folder that holds folders, 0.1 for any other folder, 0 for a file."""
        try:
            with os.scandir(path) as entries:
                return 0.5 if any(_is_folder(e) and e.name[0] != "." for e in entries) else 0.1
        except OSError:
            return 0.0

    def open(self, path: Path, options: NoOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read which images there are; see `Importer.open`."""
        scan = _Scan(str(path), progress, cancel)
        counts = [(split, name, scan.images_in(folder)) for split, name, folder in _class_folders(scan)]
        names = sorted({name for _, name, n in counts if n}, key=lambda n: (_natural(n), n))
        if len(names) < 2:
            _explain(path, scan, names)
        number = {name: i for i, name in enumerate(names)}
        filled = [(split, number[name], n) for split, name, n in counts if n]
        each = [n for _, _, n in filled]
        given = None
        if any(split is not None for split, _, _ in filled):
            given = np.repeat(np.array([split or 0 for split, _, _ in filled], np.uint8), each)
        return Dataset(
            root=path,
            importer=self.name,
            class_names=tuple(names),
            paths=tuple(scan.paths),
            labels=np.repeat(np.array([label for _, label, _ in filled], np.int32), each),
            sizes=None,
            times=None,
            given_splits=given,
            skipped=tuple(scan.skipped),
            warnings=_empty_classes({name for _, name, _ in counts} - set(names)),
        )


def _class_folders(scan: _Scan) -> list[tuple[int | None, str, str]]:
    """Return the split (None where there are no ready-made ones), the name and the folder of every class."""
    top = [entry.name for entry in scan.entries("", take=False)]
    splits = {name: _SPLITS[name.lower()] for name in top if name.lower() in _SPLITS}
    ready_made = TRAIN in splits.values() and (len(splits) == len(top) or len(set(splits.values())) > 1)
    if not ready_made:
        return [(None, name, name) for name in top]
    out: list[tuple[int | None, str, str]] = []
    for name in top:
        if name in splits:
            below = [entry.name for entry in scan.entries(name, take=False)]
            out += [(splits[name], label, f"{name}/{label}") for label in below]
        else:
            scan.skipped.append(Skipped(name, "lies beside the folders of the splits"))
    return out


def _empty_classes(names: set[str]) -> tuple[str, ...]:
    ordered = sorted(names, key=lambda n: (_natural(n), n))
    return tuple(f"The folder “{name}” holds no images, so that it is no class." for name in ordered)


def _explain(path: Path, scan: _Scan, names: list[str]) -> None:
    """Raise what is wrong with a folder that has no two classes."""
    loose = sum("outside" in skipped.why for skipped in scan.skipped)
    if names:
        _explain_one_class(path, names[0])
    if loose:
        raise UserError(
            f"holds {loose:,} image{'s' if loose > 1 else ''} but no folder for each class",
            where=path,
            mend="Put the images of each class in a folder of their own, named after the class",
        )
    empty = not any(path.iterdir())
    raise UserError(
        "the folder is empty" if empty else "holds no images",
        where=path,
        mend="Choose a folder that holds a folder of images for each class",
    )


def _explain_one_class(path: Path, name: str) -> None:
    inside = path / name
    below = [entry.name for entry in os.scandir(inside) if _is_folder(entry)] if inside.is_dir() else []
    wrapped = len(below) > 1 or any(folder.lower() in _SPLITS for folder in below)
    other = f"Choose the folder “{name}” inside it" if wrapped else "Add a folder of images for a second class"
    raise UserError(f"holds only one class, “{name}”", where=path, mend=f"{other}, or choose another folder")


importer = ClassFolders()
