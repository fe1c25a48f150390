"""The layer kinds: one file a family, found by themselves.

A new kind is one class in one new or existing file of this folder; the palette, the form, the JSON,
the arithmetic and the engine's builder follow from it.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from guiapp.core.layers.base import Layer, Problem, Repair, Shape, ShapeError

__all__ = ["Layer", "Problem", "Repair", "Shape", "ShapeError", "create", "kinds"]


@cache
def kinds() -> dict[str, type[Layer]]:
    """Every layer kind by its name, in the order of the palette: by family, then as written in its file."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found: list[type[Layer]] = []

    def collect(cls: type[Layer]) -> None:
        for sub in cls.__subclasses__():
            if sub.family:
                found.append(sub)
            collect(sub)

    collect(Layer)
    return {cls.__name__: cls for cls in sorted(found, key=lambda cls: cls.order)}


def create(kind: str, **fields: Any) -> Layer:
    """Return a new layer of `kind`, with its defaults but for `fields`.

    Raises
    ------
    KeyError
        When there is no such kind.
    pydantic.ValidationError
        When a field is not of its kind or out of its range.
    """
    return kinds()[kind](**fields)
