"""The panel of feature maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from guiapp.core.colormaps import colormap
from guiapp.core.runs import RunReader
from guiapp.look.imageview import ImageView
from guiapp.look.jobs import Jobs
from guiapp.visuals import reading
from guiapp.visuals.context import Scale, ViewContext
from guiapp.visuals.maps.compute import recolour, recorded_layers
from guiapp.visuals.panel import PREPARING, LoadingPanel
from guiapp.visuals.panel_choosers import Bytes, LookButton, PinChooser, Stage
from guiapp.visuals.panel_layers import LayerChooser
from guiapp.visuals.reading import Maps


@dataclass(frozen=True)
class Shown:
    """What is read for the panel."""

    layer: str
    step: int
    pin: int
    found: Maps | None
    tiles: Bytes | None
    table: str
    scale: Scale
    seen: tuple[Bytes, ...] | None


def load(run: RunReader, step: int, layer: str, pin: int, look: tuple[str, Scale], *, seen: bool) -> Shown:
    """Read and colour the maps of one layer; with `seen`, also the pinned images."""
    name, scale = look
    found = reading.read_maps(run, step, layer, pin)
    if found is not None and found.vector:
        scale = "fixed"
    tiles = None if found is None else recolour(found.maps, found.ranges, scale, signed=name == "diverging")
    images = reading.read_seen(run, step) if seen else None
    return Shown(layer, step, pin, found, tiles, name, scale, images)


class MapsPanel(LoadingPanel):
    """The maps that a layer makes of a pinned image, at the context's step."""

    name: ClassVar[str] = "maps"
    title: ClassVar[str] = "Feature maps"
    icon: ClassVar[str] = "image"
    places: ClassVar[tuple[str, ...]] = ("train", "inspect")
    order: ClassVar[int] = 40

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self._shown: Shown | None = None
        self._seen_of: Path | None = None
        self.view = ImageView()
        self.view.hovered.connect(self._hovered)
        self.stage = Stage("map", self.icon, self.view)
        self.stage.opened.connect(self._opened)
        self.layers, self.pins, self.look = LayerChooser(context), PinChooser(context), LookButton(context)
        self.layers.chosen.connect(self._layer_chosen)
        self.stage.row.addWidget(self.layers)
        self.stage.row.addWidget(self.pins)
        self.stage.row.addStretch(1)
        self.stage.row.addWidget(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stage)
        context.run_changed.connect(self._run_changed)
        for signal in (context.step_changed, context.layer_changed, context.pin_changed, context.look_changed):
            signal.connect(self.refresh)
        context.preparing_changed.connect(self.refresh)

    def _run_changed(self) -> None:
        self._seen_of = None
        self.restart()

    def _layer_chosen(self, index: int) -> None:
        self.context.set_layer(self.layers.itemText(index))

    def _names(self) -> tuple[str, ...]:
        return recorded_layers(self.context.analysis) if self.context.analysis is not None else ()

    def query(self) -> Callable[[], Shown] | None:
        """Return the reading of the layer at the step, if there are any."""
        context, names = self.context, self._names()
        layer = context.layer if context.layer in names else next(iter(names), None)
        self.layers.set_entries(names, names.index(layer) if layer is not None else -1)
        run, step = context.run, context.step
        if run is None or step is None or layer is None:
            return None
        look, seen = (context.colormap, context.scale), self._seen_of != run.folder
        pin = context.pin
        return lambda: load(run, step, layer, pin, look, seen=seen)

    def display(self, found: Shown | None) -> None:
        """Show the maps, or say why there are none."""
        if found is not None and found.seen is not None and self.context.run is not None:
            self._seen_of = self.context.run.folder if found.seen else None
            self.pins.show_images(found.seen)
        self._shown = found
        if found is None or found.found is None or found.tiles is None:
            self._say_why(found)
            return
        self.stage.grid.set_tiles(found.tiles, colormap(found.table), value_text=self._value)
        self.pins.setCurrentIndex(found.pin)
        self.stage.show_tiles()
        self._show_one()
        self.stage.caption.setText(self._caption(found, found.found))

    def _say_why(self, found: Shown | None) -> None:
        if self.context.run is None:
            self.pins.show_images(())  # those of another project must not stay
        self.pins.setEnabled(self.pins.count() > 0)
        if self.context.run is None and self.context.preparing:
            self.stage.say(*PREPARING)
        elif self.context.run is None:
            self.stage.say("Feature maps", "Press Train, and see here what each layer makes of a pinned image.")
        elif not self._names():
            self.stage.say("No feature maps", "This network has no layer whose output can be shown as pictures.")
        elif self.context.step is None:
            self.stage.say("Not yet", "The first maps are shown with the run's first snapshot.")
        elif found is not None and self._seen_of is None:
            self.stage.say("No pinned image", "Pin an image and train again: its maps are recorded with each snapshot.")
        else:
            self.stage.say("Not recorded", "This layer's maps were not recorded at this step. Choose another one.")

    def _value(self, index: int, y: int, x: int) -> str:
        if self._shown is None or self._shown.found is None:
            return ""
        found = self._shown.found
        low, high = (float(end) for end in found.ranges[index])
        return f"{low + int(found.maps[index, y, x]) / 255 * (high - low):.4g}"

    def _caption(self, shown: Shown, found: Maps) -> str:
        count, high, wide = found.maps.shape
        what = f"{count:,} units" if found.vector else f"{count:,} maps of {wide}×{high}"
        if self.stage.one >= 0 and not found.vector:
            what = f"map {self.stage.one}"
        if shown.scale == "each":
            scale = "each map has its own scale"
            if self.stage.one >= 0:
                low, top = found.ranges[self.stage.one]
                scale = f"scale {low:.3g} to {top:.3g}"
        else:
            scale = f"one scale, {found.ranges[:, 0].min():.3g} to {found.ranges[:, 1].max():.3g}"
        return f"{shown.layer} · step {shown.step:,} · {what} · {scale}"

    def _opened(self, index: int) -> None:
        self._show_one()
        if self._shown is not None and self._shown.found is not None:
            self.stage.caption.setText(self._caption(self._shown, self._shown.found))

    def _show_one(self) -> None:
        if self.stage.one >= 0 and self._shown is not None and self._shown.tiles is not None:
            tile, table = self._shown.tiles[self.stage.one], colormap(self._shown.table)
            self.view.set_image(tile, table, description=f"map {self.stage.one} of {self._shown.layer}")

    def _hovered(self, y: int, x: int) -> None:
        known = y >= 0 and self.stage.one >= 0
        self.stage.readout.setText(f"y {y}, x {x} · {self._value(self.stage.one, y, x)}" if known else "")
