"""Layers between which nothing bends: two of them do no more than one."""

from __future__ import annotations

from collections.abc import Sequence

from guiapp.core.judging import Placed
from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Layer, Problem, Repair

PASSING = {"Dropout", "SpatialDropout2D", "GaussianNoise"}
"""Kinds that give what they take once the network is trained."""

WEIGHING = {"Conv2D", "Conv2DTranspose", "SeparableConv2D", "Dense"}
STAYING_LINEAR = PASSING | {
    "BatchNormalization", "AveragePooling2D", "GlobalAveragePooling2D", "Flatten", "Reshape", "ZeroPadding2D",
    "Cropping2D", "Resizing",
}  # fmt: skip
"""Kinds after which a sum of weighed numbers is still one."""

JOINTS = {"Add", "Multiply", "Concatenate", "Pretrained"}
"""Kinds that need their inputs of one size, for which a layer before or after them often does no more than that."""


def doubled(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return a warning for each layer between which and the next weighing one everything is linear.

    Nothing is said of the layers of an opened block, just as of a closed one's, nor of what only fits a branch to
    others.
    """
    fitting = _fitting(rows)
    weighed: list[int | None] = []
    found: dict[int, int] = {}
    for i, row in enumerate(rows):
        before = weighed[row.sources[0]] if len(row.sources) == 1 and not row.layer.group else None
        weighs = row.layer.kind in WEIGHING and row.layer.enabled
        plain = weighs and not row.layer.group and i not in fitting
        if plain and before is not None and not _narrow(rows[before], row):
            found.setdefault(before, i)
        if weighs:
            weighed.append(i if plain and getattr(row.layer, "activation", "") == "linear" else None)
        else:
            weighed.append(before if _stays(row) else None)
    return [(i, _warning(rows[i].layer, rows[below].layer)) for i, below in found.items()]


def _stays(row: LayerInfo) -> bool:
    layer = row.layer
    return layer.kind in STAYING_LINEAR or getattr(layer, "activation", "") == "linear" or not layer.enabled


def _fitting(rows: Sequence[LayerInfo]) -> set[int]:
    """Return the linear 1×1 convolutions, and dense layers, that feed or follow what brings branches together."""
    joints = [i for i, row in enumerate(rows) if row.layer.kind in JOINTS]
    if not joints:
        return set()
    after = set(joints)
    found: set[int] = set()
    for i, row in enumerate(rows):
        if len(row.sources) != 1 or row.sources[0] not in after:
            continue
        if _fits(row.layer):
            found.add(i)
        elif row.layer.kind not in WEIGHING and _stays(row):
            after.add(i)
    for joint in joints:
        for source in rows[joint].sources:
            above = source
            while rows[above].layer.kind not in WEIGHING and _stays(rows[above]) and len(rows[above].sources) == 1:
                above = rows[above].sources[0]
            if _fits(rows[above].layer):
                found.add(above)
    return found


def _fits(layer: Layer) -> bool:
    if getattr(layer, "activation", "") != "linear":
        return False
    return layer.kind == "Dense" or (layer.kind == "Conv2D" and getattr(layer, "kernel", None) == (1, 1))


def _warning(layer: Layer, below: Layer) -> Problem:
    text = (
        f"nothing from here to {below.name} bends its answers, so that the two layers together can do no more than "
        "one; give it an activation such as relu"
    )
    repair = Repair("Set activation to relu", fields={"activation": "relu"})
    return Problem(layer.name, text, "activation", "warning", repair=repair)


def _narrow(row: LayerInfo, below: LayerInfo) -> bool:
    """Say whether a layer brings many numbers down to few on purpose, which takes fewer weights."""
    if row.shape is None or below.shape is None or not row.inputs:
        return True
    narrower = row.shape[-1] < row.inputs[0][-1] and row.shape[-1] < below.shape[-1]
    if row.layer.kind == "Dense":
        return narrower and below.layer.kind == "Dense"
    return getattr(row.layer, "kernel", None) == (1, 1) and row.shape[-1] < row.inputs[0][-1]
