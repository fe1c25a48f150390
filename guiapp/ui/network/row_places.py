"""Where the parts of a row of the layer list begin, and which rows lie together."""

from __future__ import annotations

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers.blocks import Block
from guiapp.ui.network.editing import Rows

ICON, NAME = 22, 46
INDENT, CHEVRON = 14, 12


def chevron(row: LayerInfo, *, first: bool) -> tuple[int, str]:
    """Return where a row's chevron begins, and its icon: right on a closed block, down on the first of an opened one.

    The icon is "" where the row has none.
    """
    if isinstance(row.layer, Block):
        return NAME - 6 + (INDENT if row.layer.group else 0), "chevron-right"
    return (ICON - 4, "chevron-down") if row.layer.group and first else (-1, "")


def name_left(row: LayerInfo) -> int:
    """Return where the name begins in a row."""
    indent = INDENT if row.layer.group else 0
    return NAME + indent + (INDENT - 2 if isinstance(row.layer, Block) else 0)


def runs(rows: Rows) -> list[tuple[int, int]]:
    """Return rows as first and last of each run without a gap."""
    out: list[tuple[int, int]] = []
    for row in rows:
        if out and row == out[-1][1] + 1:
            out[-1] = (out[-1][0], row)
        else:
            out.append((row, row))
    return out
