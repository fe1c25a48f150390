"""Deciding how a table is read: what the person says, and for the rest what fits the images that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from guiapp.core.notify import UserError
from guiapp.data.importers.table_guessing import (
    Naming,
    cleaned,
    has_header,
    index_of,
    label_column,
    namings,
    split_column,
)
from guiapp.data.importers.table_options import ANY, NONE, TOP, TableOptions
from guiapp.data.importers.table_reading import Rows

_SAMPLE = 200
_MOST_VALUES = 2000
_SHOWN = 10
_NO_LABELS = "Add a column with the label of each image"


@dataclass(frozen=True)
class Place:
    """Where a table is.

    Attributes
    ----------
    root : Path
        The folder that was chosen.
    name : str
        The table, relative to it, with forward slashes.
    """

    root: Path
    name: str

    @property
    def path(self) -> Path:
        """The table itself."""
        return self.root / self.name

    def cleaned(self, cell: str) -> str:
        """Return a name in the table, relative to the root; empty where it leads out of it."""
        return cleaned(cell, self.root.as_posix(), self.name.rpartition("/")[0])


@dataclass(frozen=True)
class Plan:
    """How a table is read.

    Attributes
    ----------
    names : tuple of str
        What its columns are called.
    header : bool
        Whether its first row says so.
    file, label : int
        The columns of names and of labels.
    split : int or None
        The column of splits.
    naming : Naming
        How names become paths.
    index : dict
        Which image each name means.
    """

    names: tuple[str, ...]
    header: bool
    file: int
    label: int
    split: int | None
    naming: Naming
    index: dict[str, int]


def plan(rows: Rows, paths: Sequence[str], place: Place, options: TableOptions) -> Plan:
    """Return how the table is to be read.

    Raises
    ------
    UserError
        When it has no column or no images of the name that it is told, or no column is left for the labels.
    """
    told = Naming(options.folder, _ending(options.extension))
    _check_folder(told.folder, paths, place)
    found = namings(_cleaned_columns(rows, place), paths, place.name, told)
    likely = sorted(range(len(found)), key=lambda column: (-found[column][0], column))
    naming = found[likely[0]][1]
    index = index_of(paths, naming)
    header = _told_header(rows, options) or has_header(
        rows.cells, likely[0], place.cleaned(_cell(rows.cells[0], likely[0])), index, naming
    )
    names = _names(rows.cells[0] if header else [], len(found))
    label, split = _told(options.label_column, names, place), _told(options.split_column, names, place)
    file = _told(options.file_column, names, place)
    if file is None:
        file = next(column for column in (*likely, 0) if column not in (label, split))
    values = _values(rows, header, len(names))
    if split is None and options.split_column != NONE:
        split = split_column(names, values, (file, label))
    if label is None:
        label = label_column(names, values, (file, split))
    if label is None:
        raise UserError("has no column left that could hold labels", where=place.path, mend=_NO_LABELS)
    if label == file:
        what = f"is to have both the images' names and their labels in the column “{names[file]}”"
        raise UserError(what, where=place.path, mend="Choose another column for one of the two")
    if found[file][1] != naming:
        naming = found[file][1]
        index = index_of(paths, naming)
    return Plan(names, header, file, label, split, naming, index)


def _ending(text: str) -> str:
    return text if text in ("", ANY, NONE) or text.startswith(".") else f".{text}"


def _check_folder(folder: str, paths: Sequence[str], place: Place) -> None:
    if folder not in ("", ANY, TOP) and not any(path.startswith(f"{folder}/") for path in paths):
        raise UserError(
            f"holds no images in a folder “{folder}”", where=place.root, mend="Choose the folder of the images again"
        )


def _cell(row: list[str], column: int) -> str:
    return row[column] if column < len(row) else ""


def _cleaned_columns(rows: Rows, place: Place) -> list[list[str]]:
    sample = rows.sample(_SAMPLE)
    width = max(2, *(len(row) for row in sample))
    return [[place.cleaned(_cell(row, column)) for row in sample] for column in range(width)]


def _told_header(rows: Rows, options: TableOptions) -> bool:
    first = {" ".join(cell.split()) for cell in rows.cells[0]}
    return bool(first & {options.file_column, options.label_column, options.split_column} - {"", NONE})


def _names(first: list[str], count: int) -> tuple[str, ...]:
    """Return what the columns are called; those without a name of their own are numbered."""
    names: list[str] = []
    for column in range(count):
        name = " ".join(_cell(first, column).split())
        names.append(name if name and name not in names else f"column {column + 1}")
    return tuple(names)


def _told(name: str, names: tuple[str, ...], place: Place) -> int | None:
    if name in ("", NONE):
        return None
    if name not in names:
        shown = ", ".join(f"“{known}”" for known in names[:_SHOWN])
        raise UserError(f"has no column “{name}”", where=place.path, mend=f"Choose one of its columns: {shown}")
    return names.index(name)


def _values(rows: Rows, header: bool, width: int) -> list[list[str]]:
    sample = rows.sample(_MOST_VALUES)[header:]
    return [[_cell(row, column).strip() for row in sample] for column in range(width)]
