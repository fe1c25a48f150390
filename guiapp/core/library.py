"""The personal library: blocks and whole networks that were kept, what is in its files."""

from __future__ import annotations

import functools
import unicodedata
from contextlib import suppress
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator

from guiapp.core.analysis import Analysis, analyse
from guiapp.core.layers import Layer, Shape, create
from guiapp.core.layers.base import Words
from guiapp.core.layers.blocks import ENTRY
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import words

FORMAT = 1
MAX_NAME, MAX_NOTE = 80, 4000
What = Literal["network", "block"]
Side = Annotated[int, Field(ge=1, le=1_000_000)]


class LibraryItem(Words):
    """One thing that was kept.

    Attributes
    ----------
    format : int
        Which version of the file this is.
    what : str
        A whole network, or layers to insert into one.
    name, note : str
        What the person calls it, and wrote about it.
    entry : tuple of int
        The shape that a block was fed with when it was kept; empty where that was not known.
    network : NetworkSpec
        Its layers. Those of a block call what the block takes `ENTRY`.
    """

    format: Literal[1] = 1
    what: What = "network"
    name: str = Field(min_length=1, max_length=MAX_NAME)
    note: str = Field(default="", max_length=MAX_NOTE)
    entry: Annotated[tuple[Side, ...], Field(max_length=3)] = ()
    network: NetworkSpec

    @field_validator("name")
    @classmethod
    def _one_line(cls, name: str) -> str:
        if not name.strip() or not name.isprintable():
            raise ValueError("must be one line of letters, digits and signs")
        return name.strip()

    def shown(self) -> NetworkSpec:
        """Return the network to draw and to compare: a block below an Input of the shape that it was fed with."""
        if self.what == "network":
            return self.network
        top = _entry_layer(self.entry)
        layers = self.network.layers
        if top is None:
            return self.network.having(layer.with_fields(inputs=_without_entry(layer)) for layer in layers)
        return self.network.having([top, *layers])

    @functools.cached_property
    def analysis(self) -> Analysis:
        """What the arithmetic says of `shown`."""
        return analyse(self.shown())

    @property
    def layers(self) -> int:
        """How many layers it has."""
        return len(self.network.layers)

    @property
    def parameters(self) -> int:
        """How many numbers it holds, as far as that can be told."""
        return self.analysis.parameters


def _entry_layer(entry: Shape) -> Layer | None:
    """Return a layer that gives `entry` to a block which is looked at alone; None where no image has such a shape."""
    if len(entry) != 3:
        return None
    with suppress(ValidationError):
        return create("Input", name=ENTRY, height=entry[0], width=entry[1], channels=3).model_copy(
            update={"channels": entry[2], "scaling": "none"}
        )
    return None


def _without_entry(layer: Layer) -> tuple[str, ...]:
    return tuple(name for name in layer.inputs if name != ENTRY)


def same_name(one: str, two: str) -> bool:
    """Whether two names would be taken for each other."""
    return _folded(one) == _folded(two)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name.strip()).casefold()


def network_item(network: NetworkSpec, name: str, note: str = "") -> LibraryItem:
    """Return a whole network as a thing of the library.

    Raises
    ------
    UserError
        When name or note are not right, or there are no layers.
    """
    if not network.layers:
        raise UserError("The network has no layers", mend="Add some first")
    return _made(what="network", name=name, note=note, network=network)


def block_item(network: NetworkSpec, rows: tuple[int, ...], name: str, note: str = "") -> LibraryItem:
    """Return the layers at `rows` as a thing of the library.

    Raises
    ------
    UserError
        When name or note are not right, an Input is among them, or more than one other layer feeds them.
    """
    rows = tuple(sorted(rows))
    if not rows:
        raise UserError("no layers are chosen", mend="Choose some in the list first")
    chosen = [network.layers[row] for row in rows]
    if any(layer.max_inputs == 0 for layer in chosen):
        raise UserError("The Input cannot be part of a block", mend="Choose layers below it")
    entry = _entry(network, rows)
    layers = _block_layers(network, rows, entry)
    found = analyse(network).rows
    above = next((i for i, layer in enumerate(network.layers) if layer.name == entry), -1)
    shape = found[above].shape if above >= 0 else None
    return _made(what="block", name=name, note=note, entry=shape or (), network=NetworkSpec(layers=layers))


def _above(network: NetworkSpec, row: int) -> tuple[str, ...]:
    layer = network.layers[row]
    return layer.inputs or ((network.layers[row - 1].name,) if row else ())


def _entry(network: NetworkSpec, rows: tuple[int, ...]) -> str:
    """Return the name of the one layer that feeds those at `rows`."""
    inside = {network.layers[row].name for row in rows}
    outside = [name for row in rows for name in _above(network, row) if name not in inside]
    if len(set(outside)) > 1:
        named = " and ".join(sorted(set(outside))[:4])
        raise UserError(f"The chosen layers take {named}", mend="A block takes exactly one layer; choose others")
    return outside[0] if outside else ""


def _block_layers(network: NetworkSpec, rows: tuple[int, ...], entry: str) -> tuple[Layer, ...]:
    """Return the layers with what feeds them called `ENTRY`, naming nothing where they take the one above."""
    names = {network.layers[row].name: network.layers[row].name for row in rows}
    if ENTRY in names:
        names[ENTRY] = _free(ENTRY, set(names))
    out: list[Layer] = []
    for row in rows:
        layer = network.layers[row]
        taken = tuple(names.get(name, ENTRY) if name != entry else ENTRY for name in _above(network, row))
        before = out[-1].name if out else ENTRY
        inputs = () if taken == (before,) else taken
        out.append(layer.with_fields(name=names[layer.name], inputs=inputs, group=""))
    return tuple(out)


def _free(stem: str, taken: set[str]) -> str:
    number = 1
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def changed(item: LibraryItem, **fields: str) -> LibraryItem:
    """Return `item` with another name or note.

    Raises
    ------
    UserError
        When it is not right.
    """
    return _made(**{**{name: getattr(item, name) for name in LibraryItem.model_fields}, **fields})


def _made(**fields: Any) -> LibraryItem:
    try:
        return LibraryItem(**fields)
    except ValidationError as exc:
        where, _, what = words(exc)[0].partition(": ")
        raise UserError(what, where=f"The {where}", mend="Change it") from None
