"""Random layers and networks of every kind, with branches, blocks and groups, drawn from the kinds' own fields."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, Literal, Union, get_args, get_origin

from hypothesis import HealthCheck
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from guiapp.core import blocks
from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, Shape, create, kinds
from guiapp.core.layers.parts import VALUE_OF, Initializer, Regularizer
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.repairs import repaired
from guiapp.core.wiring import fits

SMALL = 6
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
APART = {"Input", "Group", "Pretrained", "Reshape"}
"""Kinds that are drawn by other means than their fields: known networks are large, and tested on their own."""


def initializers() -> st.SearchStrategy[Initializer]:
    schemes = get_args(Initializer.model_fields["scheme"].annotation)
    return st.sampled_from(schemes).flatmap(
        lambda scheme: st.builds(
            Initializer,
            scheme=st.just(scheme),
            value=st.none() | st.floats(0, 2) if scheme in VALUE_OF else st.none(),
        )
    )


def mended(spec: NetworkSpec, classes: int | None, most: int = 200) -> NetworkSpec:
    """Return the network after the first repair of its first problem, and so on until none is left."""
    for _ in range(most):
        problem = next((p for p in analyse(spec, classes).problems if p.repairs), None)
        if problem is None:
            return spec
        spec = repaired(spec, problem, problem.repairs[0])
    raise AssertionError(f"repairs go on and on: {[p.text for p in analyse(spec, classes).problems]}")


def values(annotation: Any, metadata: Sequence[Any], most: int = SMALL) -> st.SearchStrategy[Any]:
    """Return values of a field, from its type and limits alone, so that new kinds of layers are tested too."""
    origin = get_origin(annotation)
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if origin is tuple:
        return st.tuples(*(values(part, [], most) for part in get_args(annotation)))
    if origin in {Union, types.UnionType}:
        return st.one_of(*(values(part, metadata, most) for part in get_args(annotation)))
    if annotation is type(None):
        return st.none()
    if annotation is bool:
        return st.booleans()
    if annotation is Initializer:
        return initializers()
    if annotation is Regularizer:
        return st.builds(Regularizer, l1=st.sampled_from([0.0, 0.01]), l2=st.sampled_from([0.0, 0.02]))
    if getattr(annotation, "__metadata__", None):
        return values(get_args(annotation)[0], [*annotation.__metadata__], most)
    limits = {
        name: getattr(item, name) for item in flat(metadata) for name in ("ge", "gt", "le", "lt") if hasattr(item, name)
    }
    low = limits.get("ge", limits.get("gt", 0))
    if annotation is int:
        return st.integers(max(low, 0), min(limits.get("le", most), max(most, low)))
    assert annotation is float, f"teach this to draw {annotation}"
    return st.floats(low + 0.001 * ("gt" in limits), min(limits.get("le", 1), limits.get("lt", 1)) * 0.999)


def flat(metadata: Sequence[Any]) -> list[Any]:
    return [part for item in metadata for part in (item.metadata if isinstance(item, FieldInfo) else [item])]


@st.composite
def layers(draw: st.DrawFn, kind: type[Layer], most: int = SMALL) -> Layer | None:
    """Draw a layer; some fields keep their defaults, and None comes out where they do not go together."""
    fields = {
        name: draw(values(kind.model_fields[name].annotation, kind.model_fields[name].metadata, most))
        for name in draw(st.sets(st.sampled_from(kind.own_fields()))) | required(kind)
    } if kind.own_fields() else {}  # fmt: skip
    try:
        return create(kind.__name__, **fields)
    except ValidationError:
        return None


def required(kind: type[Layer]) -> set[str]:
    """Return the fields whose defaults are too large for a test: numbers of filters, units, sides."""
    fields = kind.model_fields
    return {
        name for name in kind.own_fields() if isinstance(fields[name].default, int) and fields[name].default > SMALL
    }


@st.composite
def reshapes(draw: st.DrawFn, shape: Shape) -> Layer:
    sides = [*shape, 1, 1][:3]
    height, width, channels = draw(st.permutations(sides))
    return create(
        "Reshape", to=draw(st.sampled_from(["volume", "vector"])), height=height, width=width, channels=channels
    )


@st.composite
def images(draw: st.DrawFn) -> Layer:
    return create(
        "Input",
        name="image",
        height=draw(st.integers(1, 14)),
        width=draw(st.integers(1, 14)),
        channels=draw(st.sampled_from([1, 3])),
        scaling=draw(st.sampled_from(["1/255", "mean image", "per channel", "none"])),
    )


def partners(spec: NetworkSpec, merge: Layer, first: str) -> list[str]:
    rows = analyse(spec).rows
    shape = rows[spec.index(first)].shape
    return [row.layer.name for row in rows if shape is not None and row.shape and fits(merge, shape, row.shape)]


@st.composite
def named_inputs(draw: st.DrawFn, spec: NetworkSpec, layer: Layer) -> tuple[str, ...]:
    """Draw what a layer takes: for a merge layers that fit, and of one layer mostly the one above."""
    names = [item.name for item in spec.layers]
    if layer.min_inputs < 2:
        return draw(st.sampled_from([(), (), (), (draw(st.sampled_from(names)),)]))
    first = draw(st.sampled_from([names[-1], draw(st.sampled_from(names))]))
    others = partners(spec, layer, first) or names
    return (first, *draw(st.lists(st.sampled_from(others), min_size=1, max_size=3)))


@st.composite
def grouped(draw: st.DrawFn, spec: NetworkSpec) -> NetworkSpec:
    """Draw a network in which some layers that follow each other are one group, where they can be."""
    if len(spec.layers) < 2:
        return spec
    first = draw(st.integers(1, len(spec.layers) - 1))
    last = draw(st.integers(first, min(first + 3, len(spec.layers) - 1)))
    try:
        return blocks.closed(spec, range(first, last + 1), spec.unique_name("group"))
    except UserError:
        return spec


@st.composite
def networks(draw: st.DrawFn, most: int = 8, *, ended: bool = True) -> NetworkSpec:
    """Draw a network without errors."""
    spec = NetworkSpec(layers=(draw(images()),))
    others = [kind for name, kind in kinds().items() if name not in APART] + [kinds()["Reshape"]]
    merges = [kind for kind in others if kind.min_inputs > 1]
    for kind in draw(st.lists(st.sampled_from([*others, *merges, *merges]), max_size=most)):
        shape = analyse(spec).rows[-1].shape or (1,)
        layer = draw(reshapes(shape) if kind.__name__ == "Reshape" else layers(kind))
        if layer is None:
            continue
        layer = layer.with_fields(inputs=draw(named_inputs(spec, layer)), enabled=draw(st.integers(0, 9)) > 0)
        tried = spec.insert(len(spec.layers), layer)
        if not analyse(tried).rows[-1].layer.enabled or analyse(tried).rows[-1].shape is not None:
            spec = tried
        if draw(st.integers(0, 7)) == 0:
            spec = draw(grouped(spec))
    if not ended:
        return spec
    if len(analyse(spec).rows[-1].shape or ()) == 3:
        spec = spec.insert(len(spec.layers), create("Flatten"))
    return spec.insert(len(spec.layers), create("Dense", units=draw(st.integers(1, SMALL)), activation="linear"))


@st.composite
def wild_networks(draw: st.DrawFn, most: int = 8) -> NetworkSpec:
    """Draw a network of layers that need not go together: wrong shapes, inputs that are not there, names twice."""
    spec = [draw(images())] if draw(st.integers(0, 9)) else []
    choices = [kind for name, kind in kinds().items() if name != "Pretrained"]
    names = st.sampled_from(["", " ", "a", "b", "c", "a/b", "image", "猫", "x" * 64])
    for number, kind in enumerate(draw(st.lists(st.sampled_from(choices), max_size=most))):
        layer = draw(layers(kind)) if kind.own_fields() and kind.__name__ != "Group" else create(kind.__name__)
        if layer is None:
            continue
        name = draw(names) if draw(st.integers(0, 4)) == 0 else f"l{number}"
        near = [item.name for item in spec] + [f"l{number + 1}", name]
        inputs = draw(st.lists(st.sampled_from(near), max_size=4)) if draw(st.integers(0, 2)) == 0 else []
        spec.append(layer.with_fields(name=name, inputs=tuple(inputs), enabled=draw(st.integers(0, 6)) > 0))
    return NetworkSpec(layers=tuple(spec))
