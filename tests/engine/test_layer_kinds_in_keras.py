"""Every layer kind held against the Keras layer that it builds: shapes, weights, cost, and what it looks at."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from guiapp.core.layers import Layer, Shape, create, kinds
from guiapp.core.layers.base import View
from guiapp.core.layers.blocks import Block
from guiapp.engine import backend
from guiapp.visuals.filters.compute import arranged, kernel_names

VOLUME: Shape = (9, 8, 6)
PADDINGS = ("same", "valid")
ONE = {"l1": 0.01, "l2": 0.02}


def grid(**choices: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for values in itertools.product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def sliding(**more: Any) -> list[dict[str, Any]]:
    strided = grid(kernel=[(3, 2), (1, 1)], stride=[(1, 1), (2, 3)], padding=PADDINGS)
    return [
        *strided,
        *grid(kernel=[(3, 2)], stride=[(1, 1)], dilation=[(2, 1), (2, 3)], padding=PADDINGS),
        more,
        {"use_bias": False},
    ]


NORMS: list[dict[str, Any]] = [
    *grid(center=[True, False], scale=[True, False]),
    {"epsilon": 0.5, "gamma_init": {"scheme": "zeros"}, "beta_init": {"scheme": "constant", "value": 0.5}},
    {"gamma_reg": ONE, "beta_reg": ONE},
]
FIELDS: dict[str, list[dict[str, Any]]] = {
    "Conv2D": sliding(groups=3, filters=9, kernel_reg=ONE, bias_reg=ONE, activation="leaky_relu"),
    "DepthwiseConv2D": sliding(multiplier=2, kernel_reg=ONE, kernel_init={"scheme": "orthogonal"}),
    "SeparableConv2D": sliding(multiplier=2, filters=5, depthwise_reg=ONE, pointwise_init={"scheme": "he_normal"}),
    "Conv2DTranspose": [*sliding(filters=5, kernel_reg=ONE), {"kernel": (2, 3), "stride": (4, 3), "padding": "valid"}],
    "MaxPooling2D": [*grid(pool=[(2, 2), (3, 1)], stride=[(1, 1), (2, 3)], padding=PADDINGS)],
    "AveragePooling2D": [*grid(pool=[(2, 2), (3, 1)], stride=[(1, 1), (2, 3)], padding=PADDINGS)],
    "GlobalAveragePooling2D": [{}, {"keepdims": True}],
    "GlobalMaxPooling2D": [{}, {"keepdims": True}],
    "BatchNormalization": [*NORMS, {"momentum": 0.5}],
    "LayerNormalization": [*NORMS, {"over": "whole volume"}, {"over": "whole volume", "center": False}],
    "GroupNormalization": [{"groups": 3, **fields} for fields in NORMS] + [{"groups": 0}, {"groups": 1}],
    "Dropout": [{}, {"rate": 0.0}],
    "SpatialDropout2D": [{}, {"rate": 0.0}],
    "GaussianNoise": [{}, {"stddev": 0.0}, {"stddev": 1.0}],
    "Activation": [
        *grid(
            activation=["relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "hard_silu", "mish", "softmax"]
        ),
        {"activation": "leaky_relu", "slope": 0.5},
        {"activation": "elu", "alpha": 0.5},
    ],
    "Flatten": [{}],
    "Reshape": [
        {"to": "vector"},
        {},
        {"height": 4, "width": 0, "channels": 2},
        {"height": 0, "width": 8, "channels": 1},
        {"height": 6, "width": 9, "channels": 8},
    ],
    "ZeroPadding2D": [{}, {"top": 0, "bottom": 3, "left": 1, "right": 2}],
    "Cropping2D": [{}, {"top": 0, "bottom": 3, "left": 1, "right": 2}, {"top": 8, "bottom": 0, "left": 0, "right": 7}],
    "UpSampling2D": [*grid(size=[(2, 3), (1, 1)], interpolation=["nearest", "bilinear", "bicubic", "lanczos3"])],
    "Resizing": [
        *grid(height=[5, 18], width=[8, 11], fit=["stretch", "crop", "pad"]),
        {"interpolation": "lanczos5", "antialias": True, "height": 3},
        {"interpolation": "nearest", "fit": "pad", "fill": 2.0},
    ],
    "Dense": [{"units": 7}, {"units": 7, "use_bias": False, "activation": "elu"}],
    "Add": [{}],
    "Multiply": [{}],
    "Concatenate": [{}],
}
PLAIN = [name for name, kind in kinds().items() if kind.keras]
CASES = [(create(kind, name="x", **fields)) for kind in PLAIN for fields in FIELDS[kind]]
ANY_RANK = {
    "BatchNormalization",
    "LayerNormalization",
    "GroupNormalization",
    "Dropout",
    "Activation",
    "Reshape",
    "Flatten",
}


def keras() -> Any:
    return backend.keras()


def inputs(layer: Layer) -> tuple[Shape, ...]:
    if layer.kind == "Dense":
        return ((12,),)
    return (VOLUME,) * layer.min_inputs


def built(layer: Layer, given: Sequence[Shape]) -> tuple[Any, Any]:
    """Return the model of one layer, and Keras' layer."""
    tensors = [keras().Input(shape) for shape in given]
    image = tensors if len(tensors) > 1 else tensors[0]
    model = keras().Model(image, layer.build(keras(), image))
    return model, model.get_layer(layer.name)


