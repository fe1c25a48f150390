"""A network: ordered layers, and every change of their order and names."""

from __future__ import annotations

import functools
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, Field, Tag

from guiapp.core.layers import Layer, kinds
from guiapp.core.layers.base import MAX_NAME, Words
from guiapp.core.layers.blocks import Group
from guiapp.core.moving import rewired

MAX_LAYERS = 2000


def _kind_of(value: object) -> str | None:
    if isinstance(value, dict):
        return str(value["kind"]) if "kind" in value else None
    return value.kind if isinstance(value, Layer) else None


if TYPE_CHECKING:
    AnyLayer = Layer
else:
    _tagged = [Annotated[cls, Tag(name)] for name, cls in kinds().items()]
    AnyLayer = Annotated[functools.reduce(operator.or_, _tagged), Discriminator(_kind_of)]
    Group.model_rebuild(_types_namespace={"AnyLayer": AnyLayer})


class NetworkSpec(Words):
    """An immutable network: layers in order, each fed by the layer above unless it names its inputs.

    Attributes
    ----------
    layers : tuple of Layer
        The layers.
    blocks : tuple of Layer
        The blocks that were opened, as they were; a layer's `group` names the one that it came from.
    """

    layers: tuple[AnyLayer, ...] = ()
    blocks: tuple[AnyLayer, ...] = Field(default=(), max_length=MAX_LAYERS)

    def having(self, layers: Iterable[Layer]) -> NetworkSpec:
        """Return the network with these layers instead."""
        # Every layer was checked when it was made; checking a thousand again would be felt at each key.
        return NetworkSpec.model_construct(layers=tuple(layers), blocks=self.blocks)

    def index(self, name: str) -> int:
        """Return where the layer called `name` is.

        Raises
        ------
        KeyError
            When there is none.
        """
        for i, layer in enumerate(self.layers):
            if layer.name == name:
                return i
        raise KeyError(name)

    def __getitem__(self, name: str) -> Layer:
        return self.layers[self.index(name)]

    def unique_name(self, stem: str) -> str:
        """Return `stem`, cut where it is long, with the first number that makes it a name that is not taken."""
        return free_name(stem, self.layers)

    def insert(self, at: int, layer: Layer) -> NetworkSpec:
        """Return the network with `layer` at position `at`; it is given a free name where its own is taken or empty."""
        if not layer.name or any(other.name == layer.name for other in self.layers):
            layer = layer.with_fields(name=self.unique_name(layer.name.rstrip("0123456789") or type(layer).stem()))
        return self.having((*self.layers[:at], layer, *self.layers[at:]))

    def remove(self, at: int) -> NetworkSpec:
        """Return the network without the layer at `at`; layers that it fed take what it took."""
        gone = self.layers[at]
        above = (self.layers[at - 1].name,) if at > 0 and gone.max_inputs > 0 else ()
        taken = gone.inputs or above
        kept = [*self.layers[:at], *self.layers[at + 1 :]]
        if gone.inputs and at < len(kept) and not kept[at].inputs and kept[at].max_inputs > 0:
            # It took the layer above it, which is now another than what that one took.
            kept[at] = kept[at].with_fields(inputs=gone.inputs[: kept[at].max_inputs])
        return self.having(_without_input(layer, gone.name, taken) for layer in kept)

    def move(self, source: int, target: int) -> NetworkSpec:
        """Return the network with the layer at `source` moved so that it ends up at position `target`.

        What the layers take follows, as `guiapp.core.moving.rewired` says.
        """
        layers = list(self.layers)
        layers.insert(target, layers.pop(source))
        return self.having(rewired(self.layers, layers, {self.layers[source].name}))

    def replace(self, at: int, layer: Layer) -> NetworkSpec:
        """Return the network with `layer` at `at`; a new name is followed by the layers that named the old one.

        Where the old or the new name is also another layer's, nothing follows: whose input is meant cannot be told.
        """
        old, new = self.layers[at].name, layer.name
        layers = [*self.layers[:at], layer, *self.layers[at + 1 :]]
        others = {other.name for i, other in enumerate(self.layers) if i != at}
        if old != new and not others & {old, new}:
            layers = [_with_input_renamed(other, old, new) for other in layers]
        return self.having(layers)

    def update(self, name: str, /, **fields: Any) -> NetworkSpec:
        """Return the network with some fields of one layer changed; they are checked."""
        at = self.index(name)
        return self.replace(at, self.layers[at].with_fields(**fields))


def free_name(stem: str, layers: Iterable[Layer]) -> str:
    """Return `stem`, cut where it is long, with the first number that makes it a name of none of `layers`."""
    stem = stem[: MAX_NAME - 8]
    taken = {layer.name for layer in layers}
    n = 1
    while f"{stem}{n}" in taken:
        n += 1
    return f"{stem}{n}"


def _without_input(layer: Layer, gone: str, taken: tuple[str, ...]) -> Layer:
    if gone not in layer.inputs:
        return layer
    inputs: list[str] = []
    for name in layer.inputs:
        inputs.extend(taken if name == gone else (name,))
    return layer.with_fields(inputs=tuple(dict.fromkeys(inputs)))


def _with_input_renamed(layer: Layer, old: str, new: str) -> Layer:
    if old not in layer.inputs:
        return layer
    return layer.with_fields(inputs=tuple(new if name == old else name for name in layer.inputs))


def fitted(network: NetworkSpec, classes: int) -> NetworkSpec:
    """Return `network` with its last dense layer, which may be in a Group, giving one number a class."""
    for i in range(len(network.layers) - 1, -1, -1):
        layer = _with_units(network.layers[i], classes)
        if layer is not None:
            return network.replace(i, layer)
    return network


def _with_units(layer: Layer, units: int) -> Layer | None:
    """Return the layer with its last dense layer giving so many numbers, or None where it has none."""
    if not layer.enabled:
        return None
    if layer.kind == "Dense":
        return layer.with_fields(units=units)
    inside = layer.layers if isinstance(layer, Group) else ()
    for i in range(len(inside) - 1, -1, -1):
        found = _with_units(inside[i], units)
        if found is not None:
            return layer.with_fields(layers=(*inside[:i], found, *inside[i + 1 :]))
    return None
