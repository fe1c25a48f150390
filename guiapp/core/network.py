"""A network: ordered layers, what they compute, and what is wrong with them."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Tag

from guiapp.core.layers import Layer, Problem, Repair, Shape, ShapeError, create, kinds
from guiapp.core.layers.base import MAX_NAME, Weight, Words

MAX_PARAMETERS = 10**9
"""Beyond this the weights, their gradients and Adam's two averages take more than 16 GB."""

MAX_LAYERS = 2000


def _kind_of(value: object) -> str | None:
    if isinstance(value, dict):
        return str(value["kind"]) if "kind" in value else None
    return value.kind if isinstance(value, Layer) else None


if TYPE_CHECKING:
    AnyLayer = Layer
else:
    _tagged = [Annotated[cls, Tag(name)] for name, cls in kinds().items()]
    AnyLayer = Annotated[functools.reduce(operator.or_, _tagged), Discriminator(_kind_of)]


class NetworkSpec(Words):
    """An immutable network: layers in order, each fed by the layer above unless it names its inputs."""

    layers: tuple[AnyLayer, ...] = ()

    def index(self, name: str) -> int:
        """Return where the layer called `name` is.

        Raises
        ------
        KeyError
            When there is none.
        """
        for i, layer in enumerate(self.layers):
            if layer.name == name:
                return i
        raise KeyError(name)

    def __getitem__(self, name: str) -> Layer:
        return self.layers[self.index(name)]

    def unique_name(self, stem: str) -> str:
        """Return `stem`, cut where it is long, with the first number that makes it a name that is not taken."""
        stem = stem[: MAX_NAME - 8]
        taken = {layer.name for layer in self.layers}
        n = 1
        while f"{stem}{n}" in taken:
            n += 1
        return f"{stem}{n}"

    def insert(self, at: int, layer: Layer) -> NetworkSpec:
        """Return the network with `layer` at position `at`; it is given a free name where its own is taken or empty."""
        if not layer.name or any(other.name == layer.name for other in self.layers):
            layer = layer.with_fields(name=self.unique_name(layer.name.rstrip("0123456789") or type(layer).stem()))
        return NetworkSpec(layers=(*self.layers[:at], layer, *self.layers[at:]))

    def remove(self, at: int) -> NetworkSpec:
        """Return the network without the layer at `at`; layers that named it take what it took."""
        gone = self.layers[at]
        above = (self.layers[at - 1].name,) if at > 0 and gone.max_inputs > 0 else ()
        taken = gone.inputs or above
        kept = (*self.layers[:at], *self.layers[at + 1 :])
        return NetworkSpec(layers=tuple(_without_input(layer, gone.name, taken) for layer in kept))

    def move(self, source: int, target: int) -> NetworkSpec:
        """Return the network with the layer at `source` moved so that it ends up at position `target`."""
        layers = list(self.layers)
        layers.insert(target, layers.pop(source))
        return NetworkSpec(layers=tuple(layers))

    def replace(self, at: int, layer: Layer) -> NetworkSpec:
        """Return the network with `layer` at `at`; a new name is followed by the layers that named the old one.

        Where the old or the new name is also another layer's, nothing follows: whose input is meant cannot be told.
        """
        old, new = self.layers[at].name, layer.name
        layers = [*self.layers[:at], layer, *self.layers[at + 1 :]]
        others = {other.name for i, other in enumerate(self.layers) if i != at}
        if old != new and not others & {old, new}:
            layers = [_with_input_renamed(other, old, new) for other in layers]
        return NetworkSpec(layers=tuple(layers))

    def update(self, name: str, /, **fields: Any) -> NetworkSpec:
        """Return the network with some fields of one layer changed; they are checked."""
        at = self.index(name)
        return self.replace(at, self.layers[at].with_fields(**fields))


def _without_input(layer: Layer, gone: str, taken: tuple[str, ...]) -> Layer:
    if gone not in layer.inputs:
        return layer
    inputs: list[str] = []
    for name in layer.inputs:
        inputs.extend(taken if name == gone else (name,))
    return layer.with_fields(inputs=tuple(dict.fromkeys(inputs)))


