"""From layer to layer in the drawing by the arrow keys: along the edges, and from lane to lane."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt

from guiapp.core.analysis import LayerInfo
from guiapp.ui.network.placing import Drawing
from guiapp.ui.network.words import shape_text


def follow(drawing: Drawing, row: int, step: int) -> int:
    """Return the layer before (`step` -1) or after (1) one along the edges, in its own lane where there is one."""
    plan = drawing.plan
    found = plan.joins[row] if step < 0 else plan.targets[row]
    if not found:
        return row
    return min(found, key=lambda i: (plan.lane[i] != plan.lane[row], found.index(i)))


def across(drawing: Drawing, row: int, step: int) -> int:
    """Return the nearest layer above (`step` -1) or below (1) one.

    It is in the neighbouring lane, else in the next line; where there is none, the one listed before or after.
    """
    plan, boxes = drawing.plan, drawing.boxes
    line = boxes[row].line
    beside = [i for i in _rows(drawing, line) if plan.section[i] == plan.section[row]]
    beside = [i for i in beside if (plan.lane[i] - plan.lane[row]) * step > 0]
    if beside:
        return min(beside, key=lambda i: (abs(plan.lane[i] - plan.lane[row]), _apart(drawing, i, row)))
    if 0 <= line + step < len(drawing.lines):
        return min(_rows(drawing, line + step), key=lambda i: _apart(drawing, i, row))
    return min(max(row + step, 0), len(boxes) - 1)


def row_by_key(drawing: Drawing, chosen: Sequence[int], key: Qt.Key) -> int:
    """Return the layer that a key goes to from the last one of the chosen ones; -1 for any other key."""
    if not drawing.boxes:
        return -1
    ends = {Qt.Key.Key_Home: 0, Qt.Key.Key_End: len(drawing.boxes) - 1}
    ways = {
        Qt.Key.Key_Left: (follow, -1),
        Qt.Key.Key_Right: (follow, 1),
        Qt.Key.Key_Up: (across, -1),
        Qt.Key.Key_Down: (across, 1),
    }
    if key not in ways:
        return ends.get(key, -1)
    walk, step = ways[key]
    return walk(drawing, chosen[-1], step) if chosen else 0


def _rows(drawing: Drawing, line: int) -> Sequence[int]:
    return [i for c in drawing.lines[line].columns for i in drawing.plan.columns[c]]


def _apart(drawing: Drawing, one: int, two: int) -> float:
    first, second = drawing.boxes[one], drawing.boxes[two]
    return abs(first.x + first.size.width / 2 - second.x - second.size.width / 2)


def rows_near(drawing: Drawing, y: float, reach: float) -> list[int]:
    """Return the layers of the lines that reach to `y`, or within `reach` of it, the last ones first."""
    near = [n for n, line in enumerate(drawing.lines) if line.top - reach <= y <= line.track + reach]
    return [i for n in reversed(near) for i in reversed(_rows(drawing, n))]


def said(rows: Sequence[LayerInfo]) -> str:
    """Return what is chosen in words for those who do not see it; nothing where nothing is."""
    if len(rows) != 1:
        return f"{len(rows)} layers chosen" if rows else ""
    layer = rows[0].layer
    return f"{layer.name} chosen, {type(layer).title}, gives {shape_text(rows[0].shape)}"


def clicked(chosen: tuple[int, ...], row: int, held: Qt.KeyboardModifier) -> tuple[int, ...]:
    """Return what is chosen after a click on a layer (-1: beside all); Ctrl and Shift add to what was."""
    if held & Qt.KeyboardModifier.ControlModifier and row >= 0:
        return tuple(set(chosen) ^ {row})
    if held & Qt.KeyboardModifier.ShiftModifier and row >= 0 and chosen:
        return tuple(range(min(chosen[0], row), max(chosen[0], row) + 1))
    return (row,) if row >= 0 else ()
