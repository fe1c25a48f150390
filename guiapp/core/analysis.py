"""What a network computes, and what is wrong with it: every shape, weight and cost, as one types."""

from __future__ import annotations

import functools
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from guiapp.core import advice, assuming, feeding, insides, judging, matching, wiring
from guiapp.core.judging import MAX_PARAMETERS
from guiapp.core.layer_info import Analysis, LayerInfo
from guiapp.core.layers import Layer, Problem, Shape, ShapeError, limits
from guiapp.core.layers.base import Same, View
from guiapp.core.layers.blocks import OPEN, Block, Group
from guiapp.core.network import MAX_LAYERS, NetworkSpec
from guiapp.core.wiring import REMOVE

__all__ = ["MAX_PARAMETERS", "Analysis", "LayerInfo", "analyse", "assemble", "told"]

KEPT = 4 * MAX_LAYERS


class _Given(NamedTuple):
    """What a row is made of, beside its layer."""

    sources: tuple[int, ...]
    named: tuple[Problem, ...]
    shapes: tuple[Shape | None, ...]
    views: tuple[View | None, ...]
    image: Shape | None
    guessed: bool
    """Whether one of the shapes rests on one that is only assumed."""


class _Known(NamedTuple):
    row: LayerInfo
    given: _Given
    fed: LayerInfo | None
    above: LayerInfo | None
    """What feeds it, where that is the layer above and its name is right."""


class _Marked(NamedTuple):
    row: LayerInfo
    problems: tuple[Problem, ...]
    marked: LayerInfo


# While a person types, all layers but one stay as they are: their rows then stay the same objects. The entries hold
# what their keys are the identities of.
_known: dict[int, _Known] = {}
_marked: dict[int, _Marked] = {}
_recent: deque[tuple[NetworkSpec, int | None, Analysis]] = deque(maxlen=8)


def analyse(network: NetworkSpec, classes: int | None = None) -> Analysis:
    """Work out every shape, weight and cost of `network`, and list its problems.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    classes : int, optional
        How many classes the dataset has; the last layer is then held against it.
    """
    for known, count, found in tuple(_recent):
        if known is network and count == classes:
            return found
    for kept in (_known, _marked):
        if len(kept) > KEPT:
            kept.clear()
    rows = _rows(network.layers)
    feeding.mend_at_input(rows)
    matching.mend_above(rows)
    whole: list[Problem] = []
    added: dict[int, tuple[Problem, ...]] = {}
    for at, problem in _whole(network, rows, classes):
        if at is None:
            whole.append(problem)
        else:
            added[at] = (*added.get(at, ()), problem)
    for at, problems in added.items():
        rows[at] = _with(rows[at], problems)
    found = Analysis(tuple(rows), (*(problem for row in rows for problem in row.problems), *whole))
    _recent.append((network, classes, found))
    return found


def told(found: Analysis, more: Mapping[int, Problem]) -> Analysis:
    """Return an analysis with problems that others than the arithmetic found, by the positions of their layers."""
    if not more:
        return found
    rows = list(found.rows)
    for at, problem in more.items():
        rows[at] = _with(rows[at], (problem,))
    return Analysis(tuple(rows), (*found.problems, *more.values()))


def _rows(layers: Sequence[Layer]) -> list[LayerInfo]:
    rows: list[LayerInfo] = []
    positions: dict[str, int] = {}
    inside = 0
    for at, layer in enumerate(layers):
        block = isinstance(layer, Block) and layer.enabled
        if block and inside > MAX_LAYERS:
            rows.append(_left_out(at, layers, rows, positions))
        else:
            rows.append(_unchanged(layer, rows, positions) or _row(at, layers, rows, positions))
            inside += judging.count(rows[-1]) if block else 0
        positions.setdefault(layer.name, at)
    return rows


def _left_out(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], positions: dict[str, int]) -> LayerInfo:
    """Return the row of a block that is not looked into, since the blocks above hold too many layers already."""
    named = wiring.name_problems(layers[at], layers, positions)
    try:
        return LayerInfo(layers[at], wiring.sources(at, layers, rows, positions), problems=named)
    except ShapeError as exc:
        return LayerInfo(layers[at], problems=(*named, _problem(layers[at], exc)))


def _unchanged(layer: Layer, rows: Sequence[LayerInfo], positions: dict[str, int]) -> LayerInfo | None:
    """Return the row that a layer had, where it only takes the one above and that stayed the same object."""
    known = _known.get(id(layer))
    if known is None or known.above is None or known.row.layer is not layer or layer.name in positions:
        return None
    above = rows[-1] if rows else None
    same = above is known.above and above.layer.enabled and known.given.sources[0] == len(rows) - 1
    return known.row if same else None


