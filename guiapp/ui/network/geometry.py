"""Where each volume of the drawing lies: arithmetic only, in px at zoom 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Shape

TEXT_WIDTH = 7.0
"""About how wide one letter of a caption is, in px."""

CAPTION = 26
MOST_TRIED = 200
LEAST_PLACED = 0.5
HEAD = 8
ROW_GAP = 12
SHORT_EDGE, LEAST_STEP, WAY_ROUND = 16.0, 4.0, 18.0
SLANT = 0.42
BROKEN = 34.0
MAX_SIDE = 150.0
MOST_ROOM = 84.0


@dataclass(frozen=True)
class Size:
    """How large one volume is drawn.

    Attributes
    ----------
    thickness, height : float
        Of the front face: channels go along, the image's height goes up.
    slant : float
        How far the top and the side recede, for the image's width; 0 for a vector.
    room : float
        What the name below it takes, in px on the screen.
    words : float
        What `label` takes, in px on the screen.
    label : str
        What is written on that edge: the shape that comes in, where it is another than before.
    """

    thickness: float
    height: float
    slant: float
    room: float
    words: float
    label: str

    @cached_property
    def width(self) -> float:
        """How far it reaches along."""
        return self.thickness + self.slant

    def pad(self, scale: float) -> float:
        """Return the air at each side of it that its name makes at a scale."""
        return max(self.room / scale - self.width, 0.0) / 2

    def edge(self, scale: float) -> float:
        """Return the least length of the edge that leads to it."""
        return max((self.words + 24) / scale, SHORT_EDGE) if self.label else SHORT_EDGE

    @cached_property
    def full_height(self) -> float:
        """How far it reaches up, its receding top included."""
        return self.height + self.slant


@dataclass(frozen=True)
class Box:
    """One placed volume: left edge and lower edge of its front face, and its line of the drawing.

    `pad` is the air at each side of it, `track` how far down the way to the next line runs.
    """

    x: float
    y: float
    line: int
    pad: float
    track: float
    size: Size


@dataclass(frozen=True)
class Drawing:
    """All placed volumes, and the size of the whole."""

    boxes: tuple[Box, ...]
    width: float
    height: float


def side(length: int) -> float:
    """Return how long a side of `length` pixels is drawn: by its square root."""
    return min(8.5 * math.sqrt(length), MAX_SIDE)


def thickness(channels: int) -> float:
    """Return how thick a volume of so many channels is drawn: by their logarithm."""
    return 3.0 * math.log2(1 + channels)


def bar(length: int) -> float:
    """Return how long the bar of a vector is drawn: by its logarithm."""
    return min(12.0 * math.log2(1 + length), MAX_SIDE)


@lru_cache(4096)
def size_of(shape: Shape | None, shape_in: Shape | None, label: str, letters: int, *, weighted: bool) -> Size:
    """Return how large the volume that a layer gives out is drawn.

    Parameters
    ----------
    shape, shape_in : Shape or None
        What it gives out and takes; None where it cannot be told.
    label : str
        What is written on the edge to it.
    letters : int
        How long its name is.
    weighted : bool
        Whether it holds weights; one that neither does nor changes the shape is drawn thin.
    """
    words = len(label) * TEXT_WIDTH
    room = min(letters * TEXT_WIDTH + 6, MOST_ROOM)
    if shape is None:
        return Size(BROKEN, BROKEN, 0.0, room, words, label)
    passes = shape == shape_in and not weighted
    if len(shape) == 1:
        return Size(5.0 if passes else 9.0, bar(shape[0]), 0.0, room, words, label)
    thick = 6.0 if passes else max(thickness(shape[-1]), 5.0)
    return Size(thick, max(side(shape[0]), 6.0), SLANT * max(side(shape[1]), 6.0), room, words, label)


def sizes(rows: Sequence[LayerInfo], text: Callable[[Shape], str]) -> tuple[Size, ...]:
    """Return the size of each layer's volume; an edge has a label where the shape on it is another than before it.

    Parameters
    ----------
    rows : sequence of LayerInfo
        The layers.
    text : callable
        Writes a shape.
    """
    out: list[Size] = []
    before: Shape | None = None
    for row in rows:
        shape_in = row.inputs[0] if row.inputs else None
        label = text(shape_in) if shape_in is not None and shape_in != before else ""
        before = shape_in if shape_in is not None else before
        out.append(size_of(row.shape, shape_in, label, len(row.layer.name), weighted=bool(row.weights)))
    return tuple(out)


@lru_cache(8192)
def _air(size: Size, scale: float) -> tuple[float, float]:
    return size.pad(scale), size.edge(scale)


def place(all_sizes: Sequence[Size], limit: float, scale: float, kept: Sequence[int] = ()) -> Drawing:
    """Place volumes from left to right, beginning a new line where one would become longer than `limit`.

    Parameters
    ----------
    all_sizes : sequence of Size
        The volumes.
    limit : float
        The longest line, in px at zoom 1.
    scale : float
        At which zoom the words, which keep their size, must find room.
    kept : sequence of int, optional
        The line that each volume is to be in, whatever the limit.
    """
    lines: list[list[tuple[int, float, float]]] = []
    x, before = limit + 1.0, 0.0
    for i, size in enumerate(all_sizes):
        pad, step = _air(size, scale)
        step = max(step - before - pad, LEAST_STEP)
        if kept[i] == len(lines) if kept else x + step + size.width + 2 * pad > limit:
            lines.append([])
            x, step = (0.0, 0.0) if len(lines) == 1 else (WAY_ROUND, 0.0)
        lines[-1].append((i, x + step + pad, pad))
        x, before = x + step + size.width + 2 * pad, pad
    boxes: list[Box] = []
    top = widest = 0.0
    for number, line in enumerate(lines):
        tall = max(all_sizes[i].full_height for i, _, _ in line)
        track = top + HEAD + tall + CAPTION / scale
        for i, left, pad in line:
            size = all_sizes[i]
            boxes.append(Box(left, top + HEAD + (tall + size.full_height) / 2, number, pad, track, size))
        last, left, pad = line[-1]
        more = len(lines) > number + 1
        widest = max(widest, left + all_sizes[last].width + pad + (WAY_ROUND if more else 0.0))
        top = track + ROW_GAP
    return Drawing(tuple(boxes), widest, max(top - ROW_GAP, 0.0))


@dataclass(frozen=True)
class Fit:
    """A drawing, the scale at which it is shown, and the scale for which its words found room."""

    drawing: Drawing
    scale: float
    placed_at: float


def best(all_sizes: Sequence[Size], width: float, height: float, least: float, most: float) -> Fit:
    """Return the drawing that may be shown largest in `width` × `height`, at a scale from `least` to `most`."""
    if not all_sizes:
        return Fit(Drawing((), 0.0, 0.0), 1.0, 1.0)
    scales = (0.65, 0.75, 0.85, 0.95, 1.1, 1.3, 1.5, 1.8, 2.2) if len(all_sizes) <= MOST_TRIED else ()
    tried = [_at_scale(all_sizes, width, height, scale) for scale in (least, *(s for s in scales if least < s <= most))]
    found = max(tried, key=lambda fit: fit.scale)
    return Fit(found.drawing, min(max(found.scale, least), most), found.placed_at)


def _at_scale(all_sizes: Sequence[Size], width: float, height: float, scale: float) -> Fit:
    """Return the drawing whose lines are as long as the place is wide at `scale`, at the scale at which it fits."""
    drawing = place(all_sizes, width / scale - WAY_ROUND, scale)
    fits = _scale_to(drawing, width, height)
    lines = [box.line for box in drawing.boxes]
    for _ in range(3):
        if fits >= scale * 0.99 or fits < LEAST_PLACED:
            break
        # Shown smaller the words, which do not shrink, need more room.
        scale = fits
        drawing = place(all_sizes, 0.0, scale, kept=lines)
        fits = _scale_to(drawing, width, height)
    return Fit(drawing, min(fits, scale), scale)


def _scale_to(drawing: Drawing, width: float, height: float) -> float:
    return min(width / max(drawing.width, 1.0), height / max(drawing.height, 1.0))


def steady(all_sizes: Sequence[Size], width: float, height: float, before: Fit) -> Drawing | None:
    """Return the drawing at the scale it had, or None where it would not fit so, or much better otherwise.

    While one types a number the drawing then stays where it is.
    """
    old = before.drawing
    drawing = place(all_sizes, 0.0, before.placed_at, kept=[box.line for box in old.boxes])
    fits = _scale_to(drawing, width, height)
    if old.height * before.scale > height:
        fits = width / max(drawing.width, 1.0)
    if before.scale * 0.98 <= fits <= max(before.scale * 1.25, before.placed_at * 1.25):
        return drawing
    return None
