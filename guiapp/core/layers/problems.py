"""What is wrong with a layer, and the changes that mend it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Repair:
    """A change that mends a problem with one click, on the problem's layer; `guiapp.core.repairs.repaired` applies it.

    Parameters
    ----------
    text : str
        What the button says, as an order.
    fields : Mapping[str, Any]
        Fields of the layer to set.
    insert_before : str
        The kind of layer to insert in front of it.
    insert_fields : Mapping[str, Any]
        Fields of that layer.
    on_input : int
        Which of the layer's inputs it is inserted on, counted from 0.
    insert_after : tuple of (str, Mapping[str, Any])
        Kinds of layers to insert below it, in order, and their fields; what took the layer takes the last of them.
    join : str
        The name of a layer that is brought together with this one by `insert_after`, below both.
    layer : str
        The name of the layer that all this is done on, where it is another than the problem's.
    remove : bool
        Whether to remove the layer.
    remove_layers : tuple of str
        Names of layers to remove, where it is more than the problem's own.
    open_block : bool
        Whether to open the block, so that what is inside it can be mended.
    batch : int
        The batch size to train with; 0 leaves it. This is the project's, so that whoever holds the project sets it.
    focus : str
        The field of the layer that a person fills then; what goes there, nobody else can tell.
    """

    text: str
    fields: Mapping[str, Any] = dataclass_field(default_factory=dict)
    insert_before: str = ""
    insert_fields: Mapping[str, Any] = dataclass_field(default_factory=dict)
    on_input: int = 0
    insert_after: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    join: str = ""
    layer: str = ""
    remove: bool = False
    remove_layers: tuple[str, ...] = ()
    open_block: bool = False
    batch: int = 0
    focus: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a network: which layer (its name, or None for the whole), which field, and the mends.

    `repair` is the mend that most would choose, `others` are the remaining ones.
    """

    layer: str | None
    text: str
    field: str | None = None
    severity: Severity = "error"
    repair: Repair | None = None
    others: tuple[Repair, ...] = ()

    @property
    def repairs(self) -> tuple[Repair, ...]:
        """Every mend, the first choice first."""
        return (() if self.repair is None else (self.repair,)) + self.others


class ShapeError(Exception):
    """A layer cannot take its input: why in words, the field to blame, and the changes that would mend it."""

    def __init__(
        self, text: str, field_: str | None = None, repair: Repair | None = None, others: tuple[Repair, ...] = ()
    ) -> None:
        super().__init__(text)
        self.text = text
        self.field = field_
        self.repair = repair
        self.others = others
