"""What all files come down to: layers that take each other, as a network with what had to be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import Project

INPUT = "InputLayer"
ENTRANCE = -1
"""Stands among a layer's inputs for what the model that it is part of is given."""

_SHOWN = 80
"""At most so many characters of a name are told."""


@dataclass(frozen=True)
class Call:
    """A layer as a file has it.

    Attributes
    ----------
    kind : str
        Its class in Keras; "Model" for a model inside the model.
    name : str
        What it is called; empty where the file does not say.
    config : mapping
        Its arguments by their names in Keras, as JSON has them.
    inputs : tuple of int
        Which calls it takes, by their positions in the graph.
    place : str
        Where it is, for sentences: ``"line 41"``.
    inner : Graph, optional
        The layers of a model inside the model.
    line : int
        The line of a script that it is on; 0 in other files.
    fault : UserError, optional
        Why it cannot be taken over, where that is known before what it takes is.
    """

    kind: str
    name: str
    config: Mapping[str, Any]
    inputs: tuple[int, ...]
    place: str
    inner: Graph | None = None
    line: int = 0
    fault: UserError | None = None

    @property
    def said(self) -> str:
        """Return what sentences call it."""
        return f"{self.kind[:_SHOWN]} “{self.name[:_SHOWN]}”" if self.name else self.kind[:_SHOWN]

    def refused(self, what: str, mend: str) -> UserError:
        """Return the error that says what is wrong with it; `mend` is an order, of what to do where it was made."""
        if not self.line:
            mend = f"In Keras, {mend[:1].lower()}{mend[1:]}, and save the model again"
        return UserError(f"{self.place}: {what}", mend=mend)


@dataclass(frozen=True)
class Graph:
    """A model: its layers, and which of them gives its output."""

    calls: tuple[Call, ...]
    output: int


@dataclass(frozen=True)
class Imported:
    """What was found in a file.

    Attributes
    ----------
    network : NetworkSpec
        The network.
    notes : tuple of str
        What could not be taken over, a sentence each.
    training : mapping
        Fields of the training settings that the file sets.
    title : str
        What the file calls the model.
    """

    network: NetworkSpec
    notes: tuple[str, ...] = ()
    training: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""

    def applied(self, project: Project) -> Project:
        """Return `project` with the network and the training that was found."""
        training = project.training.model_copy(update=dict(self.training))
        return project.model_copy(update={"network": self.network, "training": training})


def used(graph: Graph) -> tuple[Graph, tuple[Call, ...]]:
    """Return the graph without what its output does not depend on, and that rest."""
    wanted: set[int] = set()
    waiting = [graph.output]
    while waiting:
        at = waiting.pop()
        if at != ENTRANCE and at not in wanted:
            wanted.add(at)
            waiting.extend(graph.calls[at].inputs)
    kept = [at for at in range(len(graph.calls)) if at in wanted]
    rest = tuple(call for at, call in enumerate(graph.calls) if at not in wanted)
    return _picked(graph, kept), rest


def in_chains(graph: Graph) -> Graph:
    """Return the graph in an order in which each layer comes after what it takes, branch by branch.

    Raises
    ------
    UserError
        When layers take each other in a circle.
    """
    waiting = [len({at for at in call.inputs if at != ENTRANCE}) for call in graph.calls]
    takers: dict[int, list[int]] = {}
    for at, call in enumerate(graph.calls):
        for source in set(call.inputs):
            takers.setdefault(source, []).append(at)
    ready = [at for at in reversed(range(len(graph.calls))) if not waiting[at]]
    order: list[int] = []
    while ready:
        at = ready.pop()
        order.append(at)
        freed = []
        for taker in takers.get(at, ()):
            waiting[taker] -= 1
            if not waiting[taker]:
                freed.append(taker)
        ready.extend(reversed(freed))
    if len(order) < len(graph.calls):
        stuck = next(graph.calls[at] for at in range(len(graph.calls)) if waiting[at])
        raise stuck.refused(
            f"{stuck.said} takes, by way of others, what it gives itself", "Have each layer take only layers above it"
        )
    return _picked(graph, order)


def _picked(graph: Graph, order: Sequence[int]) -> Graph:
    place = {old: new for new, old in enumerate(order)} | {ENTRANCE: ENTRANCE}
    calls = [graph.calls[at] for at in order]
    moved = tuple(replace(call, inputs=tuple(place[at] for at in call.inputs)) for call in calls)
    return Graph(moved, place[graph.output])


def without(graph: Graph, gone: Iterable[int]) -> Graph:
    """Return the graph without layers of one input; what took them takes what they took."""
    dropped = set(gone)

    def source(at: int) -> int:
        while at in dropped:
            at = graph.calls[at].inputs[0]
        return at

    calls = tuple(replace(call, inputs=tuple(source(at) for at in call.inputs)) for call in graph.calls)
    kept = [at for at in range(len(calls)) if at not in dropped]
    return _picked(Graph(calls, source(graph.output)), kept)
