"""The panel of what mattered."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QStackedWidget, QVBoxLayout, QWidget

from guiapp.core.colormaps import colormap
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.heading import caption
from guiapp.look.imageview import ImageView
from guiapp.look.jobs import Jobs
from guiapp.visuals.context import ViewContext
from guiapp.visuals.panel import Panel
from guiapp.visuals.panel_choosers import Bytes, as_rgb

LEAST_SIDE = 256


def overlay(image: Bytes, heat: NDArray[np.float32], strength: float) -> Bytes:
    """Return an image with warm colours where covering it changes the answer.

    Parameters
    ----------
    image : uint8 array, shape (H, W, C)
        The image as the network sees it.
    heat : float array, shape (gh, gw)
        By how much the class's probability falls; places where it rises are left as they are.
    strength : float
        0 is the image alone, 1 is colours alone where it matters most.

    Returns
    -------
    uint8 array, shape (h, w, 3)
        Enlarged to at least `LEAST_SIDE` pixels on its longer side.
    """
    from PIL import Image

    h, w = image.shape[:2]
    factor = max(1, -(-LEAST_SIDE // max(h, w)))
    large = as_rgb(image).repeat(factor, axis=0).repeat(factor, axis=1).astype(np.float32)
    warm = np.clip(np.nan_to_num(heat), 0, None)
    top = float(warm.max())
    level = np.rint(255 * warm / top if top > 0 else warm).astype(np.uint8)
    smooth = np.asarray(Image.fromarray(level).resize((w * factor, h * factor), Image.Resampling.BILINEAR))
    share = strength * (smooth[..., None] / np.float32(255))
    grey = large.mean(axis=2, keepdims=True) * strength + large * (1 - strength)
    mixed: Bytes = np.rint(grey * (1 - share) + colormap("magma")[smooth] * share).astype(np.uint8)
    return mixed


class HeatmapPanel(Panel):
    """An image, warm where its class depends on it; whoever owns the page asks the engine for the heat.

    Signals
    -------
    wanted()
        The person asks for it: `set_heat` is to follow.
    """

    name: ClassVar[str] = "heatmap"
    title: ClassVar[str] = "What mattered"
    icon: ClassVar[str] = "eye"
    places: ClassVar[tuple[str, ...]] = ("inspect",)
    order: ClassVar[int] = 70

    wanted = Signal()

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self._found: tuple[Bytes, NDArray[np.float32]] | None = None
        self._words = ""
        self.empty = EmptyState(
            self.icon,
            "What mattered",
            "Covers one place of the image after the other, and shows where that changes the answer most.",
        )
        self.empty.add_button("Compute", self.wanted.emit)
        self.view = ImageView()
        self.view.hovered.connect(self._hovered)
        self.caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, 100)
        self.slider.setValue(65)
        self.slider.setFixedWidth(120)
        self.slider.setAccessibleName("Strength of the colours")
        self.slider.valueChanged.connect(self._draw)
        self.again = QPushButton("Compute again")
        self.again.clicked.connect(self.wanted)
        self._stack, self._page = QStackedWidget(), QWidget()
        self._build()
        context.run_changed.connect(self._run_changed)

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(caption("image"))
        row.addWidget(self.slider)
        row.addWidget(caption("what mattered"))
        row.addStretch(1)
        row.addWidget(self.again)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(8)
        page.addLayout(row)
        page.addWidget(self.view, 1)
        page.addWidget(self.caption)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._page)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._stack)

    def set_heat(
        self, image: Bytes | None, heat: NDArray[np.float32] | None = None, name: str = "", probability: float = 0.0
    ) -> None:
        """Show what mattered in an image (H, W, C) for the class `name`; None shows what the panel is for."""
        if image is None or heat is None:
            self._found = None
            self._stack.setCurrentWidget(self.empty)
            return
        self._found = (image, heat)
        most = max(0.0, float(np.nan_to_num(heat).max()))
        self._words = f"{name} {probability * 100:.1f} % · warm: covered, it falls by up to {most * 100:.1f} points"
        self.caption.setText(self._words)
        self._stack.setCurrentWidget(self._page)
        self._draw()

    def _draw(self) -> None:
        if self._found is not None:
            self.view.set_image(overlay(*self._found, self.slider.value() / 100), description=self._words)

    def _hovered(self, y: int, x: int) -> None:
        if self._found is None or y < 0:
            self.caption.setText(self._words)
            return
        image, heat = self._found
        factor = max(1, -(-LEAST_SIDE // max(image.shape[:2])))
        row = min(heat.shape[0] - 1, y * heat.shape[0] // (image.shape[0] * factor))
        column = min(heat.shape[1] - 1, x * heat.shape[1] // (image.shape[1] * factor))
        change = -float(heat[row, column]) * 100
        self.caption.setText(
            f"y {y // factor}, x {x // factor} · covered here, the probability changes by {change:+.1f} points"
        )

    def _run_changed(self) -> None:
        self.set_heat(None)
