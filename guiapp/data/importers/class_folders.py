"""A folder with one sub-folder a class, optionally inside ready-made train, validation and test folders."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN, Dataset, Skipped
from guiapp.data.importers.base import NoOptions
from guiapp.data.importers.naming import SPLITS, in_order
from guiapp.data.importers.scanning import Scan, is_folder
from guiapp.data.work import Cancel, Progress


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
                return 0.5 if any(is_folder(e) and e.name[0] != "." for e in entries) else 0.1
        except OSError:
            return 0.0

    def open(self, path: Path, options: NoOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read which images there are; see `Importer.open`."""
        scan = Scan(str(path), progress, cancel)
        counts = [(split, name, scan.images_in(folder)) for split, name, folder in _class_folders(scan)]
        names = in_order(name for _, name, n in counts if n)
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
            warnings=_empty_classes({name for _, name, _ in counts} - set(names)) + _unnamed(scan.unnamed),
        )


def _class_folders(scan: Scan) -> list[tuple[int | None, str, str]]:
    """Return the split (None where there are no ready-made ones), the name and the folder of every class."""
    top = [entry.name for entry in scan.entries("", take=False)]
    splits = {name: SPLITS[name.lower()] for name in top if name.lower() in SPLITS}
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
    return tuple(f"The folder “{name}” holds no images, so that it is no class." for name in in_order(names))


def _unnamed(folders: list[str]) -> tuple[str, ...]:
    if len(folders) == 1:
        return (f"The folder “{folders[0]}” has a name that is not UTF-8 and is left out. Rename it to use it.",)
    if folders:
        told = f"{len(folders):,} folders have names that are not UTF-8 and are left out; the first is “{folders[0]}”."
        return (f"{told} Rename them to use them.",)
    return ()


def _explain(path: Path, scan: Scan, names: list[str]) -> None:
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
    below = [entry.name for entry in os.scandir(inside) if is_folder(entry)] if inside.is_dir() else []
    wrapped = len(below) > 1 or any(folder.lower() in SPLITS for folder in below)
    other = f"Choose the folder “{name}” inside it" if wrapped else "Add a folder of images for a second class"
    raise UserError(f"holds only one class, “{name}”", where=path, mend=f"{other}, or choose another folder")


importer = ClassFolders()
