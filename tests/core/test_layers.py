"""Every layer kind: fields, help, JSON, shapes, weights, cost. No Keras here."""

from __future__ import annotations

import itertools
import math
import pickle
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from guiapp.core.files import resources_dir
from guiapp.core.layers import Layer, Shape, ShapeError, create, kinds
from guiapp.core.layers.base import Repair, Weight
from guiapp.core.layers.blocks import Block
from guiapp.core.layers.parts import VALUE_OF, Initializer
from guiapp.core.network import NetworkSpec

KINDS = sorted(kinds())
INPUTS: tuple[Shape, ...] = ((28, 20, 3), (1, 1, 1), (7, 9, 16), (300,), (1,))


def fitting(layer: Layer) -> list[tuple[Shape, ...]]:
    if layer.max_inputs == 0:
        return [()]
    found: list[tuple[Shape, ...]] = []
    for shape in INPUTS:
        try:
            layer.output_shape((shape,))
        except ShapeError:
            continue
        found.append((shape,))
    return found


def by_hand(layer: Any, inputs: Sequence[Shape], out: Shape) -> tuple[int, int]:
    """Count numbers and multiply-adds one filter, unit or channel at a time."""
    numbers = macs = 0
    if isinstance(layer, Block):
        inner = [by_hand(step.layer, step.inputs, step.shape) for step in layer.live(inputs)]
        return sum(part[0] for part in inner), sum(part[1] for part in inner)
    match layer.kind:
        case "Conv2D":
            one = layer.kernel[0] * layer.kernel[1] * inputs[0][2]
            for _ in range(layer.filters):
                numbers += one + layer.use_bias
                macs += one * out[0] * out[1]
        case "DepthwiseConv2D":
            for _ in range(inputs[0][2] * layer.multiplier):
                numbers += layer.kernel[0] * layer.kernel[1] + layer.use_bias
                macs += layer.kernel[0] * layer.kernel[1] * out[0] * out[1]
        case "SeparableConv2D":
            for _ in range(inputs[0][2] * layer.multiplier):
                numbers += layer.kernel[0] * layer.kernel[1] + layer.filters
                macs += (layer.kernel[0] * layer.kernel[1] + layer.filters) * out[0] * out[1]
            numbers += layer.filters * layer.use_bias
        case "Conv2DTranspose":
            for _ in range(layer.filters):
                numbers += layer.kernel[0] * layer.kernel[1] * inputs[0][2] + layer.use_bias
                macs += layer.kernel[0] * layer.kernel[1] * math.prod(inputs[0])
        case "Dense":
            for _ in range(layer.units):
                numbers += inputs[0][0] + layer.use_bias
                macs += inputs[0][0]
        case "BatchNormalization":
            numbers = sum(2 + layer.scale + layer.center for _ in range(inputs[0][-1]))
        case "GroupNormalization":
            numbers = sum(layer.scale + layer.center for _ in range(inputs[0][-1]))
        case "LayerNormalization":
            places = math.prod(inputs[0]) if layer.over == "whole volume" else inputs[0][-1]
            numbers = sum(layer.scale + layer.center for _ in range(places))
        case "Input":
            numbers = {"none": 0, "1/255": 0, "mean image": 2 * math.prod(out) + 1, "per channel": 2 * out[2] + 1}[
                layer.scaling
            ]
    return numbers, macs


