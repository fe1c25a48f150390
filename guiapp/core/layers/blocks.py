"""Blocks: several layers as one, which can be opened into them and closed again."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import model_validator

from guiapp.core.layers.base import Layer, Same, Shape, ShapeError, View, Weight, field

if TYPE_CHECKING:
    AnyLayer = Layer

ENTRY = "input"
"""What layers inside a block call that which the block takes."""

MOST_NESTED = 8


@dataclass(frozen=True)
class Step:
    """One layer inside a block: positions of the layers that feed it (-1 for the block's input), and shapes."""

    layer: Layer
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    shape: Shape


def walk(layers: Sequence[Layer], entry: Shape) -> tuple[Step, ...]:
    """Return what each of `layers` takes and gives, the first one (and who names `ENTRY`) taking `entry`.

    Raises
    ------
    ShapeError
        When a layer cannot take its inputs, or names one that is not above it; it is led by that layer's name.
    """
    steps: list[Step] = []
    positions = {ENTRY: -1}
    for at, layer in enumerate(layers):
        missing = [name for name in layer.inputs if name not in positions]
        if missing:
            raise ShapeError(f"inside, {layer.name} takes “{missing[0]}”, which no layer above it is called")
        sources = tuple(positions[name] for name in layer.inputs) or (at - 1,)
        inputs = tuple(entry if source < 0 else steps[source].shape for source in sources)
        steps.append(Step(layer, sources, inputs, _shape(layer, inputs)))
        positions.setdefault(layer.name, at)
    return tuple(steps)


def _shape(layer: Layer, inputs: tuple[Shape, ...]) -> Shape:
    if not layer.enabled:
        return inputs[0]
    if not layer.min_inputs <= len(inputs) <= layer.max_inputs:
        raise ShapeError(f"inside, {layer.name} takes {len(inputs)} inputs, which it cannot")
    try:
        return layer.output_shape(inputs)
    except ShapeError as exc:
        raise ShapeError(f"inside, {layer.name}: {exc.text}") from None


class Block(Layer):
    """Several layers as one. A kind of block overrides `inside`; the arithmetic follows from it."""

    icon: ClassVar[str] = "block"

    def inside(self, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        """Return the layers that it stands for, with names of their own; the last gives what the block gives.

        The first takes the block's input, as does every layer that names `ENTRY`.
        """
        raise NotImplementedError

    def steps(self, inputs: Sequence[Shape]) -> tuple[Step, ...]:
        """Return what each layer inside takes and gives.

        Raises
        ------
        ShapeError
            As `walk`.
        """
        return _steps(Same(self), tuple(inputs))

    def live(self, inputs: Sequence[Shape]) -> tuple[Step, ...]:
        """Return `steps` without the disabled layers."""
        return tuple(step for step in self.steps(inputs) if step.layer.enabled)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return what the last layer inside gives."""
        steps = self.steps(inputs)
        return steps[-1].shape if steps else inputs[0]

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The arrays of all layers inside, each led by its layer's name."""
        return tuple(
            Weight(f"{step.layer.name}/{weight.name}", weight.shape, weight.trainable)
            for step in self.live(inputs)
            for weight in step.layer.weights(step.inputs)
        )

    def macs(self, inputs: Sequence[Shape]) -> int:
        """The sum over the layers inside."""
        return sum(step.layer.macs(step.inputs) for step in self.live(inputs))

    def numbers(self, inputs: Sequence[Shape]) -> int:
        """What all layers inside give out together."""
        return sum(step.layer.numbers(step.inputs) for step in self.live(inputs))

    def view(self, views: Sequence[View], inputs: Sequence[Shape]) -> View:
        """The view of the last layer inside."""
        found: list[View] = []
        for step in self.steps(inputs):
            before = [views[0] if source < 0 else found[source] for source in step.sources]
            found.append(step.layer.view(before, step.inputs) if step.layer.enabled else before[0])
        return found[-1] if found else views[0]

    def build(self, keras: Any, x: Any) -> Any:
        """Blocks are built as the layers inside them."""
        raise TypeError(f"{self.name} is a block: build the flat network")


@functools.lru_cache(maxsize=1024)
def _steps(block: Same, inputs: tuple[Shape, ...]) -> tuple[Step, ...]:
    assert isinstance(block.layer, Block)
    return walk(block.layer.inside(inputs), inputs[0])


class Group(Block):
    """Layers that were put together by hand."""

    title: ClassVar[str] = "Group"
    family: ClassVar[str] = "Blocks"
    order: ClassVar[int] = 79
    words: ClassVar[str] = "group block own layers fold"
    help: ClassVar[str] = (
        "Several layers that you put together, shown as one. Open it to change what is inside; the figures are those "
        "of all its layers."
    )

    layers: tuple[AnyLayer, ...] = field((), "Layers", "The layers inside.", hidden=True)

    @model_validator(mode="after")
    def _not_too_deep(self) -> Group:
        if _depth(self) > MOST_NESTED:
            raise ValueError(f"holds groups in groups more than {MOST_NESTED} deep; open some of them")
        return self

    def inside(self, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        """Return the layers that were put together."""
        return self.layers

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How many layers there are."""
        return f"{len(self.layers):,} layer{'s' * (len(self.layers) != 1)}"


def _depth(group: Group) -> int:
    return 1 + max((_depth(layer) for layer in group.layers if isinstance(layer, Group)), default=0)
