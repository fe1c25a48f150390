"""The core's shapes, parameters and costs against Keras, over random networks of every kind of layer."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings

from guiapp.core import templates
from guiapp.core.analysis import LayerInfo, analyse
from guiapp.core.blocks import flat
from guiapp.core.layers import Layer
from guiapp.core.layers.parts import Initializer
from guiapp.core.network import NetworkSpec
from guiapp.engine import backend
from guiapp.engine.build import Built, build
from tests.random_networks import SLOW, networks


def check_against_keras(spec: NetworkSpec) -> None:
    built = build(spec)
    keras = backend.keras()
    # Every layer, also one that leads nowhere.
    whole = keras.Model(built.model.inputs, list(built.outputs.values()))
    held = {layer.name: layer for layer in whole.layers}
    macs = parameters = trainable = activations = 0
    for row in built.analysis.rows:
        if not row.layer.enabled:
            assert row.parameters == row.macs == row.activations == 0
            continue
        assert tuple(built.outputs[row.layer.name].shape[1:]) == row.shape, row.layer
        layer = held.get(keras_name(built, row.layer))
        weights = layer.weights if layer is not None else []
        assert [(w.name, tuple(w.shape), w.trainable) for w in weights] == [
            (w.name, w.shape, w.trainable) for w in row.weights
        ], row.layer
        parameters += row.parameters
        trainable += row.trainable
        assert row.macs == independent_macs(weights, row), row.layer
        macs += row.macs
        assert row.activations == independent_activations(weights, row), row.layer
        activations += row.activations
    assert whole.count_params() == built.analysis.parameters == parameters
    assert sum(math.prod(w.shape) for w in whole.trainable_weights) == built.analysis.trainable == trainable
    folded = analyse(spec)
    for found in (built.analysis, folded):
        assert (found.parameters, found.trainable, found.macs) == (parameters, trainable, macs)
        assert (found.activations, found.shape) == (activations, tuple(built.model.output.shape[1:]))


def keras_name(built: Built, layer: Layer) -> str:
    return built.names[layer.name] + ("_scaling" if layer.kind == "Input" else "")


def places(shape: tuple[int, ...]) -> int:
    return math.prod(shape[:2]) if len(shape) == 3 else 1


def independent_macs(weights: list[Any], row: LayerInfo) -> int:
    """Each number of a kernel is used once for each place: of the output, or of the input where that is painted."""
    shape = row.inputs[0] if row.layer.kind == "Conv2DTranspose" else row.shape or ()
    return sum(int(places(shape) * math.prod(w.shape)) for w in weights if w.name.endswith("kernel"))


def independent_activations(weights: list[Any], row: LayerInfo) -> int:
    """What comes out, and what lies between the two steps of a separable convolution."""
    shape = row.shape or ()
    between = sum(places(shape) * w.shape[2] for w in weights if w.name == "pointwise_kernel")
    return int(math.prod(shape) + between)


@settings(max_examples=50, deadline=None, suppress_health_check=SLOW)
@given(networks())
def test_random_networks(spec: NetworkSpec) -> None:
    check_against_keras(spec)


@pytest.mark.long
@pytest.mark.timeout(7200)
@settings(max_examples=3000, deadline=None, suppress_health_check=SLOW)
@given(networks())
def test_many_random_networks(spec: NetworkSpec) -> None:
    check_against_keras(spec)


@pytest.mark.parametrize(
    "name", ["starter", "mnist-lenet-bn", "pets-4conv", "cats-dogs-3conv", "inception-small", "resnet-18"]
)
def test_templates(name: str) -> None:
    zeros = Initializer(scheme="zeros")  # drawing a hundred million first weights takes seconds
    spec = flat(templates.load(name).network)
    light = [layer.with_fields(kernel_init=zeros) if layer.kind == "Dense" else layer for layer in spec.layers]
    check_against_keras(spec.having(light))
