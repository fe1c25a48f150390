"""The blocks that a script's comments tell of: written beside their layers, and put together again from them."""

from __future__ import annotations

import io
import json
import re
import tokenize
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import ValidationError

from guiapp.core.analysis import analyse
from guiapp.core.blocks import closed
from guiapp.core.layers import Layer, Shape, create, kinds
from guiapp.core.layers.blocks import Block, Group
from guiapp.core.network import NetworkSpec, free_name
from guiapp.core.notify import UserError, printable

MARK, END = "# block: ", "# end of block: "
MOST_SECTIONS = 500
MOST_TEXT = 10_000
"""How many characters the fields of a block may take in a script."""

_AROUND = frozenset({"inputs", "enabled", "group", "layers"})
"""What the lines below the comment say, so that the comment does not."""


@dataclass(frozen=True)
class Section:
    """A block of a script.

    Attributes
    ----------
    begin, end : int
        The lines of the comments around its layers.
    block : Layer
        The block as the comment has it, which its layers may no longer be.
    """

    begin: int
    end: int
    block: Layer


def block_fields(block: Layer) -> dict[str, Any]:
    """Return what the comment on a block holds: its kind, its name, and the fields that are not as usual."""
    fields: dict[str, Any] = block.model_dump(mode="json", exclude=set(_AROUND), exclude_defaults=True)
    return {"kind": block.kind, "name": block.name, **fields}


def keras_name(name: str) -> str:
    """Return the nearest name that TensorFlow takes: letters, digits, ``_``, ``.`` and ``-``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9_.-]", "_", plain)
    return stem if re.match(r"[A-Za-z0-9]", stem) else f"layer{stem}"


def end_words(name: str) -> str:
    """Return the comment below a block's layers."""
    return f"{END}{printable(name)}"


def sections_of(data: bytes, notes: list[str]) -> list[Section]:
    """Return the blocks that a script's comments tell of, those inside others first; nothing in it is run.

    What is wrong with a comment is added to `notes`.
    """
    if MARK.encode() not in data:
        return []
    begun: list[tuple[int, Layer]] = []
    out: list[Section] = []
    for line, text in _comments(data):
        if text.startswith(MARK):
            block = _block(text.removeprefix(MARK))
            if block is None:
                notes.append(f"line {line}: the comment tells of no block; its layers stay as they are.")
            elif len(begun) + len(out) < MOST_SECTIONS:
                begun.append((line, block))
        elif text.startswith(END):
            name = text.removeprefix(END).strip()
            at = next((at for at in reversed(range(len(begun))) if printable(begun[at][1].name) == name), None)
            if at is not None:
                out.append(Section(begun[at][0], line, begun[at][1]))
                del begun[at:]
    return out


def _comments(data: bytes) -> Iterator[tuple[int, str]]:
    """Yield the comments that begin or end a block, those on several lines joined, with the lines that they end on."""
    held, at = "", 0
    try:
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type != tokenize.COMMENT:
                continue
            line, text = token.start[0], token.string
            if held and line == at + 1 and not text.startswith((MARK, END)) and not _is_whole(held):
                held, at = f"{held} {text.removeprefix('#').strip()}"[: 2 * MOST_TEXT], line
                continue
            if held:
                yield at, held
            held, at = (text, line) if text.startswith((MARK, END)) else ("", 0)
    except (tokenize.TokenError, SyntaxError):
        pass  # what is not Python is told elsewhere
    if held:
        yield at, held


def _is_whole(text: str) -> bool:
    return text.startswith(END) or text.endswith("}")


