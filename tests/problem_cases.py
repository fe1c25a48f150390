"""Networks with problems: in what words they are told, and what mends them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec
from guiapp.core.repairs import repaired


def layer(kind: str, name: str, **fields: Any) -> Layer:
    return create(kind, name=name, **fields)


def network(*layers: Layer) -> NetworkSpec:
    return NetworkSpec(layers=layers)


IMAGE = layer("Input", "image", height=8, width=8)
CONV = layer("Conv2D", "conv", filters=4)
FLAT = layer("Flatten", "flat")
LAST = layer("Dense", "last", units=3, activation="linear")


@dataclass(frozen=True)
class Case:
    """A network with problems: (layer, field, sentence, what the repair's button says)."""

    name: str
    network: NetworkSpec
    problems: tuple[tuple[str | None, str | None, str, str | None], ...]
    classes: int | None = 3
    mended: bool = True


def check(case: Case, severity: str = "error") -> None:
    """Hold what is told of a network, and its first repair, against the case."""
    found = analyse(case.network, case.classes)
    told = tuple((p.layer, p.field, p.text, p.repair.text if p.repair else None) for p in found.problems)
    assert told == case.problems
    assert all(problem.severity == severity for problem in found.problems)
    for problem in found.problems:
        assert problem.layer is None or any(problem in row.problems for row in found.rows)
        mended = repaired(case.network, problem)
        if problem.repair is None:
            assert mended == case.network
        else:
            left = analyse(mended, case.classes)
            assert problem not in left.problems
            assert not case.mended or left.problems == ()
