"""pyqtgraph in the program's colours; it is imported at the first call, not with the window."""

from __future__ import annotations

import weakref
from typing import Any

from PySide6.QtGui import QFont

from guiapp.look import tokens as tk
from guiapp.look.theme import tabular, theme

_configured = False
_plots: weakref.WeakSet[Any] = weakref.WeakSet()


def pyqtgraph() -> Any:
    """Return the module pyqtgraph, its defaults set from the theme (and again at each change of it)."""
    global _configured  # noqa: PLW0603 - once a process, like pyqtgraph's own configuration
    import pyqtgraph as pg

    if not _configured:
        _configured = True
        pg.setConfigOptions(imageAxisOrder="row-major")
        _set_defaults(pg)
        theme.changed.connect(_restyle_all)
    return pg


def _set_defaults(pg: Any) -> None:
    # Antialiased long curves cost several times the time of plain ones.
    pg.setConfigOptions(antialias=False, background=theme.tokens.surface, foreground=theme.tokens.secondary)


def _restyle_all() -> None:
    _set_defaults(pyqtgraph())
    for plot in list(_plots):
        _restyle(plot)


def _restyle(plot: Any) -> None:
    try:
        plot.setBackground(theme.color("surface"))
    except RuntimeError:  # its C++ side is gone
        _plots.discard(plot)
        return
    item = plot.getPlotItem()
    font = tabular(QFont(plot.font()), tk.CAPTION)
    for name in ("left", "bottom", "right", "top"):
        axis = item.getAxis(name)
        axis.setPen(theme.color("hairline"))
        axis.setTextPen(theme.color("secondary"))
        axis.setStyle(tickFont=font, tickLength=4)
    if item.legend is not None:
        item.legend.setLabelTextColor(theme.color("text"))
    item.showGrid(x=True, y=True, alpha=0.25)


def follow_theme(plot: Any) -> None:
    """Keep a ``pyqtgraph.PlotWidget`` in the theme's colours: background, axes, grid, legend."""
    pyqtgraph()
    _plots.add(plot)
    _restyle(plot)


def series_pen(index: int, width: float = 1.5) -> Any:
    """Return the pen of plot series `index` (0: train, 1: validation), `width` px wide."""
    return pyqtgraph().mkPen(theme.series(index), width=width)
