"""The list of the images that a run was trained on: which class and which split each had."""

from __future__ import annotations

import csv
import gzip
import io
import sys
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from guiapp.core import files
from guiapp.core.notify import UserError

NAME = "images.csv.gz"
_DAMAGED = "is damaged: it is no list of images"
_MEND = "Remove that file: the images are then divided afresh"


class ListedImage(NamedTuple):
    """A line of the list: the image's path below the dataset's folder, its class, and the name of its split."""

    path: str
    class_name: str
    split: str


def write_images(path: Path, images: Iterable[ListedImage]) -> None:
    """Write a list as packed CSV, whole or not at all; the same list gives the same bytes.

    Raises
    ------
    OSError
        When the place cannot be written or the disk is full.
    """
    with files.writing(path) as temporary, temporary.open("wb") as file:
        packed = gzip.GzipFile("", "wb", 6, file, mtime=0)
        # Names that are no text are kept as the system gives them.
        with io.TextIOWrapper(packed, "utf-8", sys.getfilesystemencodeerrors(), newline="") as text:
            out = csv.writer(text)
            out.writerow(ListedImage._fields)
            out.writerows(images)


def read_images(path: Path) -> list[ListedImage] | None:
    """Return what `write_images` wrote, or None where there is no such file.

    Raises
    ------
    UserError
        When it is damaged.
    OSError
        When it cannot be read.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8", errors=sys.getfilesystemencodeerrors(), newline="") as text:
            rows = csv.reader(text, strict=True)
            head = tuple(next(rows, ()))
            # The few names of classes and splits are kept once each.
            found = [ListedImage(name, sys.intern(class_name), sys.intern(split)) for name, class_name, split in rows]
    except FileNotFoundError:
        return None
    except (EOFError, ValueError, csv.Error, gzip.BadGzipFile, zlib.error) as exc:
        raise UserError(_DAMAGED, where=path, mend=_MEND) from exc
    if head != ListedImage._fields:
        raise UserError(_DAMAGED, where=path, mend=_MEND)
    return found
