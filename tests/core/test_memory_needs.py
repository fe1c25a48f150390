"""How much memory training takes, by the numbers, and the batch that fits."""

from __future__ import annotations

from typing import Any

import pytest

from guiapp.core import templates
from guiapp.core.analysis import Analysis, analyse
from guiapp.core.layers import Repair
from guiapp.core.memory import GRAPH, disk, largest_batch, memory_problem, needs, size_text, slots
from guiapp.core.network import NetworkSpec


def pets() -> Analysis:
    return analyse(templates.load("pets-4conv").network)


def backbone(**fields: Any) -> Analysis:
    layers = [
        {"kind": "Input", "name": "image", "height": 96, "width": 96, "scaling": "none"},
        {"kind": "Pretrained", "name": "net", "pooling": "average", **fields},
        {"kind": "Dense", "name": "out", "units": 3, "activation": "linear"},
    ]
    return analyse(NetworkSpec.model_validate({"layers": layers}))


@pytest.mark.parametrize(
    ("optimizer", "momentum", "count"),
    [("adam", 0, 2), ("adamw", 0, 2), ("sgd", 0, 0), ("sgd", 0.9, 1), ("rmsprop", 0, 1), ("rmsprop", 0.9, 2)],
)
def test_what_optimisers_keep(optimizer: str, momentum: float, count: int) -> None:
    assert slots(optimizer, momentum) == count


def test_each_part_is_what_it_should_be() -> None:
    analysis = pets()
    found = needs(analysis, 10, "adam")
    assert found.weights == found.gradients + 4 * (analysis.parameters - analysis.trainable)
    assert found.weights == disk(analysis) == analysis.parameters * 4
    assert found.optimizer == 2 * found.gradients
    # The Input is not kept: nothing before it is trained.
    assert found.activations == 10 * 4 * (analysis.activations - analysis.rows[0].activations)
    first_dense, largest = 56 * 56 * 64 * 512, 224 * 224 * 32
    layers = len([row for row in analysis.rows if row.layer.enabled])
    assert found.working == 2 * 4 * (10 * largest + first_dense) + layers * GRAPH
    assert found.total == found.weights + found.gradients + found.optimizer + found.activations + found.working
    assert needs(analysis, 10, "sgd").total == found.total - found.optimizer


def test_what_is_frozen_needs_less() -> None:
    frozen = needs(backbone(), 32)
    part = needs(backbone(trained="from layer", first="Conv_1"), 32)
    whole = needs(backbone(trained="all"), 32)
    assert frozen.weights == part.weights == whole.weights
    assert frozen.gradients == 4 * 1280 * 3 + 4 * 3
    assert frozen.activations == 32 * 4 * 3
    assert frozen.activations < part.activations < whole.activations
    assert frozen.gradients < part.gradients < whole.gradients
    below = backbone().rows
    assert below[1].activations > 100 * below[1].layer.kept(below[1].inputs) == 0  # type: ignore[attr-defined]


def test_what_lies_before_is_kept_where_something_above_it_is_trained() -> None:
    network = NetworkSpec.model_validate(
        {
            "layers": [
                {"kind": "Input", "name": "image", "height": 96, "width": 96},
                {"kind": "Conv2D", "name": "conv", "filters": 3},
                {"kind": "Pretrained", "name": "net", "pooling": "average"},
            ]
        }
    )
    analysis = analyse(network)
    assert needs(analysis, 1).activations == 4 * (analysis.rows[1].activations + analysis.rows[2].activations)


def test_the_batch_that_fits() -> None:
    analysis = pets()
    have = needs(analysis, 16, "adam").total
    assert largest_batch(analysis, "adam", have) == 16
    assert largest_batch(analysis, "adam", have - 1) == 8
    assert largest_batch(analysis, "adam", 10**6) == 0
    assert largest_batch(analysis, "sgd", have) > 16


def test_the_problem_names_the_batch_that_fits() -> None:
    analysis = pets()
    problem = memory_problem(analysis, 64, "adam", 4 * 10**9, "the GPU")
    assert problem is not None
    assert problem.text == "training needs about 4.9 GB, the GPU has 4.0 GB: a batch of 32 would fit"
    assert problem.repair == Repair("Set the batch to 32", batch=32)
    assert memory_problem(analysis, 32, "adam", 4 * 10**9, "the GPU") is None
    assert memory_problem(analysis, 64, "adam", None, "the GPU") is None


def test_what_never_fits_says_what_most_is_for() -> None:
    problem = memory_problem(pets(), 1, "adam", 10**9, "this machine")
    assert problem is not None and problem.repair is None
    assert "most of it for its weights; use smaller images, or fewer filters or units" in problem.text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (500, "1 kB"),
        (60_000_000, "60 MB"),
        (1_200_000_000, "1.2 GB"),
        (11_400_000_000, "11 GB"),
        (2 * 10**12, "2.0 TB"),
    ],
)
def test_sizes_in_words(size: int, text: str) -> None:
    assert size_text(size) == text
