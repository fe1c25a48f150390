"""Images in one folder, with the class of each in its file's name: ``shiba_inu_101.jpg``, ``cat.0.jpg``."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.base import Words, field
from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN, Dataset, Skipped
from guiapp.data.headers import is_image_name
from guiapp.data.importers.naming import SPLITS, in_order, is_hidden
from guiapp.data.importers.pets import ANNOTATIONS, XMLS, Listed, boxes_of, lists_in, species_of
from guiapp.data.importers.scanning import Scan
from guiapp.data.work import Cancel, Progress

_NAME = re.compile(r"(?P<name>.*?[^\s._-])(?:[\s._-]+\d+|\s*\(\d+\))")
_IMAGES = "images"
_LOOKED_AT = 2000
_MOSTLY = 0.8
_QUIET = (".mat",)
"""Of the files beside the images of the Oxford pets, some are MATLAB's."""

BREEDS, SPECIES = "breeds", "cats and dogs"
_UNLISTED = "is in no list of images"
_MEND = "Name the images after their class and a number, as in cat_12.jpg"


class FileNamesOptions(Words):
    """How names are read."""

    classes: str = field(
        "",
        "Classes are",
        "Of photographs of pets, whether each breed is a class, or cats and dogs are two. Empty: breeds.",
    )
    crop: bool = field(
        False,
        "Crop to the box",
        "Use only the part of each image that its annotation marks: the head, of the Oxford pets. "
        "Images without a box are used whole.",
    )


@dataclass(frozen=True)
class _Layout:
    """Which folders hold the images, relative to the root, with the split that each stands for; and the annotations."""

    folders: tuple[tuple[str, int | None], ...]
    annotations: Path | None = None


def class_in(name: str) -> str | None:
    """Return the class in the name of a file: all before the last number; None where it has no such form."""
    found = _NAME.fullmatch(os.path.splitext(name)[0])  # noqa: PTH122 (called for every file of a folder)
    return found["name"] if found else None


def _fits(folder: Path) -> bool:
    """Whether most of the first images of `folder` are named so, with few classes for as many images."""
    classes: Counter[str] = Counter()
    images = 0
    with os.scandir(folder) as entries:
        for _, entry in zip(range(_LOOKED_AT), entries, strict=False):
            if entry.name[0] != "." and is_image_name(entry.name):
                images += 1
                if (name := class_in(entry.name)) is not None:
                    classes[name] += 1
    matched = classes.total()
    return len(classes) >= 2 and matched >= _MOSTLY * images and 2 * len(classes) <= matched


def _visible_folders(path: Path) -> list[str]:
    with os.scandir(path) as entries:
        return sorted(entry.name for entry in entries if not is_hidden(entry.name) and entry.is_dir())


def _layout(path: Path) -> _Layout | None:
    """Return where the images are: in `path`, in ``images`` inside it, or in ``train``, ``test`` and the like."""
    inside = _visible_folders(path)
    if _IMAGES in inside and set(inside) <= {_IMAGES, ANNOTATIONS} and _fits(path / _IMAGES):
        return _Layout(((_IMAGES, None),), path / ANNOTATIONS)
    splits = [(name, SPLITS[name.lower()]) for name in inside if name.lower() in SPLITS]
    if any(split == TRAIN for _, split in splits) and all(
        _fits(path / name) for name, split in splits if split == TRAIN
    ):
        return _Layout(tuple(item for item in splits if _fits(path / item[0])))
    return _Layout((("", None),), path.parent / ANNOTATIONS if path.name == _IMAGES else None) if _fits(path) else None


class FileNames:
    """Images in one folder, each named after its class and a number, as the Oxford-IIIT pets are.

    Beside a folder ``images`` there may be ``annotations`` with lists of the images of each split, and boxes.
    """

    name = "file_names"
    title = "The class in each file's name"
    options = FileNamesOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.6 to 0.9 where images are named so, 0.3 where folders lie beside them, else 0."""
        try:
            layout = _layout(path) if path.is_dir() else None
            if layout is None:
                return 0.0
            if layout.folders == (("", None),):
                return 0.3 if _visible_folders(path) else 0.6
            return 0.9 if layout.annotations is not None and layout.annotations.is_dir() else 0.6
        except OSError:
            return 0.0

    def open(self, path: Path, options: FileNamesOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read which images there are; see `Importer.open`."""
        if not path.is_dir():
            raise UserError("is not a folder", where=path, mend="Choose the folder that holds the images")
        layout = _layout(path) or _Layout((("", None),))
        scan = Scan(str(path), progress, cancel)
        found = _named(scan, layout)
        if not found:
            _explain(path, scan)
        listed = lists_in(layout.annotations) if layout.annotations is not None else Listed()
        dataset = _dataset(path, scan, found, listed)
        dataset = _as_species(dataset, options.classes, listed)
        return _cropped(dataset, options.crop, layout.annotations, progress, cancel)


