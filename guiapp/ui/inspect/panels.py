"""The panels of the views that want to be on the Inspect page."""

from __future__ import annotations

from guiapp import visuals
from guiapp.visuals.panel import Panel

PASSED_OVER = ("maps",)
"""Views that this page shows in its own way."""


def inspect_panels() -> list[type[Panel]]:
    """Return the panels that want to be on this page, in their order."""
    values = [value for module in visuals.panels().values() for value in vars(module).values()]
    kinds = [value for value in values if isinstance(value, type) and issubclass(value, Panel)]
    unique = {kind.name: kind for kind in kinds if "inspect" in kind.places and kind.name not in PASSED_OVER}
    return sorted(unique.values(), key=lambda panel: panel.order)
