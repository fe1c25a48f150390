"""How large each volume of the drawing is, and the room that words need: arithmetic only, in px at zoom 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Layer, Shape
from guiapp.core.layers.blocks import Block
from guiapp.ui.network.lanes import Joins, joins_of

TEXT_WIDTH = 7.0
"""About how wide one letter of a caption is, in px."""

SHORT_EDGE = 16.0
SLANT = 0.42
BROKEN = 34.0
MAX_SIDE = 150.0
MOST_ROOM = 84.0
LEAST_BLOCK = 22.0
"""How thick a block is drawn at least, so that its mark can be seen."""


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
def size_of(
    shape: Shape | None, shape_in: Shape | None, label: str, letters: int, *, weighted: bool, block: bool = False
) -> Size:
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
    block : bool
        Whether it is a block.
    """
    words = len(label) * TEXT_WIDTH
    room = min(letters * TEXT_WIDTH + 6, MOST_ROOM)
    if shape is None:
        return Size(BROKEN, BROKEN, 0.0, room, words, label)
    passes = shape == shape_in and not weighted
    least = LEAST_BLOCK if block else 0.0
    if len(shape) == 1:
        return Size(max(5.0 if passes else 9.0, least), bar(shape[0]), 0.0, room, words, label)
    thick = 6.0 if passes else max(thickness(shape[-1]), 5.0)
    return Size(max(thick, least), max(side(shape[0]), 6.0), SLANT * max(side(shape[1]), 6.0), room, words, label)


def short_name(layer: Layer) -> str:
    """Return what is written below a layer: its name, without that of the opened block whose frame it lies in."""
    return layer.name.removeprefix(f"{layer.group}_") or layer.name if layer.group else layer.name


def sizes(
    rows: Sequence[LayerInfo],
    text: Callable[[Shape], str],
    joins: Joins | None = None,
    known: tuple[Sequence[LayerInfo], Sequence[Size]] | None = None,
) -> tuple[Size, ...]:
    """Return the size of each layer's volume.

    Room is kept for the shape on its edge where it is another than before, where it meets others, and where the layer
    cannot take it.

    Parameters
    ----------
    rows : sequence of LayerInfo
        The layers.
    text : callable
        Writes a shape.
    joins : tuple, optional
        Which layers each one follows, where that is known already.
    known : tuple, optional
        As many layers that follow each other alike, and their sizes: only those that differ are worked out.
    """
    joins = joins_of(rows) if joins is None else joins
    if known is None:
        return tuple([_size(rows, row, join, text) for row, join in zip(rows, joins, strict=True)])
    same = [a is b for a, b in zip(rows, known[0], strict=True)]
    out = list(known[1])
    for i, join in enumerate(joins):
        if not (same[i] and (not join or same[join[0]])):
            out[i] = _size(rows, rows[i], join, text)
    return tuple(out)


def _size(rows: Sequence[LayerInfo], row: LayerInfo, join: tuple[int, ...], text: Callable[[Shape], str]) -> Size:
    shape_in = row.inputs[0] if row.inputs else None
    before = rows[join[0]].inputs if join else ()
    told = before[:1] != (shape_in,) or row.shape is None
    label = text(shape_in) if shape_in is not None and told else ""
    if len(row.inputs) > 1:
        label = max(map(text, row.inputs), key=len)
    layer, weighted = row.layer, bool(row.weights)
    block = isinstance(layer, Block)
    return size_of(row.shape, shape_in, label, len(short_name(layer)), weighted=weighted, block=block)