def _named(scan: Scan, layout: _Layout) -> list[tuple[str, str, int | None]]:
    """Return the path, the class and the split of each image whose name says its class."""
    found = []
    for folder, split in layout.folders:
        before = len(scan.paths)
        for entry in scan.entries(folder):
            scan.skipped.append(Skipped(f"{folder}/{entry.name}".lstrip("/"), "is a folder beside the images"))
        for at in scan.paths[before:]:
            name = class_in(at.rpartition("/")[2])
            if name is None:
                scan.skipped.append(Skipped(at, "its name does not end in a number, so that its class is unknown"))
            else:
                found.append((at, name, split))
    scan.skipped = [skipped for skipped in scan.skipped if not skipped.path.lower().endswith(_QUIET)]
    return found


def _dataset(path: Path, scan: Scan, found: Sequence[tuple[str, str, int | None]], listed: Listed) -> Dataset:
    names = in_order(name for _, name, _ in found)
    number = {name: i for i, name in enumerate(names)}
    splits, warnings = _splits(found, listed)
    missing = listed.splits.keys() - {_stem(at) for at, _, _ in found}
    gone = [Skipped(name, f"is in {listed.files[listed.splits[name]]}, but is not there") for name in sorted(missing)]
    return Dataset(
        root=path,
        importer=FileNames.name,
        class_names=tuple(names),
        paths=tuple(at for at, _, _ in found),
        labels=np.array([number[name] for _, name, _ in found], np.int32),
        sizes=None,
        times=None,
        given_splits=splits,
        skipped=(*scan.skipped, *gone),
        warnings=(*listed.warnings, *warnings),
    )


def _stem(path: str) -> str:
    return os.path.splitext(path.rpartition("/")[2])[0]  # noqa: PTH122


def _splits(found: Sequence[tuple[str, str, int | None]], listed: Listed) -> tuple[NDArray[np.uint8] | None, list[str]]:
    """Return the ready-made splits, by the lists or else by the folders, and what is to be said of them."""
    if not listed.splits:
        by_folder = [split for _, _, split in found]
        if len(set(by_folder)) < 2:
            return None, []
        return np.array([split or TRAIN for split in by_folder], np.uint8), []
    given = [listed.splits.get(_stem(at)) for at, _, _ in found]
    unlisted = given.count(None)
    said = {0: [], 1: [f"One image {_UNLISTED}, and is used to train."]}
    warnings = said.get(unlisted, [f"{unlisted:,} images {_UNLISTED.replace('is', 'are', 1)}, and are used to train."])
    return np.array([TRAIN if split is None else split for split in given], np.uint8), warnings


def _as_species(dataset: Dataset, wanted: str, listed: Listed) -> Dataset:
    """Return the dataset with the choice between breeds and species, where there is one, made."""
    species = species_of(dataset.class_names, listed.species)
    applies = species is not None
    if wanted not in (("", BREEDS, SPECIES) if applies else ("", BREEDS)):
        choice = f"Choose “{BREEDS}” or “{SPECIES}”" if applies else f"Choose “{BREEDS}”"
        raise UserError(f"its classes cannot be “{wanted}”", where=dataset.root, mend=choice)
    if species is None:
        return replace(dataset, options=FileNamesOptions())
    dataset = replace(
        dataset, choices={"classes": (BREEDS, SPECIES)}, options=FileNamesOptions(classes=wanted or BREEDS)
    )
    if wanted != SPECIES:
        return dataset
    names = ("cat", "dog")
    of_class = np.array([names.index(species[name]) for name in dataset.class_names], np.int32)
    return replace(dataset, class_names=names, labels=of_class[dataset.labels])


def _cropped(dataset: Dataset, crop: bool, annotations: Path | None, progress: Progress, cancel: Cancel) -> Dataset:
    if not crop:
        return dataset
    assert isinstance(dataset.options, FileNamesOptions)
    options = dataset.options.model_copy(update={"crop": True})
    folder = annotations / XMLS if annotations is not None else None
    if folder is None or not folder.is_dir():
        said = f"There is no folder “{ANNOTATIONS}/{XMLS}” with boxes, so that the images are used whole."
        return replace(dataset, options=options, warnings=(*dataset.warnings, said))
    boxes = boxes_of(folder, [_stem(at) for at in dataset.paths], progress, cancel)
    whole = int((~boxes.any(axis=1)).sum())
    said_of = {0: (), 1: ("One image has no box that can be used, and is used whole.",)}
    warnings = said_of.get(whole, (f"{whole:,} images have no box that can be used, and are used whole.",))
    return replace(dataset, options=options, boxes=boxes, warnings=(*dataset.warnings, *warnings))


def _explain(path: Path, scan: Scan) -> None:
    if scan.paths:
        count, first = len(scan.paths), scan.paths[0]
        what = f"none of its {count:,} images is named after a class and a number; the first is {first}"
        raise UserError(what, where=path, mend=_MEND)
    empty = not any(path.iterdir())
    raise UserError("the folder is empty" if empty else "holds no images", where=path, mend=_MEND)


importer = FileNames()
