"""What differs between two drawings of as many layers in the same lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from guiapp.core.analysis import LayerInfo
from guiapp.ui.network.edges import same
from guiapp.ui.network.placing import Drawing, Line


class Change(NamedTuple):
    """A line in which something differs.

    Attributes
    ----------
    line : int
        Its number.
    column : int
        The first of its columns in which anything does.
    level : bool
        Whether it lies as high as before, with the same lanes.
    """

    line: int
    column: int
    level: bool


def changes(old_rows: Sequence[LayerInfo], old: Drawing, rows: Sequence[LayerInfo], new: Drawing) -> list[Change]:
    """Return the lines that are to be painted again; what is the same object is not looked at."""
    columns = new.plan.column
    first: dict[int, int] = {}
    for i, (a, b) in enumerate(zip(old_rows, rows, strict=True)):
        if a is not b and not same(a, b):
            number = new.boxes[i].line
            first[number] = min(first.get(number, columns[i]), columns[i])
    out: list[Change] = []
    for number, (line, before) in enumerate(zip(new.lines, old.lines, strict=True)):
        found = first.get(number)
        if line is not before:
            moved = _first_moved(old, new, line)
            if moved is not None and (found is None or moved < found):
                found = moved
            level = _level(line, before)
            if not level:
                found = line.columns[0]
        else:
            level = True
        if found is not None:
            out.append(Change(number, found, level))
    return out


def _first_moved(old: Drawing, new: Drawing, line: Line) -> int | None:
    for c in line.columns:
        if old.columns[c] != new.columns[c] or any(old.boxes[i] != new.boxes[i] for i in new.plan.columns[c]):
            return c
    return None


def _level(a: Line, b: Line) -> bool:
    return replace(a, end=b.end) == b
