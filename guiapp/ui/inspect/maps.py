"""The chosen layer's maps as a grid that fills the space, and the chosen one large beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from guiapp.core.colormaps import colormap
from guiapp.core.notify import UserError
from guiapp.look import heading as words
from guiapp.look.tiles import TileGrid
from guiapp.ui.inspect.detail import Detail
from guiapp.ui.inspect.source import Shown
from guiapp.ui.predict.answer import value_text
from guiapp.visuals.context import ViewContext
from guiapp.visuals.maps.compute import recolour


class MapsView(QWidget):
    """Grid and detail.

    Signals
    -------
    captioned(str)
        What is shown, in words.
    """

    captioned = Signal(str)

    def __init__(self, view: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._shown: Shown | None = None
        self.grid = TileGrid("Choose an image above and a layer at the left.")
        self.problem = words.problem()
        self.problem.hide()
        self.detail = Detail(view)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(8)
        column.addWidget(self.problem)
        column.addWidget(self.grid, 1)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(middle)
        self.split.addWidget(self.detail)
        self.split.setStretchFactor(0, 3)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([812, 244])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.split)
        self.grid.selected.connect(lambda index: self.detail.set_shown(self._shown, index))
        self.grid.zoomed.connect(lambda index: self.detail.image.setFocus())
        view.look_changed.connect(self._paint)

    @property
    def shown(self) -> Shown | None:
        """What is shown."""
        return self._shown

    def set_shown(self, shown: Shown) -> None:
        """Show other maps; the choice stays where the layer is the same."""
        before = self._shown
        same = before is not None and before.layer == shown.layer
        at = self.grid.current() if same else 0
        self._shown = shown
        self.problem.hide()
        self._paint()
        self.grid.set_current(max(0, min(at, self.grid.count() - 1)))
        self.detail.set_shown(shown, self.grid.current())

    def set_problem(self, error: UserError) -> None:
        """Say in place why there are no maps."""
        self._clear()
        self.problem.setText(error.sentence)
        self.problem.show()

    def set_empty(self, text: str) -> None:
        """Say what would be here."""
        self._clear()
        self.problem.hide()
        self.grid.set_empty_text(text)

    def _clear(self) -> None:
        self._shown = None
        self.grid.set_tiles(None)
        self.detail.set_shown(None, -1)
        self.captioned.emit("")

    def _paint(self) -> None:
        shown = self._shown
        if shown is None:
            return
        maps = shown.maps
        scale = "fixed" if maps.vector else self._view.scale
        tiles = recolour(maps.maps, maps.ranges, scale, signed=self._view.colormap == "diverging")
        self.grid.set_tiles(tiles, colormap(self._view.colormap), value_text=value_text(maps))
        count, h, w = maps.maps.shape
        what = f"{count:,} units" if maps.vector else f"{count:,} maps of {w}×{h}"
        self.captioned.emit(f"{shown.layer} · {what} · step {shown.step:,}")
