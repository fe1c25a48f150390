"""Reading one batch of CIFAR: its labels, and its images, which lie there colour by colour, into the cache folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.keeping import Keeper, Kept, check_shape
from guiapp.data.pickle_values import Array
from guiapp.data.safe_pickle import read_pickle
from guiapp.data.sources import Part
from guiapp.data.work import Cancel, stop_if

LABELS, FINE, COARSE = "labels", "fine_labels", "coarse_labels"
"""What the labels of CIFAR-10 are called in its batches, and the two kinds of CIFAR-100."""

_NAMES = {LABELS: "label_names", FINE: "fine_label_names", COARSE: "coarse_label_names"}
_SIDE = 32
_PIXELS = 3 * _SIDE * _SIDE
_ROWS = 1000  # images read at once
_MOST_NAMES = 1 << 20
_AGAIN = "Download it again"
_NO_BATCH = "is no batch of CIFAR: it does not hold images of 32 × 32 pixels in three colours"


@dataclass(frozen=True)
class Batch:
    """Where the images of a batch are kept, and their labels by kind."""

    part: Part
    labels: Mapping[str, list[int]]


def python_batch(path: Path, kinds: tuple[str, ...], keeper: Keeper, cancel: Cancel) -> Batch:
    """Read a batch that Python wrote; nothing in it is run.

    Parameters
    ----------
    path : Path
        The file.
    kinds : tuple of str
        The kinds of labels that it may hold.
    keeper : Keeper
        Keeps the images.
    cancel
        Asked whether to go on.

    Raises
    ------
    UserError
        When it is no such batch, or a damaged one.
    OSError
        When it cannot be read.
    """
    if (kept := keeper.find(path, "cifar")) is not None:
        return _as_batch(kept)
    content = read_pickle(path, cancel)
    images = content.get("data") if isinstance(content, dict) else None
    if not isinstance(images, Array) or images.dtype != np.uint8 or images.fortran:
        raise UserError(_NO_BATCH, where=path, mend=_AGAIN)
    if images.shape[1:] not in ((_PIXELS,), (3, _SIDE, _SIDE)):
        raise UserError(_NO_BATCH, where=path, mend=_AGAIN)
    labels = {kind: _numbers(content[kind], path) for kind in kinds if kind in content}
    count = images.shape[0]
    for numbers in labels.values():
        if len(numbers) != count:
            raise UserError(f"holds {count:,} images, but {len(numbers):,} labels", where=path, mend=_AGAIN)
    rows = (images.rows(start, min(start + _ROWS, count)) for start in range(0, count, _ROWS))
    return _kept(path, count, _planes_last(rows, cancel), labels, keeper)


def _numbers(values: Any, path: Path) -> list[int]:
    if isinstance(values, Array) and values.dtype.kind in "iu" and len(values.shape) == 1:
        values = values.rows(0, values.shape[0]).tolist()
    if not isinstance(values, list) or not all(type(value) is int and 0 <= value < 1000 for value in values):
        raise UserError("holds labels that are no numbers from 0 on", where=path, mend=_AGAIN)
    return values


def binary_batch(path: Path, kinds: tuple[str, ...], keeper: Keeper, cancel: Cancel) -> Batch:
    """Read a batch of plain bytes; see `python_batch`. Each image follows its labels: the coarse, then the fine one."""
    if (kept := keeper.find(path, "cifar")) is not None:
        return _as_batch(kept)
    size, each = path.stat().st_size, len(kinds) + _PIXELS
    count = size // each
    if size % each or not size:
        raise UserError(
            f"is no batch of CIFAR: its {size:,} bytes are no multiple of {each:,}" if size else "the file is empty",
            where=path,
            mend=_AGAIN,
        )
    table = np.concatenate([rows[:, : len(kinds)] for rows in _records(path, count, each)])
    labels = {kind: table[:, -1 - at].tolist() for at, kind in enumerate(kinds)}
    rows = (part[:, len(kinds) :] for part in _records(path, count, each))
    return _kept(path, count, _planes_last(rows, cancel), labels, keeper)


def _records(path: Path, count: int, each: int) -> Iterator[NDArray[np.uint8]]:
    with open(path, "rb") as file:
        for start in range(0, count, _ROWS):
            number = min(_ROWS, count - start)
            data = file.read(number * each)
            if len(data) < number * each:
                raise UserError("has become shorter while it was read", where=path, mend="Try again")
            yield np.frombuffer(data, np.uint8).reshape(number, each)


def _planes_last(parts: Iterator[NDArray[np.uint8]], cancel: Cancel) -> Iterator[NDArray[np.uint8]]:
    """Yield images as (n, H, W, C) that lie as all red values, all green ones, all blue ones."""
    for part in parts:
        stop_if(cancel)
        yield part.reshape(-1, 3, _SIDE, _SIDE).transpose(0, 2, 3, 1)


def _kept(
    path: Path, count: int, chunks: Iterator[NDArray[np.uint8]], labels: dict[str, list[int]], keeper: Keeper
) -> Batch:
    shape = (count, _SIDE, _SIDE, 3)
    check_shape(shape, path)
    return _as_batch(keeper.keep(path, "cifar", shape, chunks, {"labels": labels}))


def _as_batch(kept: Kept) -> Batch:
    return Batch(kept.part, kept.facts.get("labels", {}))


def names_in(path: Path, kind: str, text: bool, cancel: Cancel) -> tuple[str, ...]:
    """Return the names of the classes that a file holds, a text or one that Python wrote; none where it is missing.

    Raises
    ------
    UserError
        When it holds no such names.
    OSError
        When it cannot be read.
    """
    if not path.is_file():
        return ()
    if text:
        with open(path, "rb") as file:
            lines = file.read(_MOST_NAMES).decode("utf-8", "replace").splitlines()
        names = [line.strip() for line in lines if line.strip()]
    else:
        content = read_pickle(path, cancel)
        held = content.get(_NAMES[kind]) if isinstance(content, dict) else None
        names = [_word(name) for name in held] if isinstance(held, list) else []
    if not names or not all(names) or len(set(names)) < len(names):
        raise UserError("does not hold the names of the classes", where=path, mend=_AGAIN)
    return tuple(names)


def _word(name: Any) -> str:
    if isinstance(name, bytes):
        name = name.decode("utf-8", "replace")
    return name if isinstance(name, str) else ""
