"""The same numbers in another shape."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from guiapp.core.layers.base import (
    MAX_NAME,
    Layer,
    Repair,
    Shape,
    ShapeError,
    View,
    field,
    refuse_others,
)
from guiapp.core.shapes import shape_text

FAR = 1e9
"""A distance in pixels that no image has: neighbours of a new shape may come from anywhere."""

SIDES = ("height", "width", "channels")
MOST = 10**8


class Reshape(Layer):
    """The same numbers as a volume of other sides, or as a vector."""

    title: ClassVar[str] = "Reshape"
    family: ClassVar[str] = "Shape"
    icon: ClassVar[str] = "reshape"
    order: ClassVar[int] = 41
    words: ClassVar[str] = "reshape shape volume vector unflatten view"
    keras: ClassVar[str] = "Reshape"
    help: ClassVar[str] = (
        "Puts the same numbers, in their order, into another shape: a vector becomes a volume, as after a dense layer "
        "that is to be followed by convolutions."
    )

    to: Literal["volume", "vector"] = field("volume", "Into", "Whether a volume or a vector comes out.")
    height: int = field(
        1, "Height", "Height of the volume.", unit="px", when="to=volume", zero="what fits", ge=0, le=MOST
    )
    width: int = field(1, "Width", "Width of the volume.", unit="px", when="to=volume", zero="what fits", ge=0, le=MOST)
    channels: int = field(
        0,
        "Channels",
        "Channels of the volume. One of the three may be 0: it is worked out from the others.",
        when="to=volume",
        zero="what fits",
        ge=0,
        le=MOST,
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (height, width, channels), or (all of them,)."""
        total = math.prod(inputs[0])
        if self.to == "vector":
            return (total,)
        sides = (self.height, self.width, self.channels)
        if sides.count(0) > 1:
            raise ShapeError(
                "only one side can be what fits; give the others a number of 1 or more",
                next(name for name, side in zip(SIDES, sides, strict=True) if side == 0),
                *_fits(total, (self.height or 1, self.width or 1, self.channels or 1)),
            )
        known = math.prod(side for side in sides if side)
        if total != known and (0 not in sides or total % known):
            raise self._differs(total, sides, known)
        return tuple(side or total // known for side in sides)

    def _differs(self, total: int, sides: tuple[int, int, int], known: int) -> ShapeError:
        shape = shape_text([side for side in sides if side])
        text = f"{shape} holds {known:,} numbers" if 0 not in sides else f"sides of {shape} do not divide the numbers"
        return ShapeError(
            f"{text}, but {total:,} come in; choose sides whose product is that",
            SIDES[sides.index(0) - 1] if 0 in sides else "channels",
            *_fits(total, sides),
        )

    def view(self, views: Sequence[View], inputs: Sequence[Shape]) -> View:
        """The input's; in another shape, neighbours may have come from anywhere."""
        view = super().view(views, inputs)
        return view if self.output_shape(inputs) == inputs[0] else View(view.size, (FAR, FAR))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The product of the sides, before and after."""
        before, after = (" · ".join(f"{side:,}" for side in shape) for shape in (inputs[0], self.output_shape(inputs)))
        return f"{before} = {after}" if before != after else f"{before}, as it is"

    def build(self, keras: Any, x: Any) -> Any:
        """Apply Keras' layer, which writes -1 for what fits."""
        sides = (self.height, self.width, self.channels)
        target = (-1,) if self.to == "vector" else tuple(side or -1 for side in sides)
        return keras.layers.Reshape(target, name=self.name)(x)

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer of a config, whose target shape has one side or three."""
        refuse_others(config, cls.only)
        name, target = str(config.get("name", ""))[:MAX_NAME], tuple(config["target_shape"])
        if len(target) == 1:
            return cls(name=name, to="vector")
        if len(target) != 3:
            raise ValueError(f"the target shape {target} has {len(target)} sides; layers here have one or three")
        return cls(name=name, **{side: 0 if n == -1 else n for side, n in zip(SIDES, target, strict=True)})


def _fits(total: int, sides: tuple[int, int, int]) -> tuple[Repair, tuple[Repair, ...]]:
    """Return the repairs that make the product `total` by one side; by all of them where one cannot."""
    found = []
    for i in (2, 0, 1):
        rest = math.prod(side or 1 for at, side in enumerate(sides) if at != i)
        if total % rest == 0 and total // rest <= MOST:
            fields = {name: side or 1 for name, side in zip(SIDES, sides, strict=True)} | {SIDES[i]: total // rest}
            found.append(Repair(f"Set {SIDES[i]} to {total // rest:,}", fields=fields))
    if total <= MOST:
        found.append(Repair(f"Set it to 1×1×{total}", fields={"height": 1, "width": 1, "channels": total}))
    else:
        found.append(Repair("Make it a vector", fields={"to": "vector"}))
    return found[0], tuple(found[1:])
