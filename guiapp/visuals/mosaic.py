"""Many tiles in one picture, without Qt: for files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Bytes = NDArray[np.uint8]
Colour = int | tuple[int, int, int]


@dataclass(frozen=True)
class Layout:
    """Where tiles go: `columns` × `rows` cells of (`h` + `below`) × `w` pixels, `gap` pixels between them."""

    count: int
    columns: int
    rows: int
    h: int
    w: int
    gap: int
    below: int = 0

    @property
    def height(self) -> int:
        """Of the whole."""
        return self.rows * (self.h + self.below) + (self.rows - 1) * self.gap

    @property
    def width(self) -> int:
        """Of the whole."""
        return self.columns * self.w + (self.columns - 1) * self.gap

    def corner(self, index: int) -> tuple[int, int]:
        """Return y and x of a tile's upper left pixel."""
        row, column = divmod(index, self.columns)
        return row * (self.h + self.below + self.gap), column * (self.w + self.gap)


def layout(
    count: int, h: int, w: int, *, columns: int | None = None, gap: int = 1, below: int = 0, aspect: float = 4 / 3
) -> Layout:
    """Return the grid for `count` tiles whose whole is nearest to `aspect` (width to height), with few empty cells.

    Raises
    ------
    ValueError
        When there are no tiles, or they have no size.
    """
    if count < 1 or h < 1 or w < 1:
        raise ValueError(f"Expected at least one tile of at least one pixel. Received: {count} of {h}×{w}")

    def made(n: int) -> Layout:
        return Layout(count, n, math.ceil(count / n), h, w, gap, below)

    if columns is not None:
        return made(max(1, min(columns, count)))
    candidates = [made(n) for n in range(1, count + 1)]

    def cost(one: Layout) -> float:
        empty = one.columns * one.rows - count
        return abs(math.log(one.width / one.height / aspect)) + 1.5 * empty / count

    return min(candidates, key=cost)


def mosaic(tiles: Bytes, where: Layout, background: Colour = 0) -> Bytes:
    """Return tiles in one picture.

    Parameters
    ----------
    tiles : uint8 array, shape (N, h, w) or (N, h, w, 3)
        Indices into a palette, or RGB.
    where : Layout
        Their places; `layout(len(tiles), h, w)`.
    background : int or (int, int, int)
        What lies between them.

    Returns
    -------
    uint8 array, shape (height, width) or (height, width, 3)
    """
    out = np.empty((where.height, where.width, *tiles.shape[3:]), np.uint8)
    out[:] = background
    for index, tile in enumerate(tiles):
        y, x = where.corner(index)
        out[y : y + where.h, x : x + where.w] = tile
    return out


def enlarged(picture: Bytes, factor: int) -> Bytes:
    """Return a picture with every pixel `factor` times as wide and high, without smoothing."""
    return picture.repeat(factor, axis=0).repeat(factor, axis=1) if factor > 1 else picture


def font(size: int) -> Any:
    """Return Pillow's own font at a size in pixels."""
    return ImageFont.load_default(size=max(8, size))


def text_size(text: str, size: int) -> tuple[int, int]:
    """Return the width of `text` and the height of a line of it, in pixels."""
    face = font(size)
    ascent, descent = face.getmetrics()
    return math.ceil(face.getlength(text)), int(ascent + descent)


def text_mask(text: str, size: int) -> NDArray[np.bool_]:
    """Return `text` as a picture (height, width) of what is ink; letters without half tones."""
    width, height = text_size(text, size)
    canvas = Image.new("1", (max(1, width), height), 0)
    ImageDraw.Draw(canvas).text((0, 0), text, fill=1, font=font(size))
    return np.asarray(canvas, bool)


def draw_text(picture: Bytes, text: str, y: int, x: int, *, size: int, colour: Colour) -> None:
    """Write `text` into a picture, cut off at its edges; `colour` is an index or RGB as the picture is."""
    ink = text_mask(text, size)
    target = picture[max(0, y) : y + ink.shape[0], max(0, x) : x + ink.shape[1]]
    target[ink[max(0, -y) :, max(0, -x) :][: target.shape[0], : target.shape[1]]] = colour


def captioned(
    tiles: Bytes, captions: Sequence[str], *, size: int = 11, colour: Colour = 255, background: Colour = 0, gap: int = 4
) -> Bytes:
    """Return a mosaic with a caption under each tile, shortened to the tile's width."""
    _, h, w = tiles.shape[:3]
    where = layout(len(tiles), h, w, gap=gap, below=text_size("0", size)[1] + 2)
    out = mosaic(tiles, where, background)
    for index, text in enumerate(captions[: len(tiles)]):
        shown = shortened(text, size, w)
        y, x = where.corner(index)
        draw_text(out, shown, y + h + 1, x + (w - text_size(shown, size)[0]) // 2, size=size, colour=colour)
    return out


def shortened(text: str, size: int, width: int) -> str:
    """Return `text`, its end cut off with … where it would be wider than `width` pixels."""
    if text_size(text, size)[0] <= width:
        return text
    while text and text_size(text + "…", size)[0] > width:
        text = text[:-1]
    return text + "…" if text else ""
