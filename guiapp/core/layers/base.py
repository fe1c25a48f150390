"""What every layer kind is: fields, help, output shape, weights, cost, and how Keras builds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

Shape = tuple[int, ...]
"""The shape of one sample: ``(H, W, C)`` of a volume, ``(units,)`` of a vector; without the batch."""

Severity = Literal["error", "warning"]

MAX_NAME = 64
"""How many characters the name of a layer may have."""


@dataclass(frozen=True)
class Repair:
    """A change that mends a problem with one click, on the problem's layer; `guiapp.core.network.repaired` applies it.

    Parameters
    ----------
    text : str
        What the button says, as an order.
    fields : Mapping[str, Any]
        Fields of the layer to set.
    insert_before : str
        The kind of layer to insert in front of it.
    remove : bool
        Whether to remove the layer.
    """

    text: str
    fields: Mapping[str, Any] = dataclass_field(default_factory=dict)
    insert_before: str = ""
    remove: bool = False


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a network: which layer (its name, or None for the whole), which field, and the mend."""

    layer: str | None
    text: str
    field: str | None = None
    severity: Severity = "error"
    repair: Repair | None = None


class ShapeError(Exception):
    """A layer cannot take its input: why in words, the field to blame, and the change that would mend it."""

    def __init__(self, text: str, field_: str | None = None, repair: Repair | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.field = field_
        self.repair = repair


@dataclass(frozen=True)
class Weight:
    """One array of numbers that a layer holds: its name in Keras, its shape, and whether training changes it."""

    name: str
    shape: Shape
    trainable: bool = True

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


def field(
    default: Any, label: str, help_: str, *, unit: str = "", when: str = "", zero: str = "", **limits: Any
) -> Any:
    """Declare a field of a layer kind or a settings form.

    Parameters
    ----------
    default : Any
        The value that a new layer has.
    label, help_ : str
        The word beside the field, and one or two sentences in plain words.
    unit : str
        What the number counts, e.g. ``"px"``.
    when : str
        ``"other=value|value"``: the form shows this field only while field `other` has one of the values.
    zero : str
        What 0 means where it is no number of things: ``"no limit"``.
    **limits
        ``ge``, ``gt``, ``le``, ``lt`` for numbers, as pydantic takes them.
    """
    return Field(
        default=default,
        title=label,
        description=help_,
        validate_default=False,
        json_schema_extra={"unit": unit, "when": when, "zero": zero},
        **limits,
    )


class Words(BaseModel):
    """The base of everything that is saved: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Layer(Words):
    """One layer of a network: a frozen value.

    A subclass with a `family` is a layer kind. It declares its fields with `field`, and overrides
    `output_shape`, and where they differ from nothing `weights`, `macs`, `formula` and `build`.
    """

    title: ClassVar[str] = ""
    family: ClassVar[str] = ""
    help: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    order: ClassVar[int] = 0
    words: ClassVar[str] = ""
    max_inputs: ClassVar[int] = 1

    name: str = Field(
        default="", title="Name", description="What the layer is called, here and in Keras.", max_length=MAX_NAME
    )
    enabled: bool = Field(default=True, title="Enabled", description="A disabled layer passes its input on unchanged.")
    inputs: tuple[str, ...] = Field(
        default=(), title="Inputs", description="Names of the layers it takes; the layer above when empty."
    )

    @property
    def kind(self) -> str:
        """The kind's name, as saved."""
        return type(self).__name__

    @model_validator(mode="before")
    @classmethod
    def _without_kind(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("kind") == cls.__name__:
            return {key: item for key, item in value.items() if key != "kind"}
        return value

    @model_serializer(mode="wrap")
    def _with_kind(self, handler: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
        return {"kind": self.kind, **handler(self)}

    @classmethod
    def stem(cls) -> str:
        """The word that names of new layers of this kind begin with."""
        return cls.icon.replace("-", "_") or cls.__name__.lower()

    @classmethod
    def own_fields(cls) -> tuple[str, ...]:
        """Names of the fields that the kind adds, in the order of the form."""
        return tuple(name for name in cls.model_fields if name not in Layer.model_fields)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the shape that comes out for the shapes that come in.

        Raises
        ------
        ShapeError
            When the layer cannot take these inputs.
        """
        raise NotImplementedError

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """Every array that the layer holds, in Keras' order."""
        return ()

    def macs(self, inputs: Sequence[Shape]) -> int:
        """Multiply-adds for one sample: what products with weights take; biases, pools and norms count 0."""
        return 0

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The arithmetic of the output shape with the numbers filled in, or an empty text."""
        return ""

    def check(self, inputs: Sequence[Shape]) -> tuple[Problem, ...]:
        """What is legal but probably not meant."""
        return ()

    def build(self, keras: Any, x: Any) -> Any:
        """Apply the layer to the Keras tensor `x`; the Keras layer that holds the weights is called `self.name`."""
        raise NotImplementedError

    def with_fields(self, **fields: Any) -> Layer:
        """Return the layer with some fields changed; they are checked.

        Raises
        ------
        pydantic.ValidationError
            When a field is not of its kind or out of its range.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**values, **fields})


def volume(inputs: Sequence[Shape], title: str) -> tuple[int, int, int]:
    """Return the one input as (H, W, C), for a kind that works on volumes."""
    shape = inputs[0]
    if len(shape) != 3:
        raise ShapeError(
            f"{title} needs a volume (height × width × channels), but gets a vector of {shape[0]:,} numbers; "
            "move it above the Flatten, or remove it",
            repair=Repair("Remove this layer", remove=True),
        )
    return shape[0], shape[1], shape[2]
