"""What the names in a script stand for, and how much of it has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from guiapp.core.keras_files.graph import Call, Graph
from guiapp.core.network import MAX_LAYERS
from guiapp.core.notify import UserError

MOST_PARTS = 10_000
"""So many values a list of a script holds at most."""

MOST_WORK = 300_000
"""So many expressions are worked out at most; a script of 2,000 layers has a third of that."""


@dataclass(frozen=True)
class Unknown:
    """A value that cannot be told without running the script: where, and why."""

    line: int
    why: str


@dataclass(frozen=True)
class Path:
    """Something of a module, as ``keras.layers.Conv2D``."""

    name: str


@dataclass(frozen=True)
class Tensor:
    """What a layer gives: its position among the script's layers."""

    at: int


@dataclass(eq=False)
class Made:
    """A layer that a script makes, with its arguments, some of which may be unknown."""

    kind: str
    given: tuple[Any, ...]
    named: dict[str, Any]
    line: int
    times: int = 0


@dataclass(eq=False)
class Listed:
    """A `keras.Sequential` while it is put together."""

    parts: list[Any]
    name: str
    line: int


@dataclass(eq=False)
class Model:
    """A model whose layers are known, unless code that is not followed has changed it."""

    graph: Graph
    name: str
    line: int
    changed: Unknown | None = None


class TooMuch(UserError):
    """A script that goes on after it has become larger than what is read."""


def refused(line: int, why: str, mend: str = "", kind: type[UserError] = UserError) -> UserError:
    """Return the error about a line; what comes after a semicolon of `why` is the mend."""
    what, _, rest = why.partition("; ")
    mend = mend or rest or "Write it with layers of Keras and fixed values"
    return kind(f"line {line}: {what}", mend=mend[:1].upper() + mend[1:])


@dataclass
class Spent:
    """What reading a script has taken until now: expressions, and layers inside models."""

    work: int = 0
    inside: int = 0


@dataclass
class Scope:
    """What the names in a part of a script stand for.

    Attributes
    ----------
    names : dict
        What each name stands for.
    calls : list of Call
        The layers that were applied until now.
    notes : list of str
        What of the script does nothing here, a sentence each.
    spent : Spent
        What reading the whole script has taken.
    """

    names: dict[str, Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    spent: Spent = field(default_factory=Spent)

    def inner(self) -> Scope:
        """Return the scope of a function in this one."""
        return replace(self, names=dict(self.names), calls=list(self.calls))

    def applied(self, call: Call) -> Tensor:
        """Add a layer that is applied, and return what it gives."""
        if len(self.calls) >= MAX_LAYERS:
            raise _too_many(call.line)
        self.calls.append(call)
        return Tensor(len(self.calls) - 1)

    def inside(self, layers: int, line: int) -> None:
        """Count layers inside models that are used as layers."""
        self.spent.inside += layers
        if self.spent.inside > MAX_LAYERS:
            raise _too_many(line)

    def work(self, amount: int, line: int) -> None:
        """Count what is worked out."""
        self.spent.work += amount
        if self.spent.work > MOST_WORK:
            raise refused(line, "the script up to here is longer than any network", "Keep the model alone", TooMuch)


def _too_many(line: int) -> UserError:
    mend = "Choose a smaller network"
    return refused(line, f"the network has more than {MAX_LAYERS:,} layers, which is more than are read", mend, TooMuch)


def size(value: Any, most: int = MOST_PARTS) -> int:
    """Return how many values a list holds, its lists included; counting ends above `most`."""
    count, waiting = 0, [value]
    while waiting and count <= most:
        value = waiting.pop()
        count += 1
        if isinstance(value, (list, tuple)):
            waiting.extend(value[: most + 1])
        elif isinstance(value, Mapping):
            waiting.extend(list(value.values())[: most + 1])
    return count
