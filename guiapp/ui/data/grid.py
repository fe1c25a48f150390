"""Where thumbnails lie on the gallery, and which of them are chosen: plain values without Qt's events."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect

GAP = 8
CAPTION = 18


@dataclass(frozen=True)
class Grid:
    """Squares in lines, as many a line as fit.

    Attributes
    ----------
    width, height : int
        Of what is seen, in px.
    side : int
        Of a square.
    count : int
        How many there are.
    top : int
        How far it is scrolled.
    """

    width: int
    height: int
    side: int
    count: int
    top: int = 0

    @property
    def columns(self) -> int:
        """Squares a line."""
        return max(1, (self.width - GAP) // (self.side + GAP))

    @property
    def pitch(self) -> int:
        """From one line to the next."""
        return self.side + CAPTION + GAP

    @property
    def page(self) -> int:
        """Squares that are seen at once, whole lines only."""
        return max(1, self.height // self.pitch) * self.columns

    @property
    def bottom(self) -> int:
        """How far it can be scrolled."""
        return max(0, -(-self.count // self.columns) * self.pitch + GAP - self.height)

    def rect(self, at: int) -> QRect:
        """Return where square `at` is seen."""
        line, column = divmod(at, self.columns)
        return QRect(self._left(column), GAP + line * self.pitch - self.top, self.side, self.side)

    def _left(self, column: int) -> int:
        spare = self.width - GAP - self.columns * (self.side + GAP)
        return GAP + column * (self.side + GAP) + spare * (column + 1) // (self.columns + 1)

    def between(self, top: int, bottom: int) -> range:
        """Return the squares of the lines that are seen between two heights."""
        first = max(0, (self.top + top - GAP) // self.pitch) * self.columns
        last = max(0, (self.top + bottom) // self.pitch + 1) * self.columns
        return range(min(first, self.count), min(last, self.count))

    def visible(self) -> range:
        """Return the squares that are seen."""
        return self.between(0, self.height)

    def ahead(self, *, down: bool) -> list[int]:
        """Return the squares a page further, and those a page back, in the order in which they may come into sight."""
        seen = self.visible()
        below = list(range(seen.stop, self.between(0, 2 * self.height).stop))
        above = list(range(seen.start - 1, self.between(-self.height, 0).start - 1, -1))
        return below + above if down else above + below

    def at(self, point: QPoint) -> int:
        """Return which square, with its caption, is under a point, or -1."""
        for at in self.between(point.y(), point.y()):
            if self.rect(at).adjusted(0, 0, 0, CAPTION).contains(point):
                return at
        return -1

    def within(self, area: QRect) -> list[int]:
        """Return the squares that an area touches."""
        lines = self.between(area.top(), area.bottom())
        return [at for at in lines if self.rect(at).intersects(area)]

    def top_for(self, at: int) -> int:
        """Return how far to scroll so that square `at` is seen whole, moving as little as needed."""
        rect = self.rect(at)
        if rect.top() < GAP:
            return self.top + rect.top() - GAP
        below = rect.bottom() + CAPTION + GAP - self.height
        return self.top + max(0, below)


class Selection:
    """Which of a row of things are chosen, and on which the keys work.

    Attributes
    ----------
    at : int
        The current one, or -1.
    chosen : ndarray of bool
        One a thing.
    """

    def __init__(self, count: int = 0) -> None:
        self.at = -1
        self._anchor = -1
        self.chosen: NDArray[np.bool_] = np.zeros(count, np.bool_)

    @property
    def places(self) -> list[int]:
        """The chosen ones."""
        return [int(at) for at in np.flatnonzero(self.chosen)]

    def only(self, at: int) -> None:
        """Choose one alone."""
        self.chosen[:] = False
        self.chosen[at] = True
        self.at = self._anchor = at

    def toggle(self, at: int) -> None:
        """Choose one more, or one less."""
        self.chosen[at] = not self.chosen[at]
        self.at = self._anchor = at

    def extend(self, at: int, *, keep: bool = False) -> None:
        """Choose all from where the choice began to `at`; with `keep` what was chosen beside stays."""
        if self._anchor < 0:
            self._anchor = max(self.at, 0)
        if not keep:
            self.chosen[:] = False
        first, last = sorted((self._anchor, at))
        self.chosen[first : last + 1] = True
        self.at = at

    def go(self, at: int) -> None:
        """Make one the current one without choosing it."""
        self.at = self._anchor = at

    def everything(self) -> None:
        """Choose all."""
        self.chosen[:] = True

    def nothing(self) -> None:
        """Choose none."""
        self.chosen[:] = False

    def take(self, places: list[int], base: NDArray[np.bool_]) -> None:
        """Choose these beside what `base` has chosen."""
        self.chosen[:] = base
        self.chosen[places] = True

    def carried(self, old: NDArray[np.intp], new: NDArray[np.intp], *, stay: bool) -> Selection:
        """Return the same choice among other things.

        Parameters
        ----------
        old, new : ndarray of intp
            A number that names each thing, before and now.
        stay : bool
            Whether the place of a current one that is gone falls to the one that took it.
        """
        made = Selection(len(new))
        made.chosen[:] = np.isin(new, old[self.chosen])
        if 0 <= self.at < len(old):
            found = np.flatnonzero(new == old[self.at])
            place = min(self.at, len(new) - 1) if stay else -1
            made.at = made._anchor = int(found[0]) if found.size else place
            if not found.size and place >= 0 and not made.chosen.any():
                made.chosen[place] = True
        return made
