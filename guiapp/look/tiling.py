"""Where the tiles of a grid go: pure arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

SMALLEST = 24
SHARP_UP_TO = 64


@dataclass(frozen=True)
class Tiling:
    """How `count` tiles of one size lie in a grid, all lengths in device px.

    `factor` is the whole enlargement, or 0 where tiles are scaled smoothly to `tile_w` × `tile_h`.
    """

    count: int
    columns: int
    rows: int
    tile_w: int
    tile_h: int
    factor: int
    gap: int
    caption: int

    @property
    def cell_w(self) -> int:
        """From one tile's left edge to the next one's."""
        return self.tile_w + self.gap

    @property
    def cell_h(self) -> int:
        """From one tile's top edge to the next one's."""
        return self.tile_h + self.caption + self.gap

    @property
    def width(self) -> int:
        """The whole grid's width."""
        return self.columns * self.cell_w - self.gap

    @property
    def height(self) -> int:
        """The whole grid's height."""
        return self.rows * self.cell_h - self.gap

    def origin(self, index: int) -> tuple[int, int]:
        """Return the x and y of a tile's upper left corner."""
        return index % self.columns * self.cell_w, index // self.columns * self.cell_h

    def at(self, x: float, y: float) -> tuple[int, float, float] | None:
        """Return the tile at a point and where in it, as fractions (y, x) of its size; None between tiles."""
        if x < 0 or y < 0:
            return None
        column, row = int(x // self.cell_w), int(y // self.cell_h)
        index = row * self.columns + column
        inside_x, inside_y = x - column * self.cell_w, y - row * self.cell_h
        if column >= self.columns or index >= self.count or inside_x >= self.tile_w or inside_y >= self.tile_h:
            return None
        return index, inside_y / self.tile_h, inside_x / self.tile_w


def _scale(columns: int, count: int, h: int, w: int, room: tuple[int, int], *, gap: int, caption: int) -> float:
    width, height = room
    rows = ceil(count / columns)
    across = (width - (columns - 1) * gap) / columns / w
    down = ((height - (rows - 1) * gap) / rows - caption) / h
    return min(across, down)


def _tiling(count: int, columns: int, h: int, w: int, scale: float, *, gap: int, caption: int) -> Tiling:
    factor = int(scale) if scale >= 1 and max(h, w) <= SHARP_UP_TO else 0
    # The small addend keeps 24 / 47 × 47 from becoming 23.
    tile_h, tile_w = (max(1, int(side * (factor or scale) + 1e-6)) for side in (h, w))
    return Tiling(count, columns, ceil(count / columns), tile_w, tile_h, factor, gap, caption)


def _area(tiling: Tiling) -> tuple[int, int]:
    return tiling.tile_w * tiling.tile_h, -(tiling.rows * tiling.columns - tiling.count)


def tile(
    count: int, h: int, w: int, room: tuple[int, int], *, gap: int = 4, caption: int = 0, smallest: int = SMALLEST
) -> Tiling:
    """Return the grid that shows `count` tiles of `h` × `w` px as large as `room` (width, height) allows.

    Originals of up to 64 px are enlarged by whole factors. Where tiles would have to be smaller than `smallest`
    (their longer side), they keep that size and the grid becomes higher than the room.

    Raises
    ------
    ValueError
        When there are no tiles, or they have no size.
    """
    if count < 1 or h < 1 or w < 1:
        raise ValueError(f"Expected at least one tile of at least one pixel. Received: {count} of {h}×{w}")
    scales = [_scale(columns, count, h, w, room, gap=gap, caption=caption) for columns in range(1, count + 1)]
    top = max(scales)
    # Whole factors make several counts of columns equally good; the fullest grid among them wins.
    enough = int(top) if top >= 1 and max(h, w) <= SHARP_UP_TO else top
    fitting = [
        one
        for i, scale in enumerate(scales)
        if scale >= enough and scale > 0
        for one in [_tiling(count, i + 1, h, w, scale, gap=gap, caption=caption)]
        if one.width <= room[0] and one.height <= room[1]
    ]
    best = max(fitting, key=_area, default=None)
    if best is not None and max(best.tile_h, best.tile_w) >= smallest:
        return best
    scale = smallest / max(h, w)
    if scale >= 1 and max(h, w) <= SHARP_UP_TO:
        scale = ceil(scale)
    one_w = _tiling(count, 1, h, w, scale, gap=gap, caption=caption).cell_w
    columns = max(1, min(count, (room[0] + gap) // one_w))
    return _tiling(count, columns, h, w, scale, gap=gap, caption=caption)
