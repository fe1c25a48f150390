"""What holds of a network as a whole is said of layers inside blocks too, with a way to mend it."""

from __future__ import annotations

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, Problem, create
from guiapp.core.mending import mended
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired
from tests.problem_cases import CONV, FLAT, IMAGE, LAST, layer, network

BACKBONE = layer("Pretrained", "net", weights_from="random", trained="all", keep_norms=False, pooling="average")
BIG = IMAGE.with_fields(height=64, width=64, channels=3)
ADD = layer("Add", "add", inputs=("a", "b"))
BRANCHES = (CONV.with_fields(name="a"), CONV.with_fields(name="b", inputs=("input",)))


def group(*layers: Layer, name: str = "group") -> Layer:
    return create("Group", name=name, layers=layers)


WRONG: dict[str, tuple[NetworkSpec, str, str]] = {
    "pixels scaled twice": (
        network(BIG, group(BACKBONE), LAST),
        "inside, net: prepares the pixels itself and needs them as they are, but image scales them by “1/255”",
        "Set the scaling of image to none",
    ),
    "deep inside": (
        network(BIG, group(group(BACKBONE, name="inner")), LAST),
        "inside, net: prepares the pixels itself",
        "Set the scaling of image to none",
    ),
    "a dead branch": (
        network(IMAGE, group(*BRANCHES, CONV.with_fields(name="c", inputs=("input",)), ADD), FLAT, LAST),
        "inside, c: nothing uses what it gives",
        "Open this block",
    ),
    "a disabled merge": (
        network(IMAGE, group(*BRANCHES, ADD.with_fields(enabled=False)), FLAT, LAST),
        "inside, add: is disabled, so that it passes on only a",
        "Open this block",
    ),
    "relu on the answers": (
        network(IMAGE, FLAT, group(LAST.with_fields(name="dense", activation="relu"))),
        "inside, dense: ReLU on the answers turns every answer below 0 into 0",
        "Open this block",
    ),
    "a heavy layer": (
        network(IMAGE.with_fields(height=512, width=512), group(FLAT, LAST.with_fields(name="wide", units=1000)), LAST),
        "inside, wide: joins 786,432 inputs with 1,000 units",
        "Open this block",
    ),
    "a layer's own": (
        network(IMAGE, group(CONV, layer("Dropout", "drop", rate=0.95)), FLAT, LAST),
        "inside, drop: drops 95%",
        "Open this block",
    ),
    "an error": (
        network(IMAGE, group(CONV, LAST.with_fields(name="dense")), FLAT, LAST),
        "inside, dense: a dense layer needs a vector",
        "Open this block",
    ),
}  # fmt: skip


def found(spec: NetworkSpec, text: str) -> Problem:
    (problem,) = [problem for problem in analyse(spec).problems if problem.text.startswith(text)]
    return problem


@pytest.mark.parametrize("case", WRONG)
def test_it_is_said_of_the_block_with_a_way_to_mend_it(case: str) -> None:
    spec, text, repair = WRONG[case]
    problem = found(spec, text)
    assert problem.layer == "group" and problem.repair is not None and problem.repair.text == repair
    for each in problem.repairs:
        better = repaired(spec, problem, each)
        assert better.layers != spec.layers
        assert problem not in analyse(better).problems
    wide = repaired(spec, problem, problem.repairs[-1 if case != "an error" else 0])
    assert [layer.kind for layer in wide.layers].count("Group") == (1 if case == "deep inside" else 0)


def test_raw_pixels_are_told_where_the_first_weights_are_inside_a_block() -> None:
    raw = IMAGE.with_fields(scaling="none")
    for spec in (network(raw, CONV, FLAT, LAST), network(raw, group(CONV), FLAT, LAST)):
        (problem,) = analyse(spec).problems
        assert problem.layer == "image" and problem.field == "scaling"
        assert analyse(repaired(spec, problem)).problems == ()


def test_nothing_is_said_of_blocks_in_which_nothing_is_wrong() -> None:
    blocks = (
        layer("ResidualBlock", "res", filters=3, depth=2),
        layer("InceptionBlock", "inception"),
        group(*BRANCHES[:1]),
    )
    off = group(CONV, layer("Dropout", "drop", rate=0.95), name="off").with_fields(enabled=False)
    assert analyse(network(IMAGE, *blocks, off, FLAT, LAST)).problems == ()


def test_blocks_are_not_opened_unasked() -> None:
    spec = WRONG["a disabled merge"][0]
    assert mended(spec, None).network.layers == spec.layers
    spec = WRONG["pixels scaled twice"][0]
    assert mended(spec, None).network.layers[0].scaling == "none"  # type: ignore[attr-defined]
    assert mended(spec, None).network.layers[1].kind == "Group"
