"""Comparing two networks on the command line."""

from __future__ import annotations

from argparse import Namespace

from guiapp.cli import console
from guiapp.core import sides
from guiapp.core.analysis import LayerInfo
from guiapp.core.compare import STATE_WORDS, Comparison, Row, State, Total, compare, compare_training
from guiapp.core.differences import Difference
from guiapp.core.notify import printable
from guiapp.core.shapes import shape_text
from guiapp.core.sides import Side

MARKS: dict[State, str] = {
    "same": " ", "changed": "~", "reshaped": ":", "moved": "^", "only a": "-", "only b": "+",
}  # fmt: skip
KEY = ", ".join(f"{mark} {STATE_WORDS[state]}" for state, mark in MARKS.items() if mark.strip())
WHOLE = "Blocks are compared as a whole; --flat compares the layers inside them."


def run(arguments: Namespace) -> int:
    """Show what is different between two networks."""
    a, b = sides.named(arguments.first), sides.named(arguments.second)
    found = compare(a.network, b.network, opened=arguments.flat)
    training = compare_training(a.training, b.training)
    if arguments.json:
        console.out_json(_as_json(a, b, found, training))
    else:
        _in_words(a, b, found, training)
    return 0


def _in_words(a: Side, b: Side, found: Comparison, training: tuple[Difference, ...] | None) -> None:
    console.out(f"A  {printable(a.title)}  {printable(a.place)}".rstrip())
    console.out(f"B  {printable(b.title)}  {printable(b.place)}".rstrip())
    console.out("")
    _columns([("", "layer", "kind", "output", "parameters", "what is different"), *map(_cells, found.rows)])
    console.out("")
    _columns([("", "total", "A", "B", "change", ""), *map(_total_cells, found.totals)])
    if training:
        console.out("")
        console.out(f"training: {', '.join(difference.text for difference in training)}")
    console.out("")
    console.out("No layer is different." if found.same else KEY)
    if found.whole_blocks:
        console.out(WHOLE)


def _columns(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    for cells in rows:
        left = [cell.ljust(width) for cell, width in zip(cells[:3], widths[:3], strict=True)]
        right = [cell.rjust(width) for cell, width in zip(cells[3:5], widths[3:5], strict=True)]
        console.out("  ".join([*left, *right, cells[5]]).rstrip())


def _cells(row: Row) -> tuple[str, ...]:
    one, two = row.a or row.b, row.b or row.a
    assert one is not None
    assert two is not None
    shape, parameters = _both(_shape(one), _shape(two)), _both(f"{one.parameters:,}", f"{two.parameters:,}")
    name = _both(printable(one.layer.name), printable(two.layer.name))
    kind = _both(one.layer.kind, two.layer.kind)
    return MARKS[row.state], name, kind, shape, parameters, printable(row.text)


def _both(one: str, two: str) -> str:
    return one if one == two else f"{one} → {two}"


def _shape(info: LayerInfo) -> str:
    return shape_text(info.shape) if info.shape else "?"


def _total_cells(total: Total) -> tuple[str, ...]:
    unit = {"bytes": " B", "side": " px"}.get(total.unit, "")
    a, b = ("?" if value is None else f"{value:,}{unit}" for value in (total.a, total.b))
    change = "" if total.change is None else f"{total.change:+,}{unit}"
    return "", total.label, a, b, change if total.change else "same", total.share_words


def _as_json(a: Side, b: Side, found: Comparison, training: tuple[Difference, ...] | None) -> dict[str, object]:
    return {
        "a": {"title": a.title, "place": a.place},
        "b": {"title": b.title, "place": b.place},
        "same": found.same and not training,
        "rows": [
            {
                "state": row.state,
                "moved": row.moved,
                "a": _layer(row.a),
                "b": _layer(row.b),
                "differences": [_difference(difference) for difference in row.differences],
            }
            for row in found.rows
        ],
        "totals": {total.name: {"a": total.a, "b": total.b, "change": total.change} for total in found.totals},
        "training": None if training is None else [_difference(difference) for difference in training],
    }


def _layer(info: LayerInfo | None) -> dict[str, object] | None:
    if info is None:
        return None
    return {
        "name": info.layer.name,
        "kind": info.layer.kind,
        "shape": list(info.shape) if info.shape else None,
        "parameters": info.parameters,
        "macs": info.macs,
    }


def _difference(difference: Difference) -> dict[str, str]:
    return {"field": difference.field, "label": difference.label, "a": difference.old, "b": difference.new}
