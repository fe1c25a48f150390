"""What layers take once some of them were moved."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from guiapp.core.layers import Layer

Takes = dict[str, tuple[str, ...]]
"""What each layer takes, by name."""


def rewired(before: Sequence[Layer], after: Sequence[Layer], moved: Collection[str]) -> tuple[Layer, ...]:
    """Return the layers in their new order, each taking what a person who moved some of them means it to take.

    Where layers that were moved name what they take, and all of it is still above them, everything takes what it
    took. Otherwise they are taken out of the chain that they were in, which closes, and put into the one that they
    come to, as beads on a string.

    Parameters
    ----------
    before : sequence of Layer
        The layers in their old order.
    after : sequence of Layer
        The same layers in their new order.
    moved : collection of str
        Names of those that were moved.
    """
    chunk = [layer for layer in after if layer.name in moved]
    names = {layer.name for layer in after}
    if [layer.name for layer in before] == [layer.name for layer in after]:
        return tuple(after)
    alike = names == {layer.name for layer in before} and len(names) == len(after) == len(before)
    top = not chunk or any(layer.max_inputs == 0 for layer in chunk) or after[0].name in moved
    if not alike or top or not any(layer.inputs for layer in before):
        return tuple(after)
    takes = _takes(before)
    if not (_named(chunk, takes) and _in_order(after, takes)):
        takes = _strung(after, [layer.name for layer in chunk], takes, {layer.name: layer for layer in before})
    return tuple(_taking(layer, at, after, takes) for at, layer in enumerate(after))


def _takes(layers: Sequence[Layer]) -> Takes:
    found: Takes = {}
    for at, layer in enumerate(layers):
        implied = (layers[at - 1].name,) if at and layer.max_inputs else ()
        found[layer.name] = layer.inputs or implied
    return found


def _named(chunk: Sequence[Layer], takes: Takes) -> bool:
    """Say whether each moved layer names what it takes, unless it takes another of them."""
    own = {layer.name for layer in chunk}
    return all(layer.inputs or own.issuperset(takes[layer.name]) for layer in chunk)


def _in_order(layers: Sequence[Layer], takes: Takes) -> bool:
    above: set[str] = set()
    for layer in layers:
        if not above.issuperset(takes[layer.name]):
            return False
        above.add(layer.name)
    return True


def _strung(after: Sequence[Layer], chunk: Sequence[str], takes: Takes, layers: Mapping[str, Layer]) -> Takes:
    places = {layer.name: at for at, layer in enumerate(after)}
    own = set(chunk)
    first, last = chunk[0], chunk[-1]
    entry = _entry(takes[first], own)
    takes = _taken_out(takes, own, entry, places, layers)
    above = after[places[first] - 1].name
    begun = (above if name == entry or not _is_above(name, first, places) else name for name in takes[first])
    takes[first] = _unique(begun, takes[first]) or (above,)
    users = [layer.name for layer in after if layer.name not in own and above in takes[layer.name]]
    below = after[places[last] + 1].name if places[last] + 1 < len(after) else ""
    user = below if below in users else users[0] if len(users) == 1 else ""
    if user and places[user] > places[last]:
        takes[user] = _unique((last if name == above else name for name in takes[user]), takes[user])
    return takes


def _entry(taken: Sequence[str], own: Collection[str]) -> str:
    """Return the layer that the chain came from: the last of several, which is the one most lately reached."""
    outside = [name for name in taken if name not in own]
    return outside[-1] if outside else ""


def _taken_out(
    takes: Takes, own: Collection[str], entry: str, places: Mapping[str, int], layers: Mapping[str, Layer]
) -> Takes:
    """Return what each layer takes where the chain is closed behind the layers that were moved.

    A layer that several take and that is still above goes on being taken by those who name it.
    """
    users: dict[str, int] = {}
    for name, taken in takes.items():
        for source in taken if name not in own else ():
            users[source] = users.get(source, 0) + 1
    closed: Takes = {}
    for name, taken in takes.items():
        kept: list[str] = []
        for source in taken if name not in own else ():
            stays = source not in own or (users[source] > 1 and layers[name].inputs and _is_above(source, name, places))
            kept.append(source if stays or not entry else entry)
        closed[name] = taken if name in own else _unique(kept, taken)
    return closed


def _is_above(source: str, name: str, places: Mapping[str, int]) -> bool:
    return places.get(source, len(places)) < places[name]


def _unique(names: Iterable[str], former: tuple[str, ...]) -> tuple[str, ...]:
    """Return each name once, or `former` where they are the same: what was taken twice stays so."""
    now = tuple(names)
    return former if now == former else tuple(dict.fromkeys(now))


def _taking(layer: Layer, at: int, after: Sequence[Layer], takes: Takes) -> Layer:
    """Return the layer with the inputs that it takes; without any where that is the layer above."""
    wanted = takes[layer.name]
    if not layer.max_inputs or wanted == layer.inputs:
        return layer
    implied = (after[at - 1].name,) if at else ()
    inputs = () if wanted == implied else wanted
    return layer if inputs == layer.inputs else layer.with_fields(inputs=inputs)