def results(layer: Layer, inputs: Sequence[Shape], out: Shape) -> set[str]:
    match layer.kind:
        case (
            "Conv2D" | "DepthwiseConv2D" | "SeparableConv2D" | "Conv2DTranspose" | "MaxPooling2D" | "AveragePooling2D"
            | "ZeroPadding2D" | "Cropping2D" | "UpSampling2D"
        ):  # fmt: skip
            return {f"= {out[0]}", f"= {out[1]}"}
        case "Resizing":
            return {f"{inputs[0][0]} → {out[0]}", f"{inputs[0][1]} → {out[1]}"}
        case "GlobalAveragePooling2D":
            return {f"{out[-1]:,} means", f"= {inputs[0][0] * inputs[0][1]:,} numbers"}
        case "GlobalMaxPooling2D":
            return {f"{out[-1]:,} largest", f"= {inputs[0][0] * inputs[0][1]:,} numbers"}
        case "Flatten":
            return {f"= {out[0]:,}"}
        case "Reshape":
            return {" · ".join(f"{side:,}" for side in out)}
        case "LayerNormalization":
            return {f"over {inputs[0][-1] if layer.weights(inputs)[0].shape == inputs[0][-1:] else math.prod(out):,}"}
        case "GroupNormalization":
            return {f"{math.prod(out):,} numbers" if out[-1] == 1 else " numbers"}
        case "SpatialDropout2D":
            return {f"{out[2]:,} maps"}
        case "Dense":
            return {f"= {sum(weight.size for weight in layer.weights(inputs)):,} parameters"}
    return set()


def variants(kind: str) -> list[Layer]:
    more: dict[str, list[dict[str, Any]]] = {
        "Input": [
            {"scaling": "none"},
            {"scaling": "mean image", "height": 5, "width": 4},
            {"scaling": "per channel", "channels": 1},
        ],
        "Conv2D": [
            {"filters": 5, "kernel": (3, 1), "stride": (2, 3), "use_bias": False},
            {"padding": "valid", "dilation": (2, 1), "kernel": (2, 3)},
        ],
        "DepthwiseConv2D": [
            {"multiplier": 3, "stride": (2, 1), "use_bias": False},
            {"kernel": (2, 3), "dilation": (2, 1)},
        ],
        "SeparableConv2D": [
            {"multiplier": 3, "filters": 5, "use_bias": False},
            {"kernel": (2, 3), "dilation": (2, 1)},
        ],
        "Conv2DTranspose": [
            {"filters": 5, "kernel": (3, 1), "stride": (2, 3), "padding": "valid", "use_bias": False},
            {"kernel": (2, 3), "stride": (1, 1), "dilation": (2, 1), "padding": "valid"},
        ],
        "ZeroPadding2D": [{"top": 0, "bottom": 3, "left": 1, "right": 2}],
        "Cropping2D": [{"top": 0, "bottom": 3, "left": 0, "right": 0}],
        "UpSampling2D": [{"size": (3, 1), "interpolation": "bilinear"}],
        "Resizing": [{"fit": "crop", "height": 5}, {"fit": "pad", "fill": 1.0, "antialias": True}],
        "GlobalAveragePooling2D": [{"keepdims": True}],
        "GlobalMaxPooling2D": [{"keepdims": True}],
        "Reshape": [{"to": "vector"}, {"height": 0, "channels": 1, "width": 3}],
        "LayerNormalization": [{"over": "whole volume"}, {"center": False}],
        "GroupNormalization": [{"groups": 0}, {"groups": 1, "scale": False}],
        "Group": [{"layers": [{"kind": "Conv2D", "name": "a", "filters": 2}, {"kind": "Activation", "name": "b"}]}],
        "GaussianNoise": [{"stddev": 0.0}, {"stddev": 1.0}],
        "SpatialDropout2D": [{"rate": 0.0}],
        "Activation": [{"activation": "leaky_relu", "slope": 0.3}, {"activation": "elu"}, {"activation": "softmax"}],
        "Dense": [{"units": 7, "use_bias": False}],
        "BatchNormalization": [{"scale": False}, {"center": False}, {"scale": False, "center": False}],
        "MaxPooling2D": [{"pool": (3, 3), "padding": "same"}, {"pool": (1, 2), "stride": (3, 1)}],
        "Dropout": [{"rate": 0.0}, {"rate": 0.999}],
    }
    return [create(kind), *(create(kind, **fields) for fields in more.get(kind, []))]


