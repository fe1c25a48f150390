"""What a network computes, and what is wrong with it: every shape, weight and cost, as one types."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from guiapp.core.layers import Layer, Problem, Repair, Shape, ShapeError
from guiapp.core.layers.base import Same, View, Weight
from guiapp.core.network import MAX_LAYERS, NetworkSpec

MAX_PARAMETERS = 10**9
"""Beyond this the weights, their gradients and Adam's two averages take more than 16 GB."""


@dataclass(frozen=True)
class LayerInfo:
    """What the arithmetic says of one layer.

    Attributes
    ----------
    layer : Layer
        The layer itself.
    sources : tuple of int
        Positions of the layers that feed it, disabled ones passed over.
    inputs : tuple of Shape
        The shapes that come in; empty for an input, or where a layer before it has a problem.
    shape : Shape or None
        The shape that comes out; None where it cannot be told.
    weights : tuple of Weight
        The arrays that it holds.
    macs : int
        Multiply-adds for one image.
    formula : str
        The arithmetic of the output with the numbers filled in.
    problems : tuple of Problem
        What is wrong with it.
    activations : int
        How many numbers it gives out for one image, with those of all layers inside it.
    view : View or None
        How much of the image one number of its output depends on, without the image's borders.
    sees : tuple of int or None
        The receptive field: the same in whole pixels, (height, width), no more than the image has.
    """

    layer: Layer
    sources: tuple[int, ...] = ()
    inputs: tuple[Shape, ...] = ()
    shape: Shape | None = None
    weights: tuple[Weight, ...] = ()
    macs: int = 0
    formula: str = ""
    problems: tuple[Problem, ...] = ()
    activations: int = 0
    view: View | None = None
    sees: tuple[int, int] | None = None

    @property
    def parameters(self) -> int:
        """How many numbers it holds, trained or not."""
        return sum(weight.size for weight in self.weights)

    @property
    def trainable(self) -> int:
        """How many numbers training changes."""
        return sum(weight.size for weight in self.weights if weight.trainable)


