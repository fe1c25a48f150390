"""The views: one folder each, found by themselves.

A folder may hold ``compute.py`` (arrays out of a network; runs in the engine; see `guiapp.visuals.live.Compute`)
and ``panel.py`` (classes that derive from `guiapp.visuals.panel.Panel`; run in the window).
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from types import ModuleType


def _modules(part: str) -> dict[str, ModuleType]:
    found: dict[str, ModuleType] = {}
    for module in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{module.name}.{part}"
        if module.ispkg and importlib.util.find_spec(name) is not None:
            found[module.name] = importlib.import_module(name)
    return found


@cache
def computes() -> dict[str, ModuleType]:
    """Every view's compute module, by the view's name."""
    return _modules("compute")


@cache
def panels() -> dict[str, ModuleType]:
    """Every view's panel module, by the view's name."""
    return _modules("panel")
