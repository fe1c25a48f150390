"""Where the chosen layers are after a change that came from elsewhere, as an undo."""

from __future__ import annotations

from guiapp.core.network import NetworkSpec
from guiapp.ui.network.editing import Rows


def followed(rows: Rows, old: NetworkSpec, new: NetworkSpec) -> Rows:
    """Return where the layers that were at `rows` are now: by name, or in place where only the name changed."""
    if not rows:
        return ()
    places: dict[str, int] = {}
    for i, layer in enumerate(new.layers):
        places.setdefault(layer.name, i)
    found: set[int] = set()
    for row in rows:
        name = old.layers[row].name
        if row < len(new.layers) and new.layers[row].name == name:
            found.add(row)
        elif name in places:
            found.add(places[name])
        elif len(old.layers) == len(new.layers):
            found.add(row)
    if not found and new.layers:
        return (min(rows[0], len(new.layers) - 1),)
    return tuple(sorted(found))
