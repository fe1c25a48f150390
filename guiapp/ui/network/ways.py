"""The edges of the drawing, kept until something that they join is another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from guiapp.core.analysis import LayerInfo
from guiapp.ui.network.changes import Change
from guiapp.ui.network.painting import Edge
from guiapp.ui.network.placing import Drawing
from guiapp.ui.network.words import shape_text


class Ways:
    """The edges from each layer at one scale."""

    def __init__(self) -> None:
        self._kept: dict[int, list[Edge]] = {}

    def clear(self) -> None:
        """Forget all."""
        self._kept.clear()

    def of(self, row: int, make: Callable[[int], list[Edge]]) -> list[Edge]:
        """Return the edges from a layer; `make` makes them where they are not known."""
        found = self._kept.get(row)
        if found is None:
            found = self._kept[row] = make(row)
        return found

    def drop(self, change: Change, rows: Sequence[LayerInfo], drawing: Drawing) -> bool:
        """Forget the edges that a change makes wrong; returns whether this is seen left of it.

        Those from the line before it may lead into it; those from lines further up do not.
        """
        line = drawing.lines[change.line]
        begin = drawing.lines[max(change.line - 1, 0)].columns.start
        seen = False
        for c in range(begin, line.columns.stop):
            for row in drawing.plan.columns[c]:
                edges = self._kept.get(row)
                if edges is None or (change.level and _stays(edges, row, change, drawing)):
                    continue
                del self._kept[row]
                if c in line.columns:
                    seen = seen or c < change.column - 1 or _told_away(edges, shape_text(rows[row].shape), drawing)
        return seen

    def drop_passing(self, changed: set[int], drawing: Drawing, *, widened: bool) -> None:
        """Forget the edges that lead from line to line where any of these, or one between them, is another.

        Those that pass a whole line run along the right side of the drawing: `widened` says that it is elsewhere.
        """
        boxes = drawing.boxes
        for row, edges in list(self._kept.items()):
            line = boxes[row].line
            last = max([boxes[edge.target].line for edge in edges], default=line)
            moved = last > line and not changed.isdisjoint(range(line, last + 1))
            if not edges or moved or (widened and last > line + 1) or not all(edge.live for edge in edges):
                del self._kept[row]


def _stays(edges: Sequence[Edge], row: int, change: Change, drawing: Drawing) -> bool:
    """Whether the edges from a layer in a changed line, or in the line before it, are as they were."""
    columns, boxes = drawing.plan.column, drawing.boxes
    if not edges or not all(edge.live for edge in edges):
        return False  # one more may begin here now, or go on over a disabled layer
    if boxes[row].line != change.line:
        return all(boxes[edge.target].line != change.line for edge in edges)
    return columns[row] < change.column - 1 and all(columns[edge.target] < change.column for edge in edges)


def _told_away(edges: Sequence[Edge], text: str, drawing: Drawing) -> bool:
    """Whether another shape is to be written at the beginning of the next line."""
    boxes = drawing.boxes
    return any(edge.text != text and boxes[edge.target].line != boxes[edge.source].line for edge in edges)
