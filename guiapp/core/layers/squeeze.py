"""The block that weighs channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import Shape, field, volume
from guiapp.core.layers.blocks import ENTRY, Block
from guiapp.core.layers.parts import Activation


class SqueezeExcite(Block):
    """Weighs each channel by what the whole image shows.

    Notes
    -----
    After Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018.
    """

    title: ClassVar[str] = "Squeeze and excite"
    family: ClassVar[str] = "Blocks"
    icon: ClassVar[str] = "squeeze"
    order: ClassVar[int] = 72
    words: ClassVar[str] = "squeeze excite excitation se channel attention gate block"
    help: ClassVar[str] = (
        "Takes the mean of each channel, works out from all of them how much each matters in this image, and turns "
        "every channel up or down by that. It costs little and often helps."
    )

    ratio: int = field(16, "Ratio", "The middle has this many times fewer channels; 1 is no squeeze.", ge=1, le=65536)
    activation: Activation = field("relu", "Activation", "What is done to the numbers in the middle.")
    gate: Activation = field(
        "sigmoid", "Gate", "What turns the last numbers into factors: a sigmoid gives factors between 0 and 1."
    )
    use_bias: bool = field(True, "Bias", "Whether the two convolutions add a number of their own to each channel.")

    def middle(self, channels: int) -> int:
        """How many channels the middle has."""
        return max(1, channels // self.ratio)

    def inside(self, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        """Return the mean of each channel, two 1×1 convolutions, and the product with the input."""
        channels = volume(inputs, "squeeze and excite")[2]
        return (
            create("GlobalAveragePooling2D", name="mean", keepdims=True),
            self._one("squeeze", self.middle(channels), self.activation),
            self._one("excite", channels, self.gate),
            create("Multiply", name="scale", inputs=(ENTRY, "excite")),
        )

    def _one(self, name: str, filters: int, activation: str) -> Layer:
        return create(
            "Conv2D", name=name, filters=filters, kernel=(1, 1), activation=activation, use_bias=self.use_bias
        )

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How many channels there are on the way."""
        channels = inputs[0][2]
        return f"{channels:,} → {channels:,} / {self.ratio:,} = {self.middle(channels):,} → {channels:,} factors"
