"""Which fields of two layers, or settings of two trainings, have other values: in the words of the form."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from guiapp.core.aligning import align
from guiapp.core.layers import Layer
from guiapp.core.layers.blocks import Group
from guiapp.core.layers.parts import VALUE_OF, Initializer, Regularizer
from guiapp.core.shapes import shape_text

ARROW = "→"


@dataclass(frozen=True)
class Difference:
    """One field that has another value: its name, its word in the form, and both values in words."""

    field: str
    label: str
    old: str
    new: str

    @property
    def text(self) -> str:
        """In words: ``Filters 32 → 64``."""
        return f"{self.label} {self.old} {ARROW} {self.new}"


def field_differences(one: BaseModel, two: BaseModel, names: Iterable[str]) -> list[Difference]:
    """Return the fields called `names` that have other values, where they matter in either of two models of a class."""
    out: list[Difference] = []
    fields = type(one).model_fields
    for name in names:
        old, new = getattr(one, name), getattr(two, name)
        if old == new:
            continue
        info = fields[name]
        if _in_force(one, info) or _in_force(two, info):
            words = _words_of(one, two, old, new)
            out.append(Difference(name, info.title or name, *words))
    return out


def _words_of(one: BaseModel, two: BaseModel, old: Any, new: Any) -> tuple[str, str]:
    if isinstance(one, Group) and isinstance(two, Group):
        return f"{len(old):,}", f"{len(new):,} ({unlike(old, new):,} not as before)"
    return value_words(old), value_words(new)


def unlike(a: Sequence[Layer], b: Sequence[Layer]) -> int:
    """Return how many layers of two lists are in one only, or not the same in both."""
    matches = align(a, b)
    alone = len(a) + len(b) - 2 * len(matches)
    return alone + sum(match.moved or a[match.a] != b[match.b] for match in matches)


def _in_force(model: BaseModel, info: FieldInfo) -> bool:
    extra = info.json_schema_extra
    when = str(extra.get("when", "")) if isinstance(extra, dict) else ""
    name, _, values = when.partition("=")
    return not when or str(getattr(model, name, None)) in values.split("|")


def value_words(value: Any) -> str:
    """Return a field's value as the form shows it."""
    known = next((words for kind, words in _WORDS if isinstance(value, kind)), str)
    return known(value)


def _scheme_words(value: Initializer) -> str:
    number = f" {value.number:.12g}" if value.scheme in VALUE_OF else ""
    return value.scheme.replace("_", " ") + number


def _cost_words(value: Regularizer) -> str:
    costs = [f"{name} {cost:.12g}" for name, cost in (("L1", value.l1), ("L2", value.l2)) if cost]
    return " and ".join(costs) or "nothing"


def _tuple_words(value: tuple[Any, ...]) -> str:
    if value and all(isinstance(item, int) for item in value):
        return shape_text(value)
    return ", ".join(value_words(item) for item in value) or "nothing"


_WORDS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (type(None), lambda _value: "none"),
    (bool, lambda value: "yes" if value else "no"),
    (int, lambda value: f"{value:,}"),
    (float, lambda value: f"{value:.12g}"),
    (str, lambda value: value.replace("_", " ") or "nothing"),
    (Initializer, _scheme_words),
    (Regularizer, _cost_words),
    (tuple, _tuple_words),
    (Layer, lambda value: str(value.name)),
)
"""How values of each type are written; the first that fits."""
