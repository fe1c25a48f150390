"""How much memory training takes, worked out before it begins, and the largest batch that fits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from guiapp.core.analysis import Analysis
from guiapp.core.layers import Problem, Repair
from guiapp.core.layers.pretrained import Pretrained

BYTES = 4
"""A number is a float32."""

MOST_BATCH = 65_536

GRAPH = 1_000_000
"""About what TensorFlow's graph of one layer takes, forwards and backwards; measured on backbones of 150 layers."""


@dataclass(frozen=True)
class Needs:
    """How many bytes training takes, by what they are for.

    Attributes
    ----------
    weights : int
        The weights.
    gradients : int
        A gradient for each number that training changes.
    optimizer : int
        What the optimiser keeps for each of them.
    activations : int
        What the layers give out for one batch and is kept, since the gradients are worked out from it.
    working : int
        What is in use for a moment, for the layers and weights under way; and what TensorFlow itself takes.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    working: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.working


def slots(optimizer: str, momentum: float = 0.0) -> int:
    """Return how many numbers an optimiser keeps for each weight: averages of its gradient and of its square."""
    match optimizer:
        case "sgd":
            return int(momentum > 0)
        case "rmsprop":
            return 1 + int(momentum > 0)
    return 2


def needs(analysis: Analysis, batch: int, optimizer: str = "adam", momentum: float = 0.0) -> Needs:
    """Return how much memory training takes, beside what the program itself does.

    After Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost", 2016: beside the weights,
    their gradients and what the optimiser keeps, every output on the way back to the first trained layer is held
    until the gradients are known. What is in use for a moment was measured (tests/benchmarks/bench_memory.py): the
    largest output and its gradient, and the largest array of weights and its change.

    Parameters
    ----------
    analysis : Analysis
        Of the network.
    batch : int
        How many images a step looks at.
    optimizer : str
        As in the project's training settings.
    momentum : float
        The optimiser's, where it has one.
    """
    return _needs(_figures(analysis), batch, slots(optimizer, momentum))


class _Figures(NamedTuple):
    """What the memory follows from.

    Attributes
    ----------
    weights, trained, array : int
        How many numbers all weights are, those that are trained, and the largest array of these.
    kept, largest : int
        For one image: how many numbers are kept, and how many the largest layer gives out.
    layers : int
        How many layers there are, with those inside others.
    """

    weights: int
    trained: int
    array: int
    kept: int
    largest: int
    layers: int


def _needs(found: _Figures, batch: int, kept_a_weight: int) -> Needs:
    learnt = found.trained * BYTES
    return Needs(
        weights=found.weights * BYTES,
        gradients=learnt,
        optimizer=learnt * kept_a_weight,
        activations=found.kept * batch * BYTES,
        working=2 * (found.largest * batch + found.array) * BYTES + found.layers * GRAPH,
    )


def _figures(analysis: Analysis) -> _Figures:
    learning: list[bool] = []
    kept = largest = array = layers = 0
    for row in analysis.rows:
        sources, own = row.sources, row.largest_trained
        before = learning[sources[0]] if len(sources) == 1 else True in [learning[source] for source in sources]
        learning.append(before or own > 0)
        array = max(array, own)
        if not row.layer.enabled or row.shape is None:
            continue
        if isinstance(row.layer, Pretrained):
            kept += row.activations if before else row.layer.kept(row.inputs)
            largest = max(largest, row.layer.largest(row.inputs))
            layers += len(row.layer.known.nodes)
        else:
            kept += row.activations if learning[-1] else 0
            largest = max(largest, row.size)
            layers += 1
    return _Figures(analysis.parameters, analysis.trainable, array, kept, largest, layers)


def disk(analysis: Analysis) -> int:
    """Return how many bytes the weights take in a file."""
    return analysis.parameters * BYTES


def largest_batch(analysis: Analysis, optimizer: str, available: int, *, momentum: float = 0.0) -> int:
    """Return the largest power of two as a batch whose training takes no more than `available` bytes; 0 if none."""
    found, kept_a_weight = _figures(analysis), slots(optimizer, momentum)
    batch = MOST_BATCH
    while batch and _needs(found, batch, kept_a_weight).total > available:
        batch //= 2
    return batch


def memory_problem(
    analysis: Analysis, batch: int, optimizer: str, have: int | None, what: str, *, momentum: float = 0.0
) -> Problem | None:
    """Return what is wrong where training needs more memory than there is, with the batch that would fit as repair.

    Parameters
    ----------
    analysis : Analysis
        Of the network.
    batch : int
        How many images a step looks at.
    optimizer : str
        As in the project's training settings.
    have : int or None
        How many bytes there are; None where that is not known, which is no problem.
    what : str
        What has them, as the sentence says it: ``"the GPU"``, ``"this machine"``.
    momentum : float
        The optimiser's, where it has one.
    """
    found = needs(analysis, batch, optimizer, momentum)
    if have is None or found.total <= have:
        return None
    begin = f"training needs about {size_text(found.total)}, {what} has {size_text(have)}"
    best = largest_batch(analysis, optimizer, have, momentum=momentum)
    if best:
        repair = Repair(f"Set the batch to {best}", batch=best)
        return Problem(None, f"{begin}: a batch of {best} would fit", severity="warning", repair=repair)
    fixed = found.weights + found.gradients + found.optimizer
    most = "most of it for its weights" if fixed > found.total / 2 else "even with one image at a time"
    return Problem(None, f"{begin}, {most}; use smaller images, or fewer filters or units", severity="warning")


def size_text(size: int) -> str:
    """Write a number of bytes as a sentence does: ``11 GB``, ``1.2 GB``, ``60 MB``."""
    for unit, factor in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if size >= factor * 0.995:
            value = size / factor
            return f"{value:,.0f} {unit}" if value >= 9.95 else f"{value:.1f} {unit}"
    return f"{max(1, round(size / 1000)):,} kB"
