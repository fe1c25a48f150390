"""Which layers feed a layer, and what is wrong with its name and its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Layer, Problem, Repair, Shape, ShapeError, kinds
from guiapp.core.network import free_name

Positions = Mapping[str, int]
"""The position of each layer above, by name; the first one's where two have it."""

REMOVE = Repair("Remove this layer", remove=True)


def name_problems(layer: Layer, layers: Sequence[Layer], above: Positions) -> tuple[Problem, ...]:
    """Return what is wrong with a layer's name, where `above` holds the names of the layers above it."""
    name = layer.name
    if name and name not in above and "/" not in name and not name.isspace() and name.isprintable():
        return ()
    if not name.strip():
        text, free = "has no name; give it one", free_name(type(layer).stem(), layers)
    elif "/" in name or not name.isprintable():
        what = "“/”" if "/" in name else "characters that cannot be seen"
        text = f"a name must not hold {what}; take {'it' if '/' in name else 'them'} out"
        plain = "".join(c if c.isprintable() and c != "/" else "_" for c in name)
        free = plain if all(other.name != plain for other in layers) else free_name(plain, layers)
    else:
        text = f"the name “{name}” is taken by another layer; change one of them"
        free = free_name(_stem(layer), layers)
    return (Problem(name, text, "name", repair=Repair(f"Name it {free}", fields={"name": free})),)


def _stem(layer: Layer) -> str:
    """Return what a free name for the layer begins with: its own name, but for one of another kind."""
    own, stem = type(layer).stem(), layer.name.rstrip("0123456789")
    return own if stem in {"", *(kind.stem() for kind in kinds().values())} else stem


def sources(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], above: Positions) -> tuple[int, ...]:
    """Return the positions of the layers that feed the one at `at`, disabled ones passed over.

    Raises
    ------
    ShapeError
        When it names a layer that is not above it, or takes too many or too few.
    """
    layer = layers[at]
    if layer.max_inputs == 0:
        return ()
    if not layer.inputs:
        if at and layer.min_inputs < 2:
            return (_through_disabled(at - 1, rows),)
        wanted = [at - 1] if at else []
    elif all(name in above for name in layer.inputs):
        wanted = [above[name] for name in layer.inputs]
    else:
        raise _lost(at, layers, rows, above)
    if layer.enabled:
        _check_count(at, layers, rows, wanted)
    return tuple(_through_disabled(source, rows) for source in wanted)


def _through_disabled(source: int, rows: Sequence[LayerInfo]) -> int:
    row = rows[source]
    return source if row.layer.enabled or not row.sources else row.sources[0]


def _check_count(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], wanted: Sequence[int]) -> None:
    layer = layers[at]
    if len(wanted) > layer.max_inputs:
        most = f"{layer.max_inputs} input" + "s" * (layer.max_inputs > 1)
        nearest = max(zip(wanted, layer.inputs, strict=True))[1]
        kept = (nearest,) if layer.max_inputs == 1 else layer.inputs[: layer.max_inputs]
        word = f"“{kept[0]}”" if len(kept) == 1 else f"the first {len(kept)}"
        repair = Repair(f"Take only {word}", fields={"inputs": kept})
        raise ShapeError(f"takes {most}, but {len(wanted)} are named; remove some", "inputs", repair, (REMOVE,))
    if wanted and len(wanted) < layer.min_inputs:
        more = _completed(at, layers, rows, [layers[i].name for i in wanted])
        raise ShapeError(
            f"{type(layer).title} brings at least {layer.min_inputs} layers together; name the layers that it takes",
            "inputs",
            more or REMOVE,
            (REMOVE,) if more else (),
        )


def _completed(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], kept: Sequence[str]) -> Repair | None:
    """Return the repair that has the merge at `at` take `kept` and the nearest layer above that fits them."""
    names = list(dict.fromkeys(kept))
    added: list[str] = []
    while len(names) < layers[at].min_inputs:
        fit = _nearest(at, layers[at], rows, names)
        if fit is None:
            return None
        names.append(fit)
        added.append(fit)
    text = f"Take also {' and '.join(added)}" if added else f"Take {' and '.join(names)}"
    return Repair(text, fields={"inputs": tuple(names)})


def _nearest(at: int, merge: Layer, rows: Sequence[LayerInfo], names: Sequence[str]) -> str | None:
    shapes = [row.shape for row in rows[:at] if row.layer.name in names and row.shape is not None]
    wanted = shapes[-1] if shapes else None
    for row in reversed(rows[:at]):
        free = row.layer.enabled and row.layer.name.strip() and row.layer.name not in names
        if free and row.shape is not None and (wanted is None or fits(merge, wanted, row.shape)):
            return row.layer.name
    return None


def fits(merge: Layer, one: Shape, other: Shape) -> bool:
    """Say whether a merge can bring two shapes together."""
    try:
        merge.output_shape((one, other))
    except ShapeError:
        return False
    return True


def _lost(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], above: Positions) -> ShapeError:
    layer = layers[at]
    lost = next(name for name in layer.inputs if name not in above)
    return ShapeError(_lost_text(layer, lost, layers), "inputs", _found(at, layers, rows, above), (REMOVE,))


def _lost_text(layer: Layer, lost: str, layers: Sequence[Layer]) -> str:
    if lost == layer.name:
        return "takes itself; choose a layer above it as input"
    if all(other.name != lost for other in layers):
        return f"takes “{lost}”, but no layer has that name; choose another input"
    if _leads(layer.name, lost, layers):
        return (
            f"takes “{lost}”, which is below it and takes it in turn: the inputs go round in a circle; choose a layer "
            "above it as input"
        )
    return f"takes “{lost}”, which is below it; choose a layer above it, or move it below “{lost}”"


def _leads(start: str, end: str, layers: Sequence[Layer]) -> bool:
    """Say whether what the layer called `start` gives goes into the one called `end`, also by way of others."""
    takes: dict[str, list[str]] = {}
    for i, layer in enumerate(layers):
        taken = layer.inputs or ((layers[i - 1].name,) if i and layer.max_inputs else ())
        takes.setdefault(layer.name, []).extend(taken)
    seen: set[str] = set()
    left = [end]
    while left:
        name = left.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            left.extend(takes.get(name, ()))
    return False


def _found(at: int, layers: Sequence[Layer], rows: Sequence[LayerInfo], above: Positions) -> Repair:
    """Return the repair for inputs that are not there: without them, or the layer above instead."""
    layer = layers[at]
    kept = [name for name in layer.inputs if name in above]
    fewest = max(layer.min_inputs, 1)
    if len(dict.fromkeys(kept)) >= fewest:
        return Repair(f"Take only {' and '.join(kept)}", fields={"inputs": tuple(kept)})
    if fewest == 1 or not at:
        return Repair("Take the layer above", fields={"inputs": ()})
    more = _completed(at, layers, rows, kept or [layers[at - 1].name])
    return more or REMOVE
