"""Reading COCO's JSON piece by piece, so that of a large file little is held and one may stop."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from guiapp.core.notify import UserError
from guiapp.data.importers.naming import is_utf8
from guiapp.data.work import Cancel, Progress, stop_if

MOST_BYTES = 512_000_000
"""Larger files are refused."""

_MEND = "Export the annotations again"
_EVERY = 2000
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")
_FAR = 2**31 - 1
Id = int | str
Box = tuple[int, int, int, int]


@dataclass
class Annotations:
    """What a file of annotations says.

    Attributes
    ----------
    images : dict
        Each image's file name, by its number.
    categories : dict
        Each category's name, by its number.
    labels : dict
        The numbers of the categories of each image that has annotations.
    boxes : dict
        The boxes of each image, where they are wanted: left, top, right, bottom.
    """

    images: dict[Id, str] = field(default_factory=dict)
    categories: dict[Id, str] = field(default_factory=dict)
    labels: dict[Id, set[Id]] = field(default_factory=dict)
    boxes: dict[Id, list[Box]] = field(default_factory=dict)


class _Damaged(Exception):
    """Says what is wrong, in words."""


def read_annotations(path: Path, boxes: bool, progress: Progress, cancel: Cancel) -> Annotations:
    """Read a file of annotations; `boxes` says whether their boxes are wanted.

    Raises
    ------
    UserError
        When it is too large, no JSON, or holds something else than it should.
    OSError
        When it cannot be read.
    """
    text = _text(path)
    out = Annotations()
    counts = {"images": 0, "categories": 0, "annotations": 0}
    try:
        for name, element in _elements(text, counts):
            counts[name] += 1
            _add(out, name, element, counts[name], boxes)
            if sum(counts.values()) % _EVERY == 0:
                stop_if(cancel)
                progress("Reading the annotations", sum(counts.values()), 0)
    except _Damaged as exc:
        raise UserError(str(exc), where=path, mend=_MEND) from None
    except (ValueError, RecursionError) as exc:
        line = f"line {exc.lineno:,} " if isinstance(exc, json.JSONDecodeError) else ""
        raise UserError(f"{line}is not as JSON should be", where=path, mend=_MEND) from exc
    return out


def _text(path: Path) -> str:
    with path.open("rb") as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UserError(
            f"is too large: at most {MOST_BYTES // 1_000_000:,} MB are read",
            where=path,
            mend="Export the annotations without outlines, or in parts",
        )
    if not data.strip():
        raise UserError("the file is empty", where=path, mend=_MEND)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise UserError("is not UTF-8, as JSON must be", where=path, mend=_MEND) from exc


def _elements(text: str, wanted: dict[str, int]) -> Iterator[tuple[str, Any]]:
    """Yield the elements of the wanted lists, each with the name of its list."""
    at = _after(text, 0, "{", "is no file of annotations: it does not begin with {")
    seen: set[str] = set()
    while text[at : at + 1] != "}":
        key, at = _DECODER.raw_decode(text, at)
        if not isinstance(key, str):
            raise _Damaged("is not as JSON should be: a name is missing")
        at = _after(text, at, ":", "is not as JSON should be: a “:” is missing")
        if key in wanted:
            if key in seen:
                raise _Damaged(f"holds “{key}” twice")
            seen.add(key)
            at = _after(text, at, "[", f"“{key}” is not a list")
            while text[at : at + 1] != "]":
                element, at = _DECODER.raw_decode(text, at)
                yield key, element
                at = _next(text, at, "]")
            at = _space(text, at + 1)
        else:
            _, at = _DECODER.raw_decode(text, at)
        at = _next(text, at, "}")
    if missing := [name for name in wanted if name not in seen]:
        raise _Damaged(f"holds no “{missing[0]}”")


def _space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _after(text: str, at: int, sign: str, otherwise: str) -> int:
    at = _space(text, at)
    if text[at : at + 1] != sign:
        raise _Damaged(otherwise)
    return _space(text, at + 1)


def _next(text: str, at: int, end: str) -> int:
    """Return where the next element begins, after a comma, or where `end` is."""
    at = _space(text, at)
    sign = text[at : at + 1]
    if sign == end:
        return at
    if sign != ",":
        raise json.JSONDecodeError("no comma", text, at)
    return _space(text, at + 1)


def _add(out: Annotations, name: str, element: Any, number: int, boxes: bool) -> None:
    what = {"images": "image", "categories": "category", "annotations": "annotation"}[name]
    if not isinstance(element, dict):
        raise _Damaged(f"{what} number {number:,} is not an object with fields")
    what = f"{what} number {number:,}"
    if name == "images":
        _put(out.images, _id(element, "id", what), _word(element, "file_name", what), what)
    elif name == "categories":
        _put(out.categories, _id(element, "id", what), _word(element, "name", what), what)
    else:
        image = _id(element, "image_id", what)
        out.labels.setdefault(image, set()).add(_id(element, "category_id", what))
        if boxes and "bbox" in element:
            out.boxes.setdefault(image, []).append(_box(element["bbox"], what))


def _put(into: dict[Id, str], number: Id, word: str, what: str) -> None:
    if into.setdefault(number, word) != word:
        raise _Damaged(f"{what} has the id {number}, which another one has too")


def _id(element: dict[str, Any], key: str, what: str) -> Id:
    value = _value(element, key, what)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise _Damaged(f"“{key}” of {what} is neither a whole number nor a text")
    return value


def _word(element: dict[str, Any], key: str, what: str) -> str:
    value = _value(element, key, what)
    word = " ".join(value.split("\0")).strip() if isinstance(value, str) else ""
    if not word or not is_utf8(word):
        raise _Damaged(f"“{key}” of {what} is not a text that can be shown")
    return word


def _value(element: dict[str, Any], key: str, what: str) -> Any:
    if key not in element:
        raise _Damaged(f"{what} has no “{key}”")
    return element[key]


def _box(value: Any, what: str) -> Box:
    """Return left, top, right, bottom of COCO's left, top, width, height; the pixels it touches are all in it."""
    good = isinstance(value, list) and len(value) == 4
    if not good or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
        raise _Damaged(f"“bbox” of {what} is not four numbers")
    if any(not math.isfinite(v) or abs(v) > _FAR for v in value) or min(value[2:]) < 0:
        raise _Damaged(f"“bbox” of {what} has sizes that no image has")
    left, top, width, height = value
    return _pixel(left), _pixel(top), _pixel(math.ceil(left + width)), _pixel(math.ceil(top + height))


def _pixel(at: float) -> int:
    return min(max(math.floor(at), 0), _FAR)
