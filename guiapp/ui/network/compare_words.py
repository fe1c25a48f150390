"""A comparison in words: what is said of each layer and of each figure, and all of it as text for elsewhere."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from guiapp.core.analysis import LayerInfo
from guiapp.core.compare import STATE_WORDS, Comparison, Row, State, Total
from guiapp.core.differences import Difference
from guiapp.ui.network.words import byte_text, shape_text, short_count

HEADS = ("", "A", "Output", "Parameters", "B", "Output", "Parameters", "What is different")
STATE, NAME_A, SHAPE_A, PARAMETERS_A, NAME_B, SHAPE_B, PARAMETERS_B, TEXT = range(8)
RIGHT = (SHAPE_A, PARAMETERS_A, SHAPE_B, PARAMETERS_B)
LOOKS: dict[State, tuple[str, str]] = {
    "same": ("", "secondary"),
    "changed": ("differs", "accent"),
    "reshaped": ("merge", "secondary"),
    "moved": ("sort", "accent"),
    "only a": ("minus", "bad"),
    "only b": ("add", "good"),
}
"""The icon of a state, and its colour."""

TIPS: dict[State, str] = {
    "same": "Nothing about it is different.",
    "changed": "Fields of it have other values.",
    "reshaped": "Its fields are the same, but other numbers come in from above.",
    "moved": "It has another place among the layers.",
    "only a": "B has no such layer.",
    "only b": "A has no such layer.",
}


def cells(row: Row) -> tuple[str, ...]:
    """Return the words of a row, a column each."""
    return (STATE_WORDS[row.state], *_side(row.a), *_side(row.b), row.text)


def _side(info: LayerInfo | None) -> tuple[str, str, str]:
    if info is None:
        return "", "", ""
    return f"{info.layer.name} · {type(info.layer).title}", shape_text(info.shape), f"{info.parameters:,}"


def marked(row: Row) -> frozenset[int]:
    """Return the columns that differ from their counterpart."""
    if row.a is None:
        return frozenset({NAME_B, SHAPE_B, PARAMETERS_B})
    if row.b is None:
        return frozenset({NAME_A, SHAPE_A, PARAMETERS_A})
    found = {TEXT} if row.text else set()
    one, two = _side(row.a), _side(row.b)
    for i, (left, right) in enumerate(zip(one, two, strict=True)):
        if left != right:
            found |= {NAME_A + i, NAME_B + i}
    return frozenset(found)


def figure(total: Total, value: int | None) -> str:
    """Return one side of a total in words."""
    if value is None:
        return "–"
    if total.unit == "bytes":
        return byte_text(value)
    if total.unit == "side":
        return f"{value:,} px"
    # Both sides and their change are written alike.
    largest = max(abs(side) for side in (total.a, total.b, 0) if side is not None)
    return f"{value:,}" if largest < 10**12 else short_count(value)


def change(total: Total) -> str:
    """Return how much more the second side is, in words."""
    if not total.change:
        return "" if total.change is None else "same"
    return ("+" if total.change > 0 else "−") + figure(total, abs(total.change))


def table(found: Comparison, rows: Sequence[Row], titles: tuple[str, str]) -> list[tuple[str, ...]]:
    """Return `rows` and the totals as cells under their heads, for a file or the clipboard."""
    heads = (
        "",
        f"A: {titles[0]}",
        "Output A",
        "Parameters A",
        f"B: {titles[1]}",
        "Output B",
        "Parameters B",
        HEADS[TEXT],
    )
    out = [heads, *(cells(row) for row in rows), ("",) * len(heads)]
    for total in found.totals:
        both = figure(total, total.a), figure(total, total.b)
        out.append((total.label, both[0], "", "", both[1], "", "", f"{change(total)} {share(total)}".strip()))
    return out


def to_text(rows: Sequence[tuple[str, ...]]) -> str:
    """Return cells as lines with tabs, as spreadsheets take them from the clipboard."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows) + "\n"


def to_csv(rows: Sequence[tuple[str, ...]]) -> str:
    """Return cells as comma-separated values."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def summary(found: Comparison) -> str:
    """Return how many layers are what, in words."""
    if found.same:
        return "No layer is different."
    told = [
        f"{found.counts[state]:,} {STATE_WORDS[state]}"
        for state in STATE_WORDS
        if state != "same" and found.counts[state]
    ]
    return " · ".join([*told, f"{found.counts['same']:,} same"])


def training_words(training: Sequence[Difference] | None) -> str:
    """Return which settings of the training are different, in words."""
    if not training:
        return "Training: the same settings."
    return "Training: " + " · ".join(difference.text for difference in training)


def share(total: Total) -> str:
    """Return the change of a total in percent, with the sign that belongs before figures."""
    return total.share_words.replace("-", "−")
