"""Computations outside of layers that come to a layer: what networks of Keras itself write for a hard sigmoid."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from guiapp.core.keras_files.graph import Call, Graph, without

CONSTANT = "constant"
"""Where the config of a computation holds the number that it adds, or multiplies by."""

_SHIFT, _MOST, _SHARE = 3.0, 6.0, 1 / 6


def constant_of(layer: Mapping[str, Any]) -> float | None:
    """Return the number that a computation in JSON of Keras 3 takes beside one layer, or None where it takes none."""
    nodes = layer.get("inbound_nodes")
    node = nodes[0] if isinstance(nodes, list) and len(nodes) == 1 else None
    given = node.get("args") if isinstance(node, Mapping) else None
    if not isinstance(given, list) or len(given) != 2 or not isinstance(given[0], Mapping):
        return None
    number = given[1]
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None


def with_hard_sigmoids(graph: Graph) -> Graph:
    """Return the graph with each ``relu6(x + 3) / 6`` as the activation that it is."""
    takers = Counter(at for call in graph.calls for at in call.inputs)
    calls = list(graph.calls)
    gone: list[int] = []
    for at, call in enumerate(calls):
        middle = _before(graph, call, takers) if _computes(call, "Multiply", _SHARE) else None
        if middle is None or not _is_relu6(graph.calls[middle]):
            continue
        first = _before(graph, graph.calls[middle], takers)
        if first is not None and _computes(graph.calls[first], "Add", _SHIFT):
            calls[at] = replace(call, kind="Activation", config={"activation": "hard_sigmoid"}, fault=None)
            gone += [first, middle]
    return without(Graph(tuple(calls), graph.output), gone) if gone else graph


def _before(graph: Graph, call: Call, takers: Counter[int]) -> int | None:
    """Return the one layer that a call takes, where nothing else takes it."""
    at = call.inputs[0] if len(call.inputs) == 1 else -1
    return at if at >= 0 and takers[at] == 1 and at != graph.output else None


def _computes(call: Call, kind: str, number: float) -> bool:
    constant = call.config.get(CONSTANT)
    return call.kind == kind and isinstance(constant, float) and math.isclose(constant, number, rel_tol=1e-6)


def _is_relu6(call: Call) -> bool:
    config = call.config
    plain = not config.get("negative_slope") and not config.get("threshold")
    return call.kind == "ReLU" and config.get("max_value") == _MOST and plain and call.fault is None