def _whole(network: NetworkSpec, rows: Sequence[LayerInfo], classes: int | None) -> Iterable[judging.Placed]:
    yield from judging.structure(network)
    yield from judging.ending(rows, classes)
    yield from judging.dead_branches(rows)
    yield from feeding.scaled_twice(rows)
    yield from advice.of_network(rows)
    yield from insides.told(rows)


def _with(row: LayerInfo, problems: tuple[Problem, ...]) -> LayerInfo:
    known = _marked.get(id(row))
    if known is not None and known.row is row and known.problems == problems:
        return known.marked
    marked = replace(row, problems=(*row.problems, *problems))
    _marked[id(row)] = _Marked(row, problems, marked)
    return marked


def _row(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], positions: dict[str, int]) -> LayerInfo:
    layer = layers[at]
    named = wiring.name_problems(layer, layers, positions)
    try:
        sources = wiring.sources(at, layers, rows, positions)
    except ShapeError as exc:
        assumed = assuming.unfed(layer, exc, rows, positions)
        return LayerInfo(layer, problems=(*named, _problem(layer, exc)), assumed=assumed)
    known = _known.get(id(layer))
    if known is not None and known.row.layer is not layer:
        known = None
    fed = rows[sources[0]] if len(sources) == 1 else None
    if known is not None and fed is not None and known.fed is fed and known.given[:2] == (sources, named):
        return known.row  # the layer above stayed the same object, and so did everything that it was made of
    above = [rows[source] for source in sources]
    shapes, views = tuple([row.shape or row.assumed for row in above]), tuple([row.view for row in above])
    guessed = any(row.shape is None or row.guessed for row in above)
    given = _Given(sources, named, shapes, views, rows[0].shape if rows else None, guessed)
    row = known.row if known is not None and known.given == given else _made(layer, given)
    simple = fed is not None and not layer.inputs and not named and sources == (at - 1,) and layer.min_inputs < 2
    _known[id(layer)] = _Known(row, given, fed, fed if simple else None)
    return row


def _made(layer: Layer, given: _Given) -> LayerInfo:
    sources, named, shapes, views, image, guessed = given
    inputs = tuple(shape for shape in shapes if shape is not None)
    if not layer.enabled:
        view = views[0] if views else None
        seen = _sees(view, image)
        shape = shapes[0] if shapes else None
        return LayerInfo(layer, sources, inputs, shape, problems=named, view=view, sees=seen, guessed=guessed)
    if len(inputs) < len(shapes) or (layer.max_inputs > 0 and not inputs):
        return LayerInfo(layer, sources, problems=named)
    try:
        found = _worked_out(Same(layer), inputs)
    except ShapeError as exc:
        # What follows from the problem above it is not told as one more.
        told = () if guessed and assuming.only_removed(exc) else (_problem(layer, exc),)
        assumed = assuming.shape(layer, inputs, exc)
        problems = (*named, *told)
        return LayerInfo(layer, sources, inputs, problems=problems, view=views[0], assumed=assumed, guessed=guessed)
    view = layer.view(tuple([view or View() for view in views]), inputs)
    sees = _sees(view, found.shape if image is None else image)
    return found.placed(sources, (*named, *found.problems), view, sees, guessed=guessed)


def _problem(layer: Layer, exc: ShapeError) -> Problem:
    repair, others = exc.repair, exc.others
    if repair is None and not others and layer.max_inputs > 0:
        repair, others = (OPEN if isinstance(layer, Group) and layer.layers else None), (REMOVE,)
    return Problem(layer.name, exc.text, exc.field, repair=repair, others=others)


def _sees(view: View | None, image: Shape | None) -> tuple[int, int] | None:
    if view is None or image is None or len(image) != 3:
        return None
    height, width = (side if size >= side else math.ceil(size) for size, side in zip(view.size, image, strict=False))
    return height, width


@functools.lru_cache(maxsize=2 * MAX_LAYERS)
def _worked_out(key: Same, inputs: tuple[Shape, ...]) -> LayerInfo:
    """Return all but what depends on more than the layer and its inputs: a wider kernel above changes only views."""
    layer = key.layer
    shape = limits.given(layer, inputs)  # first: it is the one that refuses inputs
    weights = layer.weights(inputs)
    return LayerInfo(
        layer,
        inputs=inputs,
        shape=shape,
        weights=weights,
        macs=layer.macs(inputs),
        formula=layer.formula(inputs),
        problems=(*layer.check(inputs), *advice.of_layer(layer, inputs, weights)),
        activations=layer.numbers(inputs),
    )


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
