"""The core's shapes, parameters and costs against Keras, over random networks of every kind of layer."""

from __future__ import annotations

import math
import types
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, create, kinds
from guiapp.core.layers.parts import VALUE_OF, Initializer, Regularizer
from guiapp.core.network import NetworkSpec
from guiapp.engine import backend
from guiapp.engine.build import Built, build

SMALL = 6
slow = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def initializers() -> st.SearchStrategy[Initializer]:
    schemes = get_args(Initializer.model_fields["scheme"].annotation)
    return st.sampled_from(schemes).flatmap(
        lambda scheme: st.builds(
            Initializer,
            scheme=st.just(scheme),
            value=st.none() | st.floats(0, 2) if scheme in VALUE_OF else st.none(),
        )
    )


def values(annotation: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    """Return values of a field, from its type and limits alone, so that new kinds of layers are tested too."""
    origin = get_origin(annotation)
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if origin is tuple:
        return st.tuples(*(values(part, []) for part in get_args(annotation)))
    if origin in {Union, types.UnionType}:
        return st.one_of(*(values(part, metadata) for part in get_args(annotation)))
    if annotation is type(None):
        return st.none()
    if annotation is bool:
        return st.booleans()
    if annotation is Initializer:
        return initializers()
    if annotation is Regularizer:
        return st.builds(Regularizer, l1=st.sampled_from([0.0, 0.01]), l2=st.sampled_from([0.0, 0.02]))
    if getattr(annotation, "__metadata__", None):
        return values(get_args(annotation)[0], [*annotation.__metadata__])
    limits = {
        name: getattr(item, name) for item in flat(metadata) for name in ("ge", "gt", "le", "lt") if hasattr(item, name)
    }
    low = limits.get("ge", limits.get("gt", 0))
    if annotation is int:
        return st.integers(max(1, low), min(limits.get("le", SMALL), SMALL))
    assert annotation is float, f"teach this test to draw {annotation}"
    return st.floats(low + 0.001 * ("gt" in limits), min(limits.get("le", 1), limits.get("lt", 1)) * 0.999)


def flat(metadata: list[Any]) -> list[Any]:
    return [part for item in metadata for part in (item.metadata if isinstance(item, FieldInfo) else [item])]


@st.composite
def layers(draw: st.DrawFn, kind: type[Layer]) -> Layer | None:
    fields = {
        name: draw(values(kind.model_fields[name].annotation, kind.model_fields[name].metadata))
        for name in kind.own_fields()
    }
    try:
        return create(kind.__name__, **fields)
    except ValidationError:
        return None


@st.composite
def networks(draw: st.DrawFn) -> NetworkSpec:
    size = st.integers(1, 14)
    spec = NetworkSpec(
        layers=(
            create(
                "Input",
                name="image",
                height=draw(size),
                width=draw(size),
                channels=draw(st.sampled_from([1, 3])),
                scaling=draw(st.sampled_from(["1/255", "mean image", "per channel", "none"])),
            ),
        )
    )
    others = [kind for name, kind in kinds().items() if name not in ("Input", "Group")]
    for kind in draw(st.lists(st.sampled_from(others), max_size=7)):
        layer = draw(layers(kind))
        if layer is None:
            continue
        if draw(st.integers(0, 9)) == 0:
            layer = layer.with_fields(enabled=False)
        elif draw(st.integers(0, 4)) == 0:
            layer = layer.with_fields(inputs=(draw(st.sampled_from(spec.layers)).name,))
        tried = spec.insert(len(spec.layers), layer)
        if not analyse(tried).rows[-1].problems or analyse(tried).rows[-1].shape is not None:
            spec = tried
    shape = analyse(spec).shape
    if shape is not None and len(shape) == 3:
        spec = spec.insert(len(spec.layers), create("Flatten"))
    return spec.insert(len(spec.layers), create("Dense", units=draw(st.integers(1, SMALL)), activation="linear"))


def check_against_keras(spec: NetworkSpec) -> None:
    built = build(spec)
    keras = backend.keras()
    # Every layer, also one that leads nowhere.
    whole = keras.Model(built.model.inputs, list(built.outputs.values()))
    held = {layer.name: layer for layer in whole.layers}
    macs = parameters = trainable = 0
    for row in built.analysis.rows:
        if not row.layer.enabled:
            assert row.parameters == row.macs == 0
            continue
        assert tuple(built.outputs[row.layer.name].shape[1:]) == row.shape, row.layer
        layer = held.get(keras_name(built, row.layer))
        weights = layer.weights if layer is not None else []
        assert [(w.name, tuple(w.shape), w.trainable) for w in weights] == [
            (w.name, w.shape, w.trainable) for w in row.weights
        ], row.layer
        parameters += row.parameters
        trainable += row.trainable
        assert row.macs == independent_macs(weights, row.shape or ()), row.layer
        macs += row.macs
    assert whole.count_params() == built.analysis.parameters == parameters
    assert sum(math.prod(w.shape) for w in whole.trainable_weights) == built.analysis.trainable == trainable
    assert built.analysis.macs == macs


def keras_name(built: Built, layer: Layer) -> str:
    return built.names[layer.name] + ("_scaling" if layer.kind == "Input" else "")


def independent_macs(weights: list[Any], shape: tuple[int, ...]) -> int:
    """Each number of a kernel is used once for each place of the output."""
    places = math.prod(shape[:2]) if len(shape) == 3 else 1
    return sum(places * math.prod(w.shape) for w in weights if w.name == "kernel")


@settings(max_examples=60, deadline=None, suppress_health_check=slow)
@given(networks())
def test_random_networks(spec: NetworkSpec) -> None:
    check_against_keras(spec)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=3000, deadline=None, suppress_health_check=slow)
@given(networks())
def test_many_random_networks(spec: NetworkSpec) -> None:
    check_against_keras(spec)


@pytest.mark.parametrize("name", templates.names())
def test_templates(name: str) -> None:
    spec = templates.load(name).network
    zeros = Initializer(scheme="zeros")  # drawing a hundred million first weights takes seconds
    dense = [layer.with_fields(kernel_init=zeros) if layer.kind == "Dense" else layer for layer in spec.layers]
    check_against_keras(NetworkSpec(layers=tuple(dense)))
