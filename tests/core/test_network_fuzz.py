"""Networks that nobody would build: they are analysed, saved and refused in sentences, and nothing breaks."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.layers import Layer, create, kinds
from guiapp.core.memory import memory_problem, needs, size_text
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, from_json, set_field, to_json
from guiapp.core.repairs import repaired
from tests.random_networks import SLOW, layers, networks, wild_networks

HUGE = 65536
KINDS = [kind for name, kind in kinds().items() if name not in {"Group", "Pretrained"}]


@st.composite
def huge_networks(draw: st.DrawFn) -> NetworkSpec:
    """Draw layers with the largest numbers that their fields take, fed by any others."""
    spec: list[Layer] = [create("Input", name="image", height=4096, width=draw(st.sampled_from([1, 4096])))]
    for number, kind in enumerate(draw(st.lists(st.sampled_from(KINDS), max_size=6))):
        layer = draw(layers(kind, HUGE))
        if layer is not None:
            above = [item.name for item in spec]
            inputs = draw(st.lists(st.sampled_from(above), min_size=2, max_size=3)) if layer.min_inputs > 1 else []
            spec.append(layer.with_fields(name=f"l{number}", inputs=tuple(inputs)))
    return NetworkSpec(layers=tuple(spec))


def check(spec: NetworkSpec) -> None:
    found = analyse(spec, 3)
    assert len(found.rows) == len(spec.layers)
    assert min(found.parameters, found.trainable, found.macs, found.activations) >= 0
    for problem in found.problems:
        assert problem.layer is None or problem.layer in {layer.name for layer in spec.layers}
        assert problem.text.strip() == problem.text != ""
        assert not problem.text.endswith(".")
        assert all(repair.text for repair in problem.repairs)
    for row in found.rows:
        assert row.shape is None or min(row.shape) >= 1
    whole = analyse(flat(spec), 3)
    assert size_text(needs(whole, 65_536).total)
    memory_problem(whole, 65_536, "adam", 10**9, "this machine")
    for problem in found.problems:
        for repair in problem.repairs:
            repaired(spec, problem, repair)
    text = to_json(Project(network=spec))
    assert to_json(from_json(text, "it")) == text


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(wild_networks())
def test_any_layers_are_analysed_and_saved(spec: NetworkSpec) -> None:
    check(spec)


@settings(max_examples=40, deadline=None, suppress_health_check=SLOW)
@given(huge_networks())
def test_huge_numbers_are_analysed(spec: NetworkSpec) -> None:
    check(spec)


@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
@given(networks())
def test_networks_in_order_are_saved(spec: NetworkSpec) -> None:
    check(spec)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=5000, deadline=None, suppress_health_check=SLOW)
@given(st.one_of(wild_networks(20), huge_networks()))
def test_many_are_analysed_and_saved(spec: NetworkSpec) -> None:
    check(spec)


def test_a_block_that_would_need_too_many_filters_says_so() -> None:
    layers = [create("Input", name="image"), create("Conv2D", name="c", filters=HUGE)]
    layers.append(create("ResidualBlock", name="r", form="bottleneck", filters=16384, expansion=8))
    problem = analyse(NetworkSpec(layers=tuple(layers))).problems[0]
    assert (problem.layer, problem.severity) == ("r", "error")
    assert problem.text.startswith("inside, filters would be 131072, which no layer can have")


def test_no_repair_asks_for_a_larger_side_than_a_volume_can_have() -> None:
    layers = (
        create("Input", name="image", height=4096, width=1, channels=3),
        create("Conv2DTranspose", name="wide", filters=555, kernel=(4, 4), stride=(1, 44), padding="same"),
        create("Reshape", name="shape", height=0, width=1, channels=0),
    )
    network = NetworkSpec(layers=layers)
    (problem,) = (found for found in analyse(network).problems if found.layer == "shape")
    for repair in problem.repairs:
        assert not [p for p in analyse(repaired(network, problem, repair)).errors if p.layer == "shape"]


def test_no_repair_asks_for_more_filters_than_a_layer_can_have() -> None:
    wide = [create("Conv2D", name=name, inputs=("image",), filters=HUGE) for name in ("a", "b")]
    both = create("Concatenate", name="both", inputs=("a", "b"))
    value = NetworkSpec(
        layers=(create("Input", name="image"), *wide, both, create("Add", name="sum", inputs=("both", "a")))
    )
    (problem,) = (p for p in analyse(value).problems if p.layer == "sum" and p.field == "inputs")
    for repair in problem.repairs:
        repaired(value, problem, repair)


NUMBERS = [
    (name, field)
    for name, kind in kinds().items()
    for field in kind.own_fields()
    if kind.model_fields[field].annotation in {int, float} or "tuple[typing.Annotated[int" in str(
        kind.model_fields[field].annotation
    )
]  # fmt: skip


@pytest.mark.parametrize("value", [-1, 10**30, "many", float("nan")], ids=["negative", "huge", "words", "no number"])
@pytest.mark.parametrize(("kind", "field"), NUMBERS, ids=[f"{kind}.{field}" for kind, field in NUMBERS])
def test_no_field_takes_a_number_that_cannot_be(kind: str, field: str, value: Any) -> None:
    if (field, value) == ("fill", -1):
        pytest.skip("what is put around images may be dark beyond 0")
    layer = create(kind)
    pair = isinstance(getattr(layer, field), tuple)
    with pytest.raises(UserError) as caught:
        set_field(layer, field, (value, value) if pair else value)
    assert len(caught.value.what) > 5
    assert "validation" not in caught.value.what


@pytest.mark.parametrize(
    "change",
    [
        {"height": -3},
        {"height": 10**400},
        {"name": "x" * 65},
        {"inputs": "image"},
        {"inputs": [1]},
        {"kind": "Layer"},
        {"group": 5},
    ],
    ids=str,
)
def test_a_file_with_a_wrong_layer_is_refused_in_a_sentence(change: dict[str, Any]) -> None:
    value = json.loads(to_json(Project(network=NetworkSpec(layers=(create("Input", name="image"),)))))
    value["network"]["layers"][0].update(change)
    with pytest.raises(UserError) as caught:
        from_json(json.dumps(value), "it")
    assert "layers" in caught.value.what