@dataclass(frozen=True)
class Analysis:
    """What the arithmetic says of a network: a row a layer, and everything that is wrong."""

    rows: tuple[LayerInfo, ...]
    problems: tuple[Problem, ...]

    @functools.cached_property
    def parameters(self) -> int:
        """All the numbers that the network holds."""
        return sum(row.parameters for row in self.rows)

    @functools.cached_property
    def trainable(self) -> int:
        """The numbers that training changes."""
        return sum(row.trainable for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-adds for one image."""
        return sum(row.macs for row in self.rows)

    @functools.cached_property
    def activations(self) -> int:
        """Numbers that all layers give out for one image."""
        return sum(row.activations for row in self.rows)

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from being built."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @property
    def shape(self) -> Shape | None:
        """The shape that the network gives out."""
        live = [row for row in self.rows if row.layer.enabled]
        return live[-1].shape if live else None


def analyse(network: NetworkSpec, classes: int | None = None) -> Analysis:
    """Work out every shape, weight and cost of `network`, and list its problems.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    classes : int, optional
        How many classes the dataset has; the last layer is then held against it.
    """
    rows: list[LayerInfo] = []
    positions: dict[str, int] = {}
    for i, layer in enumerate(network.layers):
        row = _row(layer, i, rows, positions)
        rows.append(row)
        positions.setdefault(layer.name, i)
    whole: list[Problem] = []
    for at, problem in (*_structure(network), *_ending(rows, classes)):
        if at is None:
            whole.append(problem)
        else:
            rows[at] = replace(rows[at], problems=(*rows[at].problems, problem))
    return Analysis(tuple(rows), (*(problem for row in rows for problem in row.problems), *whole))


def _row(layer: Layer, at: int, rows: Sequence[LayerInfo], positions: dict[str, int]) -> LayerInfo:
    name = layer.name
    problems = [*_name_problems(layer, positions)]
    try:
        sources = _sources(layer, at, rows, positions)
    except ShapeError as exc:
        return LayerInfo(layer, problems=(*problems, _problem(name, exc)))
    shapes = [rows[s].shape for s in sources]
    inputs = tuple(shape for shape in shapes if shape is not None)
    if not layer.enabled:
        passed = rows[sources[0]] if sources else LayerInfo(layer)
        return LayerInfo(
            layer, sources, inputs, passed.shape, problems=tuple(problems), view=passed.view, sees=passed.sees
        )
    if len(inputs) < len(shapes) or (layer.max_inputs > 0 and not inputs):
        return LayerInfo(layer, sources, problems=tuple(problems))
    views = tuple(rows[s].view or View() for s in sources)
    try:
        found = _worked_out(Same(layer), inputs, views)
    except ShapeError as exc:
        problems.append(_problem(name, exc))
        return LayerInfo(layer, sources, inputs, problems=tuple(problems))
    image = rows[0].shape if rows else found.shape
    return replace(
        found, sources=sources, problems=(*problems, *found.problems), sees=_sees(found.view or View(), image or ())
    )


def _problem(name: str, exc: ShapeError) -> Problem:
    return Problem(name, exc.text, exc.field, repair=exc.repair, others=exc.others)


def _sees(view: View, image: Shape) -> tuple[int, int] | None:
    if len(image) != 3:
        return None
    height, width = (side if size >= side else math.ceil(size) for size, side in zip(view.size, image, strict=False))
    return height, width


# While a person types, all layers but one stay as they are.
@functools.lru_cache(maxsize=2 * MAX_LAYERS)
def _worked_out(key: Same, inputs: tuple[Shape, ...], views: tuple[View, ...]) -> LayerInfo:
    layer = key.layer
    return LayerInfo(
        layer,
        inputs=inputs,
        shape=layer.output_shape(inputs),
        weights=layer.weights(inputs),
        macs=layer.macs(inputs),
        formula=layer.formula(inputs),
        problems=tuple(layer.check(inputs)),
        activations=layer.numbers(inputs),
        view=layer.view(views, inputs),
    )


def _name_problems(layer: Layer, positions: dict[str, int]) -> list[Problem]:
    if not layer.name.strip():
        return [Problem(layer.name, "has no name; give it one", "name")]
    if "/" in layer.name:
        return [Problem(layer.name, "a name must not hold “/”; take it out", "name")]
    if layer.name in positions:
        return [Problem(layer.name, f"the name “{layer.name}” is taken by another layer; change one of them", "name")]
    return []


def _sources(layer: Layer, at: int, rows: Sequence[LayerInfo], positions: dict[str, int]) -> tuple[int, ...]:
    if layer.max_inputs == 0:
        return ()
    wanted = [at - 1] if not layer.inputs and at > 0 else []
    for name in layer.inputs:
        if name not in positions:
            raise ShapeError(f"takes “{name}”, but no layer above has that name; choose another input", "inputs")
        wanted.append(positions[name])
    if len(wanted) > layer.max_inputs:
        most = f"{layer.max_inputs} input" + "s" * (layer.max_inputs > 1)
        raise ShapeError(f"takes {most}, but {len(wanted)} are named; remove some", "inputs")
    if wanted and len(wanted) < layer.min_inputs:
        title = type(layer).title
        raise ShapeError(
            f"{title} brings at least {layer.min_inputs} layers together; name the layers that it takes", "inputs"
        )
    return tuple(_through_disabled(source, rows) for source in wanted)


def _through_disabled(source: int, rows: Sequence[LayerInfo]) -> int:
    while not rows[source].layer.enabled and rows[source].sources:
        source = rows[source].sources[0]
    return source


Placed = tuple[int | None, Problem]
"""A problem and the position of its layer, since names may be taken twice."""


def _structure(network: NetworkSpec) -> list[Placed]:
    if not network.layers:
        return [(None, Problem(None, "the network has no layers; add an Input, or start from a template"))]
    problems: list[Placed] = []
    if len(network.layers) > MAX_LAYERS:
        problems.append((None, Problem(None, f"the network has more than {MAX_LAYERS:,} layers; remove some")))
    first = network.layers[0]
    others = [i for i, layer in enumerate(network.layers) if i and layer.kind == "Input"]
    if first.kind != "Input" or not first.enabled:
        repair: Repair | None = Repair("Insert an Input", insert_before="Input")
        if first.kind == "Input":
            repair = Repair("Enable this Input", fields={"enabled": True})
        elif others:
            repair = None
        text = "the first layer must be an Input, so that the size of the images is known"
        problems.append((0, Problem(first.name, text, repair=repair)))
    text = "a network has one Input, at the top; remove this one"
    remove = Repair("Remove this Input", remove=True)
    problems.extend((i, Problem(network.layers[i].name, text, repair=remove)) for i in others)
    return problems


def _ending(rows: Sequence[LayerInfo], classes: int | None) -> list[Placed]:
    return [*_too_many(rows), *_wrong_end(rows, classes)]


def _too_many(rows: Sequence[LayerInfo]) -> list[Placed]:
    total = sum(row.parameters for row in rows)
    if total <= MAX_PARAMETERS:
        return []
    at = max(range(len(rows)), key=lambda i: rows[i].parameters)
    largest = rows[at]
    text = (
        f"{largest.parameters:,} parameters here bring the network to {total:,}, about {total * 16 / 1e9:,.0f} GB "
        f"while training; the limit is {MAX_PARAMETERS:,}. Use fewer units or filters, or pool before it"
    )
    return [(at, Problem(largest.layer.name, text))]


def _wrong_end(rows: Sequence[LayerInfo], classes: int | None) -> list[Placed]:
    live = [i for i, row in enumerate(rows) if row.layer.enabled]
    shape = rows[live[-1]].shape if live else None
    if shape is None:
        return []
    at = live[-1]
    last = rows[at].layer
    if len(live) == 1:
        return [(at, Problem(last.name, "there is only an Input; add layers below it"))]
    if len(shape) != 1:
        shown = "×".join(str(n) for n in shape)
        text = f"the network ends in a volume of {shown}; add a Flatten and a Dense with one unit a class"
        return [(at, Problem(last.name, text))]
    if classes is None or shape[0] == classes:
        return []
    text = f"gives {shape[0]:,} numbers, but the dataset has {classes:,} classes; "
    if last.kind != "Dense":
        return [(at, Problem(last.name, f"{text}end with a Dense of {classes:,} units"))]
    repair = Repair(f"Set units to {classes}", fields={"units": classes})
    return [(at, Problem(last.name, f"{text}set its units to that", "units", repair=repair))]


Build = Callable[[Layer, Any], Any]


def assemble(network: NetworkSpec, image: Any, apply: Build) -> dict[str, Any]:
    """Walk a network without problems in order, and return what each enabled layer gives out, by name.

    Parameters
    ----------
    network : NetworkSpec
        A network whose analysis has no errors.
    image : Any
        What stands for the image, e.g. a Keras input tensor.
    apply : callable
        Called with a layer and its input (a list of inputs where it names several).
    """
    rows = analyse(network).rows
    outputs: dict[str, Any] = {}
    for row in rows:
        if row.layer.enabled:
            given = [outputs[rows[source].layer.name] for source in row.sources]
            outputs[row.layer.name] = apply(row.layer, image if not given else given[0] if len(given) == 1 else given)
    return outputs
