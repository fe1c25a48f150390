"""What is legal in a network but nearly always a mistake, said with the numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence

from guiapp.core import straight
from guiapp.core.judging import MAX_PARAMETERS, Placed, smaller_inputs
from guiapp.core.layer_info import LayerInfo
from guiapp.core.layers import Layer, Problem, Repair, Shape
from guiapp.core.layers.base import Weight
from guiapp.core.layers.blocks import Block
from guiapp.core.layers.dense import Dense
from guiapp.core.layers.parts import Initializer
from guiapp.core.shapes import shape_text
from guiapp.core.straight import PASSING, WEIGHING

MOST_GROWTH = 5
"""How many times a layer's numbers may grow by its first weights before that is said."""

MOST_DROPPED = 0.8
FEWEST_KEPT = 10
HEAVY = 10**8
SCALED = ("glorot", "he", "lecun", "orthogonal")

SQUEEZED = {"sigmoid": (0.0, 1.0), "hard_sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0), "softsign": (-1.0, 1.0)}
CUT = {"relu", "relu6"}


def _warning(layer: Layer, text: str, field: str | None = None, *repairs: Repair) -> Problem:
    first = repairs[0] if repairs else None
    return Problem(layer.name, text, field, "warning", repair=first, others=repairs[1:])


def of_layer(layer: Layer, inputs: Sequence[Shape], weights: Sequence[Weight]) -> tuple[Problem, ...]:
    """Return what can be said of a layer from its own fields and what it takes."""
    if isinstance(layer, Block):
        return layer.told(inputs, lambda inner, given: of_layer(inner, given, inner.weights(given)))
    return (*_beginning(layer, weights), *_dropping(layer, inputs), *_on_points(layer, inputs))


def _beginning(layer: Layer, weights: Sequence[Weight]) -> tuple[Problem, ...]:
    scheme = getattr(layer, "kernel_init", None)
    if not isinstance(scheme, Initializer) or layer.kind not in {"Conv2D", "Dense"} or not weights:
        return ()
    relu = getattr(layer, "activation", "linear") not in {"linear", "softmax", "tanh", "sigmoid"}
    better, name = ("he_normal", "He") if relu else ("glorot_uniform", "Glorot")
    repair = Repair(f"Let the weights begin as {name}", fields={"kernel_init": Initializer(scheme=better)})
    if _never_learns(layer, scheme):
        text = "its weights begin at 0 and relu passes nothing on from there: it never learns; let them begin at random"
        return (_warning(layer, text, "kernel_init", repair),)
    count = math.prod(weights[0].shape[:-1])
    spread = _spread(scheme)
    wanted = math.sqrt((2 if relu else 1) / count)
    if spread <= MOST_GROWTH * math.sqrt(2 / count):
        return ()
    said = "a half width" if scheme.scheme == "random_uniform" else "σ"
    text = (
        f"its weights begin with {said} of {scheme.number:g}; with {count:,} inputs each, {name} would take a σ of "
        f"about {wanted:.2g}. What it gives is about {spread / wanted:,.0f} times too large, so that training "
        "begins with a huge loss and needs a tiny learning rate"
    )
    return (_warning(layer, text, "kernel_init", repair),)


def _spread(scheme: Initializer) -> float:
    match scheme.scheme:
        case "random_normal":
            return scheme.number
        case "truncated_normal":
            return 0.88 * scheme.number  # cut at two σ
        case "random_uniform":
            return scheme.number / math.sqrt(3)
    return 0.0


def _never_learns(layer: Layer, scheme: Initializer) -> bool:
    nothing = scheme.scheme == "zeros" or (scheme.scheme != "ones" and scheme.scheme in DRAWN and scheme.number == 0)
    bias = getattr(layer, "bias_init", None)
    lifted = (
        getattr(layer, "use_bias", False)
        and isinstance(bias, Initializer)
        and not (bias.scheme == "zeros" or (bias.scheme == "constant" and bias.number <= 0))
    )
    return nothing and getattr(layer, "activation", "") in {"relu", "relu6"} and not lifted


DRAWN = {"random_normal", "truncated_normal", "random_uniform", "constant"}


def _dropping(layer: Layer, inputs: Sequence[Shape]) -> tuple[Problem, ...]:
    if layer.kind not in {"Dropout", "SpatialDropout2D"}:
        return ()
    rate = float(getattr(layer, "rate", 0.0))
    maps = layer.kind == "SpatialDropout2D"
    count = inputs[0][-1] if maps else math.prod(inputs[0])
    kept = count * (1 - rate)
    what = "feature maps" if maps else "numbers"
    few = kept < FEWEST_KEPT and rate >= 0.5
    if rate <= MOST_DROPPED and not few:
        return ()
    usual = 0.5 if len(inputs[0]) == 1 and not few else 0.2
    text = (
        f"drops {rate:.0%} of {count:,} {what} at every training step: about {kept:,.0f} are left, too few to learn "
        f"from; {usual} is usual here"
    )
    if not few:
        text = (
            f"drops {rate:.0%} of {count:,} {what} at every training step and multiplies the rest by "
            f"{1 / (1 - rate):,.0f}: training gets noisy and slow; {usual} is usual here"
        )
    return (_warning(layer, text, "rate", Repair(f"Set the rate to {usual}", fields={"rate": usual})),)


def _on_points(layer: Layer, inputs: Sequence[Shape]) -> tuple[Problem, ...]:
    """Return the warning of a window on maps that are one number each."""
    if not inputs or len(inputs[0]) != 3 or inputs[0][:2] != (1, 1):
        return ()
    window = getattr(layer, "kernel", None) or getattr(layer, "pool", None)
    if not isinstance(window, tuple) or window == (1, 1) or getattr(layer, "padding", "") != "same":
        return ()
    shown = shape_text(window)
    if layer.family == "Pooling":
        text = (
            "the maps that it takes are 1×1 already, so that pooling changes nothing; remove it, or shrink less above"
        )
        return (_warning(layer, text, None, Repair("Remove this layer", remove=True)),)
    if layer.kind not in {"Conv2D", "DepthwiseConv2D", "SeparableConv2D"}:
        return ()
    text = (
        f"the maps that it takes are 1×1, so that of its {shown} kernel all but the middle meets only zeros and never "
        "learns; use a kernel of 1×1, or shrink less above"
    )
    return (_warning(layer, text, "kernel", Repair("Set the kernel to 1×1", fields={"kernel": (1, 1)})),)


def of_network(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return what can be said of layers from those before and after them."""
    return [*pixels(rows), *straight.doubled(rows), *of_branches(rows)]


def of_branches(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return what holds for layers inside blocks too."""
    return [*_heavy(rows), *_halved(rows), *_answers(rows)]


def pixels(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return the warning of pixels that go into first weights as they are."""
    first = rows[0].layer if rows else None
    if first is None or getattr(first, "scaling", "") != "none" or not first.enabled:
        return []
    text = (
        "pixels go in as 0…255, more than a hundred times what these first weights are made for: training is slow and "
        "needs a tiny learning rate; scale them by 1/255"
    )
    repair = Repair("Set scaling to 1/255", fields={"scaling": "1/255"})
    reached = {0}
    for i, row in enumerate(rows[1:], 1):
        if not row.layer.enabled or not reached.intersection(row.sources):
            continue
        scheme = getattr(row.layer, "kernel_init", None)
        if row.layer.kind in WEIGHING and isinstance(scheme, Initializer) and scheme.scheme.startswith(SCALED):
            return [(0, _warning(first, text, "scaling", repair))]
        if not row.weights and row.layer.kind not in {"Add", "Multiply", "Concatenate", "Pretrained"}:
            reached.add(i)
    return []


def _heavy(rows: Sequence[LayerInfo]) -> list[Placed]:
    found: list[Placed] = []
    for i, row in enumerate(rows):
        if HEAVY <= row.parameters <= MAX_PARAMETERS and isinstance(row.layer, Dense):
            taken, units = row.inputs[0][0], row.layer.units
            text = (
                f"joins {taken:,} inputs with {units:,} units: {taken * units:,} weights, "
                f"{_gigabytes(row.parameters * 4)} on disk and about {_gigabytes(row.parameters * 16)} while training "
                "with Adam, and it learns small datasets by heart; pool more before it"
            )
            found.append((i, _warning(row.layer, text, "units", *smaller_inputs(rows, i))))
    return found


def _gigabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count < 1e9 else f"{count / 1e9:,.1f} GB"


def _halved(rows: Sequence[LayerInfo]) -> list[Placed]:
    found: list[Placed] = []
    for i, row in enumerate(rows):
        if not row.layer.enabled and len(row.sources) > 1:
            first, *others = (rows[source].layer.name for source in row.sources)
            lost = " and ".join(others)
            text = f"is disabled, so that it passes on only {first}: what {lost} gives is lost; enable it"
            found.append((i, _warning(row.layer, text, None, Repair("Enable it", fields={"enabled": True}))))
    return found


def _answers(rows: Sequence[LayerInfo]) -> list[Placed]:
    """Return what is wrong with the numbers that become probabilities."""
    live = [i for i, row in enumerate(rows) if row.layer.enabled]
    if len(live) < 2 or rows[live[-1]].shape is None or len(rows[live[-1]].shape or ()) != 1:
        return []
    at = live[-1]
    found: list[Placed] = []
    while rows[at].layer.kind in PASSING and rows[at].sources:
        layer = rows[at].layer
        if layer.kind != "GaussianNoise" and getattr(layer, "rate", 0) > 0:
            text = "drops answers of the network itself while training; it belongs before the last dense layer"
            found.append((at, _warning(layer, text, None, Repair("Remove this layer", remove=True))))
        at = rows[at].sources[0]
    activation = getattr(rows[at].layer, "activation", "")
    if activation == "softmax" and rows[at].layer.kind not in WEIGHING and rows[at].sources:
        before = rows[at].sources[0]
        kind = getattr(rows[before].layer, "activation", "linear")
        classes = (rows[at].shape or (0,))[0]
        found.extend(_bent(rows[before].layer, before, kind, classes, "before the softmax"))
    elif activation not in {"softmax", "linear", ""}:
        found.extend(_bent(rows[at].layer, at, activation, (rows[at].shape or (0,))[0], "on the answers"))
    return found


def _bent(layer: Layer, at: int, activation: str, classes: int, where: str) -> list[Placed]:
    """Return the warning of an activation on numbers that a softmax turns into probabilities."""
    if activation in {"linear", ""}:
        return []
    if activation in SQUEEZED:
        low, high = SQUEEZED[activation]
        most = math.exp(high) / (math.exp(high) + (classes - 1) * math.exp(low))
        why = (
            f"keeps every answer between {low:g} and {high:g}, so that no class of {classes:,} ever gets more than "
            f"{most:.0%}"
        )
    elif activation in CUT:
        why = "turns every answer below 0 into 0, so that unlikely classes cannot be told apart and may stop learning"
    elif activation == "softmax":
        why = "gives probabilities already, and a second softmax flattens them"
    else:
        why = "squeezes the answers below 0, so that unlikely classes can hardly be told apart"
    alone = layer.kind == "Activation"
    name = "ReLU" if activation == "relu" else activation
    mend = "remove it" if alone else "use linear"
    repair = (
        Repair("Remove this layer", remove=True)
        if alone
        else Repair("Set activation to linear", fields={"activation": "linear"})
    )
    return [(at, _warning(layer, f"{name} {where} {why}; {mend}", "activation", repair))]
