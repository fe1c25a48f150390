"""What the middle column says of a layer in words and figures."""

from __future__ import annotations

from collections.abc import Sequence

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Problem
from guiapp.ui.network import branches
from guiapp.ui.network.facts import Fact
from guiapp.ui.network.words import byte_text, shape_text, short_count

BYTES = 4
MOST_WEIGHTS, MOST_INSIDE = 8, 40
NAMES = {
    "kernel": "weights",
    "bias": "biases",
    "depthwise_kernel": "channel filters",
    "pointwise_kernel": "mix",
    "gamma": "factor γ",
    "beta": "shift β",
    "moving_mean": "running mean",
    "moving_variance": "running variance",
}
"""What the form's fields call the arrays that Keras calls so."""


def problems_of(row: LayerInfo, field: str) -> list[Problem]:
    """Return what is wrong with one field, errors only where there are some."""
    found = [problem for problem in row.problems if problem.field == field]
    return [problem for problem in found if problem.severity == "error"] or found


def output_text(row: LayerInfo) -> str:
    """Return the shapes that come in and go out, and the arithmetic with the numbers in."""
    if row.shape is None:
        return ""
    lines = [shape_text(row.shape)]
    if row.inputs:
        given = " and ".join(shape_text(shape) for shape in row.inputs[:3]) + (" …" if len(row.inputs) > 3 else "")
        lines[0] = f"{given}  →  {lines[0]}"
    if not row.layer.enabled:
        return lines[0] + "\nIt passes its input on unchanged."
    return "\n".join([*lines, row.formula] if row.formula else lines)


def layer_facts(row: LayerInfo, batch: int) -> list[Fact]:
    """Return what a layer costs, its receptive field, and then the weights that it has."""
    facts = sums([row], batch)
    if row.sees is not None and row.layer.enabled:
        facts.append(("Receptive field", f"{row.sees[0]}×{row.sees[1]} px"))
    if len(row.weights) > MOST_WEIGHTS:
        return [*facts, ("Arrays of weights", f"{len(row.weights):,}")]
    shapes = ((weight, shape_text(weight.shape) or "1") for weight in row.weights)
    return [*facts, *((f"{weight_name(weight.name)}  {shape}", f"{weight.size:,}") for weight, shape in shapes)]


def weight_name(name: str) -> str:
    """Return what an array of weights is called beside the fields; in a block it is led by its layer's name."""
    layer, _, own = name.rpartition("/")
    said = NAMES.get(own, own.replace("_", " "))
    return f"{layer} {said}" if layer else said


def inside_facts(row: LayerInfo) -> list[Fact]:
    """Return the layers inside a block, each with the shape that it gives."""
    found = branches.inside(row)
    facts = [(f"{layer.name}  {type(layer).title}", shape_text(shape)) for layer, shape in found[:MOST_INSIDE]]
    more = len(found) - len(facts)
    return [*facts, (f"and {more:,} more", "")] if more else facts


def sums(rows: Sequence[LayerInfo], batch: int) -> list[Fact]:
    """Return what layers cost together."""
    parameters, trainable = sum(row.parameters for row in rows), sum(row.trainable for row in rows)
    facts = [("Parameters", f"{parameters:,}")]
    if trainable != parameters:
        facts.append(("Trainable", f"{trainable:,}"))
    activations = sum(row.activations for row in rows)
    facts.append(("Multiply-adds an image", short_count(sum(row.macs for row in rows))))
    facts.append(("Activations an image", short_count(activations)))
    facts.append((f"Activations, batch {batch:,}", byte_text(activations * batch * BYTES)))
    return facts
