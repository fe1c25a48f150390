"""The block that adds its input to what it works out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from guiapp.core.layers import Layer, create
from guiapp.core.layers.base import Repair, Shape, ShapeError, field, volume
from guiapp.core.layers.blocks import ENTRY
from guiapp.core.layers.bricks import Bricks
from guiapp.core.layers.parts import Pair
from guiapp.core.shapes import shape_text


class ResidualBlock(Bricks):
    """Adds its input to what its convolutions make of it, once or several times in a row.

    Notes
    -----
    After He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016, where a bottleneck's
    first convolution takes the stride, as in keras.applications; the norm first after their "Identity mappings in
    deep residual networks", ECCV 2016.
    """

    title: ClassVar[str] = "Residual block"
    family: ClassVar[str] = "Blocks"
    icon: ClassVar[str] = "residual"
    order: ClassVar[int] = 70
    words: ClassVar[str] = "residual resnet skip shortcut bottleneck basic block stage"
    help: ClassVar[str] = (
        "Convolutions with a shortcut around them: the input is added to what they make of it, so that they only have "
        "to learn what is missing. Networks of a hundred layers can be trained that way."
    )

    filters: int = field(
        64, "Filters", "How many patterns each convolution looks for; a bottleneck gives out more.", ge=1, le=16384
    )
    depth: int = field(
        1, "Blocks in a row", "How many of these blocks follow each other; only the first one has the stride.",
        ge=1, le=64,
    )  # fmt: skip
    stride: int = field(1, "Stride", "2 halves height and width, in the first block.", unit="px", ge=1, le=64)
    kernel: Pair = field((3, 3), "Kernel", "Height and width of the filters.", unit="px")
    form: Literal["basic", "bottleneck"] = field(
        "basic",
        "Form",
        "“basic” is two convolutions. “bottleneck” thins the channels by a 1×1 convolution, looks for patterns, and "
        "widens them by another: cheaper for many channels.",
    )
    expansion: int = field(
        4, "Widens by", "How many times more channels come out of a bottleneck than its filters.", ge=1, le=64,
        when="form=bottleneck",
    )  # fmt: skip
    shortcut: Literal["automatic", "identity", "projection"] = field(
        "automatic",
        "Shortcut",
        "“identity” passes the input on unchanged, which needs the same shape; “projection” fits it by a 1×1 "
        "convolution. “automatic” projects only where the shape changes.",
    )
    arrangement: Literal["post-activation", "pre-activation"] = field(
        "post-activation",
        "Order",
        "“post-activation” is convolution, norm, activation, as in the first ResNets. “pre-activation” is norm, "
        "activation, convolution, which suits very deep networks.",
    )
    excite: bool = field(False, "Squeeze and excite", "Whether channels are weighed before the input is added.")
    ratio: int = field(
        16, "Ratio", "The middle of squeeze and excite has this many times fewer channels.", ge=1, le=65536,
        when="excite=True",
    )  # fmt: skip

    @property
    def channels(self) -> int:
        """How many channels come out."""
        return self.filters * (self.expansion if self.form == "bottleneck" else 1)

    def inside(self, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        """Return the convolutions, shortcuts and sums of all blocks in the row; those of several are numbered."""
        height, width, channels = volume(inputs, "a residual block")
        out: list[Layer] = []
        for n in range(self.depth):
            lead = f"{n + 1}_" if self.depth > 1 else ""
            stride = self.stride if n == 0 else 1
            changes = channels != self.channels or (stride > 1 and max(height, width) > 1)
            projects = changes or (self.shortcut == "projection" and n == 0)
            if changes and self.shortcut == "identity":
                raise self._no_identity((height, width, channels))
            out.extend(self._one(lead, out[-1].name if out else ENTRY, stride, projects))
            channels = self.channels
        return tuple(out)

    def _no_identity(self, given: Shape) -> ShapeError:
        rows, columns = (-(-side // self.stride) for side in given[:2])
        wanted = shape_text((rows, columns, self.channels))
        return ShapeError(
            f"the shortcut cannot pass {shape_text(given)} on as {wanted}; set it to automatic",
            "shortcut",
            Repair("Set the shortcut to automatic", fields={"shortcut": "automatic"}),
        )

    def _one(self, lead: str, begin: str, stride: int, projects: bool) -> list[Layer]:
        """Return one block of the row, which takes the layer `begin`."""
        early = self.arrangement == "pre-activation"
        out = [*self.normed(f"{lead}norm"), *self.activated(f"{lead}act")] if early else []
        taken = out[-1].name if out else begin
        sizes = self._sizes()
        for n, (filters, kernel) in enumerate(sizes, 1):
            last = n == len(sizes)
            out.append(self.convolution(f"{lead}conv{n}", filters, kernel, stride if n == 1 else 1))
            out.extend(() if early and last else self.normed(f"{lead}norm{n}"))
            out.extend(() if last else self.activated(f"{lead}act{n}"))
        if self.excite:
            out.append(create("SqueezeExcite", name=f"{lead}excite", ratio=self.ratio))
        done, side = out[-1].name, begin
        if projects:
            out.append(self.convolution(f"{lead}shortcut", self.channels, (1, 1), stride, (taken,)))
            out.extend(() if early else self.normed(f"{lead}shortcut_norm"))
            side = out[-1].name
        out.append(create("Add", name=f"{lead}add", inputs=(side, done)))
        return [*out, *(() if early else self.activated(f"{lead}act"))]

    def _sizes(self) -> tuple[tuple[int, Pair], ...]:
        """Filters and kernel of each convolution."""
        if self.form == "basic":
            return (self.filters, self.kernel), (self.filters, self.kernel)
        return (self.filters, (1, 1)), (self.filters, self.kernel), (self.channels, (1, 1))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is added to what."""
        widened = f"{self.filters:,} · {self.expansion} = " if self.form == "bottleneck" else ""
        many = f"{self.depth} times " if self.depth > 1 else ""
        rows, columns, channels = self.output_shape(inputs)
        return f"{many}input + convolutions of it: {rows}×{columns}, {widened}{channels:,} channels"
