"""The blocks that a script's comments tell of: written beside their layers, and put together again from them."""

from __future__ import annotations

import io
import json
import re
import tokenize
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from pydantic import ValidationError

from guiapp.core.blocks import closed
from guiapp.core.layers import Layer, create, kinds
from guiapp.core.layers.blocks import Block, Group
from guiapp.core.network import NetworkSpec
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
    at = list(lines)
    for section in sections:
        rows = [row for row, line in enumerate(at) if section.begin < line < section.end]
        if not rows:
            continue
        name = section.block.name
        try:
            network = _closed(network, rows, section.block)
        except UserError as exc:
            notes.append(f"{printable(name)} is no block here, and its layers stay as they are: {exc.sentence}")
            continue
        at[rows[0] : rows[-1] + 1] = [at[rows[0]]]
        made = network.layers[rows[0]]
        if made.kind != section.block.kind:
            title = type(section.block).title
            notes.append(f"{printable(name)} is a Group here: its layers are no longer those of its {title}.")
    return _renamed(network, [section.block.name for section in sections])


def _closed(network: NetworkSpec, rows: Sequence[int], block: Layer) -> NetworkSpec:
    safe = keras_name(block.name)
    grouped = [layer.with_fields(group=safe) if at in rows else layer for at, layer in enumerate(network.layers)]
    former = () if isinstance(block, Group) else (block.with_fields(name=safe),)
    return closed(NetworkSpec(layers=tuple(grouped), blocks=former), rows, safe)


def _renamed(network: NetworkSpec, names: Sequence[str]) -> NetworkSpec:
    """Return the network with blocks called as they were, which were put together by names as Keras has them."""
    for name in names:
        taken = [layer.name for layer in network.layers]
        safe = keras_name(name)
        at = taken.index(safe) if safe in taken and name not in taken else -1
        if at >= 0 and isinstance(network.layers[at], Block):
            network = network.replace(at, network.layers[at].with_fields(name=name))
    return network
