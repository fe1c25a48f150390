"""What the drawing paints, kept between paintings: volumes as pictures, edges as paths, names as shortened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPixmap

from guiapp.core.analysis import LayerInfo
from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme
from guiapp.ui.network.geometry import Box, Drawing
from guiapp.ui.network.painting import Edge, arrow, edge_path, front, paint_edges, paint_volume

NAMES_FROM = 0.42
AIR = 10.0
MOST_KEPT = 300
MOST_PIXELS = 512 * 512

PictureKey = tuple[object, ...]
Line = tuple[float, float, int, int]
"""Top, bottom, first row and last row of one line of the drawing."""


class Scene:
    """Paints a placed network at one scale; asked again for the same, it paints from what it kept."""

    def __init__(self) -> None:
        self.rows: Sequence[LayerInfo] = ()
        self.drawing = Drawing((), 0.0, 0.0)
        self.scale = 1.0
        self._lines: list[Line] = []
        self._edges: dict[int, list[Edge]] = {}
        self._names: dict[int, tuple[str, str, float]] = {}
        self._pictures: dict[PictureKey, QPixmap] = {}
        self._font, self._metrics = QFont(), QFontMetricsF(QFont())
        theme.changed.connect(self._pictures.clear)

    def show(self, rows: Sequence[LayerInfo], drawing: Drawing, scale: float, font: QFont) -> None:
        """Paint other layers, or the same at another scale or place."""
        self.rows, self.drawing, self.scale = rows, drawing, scale
        self._edges.clear()
        self._names.clear()
        pixels = min(max(round(tk.CAPTION * scale / 0.75), 9), tk.CAPTION)
        self._font = tabular(font, pixels)
        self._metrics = QFontMetricsF(self._font)
        self._lines = self._make_lines()

    def _make_lines(self) -> list[Line]:
        lines: list[Line] = []
        for row, box in enumerate(self.drawing.boxes):
            top, bottom = (box.y - box.size.full_height) * self.scale, box.track * self.scale
            if lines and self.drawing.boxes[lines[-1][2]].line == box.line:
                lines[-1] = (min(top, lines[-1][0]), bottom, lines[-1][2], row)
            else:
                lines.append((top, bottom, row, row))
        return lines

    def change(self, rows: Sequence[LayerInfo], drawing: Drawing) -> list[QRectF]:
        """Paint as many layers in the same lines at the same scale; returns where that differs from before."""
        old_rows, old_boxes, old_lines = self.rows, self.drawing.boxes, self._lines
        self.rows, self.drawing = rows, drawing
        self._lines = self._make_lines()
        changed: list[QRectF] = []
        for line, old_line in zip(self._lines, old_lines, strict=True):
            first, end = line[2], min(line[3] + 2, len(rows))
            span = range(first, end)
            if drawing.boxes[first:end] == old_boxes[first:end] and all(_same(old_rows[i], rows[i]) for i in span):
                continue
            self._edges.pop(first, None)
            for row in span:
                self._names.pop(row, None)
            top, bottom = min(line[0], old_line[0]), max(line[1], old_line[1])
            changed.append(QRectF(-1e4, top - AIR, 2e4, bottom - top + 2 * AIR + 12))
        return changed

    def paint(self, painter: QPainter, dirty: QRectF, origin: QPointF, chosen: set[int]) -> None:
        """Paint what lies in `dirty`, with the drawing's corner at `origin`."""
        painter.setFont(self._font)
        seen = [line for line in self._lines if line[0] + origin.y() < dirty.bottom() + 40]
        # An edge to the next line runs between the two, so a line below the last seen one counts too.
        seen = [line for line in seen if line[1] + origin.y() > dirty.top() - 40]
        edges = [edge for line in seen for edge in self._line_edges(line)]
        painter.translate(origin)
        paint_edges(painter, edges)
        painter.setPen(theme.color("secondary"))
        for edge in edges:
            if edge.text:
                if edge.ground is not None:
                    painter.fillRect(edge.ground, theme.color("window"))
                painter.drawText(edge.at, edge.text)
        painter.translate(-origin)
        local = dirty.translated(-origin)
        for _, _, first, last in seen:
            for row in range(first, last + 1):
                if self._reach(row).intersects(local):
                    self._paint_row(painter, row, origin, chosen=row in chosen)

    def _reach(self, row: int) -> QRectF:
        box, scale = self.drawing.boxes[row], self.scale
        return QRectF(
            (box.x - box.pad) * scale - AIR,
            (box.y - box.size.full_height) * scale - AIR,
            (box.size.width + 2 * box.pad) * scale + 2 * AIR,
            box.size.full_height * scale + 2 * AIR + 20,
        )

    def _paint_row(self, painter: QPainter, row: int, origin: QPointF, *, chosen: bool) -> None:
        box, info = self.drawing.boxes[row], self.rows[row]
        width, height = box.size.width * self.scale + 2 * AIR, box.size.full_height * self.scale + 2 * AIR
        if width * height > MOST_PIXELS:
            paint_volume(painter, info, box, self.scale, origin, chosen=chosen)
        else:
            picture = self._picture(painter, info, box, chosen=chosen)
            corner = origin + QPointF(box.x, box.y - box.size.full_height) * self.scale
            painter.drawPixmap(QPointF(round(corner.x() - AIR), round(corner.y() - AIR)), picture)
        if self.scale >= NAMES_FROM:
            self._paint_name(painter, row, origin, chosen=chosen)

    def _picture(self, painter: QPainter, info: LayerInfo, box: Box, *, chosen: bool) -> QPixmap:
        size, ratio = box.size, painter.device().devicePixelRatio()
        severities = {problem.severity for problem in info.problems}
        key: PictureKey = (
            type(info.layer).family,
            info.layer.enabled,
            info.shape is None,
            "error" if "error" in severities else "warning" if severities else "",
            chosen,
            round(size.thickness * self.scale, 1),
            round(size.height * self.scale, 1),
            round(size.slant * self.scale, 1),
            ratio,
        )
        picture = self._pictures.get(key)
        if picture is None:
            if len(self._pictures) >= MOST_KEPT:
                self._pictures.clear()
            picture = self._make_picture(info, box, ratio, chosen=chosen)
            self._pictures[key] = picture
        return picture

    def _make_picture(self, info: LayerInfo, box: Box, ratio: float, *, chosen: bool) -> QPixmap:
        width, height = box.size.width * self.scale + 2 * AIR, box.size.full_height * self.scale + 2 * AIR
        picture = QPixmap(max(round((width + 3) * ratio), 1), max(round((height + 3) * ratio), 1))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        inside = QPainter(picture)
        inside.setRenderHint(QPainter.RenderHint.Antialiasing)
        corner = QPointF(AIR, AIR) - QPointF(box.x, box.y - box.size.full_height) * self.scale
        paint_volume(inside, info, box, self.scale, corner, chosen=chosen)
        inside.end()
        return picture

    def _line_edges(self, line: Line) -> list[Edge]:
        _, _, first, last = line
        found = self._edges.get(first)
        if found is None:
            # The way out of the line's last volume belongs to the line too.
            rows = range(first, min(last + 2, len(self.rows)))
            found = [self._edge(source, row) for row in rows for source in self.rows[row].sources]
            self._edges[first] = found
        return found

    def _edge(self, source: int, row: int) -> Edge:
        boxes, rows, zero = self.drawing.boxes, self.rows, QPointF()
        next_to = all(not rows[i].layer.enabled for i in range(source + 1, row))
        path = edge_path(boxes[source], boxes[row], self.scale, zero, next_to=next_to)
        edge = Edge(path, arrow(path), live=rows[row].layer.enabled)
        text = boxes[row].size.label if source == rows[row].sources[0] else ""
        if text:
            self._place_text(edge, text, boxes[source], boxes[row])
        return edge

    def _place_text(self, edge: Edge, text: str, source: Box, target: Box) -> None:
        metrics, scale, zero = self._metrics, self.scale, QPointF()
        width = metrics.horizontalAdvance(text)
        begin, end = front(source, scale, zero), front(target, scale, zero)
        if source.line != target.line:
            x, y = end.left() - target.pad * scale + 6, source.track * scale
            edge.ground = QRectF(x - 4, y - metrics.height() / 2, width + 8, metrics.height())
            edge.text, edge.at = text, QPointF(x, y + metrics.ascent() / 2 - 1)
            return
        slant = source.size.slant * scale
        left = begin.right() + slant
        if end.left() - left >= width + 4:
            middle = (left + end.left()) / 2
            edge.text, edge.at = text, QPointF(middle - 2 - width / 2, begin.center().y() - slant / 2 - 5)

    def _paint_name(self, painter: QPainter, row: int, origin: QPointF, *, chosen: bool) -> None:
        box, layer = self.drawing.boxes[row], self.rows[row].layer
        kept = self._names.get(row)
        if kept is None or kept[0] != layer.name:
            room = max((box.size.width + 2 * box.pad) * self.scale + 4, 12)
            short = self._metrics.elidedText(layer.name, Qt.TextElideMode.ElideRight, room)
            kept = layer.name, short, self._metrics.horizontalAdvance(short)
            self._names[row] = kept
        middle = origin.x() + (box.x + box.size.width / 2) * self.scale
        painter.setPen(theme.color("accent" if chosen else "text" if layer.enabled else "disabled"))
        below = origin.y() + box.y * self.scale + self._metrics.ascent() + 4
        painter.drawText(QPointF(middle - kept[2] / 2, below), kept[1])


def _same(a: LayerInfo, b: LayerInfo) -> bool:
    return a is b or (a.layer is b.layer and a.shape == b.shape and a.sources == b.sources and a.problems == b.problems)
