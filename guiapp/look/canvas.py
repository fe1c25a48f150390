"""The one image that a grid of tiles is painted from, composed with numpy in device pixels."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter

from guiapp.look.pixels import Bytes, Words, pack, qimage
from guiapp.look.tiling import Tiling

MARGIN = 1


class Canvas:
    """Pixels for one `Tiling`; tiles are written into it again and again.

    Parameters
    ----------
    tiling : Tiling
        Where the tiles lie.
    ratio : float
        Device pixels a logical px.
    background, edge : int
        What lies between the tiles and what surrounds each by 1 device px, 0xFFRRGGBB: a tile may be as white (or as
        dark) as the window. For the edge the image begins `MARGIN` device px before the first tile.
    """

    def __init__(self, tiling: Tiling, ratio: float, background: int, edge: int) -> None:
        self._tiling = tiling
        width, height = tiling.columns * tiling.cell_w, tiling.rows * tiling.cell_h
        pixels: Words = np.full((height + MARGIN, width + MARGIN), background, np.uint32)
        self._draw_edges(pixels, edge)
        self._pixels = pixels
        inner = pixels[MARGIN:, MARGIN:]
        cells = inner.reshape(tiling.rows, tiling.cell_h, tiling.columns, tiling.cell_w, copy=False)
        self._cells: Words = cells[:, : tiling.tile_h, :, : tiling.tile_w]
        # What is painted on must own its memory.
        self.image = qimage(pixels) if tiling.factor else qimage(pixels).copy()
        self._ratio = ratio
        self.image.setDevicePixelRatio(ratio)

    def _draw_edges(self, pixels: Words, edge: int) -> None:
        for index in range(self._tiling.count):
            x, y = self._tiling.origin(index)
            # The tile itself is written over it later.
            pixels[y : y + self._tiling.tile_h + 2 * MARGIN, x : x + self._tiling.tile_w + 2 * MARGIN] = edge

    def write(self, tiles: Bytes, table: Words | None) -> None:
        """Write (N, h, w) indices into a packed `table`, or (N, h, w, 3) RGB, scaled to their places."""
        if self._tiling.factor:
            self._enlarge(_pack(tiles, table))
        else:
            # Bilinear sampling alone would skip pixels where it shrinks by a third or more.
            factor = round(max(tiles.shape[1] / self._tiling.tile_h, 1))
            self._scale(_pack(shrunk(tiles, factor), table))

    def _enlarge(self, words: Words) -> None:
        factor, columns, (_, h, w) = self._tiling.factor, self._tiling.columns, words.shape
        for row in range(self._tiling.rows):
            part = words[row * columns : (row + 1) * columns]
            # A source row is widened once and then copied down: memory moves in long runs.
            wide = np.repeat(part.transpose(1, 0, 2), factor, axis=2)
            target = self._cells[row, :, : len(part)]
            target.reshape(h, factor, len(part), w * factor, copy=False)[...] = wide[:, None]

    def _scale(self, words: Words) -> None:
        words = np.ascontiguousarray(words)
        self.image.setDevicePixelRatio(1)
        painter = QPainter(self.image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
        for index, one in enumerate(words):
            x, y = self._tiling.origin(index)
            painter.drawImage(QRect(x + MARGIN, y + MARGIN, self._tiling.tile_w, self._tiling.tile_h), qimage(one))
        painter.end()
        self.image.setDevicePixelRatio(self._ratio)


def _pack(tiles: Bytes, table: Words | None) -> Words:
    return pack(tiles) if table is None else table.take(tiles)


def shrunk(tiles: Bytes, factor: int) -> Bytes:
    """Return tiles (N, h, w, …) smaller by a whole factor, each pixel the mean of what it stands for.

    Rows and columns beyond the last whole block are left out.
    """
    if factor < 2:
        return tiles
    h, w = tiles.shape[1] // factor * factor, tiles.shape[2] // factor * factor
    total = np.zeros((len(tiles), h // factor, w // factor, *tiles.shape[3:]), np.uint32 if factor > 15 else np.uint16)
    for y in range(factor):
        for x in range(factor):
            total += tiles[:, y:h:factor, x:w:factor]
    return (total // factor**2).astype(np.uint8)
