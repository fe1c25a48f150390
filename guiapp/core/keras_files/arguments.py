"""What Keras' own classes take: the names of their arguments in order, and their defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

from guiapp.core import files

Section = Literal["layers", "initializers", "regularizers", "optimizers"]
Arguments = tuple[tuple[str, *tuple[Any, ...]], ...]
"""A pair of name and default an argument; the name alone where it must be given."""


@cache
def _table() -> dict[str, dict[str, Any]]:
    """Return the table that was written from Keras itself, which the window's process does not import."""
    table: dict[str, dict[str, Any]] = json.loads((files.resources_dir() / "keras_arguments.json").read_text("utf-8"))
    return table


def arguments(section: Section, name: str) -> Arguments | None:
    """Return the arguments of a class of Keras, or None where it has no such class."""
    found = _table()[section].get(name)
    return None if found is None else tuple(tuple(argument) for argument in found)


def defaults(section: Section, name: str) -> dict[str, Any]:
    """Return what Keras takes where nothing is given."""
    return {argument[0]: argument[1] for argument in arguments(section, name) or () if len(argument) > 1}


def required(section: Section, name: str) -> tuple[str, ...]:
    """Return the arguments that must be given."""
    return tuple(argument[0] for argument in arguments(section, name) or () if len(argument) == 1)


def proper(name: str) -> str:
    """Return the name that Keras' own files give a layer: ``MaxPooling2D`` for ``MaxPool2D``."""
    return str(_table()["aliases"].get(name, name))


def named(section: Section, name: str, given: tuple[Any, ...], rest: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return arguments by their names, or None where there are more than the class takes."""
    names = [argument[0] for argument in arguments(section, name) or ()]
    if len(given) > len(names):
        return None
    return {**dict(zip(names, given, strict=False)), **rest}
