"""The comments of a script that tell where blocks begin and end, and what they are."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from guiapp.core.analysis import LayerInfo, analyse
from guiapp.core.blocks import members
from guiapp.core.flattening import Named, planned
from guiapp.core.keras_files.sections import MARK, block_fields, end_words
from guiapp.core.layers import Layer, Shape
from guiapp.core.layers.blocks import Block, Group
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import printable

WIDTH = 100


@dataclass(frozen=True)
class Span:
    """A block, and the layers of the flat network that it begins and ends with."""

    block: Layer
    first: str
    last: str

    def head(self) -> list[str]:
        """Return the comments above its layers."""
        heading = f"--- {printable(self.block.name)}: {self.block.title} ---"
        return [f"    # {heading}", *_fields(self.block)]

    def foot(self) -> str:
        """Return the comment below its layers."""
        return f"    {end_words(self.block.name)}"


def _fields(block: Layer) -> list[str]:
    """Return the comment that holds the fields of a block, on as many lines as it takes; none ends within a field."""
    parts = []
    for key, value in block_fields(block).items():
        text = json.dumps(value, ensure_ascii=not (isinstance(value, str) and value.isprintable()))
        parts.append(f'"{key}": {text}'.replace(" ", "\0"))
    lines = textwrap.wrap(
        "{" + ", ".join(parts) + "}",
        WIDTH,
        initial_indent=f"    {MARK}",
        subsequent_indent="    # ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in lines]


def spans(network: NetworkSpec, flat: Sequence[str]) -> list[Span]:
    """Return the blocks of a network, the outer ones before those inside them.

    Parameters
    ----------
    network : NetworkSpec
        With its blocks, closed or opened.
    flat : sequence of str
        The layers that are built, in their order.
    """
    rows = analyse(network).rows
    plans, _ = planned(network, rows)
    at = {name: place for place, name in enumerate(flat)}
    found = [*_opened(network, plans, at), *_closed(rows, plans)]
    out = []
    for block, names in found:
        places = [at[name] for name in names if name in at]
        if places:
            out.append((min(places), -max(places), block))
    out.sort(key=lambda span: span[:2])
    return [Span(block, flat[first], flat[-last]) for first, last, block in out]


def _closed(rows: Sequence[LayerInfo], plans: dict[int, tuple[Named, ...]]) -> Iterator[tuple[Layer, tuple[str, ...]]]:
    for at, names in plans.items():
        yield from _of_block(rows[at].layer, rows[at].inputs, names)


def _of_block(block: Layer, inputs: Sequence[Shape], names: Sequence[Named]) -> Iterator[tuple[Layer, tuple[str, ...]]]:
    """Yield a block with its layers, and those inside it that were put together by hand."""
    yield block, tuple(_leaves(names))
    if isinstance(block, Group):
        for step, named in zip(block.steps(inputs), names, strict=False):
            if isinstance(step.layer, Block):
                yield from _of_block(step.layer.with_fields(name=named.name), step.inputs, named.inside)


def _leaves(names: Iterable[Named]) -> Iterator[str]:
    for named in names:
        if named.inside:
            yield from _leaves(named.inside)
        else:
            yield named.name


def _opened(
    network: NetworkSpec, plans: dict[int, tuple[Named, ...]], at: dict[str, int]
) -> Iterator[tuple[Layer, tuple[str, ...]]]:
    """Yield the blocks that were opened, where nothing else has come between their layers."""
    for block in network.blocks:
        rows = members(network, block.name)
        names = [name for row in rows for name in (_leaves(plans[row]) if row in plans else [network.layers[row].name])]
        places = sorted(at[name] for name in names if name in at)
        if places and places[-1] - places[0] == len(places) - 1:
            yield block, tuple(names)
