"""Networks as pictures: small ones for lists, and whole drawings for paper. Any thread may make them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QFont, QImage, QPainter

from guiapp.core.analysis import LayerInfo, analyse
from guiapp.core.network import NetworkSpec
from guiapp.ui.network.fitting import MOST_TRIED, Fit
from guiapp.ui.network.geometry import sizes
from guiapp.ui.network.inks import inks
from guiapp.ui.network.lanes import planned
from guiapp.ui.network.placing import WAY_ROUND, place
from guiapp.ui.network.scene import Scene
from guiapp.ui.network.words import shape_text

AIR = 6
THUMBNAIL_SCALES = tuple(0.04 * 1.3**n for n in range(13))
MOST_THUMBNAIL = 1.4
WORDLESS = 1e9
"""A zoom at which words, which keep their size, need no room."""


def thumbnail(
    network: NetworkSpec, width: int, height: int, *, dark: bool | None = None, problems: bool = True
) -> QImage:
    """Return the whole drawing of a network, small and without words, on the ground of the appearance.

    Parameters
    ----------
    network : NetworkSpec
        The network, right or not.
    width, height : int
        Of the picture, in its own pixels.
    dark : bool, optional
        Which appearance; the one in use when None.
    problems : bool
        Whether layers with problems are marked; the part of a network that is looked at alone has some of its own.
    """
    image = QImage(width, height, QImage.Format.Format_ARGB32_Premultiplied)
    colours = inks(dark=dark)
    image.fill(colours.color("window"))
    rows = analyse(network).rows
    if not problems:
        rows = tuple(replace(row, problems=()) for row in rows)
    if not rows or min(width, height) <= 4 * AIR:
        return image
    fit = _wordless(rows, width - 2 * AIR, height - 2 * AIR)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    scene = Scene(colours, pictures=False, words=False)
    scene.show(rows, fit.drawing, fit.scale, QFont())
    drawn = QSizeF(fit.drawing.width, fit.drawing.height) * fit.scale
    corner = QPointF((width - drawn.width()) / 2, (height - drawn.height()) / 2)
    scene.paint(painter, QRectF(image.rect()), corner, set())
    painter.end()
    return image


def _wordless(rows: Sequence[LayerInfo], width: float, height: float) -> Fit:
    """Return the drawing that fills a small place, no room kept for words."""
    plan = planned(rows)
    all_sizes = sizes(rows, shape_text, plan.joins)
    tried: list[Fit] = []
    for scale in THUMBNAIL_SCALES if len(rows) <= MOST_TRIED else THUMBNAIL_SCALES[::4]:
        drawing = place(all_sizes, width / scale - WAY_ROUND, WORDLESS, plan=plan)
        fits = min(width / max(drawing.width, 1.0), height / max(drawing.height, 1.0), MOST_THUMBNAIL)
        tried.append(Fit(drawing, fits, WORDLESS))
    return max(tried, key=lambda fit: fit.scale)
