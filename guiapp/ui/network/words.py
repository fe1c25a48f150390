"""How shapes and counts are written, and which colour stands for which family of layers."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QColor

from guiapp.core import shapes
from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Layer, Problem, Shape
from guiapp.ui.form import sentence
from guiapp.ui.network.inks import inks

_UNITS = ("", "K", "M", "G", "T", "P")


def shape_text(shape: Shape | None) -> str:
    """Write a shape: ``28×28×12``, ``7×7×1,280``, ``1,024``; a dash where it is not known."""
    if shape is None:
        return "–"
    return shapes.shape_text(shape)


def short_count(value: int) -> str:
    """Write a large count in four figures: ``94.1 K``, ``1.25 M``; counts below 10,000 exactly."""
    if value < 10_000:
        return f"{value:,}"
    number, unit = float(value), 0
    while number >= 999.5 and unit < len(_UNITS) - 1:
        number, unit = number / 1000, unit + 1
    return f"{number:.3g} {_UNITS[unit]}" if number < 999.5 else f"{value:.3g}"


def byte_text(count: int) -> str:
    """Write a number of bytes: ``1.2 MB``, in powers of 1,000."""
    number, units = float(count), ["B", "kB", "MB", "GB", "TB", "PB"]
    while number >= 999.5 and len(units) > 1:
        number /= 1000
        del units[0]
    return f"{number:.3g} {units[0]}"


def family_colour(layer: Layer) -> QColor:
    """Return the colour of the layer's family, in the present appearance."""
    return inks().family(layer)


def mixed(colour: QColor, share: float, ground: str = "window") -> QColor:
    """Return `colour` laid over a token with opacity `share`, as an opaque colour."""
    return inks().mixed(colour, share, ground)


def problem_text(problem: Problem) -> str:
    """Return what is wrong as a sentence, led by the layer's name."""
    text = sentence(problem.text)
    if not problem.layer:
        return text
    first = text.partition(" ")[0]
    # Names of networks, as MobileNetV2, keep their letters.
    text = text if first[1:] != first[1:].lower() else text[:1].lower() + text[1:]
    return f"{problem.layer}: {text}"


def row_problems(row: LayerInfo) -> str:
    """Return everything wrong with one layer, a sentence a line."""
    return "\n".join(sentence(problem.text) for problem in row.problems)


def row_tip(row: LayerInfo, rows: Sequence[LayerInfo] = ()) -> str:
    """Return what a tooltip says of a layer, where `rows` are those of the whole network."""
    layer = row.layer
    lines = [f"{layer.name} · {type(layer).title}" + ("" if layer.enabled else " (disabled)")]
    if row.shape is not None:
        lines.append(f"Output {shape_text(row.shape)}")
    if row.guessed or (row.shape is None and not row.problems):
        lines.append(_why_unknown(row, rows))
    if row.parameters:
        lines.append(f"{row.parameters:,} parameters")
    if row.macs:
        lines.append(f"{row.macs:,} multiply-adds an image")
    return "\n".join([line for line in (*lines, *row_problems(row).splitlines()) if line])


def _why_unknown(row: LayerInfo, rows: Sequence[LayerInfo]) -> str:
    """Return which of the layers above keeps a layer's shape from being known."""
    waiting, seen = list(row.sources), set(row.sources)
    while waiting:
        at = waiting.pop(0)
        if at >= len(rows) or (rows[at].shape is not None and not rows[at].guessed):
            continue
        if any(problem.severity == "error" for problem in rows[at].problems):
            name = rows[at].layer.name
            return f"Its input is {'only assumed' if row.guessed else 'not known'} while “{name}” has an error."
        waiting += [source for source in rows[at].sources if source not in seen]
        seen.update(rows[at].sources)
    return ""
