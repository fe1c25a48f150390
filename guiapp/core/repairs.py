"""One-click repairs of a network's problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from guiapp.core.analysis import analyse
from guiapp.core.blocks import opened
from guiapp.core.layers import Layer, Problem, Repair, create
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError


def repaired(network: NetworkSpec, problem: Problem, repair: Repair | None = None) -> NetworkSpec:
    """Return `network` with a repair of `problem` done; unchanged where it has none, or its layer is gone.

    Parameters
    ----------
    network : NetworkSpec
        The network.
    problem : Problem
        What its analysis says.
    repair : Repair, optional
        Which of the problem's repairs; the first when not given.
    """
    repair = problem.repair if repair is None else repair
    if repair is None:
        return network
    if problem.layer is None:
        return _begun(network, repair)
    at = _at(network, repair.layer) if repair.layer else _where(network, problem)
    return network if at is None else _done(network, at, repair)


def _begun(network: NetworkSpec, repair: Repair) -> NetworkSpec:
    """Return an empty network with the layer that the repair begins it with."""
    if network.layers or not repair.insert_before:
        return network
    return network.insert(0, create(repair.insert_before, **repair.insert_fields))


def _done(network: NetworkSpec, at: int, repair: Repair) -> NetworkSpec:
    for name in repair.remove_layers:
        gone = _at(network, name)
        if gone is not None:
            network = network.remove(gone)
            at -= gone < at
    if repair.remove:
        return network.remove(at)
    if repair.open_block:
        return _with_open(network, at)
    if repair.fields:
        network = network.replace(at, network.layers[at].with_fields(**repair.fields))
    if repair.insert_before:
        network = _inserted(network, at, repair)
    return _followed(network, at, repair) if repair.insert_after else network


def _with_open(network: NetworkSpec, at: int) -> NetworkSpec:
    try:
        return opened(network, at)
    except UserError:  # it is another layer now, or cannot take its input any more
        return network


def _inserted(network: NetworkSpec, at: int, repair: Repair) -> NetworkSpec:
    """Return the network with the repair's new layer on one input of the layer at `at`."""
    layer = network.layers[at]
    new = create(repair.insert_before, **repair.insert_fields)
    if new.max_inputs == 0:
        return network.insert(at, new)
    new = new.with_fields(group=_group(network.layers, at))
    if len(layer.inputs) < 2:
        network = network.replace(at, layer.with_fields(inputs=()))
        return network.insert(at, new.with_fields(inputs=layer.inputs))
    source = layer.inputs[repair.on_input]
    network = network.insert(at, new.with_fields(inputs=(source,)))
    inputs = list(layer.inputs)
    inputs[repair.on_input] = network.layers[at].name
    return network.replace(at + 1, layer.with_fields(inputs=tuple(inputs)))


def _followed(network: NetworkSpec, at: int, repair: Repair) -> NetworkSpec:
    """Return the network with the repair's new layers below the one at `at`, or below it and the one to join."""
    name = network.layers[at].name
    other = _at(network, repair.join) if repair.join else None
    if repair.join and other is None:
        return network
    below = max(at, at if other is None else other) + 1
    for kind, fields in repair.insert_after:
        taken = (repair.join, name) if repair.join else (network.layers[below - 1].name,)
        network = _linked(network, below, create(kind, **fields), taken)
        below += 1
    return network


def _linked(network: NetworkSpec, at: int, new: Layer, taken: tuple[str, ...]) -> NetworkSpec:
    """Return the network with `new` at `at`; what took the first of `taken` below that takes the new layer instead."""
    layers = network.layers
    above = layers[at - 1].name
    new = new.with_fields(inputs=() if taken == (above,) else taken, group=_group(layers, at))
    network = network.insert(at, new)
    name = network.layers[at].name
    below = [_renamed(layer, {taken[0]: name}) for layer in network.layers[at + 1 :]]
    if below and not below[0].inputs and below[0].max_inputs and above not in taken:
        below[0] = below[0].with_fields(inputs=(above,))
    return network.having((*network.layers[: at + 1], *below))


def _group(layers: Sequence[Layer], at: int) -> str:
    """Return the opened block that a layer inserted at `at` is part of: that of both its neighbours."""
    around = {layer.group for layer in layers[max(at - 1, 0) : at + 1]}
    return around.pop() if 0 < at < len(layers) and len(around) == 1 else ""


def _renamed(layer: Layer, names: Mapping[str, str]) -> Layer:
    if not any(name in names for name in layer.inputs):
        return layer
    return layer.with_fields(inputs=tuple(names.get(name, name) for name in layer.inputs))


def _at(network: NetworkSpec, name: str) -> int | None:
    return next((i for i, layer in enumerate(network.layers) if layer.name == name), None)


def _where(network: NetworkSpec, problem: Problem) -> int | None:
    """Return the position of the problem's layer; of several with its name, the one that has the problem."""
    found = [i for i, layer in enumerate(network.layers) if layer.name == problem.layer]
    if len(found) > 1:
        rows = analyse(network).rows
        # The number of classes is not known here, and it is the last layer that is held against it.
        return next((i for i in found if problem in rows[i].problems), found[-1])
    return found[0] if found else None
