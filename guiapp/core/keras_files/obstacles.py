"""The layers of a file that cannot be taken over: told all at once, or left out where what they take can pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from guiapp.core.keras_files.graph import INPUT, Call, Graph, used, without
from guiapp.core.keras_files.translating import is_left_out, translated
from guiapp.core.layers.base import MAX_NAME
from guiapp.core.notify import UserError

MOST_TOLD = 20


class Refused(UserError):
    """Layers that cannot be taken over.

    Parameters
    ----------
    calls : sequence of Call
        The layers, each with its fault.

    Attributes
    ----------
    obstacles : tuple of str
        What is wrong with each, the first `MOST_TOLD` of them.
    passable : bool
        Whether the rest can be taken over without them.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        faults = [call.fault for call in calls if call.fault is not None]
        told, more = [fault.what for fault in faults[:MOST_TOLD]], len(faults) - MOST_TOLD
        self.obstacles = (*told, *([f"and {more:,} more"] if more > 0 else []))
        self.passable = all(_is_passable(call) for call in calls)
        mends = list(dict.fromkeys(fault.mend for fault in faults[:MOST_TOLD]))
        text = "; ".join(self.obstacles)
        head = f"{len(faults):,} layers cannot be taken over: " if len(faults) > 1 else ""
        super().__init__(f"{head}{text}", mend=". ".join(mends[:3]))


def _is_passable(call: Call) -> bool:
    return len(call.inputs) == 1


def check_places(graph: Graph) -> None:
    """Raise `Refused` where it is not known what layers take, so that the rest cannot be followed either."""
    if any(call.fault is not None and not call.inputs for call in graph.calls):
        raise Refused([call for call in graph.calls if call.fault is not None])


def taken_over(graph: Graph, notes: list[str], *, leave_out: bool) -> Graph:
    """Return the graph if all its layers can be taken over, or with `leave_out` those of them that can.

    Raises
    ------
    Refused
        When some cannot, or could not be left out.
    """
    faulty = list(_faulty(graph))
    if not faulty:
        return graph
    stuck = [call for call in faulty if not _is_passable(call)]
    if stuck or not leave_out:
        raise Refused(stuck if leave_out else faulty)
    return _without_faulty(graph, notes)


def _faulty(graph: Graph) -> Iterator[Call]:
    """Yield the layers with a fault, those of models inside the model among them."""
    for call in used(graph)[0].calls:
        if call.inner is not None:
            yield from _faulty(call.inner)
        else:
            fault = fault_of(call)
            if fault is not None:
                yield replace(call, fault=fault)


def fault_of(call: Call) -> UserError | None:
    """Return why a layer cannot be taken over, or None where it can."""
    if call.fault is not None or call.kind == INPUT or is_left_out(call):
        return call.fault
    try:
        translated(call, call.name[:MAX_NAME] or "layer", [])
    except UserError as exc:
        return exc
    return None


def _without_faulty(graph: Graph, notes: list[str]) -> Graph:
    gone: list[int] = []
    calls = list(graph.calls)
    for at, call in enumerate(calls):
        if call.inner is not None:
            inner = _without_faulty(used(call.inner)[0], notes)
            calls[at] = replace(call, inner=inner)
            gone += [at] * (not inner.calls)
            continue
        fault = fault_of(call)
        if fault is not None:
            gone.append(at)
            notes.append(f"{fault.what}. It is left out, and what it took is passed on.")
    return without(Graph(tuple(calls), graph.output), gone)
