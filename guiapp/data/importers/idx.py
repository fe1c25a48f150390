"""The IDX files that MNIST and its relatives come in: arrays of images and of labels, packed or not."""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.dataset import TEST, TRAIN, VALIDATION, ArraySource, Dataset
from guiapp.data.images import MAX_PIXELS
from guiapp.data.importers.base import NoOptions
from guiapp.data.work import Cancel, Progress, stop_if

_IMAGES = re.compile(r"(?P<part>.*?)(?P<joint>[-_.])images(?P<dot>[-_.])idx[34][-_.]ubyte(?P<gz>\.gz)?", re.IGNORECASE)
_SPLITS = (("t10k", TEST), ("test", TEST), ("val", VALIDATION), ("train", TRAIN))
_MEND = "Download it again"
_CHUNK = 1 << 22


@dataclass(frozen=True)
class _Pair:
    """A file of images and the file of their labels."""

    images: Path
    labels: Path
    split: int


def parse_header(data: bytes) -> tuple[tuple[int, ...], int]:
    """Read the beginning of an IDX file.

    Parameters
    ----------
    data : bytes
        At least its first 20 bytes, where it has as many.

    Returns
    -------
    shape : tuple of int
        1 to 4 sizes.
    length : int
        Bytes that the header takes.

    Raises
    ------
    UserError
        When the magic number is wrong, the values are not unsigned bytes, or the header is cut.
    """
    if len(data) < 4 or data[:2] != b"\0\0" or not 1 <= data[3] <= 4:
        raise UserError("is not an IDX file: it does not begin with that format's number", mend=_MEND)
    if data[2] != 0x08:
        raise UserError("holds numbers of a kind that is not read", mend="Save it with unsigned bytes")
    length = 4 + 4 * data[3]
    if len(data) < length:
        raise UserError("ends inside its header", mend=_MEND)
    return struct.unpack_from(f">{data[3]}I", data, 4), length


def read_idx(path: Path, dimensions: tuple[int, ...], cancel: Cancel) -> NDArray[np.uint8]:
    """Read an IDX file, packed (its name ends ``.gz``) or not.

    Parameters
    ----------
    path : Path
        The file.
    dimensions : tuple of int
        The numbers of dimensions that are welcome.
    cancel
        Asked whether to go on.

    Raises
    ------
    UserError
        When its header is wrong, or it holds fewer or more values than its header says, or its packing is damaged.
    OSError
        When it cannot be read.
    """
    try:
        with cast(BinaryIO, gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")) as file:
            shape, length = parse_header(start := file.read(20))
            _check_shape(shape, dimensions)
            return _values(file, start[length:], prod(shape), cancel).reshape(shape)
    except UserError as exc:
        raise UserError(exc.what, where=path, mend=exc.mend) from exc
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        cut = isinstance(exc, EOFError)
        what = "is damaged: the file ends too early" if cut else "is damaged and cannot be unpacked"
        raise UserError(what, where=path, mend=_MEND) from exc


def _check_shape(shape: tuple[int, ...], dimensions: tuple[int, ...]) -> None:
    if len(shape) not in dimensions:
        wanted = " or ".join(map(str, dimensions))
        raise UserError(f"has {len(shape)} dimensions where {wanted} are expected", mend="Choose the right file")
    if len(shape) > 1 and (prod(shape[1:]) == 0 or prod(shape[1:3]) > MAX_PIXELS):
        raise UserError(f"holds images of {shape[1]:,} × {shape[2]:,} pixels, which cannot be read", mend=_MEND)
    if len(shape) == 4 and shape[3] not in (1, 3):
        raise UserError(f"holds images of {shape[3]:,} channels; 1 or 3 can be read", mend="Save it as grey or RGB")


def _values(file: BinaryIO, start: bytes, count: int, cancel: Cancel) -> NDArray[np.uint8]:
    # The header may be damaged and promise anything, so that memory is taken only for what the file really holds.
    data = bytearray(start)
    while chunk := file.read(_CHUNK):
        stop_if(cancel)
        data += chunk
        if len(data) > count:
            break
    if len(data) != count:
        less = "fewer" if len(data) < count else "more"
        raise UserError(f"is damaged: it holds {less} values than its header says ({count:,})", mend=_MEND)
    return np.frombuffer(data, np.uint8)


def _pairs(path: Path) -> list[_Pair]:
    """Return the files of images at `path` (a folder, or one of the files itself), train first."""
    inside = [path] if path.is_file() else sorted(path.iterdir())
    out: dict[str, _Pair] = {}
    for file in inside:
        match = _IMAGES.fullmatch(file.name)
        if match is None or not file.is_file() or (match["part"] in out and match["gz"]):
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


class Idx:
    """MNIST's own files: ``*-images-idx3-ubyte`` and ``*-labels-idx1-ubyte``, packed with gzip or not.

    ``t10k`` and ``test`` are the test split, ``val…`` validation, anything else train.
    """

    name = "idx"
    title = "MNIST files (IDX)"
    options = NoOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.9 where there is a file named as such files of images are, else 0."""
        try:
            files = [path] if path.is_file() else path.iterdir()
            return 0.9 if any(_IMAGES.fullmatch(file.name) for file in files) else 0.0
        except OSError:
            return 0.0

    def open(self, path: Path, options: NoOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the images into memory; see `Importer.open`."""
        pairs = _pairs(path)
        if not pairs:
            raise UserError("holds no IDX files", where=path, mend="Choose the folder with train-images-idx3-ubyte")
        parts = []
        for done, pair in enumerate(pairs):
            progress("Reading files", done, len(pairs))
            parts.append(_read_pair(pair, cancel))
        progress("Reading files", len(pairs), len(pairs))
        images = _joined([part[0] for part in parts], pairs)
        labels = np.concatenate([part[1] for part in parts]).astype(np.int32)
        used = np.unique(labels)  # EMNIST's letters begin at 1
        counts = [len(part[0]) for part in parts]
        stats = [pair.images.stat() for pair in pairs]
        return Dataset(
            root=path,
            importer=self.name,
            class_names=tuple(str(number) for number in used),
            paths=tuple(f"{p.images.name}#{i}" for p, n in zip(pairs, counts, strict=True) for i in range(n)),
            labels=np.searchsorted(used, labels).astype(np.int32),
            sizes=np.repeat(np.array([s.st_size for s in stats], np.int64), counts),
            times=np.repeat(np.array([s.st_mtime_ns for s in stats], np.int64), counts),
            given_splits=np.repeat(np.array([p.split for p in pairs], np.uint8), counts),
            source=ArraySource(images, np.arange(len(images), dtype=np.intp)),
        )


def _read_pair(pair: _Pair, cancel: Cancel) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, labels = read_idx(pair.images, (3, 4), cancel), read_idx(pair.labels, (1,), cancel)
    if len(images) != len(labels):
        raise UserError(
            f"holds {len(images):,} images, but {pair.labels.name} holds {len(labels):,} labels",
            where=pair.images,
            mend="Download both again",
        )
    return images if images.ndim == 4 else images[..., None], labels


def _joined(parts: list[NDArray[np.uint8]], pairs: list[_Pair]) -> NDArray[np.uint8]:
    for part, pair in zip(parts, pairs, strict=True):
        if part.shape[1:] != parts[0].shape[1:]:
            raise UserError(
                f"its images are of another size than those of {pairs[0].images.name}",
                where=pair.images,
                mend="Keep files of one size in the folder",
            )
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


importer = Idx()
