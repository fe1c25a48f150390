"""The block that looks at several sizes at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import Shape, field, volume
from guiapp.core.layers.blocks import ENTRY
from guiapp.core.layers.bricks import Bricks
from guiapp.core.layers.parts import Pair


def _filters(default: int, label: str, help_: str) -> Any:
    return field(default, label, help_, ge=1, le=65536)


class InceptionBlock(Bricks):
    """Looks at its input through four branches side by side, and lays their channels one after the other.

    Notes
    -----
    After Szegedy et al., "Going deeper with convolutions", CVPR 2015; two 3×3 in place of the 5×5 after Szegedy et
    al., "Rethinking the Inception architecture", CVPR 2016.
    """

    title: ClassVar[str] = "Inception block"
    family: ClassVar[str] = "Blocks"
    icon: ClassVar[str] = "inception"
    order: ClassVar[int] = 71
    words: ClassVar[str] = "inception googlenet branches parallel sizes block module"
    help: ClassVar[str] = (
        "Looks for small, middle and large patterns at once: four branches side by side, whose channels are laid one "
        "after the other. Cheap 1×1 convolutions thin the channels before the large filters."
    )

    one: int = _filters(64, "1×1 filters", "Channels of the branch that is a 1×1 convolution alone.")
    three_reduce: int = _filters(96, "Before the 3×3", "To how many channels the 3×3 branch is thinned first.")
    three: int = _filters(128, "3×3 filters", "Channels of the branch that ends in a 3×3 convolution.")
    five_reduce: int = _filters(16, "Before the 5×5", "To how many channels the 5×5 branch is thinned first.")
    five: int = _filters(32, "5×5 filters", "Channels of the branch that ends in a 5×5 convolution.")
    five_as: Literal["5×5", "two 3×3"] = field(
        "5×5", "The 5×5 is", "Two 3×3 convolutions see as much as one 5×5, with fewer weights and one more activation."
    )
    pool: int = _filters(32, "Pool filters", "Channels of the branch that takes the largest of each 3×3 window first.")

    def inside(self, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        """Return the four branches and what joins them."""
        volume(inputs, "an Inception block")
        begin = (ENTRY,)
        large: tuple[Layer, ...] = self._conv("five", self.five, (5, 5))
        if self.five_as != "5×5":
            large = (*self._conv("five_a", self.five, (3, 3)), *self._conv("five_b", self.five, (3, 3)))
        shrink = create("MaxPooling2D", name="pool", inputs=begin, pool=(3, 3), stride=(1, 1), padding="same")
        branches = (
            self._conv("one", self.one, (1, 1), begin),
            (*self._conv("three_reduce", self.three_reduce, (1, 1), begin), *self._conv("three", self.three, (3, 3))),
            (*self._conv("five_reduce", self.five_reduce, (1, 1), begin), *large),
            (shrink, *self._conv("pool_conv", self.pool, (1, 1))),
        )
        join = create("Concatenate", name="join", inputs=tuple(branch[-1].name for branch in branches))
        return (*(layer for branch in branches for layer in branch), join)

    def _conv(self, name: str, filters: int, kernel: Pair, inputs: Sequence[str] = ()) -> tuple[Layer, ...]:
        first = self.convolution(name, filters, kernel, inputs=inputs)
        return (first, *self.normed(f"{name}_norm"), *self.activated(f"{name}_act"))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The sum of the branches' channels."""
        sizes = (self.one, self.three, self.five, self.pool)
        return " + ".join(f"{size:,}" for size in sizes) + f" = {sum(sizes):,} channels"
