"""The panel of filters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.core.colormaps import colormap
from guiapp.core.layers import Layer
from guiapp.core.runs import RunReader
from guiapp.core.shapes import shape_text
from guiapp.look.chooser import Chooser
from guiapp.look.jobs import Jobs
from guiapp.look.tiles import TileGrid
from guiapp.visuals import reading
from guiapp.visuals.context import Scale, ViewContext
from guiapp.visuals.filters.compute import (
    COLOUR,
    MEAN,
    Floats,
    Mode,
    channel_tiles,
    filter_tiles,
    layers_with_filters,
    mode_words,
    modes,
)
from guiapp.visuals.panel import PREPARING, LoadingPanel
from guiapp.visuals.panel_choosers import Bytes, LookButton, Stage
from guiapp.visuals.panel_layers import LayerChooser

WHAT = ("weights", "change")


@dataclass(frozen=True)
class Shown:
    """What is read for the panel."""

    layer: str
    step: int
    change: bool
    scale: Scale
    mode: Mode
    kernel: Floats | None
    tiles: Bytes | None


def load(run: RunReader, step: int, layer: Layer, mode: Mode | None, scale: Scale, *, change: bool) -> Shown:
    """Read and colour the filters of one layer; a mode that its kernel does not have becomes the best one."""
    kernel = reading.read_kernel(run, step, layer)
    if kernel is not None and change:
        start = reading.read_kernel(run, int(run.snapshots()[0]), layer)
        kernel = None if start is None else kernel - start
    if kernel is None:
        return Shown(layer.name, step, change, scale, MEAN, None, None)
    known = modes(kernel)
    best = mode if mode is not None and mode in known else known[0]
    return Shown(layer.name, step, change, scale, best, kernel, filter_tiles(kernel, best, scale))


class FiltersPanel(LoadingPanel):
    """The filters of a convolution at the context's step."""

    name: ClassVar[str] = "filters"
    title: ClassVar[str] = "Filters"
    icon: ClassVar[str] = "conv"
    places: ClassVar[tuple[str, ...]] = ("train", "inspect")
    order: ClassVar[int] = 30

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self._shown: Shown | None = None
        self._mode: Mode | None = None
        self.channels = TileGrid(noun="input channel")
        self.stage = Stage("filter", self.icon, self.channels)
        self.stage.opened.connect(self._opened)
        self.layers, self.what = LayerChooser(context), Chooser("What is shown", 7)
        self.mode, self.look = Chooser("Input channels", 6), LookButton(context, colormaps=False)
        self.what.set_entries(WHAT, 0)
        self.layers.chosen.connect(self._layer_chosen)
        self.what.chosen.connect(self.refresh)
        self.mode.chosen.connect(self._mode_chosen)
        for chooser in (self.layers, self.what, self.mode):
            self.stage.row.addWidget(chooser)
        self.stage.row.addStretch(1)
        self.stage.row.addWidget(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stage)
        context.run_changed.connect(self.restart)
        for signal in (context.step_changed, context.layer_changed, context.look_changed, context.preparing_changed):
            signal.connect(self.refresh)

    def _names(self) -> tuple[str, ...]:
        return layers_with_filters(self.context.analysis) if self.context.analysis is not None else ()

    def _layer(self, names: tuple[str, ...]) -> str | None:
        """Return the convolution nearest above the context's layer, or the first one."""
        assert self.context.analysis is not None or not names
        best = next(iter(names), None)
        for row in self.context.analysis.rows if self.context.analysis is not None else ():
            best = row.layer.name if row.layer.name in names else best
            if row.layer.name == self.context.layer:
                return best
        return next(iter(names), None)

    def _layer_chosen(self, index: int) -> None:
        name = self.layers.itemText(index)
        self.context.set_layer(name)
        self.refresh()

    def _mode_chosen(self, index: int) -> None:
        if self._shown is not None and self._shown.kernel is not None:
            self._mode = modes(self._shown.kernel)[index]
            self.refresh()

    def query(self) -> Callable[[], Shown] | None:
        """Return the reading of the convolution at the step, if there are any."""
        names = self._names()
        layer = self._layer(names)
        self.layers.set_entries(names, names.index(layer) if layer is not None else -1)
        run, step = self.context.run, self.context.step
        if run is None or step is None or layer is None:
            return None
        assert self.context.analysis is not None
        chosen = next(row.layer for row in self.context.analysis.rows if row.layer.name == layer)
        mode, scale, change = self._mode, self.context.scale, self.what.currentIndex() == 1
        return lambda: load(run, step, chosen, mode, scale, change=change)

    def display(self, found: Shown | None) -> None:
        """Show the filters, or say why there are none."""
        self._shown = found
        if found is None or found.kernel is None or found.tiles is None:
            self._say_why()
            return
        known = modes(found.kernel)
        words = [mode_words(mode, found.kernel.shape[2]) for mode in known]
        self.mode.set_entries(words, known.index(found.mode))
        self.stage.grid.set_tiles(found.tiles, colormap("diverging"), value_text=self._value)
        self.stage.show_tiles()
        self._show_one()
        self.stage.caption.setText(self._caption(found, found.kernel))

    def _say_why(self) -> None:
        if self.context.run is None and self.context.preparing:
            self.stage.say(*PREPARING)
        elif self.context.run is None:
            self.stage.say("Filters", "Press Train, and see here how the filters of each convolution take shape.")
        elif not self._names():
            self.stage.say("No filters", self._why_none())
        elif self.context.step is None:
            self.stage.say("Not yet", "The first filters are shown with the run's first snapshot.")
        else:
            self.stage.say("Not recorded", "This layer's filters were not recorded at this step. Choose another one.")

    def _why_none(self) -> str:
        rows = self.context.analysis.rows if self.context.analysis is not None else ()
        inside = next((row.layer.name for row in rows if row.layer.enabled and row.layer.kind == "Pretrained"), "")
        if not inside:
            return "This network has no convolution."
        return f"The convolutions of this network are inside “{inside}”, whose inner layers are not shown."

    def _value(self, index: int, y: int, x: int) -> str:
        if self._shown is None or self._shown.kernel is None:
            return ""
        kernel, mode = self._shown.kernel, self._shown.mode
        if mode == COLOUR:
            return ", ".join(
                f"{n} {v:.3g}" for n, v in zip(("red", "green", "blue"), kernel[y, x, :, index], strict=True)
            )
        at = kernel[y, x, :, index]
        return f"{at.mean() if mode == MEAN else at[int(mode)]:.4g}"

    def _caption(self, shown: Shown, kernel: Floats) -> str:
        high, wide, deep, count = kernel.shape
        what = "change since start" if shown.change else "weights"
        if shown.mode == MEAN and self.stage.one < 0:
            what = f"mean {what}"
        one = f"filter {self.stage.one}, {deep:,} input channels" if self.stage.one >= 0 else ""
        shape = one or f"{count:,} filters of {shape_text((high, wide, deep))}"
        zero = "grey is zero" if shown.mode == COLOUR and not one else "white is zero"
        scale = "own scale" if shown.scale == "each" or one else "one scale"
        return f"{shown.layer} · step {shown.step:,} · {what} · {shape} · {scale}, {zero}"

    def _opened(self, index: int) -> None:
        self._show_one()
        if self._shown is not None and self._shown.kernel is not None:
            self.stage.caption.setText(self._caption(self._shown, self._shown.kernel))

    def _show_one(self) -> None:
        if self.stage.one < 0 or self._shown is None or self._shown.kernel is None:
            return
        tiles, captions = channel_tiles(self._shown.kernel, self.stage.one)
        self.channels.set_tiles(tiles, colormap("diverging"), captions=captions, value_text=self._channel_value)

    def _channel_value(self, tile: int, y: int, x: int) -> str:
        if self._shown is None or self._shown.kernel is None or self.stage.one < 0:
            return ""
        at = self._shown.kernel[y, x, :, self.stage.one]
        if self.channels.count() == len(at):
            return f"{at[tile]:.4g}"
        return f"{at[tile - 1]:.4g}" if tile else ", ".join(f"{value:.3g}" for value in at)
