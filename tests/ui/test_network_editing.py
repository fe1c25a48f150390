from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.ui.network import editing
from guiapp.ui.network.fitting import best
from guiapp.ui.network.geometry import sizes
from guiapp.ui.network.palette import entries, found
from guiapp.ui.network.placing import place
from guiapp.ui.network.words import byte_text, shape_text, short_count


def names(network: NetworkSpec) -> list[str]:
    return [layer.name for layer in network.layers]


@pytest.fixture
def starter() -> NetworkSpec:
    return templates.load("starter").network


def test_a_new_layer_gets_a_free_name_and_goes_where_it_is_asked(starter: NetworkSpec) -> None:
    network, at = editing.add(starter, "Conv2D", 2)
    assert at == 2
    assert names(network)[:4] == ["image", "conv1", "conv4", "pool1"]


@pytest.mark.parametrize("kind", ["Conv2D", "Input"])
def test_nothing_is_added_above_the_input(starter: NetworkSpec, kind: str) -> None:
    network, at = editing.add(starter, kind, 0)
    assert at == 1
    assert network.layers[0].name == "image"


def test_the_first_input_goes_to_the_top(starter: NetworkSpec) -> None:
    network, at = editing.add(NetworkSpec(layers=starter.layers[1:]), "Input", 5)
    assert at == 0
    assert network.layers[0].kind == "Input"


def test_moving_keeps_the_input_at_the_top_unless_it_is_moved_itself(starter: NetworkSpec) -> None:
    network, rows = editing.move_to(starter, (3, 5), 0)
    assert names(network)[:4] == ["image", "conv2", "conv3", "conv1"]
    assert rows == (1, 2)
    network, rows = editing.move_by(starter, (0,), 1)
    assert names(network)[:2] == ["conv1", "image"]
    assert editing.move_by(network, rows, -1)[0] == starter


@given(st.sets(st.integers(0, 9), min_size=1), st.integers(0, 10))
def test_moving_keeps_every_layer_and_the_order_among_the_moved(rows: set[int], at: int) -> None:
    starter = templates.load("starter").network
    order = tuple(sorted(rows))
    network, placed = editing.move_to(starter, order, at)
    assert sorted(names(network)) == sorted(names(starter))
    assert [network.layers[i] for i in placed] == [starter.layers[i] for i in order]


def test_removing_many_is_the_same_as_removing_each(starter: NetworkSpec) -> None:
    left = editing.remove(starter, range(1, 10))
    assert names(left) == ["image"]
    assert names(editing.remove(starter, (1, 3))) == [n for n in names(starter) if n not in ("conv1", "conv2")]


def test_copies_go_below_with_names_of_their_own(starter: NetworkSpec) -> None:
    network, rows = editing.duplicate(starter, (1, 2))
    assert rows == (3, 4)
    assert names(network)[1:5] == ["conv1", "pool1", "conv4", "pool4"]


def test_copied_layers_go_on_naming_each_other() -> None:
    layers = (create("Input", name="image"), create("Conv2D", name="a1"), create("Conv2D", name="b1", inputs=("a1",)))
    network, _ = editing.duplicate(NetworkSpec(layers=layers), (1, 2))
    assert names(network)[3:] == ["a2", "b2"]
    assert network["b2"].inputs == ("a2",)


def test_text_for_the_clipboard_comes_back_the_same() -> None:
    piece = editing.Copied(templates.load("pets-4conv").network.layers, after="image")
    assert editing.from_text(editing.to_text(piece)) == piece


def test_a_whole_project_or_one_layer_can_be_pasted_too(starter: NetworkSpec) -> None:
    whole = {"format": 1, "network": starter.model_dump(mode="json")}
    assert editing.from_text(json.dumps(whole)).layers == starter.layers
    assert editing.from_text('{"kind": "Dense", "units": 3}').layers == (create("Dense", units=3),)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "[]", "{}", "3", "null", '{"layers": 5}', '{"layers": []}', "[" * 100_000, '{"network": 7}', '"x"'],
)
def test_text_that_holds_no_layers_is_refused(text: str) -> None:
    with pytest.raises(UserError) as caught:
        editing.from_text(text)
    assert "holds no layers" in caught.value.sentence
    assert caught.value.mend


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"kind": "Quantum"}]', "Quantum"),
        ('[{"kind": "Dense", "units": 0}]', "units: must be at least 1"),
        ('[{"kind": "Dense", "colour": 1}]', "colour: is not a field"),
        ("[17]", "layers"),
    ],
)
def test_wrong_layers_are_refused_with_the_field(text: str, said: str) -> None:
    with pytest.raises(UserError) as caught:
        editing.from_text(text)
    assert said in caught.value.sentence


