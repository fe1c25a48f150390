"""Blocks: several layers as one, which can be opened into them and closed again."""

from __future__ import annotations

import functools
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ValidationError, model_validator

from guiapp.core.layers import limits
from guiapp.core.layers.base import Layer, Problem, Repair, Same, Severity, Shape, ShapeError, View, Weight, field

if TYPE_CHECKING:
    AnyLayer = Layer

ENTRY = "input"
"""What layers inside a block call that which the block takes."""

MOST_NESTED = 8
MOST_INSIDE = 2000
"""How many layers a block may hold, with those of the blocks inside it."""


OPEN = Repair("Open this block", open_block=True)


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
        When a layer cannot take its inputs, names one that is not above it, or has a name that cannot be.
    """
    if not layers:
        raise ShapeError("holds no layers; remove it", repair=Repair("Remove this block", remove=True))
    steps: list[Step] = []
    positions = {ENTRY: -1}
    count = 0
    for at, layer in enumerate(layers):
        _check_inner(layer, positions)
        sources = tuple(positions[name] for name in layer.inputs) or (at - 1,)
        inputs = tuple(entry if source < 0 else steps[source].shape for source in sources)
        steps.append(Step(layer, sources, inputs, _shape(layer, inputs)))
        positions[layer.name] = at
        count += _count(steps[-1:])
        if count > MOST_INSIDE:  # at once: those that follow may take very long
            raise ShapeError(f"holds more than {MOST_INSIDE:,} layers; open it and remove some")
    return tuple(steps)


def _check_inner(layer: Layer, above: Container[str]) -> None:
    """Raise where a layer cannot stand below those called `above`, in a block."""
    mend = "open the block and"
    if not layer.name.strip():
        raise ShapeError(f"inside, a layer has no name; {mend} give it one")
    if layer.name == ENTRY:
        raise ShapeError(f"inside, “{ENTRY}” is what the block takes, and no name for a layer; {mend} rename it")
    if "/" in layer.name:
        raise ShapeError(f"inside, the name “{layer.name}” must not hold “/”; {mend} take it out")
    if not layer.name.isprintable():
        shown = "".join(c if c.isprintable() else "�" for c in layer.name)
        raise ShapeError(f"inside, the name “{shown}” holds characters that cannot be seen; {mend} take them out")
    if layer.name in above:
        raise ShapeError(f"inside, two layers are called “{layer.name}”; {mend} rename one of them")
    if layer.max_inputs == 0:
        raise ShapeError(
            f"inside, {layer.name} brings images in, which only the top of a network does; {mend} remove it"
        )
    missing = [name for name in layer.inputs if name not in above]
    if missing:
        raise ShapeError(
            f"inside, {layer.name} takes “{missing[0]}”, which no layer above it is called; {mend} choose another"
        )


def _shape(layer: Layer, inputs: tuple[Shape, ...]) -> Shape:
    if not layer.enabled:
        return inputs[0]
    if len(inputs) < layer.min_inputs:
        raise ShapeError(
            f"inside, {layer.name} brings at least {layer.min_inputs} layers together; open the block and name them"
        )
    if len(inputs) > layer.max_inputs:
        raise ShapeError(
            f"inside, {layer.name} takes {len(inputs)} layers, which are too many; open the block and remove some"
        )
    try:
        return limits.given(layer, inputs)
    except ShapeError as exc:
        raise ShapeError(f"inside, {layer.name}: {exc.text}") from None


def _count(steps: Sequence[Step]) -> int:
    return sum(
        step.layer.count(step.inputs) if isinstance(step.layer, Block) and step.layer.enabled else 1 for step in steps
    )


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
        return self.steps(inputs)[-1].shape

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
        return found[-1]

    def count(self, inputs: Sequence[Shape]) -> int:
        """How many layers it stands for, with those of the blocks inside it."""
        return _count(self.steps(inputs))

    def check(self, inputs: Sequence[Shape]) -> tuple[Problem, ...]:
        """What is legal but probably not meant, of the layers inside."""
        return self.told(inputs, lambda layer, given: layer.check(given))

    def told(
        self, inputs: Sequence[Shape], find: Callable[[Layer, tuple[Shape, ...]], Iterable[Problem]]
    ) -> tuple[Problem, ...]:
        """Return what `find` says of the layers inside, as problems of the block; of several alike, it is said once."""
        found: dict[tuple[str, Severity], list[str]] = {}
        for step in self.live(inputs):
            for problem in find(step.layer, step.inputs):
                found.setdefault((problem.text, problem.severity), []).append(step.layer.name)
        return tuple(
            Problem(self.name, f"inside, {_first_of(names)}: {text}", severity=severity, repair=OPEN)
            for (text, severity), names in found.items()
        )

    def build(self, keras: Any, x: Any) -> Any:
        """Blocks are built as the layers inside them."""
        raise TypeError(f"{self.name} is a block: build the flat network")


def _first_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1:,} more"


@functools.lru_cache(maxsize=2 * MOST_INSIDE)
def _steps(block: Same, inputs: tuple[Shape, ...]) -> tuple[Step, ...]:
    assert isinstance(block.layer, Block)
    try:
        layers = block.layer.inside(inputs)
    except ValidationError as exc:
        wrong = exc.errors(include_url=False)[0]
        raise ShapeError(
            f"inside, {'.'.join(map(str, wrong['loc']))} would be {wrong['input']!r:.40}, which no layer can have; use "
            "smaller numbers, or fewer channels above"
        ) from None
    return walk(layers, inputs[0])


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

    @model_validator(mode="before")
    @classmethod
    def _not_too_deep(cls, value: Any) -> Any:
        # Before anything inside is looked at, so that what is wrong is told of the outermost group.
        if _depth(value) > MOST_NESTED:
            raise ValueError(f"holds groups in groups more than {MOST_NESTED} deep; open some of them")
        return value

    def inside(self, inputs: Sequence[Shape]) -> tuple[Layer, ...]:
        """Return the layers that were put together."""
        return self.layers

    def formula(self, inputs: Sequence[Shape]) -> str:
        """How many layers there are."""
        count = self.count(inputs)
        return f"{count:,} layer{'s' * (count != 1)}"


def _depth(value: Any) -> int:
    """Return how many groups hold each other, given the outermost one's fields; no more than one above the limit."""
    depth, level = 0, [value]
    while level and depth <= MOST_NESTED:
        depth += 1
        held = [item for group in level for item in _held(group)]
        level = [item for item in held if isinstance(item, (dict, Group)) and _held(item)]
    return depth


def _held(group: Any) -> Sequence[Any]:
    if isinstance(group, Group):
        return group.layers
    held = group.get("layers") if isinstance(group, dict) else ()
    return held if isinstance(held, (list, tuple)) else ()
