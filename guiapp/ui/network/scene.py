"""What the drawing paints, kept between paintings: volumes as pictures, edges as paths, names as shortened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Layer
from guiapp.look import tokens as tk
from guiapp.look.theme import tabular
from guiapp.ui.network.changes import Change, changes
from guiapp.ui.network.columns import LEAST_STEP
from guiapp.ui.network.edges import Marked, edges_from, of_marked, spread, told_apart
from guiapp.ui.network.frames import Frame, frames, paint_frame
from guiapp.ui.network.geometry import short_name
from guiapp.ui.network.inks import Inks, inks
from guiapp.ui.network.kept import Kept, kept_line
from guiapp.ui.network.painting import Edge, joined, paint_edges, paint_volume
from guiapp.ui.network.pictures import AIR, VolumePictures
from guiapp.ui.network.placing import ROW_GAP, TRACK_STEP, Drawing, nothing
from guiapp.ui.network.saying import say_shapes
from guiapp.ui.network.ways import Ways

NAMES_FROM = 0.42
LEAST_LETTERS = 4
"""Of a name that would be cut to fewer letters than this nothing is written."""
NAME_GAP = 6.0
"""How far apart names are at least, in px on the screen."""
BELOW_FROM = 0.9
"""At less of the scale for which words found room, shapes below a line would lie on its names."""
SAID = 120.0
"""How far left of a volume a shape may be written over it."""


class Scene:
    """Paints a placed network at one scale; asked again for the same, it paints from what it kept.

    Parameters
    ----------
    colours : Inks, optional
        The colours; those of the appearance in use when None.
    pictures : bool
        Whether volumes are kept as pictures, for which the window's thread is needed.
    words : bool
        Whether names and shapes are written.
    grounds : bool
        Whether a shape that is written on an edge interrupts it; without a ground of its own it is written above it.
    """

    def __init__(
        self, colours: Inks | None = None, *, pictures: bool = True, words: bool = True, grounds: bool = True
    ) -> None:
        self.rows: Sequence[LayerInfo] = ()
        self.drawing = nothing()
        self.scale = 1.0
        self._colours, self._words, self._grounds = colours, words, grounds
        self._kept: dict[int, Kept] = {}
        self._ways = Ways()
        self._far: dict[int, list[Edge]] = {}
        self._frames: list[Frame] = []
        self._spread = False
        self._names: dict[int, tuple[Layer, str, float]] = {}
        self._pictures = VolumePictures() if pictures else None
        self._font, self._metrics = QFont(), QFontMetricsF(QFont())

    @property
    def inks(self) -> Inks:
        """The colours that it paints in."""
        return inks() if self._colours is None else self._colours

    def show(self, rows: Sequence[LayerInfo], drawing: Drawing, scale: float, font: QFont) -> None:
        """Paint other layers, or the same at another scale or place."""
        if drawing is not self.drawing or rows is not self.rows:
            self._far.clear()
            self._frames, self._spread = frames(drawing), spread(drawing)
        self.rows, self.drawing, self.scale = rows, drawing, scale
        self._names.clear()
        self._kept.clear()
        self._ways.clear()
        pixels = min(max(round(tk.CAPTION * scale / 0.75), 9), tk.CAPTION)
        self._font = tabular(font, pixels)
        self._metrics = QFontMetricsF(self._font)

    @property
    def far(self) -> bool:
        """Whether it is seen from so far that edges are painted without words, from the same paths at every scale."""
        return self._pictures is not None and self.scale < NAMES_FROM

    @property
    def named(self) -> bool:
        """Whether there is room for names."""
        return self._words and self.scale >= NAMES_FROM

    def _line(self, number: int) -> Kept:
        kept = self._kept.get(number)
        if kept is None:
            kept = self._kept[number] = kept_line(self.drawing, number, self.scale)
        return kept

    def change(self, rows: Sequence[LayerInfo], drawing: Drawing) -> list[QRectF]:
        """Paint as many layers in the same lines at the same scale; returns where that differs from before."""
        found = changes(self.rows, self.drawing, rows, drawing)
        before, self.rows, self.drawing = self.drawing, rows, drawing
        if not found:
            return []
        self._frames = frames(drawing)
        self._far.clear()
        if any(len(line.leaving) > 1 for line in drawing.lines):
            for change in found:
                self._drop(change, before)
            for kept in self._kept.values():
                kept.edges = None
            self._ways.drop_passing({change.line for change in found}, drawing, widened=drawing.width != before.width)
            return [QRectF(-1e4, -1e4, 2e4, 2e5)]
        return [self._drop(change, before) for change in found]

    def _drop(self, change: Change, before: Drawing) -> QRectF:
        """Forget what a change makes wrong; returns where it is seen."""
        drawing, number, scale = self.drawing, change.line, self.scale
        line, old = drawing.lines[number], before.lines[number]
        kept = self._kept.pop(number, None)
        if change.level and kept is not None:
            self._line(number).take_pictures(kept, drawing, change.column)
        for c in range(change.column, line.columns.stop):
            for row in drawing.plan.columns[c]:
                self._names.pop(row, None)
        if number - 1 in self._kept:
            self._kept[number - 1].edges = None
        first = change.column <= line.columns[0] + 1
        whole = self._ways.drop(change, self.rows, drawing) or first or not change.level
        left = -1e4 if whole else drawing.columns[change.column - 1][0] * scale - SAID
        # The way to the first volume runs above the line.
        top = min(line.top, old.top) * scale - AIR - (ROW_GAP * scale if first else 0.0)
        return QRectF(left, top, 2e4, max(line.track, old.track) * scale + AIR + 12 - top)

    def paint(
        self, painter: QPainter, dirty: QRectF, origin: QPointF, chosen: set[int], marked: Marked | None = None
    ) -> None:
        """Paint what lies in `dirty`, with the drawing's corner at `origin`; the edges of marked layers stand out."""
        painter.setFont(self._font)
        # Else the sides of a shape change places where the window is read from right to left.
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        local = dirty.translated(-origin)
        seen = self._seen(local)
        marked = marked or Marked()
        painter.translate(origin)
        for frame in self._frames:
            paint_frame(painter, frame, self.scale, self._metrics, self.inks, names=self.named)
        if self.far:
            self._paint_far(painter, seen, marked)
            shown, strong = list[Edge](), list[Edge]()
        else:
            shown = [e for number in seen for e in self._line_edges(number) if e.area.intersects(local)]
            paint_edges(painter, shown, self.inks)
            strong = of_marked(shown, marked)
            paint_edges(painter, strong, self.inks, marked=True)
            if self._words:
                self._write(painter, seen, local)
        painter.translate(-origin)
        for number in seen:
            self._paint_line(painter, number, local, origin, chosen)
        painter.translate(origin)
        say_shapes(painter, strong, shown, marked.focus, self.drawing, self.scale, self._metrics, self.inks)
        painter.translate(-origin)

    def _paint_far(self, painter: QPainter, seen: Sequence[int], marked: Marked) -> None:
        painter.save()
        # From far the lines are level and plumb but for their small bends, and much faster so.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.scale(self.scale, self.scale)
        for number in seen:
            edges = self._far.get(number)
            if edges is None:
                rows = [i for c in self.drawing.lines[number].columns for i in self.drawing.plan.columns[c]]
                made = (e for row in rows for e in self._edges(row, 1.0))
                edges = self._far[number] = joined(made)
            paint_edges(painter, edges, self.inks, width=1.0)
        strong = [e for row in marked.rows if 0 <= row < len(self.rows) for e in self._edges(row, 1.0)]
        paint_edges(painter, strong, self.inks, marked=True)
        painter.restore()

    def _paint_line(self, painter: QPainter, number: int, local: QRectF, origin: QPointF, chosen: set[int]) -> None:
        kept = self._line(number)
        if not kept.area.intersects(local):
            return
        whole = local.contains(kept.area)
        if self._pictures is None:
            for row, reach in kept.rows:
                if whole or reach.intersects(local):
                    at = self.drawing.boxes[row]
                    paint_volume(painter, self.rows[row], at, self.scale, origin, self.inks, chosen=row in chosen)
        else:
            self._paint_pictures(painter, self._pictures, kept, local, origin, chosen, whole=whole)
        if self.named:
            for row, reach in kept.rows:
                if whole or reach.intersects(local):
                    self._paint_name(painter, row, origin, chosen=row in chosen)

    def _paint_pictures(  # noqa: PLR0917 - what is painted, with what, and where
        self,
        painter: QPainter,
        pictures: VolumePictures,
        kept: Kept,
        local: QRectF,
        origin: QPointF,
        chosen: set[int],
        *,
        whole: bool,
    ) -> None:
        ratio = painter.device().devicePixelRatio()
        if kept.painted_for != (ratio, pictures.version):
            kept.painted_for = ratio, pictures.version
            kept.pictures.clear()
        # Pictures are only copied sharply to whole px.
        ground = QPointF(round(origin.x()), round(origin.y()))
        painter.translate(ground)
        for row, reach in kept.rows:
            if not whole and not reach.intersects(local):
                continue
            found = kept.pictures.get(row) if row not in chosen else None
            if found is None:
                box, info = self.drawing.boxes[row], self.rows[row]
                picture = pictures.of(info, box, self.scale, ratio, self.inks, chosen=row in chosen)
                if picture is None:
                    paint_volume(painter, info, box, self.scale, origin - ground, self.inks, chosen=row in chosen)
                    continue
                corner = QPointF(box.x, box.y - box.size.full_height) * self.scale
                found = QPointF(round(corner.x() - AIR), round(corner.y() - AIR)), picture
                if row not in chosen:
                    kept.pictures[row] = found
            painter.drawPixmap(*found)
        painter.translate(-ground)

    def _seen(self, local: QRectF) -> list[int]:
        """Return the lines that reach into an area, and those whose edges may."""
        lines, scale = self.drawing.lines, self.scale
        if self._spread:
            return list(range(len(lines)))
        tall = [(line.top * scale - 40, (line.track + len(line.leaving) * TRACK_STEP) * scale + 40) for line in lines]
        found = [n for n, (top, bottom) in enumerate(tall) if top < local.bottom() and bottom > local.top()]
        return [found[0] - 1, *found] if found and found[0] else found

    def _write(self, painter: QPainter, seen: Sequence[int], local: QRectF) -> None:
        painter.setPen(self.inks.color("secondary"))
        below = self.scale >= BELOW_FROM * self.drawing.made_of.scale
        for number in seen:
            for e in self._line(number).texts:
                if e.at is None or (e.ground is not None and not below):
                    continue
                if not QRectF(e.at.x(), e.at.y() - 16, 200, 24).intersects(local):
                    continue
                if e.ground is not None and self._grounds:
                    painter.fillRect(e.ground, self.inks.color("window"))
                lifted = e.ground is not None and not self._grounds
                painter.drawText(e.at - QPointF(0, self._metrics.ascent() / 2 + 4) if lifted else e.at, e.text)

    def _edges(self, row: int, scale: float) -> list[Edge]:
        return edges_from(self.rows, self.drawing, row, scale, self._metrics)

    def _drawn(self, row: int) -> list[Edge]:
        return self._edges(row, self.scale)

    def _line_edges(self, number: int) -> list[Edge]:
        kept = self._line(number)
        if kept.edges is None:
            kept.edges = [e for row, _ in kept.rows for e in self._ways.of(row, self._drawn)]
            kept.texts = told_apart(kept.edges)
        return kept.edges

    def _paint_name(self, painter: QPainter, row: int, origin: QPointF, *, chosen: bool) -> None:
        box, layer = self.drawing.boxes[row], self.rows[row].layer
        kept = self._names.get(row)
        if kept is None or kept[0] is not layer:
            room = max((box.size.width + 2 * box.pad + LEAST_STEP) * self.scale - NAME_GAP, 12)
            short = self._metrics.elidedText(short_name(layer), Qt.TextElideMode.ElideRight, room)
            if len(short) < LEAST_LETTERS and short != short_name(layer):
                short = ""
            kept = layer, short, self._metrics.horizontalAdvance(short)
            self._names[row] = kept
        middle = origin.x() + (box.x + box.size.width / 2) * self.scale
        painter.setPen(self.inks.color("accent" if chosen else "text" if layer.enabled else "disabled"))
        below = origin.y() + box.y * self.scale + self._metrics.ascent() + 4
        painter.drawText(QPointF(middle - kept[2] / 2, below), kept[1])
