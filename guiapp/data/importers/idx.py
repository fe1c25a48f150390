"""MNIST and its relatives: pairs of IDX files, one of images and one of their labels."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.base import Words, field
from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, Dataset
from guiapp.data.importers.idx_files import images_in, read_idx
from guiapp.data.importers.naming import is_utf8
from guiapp.data.importers.scanning import not_utf8
from guiapp.data.keeping import Keeper
from guiapp.data.sources import Part, StoredSource
from guiapp.data.work import Cancel, Progress

_IMAGES = re.compile(r"(?P<part>.*?)(?P<joint>[-_.])images(?P<dot>[-_.])idx[34][-_.]ubyte(?P<gz>\.gz)?", re.IGNORECASE)
_SPLITS = (("t10k", TEST), ("test", TEST), ("val", VALIDATION), ("train", TRAIN))

FASHION = (
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"
)  # fmt: skip
"""The classes of Fashion-MNIST, in the order of their numbers."""

_FASHION_BEGINS = (
    bytes([9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9, 5, 5, 7, 9, 1, 0, 6, 4]),
    bytes([9, 2, 1, 1, 6, 1, 4, 6, 5, 7, 4, 5, 7, 3, 4, 1, 2, 4, 8, 0]),
)

Names = Literal["by looking", "numbers", "Fashion-MNIST", "letters"]
"""Ways to name numbered classes."""


@dataclass(frozen=True)
class _Pair:
    """A file of images and the file of their labels."""

    images: Path
    labels: Path
    split: int


def _pairs(path: Path) -> list[_Pair]:
    """Return the files of images at `path` (a folder, or one of the files itself), train first."""
    inside = [path] if path.is_file() else sorted(path.iterdir())
    out: dict[str, _Pair] = {}
    for file in inside:
        match = _IMAGES.fullmatch(file.name)
        if match is None or not is_utf8(file.name) or not file.is_file() or (match["part"] in out and match["gz"]):
            continue
        split = next((s for word, s in _SPLITS if word in match["part"].lower()), TRAIN)
        out[match["part"]] = _Pair(file, _labels_of(file, match), split)
    return sorted(out.values(), key=lambda pair: pair.split)


def _labels_of(file: Path, match: re.Match[str]) -> Path:
    plain = file.with_name(f"{match['part']}{match['joint']}labels{match['dot']}idx1-ubyte")
    names = [plain.name, plain.name.replace("idx1-ubyte", "idx1.ubyte"), plain.name.replace("idx1-ubyte", "idx1_ubyte")]
    for name in names:
        for ending in (match["gz"] or "", ".gz", ""):
            if (labels := file.with_name(name + ending)).is_file():
                return labels
    mend = f"Put {plain.name} (or {plain.name}.gz) beside it"
    raise UserError("the file with the labels of these images is missing", where=file, mend=mend)


class IdxOptions(Words):
    """What these files can be told."""

    names: Names = field(
        "by looking",
        "Class names",
        "The files number the classes only, and those of Fashion-MNIST are called like those of MNIST: as digits are "
        "(“numbers”), as pieces of clothing, or as the letters from A, which is 1.",
    )


class Idx:
    """MNIST's own files: ``*-images-idx3-ubyte`` and ``*-labels-idx1-ubyte``, packed with gzip or not.

    ``t10k`` and ``test`` are the test split, ``val…`` validation, anything else train.
    """

    name = "idx"
    title = "MNIST files (IDX)"
    options = IdxOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.9 where there is a file named as such files of images are, else 0."""
        try:
            files = [path] if path.is_file() else path.iterdir()
            return 0.9 if any(_IMAGES.fullmatch(file.name) for file in files) else 0.0
        except OSError:
            return 0.0

    def open(self, path: Path, options: IdxOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the labels, and unpack the images where they are packed; see `Importer.open`."""
        pairs = _pairs(path)
        if not pairs:
            raise UserError("holds no IDX files", where=path, mend="Choose the folder with train-images-idx3-ubyte")
        keeper = Keeper(progress)
        parts, labels = [], []
        for done, pair in enumerate(pairs):
            progress("Reading files", done, len(pairs))
            parts.append(images_in(pair.images, keeper, cancel))
            labels.append(_labels_in(pair, parts[-1].shape[0], cancel))
        progress("Reading files", len(pairs), len(pairs))
        _check_sizes(parts, pairs)
        names = options.names if options.names != "by looking" else _names_by_looking(pairs, labels)
        each = [len(part) for part in labels]
        together = np.concatenate(labels)
        used = np.unique(together)  # EMNIST's letters begin at 1
        stats = [pair.images.stat() for pair in pairs]
        return Dataset(
            root=path,
            importer=self.name,
            class_names=_class_names(used, names, path),
            paths=tuple(f"{p.images.name}#{i}" for p, n in zip(pairs, each, strict=True) for i in range(n)),
            labels=np.searchsorted(used, together).astype(np.int32),
            sizes=np.repeat(np.array([s.st_size for s in stats], np.int64), each),
            times=np.repeat(np.array([s.st_mtime_ns for s in stats], np.int64), each),
            given_splits=np.repeat(np.array([p.split for p in pairs], np.uint8), each),
            skipped=not_utf8(path),
            source=StoredSource.of(parts),
            options=IdxOptions(names=names),
        )


def _labels_in(pair: _Pair, images: int, cancel: Cancel) -> NDArray[np.uint8]:
    labels = read_idx(pair.labels, (1,), cancel)
    if images != len(labels):
        raise UserError(
            f"holds {images:,} images, but {pair.labels.name} holds {len(labels):,} labels",
            where=pair.images,
            mend="Download both again",
        )
    return labels


def _check_sizes(parts: list[Part], pairs: list[_Pair]) -> None:
    for part, pair in zip(parts, pairs, strict=True):
        if part.shape[1:] != parts[0].shape[1:]:
            raise UserError(
                f"its images are of another size than those of {pairs[0].images.name}",
                where=pair.images,
                mend="Keep files of one size in the folder",
            )


def _names_by_looking(pairs: list[_Pair], labels: list[NDArray[np.uint8]]) -> Names:
    """Return what the classes are called, where that is certain.

    The files of Fashion-MNIST have the names and sizes of MNIST's. A folder that is called so tells them apart, and so
    do the first labels, whose order nothing else has; a sum over a packed file would miss the same file packed anew.
    """
    if any("emnist-letters" in pair.images.name.lower() for pair in pairs):
        return "letters"
    folder = pairs[0].images.absolute().parent
    called = "fashion" in folder.name.lower() or (
        folder.name.lower() == "raw" and "fashion" in folder.parent.name.lower()
    )
    begins = any(part[: len(first)].tobytes() == first for part in labels for first in _FASHION_BEGINS)
    known = all(part.size == 0 or part.max() < len(FASHION) for part in labels)
    return "Fashion-MNIST" if (called or begins) and known else "numbers"


def _class_names(used: NDArray[np.uint8], names: Names, path: Path) -> tuple[str, ...]:
    if names == "numbers":
        return tuple(str(number) for number in used)
    known = FASHION if names == "Fashion-MNIST" else ("", *string.ascii_uppercase)
    unknown = [int(number) for number in used if number >= len(known) or not known[number]]
    if unknown:
        raise UserError(
            f"holds the label {unknown[0]}, which is none of {names if names != 'letters' else 'the letters'}",
            where=path,
            mend="Choose “numbers” as the class names",
        )
    return tuple(known[number] for number in used)


importer = Idx()
