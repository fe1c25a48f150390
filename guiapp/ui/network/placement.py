"""Which layers the drawing shows and where they lie: they stay there while one types, as far as that serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from guiapp.core.analysis import LayerInfo
from guiapp.ui.network.fitting import Fit, fitted, steady
from guiapp.ui.network.geometry import Size, sizes
from guiapp.ui.network.lanes import planned_again
from guiapp.ui.network.placing import Drawing, nothing, place
from guiapp.ui.network.words import shape_text


class Placement:
    """Places layers, and places them again when they are others.

    Attributes
    ----------
    rows : sequence of LayerInfo
        The layers.
    fit : Fit
        Where they lie.
    """

    def __init__(self) -> None:
        self.rows: Sequence[LayerInfo] = ()
        self.fit = Fit(nothing(), 1.0, 1.0)
        self._sizes: tuple[Size, ...] = ()
        self._plan = self.fit.drawing.plan

    @property
    def drawing(self) -> Drawing:
        """All volumes in their lines."""
        return self.fit.drawing

    def follow(self, rows: Sequence[LayerInfo], room: tuple[float, float] | None) -> bool:
        """Take other layers; returns whether they lie in the same lines, else `fill` or `fold` is to place them.

        Parameters
        ----------
        rows : sequence of LayerInfo
            The layers.
        room : tuple of float, optional
            The width and height that they are fitted to; None where one moves about in them.
        """
        old_rows, self.rows = self.rows, rows
        before, self._plan = self._plan, planned_again(rows, old_rows, self._plan)
        old, known = self._sizes, (old_rows, self._sizes) if self._plan is before else None
        self._sizes = sizes(rows, shape_text, self._plan.joins, known)
        drawing = self._steady(old, room)
        if drawing is not None:
            self.fit = replace(self.fit, drawing=drawing)
        return drawing is not None

    def _steady(self, old: tuple[Size, ...], room: tuple[float, float] | None) -> Drawing | None:
        if self._plan is not self.fit.drawing.plan:
            return None
        if self._sizes == old:
            return self.fit.drawing
        if room is None or len(old) != len(self._sizes):
            return None
        return steady(self._sizes, *room, self.fit)

    def fill(self, room: tuple[float, float], *, whole: bool) -> None:
        """Place them as large as they may be shown in a width and height; as for `fitted`."""
        self.fit = fitted(self._sizes, *room, self._plan, whole=whole)

    def fold(self) -> None:
        """Place them in lines as long as before."""
        drawing = place(self._sizes, max(self.fit.drawing.width, 1.0), self.fit.placed_at, plan=self._plan)
        self.fit = replace(self.fit, drawing=drawing)
