"""A chart of one figure over the steps, for series of up to millions of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.look.plots import follow_theme, pyqtgraph
from guiapp.look.theme import theme
from guiapp.visuals.curves.panel_drawn import Drawn, Series
from guiapp.visuals.curves.series import Floats, Smoother, epoch_ticks, held, limits, roomy, step_text


class Chart(QWidget):
    """The plot: wheel zooms along the steps, dragging pans, a double click shows everything.

    Signals
    -------
    hovered(float)
        The step under the pointer; NaN when it has left.
    moved(float)
        The person drags the cursor to this step.
    spanned(float, float)
        The person shows this range of steps.
    reset()
        The person wants to see everything.
    """

    hovered = Signal(float)
    moved = Signal(float)
    spanned = Signal(float, float)
    reset = Signal()

    def __init__(self, label: str, *, percent: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        pg = pyqtgraph()
        self._percent, self._log, self._amount = percent, False, 0.0
        self._span: tuple[float, float] | None = None
        self._planned = 0
        self._heights = (0.0, 0.0)
        self._ticks: list[tuple[float, str]] = []
        self.plot = pg.PlotWidget()
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self._view = self.plot.getViewBox()
        self._view.setMouseEnabled(x=True, y=False)
        self._view.disableAutoRange()
        self._axes(label)
        self._drawn = [Drawn(self.plot, 0)]
        self._cursor = pg.InfiniteLine(angle=90, movable=True)
        self._cross = pg.InfiniteLine(angle=90)
        for line, depth in ((self._cursor, 30), (self._cross, 29)):
            line.setZValue(depth)
            self.plot.addItem(line, ignoreBounds=True)
            line.hide()
        self._cursor.sigDragged.connect(self._dragged)
        self._view.sigRangeChangedManually.connect(self._ranged)
        scene = self.plot.scene()
        scene.sigMouseMoved.connect(self._mouse_moved)
        scene.sigMouseClicked.connect(self._clicked)
        self.plot.viewport().installEventFilter(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        follow_theme(self.plot)
        theme.changed.connect(self._recolour)
        self._recolour()

    def _axes(self, label: str) -> None:
        item = self.plot.getPlotItem()
        item.showAxis("top")
        for side in ("bottom", "left", "top"):
            item.getAxis(side).enableAutoSIPrefix(False)
        item.getAxis("bottom").setLabel("step")
        item.getAxis("bottom").tickStrings = lambda values, scale, spacing: [step_text(value) for value in values]
        item.getAxis("left").setLabel(label)
        item.getAxis("left").setWidth(58)
        if self._percent:
            item.getAxis("left").tickStrings = lambda values, scale, spacing: [f"{v * 100:.4g} %" for v in values]

    def _recolour(self) -> None:
        pg = pyqtgraph()
        for one in self._drawn:
            one.recolour()
        self._cursor.setPen(pg.mkPen(theme.color("text", 0.7), width=1))
        self._cursor.setHoverPen(pg.mkPen(theme.color("accent"), width=3))
        self._cross.setPen(pg.mkPen(theme.color("secondary", 0.7), width=1, style=Qt.PenStyle.DotLine))
        for side in ("bottom", "left", "top"):
            axis = self.plot.getPlotItem().getAxis(side)
            axis.setStyle(maxTickLevel=0)
        self.plot.getPlotItem().getAxis("top").setGrid(False)

    # What is shown

    def set_series(self, main: Series, others: Sequence[Series] = ()) -> None:
        """Show a run, and others behind it; `redraw` draws them."""
        while len(self._drawn) > 1 + len(others):
            for item in self._drawn.pop().items:
                self.plot.removeItem(item)
        while len(self._drawn) < 1 + len(others):
            self._drawn.append(Drawn(self.plot, len(self._drawn)))
        for drawn, one in zip(self._drawn, (main, *others), strict=True):
            if drawn.smoother.amount != self._amount or drawn.series.name != one.name:
                drawn.smoother = Smoother(self._amount)
            drawn.series = one

    def set_smoothing(self, amount: float) -> None:
        """Smooth all series by `amount`, 0 to less than 1."""
        self._amount = amount
        for drawn in self._drawn:
            drawn.smoother = Smoother(amount)

    def set_log(self, on: bool) -> None:
        """Show the figure on a logarithmic scale, or an even one."""
        self._log = on
        self._heights = (0.0, 0.0)
        self.plot.getPlotItem().getAxis("left").setLogMode(on)

    def set_span(self, span: tuple[float, float] | None) -> None:
        """Show the steps from one to another; None shows all there are."""
        self._span = span

    def set_cursor(self, step: float | None) -> None:
        """Mark a step; the mark that the person drags is left alone."""
        self._cursor.setVisible(step is not None)
        if step is not None and not self._cursor.moving:
            self._cursor.setPos(step)

    def smoothed(self, index: int = 0) -> tuple[Series, Floats]:
        """Return a series and its smoothed figures."""
        drawn = self._drawn[index]
        return drawn.series, drawn.smoother.update(drawn.series.values)

    def colours(self, index: int) -> tuple[QColor, QColor]:
        """Return the colours of a series: training and validation."""
        return self._drawn[index].colours()

    def set_planned(self, steps: int) -> None:
        """Say how many steps there will be; until then there is room at the right to grow into."""
        self._planned = steps

    def whole(self) -> tuple[float, float]:
        """Return the first and last step of all series, or a little more while more are to come."""
        last = max((float(one.series.steps[-1]) for one in self._drawn if len(one.series.steps)), default=1.0)
        return 0.0, max(roomy(last, self._planned), 2.0)

    def redraw(self) -> None:
        """Draw everything for the size and the range there are now."""
        first, last = self.whole()
        low, high = self._span or (first, last)
        reach = last - first
        self._view.setLimits(xMin=first - 0.1 * reach, xMax=last + 0.1 * reach, minXRange=2)
        self._view.setXRange(low, high, padding=0 if self._span else 0.01)
        pixels = max(16, int(self._view.width()))
        seen = [part for one in self._drawn for part in one.draw((low, high), pixels, log=self._log)]
        self._fit(seen)
        ends = [(int(step), i) for i, step in enumerate(self._drawn[0].series.ends)]
        ticks = epoch_ticks(ends, low, high, most=max(2, pixels // 56))
        if ticks:
            ticks[0] = (ticks[0][0], f"epoch {ticks[0][1]}")
        if ticks != self._ticks:
            self._ticks = ticks
            self.plot.getPlotItem().getAxis("top").setTicks([ticks, []])

    def _fit(self, seen: list[Floats]) -> None:
        found = limits(seen, log=self._log)
        if found is None:
            return
        low, high = found
        if self._percent:
            low, high = max(low, -0.02), min(high, 1.02)
        elif self._log:
            low, high = math.log10(low), math.log10(high)
        if not held(self._heights, (low, high)):
            # Every other range has the axes drawn anew, which takes longer than the curves.
            self._heights = (low, high)
        self._view.setYRange(*self._heights, padding=0)

    # What the person does

    def _ranged(self) -> None:
        low, high = self._view.viewRange()[0]
        self._span = (low, high)
        self.spanned.emit(low, high)

    def _dragged(self) -> None:
        self.moved.emit(float(self._cursor.value()))

    def _clicked(self, event: Any) -> None:
        if event.double():
            self.reset.emit()

    def _mouse_moved(self, point: Any) -> None:
        if not self._view.sceneBoundingRect().contains(point):
            self._left()
            return
        step = float(self._view.mapSceneToView(point).x())
        self._cross.setPos(step)
        self._cross.show()
        self.hovered.emit(step)

    def _left(self) -> None:
        if self._cross.isVisible():
            self._cross.hide()
            self.hovered.emit(math.nan)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Forget the pointer when it leaves."""
        if event.type() == QEvent.Type.Leave:
            self._left()
        return super().eventFilter(watched, event)
