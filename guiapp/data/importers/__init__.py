"""Importers: one file each, found by themselves.

A module in this folder that defines ``importer``, an object with the attributes of `Importer`, adds a kind of dataset.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import cast

from guiapp.data.importers.base import Importer, NoOptions

__all__ = ["Importer", "NoOptions", "importers"]


@cache
def importers() -> tuple[Importer, ...]:
    """Return every importer, in the order of their files' names."""
    found = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "importer"):
            found.append(cast(Importer, loaded.importer))
    return tuple(found)
