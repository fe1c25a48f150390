"""Blocks come back from a script: as they were, or as Groups where their layers were changed."""

from __future__ import annotations

import re

import pytest

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat, opened
from guiapp.core.keras_files.graph import Imported
from guiapp.core.keras_files.script import imported_script
from guiapp.core.layers import Layer, create
from guiapp.core.layers.blocks import Block
from guiapp.core.layers.parts import Initializer
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.engine.build import Built, safe_names
from guiapp.engine.script import Source, script


def text_of(network: NetworkSpec) -> str:
    spec = flat(network)
    built = Built(spec, analyse(spec), None, {}, safe_names(spec))  # the script asks for no weights
    return script(Source(Project(network=network), built, ("a", "b")))


def imported(text: str) -> Imported:
    return imported_script(text.encode())


def usual(layer: Layer) -> Layer:
    """A layer without numbers of initialisers that are the scheme's own, which a script does not say."""
    parts = {name: getattr(layer, name) for name in layer.own_fields()}
    same = {
        name: Initializer(scheme=part.scheme)
        for name, part in parts.items()
        if isinstance(part, Initializer) and part.number == Initializer(scheme=part.scheme).number
    }
    return layer.with_fields(**same) if same else layer


@pytest.mark.parametrize("name", templates.names())
def test_every_template_comes_back_as_the_same_network(name: str) -> None:
    network = templates.load(name).network
    found = imported(text_of(network))
    assert found.network == network.having(map(usual, network.layers))
    assert not [note for note in found.notes if "block" in note or "Group" in note]


def nested() -> NetworkSpec:
    """A network with a Group that holds a block and another Group, which begin and end together with it."""
    excite = create("SqueezeExcite", name="weigh", ratio=2)
    pair = (create("Conv2D", name="conv", filters=4), excite, create("Dropout", name="drop"))
    inner = create("Group", name="deep", layers=(create("Conv2D", name="one", filters=4), excite))
    mixed = (inner, create("ResidualBlock", name="res", filters=4), create("Group", name="last", layers=pair))
    return NetworkSpec(
        layers=(
            create("Input", name="image", height=12, width=12),
            create("Group", name="my own block", layers=mixed),
            create("ResidualBlock", name="Löcher im Käse", filters=8),
            create("ResidualBlock", name="side", filters=8, inputs=("my own block",)),
            create("Add", name="sum", inputs=("Löcher im Käse", "side")),
            create("GlobalAveragePooling2D", name="means"),
            create("Dense", name="out", units=2),
        )
    )


def test_groups_with_blocks_and_groups_inside_come_back() -> None:
    text = text_of(nested())
    assert "    # --- my own block: Group ---\n" in text and "    # end of block: Löcher im Käse\n" in text
    assert imported(text).network == nested()


def test_opened_blocks_are_closed_again() -> None:
    network = templates.load("resnet-18").network
    at = next(i for i, layer in enumerate(network.layers) if isinstance(layer, Block))
    assert imported(text_of(opened(network, at))).network == network
    inside = opened(opened(nested(), 1), 1)
    assert imported(text_of(inside)).network == nested()


def test_a_block_whose_layers_were_changed_is_a_group() -> None:
    network = templates.load("inception-small").network
    text = text_of(network)
    edited = re.sub(r"(mixed2_one = keras.layers.Conv2D\(\s*)24", r"\g<1>25", text)
    assert edited != text
    found = imported(edited)
    assert [layer.name for layer in found.network.layers] == [layer.name for layer in network.layers]
    changed = found.network["mixed2"]
    assert changed.kind == "Group" and changed.layers[0].filters == 25  # type: ignore[attr-defined]
    assert [layer for layer in found.network.layers if layer != changed] == [
        layer for layer in network.layers if layer.name != "mixed2"
    ]
    assert any(note.startswith("mixed2 is a Group here: its layers are no longer those") for note in found.notes)
    assert not analyse(found.network).errors


def test_a_layer_put_into_a_group_is_in_it_afterwards() -> None:
    text = text_of(nested())
    before = text.index("    # --- my own block_last_weigh: ")
    more = "    my_own_block_last_conv = keras.layers.Conv2D(4, 5, padding='same', name='more')(my_own_block_last_conv)"
    found = imported(f"{text[:before]}{more}\n{text[before:]}")
    last = found.network["my own block"].layers[-1]  # type: ignore[attr-defined]
    assert [layer.name for layer in last.layers] == ["conv", "more", "weigh", "drop"]
    assert last.layers[2] == create("SqueezeExcite", name="weigh", ratio=2)


@pytest.mark.parametrize(
    "comment",
    [
        "# block: {",
        "# block: {}",
        "# block: []",
        "# block: " + "[" * 9000,
        '# block: {"kind": "Conv2D", "name": "res"}',
        '# block: {"kind": "Nothing", "name": "res"}',
        '# block: {"kind": "ResidualBlock", "name": "res", "filters": -1}',
        '# block: {"kind": "ResidualBlock", "name": "res", "filters": 1' + "0" * 5000 + "}",
        '# block: {"kind": "ResidualBlock", "name": "res", "filters": NaN}',
        '# block: {"kind": "ResidualBlock", "name": "res", "nonsense": 1}',
        '# block: {"kind": "Group", "name": "res", "layers": [{"kind": "Flatten"}]}',
        '# block: {"kind": "Group", "name": ["res"]}',
        '# block: {"kind": "Group", "name": "res", "x": "' + "y" * 20_000 + '"}',
    ],
)
def test_comments_that_tell_of_no_block_are_told_and_change_nothing(comment: str) -> None:
    network = nested().having([*nested().layers[:1], create("ResidualBlock", name="res", filters=4)])
    text = text_of(network)
    found = imported(re.sub(r"# block: \{[^}]*\}", lambda _match: comment, text))
    assert len(found.network.layers) == len(flat(network).layers)
    assert any("the comment tells of no block" in note for note in found.notes)


def test_layers_that_cannot_be_a_block_stay_as_they_are() -> None:
    text = text_of(nested())
    swapped = text.replace("([Löcher_im_Käse_", "([side_").replace('"name": "side"', '"name": "image"')
    found = imported(swapped.replace("# end of block: side", "# end of block: image"))
    assert "side_add" in [layer.name for layer in found.network.layers]
    assert any(note.startswith("image is no block here, and its layers stay as they are:") for note in found.notes)


def test_a_group_of_dense_layers_comes_back() -> None:
    hidden = (create("Dense", name="first", units=9), create("Dropout", name="drop"))
    front = (create("Input", name="image", height=8, width=8), create("Flatten", name="flat"))
    network = NetworkSpec(layers=(*front, create("Group", name="hidden", layers=hidden), create("Dense", name="out")))
    assert imported(text_of(network)).network == network
