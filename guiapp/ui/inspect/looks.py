"""How maps are coloured: chosen here, shared by all views."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from guiapp.core import colormaps
from guiapp.visuals.context import ViewContext


class Looks(QWidget):
    """Two choosers: the scale, and the colours."""

    def __init__(self, view: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self.colors, self.scale = QComboBox(), QComboBox()
        self.colors.addItems(list(colormaps.NAMES))
        self.colors.setAccessibleName("Colours")
        self.colors.setToolTip("Colours of the maps")
        self.scale.addItem("Each map its own scale", "each")
        self.scale.addItem("One scale for all maps", "fixed")
        self.scale.setAccessibleName("Scale")
        self.scale.setToolTip("Whether colours can be compared between maps")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.scale)
        row.addWidget(self.colors)
        self.colors.activated.connect(self._chosen)
        self.scale.activated.connect(self._chosen)
        view.look_changed.connect(self._follow)
        self._follow()

    def _chosen(self) -> None:
        self._view.set_look(colormap=self.colors.currentText(), scale=self.scale.currentData())

    def _follow(self) -> None:
        self.colors.setCurrentText(self._view.colormap)
        self.scale.setCurrentIndex(self.scale.findData(self._view.scale))
