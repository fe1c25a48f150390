"""What the numbers in arrays mean: brightness in images, classes in labels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.data.importers.array_files import ArrayFile, Header
from guiapp.data.importers.naming import in_order
from guiapp.data.work import Cancel

Scale = Literal["bytes", "unit", "signed", "wide"]
"""Numbers from 0 to 255, from 0 to 1, from -1 to 1, from 0 to 65,535."""

SAID: dict[Scale, str] = {
    "unit": "The numbers from 0 to 1 in {names} are read as brightness from 0 to 255.",
    "signed": "The numbers from −1 to 1 in {names} are read as brightness from 0 to 255.",
    "wide": "The numbers from 0 to 65,535 in {names} are read as brightness from 0 to 255.",
}
"""What the person is told of each; nothing where numbers are brightness already."""

_MOST_CLASSES = 100_000
_NEARLY = 1e-3
_IMAGES = "Save the images as one array of (count, height, width, colours), whole numbers from 0 to 255"
_LABELS = "Save one whole number or one text an image"


def image_shape(array: ArrayFile) -> tuple[int, int, int, int]:
    """Return (M, H, W, C) of an array of images, C being what it has: 1, 3 or 4.

    Raises
    ------
    UserError
        When it holds no images.
    """
    shape, kind = array.header.shape, array.header.dtype.kind
    if kind in "US":
        raise UserError("holds texts where images are expected", where=array.where, mend=_IMAGES)
    if len(shape) == 3:
        return (*shape, 1)
    if len(shape) == 4 and shape[3] in (1, 3, 4):
        return shape[0], shape[1], shape[2], shape[3]
    if len(shape) == 4 and shape[1] in (1, 3, 4):
        return shape[0], shape[2], shape[3], shape[1]
    sizes = " × ".join(f"{size:,}" for size in shape) or "one value"
    raise UserError(f"holds no images: its sizes are {sizes}", where=array.where, mend=_IMAGES)


def is_direct(header: Header) -> bool:
    """Whether the images lie in the array just as they are wanted."""
    last = header.shape[3] if len(header.shape) == 4 else 1
    return header.dtype == np.uint8 and not header.fortran and last in (1, 3)


def needs_scale(header: Header) -> bool:
    """Whether only the numbers themselves tell what they mean."""
    return header.dtype not in (np.uint8, np.bool_)


def scale_of(arrays: Sequence[ArrayFile], cancel: Cancel) -> Scale:
    """Return what the numbers in some arrays mean, which is the same in all of them.

    Raises
    ------
    UserError
        When they are nothing that is known.
    """
    low, high, whole = np.inf, -np.inf, True
    for array in arrays:
        whole = whole and array.header.dtype.kind in "iu"
        for chunk in array.chunks(cancel):
            if not chunk.size:
                continue
            least, most = float(chunk.min()), float(chunk.max())
            low, high = min(low, least), max(high, most)
            if not isfinite(least + most):
                raise UserError("holds values that are no numbers (NaN)", where=array.where, mend=_IMAGES)
    if low >= -_NEARLY and high <= 1 + _NEARLY:
        return "unit"
    if low >= -1 - _NEARLY and high <= 1 + _NEARLY:
        return "signed"
    if low >= -_NEARLY and high <= 255 + 255 * _NEARLY:
        return "bytes"
    if whole and low >= 0 and high <= 65_535:
        return "wide"
    known = "0 to 1, −1 to 1, 0 to 255 and, where they are whole, 0 to 65,535"
    what = f"holds numbers from {low:,.4g} to {high:,.4g}; {known} are read".replace("-", "−")
    raise UserError(what, where=arrays[0].where, mend=_IMAGES)


def as_images(array: ArrayFile, scale: Scale, cancel: Cancel) -> Iterator[NDArray[np.uint8]]:
    """Yield the images of an array as (n, H, W, 1 or 3), a few megabytes at a time."""
    planes = len(array.header.shape) == 4 and array.header.shape[3] not in (1, 3, 4)
    for chunk in array.chunks(cancel):
        images = _as_bytes(chunk, scale)
        if images.ndim == 3:
            images = images[..., None]
        elif planes:
            images = images.transpose(0, 2, 3, 1)
        yield _on_white(images) if images.shape[3] == 4 else images


def _as_bytes(chunk: NDArray[Any], scale: Scale) -> NDArray[np.uint8]:
    if chunk.dtype == np.uint8:
        return np.asarray(chunk, np.uint8)
    if chunk.dtype == np.bool_:
        return np.asarray(chunk * np.uint8(255), np.uint8)
    if scale == "wide":
        return (chunk.astype(np.uint16) // 257).astype(np.uint8)
    if scale == "bytes" and chunk.dtype.kind in "iu":
        return chunk.astype(np.uint8)
    values = chunk.astype(np.float32)
    if scale == "unit":
        values *= 255
    elif scale == "signed":
        values = (values + 1) * 127.5
    return np.asarray(np.rint(values.clip(0, 255)), np.uint8)


def _on_white(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay (n, H, W, 4) on white, as image files with transparent parts are."""
    alpha = images[..., 3:].astype(np.uint16)
    mixed = (images[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return mixed.astype(np.uint8)


def labels_of(arrays: Sequence[ArrayFile], names: Sequence[str], cancel: Cancel) -> tuple[NDArray[np.int32], list[str]]:
    """Return the class of each image, through all arrays of labels, and the names of the classes.

    Parameters
    ----------
    arrays : sequence of ArrayFile
        Of shape (N,), (N, 1) or (N, classes), the last with a single 1 a row.
    names : sequence of str
        What the classes are called, where that is known.
    cancel
        Asked whether to go on.

    Raises
    ------
    UserError
        When they are no labels, or there are more classes than names.
    """
    number: dict[str | int, int] = {}
    parts = [np.zeros(0, np.int32)]
    for array in arrays:
        for chunk in array.chunks(cancel):
            values, which = np.unique(_one_each(chunk, array), return_inverse=True)
            of = [number.setdefault(_value(value, array), len(number)) for value in values]
            parts.append(np.array(of, np.int32)[which.reshape(-1)])
            if len(number) > _MOST_CLASSES:
                what = f"holds more than {_MOST_CLASSES:,} different values, which are no classes"
                raise UserError(what, where=array.where, mend=_LABELS)
    called = {value: _called(value, names, arrays[0]) for value in number}
    ordered = in_order(called.values())
    at = {name: i for i, name in enumerate(ordered)}
    if names:
        ordered = [name for name in dict.fromkeys(names) if name in at]
        at = {name: i for i, name in enumerate(ordered)}
    final = np.array([at[called[value]] for value in number], np.int32)
    found = np.concatenate(parts)
    return (final[found] if len(final) else found), ordered


def _one_each(chunk: NDArray[Any], array: ArrayFile) -> NDArray[Any]:
    """Return one value an image."""
    if chunk.ndim == 1:
        return chunk
    if chunk.ndim == 2 and chunk.shape[1] == 1:
        return chunk[:, 0]
    if chunk.ndim == 2 and chunk.dtype.kind not in "US":
        ones = chunk == 1
        if not ((chunk == 0) | ones).all() or not (ones.sum(axis=1) == 1).all():
            what = f"holds rows of {chunk.shape[1]:,} numbers that are not a single 1 among zeros"
            raise UserError(what, where=array.where, mend=_LABELS)
        return np.asarray(ones.argmax(axis=1))
    sizes = " × ".join(f"{size:,}" for size in array.header.shape)
    raise UserError(f"holds no labels: its sizes are {sizes}", where=array.where, mend=_LABELS)


def _value(value: Any, array: ArrayFile) -> str | int:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        text = "".join(c for c in value if c.isprintable()).strip()
        if not text:
            raise UserError("holds an empty text as a label", where=array.where, mend=_LABELS)
        return text
    if not isfinite(value) or int(value) != value:
        what = f"holds the label {float(value):.4g}, which is no whole number"
        raise UserError(what, where=array.where, mend=_LABELS)
    return int(value)


def _called(value: str | int, names: Sequence[str], array: ArrayFile) -> str:
    if isinstance(value, str) or not names:
        return str(value)
    if not 0 <= value < len(names):
        what = f"holds the label {value:,}, but only {len(names):,} classes are named"
        raise UserError(what, where=array.where, mend="Add the missing names, or leave the names away")
    return names[value]
