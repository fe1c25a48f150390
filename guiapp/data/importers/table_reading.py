"""Taking a table of text apart: its delimiter, its rows and where each begins."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from guiapp.core.notify import UserError
from guiapp.data.work import Cancel, never, stop_if

MOST_COLUMNS = 200
"""Columns beyond these are not looked at."""

MOST_LINE = 100_000
"""Characters of a line; longer ones are in no table of labels, and would fill the memory with cells."""

_DELIMITERS = ("\t", ";", ",")
_EXPECTED = "Choose a table with a column of file names and one of labels, parted by commas, semicolons or tabs"
_EVERY = 20_000
_SAMPLE = 20_000


@dataclass(frozen=True)
class Rows:
    """The rows of a table, blank ones left out.

    Attributes
    ----------
    cells : list of list of str
        Some rows may be shorter than others.
    lines : list of int
        The line, from 1, that each row begins on.
    """

    cells: list[list[str]]
    lines: list[int]

    def sample(self, count: int) -> list[list[str]]:
        """Return at most `count` rows, spread evenly, the first among them."""
        step = max(1, -(-len(self.cells) // count))
        return self.cells[::step]


def parse(text: str, where: object, cancel: Cancel = never) -> Rows:
    """Take a table apart.

    Parameters
    ----------
    text : str
        Parted by commas, semicolons or tabs; cells may be quoted as spreadsheets do.
    where : object
        What messages call it.
    cancel
        Asked whether to go on.

    Raises
    ------
    UserError
        When it has only one column, a line is too long, or a quotation mark is not closed.
    """
    delimiter = _delimiter(text, where)
    reader = csv.reader(_lines(text, where), delimiter=delimiter, strict=True)
    rows = Rows([], [])
    begins = 1
    try:
        for cells in reader:
            if any(cells):
                rows.cells.append(cells[:MOST_COLUMNS])
                rows.lines.append(begins)
            begins = reader.line_num + 1
            if len(rows.lines) % _EVERY == 0:
                stop_if(cancel)
    except csv.Error as exc:
        raise UserError(
            f"line {begins:,}: its quotation marks do not match",
            where=where,
            mend="Correct the line, or save the table again from a spreadsheet",
        ) from exc
    return rows


def parse_head(text: str) -> Rows | None:
    """Return the rows of a table's beginning; None where it is no table."""
    try:
        return parse(text, "")
    except UserError:
        return None


def _lines(text: str, where: object) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), 1):
        if len(line) > MOST_LINE:
            raise UserError(
                f"line {number:,} has {len(line):,} characters; at most {MOST_LINE:,} are read",
                where=where,
                mend=_EXPECTED,
            )
        yield line


def _delimiter(text: str, where: object) -> str:
    best = max(_DELIMITERS, key=lambda delimiter: _evenness(text[:_SAMPLE], delimiter))
    if _evenness(text[:_SAMPLE], best) == (0.0, 0):
        for _ in _lines(text, where):  # a line that is too long is told of first
            pass
        raise UserError("has only one column", where=where, mend=_EXPECTED)
    return best


def _evenness(text: str, delimiter: str) -> tuple[float, int]:
    """Return the share of rows that have as many cells as most, and how many; zeros where that is one."""
    rows: list[int] = []
    worth = 1.0
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            rows += [len(cells)] if any(cells) else []
    except csv.Error:
        worth = 1.0 if len(text) == _SAMPLE else 0.5  # of a text that is cut, the end says nothing
    else:
        if len(rows) > 1 and len(text) == _SAMPLE:
            rows.pop()  # it may be cut
    if not rows:
        return 0.0, 0
    width, count = Counter(rows).most_common(1)[0]
    return (worth * count / len(rows), width) if width > 1 else (0.0, 0)
