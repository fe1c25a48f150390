"""What is different between two networks: layers, fields, shapes, parameters, totals, and settings of the training."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from guiapp.core.aligning import Match, align, own_fields
from guiapp.core.analysis import Analysis, LayerInfo, analyse
from guiapp.core.blocks import flat
from guiapp.core.differences import ARROW, Difference, field_differences, value_words
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec
from guiapp.core.project import TrainingSettings

State = Literal["same", "changed", "reshaped", "moved", "only a", "only b"]
STATE_WORDS: dict[State, str] = {
    "same": "same",
    "changed": "changed",
    "reshaped": "other input",
    "moved": "moved",
    "only a": "only in A",
    "only b": "only in B",
}
"""What is said of a state, in the window and on the command line."""

Unit = Literal["", "bytes", "side"]
SMALL, LARGE = 0.1, 300
"""Changes below so many percent are not told exactly, and those above as a factor."""

BYTES = 4
"""Of a number as it is saved."""


@dataclass(frozen=True)
class Row:
    """A layer of one network beside what it is in the other.

    Attributes
    ----------
    a, b : LayerInfo or None
        What the arithmetic says of it in each; None where it is in the other only.
    at_a, at_b : int
        Where it is, -1 where it is not.
    differences : tuple of Difference
        The fields that have other values.
    moved : bool
        Whether it has another place among the layers that both have.
    """

    a: LayerInfo | None
    b: LayerInfo | None
    at_a: int = -1
    at_b: int = -1
    differences: tuple[Difference, ...] = ()
    moved: bool = False

    @functools.cached_property
    def state(self) -> State:
        """What became of it; what differs in fields and in place counts as changed."""
        if self.a is None:
            return "only b"
        if self.b is None:
            return "only a"
        if self.differences:
            return "changed"
        if self.moved:
            return "moved"
        return "reshaped" if self.reshaped else "same"

    @functools.cached_property
    def reshaped(self) -> bool:
        """Whether other numbers come out of it, or are in it."""
        if self.a is None or self.b is None:
            return False
        return self.a.shape != self.b.shape or self.a.parameters != self.b.parameters or self.a.macs != self.b.macs

    @property
    def text(self) -> str:
        """What is different, in words; empty where nothing is."""
        parts = [difference.text for difference in self.differences]
        if self.moved:
            parts.append(f"Place {self.at_a + 1} {ARROW} {self.at_b + 1}")
        return ", ".join(parts)


@dataclass(frozen=True)
class Total:
    """A figure of both networks as a whole; None where it cannot be told."""

    name: str
    label: str
    a: int | None
    b: int | None
    unit: Unit = ""

    @property
    def change(self) -> int | None:
        """How much more `b` is."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def share(self) -> float | None:
        """How much more `b` is, as a share of `a`."""
        return None if self.change is None or not self.a else self.change / self.a

    @property
    def share_words(self) -> str:
        """`share` in words: ``+44.4 %``; empty where nothing changed, or there was nothing before."""
        if not self.change or self.share is None:
            return ""
        percent = self.share * 100
        if abs(percent) < SMALL:
            return f"less than ±{SMALL} %"
        return f"{percent:+,.1f} %" if abs(percent) < LARGE else f"×{self.share + 1:,.1f}"


@dataclass(frozen=True)
class Comparison:
    """Two networks side by side: every layer of both in exactly one row."""

    rows: tuple[Row, ...]
    totals: tuple[Total, ...]

    @functools.cached_property
    def counts(self) -> Counter[State]:
        """How many rows there are of each state."""
        return Counter(row.state for row in self.rows)

    @property
    def whole_blocks(self) -> bool:
        """Whether a block is different, whose layers were not compared one by one."""
        sides = ((row.a, row.b) for row in self.rows if row.state != "same")
        return any(info is not None and isinstance(info.layer, Block) for both in sides for info in both)

    @property
    def same(self) -> bool:
        """Whether there is no difference."""
        return self.counts["same"] == len(self.rows)


def compare(a: NetworkSpec, b: NetworkSpec, *, opened: bool = False) -> Comparison:
    """Compare two networks.

    Parameters
    ----------
    a, b : NetworkSpec
        The networks; differences are told as what became of `a` in `b`.
    opened : bool
        Whether blocks are compared layer by layer, instead of field by field.
    """
    if opened:
        a, b = flat(a), flat(b)
    found = analyse(a), analyse(b)
    return Comparison(tuple(_rows(found, align(a.layers, b.layers))), _totals(a, b, found))


