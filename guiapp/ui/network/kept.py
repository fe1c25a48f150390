"""What one line of the drawing needs to be painted again."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPixmap

from guiapp.ui.network.painting import Edge
from guiapp.ui.network.pictures import AIR
from guiapp.ui.network.placing import Box, Drawing


@dataclass
class Kept:
    """A line: its layers with where each is painted, their edges, and the pictures of their volumes.

    Attributes
    ----------
    rows : list
        Its layers, each with where its volume and name are painted.
    area : QRectF
        All of these together.
    edges : list of Edge, optional
        The edges that begin in it; None where they are not known.
    texts : list of Edge
        Those of them on which a shape is written.
    pictures : dict
        The picture of each volume and where it lies.
    painted_for : tuple
        For which sharpness of the screen and which version of the pictures.
    """

    rows: list[tuple[int, QRectF]]
    area: QRectF
    edges: list[Edge] | None = None
    texts: list[Edge] = field(default_factory=list)
    pictures: dict[int, tuple[QPointF, QPixmap]] = field(default_factory=dict)
    painted_for: tuple[float, int] = (0.0, 0)

    def take_pictures(self, other: Kept, drawing: Drawing, until: int) -> None:
        """Take over the pictures that another has of what lies left of a column."""
        columns = drawing.plan.column
        self.pictures = {row: made for row, made in other.pictures.items() if columns[row] < until}
        self.painted_for = other.painted_for


def kept_line(drawing: Drawing, number: int, scale: float) -> Kept:
    """Return what is known of a line before it is painted at a scale."""
    columns = drawing.lines[number].columns
    rows = [(i, _reach(drawing.boxes[i], scale)) for c in columns for i in drawing.plan.columns[c]]
    area = QRectF()
    for _, reach in rows:
        area |= reach
    return Kept(rows, area)


def _reach(box: Box, scale: float) -> QRectF:
    return QRectF(
        (box.x - box.pad) * scale - AIR,
        (box.y - box.size.full_height) * scale - AIR,
        (box.size.width + 2 * box.pad) * scale + 2 * AIR,
        box.size.full_height * scale + 2 * AIR + 20,
    )
