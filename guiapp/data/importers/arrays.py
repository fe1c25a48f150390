"""Arrays of images and labels that NumPy saved: a .npz file, or .npy files in a folder."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np

from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers.array_files import ArrayFile, read_npy, read_npz
from guiapp.data.importers.array_values import (
    SAID,
    Scale,
    as_images,
    image_shape,
    is_direct,
    labels_of,
    needs_scale,
    scale_of,
)
from guiapp.data.importers.base import NoOptions
from guiapp.data.importers.naming import SPLITS, is_utf8
from guiapp.data.importers.scanning import not_utf8
from guiapp.data.keeping import Keeper, Kept, check_shape
from guiapp.data.sources import Part, StoredSource, part_of
from guiapp.data.work import Cancel, Progress

_SPLIT_WORDS = {**SPLITS, "tr": TRAIN, "dev": VALIDATION, "te": TEST, "tst": TEST}
_IMAGE_WORDS = frozenset({"x", "image", "images", "img", "imgs", "data", "pixels", "features", "inputs"})
_LABEL_WORDS = frozenset({"y", "label", "labels", "target", "targets", "class", "classes"})
_NAME_WORDS = frozenset({"names", "categories"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_IN_ORDER = {1: (None,), 2: (TRAIN, TEST), 3: (TRAIN, VALIDATION, TEST)}
_MEND = "Save the images as x_train and their labels as y_train (and x_test, y_test)"


@dataclass(frozen=True)
class _Pair:
    """An array of images, that of their labels, and the split that they are named for."""

    images: ArrayFile
    labels: ArrayFile
    split: int | None


@dataclass
class _Sorted:
    """Arrays by what their names say."""

    images: dict[tuple[Any, ...], ArrayFile] = field(default_factory=dict)
    labels: dict[tuple[Any, ...], ArrayFile] = field(default_factory=dict)
    names: list[ArrayFile] = field(default_factory=list)


class Arrays:
    """Arrays in .npz or .npy files: ``x_train``, ``y_train``, ``x_test``, ``y_test``, and the like.

    Only numbers and texts are read, never objects of Python.
    """

    name = "arrays"
    title = "NumPy arrays (.npz, .npy)"
    options = NoOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.9 for such a file, 0.8 for a folder of them, 0.3 where there are other folders beside, else 0."""
        if path.suffix.lower() in (".npz", ".npy"):
            return 0.9
        try:
            found = [entry for entry in path.iterdir() if entry.name[0] != "."] if path.is_dir() else []
            if not _files(found):
                return 0.0
            return 0.3 if any(entry.is_dir() for entry in found) else 0.8
        except OSError:
            return 0.0

    def open(self, path: Path, options: NoOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the labels, and keep the images in the cache folder where they lie otherwise; see `Importer.open`."""
        arrays = _arrays(path, progress, cancel)
        pairs, named, warnings = _pairs(arrays, path)
        for pair in pairs:
            _check(pair)
        names = _texts(named, cancel)
        labels, class_names = labels_of([pair.labels for pair in pairs], names, cancel)
        parts, said = _parts([pair.images for pair in pairs], Keeper(progress), cancel)
        _check_sizes(pairs, parts)
        counts = [part.shape[0] for part in parts]
        stats = [pair.images.path.stat() for pair in pairs]
        splits = {pair.split for pair in pairs}
        given = None
        if len(splits) > 1:
            given = np.repeat(np.array([pair.split or TRAIN for pair in pairs], np.uint8), counts)
        return Dataset(
            root=path,
            importer=self.name,
            class_names=tuple(class_names),
            paths=tuple(f"{p.images.name}#{i}" for p, n in zip(pairs, counts, strict=True) for i in range(n)),
            labels=labels,
            sizes=np.repeat(np.array([s.st_size for s in stats], np.int64), counts),
            times=np.repeat(np.array([s.st_mtime_ns for s in stats], np.int64), counts),
            given_splits=given,
            warnings=(*warnings, *said),
            skipped=not_utf8(path),
            source=StoredSource.of(parts),
        )


def _files(found: Sequence[Path]) -> list[Path]:
    """Return the .npy files, or else the .npz files, by name."""
    for suffix in (".npy", ".npz"):
        files = sorted(
            file for file in found if file.suffix.lower() == suffix and is_utf8(file.name) and file.is_file()
        )
        if files:
            return files
    return []


def _arrays(path: Path, progress: Progress, cancel: Cancel) -> list[ArrayFile]:
    """Look at every array of a .npz, a folder, or the folder of a .npy."""
    if path.suffix.lower() == ".npz" and path.is_file():
        return read_npz(path, cancel)
    folder = path if path.is_dir() else path.parent
    files = _files([file for file in folder.iterdir() if file.name[0] != "."])
    out: list[ArrayFile] = []
    for done, file in enumerate(files):
        progress("Reading arrays", done, len(files))
        if file.suffix.lower() == ".npy":
            out.append(read_npy(file))
        else:
            prefix = f"{file.stem}/" if len(files) > 1 else ""
            out += [ArrayFile(a.path, a.entry, prefix + a.name, a.header) for a in read_npz(file, cancel)]
    if not out:
        raise UserError("holds no arrays", where=path, mend="Choose a .npz file, or a folder of .npy files")
    return out


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case; “xtrain” is two."""
    out: list[str] = []
    for word in (found.lower() for found in _WORD.findall(name)):
        if word[0] in "xy" and word[1:] in _SPLIT_WORDS:
            out += [word[0], word[1:]]
        elif word[-1] in "xy" and word[:-1] in _SPLIT_WORDS:
            out += [word[:-1], word[-1]]
        else:
            out.append(word)
    return out


def _sort(arrays: Sequence[ArrayFile]) -> _Sorted:
    out = _Sorted()
    for array in arrays:
        file, _, own = array.name.rpartition("/")
        words = _words(own)
        if not {*words} & (_IMAGE_WORDS | _LABEL_WORDS | _NAME_WORDS) or not {*words} & _SPLIT_WORDS.keys():
            words += _words(file)
        split = next((_SPLIT_WORDS[word] for word in words if word in _SPLIT_WORDS), None)
        rest = [w for w in words if w not in _SPLIT_WORDS and w not in _IMAGE_WORDS and w not in _LABEL_WORDS]
        key = (split, file, *rest)
        if _NAME_WORDS & {*words} and len(array.header.shape) == 1:
            out.names.append(array)
        elif _LABEL_WORDS & {*words}:
            out.labels.setdefault(key, array)
        elif _IMAGE_WORDS & {*words}:
            out.images.setdefault(key, array)
    return out


def _pairs(arrays: Sequence[ArrayFile], path: Path) -> tuple[list[_Pair], list[ArrayFile], list[str]]:
    """Return which labels belong to which images, the arrays of names, and what the person should know."""
    found = _sort(arrays)
    pairs = [_Pair(array, found.labels[key], key[0]) for key, array in found.images.items() if key in found.labels]
    if pairs:
        alone = [array for key, array in found.images.items() if key not in found.labels]
        warnings = [f"“{array.name}” has no labels and is left out." for array in alone]
        return sorted(pairs, key=lambda pair: pair.split or TRAIN), found.names, warnings
    return _by_shape(arrays, path), found.names, []


def _by_shape(arrays: Sequence[ArrayFile], path: Path) -> list[_Pair]:
    """Return pairs of arrays whose names say nothing: images have three sizes or more, and labels follow them."""
    images = [array for array in arrays if len(array.header.shape) >= 3]
    labels = [array for array in arrays if 0 < len(array.header.shape) < 3]
    if not images or len(images) != len(labels) or len(images) not in _IN_ORDER:
        shown = ", ".join(array.name for array in arrays[:6]) + (" and others" if len(arrays) > 6 else "")
        what = f"it is not clear which arrays are images and which are labels: {shown}" if arrays else "holds no arrays"
        raise UserError(what, where=path, mend=_MEND)
    return [_Pair(*pair) for pair in zip(images, labels, _IN_ORDER[len(images)], strict=True)]


def _check(pair: _Pair) -> None:
    """Raise where a pair is no pair, or holds what cannot be images."""
    shape = image_shape(pair.images)
    check_shape(shape, pair.images.where)
    labels = pair.labels.header.shape
    if not labels or shape[0] != labels[0]:
        raise UserError(
            f"holds {shape[0]:,} images, but {pair.labels.name} holds {labels[0] if labels else 1:,} labels",
            where=pair.images.where,
            mend="Save both again, with one label an image",
        )


def _texts(arrays: Sequence[ArrayFile], cancel: Cancel) -> list[str]:
    """Return the names of the classes, where an array holds them."""
    for array in arrays:
        if array.header.dtype.kind in "US" and array.header.shape[0] <= 10_000:
            values = [value for chunk in array.chunks(cancel) for value in chunk.tolist()]
            texts = [str(v.decode("utf-8", "replace") if isinstance(v, bytes) else v).strip() for v in values]
            if all(text and text.isprintable() for text in texts) and len(set(texts)) == len(texts):
                return texts
    return []


def _parts(arrays: Sequence[ArrayFile], keeper: Keeper, cancel: Cancel) -> tuple[list[Part], list[str]]:
    """Return where the images of each array are, and what is to be said of their numbers."""
    kept = {array: None if _lies_ready(array) else keeper.find(array.path, _key(array)) for array in arrays}
    unsure = [array for array in arrays if needs_scale(array.header)]
    scale = _scale(unsure, kept, cancel)
    parts = []
    for array in arrays:
        shape = image_shape(array)
        if _lies_ready(array):
            parts.append(part_of(array.path, array.header.length, shape))
            continue
        found = kept[array]
        if found is None or found.facts.get("scale") != scale:
            shape = (*shape[:3], 3 if shape[3] == 4 else shape[3])
            chunks = as_images(array, scale, cancel)
            found = keeper.keep(array.path, _key(array), shape, chunks, {"scale": scale})
        parts.append(found.part)
    if scale not in SAID:
        return parts, []
    return parts, [SAID[scale].format(names=" and ".join(array.name for array in unsure))]


def _scale(unsure: Sequence[ArrayFile], kept: dict[ArrayFile, Kept | None], cancel: Cancel) -> Scale:
    known = {found.facts.get("scale") if (found := kept[array]) is not None else None for array in unsure}
    if len(known) == 1 and known != {None}:
        return cast(Scale, known.pop())
    return scale_of(unsure, cancel) if unsure else "bytes"


def _lies_ready(array: ArrayFile) -> bool:
    return not array.entry and is_direct(array.header)


def _key(array: ArrayFile) -> str:
    return f"array {array.entry}"


def _check_sizes(pairs: Sequence[_Pair], parts: Sequence[Part]) -> None:
    for pair, part in zip(pairs, parts, strict=True):
        if part.shape[1:] != parts[0].shape[1:]:
            raise UserError(
                f"its images are of another size than those of {pairs[0].images.name}",
                where=pair.images.where,
                mend="Save them in one size",
            )


importer = Arrays()