def _rows(found: tuple[Analysis, Analysis], matches: Sequence[Match]) -> list[Row]:
    """Return the rows in the order of both; where they part, those of the first come before those of the second."""
    a, b = found[0].rows, found[1].rows
    names = {a[match.a].layer.name: b[match.b].layer.name for match in matches}
    by_a = {match.a: match for match in matches}
    paired = {match.b for match in matches}
    rows: list[Row] = []
    begun = 0

    def only_b(end: int) -> None:
        nonlocal begun
        rows.extend(Row(None, b[j], at_b=j) for j in range(begun, end) if j not in paired)
        begun = max(begun, end)

    for i, info in enumerate(a):
        match = by_a.get(i)
        if match is None:
            rows.append(Row(info, None, at_a=i))
            continue
        if not match.moved:
            only_b(match.b)
        other = b[match.b]
        differs = () if info.layer is other.layer else _differences(a, b, match, names)
        rows.append(Row(info, other, i, match.b, differs, match.moved))
    only_b(len(b))
    return rows


def _differences(
    a: Sequence[LayerInfo], b: Sequence[LayerInfo], match: Match, names: dict[str, str]
) -> tuple[Difference, ...]:
    one, two = a[match.a].layer, b[match.b].layer
    out: list[Difference] = []
    if one.name != two.name:
        out.append(Difference("name", "Name", one.name, two.name))
    if one.kind != two.kind:
        out.append(Difference("kind", "Kind", type(one).title, type(two).title))
    else:
        out += field_differences(one, two, own_fields(type(one)))
    if one.enabled != two.enabled:
        out.append(Difference("enabled", "Enabled", value_words(one.enabled), value_words(two.enabled)))
    taken = tuple(names.get(name, name) for name in _taken(a, match.a)), _taken(b, match.b)
    if taken[0] != taken[1]:
        shown = [", ".join(_taken(rows, at)) or "the layer above" for rows, at in ((a, match.a), (b, match.b))]
        out.append(Difference("inputs", "Takes", *shown))
    return tuple(out)


def _taken(rows: Sequence[LayerInfo], at: int) -> tuple[str, ...]:
    """Return the inputs that a layer names, none where it is the layer above."""
    inputs = rows[at].layer.inputs
    return () if at and inputs == (rows[at - 1].layer.name,) else inputs


def _totals(a: NetworkSpec, b: NetworkSpec, found: tuple[Analysis, Analysis]) -> tuple[Total, ...]:
    one, two = found
    built = [
        analysis if flat(network) is network else analyse(flat(network))
        for network, analysis in zip((a, b), found, strict=True)
    ]
    return (
        Total("layers", "Layers", len(a.layers), len(b.layers)),
        Total("depth", "Depth", _depth(built[0]), _depth(built[1])),
        Total("parameters", "Parameters", one.parameters, two.parameters),
        Total("trainable", "Trainable", one.trainable, two.trainable),
        Total("macs", "Multiply-adds", one.macs, two.macs),
        Total("activations", "Activations", one.activations * BYTES, two.activations * BYTES, "bytes"),
        Total("disk", "On disk", one.parameters * BYTES, two.parameters * BYTES, "bytes"),
        Total("sees", "Receptive field", _sees(built[0]), _sees(built[1]), "side"),
    )


def _depth(analysis: Analysis) -> int:
    """Return how many layers with products of weights an image passes through one after the other, at the most."""
    deep: list[int] = []
    for row in analysis.rows:
        deep.append(max((deep[source] for source in row.sources), default=0) + (row.macs > 0))
    return max(deep, default=0)


def _sees(analysis: Analysis) -> int | None:
    """Return the longer side, in pixels of the image, of what one number of the last volume depends on."""
    volumes = [row for row in analysis.rows if row.shape is not None and len(row.shape) == 3 and row.sees is not None]
    return max(volumes[-1].sees or (0,)) if volumes else None


def compare_training(a: TrainingSettings | None, b: TrainingSettings | None) -> tuple[Difference, ...] | None:
    """Return which settings of the training have other values, None where one side has none."""
    if a is None or b is None:
        return None
    return tuple(field_differences(a, b, TrainingSettings.model_fields))
