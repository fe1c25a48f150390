"""The items of one series in a chart."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from guiapp.core.runs import RunReader
from guiapp.look.plots import pyqtgraph
from guiapp.look.theme import theme
from guiapp.visuals.curves.series import Floats, Smoother, thinned

EMPTY: Floats = np.empty(0)
SHORT = 1500
"""Curves of fewer points are drawn with smooth edges; on longer ones that costs too much."""


@dataclass(frozen=True)
class Series:
    """A run's figures.

    Attributes
    ----------
    name : str
        What the legend calls it.
    steps, values : float arrays, shape (n,)
        Of the training batches.
    ends, validation : float arrays, shape (epochs,)
        The last step of each epoch, and the figure on the validation images then.
    """

    name: str
    steps: Floats = field(default_factory=lambda: EMPTY)
    values: Floats = field(default_factory=lambda: EMPTY)
    ends: Floats = field(default_factory=lambda: EMPTY)
    validation: Floats = field(default_factory=lambda: EMPTY)


def load(runs: tuple[RunReader, ...], figure: str) -> tuple[Series, ...]:
    """Read the curves of other runs."""
    return tuple(_read(run, figure) for run in runs)


def _read(run: RunReader, figure: str) -> Series:
    metrics, epochs = run.metrics(), run.epochs()
    return Series(
        run.folder.name,
        metrics.step.astype(np.float64),
        getattr(metrics, figure),
        np.array([row.step for row in epochs], np.float64),
        np.array([getattr(row, f"val_{figure}") for row in epochs], np.float64),
    )


class Drawn:
    """The items of one series in the plot."""

    def __init__(self, plot: Any, index: int) -> None:
        pg = pyqtgraph()
        self.index = index
        self.series = Series("")
        self.smoother = Smoother(0.0)
        self.raw, self.line = pg.PlotCurveItem(), pg.PlotCurveItem()
        self.band = pg.BarGraphItem(x0=[], width=1, y0=[], y1=[], pen=pg.mkPen(None))
        self.marks = pg.PlotDataItem(symbol="o", symbolSize=6, antialias=True)
        self.items = (self.band, self.raw, self.line, self.marks)
        for depth, item in enumerate(self.items):
            item.setZValue(depth + (10 if index == 0 else 0))
            plot.addItem(item)
        self.recolour()

    def colours(self) -> tuple[QColor, QColor]:
        """Return the colours of training and validation."""
        if self.index == 0:
            return theme.series(0), theme.series(1)
        return theme.series(self.index + 1), theme.series(self.index + 1)

    def recolour(self) -> None:
        """Take the theme's colours."""
        pg = pyqtgraph()
        train, validation = self.colours()
        # Mixed here, not drawn half transparent: that takes twice the time.
        faint = _mixed(train, theme.color("surface"), 0.3)
        dashed = Qt.PenStyle.SolidLine if self.index == 0 else Qt.PenStyle.DashLine
        self.raw.setPen(pg.mkPen(faint, width=1))
        self.band.setOpts(brush=faint)
        # Lines of one pixel are drawn many times faster than thicker ones, so that long curves get those.
        self.pens = (pg.mkPen(train, width=1), pg.mkPen(train, width=2 if self.index == 0 else 1))
        self.line.setPen(self.pens[1])
        self.mark_pens = tuple(pg.mkPen(validation, width=width, style=dashed) for width in (1, 1.5))
        self.marks.setPen(self.mark_pens[1])
        self.marks.setSymbolBrush(validation)
        self.marks.setSymbolPen(pg.mkPen(theme.color("surface"), width=1))

    def draw(self, span: tuple[float, float], pixels: int, *, log: bool) -> list[Floats]:
        """Draw what can be seen of the series; returns the figures in `span`."""
        one = self.series
        smooth = self.smoother.update(one.values)
        raw_shown = self.index == 0 and self.smoother.amount > 0
        seen: list[Floats] = []
        for item, values in ((self.raw, one.values if raw_shown else EMPTY), (self.line, smooth)):
            x, y = thinned(one.steps[: len(values)], values, *span, pixels)
            seen.append(y[(x >= span[0]) & (x <= span[1])])
            if item is self.raw:
                x, y = self._draw_band(x, y, log=log)
            _set(item, x, y, log=log)
        inside = (one.ends >= span[0]) & (one.ends <= span[1])
        seen.append(one.validation[inside])
        short = len(self.line.xData) < SHORT
        self.line.setPen(self.pens[short])
        self.marks.setPen(self.mark_pens[short])
        self.marks.setData(one.ends, _scaled(one.validation, log=log), antialias=short)
        return seen

    def _draw_band(self, x: Floats, y: Floats, *, log: bool) -> tuple[Floats, Floats]:
        """Draw a long curve, thinned to its lowest and highest, as upright bars; returns what is left for a line.

        Filled rectangles take an eighth of the time of as many lines.
        """
        long = len(x) >= SHORT and len(x) % 2 == 0
        self.band.setVisible(long)
        if not long:
            return x, y
        y = np.nan_to_num(_scaled(y, log=log))
        self.band.setOpts(x0=x[0::2], width=(x[2] - x[0]), y0=y[0::2], y1=y[1::2])
        return EMPTY, EMPTY


def _mixed(colour: QColor, ground: QColor, share: float) -> QColor:
    red, green, blue = (
        round(255 * (a * share + b * (1 - share)))
        for a, b in (
            (colour.redF(), ground.redF()),
            (colour.greenF(), ground.greenF()),
            (colour.blueF(), ground.blueF()),
        )
    )
    return QColor(red, green, blue)


def _scaled(values: Floats, *, log: bool) -> Floats:
    if not log:
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled: Floats = np.where(values > 0, np.log10(values), np.nan)
    return scaled


def _set(item: Any, x: Floats, y: Floats, *, log: bool) -> None:
    y = _scaled(y, log=log)
    whole = bool(np.isfinite(y).all())
    smooth_edges = len(x) < SHORT
    item.setData(x, y, connect="all" if whole else "finite", skipFiniteCheck=whole, antialias=smooth_edges)
