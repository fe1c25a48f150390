"""What backbones need of the Input that feeds them: pixels as they are, in colour, and enough of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from guiapp.core.judging import Placed
from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Problem, Repair
from guiapp.core.layers.input import Input
from guiapp.core.layers.pretrained import COLOURS, Pretrained

SAME_PIXELS = {"Resizing", "ZeroPadding2D", "Cropping2D", "UpSampling2D", "Dropout", "SpatialDropout2D"}
"""Kinds after which a pixel still means what it meant before."""


def scaled_twice(rows: Sequence[LayerInfo]) -> Iterator[Placed]:
    """Yield what is wrong where a backbone, which prepares the pixels itself, gets them prepared already."""
    for at, row in enumerate(rows):
        image = _image(rows, at) if isinstance(row.layer, Pretrained) and row.layer.enabled else None
        if image is not None and image.scaling != "none":
            text = (
                f"prepares the pixels itself and needs them as they are, but {image.name} scales them by "
                f"“{image.scaling}”; set that to none"
            )
            repair = Repair(f"Set the scaling of {image.name} to none", fields={"scaling": "none"}, layer=image.name)
            yield at, Problem(row.layer.name, text, repair=repair)


def mend_at_input(rows: list[LayerInfo]) -> None:
    """Let the problems of backbones whose images are too small, or grey, be mended where the images come in."""
    for at, row in enumerate(rows):
        if not isinstance(row.layer, Pretrained) or row.shape is not None or not row.inputs or not row.sources:
            continue
        image = rows[row.sources[0]].layer
        if isinstance(image, Input) and row.problems:
            last = row.problems[-1]
            repair = _larger(row.layer, image) if image.channels == COLOURS else _coloured(image)
            mended = replace(last, repair=repair, others=last.repairs)
            rows[at] = replace(row, problems=(*row.problems[:-1], mended))


def _image(rows: Sequence[LayerInfo], at: int) -> Input | None:
    """Return the Input whose pixels the layer at `at` gets."""
    while rows[at].sources:
        at = rows[at].sources[0]
        layer = rows[at].layer
        if isinstance(layer, Input):
            return layer
        if layer.kind not in SAME_PIXELS:
            return None
    return None


def _larger(layer: Pretrained, image: Input) -> Repair:
    least = layer.known.least
    height, width = max(image.height, least), max(image.width, least)
    return Repair(f"Make {image.name} {height}×{width}", fields={"height": height, "width": width}, layer=image.name)


def _coloured(image: Input) -> Repair:
    return Repair(f"Set the channels of {image.name} to 3", fields={"channels": COLOURS}, layer=image.name)
