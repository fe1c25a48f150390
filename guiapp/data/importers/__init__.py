"""Importers: one file each, found by themselves.

A module in this folder that defines ``importer``, an object with the attributes of `Importer`, adds a kind of dataset.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from guiapp.data.dataset import Dataset
from guiapp.data.work import Cancel, Progress


class Importer(Protocol):
    """A kind of dataset that can be opened."""

    @property
    def name(self) -> str:
        """Short and fixed, as project files keep it: ``"class_folders"``."""
        ...

    @property
    def title(self) -> str:
        """What a person calls it: ``"A folder for each class"``."""
        ...

    def looks_like(self, path: Path) -> float:
        """Return from 0 (not at all) to 1 (certainly) whether `path` is such a dataset; quick, never raises OSError."""
        ...

    def open(self, path: Path, progress: Progress, cancel: Cancel) -> Dataset:
        """Read which images there are, without decoding them.

        Raises
        ------
        UserError
            When it is no such dataset, or a damaged one.
        OSError
            When it cannot be read.
        Cancelled
            Once `cancel` answers True.
        """
        ...


@cache
def importers() -> tuple[Importer, ...]:
    """Return every importer, in the order of their files' names."""
    found = []
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        if hasattr(loaded, "importer"):
            found.append(cast(Importer, loaded.importer))
    return tuple(found)
