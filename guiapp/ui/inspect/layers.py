"""The layers of the network as a column of small thumbnails."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QWidget

from guiapp.core.analysis import Analysis, LayerInfo
from guiapp.core.colormaps import colormap
from guiapp.core.flattening import name_inside
from guiapp.core.shapes import shape_text
from guiapp.look.pixels import Bytes
from guiapp.ui.inspect.source import first_lively
from guiapp.ui.predict.thumbs import Entry, Thumbs
from guiapp.visuals.context import ViewContext
from guiapp.visuals.maps.compute import recolour, recorded_layers
from guiapp.visuals.reading import Maps


class Layers(Thumbs):
    """A row a layer, under the name of its block: a lively map of the image that is looked at, name, and shape."""

    def __init__(self, view: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__("Layers", vertical=True, side=44, parent=parent)
        self._view = view
        self._maps: dict[str, Maps] = {}
        self.picked.connect(view.set_layer)
        view.layer_changed.connect(self._follow)
        view.look_changed.connect(self._paint)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """List the layers of another network."""
        names = recorded_layers(analysis) if analysis is not None else ()
        rows = {row.layer.name: row for row in analysis.rows} if analysis is not None else {}
        entries, above = [], ""
        for name in names:
            block = self._view.blocks.get(name, "")
            heading = block if block != above else ""
            shape, own = shape_text(rows[name].shape or ()), name_inside(name, block)
            tip = _tip(rows[name], shape, block)
            entries.append(Entry(name, own, shape, tip=tip, heading=heading, inside=bool(block)))
            above = block
        self._maps = {}
        self.set_entries(entries, self._view.layer)

    def step(self, by: int) -> None:
        """Choose the next layer, or the one before."""
        if self.count():
            self.setCurrentRow(min(max(self.currentRow() + by, 0), self.count() - 1))

    def set_maps(self, maps: dict[str, Maps]) -> None:
        """Show thumbnails of these maps."""
        self._maps = maps
        self._paint()

    def _follow(self) -> None:
        self.set_current(self._view.layer)

    def _paint(self) -> None:
        signed = self._view.colormap == "diverging"
        table = colormap(self._view.colormap)
        for layer, maps in self._maps.items():
            if maps.vector:
                self.set_thumb(layer, _block(maps, signed=signed), table)
            else:
                one, ranges = first_lively(maps)
                self.set_thumb(layer, recolour(one[None], ranges, "each", signed=signed)[0], table)


def _tip(row: LayerInfo, shape: str, block: str) -> str:
    lines = [f"{row.layer.name} · {row.layer.kind} · {shape}"]
    if block:
        lines.append(f"In the block {block}")
    if row.layer.kind == "Pretrained":
        lines.append("What it gives out is shown; its inner layers are not.")
    return "\n".join(lines)


def _block(maps: Maps, *, signed: bool) -> Bytes:
    """Return the units of a vector as a block of pixels, row by row."""
    flat = recolour(maps.maps, maps.ranges, "fixed", signed=signed).reshape(-1)
    columns = max(1, min(len(flat), int(np.ceil(np.sqrt(len(flat))))))
    rows = -(-len(flat) // columns)
    block = np.zeros(rows * columns, np.uint8)
    block[: len(flat)] = flat
    return block.reshape(rows, columns)
