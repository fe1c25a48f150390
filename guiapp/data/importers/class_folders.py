"""A folder with one sub-folder a class, optionally inside ready-made train, validation and test folders."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from guiapp.core.notify import DENIED, UserError
from guiapp.data.archives import OTHERS, SUFFIXES
from guiapp.data.dataset import TRAIN, Dataset, Skipped
from guiapp.data.headers import OTHER_PICTURES, is_image_name
from guiapp.data.importers.base import NoOptions
from guiapp.data.importers.labelled import listed
from guiapp.data.importers.naming import SPLITS, in_order, is_hidden, split_in
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
                return 0.5 if any(is_folder(e) and not is_hidden(e.name) for e in entries) else 0.1
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
    splits = _splits(top) or _worded_splits(Path(scan.root), top)
    if not splits:
        return [(None, name, name) for name in top]
    out: list[tuple[int | None, str, str]] = []
    for name in top:
        if name in splits:
            folder = name
            below = [entry.name for entry in scan.entries(folder, take=False)]
            if _is_wrapper(below, splits[name]):
                folder = f"{name}/{below[0]}"
                below = [entry.name for entry in scan.entries(folder, take=False)]
            out += [(splits[name], label, f"{folder}/{label}") for label in below]
        else:
            scan.skipped.append(Skipped(name, "lies beside the folders of the splits"))
    return out


def _splits(top: Sequence[str]) -> dict[str, int]:
    """Return the folders that are called as the splits are; none where those are classes that happen to be."""
    splits = {name: SPLITS[name.lower()] for name in top if name.lower() in SPLITS}
    ready_made = TRAIN in splits.values() and (len(splits) == len(top) or len(set(splits.values())) > 1)
    return splits if ready_made else {}


def _worded_splits(root: Path, top: Sequence[str]) -> dict[str, int]:
    """Return the folders whose names speak of splits, as ``seg_train`` and ``test_set``, where they share classes."""
    splits = {name: split for name in top if (split := split_in(name)) is not None}
    if TRAIN not in splits.values() or len(set(splits.values())) < 2:
        return {}
    classes = {name: _classes_in(root / name, split) for name, split in splits.items()}
    trained = set[str]().union(*(classes[name] for name, split in splits.items() if split == TRAIN))
    shared = trained.intersection(*(classes[name] for name, split in splits.items() if split != TRAIN))
    return splits if shared else {}


def _classes_in(folder: Path, split: int) -> list[str]:
    below = listed(folder)[1]
    return listed(folder / below[0])[1] if _is_wrapper(below, split) else below


def _is_wrapper(below: Sequence[str], split: int) -> bool:
    """Whether a split's folder only holds another one of the split, as some archives are packed."""
    return len(below) == 1 and split_in(below[0]) == split


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
    _explain_denied(path, scan)
    if names and not loose:
        _explain_one_class(path, names[0])
    if loose:
        images = f"holds {loose:,} image{'s' if loose > 1 else ''}"
        beside = f"{images} beside its only class, “{names[0]}”" if names else ""
        raise UserError(
            beside or f"{images} but no folder for each class",
            where=path,
            mend="Put the images of each class in a folder of their own, named after the class",
        )
    _explain_others(path, scan)
    empty = not any(path.iterdir())
    raise UserError(
        "the folder is empty" if empty else "holds no images",
        where=path,
        mend="Choose a folder that holds a folder of images for each class",
    )


def _explain_denied(path: Path, scan: Scan) -> None:
    """Raise where a folder, or a table or list beside the images, may not be read."""
    folders = [skipped.path for skipped in scan.skipped if skipped.why == DENIED]
    beside = [name for name in listed(path)[0] if not is_image_name(name) and not os.access(path / name, os.R_OK)]
    for name in folders + beside:
        raise UserError(DENIED, where=path / name, mend="Change its permissions, or choose another folder")


def _explain_others(path: Path, scan: Scan) -> None:
    """Raise where there are archives, or pictures of kinds that are not read, instead of images."""
    archives = [name for name in listed(path)[0] if name.lower().endswith(SUFFIXES + OTHERS)]
    if archives:
        packed = f"{len(archives):,} packed archives, the first is" if len(archives) > 1 else "a packed archive,"
        raise UserError(
            f"holds no images, but {packed} “{archives[0]}”",
            where=path,
            mend="Choose the archive itself, or unpack it",
        )
    endings = Counter(os.path.splitext(skipped.path)[1].lower() for skipped in scan.skipped)  # noqa: PTH122
    for ending, count in endings.most_common():
        if ending in OTHER_PICTURES:
            pictures = f"{count:,} pictures end" if count > 1 else "one picture ends"
            what = f"holds no images that are read: {pictures} in {ending}"
            raise UserError(what, where=path, mend="Save such pictures as JPEG or PNG")


def _explain_one_class(path: Path, name: str) -> None:
    inside = path / name
    below = [entry.name for entry in os.scandir(inside) if is_folder(entry)] if inside.is_dir() else []
    wrapped = len(below) > 1 or any(folder.lower() in SPLITS for folder in below)
    other = f"Choose the folder “{name}” inside it" if wrapped else "Add a folder of images for a second class"
    raise UserError(f"holds only one class, “{name}”", where=path, mend=f"{other}, or choose another folder")


importer = ClassFolders()
