"""The panel of statistics: how a layer's weights are spread, over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from guiapp.core.colormaps import colormap
from guiapp.core.runs import RunReader
from guiapp.look.chooser import Chooser
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.heading import caption, figures
from guiapp.look.jobs import Jobs
from guiapp.look.plots import follow_theme, pyqtgraph
from guiapp.look.theme import theme
from guiapp.visuals import reading
from guiapp.visuals.context import ViewContext
from guiapp.visuals.curves.series import step_text
from guiapp.visuals.panel import LoadingPanel
from guiapp.visuals.panel_layers import LayerChooser
from guiapp.visuals.statistics.compute import FIGURES, Spread, history_image, layers_with_weights

MOST_SNAPSHOTS = 300
COLUMNS = 400


@dataclass(frozen=True)
class Shown:
    """What is read for the panel: the spread at each snapshot, and a picture of them all."""

    key: tuple[str, str, str]
    spreads: Mapping[int, Spread]
    image: NDArray[np.uint8]
    low: float
    high: float


def load(run: RunReader, layer: str, weight: str, known: Mapping[int, Spread]) -> Shown:
    """Read what is not `known` yet of how a weight was spread, and draw all of it."""
    steps = reading.evenly(run.snapshots().tolist(), MOST_SNAPSHOTS)
    found: dict[int, Spread] = {}
    for step in steps:
        one = known.get(step) or reading.read_spread(run, step, layer, weight)
        if one is not None:
            found[step] = one
    image, low, high = history_image(list(found.values()), rows=64)
    return Shown((str(run.folder), layer, weight), found, _even_columns(image, list(found)), low, high)


def _even_columns(image: NDArray[np.uint8], steps: list[int]) -> NDArray[np.uint8]:
    """Return the picture with columns at even distances in steps, each that of the last snapshot before it."""
    if len(steps) < 2:
        return image
    at = np.searchsorted(steps, np.linspace(steps[0], steps[-1], COLUMNS), "right") - 1
    return np.ascontiguousarray(image[:, at])


class StatisticsPanel(LoadingPanel):
    """A picture of step × value, brighter where more weights are, and the key figures at the context's step."""

    name: ClassVar[str] = "statistics"
    title: ClassVar[str] = "Weights over time"
    icon: ClassVar[str] = "norm"
    places: ClassVar[tuple[str, ...]] = ("train", "inspect")
    order: ClassVar[int] = 50

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self._shown: Shown | None = None
        self.layers, self.weights = LayerChooser(context), Chooser("Weights")
        self.layers.chosen.connect(self._layer_chosen)
        self.weights.chosen.connect(self.refresh)
        self.empty = EmptyState(self.icon, "")
        self.caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self.figures = [figures(QLabel("–")) for _ in FIGURES]
        self._stack = QStackedWidget()
        self._plot: Any = None
        self._build()
        context.run_changed.connect(self._run_changed)
        for signal in (context.snapshots_changed, context.layer_changed):
            signal.connect(self.refresh)
        context.look_changed.connect(self._recolour)
        context.step_changed.connect(self._show_step)
        theme.changed.connect(self._recolour)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        for chooser in (self.layers, self.weights):
            row.addWidget(chooser)
        row.addStretch(1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(0)
        for column, (name, label) in enumerate(zip(FIGURES, self.figures, strict=True)):
            for line, widget in enumerate((caption(name), label)):
                widget.setAlignment(Qt.AlignmentFlag.AlignRight)
                grid.addWidget(widget, line, column)
            grid.setColumnStretch(column, 1)
        self._page = QWidget()
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        self._plot_place = QVBoxLayout()
        page.addLayout(self._plot_place, 1)
        page.addLayout(grid)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._page)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(8, 8, 8, 8)
        column_layout.setSpacing(8)
        column_layout.addLayout(row)
        column_layout.addWidget(self._stack, 1)
        column_layout.addWidget(self.caption)

    def _make_plot(self) -> None:
        """Make the plot when there is first something to show: pyqtgraph takes a while to import."""
        pg = pyqtgraph()
        self._plot = pg.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(False, False)
        bottom, left = self._plot.getAxis("bottom"), self._plot.getAxis("left")
        bottom.setLabel("step")
        left.setLabel("value")
        for axis in (bottom, left):
            axis.enableAutoSIPrefix(False)
        bottom.tickStrings = lambda values, scale, spacing: [step_text(value) for value in values]
        self._image = pg.ImageItem()
        self._lines = [pg.PlotCurveItem() for _ in range(3)]
        self._cursor = pg.InfiniteLine(angle=90)
        for item in (self._image, *self._lines, self._cursor):
            self._plot.addItem(item)
        follow_theme(self._plot)
        self._plot.getPlotItem().showGrid(x=False, y=False)
        self._plot_place.addWidget(self._plot)
        self._recolour()

    def _recolour(self) -> None:
        if self._plot is None:
            return
        pg = pyqtgraph()
        name = self.context.colormap if self.context.colormap != "diverging" else "viridis"
        self._image.setLookupTable(colormap(name))
        white = "#FFFFFF"
        self._lines[0].setPen(pg.mkPen(white, width=1))
        for line in self._lines[1:]:
            line.setPen(pg.mkPen(white, width=1, style=Qt.PenStyle.DotLine))
        self._cursor.setPen(pg.mkPen(theme.color("second"), width=1))

    def _run_changed(self) -> None:
        self._shown = None
        self.restart()

    def _layer_chosen(self, index: int) -> None:
        self.context.set_layer(self.layers.itemText(index))
        self.refresh()

    def _weights_of(self) -> dict[str, tuple[str, ...]]:
        return layers_with_weights(self.context.analysis) if self.context.analysis is not None else {}

    def query(self) -> Callable[[], Shown] | None:
        """Return the reading of the layer's statistics, if there are any."""
        known = self._weights_of()
        names = list(known)
        layer = self.context.layer if self.context.layer in known else next(iter(names), None)
        self.layers.set_entries(names, names.index(layer) if layer is not None else -1)
        words = known.get(layer or "", ())
        chosen = self.weights.currentText() if self.weights.currentText() in words else next(iter(words), "")
        self.weights.set_entries(words, words.index(chosen) if chosen else -1)
        run = self.context.run
        if run is None or layer is None or not self.context.snapshots.size:
            return None
        last = self._shown
        same = last is not None and last.key == (str(run.folder), layer, chosen)
        spreads = dict(last.spreads) if last is not None and same else {}
        return lambda: load(run, layer, chosen, spreads)

    def display(self, found: Shown | None) -> None:
        """Show the picture and the figures, or say why there are none."""
        self._shown = found
        if found is None or not found.spreads:
            self._say_why()
            return
        if self._plot is None:
            self._make_plot()
        steps = np.array(list(found.spreads), np.float64)
        last = max(steps[-1], steps[0] + 1)
        self._image.setImage(found.image, autoLevels=False, levels=(0, 255))
        self._image.setRect(QRectF(steps[0], found.low, last - steps[0], found.high - found.low))
        table = np.stack([one.figures for one in found.spreads.values()]).astype(np.float64)
        for line, sign in zip(self._lines, (0, -1, 1), strict=True):
            line.setData(steps, table[:, 0] + sign * table[:, 1])
        self._plot.setRange(xRange=(steps[0], last), yRange=(found.low, found.high), padding=0.03)
        self._stack.setCurrentWidget(self._page)
        self._show_step()

    def _say_why(self) -> None:
        self.caption.setText("")
        if self.context.run is None:
            self.empty.set_text(
                "Weights over time", "Press Train, and see here how the weights of each layer spread out."
            )
        elif not self._weights_of():
            self.empty.set_text("No weights", "This network has no layer that holds weights.")
        else:
            self.empty.set_text("Not yet", "The first figures are shown with the run's first snapshot.")
        self._stack.setCurrentWidget(self.empty)

    def _show_step(self) -> None:
        shown, step = self._shown, self.context.step
        if shown is None or not shown.spreads or step is None or self._plot is None:
            return
        nearest = min(shown.spreads, key=lambda one: abs(one - step))
        values = shown.spreads[nearest].figures.tolist()
        for label, value in zip(self.figures[:4], values[:4], strict=True):
            label.setText(f"{value:.3g}")
        self.figures[4].setText(f"{values[4] * 100:.3g} %")
        self._cursor.setPos(nearest)
        _, layer, weight = shown.key
        self.caption.setText(f"{layer} · {weight} · step {nearest:,} · lines: mean ± σ")
