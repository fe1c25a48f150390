"""Which edges the drawing has, which of them stand out, and on which of them shapes are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtGui import QFontMetricsF

from guiapp.core.analysis import LayerInfo
from guiapp.ui.network.lanes import Plan
from guiapp.ui.network.painting import Edge
from guiapp.ui.network.placing import Drawing
from guiapp.ui.network.routes import edge
from guiapp.ui.network.words import shape_text

MOST_MARKED = 12
"""Of more chosen layers than this the edges do not stand out: little else would be seen."""


@dataclass(frozen=True)
class Marked:
    """Layers whose edges stand out, and the one whose edges say their shapes even where there is no room; -1: none."""

    rows: frozenset[int] = frozenset()
    focus: int = -1


def marked(chosen: Sequence[int], hovered: int) -> Marked:
    """Return what stands out of the chosen layers and the one under the pointer (-1: none)."""
    rows = frozenset(chosen if len(chosen) <= MOST_MARKED else ()) | {hovered}
    return Marked(rows, hovered if hovered >= 0 or len(chosen) != 1 else chosen[0])


def edges_from(
    rows: Sequence[LayerInfo], drawing: Drawing, source: int, scale: float, metrics: QFontMetricsF
) -> list[Edge]:
    """Return the edges to what follows a layer, over disabled ones that lie between."""
    text = shape_text(rows[source].shape) if rows[source].shape is not None else ""
    return [
        edge(drawing, source, to, via, scale, live=rows[to].layer.enabled, text=text, metrics=metrics)
        for to, via in followers(rows, drawing.plan, source)
    ]


def told_apart(edges: Sequence[Edge]) -> list[Edge]:
    """Return the edges on which a shape is written: where several from one layer run together, once."""
    out: list[Edge] = []
    written: set[tuple[int, int, int]] = set()
    for e in edges:
        if e.at is None or not e.text:
            continue
        key = (e.source, round(e.at.x()), round(e.at.y()))
        if key not in written:
            written.add(key)
            out.append(e)
    return out


def of_marked(edges: Sequence[Edge], marked: Marked) -> list[Edge]:
    """Return those of the edges that stand out."""
    return [e for e in edges if e.source in marked.rows or e.target in marked.rows] if marked.rows else []


def followers(rows: Sequence[LayerInfo], plan: Plan, source: int) -> list[tuple[int, int]]:
    """Return the layers that take what `source` gives, each with the disabled one that lies just before it, if any."""
    out: list[tuple[int, int]] = []
    waiting = [source]
    while waiting:
        via = waiting.pop()
        for target in plan.targets[via]:
            row = rows[target]
            if source in row.sources:
                out.append((target, via))
                if not row.layer.enabled and plan.joins[target][0] == via:
                    waiting.append(target)
    return out


def spread(drawing: Drawing) -> bool:
    """Whether an edge passes a whole line."""
    boxes, targets = drawing.boxes, drawing.plan.targets
    leaving = {i for line in drawing.lines for i in line.leaving[:-1]}
    return any(boxes[t].line - boxes[i].line > 1 for i in leaving for t in targets[i])


def same(a: LayerInfo, b: LayerInfo) -> bool:
    """Whether two layers are painted alike."""
    return a is b or (a.layer is b.layer and a.shape == b.shape and a.sources == b.sources and a.problems == b.problems)
