"""Mending a whole network at once, without taking away any of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, Problem, Repair
from guiapp.core.network import MAX_LAYERS, NetworkSpec
from guiapp.core.repairs import repaired

MOST_ALIKE = 64
"""How often the same words of one layer are mended: a merge may have as many branches that do not fit."""


class Mended(NamedTuple):
    """A network after its mends, and what was done, in order, each led by the layer that it was done for."""

    network: NetworkSpec
    done: tuple[str, ...]


def keeps(repair: Repair) -> bool:
    """Say whether a repair leaves all layers and needs nobody's choice."""
    removes = repair.remove or (bool(repair.remove_layers) and not repair.insert_before)
    return not removes and not repair.focus and not repair.open_block


def mends(problem: Problem) -> tuple[Repair, ...]:
    """Return the repairs of a problem that may be done unasked, the first choice first."""
    if any(repair.focus for repair in problem.repairs):
        return ()
    return tuple(repair for repair in problem.repairs if keeps(repair))


def mended(network: NetworkSpec, classes: int | None) -> Mended:
    """Return the network with problems mended, errors before warnings, until none is left or nothing changes.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    classes : int or None
        How many classes the dataset has.
    """
    seen: set[tuple[Layer, ...]] = {network.layers}
    tried: Counter[tuple[str | None, str]] = Counter()
    done: list[str] = []
    while len(done) < MAX_LAYERS:
        problems = sorted(analyse(network, classes).problems, key=lambda item: item.severity != "error")
        step = _step(network, problems, seen, tried)
        if step is None:
            break
        network, text = step
        done.append(text)
    return Mended(network, tuple(done))


def _step(
    network: NetworkSpec,
    problems: Iterable[Problem],
    seen: set[tuple[Layer, ...]],
    tried: Counter[tuple[str | None, str]],
) -> tuple[NetworkSpec, str] | None:
    """Return the network after the first repair that makes it one that it was not before, and what that was."""
    for problem in problems:
        key = problem.layer, problem.text
        for repair in mends(problem) if tried[key] < MOST_ALIKE else ():
            better = repaired(network, problem, repair)
            if better.layers in seen:
                continue
            seen.add(better.layers)
            tried[key] += 1
            words = repair.text[0].lower() + repair.text[1:]
            return better, f"{problem.layer}: {words}" if problem.layer else words
    return None