def _with_input_renamed(layer: Layer, old: str, new: str) -> Layer:
    if old not in layer.inputs:
        return layer
    return layer.with_fields(inputs=tuple(new if name == old else name for name in layer.inputs))


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
    """

    layer: Layer
    sources: tuple[int, ...] = ()
    inputs: tuple[Shape, ...] = ()
    shape: Shape | None = None
    weights: tuple[Weight, ...] = ()
    macs: int = 0
    formula: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def parameters(self) -> int:
        """How many numbers it holds, trained or not."""
        return sum(weight.size for weight in self.weights)

    @property
    def trainable(self) -> int:
        """How many numbers training changes."""
        return sum(weight.size for weight in self.weights if weight.trainable)

    @property
    def activations(self) -> int:
        """How many numbers it gives out for one image."""
        return math.prod(self.shape) if self.shape and self.layer.enabled else 0


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
        return LayerInfo(layer, problems=(*problems, Problem(name, exc.text, exc.field)))
    shapes = [rows[s].shape for s in sources]
    inputs = tuple(shape for shape in shapes if shape is not None)
    if not layer.enabled:
        return LayerInfo(layer, sources, inputs, shapes[0] if shapes else None, problems=tuple(problems))
    if len(inputs) < len(shapes) or (layer.max_inputs > 0 and not inputs):
        return LayerInfo(layer, sources, problems=tuple(problems))
    try:
        shape, weights, macs, formula, found = _worked_out(layer, inputs)
    except ShapeError as exc:
        problems.append(Problem(name, exc.text, exc.field, repair=exc.repair))
        return LayerInfo(layer, sources, inputs, problems=tuple(problems))
    return LayerInfo(layer, sources, inputs, shape, weights, macs, formula, (*problems, *found))


# While a person types, all layers but one stay as they are.
@functools.lru_cache(maxsize=2 * MAX_LAYERS)
def _worked_out(
    layer: Layer, inputs: tuple[Shape, ...]
) -> tuple[Shape, tuple[Weight, ...], int, str, tuple[Problem, ...]]:
    shape = layer.output_shape(inputs)
    return shape, layer.weights(inputs), layer.macs(inputs), layer.formula(inputs), tuple(layer.check(inputs))


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
        raise ShapeError(f"takes {layer.max_inputs} input, but {len(wanted)} are named; remove some", "inputs")
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


def repaired(network: NetworkSpec, problem: Problem) -> NetworkSpec:
    """Return `network` with the repair of `problem` done; unchanged where it has none, or its layer is gone."""
    repair = problem.repair
    if repair is None or problem.layer is None:
        return network
    at = _where(network, problem)
    if at is None:
        return network
    if repair.remove:
        network = network.remove(at)
    if repair.fields:
        network = network.replace(at, network.layers[at].with_fields(**repair.fields))
    if repair.insert_before:
        layer = network.layers[at]
        network = network.replace(at, layer.with_fields(inputs=()))
        network = network.insert(at, create(repair.insert_before, inputs=layer.inputs))
    return network


def _where(network: NetworkSpec, problem: Problem) -> int | None:
    """Return the position of the problem's layer; of several with its name, the one that has the problem."""
    found = [i for i, layer in enumerate(network.layers) if layer.name == problem.layer]
    if len(found) > 1:
        rows = analyse(network).rows
        # The number of classes is not known here, and it is the last layer that is held against it.
        return next((i for i in found if problem in rows[i].problems), found[-1])
    return found[0] if found else None


def fitted(network: NetworkSpec, classes: int) -> NetworkSpec:
    """Return `network` with its last dense layer giving one number a class."""
    for i in range(len(network.layers) - 1, -1, -1):
        layer = network.layers[i]
        if layer.kind == "Dense" and layer.enabled:
            return network.replace(i, layer.with_fields(units=classes))
    return network


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
