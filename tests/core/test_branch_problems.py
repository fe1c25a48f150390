"""What is wrong with the inputs of layers, in exact words, and the change that mends it."""

from __future__ import annotations

import pytest

from tests.problem_cases import CONV, FLAT, IMAGE, LAST, Case, check, layer, network

CASES = (
    Case(
        "an unknown input",
        network(IMAGE, CONV, FLAT.with_fields(inputs=("later",)), LAST),
        (
            (
                "flat",
                "inputs",
                "takes “later”, but no layer has that name; choose another input",
                "Take the layer above",
            ),
        ),
    ),
    Case(
        "an input from below",
        network(IMAGE, CONV.with_fields(inputs=("flat",)), FLAT, LAST),
        (
            (
                "conv",
                "inputs",
                "takes “flat”, which is below it and takes it in turn: the inputs go round in a circle; choose a layer "
                "above it as input",
                "Take the layer above",
            ),
        ),
    ),
    Case(
        "too many inputs",
        network(IMAGE, CONV, FLAT.with_fields(inputs=("image", "conv")), LAST),
        (("flat", "inputs", "takes 1 input, but 2 are named; remove some", "Take only “conv”"),),
    ),
    Case(
        "itself as input",
        network(IMAGE, CONV.with_fields(inputs=("conv",)), FLAT, LAST),
        (("conv", "inputs", "takes itself; choose a layer above it as input", "Take the layer above"),),
    ),
    Case(
        "an input below that does not come from it",
        network(
            IMAGE, CONV.with_fields(inputs=("pool",)), layer("MaxPooling2D", "pool", inputs=("image",)), FLAT, LAST
        ),
        (
            (
                "conv",
                "inputs",
                "takes “pool”, which is below it; choose a layer above it, or move it below “pool”",
                "Take the layer above",
            ),
        ),
        mended=False,
    ),
    Case(
        "a merge of one layer",
        network(IMAGE, CONV, layer("Conv2D", "other", filters=4), layer("Add", "sum"), FLAT, LAST),
        (
            (
                "sum",
                "inputs",
                "Add brings at least 2 layers together; name the layers that it takes",
                "Take also conv",
            ),
        ),
    ),
    Case(
        "a merge of which one layer is gone",
        network(
            IMAGE, CONV, layer("Conv2D", "other", filters=4), layer("Add", "sum", inputs=("other", "x")), FLAT, LAST
        ),
        (("sum", "inputs", "takes “x”, but no layer has that name; choose another input", "Take also conv"),),
    ),
    Case(
        "branches of other channels",
        network(IMAGE, CONV, layer("Conv2D", "more"), layer("Add", "sum", inputs=("more", "conv")), FLAT, LAST),
        (
            (
                "sum",
                "inputs",
                "Add needs inputs of one shape, "
                "but gets 8×8×32 and 8×8×4; give both branches the same height, width and "
                "channels",
                "Set filters of more to 4",
            ),
        ),
    ),
    Case(
        "branches of which one is half as large",
        network(
            IMAGE,
            CONV,
            layer("MaxPooling2D", "pool"),
            layer("Concatenate", "both", inputs=("pool", "conv")),
            FLAT,
            LAST,
        ),
        (
            (
                "both",
                "inputs",
                "Concatenate needs inputs of one height and width, but gets 4×4×4 and 8×8×4; shrink the larger one",
                "Insert a 1×1 convolution to 4×4×4",
            ),
        ),
    ),
    Case(
        "branches that differ by a border",
        network(
            IMAGE,
            CONV,
            layer("Conv2D", "inner", filters=4, padding="valid"),
            layer("Add", "sum", inputs=("inner", "conv")),
            FLAT,
            LAST,
        ),
        (
            (
                "sum",
                "inputs",
                "Add needs inputs of one shape, "
                "but gets 6×6×4 and 8×8×4; give both branches the same height, width and "
                "channels",
                "Insert a Cropping to 6×6",
            ),
        ),
    ),
    Case(
        "branches of which one is a border too small",
        network(
            IMAGE,
            CONV,
            layer("Conv2D", "inner", filters=4, padding="valid"),
            layer("Multiply", "product", inputs=("conv", "inner")),
            FLAT,
            LAST,
        ),
        (
            (
                "product",
                "inputs",
                "Multiply needs inputs of one shape, "
                "but gets 8×8×4 and 6×6×4; give both branches the same height, width "
                "and channels",
                "Insert a Zero padding to 8×8",
            ),
        ),
    ),
    Case(
        "a branch that was pooled twice as much",
        network(
            layer("Input", "image", height=40, width=40),
            CONV,
            layer("MaxPooling2D", "pool"),
            layer("Add", "sum", inputs=("conv", "pool")),
            FLAT,
            LAST,
        ),
        (
            (
                "sum",
                "inputs",
                "Add needs inputs of one shape, "
                "but gets 40×40×4 and 20×20×4; give both branches the same height, width "
                "and channels",
                "Insert a Resizing to 40×40",
            ),
        ),
    ),
    Case(
        "vectors of other lengths",
        network(IMAGE, FLAT, layer("Dense", "d", units=5), layer("Add", "sum", inputs=("d", "flat")), LAST),
        (
            (
                "sum",
                "inputs",
                "Add needs inputs of one shape, "
                "but gets vectors of 5 and 192 numbers; give both branches the same shape",
                "Insert a Dense of 5 units",
            ),
        ),
    ),
    Case(
        "a vector and a volume",
        network(IMAGE, layer("GlobalAveragePooling2D", "g"), layer("Concatenate", "both", inputs=("g", "image")), LAST),
        (
            (
                "both",
                "inputs",
                "Concatenate needs inputs of one height and width, "
                "but gets a vector of 3 and a volume of 8×8×3; make both of them vectors",
                "Insert a global average pooling",
            ),
        ),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_problem_has_its_sentence_and_its_repair(case: Case) -> None:
    check(case)
