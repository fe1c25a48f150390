"""Which layer of one network is which layer of another: by name, and in between by kind and fields."""

from __future__ import annotations

import functools
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from guiapp.core.layers import Layer

Places = Sequence[int]


@dataclass(frozen=True)
class Match:
    """Two layers that are the same one: where each is, and whether it changed its place among the others."""

    a: int
    b: int
    moved: bool = False


def align(a: Sequence[Layer], b: Sequence[Layer]) -> tuple[Match, ...]:
    """Return which layers of `a` and `b` belong together, in the order of `a`; no layer is in two of them.

    Layers of one name and kind do. Between those, layers do that are alike but for their names, then those of one
    kind, each time as many as can be without one crossing another; and last those of one name. The other way round
    gives the same matches.
    """
    known = [[(layer.name, layer.kind) for layer in side] for side in (a, b)]
    if known[0] <= known[1]:
        return tuple(_align(a, b))
    turned = (Match(match.b, match.a, match.moved) for match in _align(b, a))
    return tuple(sorted(turned, key=lambda match: match.a))


def _align(a: Sequence[Layer], b: Sequence[Layer]) -> list[Match]:
    pairs = _named(a, b)
    chain = _chain(pairs)
    taken_a, taken_b = {i for i, _ in pairs}, {j for _, j in pairs}
    begun_a = begun_b = 0
    for end_a, end_b in [*chain, (len(a), len(b))]:
        free_a = [i for i in range(begun_a, end_a) if i not in taken_a]
        free_b = [j for j in range(begun_b, end_b) if j not in taken_b]
        pairs += _between(a, b, free_a, free_b)
        begun_a, begun_b = end_a + 1, end_b + 1
    pairs.sort()
    straight = set(_chain(pairs))
    return [Match(i, j, (i, j) not in straight) for i, j in pairs]


def _named(a: Sequence[Layer], b: Sequence[Layer]) -> list[tuple[int, int]]:
    """Return the layers of one name and kind; where a name is taken twice, first goes with first."""
    places = {key: j for j, key in enumerate(_keys(b))}
    found = ((i, places.get(key)) for i, key in enumerate(_keys(a)))
    return [(i, j) for i, j in found if j is not None]


def _keys(layers: Iterable[Layer]) -> list[Hashable]:
    seen: Counter[tuple[str, str]] = Counter()
    out: list[Hashable] = []
    for layer in layers:
        key = (layer.name, layer.kind)
        out.append((*key, seen[key]))
        seen[key] += 1
    return out


def _chain(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest row of `pairs` (which are in the order of their first) that does not cross itself."""
    ends: list[int] = []
    lasts: list[int] = []
    before: list[int] = []
    for at, (_i, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(lasts[length - 1] if length else -1)
        if length == len(ends):
            ends.append(j)
            lasts.append(at)
        else:
            ends[length], lasts[length] = j, at
    out: list[tuple[int, int]] = []
    at = lasts[-1] if lasts else -1
    while at >= 0:
        out.append(pairs[at])
        at = before[at]
    return out[::-1]


def _between(a: Sequence[Layer], b: Sequence[Layer], rows: Places, columns: Places) -> list[tuple[int, int]]:
    """Return which of the layers at `rows` and at `columns` belong together, none of them by name and kind."""
    if not rows or not columns:
        return []
    looks = [_look(a[i]) for i in rows], [_look(b[j]) for j in columns]
    alike = common(*looks)
    out: list[tuple[int, int]] = []
    begun = (0, 0)
    for end in [*alike, (len(rows), len(columns))]:
        inner, others = rows[begun[0] : end[0]], columns[begun[1] : end[1]]
        out += _of_a_kind(a, b, inner, others)
        begun = end[0] + 1, end[1] + 1
    return [*out, *((rows[i], columns[j]) for i, j in alike)]


def _of_a_kind(a: Sequence[Layer], b: Sequence[Layer], rows: Places, columns: Places) -> list[tuple[int, int]]:
    found = common([a[i].kind for i in rows], [b[j].kind for j in columns])
    out = [(rows[i], columns[j]) for i, j in found]
    taken = {j for _, j in out}
    left = {b[j].name: j for j in reversed(columns) if j not in taken and b[j].name}
    done = {i for i, _ in out}
    out.extend((i, left.pop(a[i].name)) for i in rows if i not in done and a[i].name in left)
    return out


@functools.cache
def own_fields(kind: type[Layer]) -> tuple[str, ...]:
    """Return `kind.own_fields()`, worked out once."""
    return kind.own_fields()


def _look(layer: Layer) -> Hashable:
    """Return what a layer is but for its name and its inputs, which change with those of others."""
    return (layer.kind, layer.enabled, *(getattr(layer, name) for name in own_fields(type(layer))))


def common(a: Sequence[Hashable], b: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return a longest common subsequence, as places in `a` and `b`.

    Notes
    -----
    Hyyrö, "Bit-parallel LCS-length computation revisited", 2004: the table's rows are whole numbers, a bit a column,
    so that a thousand by a thousand takes milliseconds.
    """
    places: dict[Hashable, int] = {}
    for j, item in enumerate(b):
        places[item] = places.get(item, 0) | 1 << j
    every = (1 << len(b)) - 1
    row, rows = every, []
    for item in a:
        hit = row & places.get(item, 0)
        row = ((row + hit) | (row - hit)) & every
        rows.append(row)
    out: list[tuple[int, int]] = []
    i, j = len(a), len(b)
    while i and j:
        if rows[i - 1] >> (j - 1) & 1:
            j -= 1
            continue
        i -= 1
        if i == 0 or rows[i - 1] >> (j - 1) & 1:
            j -= 1
            out.append((i, j))
    return out[::-1]
