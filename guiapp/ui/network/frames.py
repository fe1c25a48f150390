"""The frames round the layers of opened blocks."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from guiapp.ui.network.inks import Inks
from guiapp.ui.network.placing import GROUP_HEAD, Drawing, Line
from guiapp.ui.network.stacking import CAPTION

ROUND = 6.0
BESIDE, MOST_BESIDE = 6.0, 5.0


@dataclass(frozen=True)
class Frame:
    """A frame within one line, in px at zoom 1, without the room for its name and the names of its layers."""

    name: str
    x: float
    y: float
    width: float
    height: float

    def area(self, scale: float, *, names: bool) -> QRectF:
        """Return where it is painted at a scale, with the drawing's corner at (0, 0)."""
        beside = min(MOST_BESIDE, BESIDE * scale)
        head, foot = (GROUP_HEAD - 1.0, CAPTION - 4.0) if names else (beside, beside)
        return QRectF(
            self.x * scale, self.y * scale - head, self.width * scale, self.height * scale + head + foot
        ).adjusted(-beside, 0, beside, 0)


def frames(drawing: Drawing) -> list[Frame]:
    """Return the frames of a drawing: a part of a line each, where nothing lies in it that does not belong there."""
    if not any(drawing.plan.groups):
        return []
    return [frame for line in drawing.lines for frame in _of_line(drawing, line)]


def _of_line(drawing: Drawing, line: Line) -> list[Frame]:
    plan = drawing.plan
    out: list[Frame] = []
    columns = list(line.columns)
    while columns:
        names = {plan.groups[i] for i in plan.columns[columns[0]]}
        run = 1
        while run < len(columns) and {plan.groups[i] for i in plan.columns[columns[run]]} == names:
            run += 1
        if len(names) == 1 and "" not in names:
            out.append(_frame(drawing, line, range(columns[0], columns[run - 1] + 1), names.pop()))
        del columns[:run]
    return out


def _frame(drawing: Drawing, line: Line, columns: range, name: str) -> Frame:
    plan = drawing.plan
    spans = [line.spans[plan.section[i]] for c in columns for i in plan.columns[c]]
    up, down = max(above for above, _ in spans), max(below for _, below in spans)
    left, right = drawing.columns[columns[0]][0], drawing.columns[columns[-1]][1]
    return Frame(name, left, line.centre - up, right - left, up + down)


def paint_frame(
    painter: QPainter, frame: Frame, scale: float, metrics: QFontMetricsF, inks: Inks, *, names: bool
) -> None:
    """Paint a frame and, where `names` is, the block's name at its upper left."""
    area = frame.area(scale, names=names)
    colour = inks.color("border")
    painter.setPen(QPen(colour, 1.0))
    painter.setBrush(inks.mixed(inks.color("secondary"), 0.06))
    painter.drawRoundedRect(area, ROUND, ROUND)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if names:
        painter.setPen(inks.color("secondary"))
        text = metrics.elidedText(frame.name, Qt.TextElideMode.ElideRight, area.width() - 12)
        painter.drawText(area.topLeft() + QPointF(6, metrics.ascent() + 2), text)