def check(layer: Layer, given: Sequence[Shape]) -> None:
    model, held = built(layer, given)
    shape = layer.output_shape(given)
    assert model.outputs[0].shape[1:] == shape
    images = [np.random.default_rng(1).normal(size=(2, *side)).astype(np.float32) for side in given]
    for training in (False, True):
        assert model(images if len(images) > 1 else images[0], training=training).shape == (2, *shape)
    assert [(w.name, tuple(w.shape), w.trainable) for w in held.weights] == [
        (w.name, w.shape, w.trainable) for w in layer.weights(given)
    ]
    assert held.count_params() == sum(w.size for w in layer.weights(given))


def test_every_kind_is_tried() -> None:
    assert set(FIELDS) == set(PLAIN)
    others = {name for name, kind in kinds().items() if not kind.keras and not issubclass(kind, Block)}
    assert others <= {"Input", "Pretrained"}, "kinds that build themselves have tests of their own"


@pytest.mark.parametrize("layer", CASES, ids=[f"{layer.kind}{i}" for i, layer in enumerate(CASES)])
def test_shapes_and_weights(layer: Layer) -> None:
    check(layer, inputs(layer))


@pytest.mark.parametrize("kind", sorted(ANY_RANK))
def test_vectors(kind: str) -> None:
    check(create(kind, name="x", **{"GroupNormalization": {"groups": 3}}.get(kind, {})), ((12,),))


@pytest.mark.parametrize("layer", CASES, ids=[f"{layer.kind}{i}" for i, layer in enumerate(CASES)])
def test_a_config_of_keras_gives_the_layer_back(layer: Layer) -> None:
    _, held = built(layer, inputs(layer))
    again = type(layer).from_keras({**plain_config(held), "class_name": type(held).__name__})
    parts = {name for name in type(layer).own_fields() if hasattr(getattr(layer, name), "build")}
    for name in set(type(layer).own_fields()) - parts - unseen(layer):
        assert getattr(again, name) == getattr(layer, name), name
    assert again.name == "x"


def plain_config(held: Any) -> dict[str, Any]:
    """Return the config of a Keras layer without what is to be translated before: initialisers, regularisers."""
    return {
        name: value
        for name, value in held.get_config().items()
        if not isinstance(value, dict) and not (value is None and name.endswith("regularizer"))
    }


def unseen(layer: Layer) -> set[str]:
    """Fields that are not in force, which a config therefore does not hold; built, Keras forgets “each channel”."""
    hidden = {"groups"} if layer.kind == "GroupNormalization" and layer == layer.with_fields(groups=0) else set()
    for name in type(layer).own_fields():
        extra: Any = type(layer).model_fields[name].json_schema_extra
        field, _, values = extra["when"].partition("=")
        if field and str(getattr(layer, field)) not in values.split("|"):
            hidden.add(name)
    return hidden


