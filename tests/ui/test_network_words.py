"""What the Network page says in words: tips of layers, problems, names of weights, what was copied."""

from __future__ import annotations

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.layers import Problem, create, kinds
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.ui.network import branches, editing
from guiapp.ui.network.layer_facts import layer_facts, weight_name
from guiapp.ui.network.words import problem_text, row_tip

BROKEN = NetworkSpec(
    layers=(
        create("Input", name="image"),
        create("Flatten", name="flat"),
        create("Conv2D", name="conv"),
        create("Activation", name="act"),
        create("Dense", name="out"),
    )
)


def test_the_tip_of_a_layer_without_a_shape_says_which_layer_is_to_blame() -> None:
    rows = analyse(BROKEN).rows
    for row in rows[3:]:
        assert "Its input is only assumed while “conv” has an error." in row_tip(row, rows)
    assert "assumed" not in row_tip(rows[2], rows) + row_tip(rows[1], rows)
    large = create("Conv2D", name="conv", inputs=("up",))
    ups = [create("UpSampling2D", name=name, size=(64, 64)) for name in ("a", "b", "up")]
    rows = analyse(NetworkSpec(layers=(BROKEN.layers[0], *ups, large))).rows
    assert "Its input is not known while “up” has an error." in row_tip(rows[4], rows)


def test_a_problem_keeps_the_letters_of_a_name() -> None:
    assert problem_text(Problem("net", "MobileNetV2 needs at least 32×32", None)).startswith("net: MobileNetV2 needs")
    assert problem_text(Problem("conv", "Gets a vector", None)) == "conv: gets a vector."


def test_weights_are_called_as_the_fields_beside_them() -> None:
    assert weight_name("depthwise_kernel") == "channel filters"
    assert weight_name("conv1/gamma") == "conv1 factor γ"
    network = NetworkSpec(layers=(create("Input", name="i"), create("BatchNormalization", name="norm")))
    facts = [name for name, _ in layer_facts(analyse(network).rows[1], 1)]
    assert [name for name in facts if name.endswith("  3")] == [
        "factor γ  3",
        "shift β  3",
        "running mean  3",
        "running variance  3",
    ]


def test_no_field_is_called_a_cost_and_every_dilation_has_its_unit() -> None:
    for cls in kinds().values():
        for name in cls.own_fields():
            info = cls.model_fields[name]
            assert "cost" not in (info.title or "").lower()
            if name == "dilation":
                assert isinstance(info.json_schema_extra, dict) and info.json_schema_extra["unit"] == "px"


def test_refusals_are_sentences() -> None:
    with pytest.raises(UserError) as pasted:
        editing.from_text("nothing")
    assert pasted.value.sentence.startswith("The clipboard holds no layers.")
    with pytest.raises(UserError) as named:
        branches.check_name(BROKEN, "conv")
    assert named.value.sentence == "The name “conv” is taken. Choose another name."
