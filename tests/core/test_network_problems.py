"""What is wrong with a network, in exact words, and the change that mends it."""

from __future__ import annotations

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.layers import Problem, Repair
from guiapp.core.network import MAX_LAYERS
from guiapp.core.repairs import repaired
from tests.problem_cases import CONV, FLAT, IMAGE, LAST, Case, check, layer, network

CASES = (
    Case(
        "no layers",
        network(),
        ((None, None, "the network has no layers; add an Input, or start from a template", "Insert an Input"),),
        mended=False,
    ),
    Case(
        "no Input",
        network(CONV, FLAT, LAST),
        (
            (
                "conv",
                None,
                "the first layer must be an Input, so that the size of the images is known",
                "Insert an Input",
            ),
        ),
    ),
    Case(
        "a disabled Input",
        network(IMAGE.with_fields(enabled=False), FLAT, LAST),
        (
            (
                "image",
                None,
                "the first layer must be an Input, so that the size of the images is known",
                "Enable this Input",
            ),
        ),
    ),
    Case(
        "two Inputs",
        network(IMAGE, CONV, layer("Input", "again", height=8, width=8), FLAT, LAST),
        (("again", None, "a network has one Input, at the top; remove this one", "Remove this Input"),),
    ),
    Case(
        "an Input below",
        network(CONV, IMAGE, FLAT, LAST),
        (
            (
                "conv",
                None,
                "the first layer must be an Input, so that the size of the images is known",
                "Move image to the top",
            ),
            ("image", None, "a network has one Input, at the top; remove this one", "Remove this Input"),
        ),
        mended=False,
    ),
    Case(
        "unnamed",
        network(IMAGE, layer("Conv2D", " "), FLAT, LAST),
        ((" ", "name", "has no name; give it one", "Name it conv1"),),
    ),
    Case(
        "a slash in a name",
        network(IMAGE, layer("Conv2D", "a/b"), FLAT, LAST),
        (("a/b", "name", "a name must not hold “/”; take it out", "Name it a_b"),),
    ),
    Case(
        "a name that cannot be seen",
        network(IMAGE, layer("Conv2D", "a\x00b\n"), FLAT, LAST),
        (
            (
                "a\x00b\n",
                "name",
                "a name must not hold characters that cannot be seen; take them out",
                "Name it a_b_",
            ),
        ),
    ),
    Case(
        "a name taken twice",
        network(IMAGE, CONV, CONV, FLAT, LAST),
        (("conv", "name", "the name “conv” is taken by another layer; change one of them", "Name it conv1"),),
    ),
    Case(
        "a kernel larger than its input",
        network(IMAGE, CONV.with_fields(kernel=(9, 3), padding="valid"), FLAT, LAST),
        (
            (
                "conv",
                "kernel",
                "the convolution's window is 9×3, larger than its input of 8×8: nothing would be left",
                "Set padding to same",
            ),
        ),
    ),
    Case(
        "a pool larger than its input",
        network(IMAGE, layer("MaxPooling2D", "pool", pool=(3, 9)), FLAT, LAST),
        (
            (
                "pool",
                "pool",
                "the pooling window is 3×9, larger than its input of 8×8: nothing would be left",
                "Set padding to same",
            ),
        ),
    ),
    Case(
        "a dense layer on a volume",
        network(IMAGE, CONV, LAST),
        (
            (
                "last",
                None,
                "a dense layer needs a vector, but gets a volume of 8×8×4; put a Flatten before it",
                "Insert Flatten before it",
            ),
        ),
    ),
    Case(
        "a dense layer that names a volume",
        network(
            IMAGE,
            CONV,
            layer("GlobalAveragePooling2D", "side"),
            layer("Dense", "wide", inputs=("conv",)),
            layer("Concatenate", "both", inputs=("side", "wide")),
            LAST,
        ),
        (
            (
                "wide",
                None,
                "a dense layer needs a vector, but gets a volume of 8×8×4; put a Flatten before it",
                "Insert Flatten before it",
            ),
        ),
    ),
    Case(
        "a wrong number of classes before an activation",
        network(IMAGE, FLAT, LAST, layer("Activation", "s", activation="softmax")),
        (
            (
                "last",
                "units",
                "gives 3 numbers, but the dataset has 5 classes; set its units to that",
                "Set units to 5",
            ),
        ),
        classes=5,
    ),
    Case(
        "a vector into a convolution",
        network(IMAGE, FLAT, CONV, LAST),
        (
            (
                "conv",
                None,
                "a convolution needs a volume (height × width × channels), but gets a vector of 192 numbers; "
                "move it above the Flatten, or remove it",
                "Remove this layer",
            ),
        ),
    ),
    Case(
        "ends in a volume",
        network(IMAGE, CONV),
        (
            (
                "conv",
                None,
                "the network ends in a volume of 8×8×4; add a Flatten and a Dense with one unit a class",
                "Insert Flatten and a Dense of 3 units",
            ),
        ),
    ),
    Case(
        "only an Input",
        network(IMAGE),
        (("image", None, "there is only an Input; add layers below it", "Insert Flatten and a Dense of 3 units"),),
    ),
    Case(
        "a wrong number of classes",
        network(IMAGE, FLAT, LAST),
        (
            (
                "last",
                "units",
                "gives 3 numbers, but the dataset has 1,200 classes; set its units to that",
                "Set units to 1200",
            ),
        ),
        classes=1200,
    ),
    Case(
        "a wrong number of classes without a dense layer",
        network(IMAGE, FLAT),
        (
            (
                "flat",
                None,
                "gives 192 numbers, but the dataset has 3 classes; end with a Dense of 3 units",
                "Insert a Dense of 3 units",
            ),
        ),
    ),
    Case(
        "ten thousand million parameters",
        network(
            layer("Input", "image", height=64, width=64, channels=1),
            FLAT,
            layer("Dense", "wide", units=2_441_406, use_bias=False, activation="linear"),
        ),
        (
            (
                "wide",
                None,
                "9,999,998,976 parameters here bring the network to 9,999,998,976, about 160 GB while training; "
                "the limit is 1,000,000,000. Use fewer units or filters, or pool before it",
                "Insert a global average pooling before flat",
            ),
        ),
        classes=None,
    ),
    Case(
        "too many layers",
        network(IMAGE, *(layer("Dropout", f"d{i}") for i in range(MAX_LAYERS - 2)), FLAT, LAST),
        ((None, None, "the network has more than 2,000 layers; remove some", None),),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_problem_has_its_sentence_and_its_repair(case: Case) -> None:
    check(case)


def test_a_network_in_order_has_no_problems() -> None:
    assert analyse(network(IMAGE, CONV, FLAT, LAST), 3).problems == ()
    assert analyse(network(IMAGE, CONV, FLAT, LAST)).problems == ()


@pytest.mark.parametrize("name", ["my conv", "größe", "猫", "1", "image_scaling", "a:b", "x" * 64])
def test_a_layer_may_be_called_what_a_person_likes(name: str) -> None:
    assert analyse(network(IMAGE, layer("Conv2D", name), FLAT, LAST), 3).problems == ()


def test_at_the_limit_of_layers_nothing_is_said() -> None:
    many = network(IMAGE, *(layer("Dropout", f"d{i}") for i in range(MAX_LAYERS - 3)), FLAT, LAST)
    assert len(many.layers) == MAX_LAYERS
    assert analyse(many, 3).problems == ()


def test_layers_with_the_same_fault_are_told_of_once_and_those_below_are_looked_at() -> None:
    found = analyse(network(IMAGE, FLAT, CONV, layer("Conv2D", "more"), LAST), 3)
    assert [row.shape for row in found.rows] == [(8, 8, 3), (192,), None, None, (3,)]
    assert [problem.layer for problem in found.problems] == ["conv"]


def test_the_first_layers_name_is_enough_where_two_have_it() -> None:
    value = network(IMAGE, CONV, CONV.with_fields(filters=9), FLAT.with_fields(inputs=("conv",)), LAST)
    assert analyse(value).rows[3].inputs == ((8, 8, 4),)


def test_of_two_layers_with_one_name_the_one_with_the_problem_is_repaired() -> None:
    value = network(IMAGE, CONV, FLAT, LAST, IMAGE)
    problem = next(p for p in analyse(value, 3).problems if p.repair and p.repair.remove)
    assert repaired(value, problem) == network(IMAGE, CONV, FLAT, LAST)
    twice = network(IMAGE, FLAT, LAST.with_fields(units=9, activation="relu"), LAST)
    problem = next(p for p in analyse(twice, 5).problems if p.field == "units")
    assert [item.units for item in repaired(twice, problem).layers[2:]] == [9, 5]  # type: ignore[attr-defined]


def test_an_inserted_layer_takes_what_the_layer_named() -> None:
    value = network(IMAGE, CONV, layer("Conv2D", "side"), LAST.with_fields(inputs=("conv",)))
    (problem,) = analyse(value, 3).errors
    mended = repaired(value, problem)
    assert [item.name for item in mended.layers] == ["image", "conv", "side", "flatten1", "last"]
    assert (mended["flatten1"].inputs, mended["last"].inputs) == (("conv",), ())


@pytest.mark.parametrize(
    "problem",
    [
        Problem("gone", "was there once", repair=Repair("Remove it", remove=True)),
        Problem(None, "has no layer", repair=Repair("Remove it", remove=True)),
        Problem("conv", "has no repair"),
    ],
)
def test_a_repair_that_has_nothing_to_mend_changes_nothing(problem: Problem) -> None:
    value = network(IMAGE, CONV)
    assert repaired(value, problem) == value