@pytest.mark.parametrize(
    ("kind", "config", "word"),
    [
        ("Conv2D", {"data_format": "channels_first"}, "data_format"),
        ("BatchNormalization", {"axis": 1}, "axis"),
        ("LayerNormalization", {"axis": [1, 2]}, "axis"),
        ("LayerNormalization", {"rms_scaling": True}, "rms_scaling"),
        ("Resizing", {"fill_mode": "reflect"}, "fill_mode"),
        ("Reshape", {"target_shape": (3, 4)}, "has 2 sides"),
        ("Activation", {"class_name": "ReLU", "max_value": 3.0}, "max_value 3.0"),
        ("Activation", {"class_name": "ReLU", "threshold": 1.0}, "threshold 1.0"),
        ("Activation", {"class_name": "Softmax", "axis": 1}, "another axis"),
        ("ZeroPadding2D", {"padding": [1, 2, 3]}, "two pairs"),
    ],
)
def test_what_no_kind_can_say_is_refused(kind: str, config: dict[str, Any], word: str) -> None:
    with pytest.raises(ValueError, match=word):
        kinds()[kind].from_keras({"name": "a", **config})


@pytest.mark.parametrize(
    ("config", "fields"),
    [
        ({"class_name": "ReLU", "max_value": 6.0}, {"activation": "relu6"}),
        ({"class_name": "ReLU", "max_value": None, "negative_slope": 0.5}, {"activation": "leaky_relu", "slope": 0.5}),
        ({"class_name": "ReLU"}, {"activation": "relu"}),
        ({"class_name": "Softmax", "axis": -1}, {"activation": "softmax"}),
        ({"class_name": "ELU"}, {"activation": "elu", "alpha": 1.0}),
    ],
)
def test_activations_with_classes_of_their_own(config: dict[str, Any], fields: dict[str, Any]) -> None:
    layer = create("Activation", name="a", **fields)
    assert kinds()["Activation"].from_keras({"name": "a", **config}) == layer
    values = np.linspace(-9, 9, 12, dtype=np.float32)[None]
    named = {name: value for name, value in config.items() if name != "class_name"}
    theirs = getattr(keras().layers, config["class_name"])(**named)(values)
    assert np.allclose(built(layer, ((12,),))[0](values), theirs, atol=1e-6)


@pytest.mark.parametrize(("padding", "usual"), [("same", [1, 3]), ("valid", [0, 2])])
def test_the_usual_output_padding_is_none(padding: str, usual: list[int]) -> None:
    layer = create(
        "Conv2DTranspose", name="x", kernel=(3, 1), stride=(2, 4) if padding == "same" else (2, 3), padding=padding
    )
    _, held = built(layer, (VOLUME,))
    config = plain_config(held)
    assert type(layer).from_keras({**config, "output_padding": usual}) == type(layer).from_keras(config)
    with pytest.raises(ValueError, match="output_padding"):
        type(layer).from_keras({**config, "output_padding": [0, 1]})


def loops(layer: Any, given: Shape) -> int:
    """Count multiply-adds place by place, filter by filter, channel by channel."""
    height, width, channels = given
    rows, columns = layer.output_shape((given,))[:2]
    taps = sum(1 for _ in itertools.product(range(layer.kernel[0]), range(layer.kernel[1])))
    total = 0
    match layer.kind:
        case "Conv2D":
            for _place, _filter in itertools.product(range(rows * columns), range(layer.filters)):
                total += taps * len(range(0, channels, layer.groups))
        case "DepthwiseConv2D":
            for _place, _channel in itertools.product(range(rows * columns), range(channels)):
                total += taps * layer.multiplier
        case "SeparableConv2D":
            for _place, _channel in itertools.product(range(rows * columns), range(channels)):
                total += layer.multiplier * taps
                total += layer.multiplier * layer.filters
        case "Conv2DTranspose":
            for _place, _channel in itertools.product(range(height * width), range(channels)):
                total += taps * layer.filters
    return total


CONVOLUTIONS = [layer for layer in CASES if hasattr(layer, "kernel")]


@pytest.mark.parametrize("layer", CONVOLUTIONS, ids=[f"{layer.kind}{i}" for i, layer in enumerate(CONVOLUTIONS)])
def test_multiply_adds_agree_with_a_count_by_loops(layer: Layer) -> None:
    assert layer.macs((VOLUME,)) == loops(layer, VOLUME)


