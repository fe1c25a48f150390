"""What is legal in a network but wrong: when it is said, in which words, and what mends it."""

from __future__ import annotations

import pytest

from guiapp.core.layers.parts import Initializer
from tests.problem_cases import CONV, FLAT, IMAGE, LAST, Case, check, layer, network

WIDE = Initializer(scheme="random_normal", value=1.0)
RAW = IMAGE.with_fields(scaling="none")

CASES = (
    Case(
        "relu on the answers",
        network(IMAGE, CONV, FLAT, LAST.with_fields(activation="relu")),
        (
            (
                "last",
                "activation",
                "ReLU on the answers turns every answer below 0 into 0, so that unlikely classes cannot be told apart "
                "and may stop learning; use linear",
                "Set activation to linear",
            ),
        ),
    ),
    Case(
        "a sigmoid on the answers",
        network(IMAGE, CONV, FLAT, LAST.with_fields(units=10), layer("Activation", "s", activation="sigmoid")),
        (
            (
                "s",
                "activation",
                "sigmoid on the answers keeps every answer between 0 and 1, so that no class of 10 ever gets more than "
                "23%; remove it",
                "Remove this layer",
            ),
        ),
        classes=10,
    ),
    Case(
        "relu before a softmax",
        network(
            IMAGE,
            CONV,
            FLAT,
            LAST.with_fields(activation="relu"),
            layer("Activation", "s", activation="softmax"),
        ),
        (
            (
                "last",
                "activation",
                "ReLU before the softmax turns every answer below 0 into 0, so that unlikely classes cannot be told "
                "apart and may stop learning; use linear",
                "Set activation to linear",
            ),
        ),
    ),
    Case(
        "dropout on the answers",
        network(IMAGE, CONV, FLAT, LAST, layer("Dropout", "drop", rate=0.1)),
        (
            (
                "drop",
                None,
                "drops answers of the network itself while training; it belongs before the last dense layer",
                "Remove this layer",
            ),
        ),
    ),
    Case(
        "weights that begin too large",
        network(IMAGE, CONV, layer("Conv2D", "wide", filters=4, kernel=(5, 5), kernel_init=WIDE), FLAT, LAST),
        (
            (
                "wide",
                "kernel_init",
                "its weights begin with σ of 1; with 100 inputs each, He would take a σ of about 0.14. What it gives "
                "is about 7 times too large, so that training begins with a huge loss and needs a tiny learning rate",
                "Let the weights begin as He",
            ),
        ),
    ),
    Case(
        "weights that begin at nothing under a relu",
        network(IMAGE, CONV.with_fields(kernel_init=Initializer(scheme="zeros")), FLAT, LAST),
        (
            (
                "conv",
                "kernel_init",
                "its weights begin at 0 and relu passes nothing on from there: it never learns; let them begin at "
                "random",
                "Let the weights begin as He",
            ),
        ),
    ),
    Case(
        "dropout of nearly all",
        network(IMAGE, CONV, layer("Dropout", "drop", rate=0.9), FLAT, LAST),
        (
            (
                "drop",
                "rate",
                "drops 90% of 256 numbers at every training step and multiplies the rest by 10: training gets noisy "
                "and slow; 0.2 is usual here",
                "Set the rate to 0.2",
            ),
        ),
    ),
    Case(
        "dropout in a tiny network",
        network(IMAGE, CONV, FLAT, layer("Dense", "d", units=12), layer("Dropout", "drop", rate=0.5), LAST),
        (
            (
                "drop",
                "rate",
                "drops 50% of 12 numbers at every training step: about 6 are left, too few to learn from; 0.2 is usual "
                "here",
                "Set the rate to 0.2",
            ),
        ),
    ),
    Case(
        "two convolutions with nothing between them",
        network(
            IMAGE,
            CONV.with_fields(activation="linear"),
            layer("BatchNormalization", "norm"),
            layer("Dropout", "off", enabled=False),
            layer("Conv2D", "second", filters=4),
            FLAT,
            LAST,
        ),
        (
            (
                "conv",
                "activation",
                "nothing from here to second bends its answers, so that the two layers together can do no more than "
                "one; give it an activation such as relu",
                "Set activation to relu",
            ),
        ),
    ),
    Case(
        "a dense layer of a hundred million weights",
        network(
            layer("Input", "image", height=64, width=64, channels=1),
            layer("Conv2D", "conv", filters=25),
            FLAT,
            layer("Dense", "dense", units=1000),
            LAST,
        ),
        (
            (
                "dense",
                "units",
                "joins 102,400 inputs with 1,000 units: 102,400,000 weights, 410 MB on disk and about 1.6 GB while "
                "training with Adam, and it learns small datasets by heart; pool more before it",
                "Insert a global average pooling before flat",
            ),
        ),
    ),
    Case(
        "a kernel on maps of one number",
        network(
            IMAGE, CONV.with_fields(kernel=(8, 8), padding="valid"), layer("Conv2D", "late", filters=4), FLAT, LAST
        ),
        (
            (
                "late",
                "kernel",
                "the maps that it takes are 1×1, so that of its 3×3 kernel all but the middle meets only zeros and "
                "never learns; use a kernel of 1×1, or shrink less above",
                "Set the kernel to 1×1",
            ),
        ),
    ),
    Case(
        "pooling maps of one number",
        network(
            IMAGE,
            CONV.with_fields(kernel=(8, 8), padding="valid"),
            layer("MaxPooling2D", "late", padding="same"),
            FLAT,
            LAST,
        ),
        (
            (
                "late",
                None,
                "the maps that it takes are 1×1 already, so that pooling changes nothing; remove it, or shrink less "
                "above",
                "Remove this layer",
            ),
        ),
    ),
    Case(
        "pixels as they are",
        network(RAW, layer("Dropout", "drop", rate=0.1), CONV, FLAT, LAST),
        (
            (
                "image",
                "scaling",
                "pixels go in as 0…255, more than a hundred times what these first weights are made for: training is "
                "slow and needs a tiny learning rate; scale them by 1/255",
                "Set scaling to 1/255",
            ),
        ),
    ),
    Case(
        "a disabled merge",
        network(
            IMAGE,
            CONV,
            layer("Conv2D", "b", filters=4, inputs=("image",)),
            layer("Add", "sum", inputs=("conv", "b"), enabled=False),
            FLAT,
            LAST,
        ),
        (("sum", None, "is disabled, so that it passes on only conv: what b gives is lost; enable it", "Enable it"),),
    ),
    Case(
        "a dead layer",
        network(IMAGE, CONV, layer("Dropout", "side", inputs=("image",)), FLAT.with_fields(inputs=("conv",)), LAST),
        (
            (
                "side",
                None,
                "nothing uses what it gives, so that it changes nothing; take it as an input below, or remove it",
                "Remove this layer",
            ),
        ),
    ),
    Case(
        "a dead branch",
        network(
            IMAGE,
            CONV,
            layer("Conv2D", "side"),
            layer("MaxPooling2D", "end"),
            FLAT.with_fields(inputs=("conv",)),
            LAST,
        ),
        (
            (
                "end",
                None,
                "nothing uses what it gives, so that the 2 layers of this branch change nothing; take it as an input "
                "below, or remove them",
                "Remove the dead branch",
            ),
        ),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_warning_has_its_sentence_and_its_repair(case: Case) -> None:
    check(case, "warning")