# Backbones, which take larger images, have tests of their own.
VARIANTS = [layer for kind in KINDS if kind != "Pretrained" for layer in variants(kind)]
IDS = [f"{layer.kind}{i}" for i, layer in enumerate(VARIANTS)]


def test_the_palette_has_the_kinds_in_order() -> None:
    assert next(iter(kinds())) == "Input"
    assert {"Conv2D", "MaxPooling2D", "AveragePooling2D", "GlobalAveragePooling2D", "BatchNormalization"} <= set(KINDS)
    assert {"Dropout", "Activation", "Flatten", "Dense"} <= set(KINDS)
    families = [cls.family for cls in kinds().values()]
    assert len([name for name, _ in itertools.groupby(families)]) == len(set(families)), "each family is in one piece"
    orders = [cls.order for cls in kinds().values()]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)


@pytest.mark.parametrize("kind", KINDS)
class TestKind:
    def test_it_is_explained(self, kind: str) -> None:
        cls = kinds()[kind]
        assert cls.title and cls.family and cls.words
        assert cls.help.endswith(".")
        assert (resources_dir() / "icons" / f"{cls.icon}.svg").is_file()

    def test_every_field_has_a_label_and_help(self, kind: str) -> None:
        cls = kinds()[kind]
        for name, info in cls.model_fields.items():
            assert info.title, name
            assert info.description and info.description.endswith("."), name
        for name in cls.own_fields():
            extra = cls.model_fields[name].json_schema_extra
            assert isinstance(extra, dict), name
            if when := str(extra["when"]):
                other, _, values = when.partition("=")
                assert other in cls.model_fields
                assert values

    def test_defaults_are_valid(self, kind: str) -> None:
        layer = create(kind)
        again = type(layer).model_validate({name: getattr(layer, name) for name in type(layer).model_fields})
        assert again == layer
        assert layer.kind == kind
        assert layer.enabled

    def test_names_of_new_layers_fit_keras_and_json(self, kind: str) -> None:
        assert kinds()[kind].stem().isidentifier()

    def test_it_is_frozen_and_strict(self, kind: str) -> None:
        layer = create(kind, name="a")
        with pytest.raises(ValidationError):
            setattr(layer, "name", "b")  # noqa: B010
        with pytest.raises(ValidationError):
            layer.with_fields(nonsense=1)
        with pytest.raises(ValidationError):
            layer.with_fields(name="x" * 65)
        with pytest.raises(ValidationError):
            layer.with_fields(enabled="maybe")

    def test_equal_ones_have_one_hash(self, kind: str) -> None:
        first, second = create(kind, name="a"), create(kind, name="a")
        assert first is not second
        assert {first: 1}[second] == 1

    def test_with_fields_changes_only_those(self, kind: str) -> None:
        layer = create(kind, name="a")
        other = layer.with_fields(name="b", enabled=False, inputs=("c",))
        assert (other.name, other.enabled, other.inputs) == ("b", False, ("c",))
        assert other.with_fields(name="a", enabled=True, inputs=()) == layer


