"""Telling at a glance whether a folder's table speaks of its images, without listing the images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from guiapp.data.headers import IMAGE_SUFFIXES, is_image_name
from guiapp.data.importers.labelled import head_of, is_file, listed
from guiapp.data.importers.naming import SPLITS
from guiapp.data.importers.table_guessing import called_file, called_label, cleaned
from guiapp.data.importers.table_reading import parse_head

SUFFIXES = (".csv", ".tsv", ".tab")
"""Endings of tables, in lower case."""

SURE, PERHAPS, HARDLY = 0.8, 0.3, 0.15
_MOST_TABLES = 5
_MOST_FOLDERS = 30
_MOST_COLUMNS = 8
_ROWS = 12
_TRIED = 4


@dataclass(frozen=True)
class _Fit:
    """The column that names images, and those that were found."""

    column: int
    paths: list[str]


def likeness(path: Path) -> float:
    """Return how surely `path` is a table of labels, or a folder with one."""
    if path.is_file():
        if not path.name.lower().endswith(SUFFIXES):
            return 0.0
        folders = listed(path.parent)[1]
        return SURE if _found(path, folders) else PERHAPS
    files, folders = listed(path)
    tables = [name for name in files if name.lower().endswith(SUFFIXES)][:_MOST_TABLES]
    if not tables:
        return 0.0
    loose = HARDLY if any(is_image_name(name) for name in files) else 0.0
    return max(loose, *(_of_table(path / name, folders) for name in tables))


def _of_table(table: Path, folders: Sequence[str]) -> float:
    found = _found(table, folders)
    if found is None:
        return 0.0
    if "submission" in table.name.lower():
        return HARDLY  # what a competition wants to be told, with a made-up label for each image
    return PERHAPS if _tells_no_more(*found, folders) else SURE


def _found(table: Path, folders: Sequence[str]) -> tuple[_Fit, list[list[str]]] | None:
    """Return where the images of a table were found, and rows from its beginning; None where they are not there."""
    rows = parse_head(head_of(table))
    if rows is None or not rows.cells:
        return None
    sample = rows.sample(_ROWS)
    fit = _fit(sample, table.parent, folders)
    return None if fit is None or 2 * len(fit.paths) < len(sample[1:]) else (fit, sample)


def _fit(sample: list[list[str]], root: Path, folders: Sequence[str]) -> _Fit | None:
    """Return the first column that leads to an image, and the images that its other rows lead to."""
    names = [[cleaned(cell, root.as_posix(), "") for cell in row] for row in sample]
    for row in names[-_TRIED:]:
        for column, name in enumerate(row[:_MOST_COLUMNS]):
            if _image(name, root, folders):
                images = [_image(other[column], root, folders) for other in names if column < len(other)]
                return _Fit(column, [image for image in images if image])
    return None


def _image(name: str, root: Path, folders: Sequence[str]) -> str:
    """Return the first image that may be meant by `name`; nothing where there is none."""
    return next((path for path in _places(name, folders) if is_file(root, path)), "")


def _places(name: str, folders: Sequence[str]) -> Iterator[str]:
    if not name or len(name) > 200:
        return
    endings = [""] if is_image_name(name) else sorted(IMAGE_SUFFIXES)
    for ending in endings:
        yield from (
            f"{folder}/{name}{ending}" if folder else name + ending for folder in ("", *folders[:_MOST_FOLDERS])
        )


def _tells_no_more(fit: _Fit, sample: list[list[str]], folders: Sequence[str]) -> bool:
    """Whether the folders say as much as the table: it repeats their names as labels, or has no labels."""
    parents = {path.rpartition("/")[0].rpartition("/")[2] for path in fit.paths}
    foldered = {parent for parent in parents if parent and parent.lower() not in SPLITS}
    if not foldered:
        return False
    columns = zip(*(row for row in sample[1:] if len(row) == len(sample[0])), strict=False)
    if any({cell.strip() for cell in column} == parents for column in columns):
        return True
    if any(called_label(cell) for cell in sample[0]) or len(parents) == len(folders) == 1:
        return False
    return len(sample[0]) > 2 or not called_file(sample[0][fit.column])
