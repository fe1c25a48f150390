"""Branches of other channels: the convolution that a branch ends in can give as many as the other branch has."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Problem, Repair

MERGES = {"Add", "Multiply"}
ENDINGS = {"Activation", "BatchNormalization", "LayerNormalization"}
"""Kinds that belong to the convolution above them."""

KEEPING = ENDINGS | {
    "Dropout", "SpatialDropout2D", "GaussianNoise", "MaxPooling2D", "AveragePooling2D", "ZeroPadding2D", "Cropping2D",
    "UpSampling2D", "Resizing",
}  # fmt: skip
"""Kinds that give as many channels as they take."""

CONVOLUTIONS = {"Conv2D", "SeparableConv2D", "Conv2DTranspose"}
MOST_FILTERS = 65536


def mend_above(rows: list[LayerInfo]) -> None:
    """Offer to set the filters of a branch where it does not fit the one that it is added to."""
    for at, row in enumerate(rows):
        problem = _mismatch(row)
        if problem is not None:
            first, others = _repairs(rows, at)
            found = (*first, *problem.repairs, *others)
            told = tuple(
                replace(item, repair=found[0], others=found[1:]) if item is problem else item for item in row.problems
            )
            rows[at] = replace(row, problems=told)


def _mismatch(row: LayerInfo) -> Problem | None:
    """Return the problem of a merge whose inputs differ only in their channels."""
    if row.layer.kind not in MERGES or row.shape is not None or len(row.inputs) < 2 or not row.problems:
        return None
    same_sides = len({shape[:-1] for shape in row.inputs}) == 1 and len(row.inputs[0]) == 3
    return row.problems[-1] if same_sides and row.problems[-1].severity == "error" else None


def _repairs(rows: Sequence[LayerInfo], at: int) -> tuple[list[Repair], list[Repair]]:
    """Return the repairs that most would choose, and the others."""
    first: list[Repair] = []
    others: list[Repair] = []
    inputs = rows[at].inputs
    for place, source in _differing(inputs, rows[at].sources):
        wanted = {shape[-1] for i, shape in enumerate(inputs) if i != place}
        if len(wanted) != 1:
            continue
        found = _last(rows, source, at)
        count = wanted.pop()
        if found is not None and count <= MOST_FILTERS:
            conv, direct = found
            name = rows[conv].layer.name
            repair = Repair(f"Set filters of {name} to {count:,}", fields={"filters": count}, layer=name)
            (first if direct else others).append(repair)
    return first, others


def _differing(inputs: Sequence[tuple[int, ...]], sources: Sequence[int]) -> Iterable[tuple[int, int]]:
    """Yield the places and sources of the inputs, the first one's last: it is what the others are held against."""
    order = [*range(1, len(inputs)), 0]
    return ((place, sources[place]) for place in order)


def _last(rows: Sequence[LayerInfo], source: int, merge: int) -> tuple[int, bool] | None:
    """Return the convolution that decides the channels of a branch, and whether the branch ends in it.

    None where something else takes what it gives: that would get other channels too.
    """
    taken, direct = merge, True
    while _only_for(rows, source, taken):
        row = rows[source]
        if row.layer.kind in CONVOLUTIONS and row.shape is not None:
            return source, direct
        if row.layer.kind not in KEEPING or len(row.sources) != 1:
            return None
        direct = direct and row.layer.kind in ENDINGS
        taken, source = source, row.sources[0]
    return None


def _only_for(rows: Sequence[LayerInfo], source: int, taken: int) -> bool:
    users = [i for i, row in enumerate(rows) if source in row.sources and row.layer.enabled]
    return users == [taken] and rows[taken].sources.count(source) == 1