@pytest.mark.parametrize("layer", VARIANTS, ids=IDS)
class TestVariant:
    def test_json_round_trip(self, layer: Layer) -> None:
        network = NetworkSpec(layers=(layer.with_fields(name="x", inputs=("a", "b"), enabled=False),))
        text = network.model_dump_json()
        assert f'"kind":"{layer.kind}"' in text
        assert NetworkSpec.model_validate_json(text) == network
        assert type(NetworkSpec.model_validate_json(text).layers[0]) is type(layer)
        assert TypeAdapter(type(layer)).validate_python(layer.model_dump()) == layer

    def test_pickles(self, layer: Layer) -> None:
        assert pickle.loads(pickle.dumps(layer)) == layer

    def test_weights_and_cost_agree_with_an_independent_count(self, layer: Layer) -> None:
        for inputs in fitting(layer):
            numbers, macs = by_hand(layer, inputs, layer.output_shape(inputs))
            assert sum(weight.size for weight in layer.weights(inputs)) == numbers
            assert layer.macs(inputs) == macs

    def test_the_formula_holds_its_result(self, layer: Layer) -> None:
        inputs = fitting(layer)
        assert inputs or layer == create("Group"), "only an empty group takes nothing"
        for given in inputs:
            formula = layer.formula(given)
            for part in results(layer, given, layer.output_shape(given)):
                assert part in formula

    def test_shapes_are_positive(self, layer: Layer) -> None:
        for inputs in fitting(layer):
            shape = layer.output_shape(inputs)
            assert len(shape) in {1, 3}
            assert min(shape) >= 1


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0.5, "keeps 50 % and multiplies them by 1 / 0.5 = 2"),
        (0.8, "keeps 20 % and multiplies them by 1 / 0.2 = 5"),
        (0.999, "keeps 0.1 % and multiplies them by 1 / 0.001 = 1e+03"),
    ],
)
def test_the_formula_of_dropout(rate: float, text: str) -> None:
    assert create("Dropout", rate=rate).formula(((4,),)) == text


def test_the_formula_of_batch_normalisation_follows_its_fields() -> None:
    shape = ((4, 4, 8),)
    assert create("BatchNormalization").formula(shape) == "γ · (x − mean) / √(variance + 0.001) + β"
    plain = create("BatchNormalization", scale=False, center=False, epsilon=1e-5)
    assert plain.formula(shape) == "(x − mean) / √(variance + 1e-05)"
    assert [weight.trainable for weight in plain.weights(shape)] == [False, False]


def test_weights_are_named_as_in_keras() -> None:
    assert create("Conv2D", filters=4).weights(((9, 9, 3),)) == (
        Weight("kernel", (3, 3, 3, 4)),
        Weight("bias", (4,)),
    )
    assert create("Dense", units=4).weights(((9,),)) == (Weight("kernel", (9, 4)), Weight("bias", (4,)))
    names = [weight.name for weight in create("BatchNormalization").weights(((9,),))]
    assert names == ["gamma", "beta", "moving_mean", "moving_variance"]


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("Conv2D", "a convolution"),
        ("MaxPooling2D", "pooling"),
        ("AveragePooling2D", "pooling"),
        ("GlobalAveragePooling2D", "global pooling"),
        ("GlobalMaxPooling2D", "global pooling"),
        ("DepthwiseConv2D", "a convolution"),
        ("SeparableConv2D", "a convolution"),
        ("Conv2DTranspose", "a transposed convolution"),
        ("SpatialDropout2D", "spatial dropout"),
        ("UpSampling2D", "upsampling"),
        ("Resizing", "resizing"),
        ("ZeroPadding2D", "zero padding"),
        ("Cropping2D", "cropping"),
    ],
)
def test_a_vector_into_a_layer_for_volumes(kind: str, title: str) -> None:
    with pytest.raises(ShapeError) as caught:
        create(kind).output_shape(((1234,),))
    assert caught.value.text == (
        f"{title} needs a volume (height × width × channels), but gets a vector of 1,234 numbers; "
        "move it above the Flatten, or remove it"
    )
    assert caught.value.repair == Repair("Remove this layer", remove=True)


def test_a_volume_into_a_dense_layer() -> None:
    with pytest.raises(ShapeError) as caught:
        create("Dense").output_shape(((4, 5, 6),))
    assert caught.value.text == "a dense layer needs a vector, but gets a volume of 4×5×6; put a Flatten before it"
    assert caught.value.repair == Repair("Insert Flatten before it", insert_before="Flatten")