@given(st.text(max_size=40))
def test_any_text_gives_layers_or_a_sentence(text: str) -> None:
    try:
        assert editing.from_text(text).layers
    except UserError as exc:
        assert exc.sentence.endswith(".")


@pytest.mark.parametrize("name", ["", "  ", "pool1", "a/b", "x" * 65, "a\nb"])
def test_names_that_cannot_be_are_refused(starter: NetworkSpec, name: str) -> None:
    with pytest.raises(UserError):
        editing.rename(starter, 1, name)


def test_toggling_disables_all_unless_all_are_disabled(starter: NetworkSpec) -> None:
    one = editing.toggle(starter, (2,))
    both = editing.toggle(one, (2, 4))
    assert [both.layers[i].enabled for i in (2, 4)] == [False, False]
    assert editing.toggle(both, (2, 4)) == starter


@pytest.mark.parametrize(
    ("query", "first"),
    [("conv", "Conv2D"), ("fully connected", "Dense"), ("bn", "BatchNormalization"), ("gap", "GlobalAveragePooling2D")],
)
def test_the_palette_finds_kinds_by_their_words(query: str, first: str) -> None:
    assert found(query)[0].__name__ == first


def test_the_palette_searches_the_help_and_says_when_nothing_is_found() -> None:
    assert "Dropout" in [cls.__name__ for cls in found("random share")]
    assert [entry.key for entry in entries("nonsense")] == [""]
    assert entries("")[0].key == ""


@pytest.mark.parametrize("name", templates.names())
@pytest.mark.parametrize("width", [400.0, 620.0, 1800.0])
def test_volumes_do_not_overlap_and_stay_inside(name: str, width: float) -> None:
    all_sizes = sizes(analyse(templates.load(name).network).rows, shape_text)
    fit = best(all_sizes, width, 420.0, 0.55, 2.2)
    drawing, scale = fit.drawing, fit.scale
    assert len(drawing.boxes) == len(all_sizes)
    assert drawing.width * scale <= width + 1 or scale == 0.55
    for left, right in zip(drawing.boxes, drawing.boxes[1:], strict=False):
        if left.line == right.line:
            assert left.x + left.size.width < right.x
        else:
            assert left.y < right.y


def test_a_long_network_takes_several_lines() -> None:
    layers = (create("Input", name="image"), *(create("Conv2D", name=f"conv{i}") for i in range(40)))
    drawing = place(sizes(analyse(NetworkSpec(layers=layers)).rows, shape_text), 900, 1.0)
    assert drawing.boxes[-1].line == 2
    assert drawing.width <= 920


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (9_999, "9,999"), (94_080, "94.1 K"), (999_900, "1 M"), (10**20, "1e+20")]
)
def test_counts_are_written_short(value: int, text: str) -> None:
    assert short_count(value) == text


def test_shapes_and_bytes_are_written_plainly() -> None:
    assert shape_text((28, 28, 12)) == "28×28×12"
    assert shape_text((4096,)) == "4,096"
    assert shape_text(None) == "–"
    assert byte_text(512) == "512 B"
    assert byte_text(1_145_248) == "1.15 MB"


def test_a_copy_of_a_layer_with_the_longest_name_has_a_name_that_fits() -> None:
    network = NetworkSpec(layers=(create("Input", name="x" * 64),)).insert(1, create("Dropout", name="y" * 64))
    copied, rows = editing.duplicate(network, (1,))
    assert rows == (2,)
    assert len(copied.layers[2].name) <= 64
    assert copied.layers[2].name != copied.layers[1].name
