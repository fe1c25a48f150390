"""The shapes on edges that stand out, each on a ground of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFontMetricsF, QPainter

from guiapp.ui.network.inks import Inks
from guiapp.ui.network.painting import Edge, paint_said
from guiapp.ui.network.pictures import AIR
from guiapp.ui.network.placing import Box, Drawing


def say_shapes(  # noqa: PLR0917 - what is said, and where and in what it is painted
    painter: QPainter,
    edges: Sequence[Edge],
    focus: int,
    drawing: Drawing,
    scale: float,
    metrics: QFontMetricsF,
    inks: Inks,
) -> None:
    """Paint the shapes on edges, and over the layer `focus` once each of those on its own that have no room there."""
    above = {False: 0, True: 0}
    said = {(e.source == focus, e.text) for e in edges if e.at is not None}
    for e in edges:
        told = e.source == focus, e.text
        if e.text and e.at is not None:
            paint_said(painter, e.text, e.at, metrics, inks)
        elif e.text and focus in (e.source, e.target) and told not in said:
            said.add(told)
            number, above[told[0]] = above[told[0]], above[told[0]] + 1
            paint_said(
                painter,
                e.text,
                _above(e, told[0], drawing.boxes[focus], number, scale=scale, metrics=metrics),
                metrics,
                inks,
            )


def _above(e: Edge, out: bool, box: Box, number: int, *, scale: float, metrics: QFontMetricsF) -> QPointF:
    """Return where the shape on an edge without room is written: over the layer, what comes in at its left."""
    middle = (box.x + box.size.width / 2) * scale
    y = (box.y - box.size.full_height) * scale - AIR - number * (metrics.height() + 5)
    return QPointF(middle + 8 if out else middle - 8 - metrics.horizontalAdvance(e.text), y)