@pytest.mark.parametrize(
    ("layer", "text", "field", "expected"),
    [
        (
            create("Conv2D", kernel=(3, 5), dilation=(2, 1), padding="valid"),
            "the convolution's window is 5×5, larger than its input of 4×6: nothing would be left",
            "kernel",
            (2, 2),
        ),
        (
            create("MaxPooling2D", pool=(2, 7)),
            "the pooling window is 2×7, larger than its input of 4×6: nothing would be left",
            "pool",
            (2, 1),
        ),
    ],
)
def test_a_window_larger_than_its_input(layer: Layer, text: str, field: str, expected: tuple[int, int]) -> None:
    with pytest.raises(ShapeError) as caught:
        layer.output_shape(((4, 6, 2),))
    assert (caught.value.text, caught.value.field) == (text, field)
    repair = caught.value.repair
    assert repair == Repair("Set padding to same", fields={"padding": "same"})
    assert layer.with_fields(**repair.fields).output_shape(((4, 6, 2),))
    (other,) = caught.value.others
    assert set(other.fields) == {field}
    smaller = layer.with_fields(**other.fields)
    assert smaller.output_shape(((4, 6, 2),))[:2] == expected


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("Conv2D", {"filters": 0}),
        ("Conv2D", {"filters": 65537}),
        ("Conv2D", {"filters": 1.5}),
        ("Conv2D", {"kernel": (0, 1)}),
        ("Conv2D", {"kernel": (3,)}),
        ("Conv2D", {"kernel": 3}),
        ("Conv2D", {"kernel": (1025, 1)}),
        ("Conv2D", {"padding": "full"}),
        ("Conv2D", {"activation": "sine"}),
        ("Conv2D", {"stride": (2, 1), "dilation": (1, 2)}),
        ("Dense", {"units": -1}),
        ("Dense", {"units": "many"}),
        ("Dropout", {"rate": 1.0}),
        ("Dropout", {"rate": float("nan")}),
        ("BatchNormalization", {"epsilon": 0.0}),
        ("BatchNormalization", {"epsilon": float("inf")}),
        ("Input", {"channels": 2}),
        ("Input", {"height": 4097}),
        ("Input", {"scaling": "1/256"}),
        ("MaxPooling2D", {"stride": (0, 0)}),
        ("DepthwiseConv2D", {"multiplier": 0}),
        ("SeparableConv2D", {"stride": (1, 2), "dilation": (2, 1)}),
        ("Conv2DTranspose", {"dilation": (2, 1)}),
        ("ZeroPadding2D", {"top": -1}),
        ("Cropping2D", {"right": 1025}),
        ("UpSampling2D", {"size": (0, 1)}),
        ("UpSampling2D", {"interpolation": "area"}),
        ("Resizing", {"height": 0}),
        ("Resizing", {"fill": float("inf")}),
        ("GroupNormalization", {"groups": -1}),
        ("LayerNormalization", {"gamma_init": {"scheme": "orthogonal"}}),
        ("SpatialDropout2D", {"rate": 1.0}),
        ("GaussianNoise", {"stddev": 1.5}),
        ("Reshape", {"channels": -1}),
        ("Activation", {"slope": -0.1}),
    ],
)
def test_wrong_fields_are_refused(kind: str, fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        create(kind, **fields)
    with pytest.raises(ValidationError):
        create(kind).with_fields(**fields)


@pytest.mark.parametrize(
    ("layer", "shape", "text", "field", "repairs"),
    [
        (
            create("Conv2D", groups=8, filters=12),
            (4, 6, 18),
            "8 groups cannot share 18 channels and 12 filters evenly; choose a number that divides both",
            "groups",
            [("Set groups to 1", (4, 6, 12)), ("Set groups to 6", (4, 6, 12))],
        ),
        (
            create("GroupNormalization"),
            (4, 6, 12),
            "8 groups cannot share 12 channels evenly; choose a number that divides them",
            "groups",
            [("Set groups to 6", (4, 6, 12)), ("Give each channel its own", (4, 6, 12))],
        ),
        (
            create("LayerNormalization", over="whole volume"),
            (24,),
            "cannot normalise over a volume, since it gets a vector of 24 numbers; normalise over the channels",
            "over",
            [("Normalise over the channels", (24,))],
        ),
        (
            create("Cropping2D", top=3, bottom=2),
            (4, 6, 2),
            "cuts off 3 + 2 rows, but its input has 4: nothing would be left; cut off less",
            "top",
            [("Cut off as much as leaves one pixel", (1, 4, 2)), ("Remove this layer", None)],
        ),
        (
            create("Cropping2D", left=0, right=9),
            (4, 6, 2),
            "cuts off 0 + 9 columns, but its input has 6: nothing would be left; cut off less",
            "right",
            [("Cut off as much as leaves one pixel", (2, 1, 2)), ("Remove this layer", None)],
        ),
        (
            create("Reshape", height=3, width=2, channels=5),
            (4, 6, 2),
            "3×2×5 holds 30 numbers, but 48 come in; choose sides whose product is that",
            "channels",
            [("Set channels to 8", (3, 2, 8)), ("Set it to 1×1×48", (1, 1, 48))],
        ),
        (
            create("Reshape", height=5, width=2, channels=0),
            (4, 6, 2),
            "sides of 5×2 do not divide the numbers, but 48 come in; choose sides whose product is that",
            "width",
            [("Set height to 24", (24, 2, 1)), ("Set it to 1×1×48", (1, 1, 48))],
        ),
        (
            create("Reshape", height=0, width=0, channels=3),
            (4, 6, 2),
            "only one side can be what fits; give the others a number of 1 or more",
            "height",
            [
                ("Set channels to 48", (1, 1, 48)),
                ("Set height to 16", (16, 1, 3)),
                ("Set width to 16", (1, 16, 3)),
                ("Set it to 1×1×48", (1, 1, 48)),
            ],
        ),
    ],
)
def test_what_a_kind_cannot_take_and_how_it_is_mended(
    layer: Layer, shape: Shape, text: str, field: str, repairs: list[tuple[str, Shape | None]]
) -> None:
    with pytest.raises(ShapeError) as caught:
        layer.output_shape((shape,))
    assert (caught.value.text, caught.value.field) == (text, field)
    assert caught.value.repair is not None
    found = [caught.value.repair, *caught.value.others]
    assert [repair.text for repair in found] == [words for words, _ in repairs]
    for repair, (_, expected) in zip(found, repairs, strict=True):
        assert repair.remove == (expected is None)
        if expected is not None:
            assert layer.with_fields(**repair.fields).output_shape((shape,)) == expected


def test_there_are_no_other_kinds() -> None:
    with pytest.raises(KeyError):
        create("Conv3D")


class TestInitializer:
    @pytest.mark.parametrize("kind", ["Conv2D", "Dense"])
    def test_biases_are_one_row(self, kind: str) -> None:
        with pytest.raises(ValidationError, match="biases cannot begin as “orthogonal”"):
            create(kind, name="a", bias_init={"scheme": "orthogonal"})

    @pytest.mark.parametrize("scheme", sorted(VALUE_OF))
    def test_a_number_is_taken_or_the_schemes_own_used(self, scheme: Any) -> None:
        assert Initializer(scheme=scheme).number == VALUE_OF[scheme][1]
        assert Initializer(scheme=scheme, value=0.3).number == 0.3
        assert Initializer(scheme=scheme, value=0.0).number == 0.0

    @pytest.mark.parametrize("scheme", ["zeros", "glorot_uniform", "orthogonal"])
    def test_a_scheme_without_a_number_refuses_one(self, scheme: Any) -> None:
        with pytest.raises(ValidationError, match="takes no number; remove the value"):
            Initializer(scheme=scheme, value=1.0)

    def test_only_a_constant_may_be_negative(self) -> None:
        assert Initializer(scheme="constant", value=-1.0).number == -1.0
        with pytest.raises(ValidationError, match="must not be negative"):
            Initializer(scheme="random_normal", value=-1.0)

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e7])
    def test_it_must_be_a_number_that_makes_sense(self, value: float) -> None:
        with pytest.raises(ValidationError):
            Initializer(scheme="constant", value=value)