def _block(text: str) -> Layer | None:
    """Return the block that a comment describes, or None where it describes none."""
    try:
        if len(text) > MOST_TEXT:
            return None
        fields = json.loads(text, parse_constant=_refuse, parse_int=_whole)
        kind = kinds().get(fields.pop("kind")) if isinstance(fields, dict) else None
        if kind is None or not issubclass(kind, Block) or _AROUND & fields.keys():
            return None
        return create(kind.__name__, **fields) if fields.get("name") else None
    except (ValidationError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _refuse(name: str) -> NoReturn:
    raise ValueError(name)


def _whole(text: str) -> int:
    if len(text) > 18:
        raise ValueError(text[:18])
    return int(text)


def with_blocks(
    layers: Sequence[Layer], lines: Sequence[int], sections: Sequence[Section], notes: list[str]
) -> NetworkSpec:
    """Return the network of layers with the blocks of a script put together again.

    A block is again what it was where its layers are unchanged, and a Group that holds them otherwise.

    Parameters
    ----------
    layers : sequence of Layer
        As they are read.
    lines : sequence of int
        The line of the script that each begins on.
    sections : sequence of Section
        Those inside others first.
    notes : list of str
        Where it is added what became of blocks that are no longer what they were.
    """
    network = NetworkSpec(layers=tuple(layers))
    if not sections:
        return network
    shapes = {row.layer.name: row.shape for row in analyse(network).rows}
    now, at = list(layers), list(lines)
    for section in sections:
        rows = [row for row, line in enumerate(at) if section.begin < line < section.end]
        if not rows:
            continue
        name = section.block.name
        try:
            made = _block_of(now, rows, section.block, shapes)
        except UserError as exc:
            notes.append(f"{printable(name)} is no block here, and its layers stay as they are: {exc.sentence}")
            continue
        shapes[made.name] = shapes[now[rows[-1]].name]
        now = _folded(now, rows, made)
        at[rows[0] : rows[-1] + 1] = [at[rows[0]]]
        if made.kind != section.block.kind:
            title = type(section.block).title
            notes.append(f"{printable(name)} is a Group here: its layers are no longer those of its {title}.")
    return _renamed(NetworkSpec(layers=tuple(now)), [section.block.name for section in sections])


def _block_of(layers: Sequence[Layer], rows: Sequence[int], block: Layer, shapes: Mapping[str, Shape | None]) -> Layer:
    """Return the block that the layers at `rows` are, found by themselves: a network may hold hundreds."""
    first, last = rows[0], rows[-1]
    safe = keras_name(block.name)
    chosen = [layer.with_fields(group=safe) for layer in layers[first : last + 1]]
    entry = _entry(layers, first, last)
    _check_rest(layers, first, last, safe)
    head = _giving(entry, shapes.get(entry), chosen)
    former = () if isinstance(block, Group) or not head else (block.with_fields(name=safe),)
    head = head or (create("Input", name=entry),)
    alone = NetworkSpec(layers=(*head, *chosen), blocks=former)
    made = closed(alone, range(len(head), len(head) + len(chosen)), safe).layers[-1]
    return made.with_fields(inputs=() if layers[first - 1].name == entry else (entry,))


def _giving(entry: str, shape: Shape | None, below: Sequence[Layer]) -> tuple[Layer, ...]:
    """Return layers of which the last gives what `entry` does; none where its shape is unknown or beyond them."""
    if shape is None:
        return ()
    name = free_name("image", [*below, create("Flatten", name=entry)])
    try:
        if len(shape) == 3:
            height, width, channels = shape
            image = create("Input", name=name, height=height, width=width)
            return image, create("Conv2D", name=entry, filters=channels)
        flat = create("Flatten", name=free_name("flat", [*below, create("Flatten", name=entry)]))
        return create("Input", name=name, height=1, width=1), flat, create("Dense", name=entry, units=shape[0])
    except ValidationError:
        return ()


def _entry(layers: Sequence[Layer], first: int, last: int) -> str:
    """Return the one layer that feeds those from `first` to `last`."""
    inside = {layer.name for layer in layers[first : last + 1]}
    taken = {name for at in range(first, last + 1) for name in _taken(layers, at)} - inside
    if len(taken) != 1:
        what = f"its layers take {' and '.join(sorted(taken)) or 'nothing'}"
        raise UserError(what, mend="A block takes exactly one layer")
    return taken.pop()


def _taken(layers: Sequence[Layer], at: int) -> tuple[str, ...]:
    layer = layers[at]
    return layer.inputs or ((layers[at - 1].name,) if at and layer.max_inputs else ())


def _check_rest(layers: Sequence[Layer], first: int, last: int, name: str) -> None:
    inside = {layer.name for layer in layers[first:last]}
    rest = [*layers[:first], *layers[last + 1 :]]
    used = sorted(inside & {taken for layer in rest for taken in layer.inputs})
    if used:
        raise UserError("is used below", where=used[0], mend="Only the last layer of a block can be")
    if any(layer.name == name for layer in rest):
        raise UserError("is the name of another layer", where=name, mend="Give the block another name")


def _folded(layers: Sequence[Layer], rows: Sequence[int], block: Layer) -> list[Layer]:
    """Return the layers with `block` in place of those at `rows`."""
    end = layers[rows[-1]].name
    below = [
        layer.with_fields(inputs=tuple(block.name if name == end else name for name in layer.inputs))
        if end in layer.inputs
        else layer
        for layer in layers[rows[-1] + 1 :]
    ]
    return [*layers[: rows[0]], block, *below]


def _renamed(network: NetworkSpec, names: Sequence[str]) -> NetworkSpec:
    """Return the network with blocks called as they were, which were put together by names as Keras has them."""
    for name in names:
        taken = [layer.name for layer in network.layers]
        safe = keras_name(name)
        at = taken.index(safe) if safe in taken and name not in taken else -1
        if at >= 0 and isinstance(network.layers[at], Block):
            network = network.replace(at, network.layers[at].with_fields(name=name))
    return network
