"""The chosen map alone: large, with its figures and the filter that made it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from guiapp.core.colormaps import colormap
from guiapp.core.shapes import shape_text
from guiapp.look import heading as words
from guiapp.look.elide import ElidedLabel
from guiapp.look.imageview import ImageView
from guiapp.look.tiles import TileGrid
from guiapp.ui.inspect.source import Shown
from guiapp.visuals.context import ViewContext
from guiapp.visuals.filters.compute import channel_tiles
from guiapp.visuals.maps.compute import Floats, dequantise, recolour

FIGURES = ("Smallest", "Largest", "Mean", "σ", "Zeros")


def figures(values: Floats, quantum: float) -> tuple[float, float, float, float, float]:
    """Return smallest, largest, mean, standard deviation and the share of zeros of a map.

    Parameters
    ----------
    values : float32 array, shape (h, w)
        The map, off by at most half a `quantum`.
    quantum : float
        The step between two levels; what is nearer to zero than half of it counts as zero.
    """
    if not np.isfinite(values).any():
        return (float("nan"),) * 5
    flat = values[np.isfinite(values)].astype(np.float64)
    zeros = np.count_nonzero(np.abs(flat) < max(quantum / 2, 1e-12)) / flat.size
    return float(flat.min()), float(flat.max()), float(flat.mean()), float(flat.std()), zeros


class Detail(QWidget):
    """The column at the right of the Inspect page."""

    def __init__(self, view: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._shown: Shown | None = None
        self._index = 0
        self._values: Floats | None = None
        self.title = words.heading()
        self.image = ImageView("Choose a map to see it large.")
        self.readout = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self.figures = {name: words.KeyValue(name) for name in FIGURES}
        self.figures["Zeros"].setToolTip("The share of places where the map is zero: a filter that found nothing there")
        self.value = words.big()
        self._filler = QWidget()
        self.filter_title = words.heading()
        self.filter = TileGrid("", "input channel")
        self._lay_out()
        self.image.hovered.connect(self._hovered)
        view.look_changed.connect(self._paint)

    def _lay_out(self) -> None:
        upper, self._lower = QWidget(), QWidget()
        top = QVBoxLayout(upper)
        top.setContentsMargins(0, 0, 0, 4)
        top.setSpacing(4)
        self.title.setFixedHeight(28)
        top.addWidget(self.title)
        top.addWidget(self.value)
        top.addWidget(self._filler, 1)
        top.addWidget(self.image, 1)
        top.addWidget(self.readout)
        for row in self.figures.values():
            top.addWidget(row)
        below = QVBoxLayout(self._lower)
        below.setContentsMargins(0, 8, 0, 0)
        below.setSpacing(8)
        below.addWidget(self.filter_title)
        below.addWidget(self.filter, 1)
        self.split = QSplitter(Qt.Orientation.Vertical)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(upper)
        self.split.addWidget(self._lower)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 0, 0)
        column.addWidget(self.split)
        self._clear()

    def set_shown(self, shown: Shown | None, index: int) -> None:
        """Show one map of a layer."""
        self._shown, self._index = shown, index
        self._paint()

    def _paint(self) -> None:
        shown, index = self._shown, self._index
        if shown is None or not 0 <= index < len(shown.maps.maps):
            self._clear()
            return
        one, ranges = shown.maps.maps[index : index + 1], shown.maps.ranges[index : index + 1]
        self._values = dequantise(one, ranges)[0]
        vector = shown.maps.vector
        scale = "fixed" if vector else self._view.scale
        signed = self._view.colormap == "diverging"
        picture = recolour(one, ranges, scale, signed=signed, over=shown.maps.ranges)[0]
        noun = "unit" if vector else "map"
        self.title.setText(f"{shown.layer} · {noun} {index}")
        self.image.set_image(picture, colormap(self._view.colormap), description=f"{noun} {index} of {shown.layer}")
        self.value.setText(f"{float(self._values.flat[0]):.4g}")
        self._figures(float(ranges[0, 1] - ranges[0, 0]) / 255)
        self._alone(vector)
        self._filter(shown, index)
        self._hovered(-1, -1)

    def _alone(self, value: bool) -> None:
        """Show one value alone, as of a unit, or a map with its figures."""
        self.value.setVisible(value)
        self._filler.setVisible(value)
        for widget in (self.image, self.readout, *self.figures.values()):
            widget.setVisible(not value)

    def _clear(self) -> None:
        self._values = None
        self._alone(False)
        self.title.setText("")
        self.image.set_image(None)
        self.readout.setText("")
        for row in self.figures.values():
            row.set_value("")
        self._lower.hide()

    def _figures(self, quantum: float) -> None:
        assert self._values is not None
        *numbers, zeros = figures(self._values, quantum)
        for name, number in zip(FIGURES, numbers, strict=False):
            self.figures[name].set_value(f"{number:.4g}")
        self.figures["Zeros"].set_value(f"{zeros * 100:.1f} %")

    def _filter(self, shown: Shown, index: int) -> None:
        kernel = shown.kernel
        self._lower.setVisible(kernel is not None)
        if kernel is None or index >= kernel.shape[3]:
            return
        h, w, channels, _ = kernel.shape
        self.filter_title.setText(f"The filter that made it · {shape_text((h, w, channels))}")
        tiles, captions = channel_tiles(kernel, index)
        one = np.moveaxis(kernel[..., index], -1, 0)
        colour = channels == 3

        def value(i: int, y: int, x: int) -> str:
            if not colour:
                return f"{float(one[i, y, x]):.4g}"
            return ", ".join(f"{float(v):.3g}" for v in one[:, y, x]) if i == 0 else f"{float(one[i - 1, y, x]):.4g}"

        self.filter.set_tiles(tiles, colormap("diverging"), captions=captions if colour else (), value_text=value)

    def _hovered(self, y: int, x: int) -> None:
        if self._values is None or y < 0:
            self.readout.setText("Point at a place to read its value.")
        else:
            self.readout.setText(f"y {y}, x {x} · {float(self._values[y, x]):.4g}")
