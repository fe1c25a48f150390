"""Blocks: the same figures whole, opened and flat, and closing undoes opening."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from guiapp.core.analysis import Analysis, analyse
from guiapp.core.blocks import closed, flat, members, opened
from guiapp.core.flattening import blocks_of as of_blocks
from guiapp.core.flattening import name_inside
from guiapp.core.layers import Layer, create
from guiapp.core.layers.blocks import MOST_INSIDE, MOST_NESTED, Block, Group
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project, from_json, to_json
from tests.core.block_networks import any_networks, networks

some = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def layer(kind: str, name: str, *inputs: str, **fields: Any) -> Layer:
    return create(kind, name=name, inputs=inputs, **fields)


def network(*layers: Layer) -> NetworkSpec:
    return NetworkSpec(layers=(layer("Input", "image", height=8, width=8), *layers))


def figures(spec: NetworkSpec) -> tuple[object, ...]:
    found = analyse(spec)
    assert found.errors == (), found.errors
    end = [row for row in found.rows if row.layer.enabled][-1]
    return found.parameters, found.trainable, found.macs, found.activations, found.shape, end.view, end.sees


def names(spec: NetworkSpec) -> list[str]:
    return [layer.name for layer in spec.layers]


def living(spec: NetworkSpec) -> list[tuple[str, str]]:
    """Names and kinds of what is built."""
    return [(layer.name, layer.kind) for layer in flat(spec).layers if layer.enabled]


def blocks_of(spec: NetworkSpec) -> list[int]:
    return [at for at, layer in enumerate(spec.layers) if isinstance(layer, Block)]


@some
@given(networks())
def test_the_flat_network_has_the_same_figures_and_no_name_twice(spec: NetworkSpec) -> None:
    plain = flat(spec)
    assert not any(isinstance(layer, Block) for layer in plain.layers)
    assert len(set(names(plain))) == len(plain.layers)
    assert max(map(len, names(plain))) <= 64
    assert figures(plain) == figures(spec)
    again = NetworkSpec.model_validate_json(spec.model_dump_json())
    assert flat(again) == plain and again == spec


@some
@given(networks())
def test_opened_it_has_the_same_figures_and_names_and_closes_to_the_same_value(spec: NetworkSpec) -> None:
    for at in blocks_of(spec):
        wide = opened(spec, at)
        assert figures(wide) == figures(spec)
        assert living(wide) == living(spec)
        assert from_json(to_json(Project(network=wide)), "x").network == wide
        back = closed(wide, members(wide, spec.layers[at].name), spec.layers[at].name)
        assert back == spec
        assert back.model_dump_json() == spec.model_dump_json()


@some
@given(networks(), st.randoms(use_true_random=False))
def test_however_many_are_opened_they_close_again(spec: NetworkSpec, random: Any) -> None:
    wide = spec
    for _ in range(6):
        if not blocks_of(wide):
            break
        wide = opened(wide, random.choice(blocks_of(wide)))
        assert living(wide) == living(spec)
    assert figures(wide) == figures(spec)
    narrow = wide
    for name in names(spec):
        if any(block.name == name for block in narrow.blocks):
            narrow = closed(narrow, members(narrow, name), name)
    assert narrow == spec


@some
@given(any_networks(), st.integers(0, 9), st.integers(1, 5))
def test_closing_any_layers_gives_a_group_with_the_same_figures_or_a_sentence(
    spec: NetworkSpec, first: int, count: int
) -> None:
    chosen = range(first, min(first + count, len(spec.layers)))
    try:
        narrow = closed(spec, chosen, "mine")
    except UserError as exc:
        assert exc.mend
        return
    assert isinstance(narrow.layers[first], Group)
    if not analyse(spec).errors and any(spec.layers[at].enabled for at in chosen):
        assert figures(narrow) == figures(spec)
        assert figures(opened(narrow, first)) == figures(spec)


@some
@given(any_networks())
def test_a_network_with_errors_is_taken_apart_all_the_same(spec: NetworkSpec) -> None:
    found: Analysis = analyse(flat(spec))
    assert len(found.rows) >= 3
    for at in blocks_of(spec):
        try:
            wide = opened(spec, at)
        except UserError as exc:
            assert "cannot be opened while it has a problem" in exc.sentence
            assert spec.layers[at].kind != "Group"
            continue
        analyse(wide)


RESIDUAL = network(
    layer("Conv2D", "conv1", filters=4),
    layer("ResidualBlock", "res1", filters=4),
    layer("ResidualBlock", "res2", filters=8, stride=2),
    layer("Add", "sum", "conv1", "res1"),
    layer("Flatten", "flat"),
    layer("Dense", "dense", units=2),
)


def test_the_names_inside_lead_with_the_blocks() -> None:
    assert names(flat(RESIDUAL))[2:9] == [
        "res1_conv1", "res1_norm1", "res1_act1", "res1_conv2", "res1_norm2", "res1_add", "res1_act",
    ]  # fmt: skip
    assert flat(RESIDUAL)["sum"].inputs == ("conv1", "res1_act")


def test_without_blocks_it_is_the_network_itself() -> None:
    plain = flat(RESIDUAL)
    assert flat(plain) is plain
    assert flat(RESIDUAL) is plain


def test_what_did_not_change_is_the_same_layer_again() -> None:
    before, after = flat(RESIDUAL), flat(RESIDUAL.update("res2", kernel=(5, 5)))
    same = [layer for layer in after.layers if any(layer is other for other in before.layers)]
    assert [layer.name for layer in same if layer.name.startswith("res1_")] == names(before)[2:9]


def test_an_edited_block_closes_to_a_group_of_its_name_and_keeps_its_weights() -> None:
    wide = opened(RESIDUAL, 2)
    wide = wide.update("res1_conv2", kernel=(5, 5))
    narrow = closed(wide, members(wide, "res1"), "res1")
    group = narrow.layers[2]
    assert isinstance(group, Group)
    assert [inner.name for inner in group.layers][:2] == ["conv1", "norm1"]
    assert living(narrow) == living(wide)
    assert figures(narrow) == figures(wide)
    assert narrow.blocks == ()
    assert narrow["sum"].inputs == ("conv1", "res1")
    assert opened(narrow, 2).having(()).blocks == (group,)


def test_a_block_that_was_opened_can_be_closed_under_another_name() -> None:
    wide = opened(RESIDUAL, 2)
    narrow = closed(wide, members(wide, "res1"), "start")
    assert narrow == RESIDUAL.replace(2, RESIDUAL["res1"].with_fields(name="start"))


def test_a_renamed_layer_above_leaves_the_block_what_it_was() -> None:
    spec = network(
        layer("Conv2D", "conv1", filters=4), layer("Conv2D", "conv2", filters=4),
        layer("ResidualBlock", "res1", "conv1", filters=4),
    )  # fmt: skip
    wide = opened(spec, 3)
    wide = wide.replace(1, wide["conv1"].with_fields(name="first"))
    narrow = closed(wide, members(wide, "res1"), "res1")
    assert narrow["res1"] == spec["res1"].with_fields(inputs=("first",))


def test_closing_the_outer_block_closes_those_inside_it_first() -> None:
    outer = layer("Group", "stage", layers=(layer("ResidualBlock", "a"), layer("ResidualBlock", "b")))
    spec = network(outer, layer("Flatten", "flat"), layer("Dense", "dense"))
    wide = opened(opened(spec, 1), 1)
    assert names(wide)[1] == "stage_a_conv1"
    assert len(members(wide, "stage")) == len(wide.layers) - 3
    assert closed(wide, members(wide, "stage"), "stage") == spec


def test_a_part_of_an_opened_block_becomes_a_group_inside_it() -> None:
    wide = opened(RESIDUAL, 2)
    part = closed(wide, (2, 3, 4), "begin")
    assert (part.layers[2].kind, part.layers[2].group) == ("Group", "res1")
    whole = closed(part, members(part, "res1"), "res1")
    assert figures(whole) == figures(RESIDUAL)
    group = whole.layers[2]
    assert isinstance(group, Group)
    assert group.layers[0].kind == "Group"


def test_a_disabled_block_is_opened_to_disabled_layers_and_closes_disabled() -> None:
    spec = RESIDUAL.update("res1", enabled=False)
    wide = opened(spec, 2)
    assert not any(layer.enabled for layer in wide.layers if layer.group == "res1")
    assert closed(wide, members(wide, "res1"), "res1") == spec
    on = wide.having(layer.with_fields(enabled=True) for layer in wide.layers)
    assert closed(on, members(on, "res1"), "res1") == RESIDUAL


REFUSED: dict[str, tuple[NetworkSpec, tuple[int, ...], str, str]] = {
    "nothing": (RESIDUAL, (), "mine", "no layers"),
    "apart": (RESIDUAL, (1, 3), "mine", "res1 lies between them"),
    "the Input": (RESIDUAL, (0, 1), "mine", "Input cannot be part"),
    "two feed it": (RESIDUAL, (4, 5), "mine", "take conv1 and res1"),
    "used below": (RESIDUAL, (1, 2), "mine", "conv1: is used below"),
    "no name": (RESIDUAL, (3,), " ", "no name for a block"),
    "a slash": (RESIDUAL, (3,), "a/b", "no name for a block"),
    "too long": (RESIDUAL, (3,), "n" * 65, "no name for a block"),
    "not to be seen": (RESIDUAL, (3,), "a\x00b", "no name for a block"),
    "taken": (RESIDUAL, (3,), "res1", "is the name of another layer"),
    "twice": (
        network(layer("Conv2D", "a"), layer("Conv2D", "a"), layer("Conv2D", "b", "image")),
        (1, 2), "mine", "a: is the name of two layers",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_closed_is_told(case: str) -> None:
    spec, rows, name, text = REFUSED[case]
    with pytest.raises(UserError) as caught:
        closed(spec, rows, name)
    assert text in caught.value.sentence
    assert caught.value.mend


def test_layers_of_a_group_that_are_apart_are_told() -> None:
    wide = opened(RESIDUAL, 2).move(4, 10)
    with pytest.raises(UserError, match="do not follow each other"):
        closed(wide, members(wide, "res1"), "res1")


def test_a_layer_that_is_no_block_is_not_opened() -> None:
    with pytest.raises(UserError, match="no block"):
        opened(RESIDUAL, 1)


def nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"kind": "Conv2D", "name": "c"}
    for _ in range(depth):
        value = {"kind": "Group", "name": "g", "layers": [value]}
    return value


def in_project(*layers: dict[str, Any]) -> str:
    image = {"kind": "Input", "name": "image"}
    return json.dumps({"format": 3, "network": {"layers": [image, *layers]}})


@pytest.mark.parametrize("depth", [MOST_NESTED + 1, 40, 150, 400, 900, 20_000])
def test_groups_nested_too_deep_are_refused(depth: int) -> None:
    opening = '{"kind": "Group", "name": "g", "layers": [' * depth
    text = in_project({"kind": "X"}).replace(
        '{"kind": "X"}', opening + '{"kind": "Conv2D", "name": "c"}' + "]}" * depth
    )
    with pytest.raises(UserError) as caught:
        from_json(text, "mine.convnet")
    assert len(caught.value.sentence) < 300
    assert "deep" in caught.value.sentence


def test_groups_nested_as_deep_as_may_be() -> None:
    project = from_json(in_project(nested(MOST_NESTED)), "x")
    assert from_json(to_json(project), "x") == project
    assert figures(flat(project.network)) == figures(project.network) if not analyse(project.network).errors else True
    wide = opened(project.network, 1)
    assert closed(wide, members(wide, "g"), "g") == project.network


INSIDES: dict[str, tuple[tuple[Layer, ...], str]] = {
    "empty": ((), "holds no layers"),
    "unknown input": ((layer("Conv2D", "c", "x"),), "inside, c takes “x”, which no layer above it is called"),
    "from outside": ((layer("Conv2D", "c", "image"),), "inside, c takes “image”"),
    "itself": ((layer("Conv2D", "c", "c"),), "inside, c takes “c”"),
    "called input": ((layer("Conv2D", "input"),), "“input” is what the block takes"),
    "no name": ((layer("Conv2D", ""),), "a layer has no name"),
    "a slash": ((layer("Conv2D", "a/b"),), "must not hold “/”"),
    "not to be seen": ((layer("Conv2D", "a\x00b"),), "the name “a�b” holds characters that cannot be seen"),
    "twice": ((layer("Conv2D", "c"), layer("Conv2D", "c")), "two layers are called “c”"),
    "an Input": ((layer("Input", "i"),), "brings images in"),
    "one to add": ((layer("Conv2D", "c"), layer("Add", "a")), "brings at least 2 layers together"),
    "two to one": ((layer("Conv2D", "c"), layer("Conv2D", "d", "c", "input")), "takes 2 layers"),
    "does not fit": ((layer("Flatten", "f"), layer("Conv2D", "c")), "inside, c: a convolution needs a volume"),
    "too many": (tuple(layer("Activation", f"a{i}") for i in range(MOST_INSIDE + 1)), "more than 2,000 layers"),
    "broken deeper": ((layer("Group", "g", layers=(layer("Conv2D", "c", "x"),)),), "inside, g: inside, c takes “x”"),
}


@pytest.mark.parametrize("case", INSIDES)
def test_what_is_wrong_inside_is_a_problem_of_the_group_which_opens_all_the_same(case: str) -> None:
    inside, text = INSIDES[case]
    spec = network(layer("Group", "g", layers=inside), layer("Flatten", "flat"), layer("Dense", "dense"))
    assert from_json(to_json(Project(network=spec)), "x").network == spec
    problems = [problem for problem in analyse(spec).errors if problem.layer == "g"]
    assert len(problems) == 1
    assert text in problems[0].text
    assert flat(spec)["g"] is spec["g"]
    if inside:
        wide = opened(spec, 1)
        assert len(wide.layers) == len(spec.layers) - 1 + len(inside)
        analyse(wide)
    else:
        with pytest.raises(UserError, match="cannot be opened"):
            opened(spec, 1)


def test_many_layers_in_blocks_are_refused() -> None:
    deep = layer("ResidualBlock", "r", filters=1, depth=64)
    spec = network(layer("Group", "g", layers=tuple(deep.with_fields(name=f"r{i}") for i in range(10))))
    assert any("more than 2,000 layers" in problem.text for problem in analyse(spec).errors)


def test_a_disabled_block_counts_as_one_layer() -> None:
    for enabled, count in ((True, 8), (False, 2)):
        inner = layer("ResidualBlock", "r", filters=3, enabled=enabled)
        block = layer("Group", "g", layers=(layer("Conv2D", "c", filters=3), inner))
        assert isinstance(block, Group)
        assert block.count([(8, 8, 3)]) == count


def test_blocks_that_hold_too_many_layers_together_are_refused() -> None:
    rows = [layer("ResidualBlock", f"r{i}", filters=1, depth=40) for i in range(8)]
    spec = network(*rows, layer("Flatten", "flat"), layer("Dense", "dense", units=2))
    (problem,) = analyse(spec).errors
    assert problem.layer == "r0"
    assert problem.text.startswith("holds 282 layers, which bring the network to 2,245; the limit is 2,000.")
    assert analyse(spec.update("r0", enabled=False)).errors == ()


def test_groups_that_name_each_other_end() -> None:
    wide = opened(RESIDUAL, 2)
    loop = NetworkSpec(
        layers=wide.layers, blocks=(RESIDUAL["res1"].with_fields(group="x"), layer("Group", "x", group="res1"))
    )
    assert members(loop, "x") == members(loop, "res1") == tuple(range(2, 9))
    for name in ("res1", "x"):
        assert figures(closed(loop, members(loop, name), name)) == figures(RESIDUAL)


@some
@given(networks())
def test_each_layer_of_the_flat_network_knows_its_block(spec: NetworkSpec) -> None:
    found, live = of_blocks(spec), {layer.name: layer for layer in spec.layers}
    for built in flat(spec).layers:
        block = found.get(built.name, "")
        if built.name in live:
            assert block == live[built.name].group
        else:
            assert isinstance(live[block], Block)
            short = name_inside(built.name, block)
            assert built.name in {short, f"{block}_{short}"}


def test_layers_are_called_without_the_name_of_their_block() -> None:
    inner = Group(name="inner", layers=(layer("Conv2D", "conv"),))
    spec = network(
        layer("Conv2D", "stem"), layer("ResidualBlock", "stage", filters=4), Group(name="outer", layers=(inner,))
    )
    found = of_blocks(spec)
    assert {found[name] for name in found if name.startswith("stage")} == {"stage"}
    assert found["outer_inner_conv"] == "outer"
    assert name_inside("outer_inner_conv", "outer") == "inner_conv"
    assert "stem" not in found
    assert of_blocks(opened(spec, 2)) == found
