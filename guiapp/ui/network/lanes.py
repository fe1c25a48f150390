"""In which column and lane of the drawing each layer lies, so that no edge runs through a volume: arithmetic only.

A network is cut into sections, at every layer that alone feeds what comes below it; a plain chain is a section a
layer. Within a section columns follow the longest way in; the longest way through is lane 0, other branches lie
above (negative) and below it in lanes of their own, as do edges that pass a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Layer

Joins = tuple[tuple[int, ...], ...]
"""The layers that each layer follows; a disabled one is not passed over."""


@dataclass(frozen=True)
class Plan:
    """Columns and lanes.

    Attributes
    ----------
    joins : tuple
        What was planned.
    columns : tuple of tuple of int
        The layers in each column, from left to right.
    sections : tuple of range
        The columns of each section.
    column, lane, section : tuple of int
        Of each layer.
    ways : dict
        The lane in which an edge (from, to) passes columns, where it does.
    passing : tuple
        Of each section the lanes besides 0 with the first and last column in which something is in them; empty where
        it has no branches.
    groups : tuple of str
        The opened block that each layer came from.
    apart : tuple of bool
        Of each column whether a frame begins or ends before it.
    targets : tuple
        The layers that follow each one.
    units : tuple of range
        For each section the columns that had better stay together with it: those of its frame where it begins one.
    """

    joins: Joins
    columns: tuple[tuple[int, ...], ...]
    sections: tuple[range, ...]
    column: tuple[int, ...]
    lane: tuple[int, ...]
    section: tuple[int, ...]
    ways: dict[tuple[int, int], int]
    passing: tuple[tuple[tuple[int, int, int], ...], ...]
    groups: tuple[str, ...]
    apart: tuple[bool, ...]
    targets: tuple[tuple[int, ...], ...]
    units: tuple[range, ...]

    def way(self, source: int, target: int) -> int:
        """Return the lane in which the edge between two layers runs."""
        found = self.ways.get((source, target))
        return self.lane[target] if found is None else found


def joins_of(rows: Sequence[LayerInfo]) -> Joins:
    """Return which layers each one follows: those that it names, else the one above; none for the first."""
    places: dict[str, int] = {}
    out: list[tuple[int, ...]] = []
    for i, row in enumerate(rows):
        layer = row.layer
        named = tuple(dict.fromkeys(places[name] for name in layer.inputs if name in places)) if layer.inputs else ()
        # One that names nothing that is there lies after the layer above it, without an edge.
        out.append(named or ((i - 1,) if i else ()))
        places.setdefault(layer.name, i)
    return tuple(out)


def planned(rows: Sequence[LayerInfo]) -> Plan:
    """Return where each of the layers lies."""
    return plan(joins_of(rows), tuple(row.layer.group for row in rows))


def planned_again(rows: Sequence[LayerInfo], old_rows: Sequence[LayerInfo], before: Plan) -> Plan:
    """Return where each of the layers lies, where `before` says it of `old_rows`."""
    if len(rows) != len(old_rows):
        return planned(rows)
    others = [(a.layer, b.layer) for a, b in zip(rows, old_rows, strict=True) if a.layer is not b.layer]
    return before if all(_alike(a, b) for a, b in others) else planned(rows)


def _alike(a: Layer, b: Layer) -> bool:
    return (a.name, a.inputs, a.group) == (b.name, b.inputs, b.group)


def chain(count: int) -> Plan:
    """Return the plan of so many layers one after the other."""
    return plan(tuple((i - 1,) if i else () for i in range(count)))


@lru_cache(8)
def plan(joins: Joins, groups: tuple[str, ...] = ()) -> Plan:
    """Return where each layer lies.

    Parameters
    ----------
    joins : tuple
        For each layer the positions of those before it that it follows; for all but the first at least one.
    groups : tuple of str
        The opened block that each came from; none where empty.
    """
    targets: list[list[int]] = [[] for _ in joins]
    for i, before in enumerate(joins):
        for source in before:
            targets[source].append(i)
    made = _Planning(joins, targets, groups or ("",) * len(joins))
    first = 0
    for last in _ends(joins, targets):
        made.add(first, last)
        first = last + 1
    return made.plan()


def _ends(joins: Joins, targets: Sequence[Sequence[int]]) -> list[int]:
    """Return the last layer of each section: nothing that is above it feeds anything below it."""
    ends: list[int] = []
    reach = -1
    for i in range(len(joins)):
        if reach <= i:
            ends.append(i)
        reach = max(reach, targets[i][-1] if targets[i] else -1)
    if not ends or ends[-1] != len(joins) - 1:
        ends.append(len(joins) - 1)
    return ends if joins else []


@dataclass
class _Lanes:
    """Which columns of each lane of a section are taken."""

    taken: dict[int, list[tuple[int, int]]] = field(default_factory=dict)

    def take(self, first: int, last: int, step: int) -> int:
        """Take columns in the nearest lane above (`step` -1) or below (1) where they are free; returns the lane."""
        lane = step
        while not self._free(lane, first, last):
            lane += step
        self.taken.setdefault(lane, []).append((first, last))
        return lane

    def _free(self, lane: int, first: int, last: int) -> bool:
        return all(last < begun or first > ended for begun, ended in self.taken.get(lane, ()))


class _Planning:
    def __init__(self, joins: Joins, targets: Sequence[Sequence[int]], groups: tuple[str, ...]) -> None:
        self.joins, self.targets, self.groups = joins, targets, groups
        self.column, self.lane, self.section = ([0] * len(joins) for _ in range(3))
        self.sections: list[range] = []
        self.ways: dict[tuple[int, int], int] = {}
        self.passing: list[tuple[tuple[int, int, int], ...]] = []
        self._next = 0

    def plan(self) -> Plan:
        columns: list[list[int]] = [[] for _ in range(self._next)]
        for i, column in enumerate(self.column):
            columns[column].append(i)
        of_column = [{self.groups[i] for i in rows} for rows in columns]
        apart = (False, *(a != b for a, b in pairwise(of_column))) if columns else ()
        return Plan(
            self.joins,
            tuple(tuple(sorted(rows, key=lambda i: self.lane[i])) for rows in columns),
            tuple(self.sections),
            tuple(self.column),
            tuple(self.lane),
            tuple(self.section),
            self.ways,
            tuple(self.passing),
            self.groups,
            apart,
            tuple(tuple(found) for found in self.targets),
            self._units(of_column),
        )

    def _units(self, of_column: Sequence[set[str]]) -> tuple[range, ...]:
        names = [set().union(*(of_column[c] for c in section)) for section in self.sections]
        units = list(self.sections)
        for n in range(len(units) - 2, -1, -1):
            if len(names[n]) == 1 and names[n] == names[n + 1] and "" not in names[n]:
                units[n] = range(units[n].start, units[n + 1].stop)
        return tuple(units)

    def add(self, first: int, last: int) -> None:
        """Plan the section of the layers from `first` to `last`."""
        begin = self._next
        for i in range(first, last + 1):
            self.column[i] = max((self.column[s] + 1 for s in self.joins[i] if s >= first), default=begin)
            self.section[i] = len(self.sections)
        if last > first:
            # What follows the section begins right of all of it.
            self.column[last] = max(self.column[i] for i in range(first, last + 1))
        self.passing.append(self._spread(first, last) if last > first else ())
        self._next = self.column[last] + 1
        self.sections.append(range(begin, self._next))

    def _spread(self, first: int, last: int) -> tuple[tuple[int, int, int], ...]:
        main = self._main(first, last)
        lanes = _Lanes()
        chains = self._chains(first, last, set(main))
        by_column = {self.column[i]: i for i in main}
        above = [chain for chain in chains if chain[0] < by_column.get(self.column[chain[0]], -1)]
        below = [chain for chain in chains if chain not in above]
        for step, group in ((-1, above[::-1]), (1, below)):
            for chain in group:
                self._lay(chain, lanes, step)
        clear = self.column[main[-2]] if len(main) > 1 else -1
        self._pass(first, last, lanes, clear)
        return tuple((lane, *span) for lane, spans in sorted(lanes.taken.items()) for span in spans)

    def _main(self, first: int, last: int) -> list[int]:
        """Return the longest way through, back from the last layer; the middle one of several."""
        found, here = [last], last
        while True:
            inside = [s for s in self.joins[here] if s >= first]
            if not inside:
                return found[::-1]
            far = max(self.column[s] for s in inside)
            middle = (len(self.joins[here]) - 1) / 2
            order = {s: abs(n - middle) for n, s in enumerate(self.joins[here])}
            here = min((s for s in inside if self.column[s] == far), key=lambda s: order[s])
            found.append(here)

    def _chains(self, first: int, last: int, placed: set[int]) -> list[list[int]]:
        """Return the other layers as runs in which each follows the one before."""
        chains: list[list[int]] = []
        for i in range(first, last + 1):
            if i in placed:
                continue
            chain = [i]
            placed.add(i)
            while True:
                follow = [t for t in self.targets[chain[-1]] if t <= last and t not in placed]
                if not follow:
                    break
                chain.append(follow[0])
                placed.add(follow[0])
            chains.append(chain)
        return chains

    def _lay(self, chain: list[int], lanes: _Lanes, step: int) -> None:
        """Give a chain the nearest lane that is free from its first column to where it joins another."""
        end = chain[-1]
        out = min(self.targets[end], key=lambda t: self.column[t], default=None)
        until = self.column[end] if out is None else max(self.column[out] - 1, self.column[end])
        lane = lanes.take(self.column[chain[0]], until, step)
        for i in chain:
            self.lane[i] = lane
        for source, target in pairwise(chain):
            self.ways[source, target] = lane
        if out is not None:
            self.ways[end, out] = lane

    def _pass(self, first: int, last: int, lanes: _Lanes, clear: int) -> None:
        """Give every other edge that passes a column a lane of its own there, the shortest ones the nearest.

        Right of the column `clear` lane 0 is free.
        """
        passing: list[tuple[int, int, int, int]] = []
        for target in range(first, last + 1):
            for source in self.joins[target]:
                begin = self.column[source] + 1 if source >= first else self._next
                until = self.column[target] - 1
                if until < begin or (source, target) in self.ways:
                    continue
                level = self.lane[target] == 0 and (source < first or self.lane[source] == 0)
                if not level or begin <= clear:
                    passing.append((until - begin, source, target, begin))
        for length, source, target, begin in sorted(passing):
            low = self.lane[target] > 0 or (source >= first and self.lane[source] > 0)
            self.ways[source, target] = lanes.take(begin, begin + length, 1 if low else -1)