@pytest.mark.parametrize(
    "layer",
    [
        create("Conv2D", name="x", filters=4, kernel=(3, 2), groups=2),
        create("Conv2D", name="x", filters=4, kernel=(2, 2), dilation=(2, 3)),
        create("DepthwiseConv2D", name="x", kernel=(3, 2), multiplier=2),
        create("Conv2DTranspose", name="x", filters=4, kernel=(3, 2), stride=(2, 1)),
        create("Conv2DTranspose", name="x", filters=4, kernel=(3, 2), stride=(1, 1), dilation=(2, 2)),
    ],
    ids=lambda layer: layer.kind,
)
def test_multiply_adds_are_the_sum_of_what_ones_give(layer: Layer) -> None:
    """With all numbers and weights one, and no border of zeros, each product adds one to the outputs."""
    layer = layer.with_fields(padding="valid", activation="linear", kernel_init={"scheme": "ones"})
    out = built(layer, (VOLUME,))[0](np.ones((1, *VOLUME), np.float32))
    assert layer.macs((VOLUME,)) == int(np.asarray(out).sum())


@pytest.mark.parametrize("kind", ["Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose"])
def test_the_filters_that_are_shown_are_those_that_make_the_maps(kind: str) -> None:
    """One number lit in one channel gives each map an image of its filter; convolutions turn it round."""
    fields: dict[str, Any] = {"multiplier": 2} if "multiplier" in kinds()[kind].model_fields else {}
    if "filters" in kinds()[kind].model_fields:
        fields["filters"] = 5
    stride = (1, 1)
    layer = create(kind, name="x", kernel=(3, 2), stride=stride, padding="valid", activation="linear", **fields)
    model, held = built(layer, ((5, 3, 4),))
    arrays = {weight.name: np.asarray(weight) for weight in held.weights}
    shown = arranged(kind, [arrays[name] for name in kernel_names(kind)])
    assert shown is not None and shown.shape[3] == layer.output_shape(((5, 3, 4),))[2]
    for channel in range(4):
        lit = np.zeros((1, 5, 3, 4), np.float32)
        lit[0, 2, 1, channel] = 1
        out = np.asarray(model(lit))[0]
        seen = out[2:5, 1:3] if kind == "Conv2DTranspose" else out[:3, :2][::-1, ::-1]
        if kind == "DepthwiseConv2D":
            own = [at for at in range(8) if at // 2 == channel]
            assert np.allclose(seen[..., own], shown[:, :, 0, own]) and not np.delete(out, own, axis=-1).any()
        else:
            assert np.allclose(seen, shown[:, :, channel], atol=1e-6)


def ones(kind: str, **fields: Any) -> Layer:
    """Return a layer whose outputs are above 0 wherever something above 0 comes in."""
    inits = {
        name: {"scheme": "ones"} for name in kinds()[kind].own_fields() if name.endswith("_init") and "bias" not in name
    }
    linear = (
        {"activation": "linear", "use_bias": False, "filters": 1} if "filters" in kinds()[kind].model_fields else {}
    )
    return create(kind, **{**linear, **inits, **fields})


CHAINS: dict[str, list[Layer]] = {
    "conv": [ones("Conv2D", kernel=(3, 5))],
    "strided": [ones("Conv2D", kernel=(3, 2), stride=(2, 3), padding="valid")],
    "dilated": [ones("Conv2D", kernel=(3, 2), dilation=(2, 3))],
    "depthwise": [create("DepthwiseConv2D", kernel=(4, 3), kernel_init={"scheme": "ones"})],
    "separable": [ones("SeparableConv2D", kernel=(4, 3), dilation=(1, 2))],
    "pooled": [create("MaxPooling2D", pool=(3, 2), stride=(2, 2))],
    "averaged": [create("AveragePooling2D", pool=(2, 4), stride=(1, 2), padding="same")],
    "global": [create("GlobalMaxPooling2D", keepdims=True)],
    "transposed": [ones("Conv2DTranspose", kernel=(3, 4))],
    "transposed wide": [ones("Conv2DTranspose", kernel=(5, 2), stride=(2, 3), padding="valid")],
    "transposed dilated": [ones("Conv2DTranspose", kernel=(3, 2), stride=(1, 1), dilation=(2, 3))],
    "upsampled": [create("UpSampling2D", size=(2, 3))],
    "bilinear": [create("UpSampling2D", size=(2, 3), interpolation="bilinear")],
    "bicubic": [create("UpSampling2D", size=(4, 3), interpolation="bicubic")],
    "lanczos": [create("UpSampling2D", size=(2, 2), interpolation="lanczos3")],
    "padded": [create("ZeroPadding2D", left=3)],
    "cropped": [create("Cropping2D", left=3)],
    "noise": [create("GaussianNoise")],
    "activation": [create("Activation", activation="leaky_relu")],
    "two": [ones("Conv2D"), ones("Conv2D", kernel=(1, 5))],
    "down": [ones("Conv2D"), create("MaxPooling2D"), ones("Conv2D"), create("MaxPooling2D"), ones("Conv2D")],
    "up and conv": [create("UpSampling2D"), ones("Conv2D"), ones("Conv2D", kernel=(2, 4))],
    "transposed and conv": [ones("Conv2DTranspose", kernel=(3, 2)), ones("Conv2D", kernel=(2, 3))],
    "transposed twice": [
        ones("Conv2DTranspose", kernel=(3, 4)),
        ones("Conv2DTranspose", kernel=(4, 3)),
        ones("Conv2D"),
    ],
    "down and up": [create("MaxPooling2D"), ones("Conv2DTranspose", kernel=(3, 4)), ones("Conv2D"), ones("Conv2D")],
    "down twice and up": [
        ones("Conv2D", stride=(2, 2)),
        create("MaxPooling2D"),
        create("UpSampling2D", interpolation="bilinear"),
        ones("Conv2D"),
    ],
    "bilinear and conv": [create("UpSampling2D", size=(3, 2), interpolation="bilinear"), ones("Conv2D")],
}


def true_view(layers: Sequence[Layer], shape: Shape) -> tuple[int, int]:
    """Return how many rows and columns one number depends on at the most, by lighting up one at a time."""
    image = x = keras().Input(shape)
    for at, layer in enumerate(layers):
        x = layer.with_fields(name=f"x{at}").build(keras(), x)
    ask = keras().Model(image, x)
    found = []
    for axis in (0, 1):
        lit = np.zeros((shape[axis], *shape), np.float32)
        for place in range(shape[axis]):
            np.moveaxis(lit[place], axis, 0)[place] = 1
        out: NDArray[Any] = np.asarray(ask(lit))[..., 0]
        depends = (np.abs(out) > 1e-6).any(axis=2 - axis)
        reach = [np.flatnonzero(column) for column in depends.T]
        found.append(max(int(places[-1] - places[0]) + 1 for places in reach if len(places)))
    return found[0], found[1]


@pytest.mark.parametrize("chain", CHAINS)
def test_the_receptive_field_is_what_a_number_depends_on(chain: str) -> None:
    shape: Shape = (40, 42, 1)
    view, given = View(), shape
    for layer in CHAINS[chain]:
        view = layer.view((view,), (given,))
        given = layer.output_shape((given,))
    sees = tuple(math.ceil(min(side, size)) for size, side in zip(view.size, shape, strict=False))
    assert sees == true_view(CHAINS[chain], shape)


@pytest.mark.parametrize(
    "fields",
    [*grid(height=[7, 30, 61, 80], width=[42], interpolation=["nearest", "bilinear"], fit=["stretch", "crop", "pad"])],
)
def test_resizing_sees_no_less_than_it_does(fields: dict[str, Any]) -> None:
    layers = [create("Resizing", **fields), ones("Conv2D")]
    shape: Shape = (40, 42, 1)
    view = layers[0].view((View(),), (shape,))
    after = layers[1].view((view,), (layers[0].output_shape((shape,)),))
    for seen, true in ((view, true_view(layers[:1], shape)), (after, true_view(layers, shape))):
        for size, jump, side in zip(seen.size, view.jump, true, strict=True):
            assert side <= math.ceil(size) <= side + 1 + jump
