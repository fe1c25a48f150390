"""One-click repairs of a network's problems."""

from __future__ import annotations

from guiapp.core.analysis import analyse
from guiapp.core.layers import Problem, Repair, create
from guiapp.core.network import NetworkSpec


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
    at = None if problem.layer is None else _where(network, problem)
    if repair is None or at is None:
        return network
    if repair.remove_layers:
        for name in repair.remove_layers:
            if any(layer.name == name for layer in network.layers):
                network = network.remove(network.index(name))
        return network
    if repair.remove:
        network = network.remove(at)
    if repair.fields:
        network = network.replace(at, network.layers[at].with_fields(**repair.fields))
    return _inserted(network, at, repair) if repair.insert_before else network


def _inserted(network: NetworkSpec, at: int, repair: Repair) -> NetworkSpec:
    """Return the network with the repair's new layer on one input of the layer at `at`."""
    layer = network.layers[at]
    new = create(repair.insert_before, **repair.insert_fields)
    if len(layer.inputs) < 2:
        network = network.replace(at, layer.with_fields(inputs=()))
        return network.insert(at, new.with_fields(inputs=layer.inputs))
    source = layer.inputs[repair.on_input]
    network = network.insert(at, new.with_fields(inputs=(source,)))
    inputs = list(layer.inputs)
    inputs[repair.on_input] = network.layers[at].name
    return network.replace(at + 1, layer.with_fields(inputs=tuple(inputs)))


def _where(network: NetworkSpec, problem: Problem) -> int | None:
    """Return the position of the problem's layer; of several with its name, the one that has the problem."""
    found = [i for i, layer in enumerate(network.layers) if layer.name == problem.layer]
    if len(found) > 1:
        rows = analyse(network).rows
        # The number of classes is not known here, and it is the last layer that is held against it.
        return next((i for i in found if problem in rows[i].problems), found[-1])
    return found[0] if found else None
