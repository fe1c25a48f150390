"""What every layer kind is: fields, help, output shape, weights, cost, and how Keras builds it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, model_serializer, model_validator

from guiapp.core.layers.fields import field
from guiapp.core.layers.problems import Problem, Repair, Severity, ShapeError
from guiapp.core.layers.views import WHOLE, View, Window, seen

__all__ = [
    "MAX_NAME",
    "WHOLE",
    "Layer",
    "Part",
    "Problem",
    "Repair",
    "Same",
    "Severity",
    "Shape",
    "ShapeError",
    "View",
    "Weight",
    "Window",
    "Words",
    "field",
    "refuse_others",
    "volume",
]

Shape = tuple[int, ...]
"""The shape of one sample: ``(H, W, C)`` of a volume, ``(units,)`` of a vector; without the batch."""

MAX_NAME = 64
"""How many characters the name of a layer may have."""


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


class Words(BaseModel):
    """The base of everything that is saved: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Layer(Words):
    """One layer of a network: a frozen value.

    A subclass with a `family` is a layer kind. It declares its fields with `field`, and overrides
    `output_shape`, and where they differ from nothing `weights`, `macs`, `window` and `formula`. `keras` names its
    class in `keras.layers`, and `arguments` says which field is which argument of it; building, the exported script
    and importing follow from these two. Where that is not enough it overrides `build` and `from_keras`.
    `keras_also` names further classes of Keras that are imported as this kind; `only` holds arguments of Keras that
    the kind has no field for, with the values of each that it stands for.
    """

    title: ClassVar[str] = ""
    family: ClassVar[str] = ""
    help: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    order: ClassVar[int] = 0
    words: ClassVar[str] = ""
    min_inputs: ClassVar[int] = 1
    max_inputs: ClassVar[int] = 1
    keras: ClassVar[str] = ""
    keras_also: ClassVar[tuple[str, ...]] = ()
    arguments: ClassVar[Mapping[str, str]] = {}
    only: ClassVar[Mapping[str, tuple[Any, ...]]] = {}

    name: str = Field(
        default="", title="Name", description="What the layer is called, here and in Keras.", max_length=MAX_NAME
    )
    enabled: bool = Field(default=True, title="Enabled", description="A disabled layer passes its input on unchanged.")
    inputs: tuple[str, ...] = Field(
        default=(), title="Inputs", description="Names of the layers it takes; the layer above when empty."
    )
    group: str = Field(
        default="", title="Group", description="The opened block that it belongs to.", max_length=MAX_NAME
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

    def numbers(self, inputs: Sequence[Shape]) -> int:
        """How many numbers it gives out for one image, with those of all layers inside it."""
        return math.prod(self.output_shape(inputs))

    def window(self, inputs: Sequence[Shape]) -> Window:
        """How many places one number looks at, and how far that window moves; enlarging layers move less than 1."""
        return (1, 1), (1, 1)

    def view(self, views: Sequence[View], inputs: Sequence[Shape]) -> View:
        """How much of the image one number of the output depends on, where the inputs' numbers depend on `views`."""
        if not views:
            return View()
        return seen(tuple(views), self.window(inputs))

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The arithmetic of the output shape with the numbers filled in, or an empty text."""
        return ""

    def check(self, inputs: Sequence[Shape]) -> tuple[Problem, ...]:
        """What is legal but probably not meant."""
        return ()

    def build(self, keras: Any, x: Any) -> Any:
        """Apply the layer to the Keras tensor `x`; the Keras layer that holds the weights is called `self.name`.

        A kind that takes several inputs is given a list of tensors.
        """
        return getattr(keras.layers, self.keras)(**self.values(keras), name=self.name)(x)

    def values(self, keras: Any) -> dict[str, Any]:
        """Return the arguments that Keras' layer is made with, but for its name."""
        return {argument: _built(keras, getattr(self, name)) for name, argument in self.arguments.items()}

    @classmethod
    def from_keras(cls, config: Mapping[str, Any]) -> Layer:
        """Return the layer that a config of Keras' class `keras` describes; what `arguments` does not name is left.

        Where it is one of `keras_also`, the config holds that class's name as ``"class_name"``.

        Raises
        ------
        pydantic.ValidationError, ValueError
            When a value is none that the kind can have; the text says which and why.
        """
        refuse_others(config, {**ANY_KIND, **cls.only})
        fields = {name: config[argument] for name, argument in cls.arguments.items() if argument in config}
        return cls(name=str(config.get("name", ""))[:MAX_NAME], **fields)

    def with_fields(self, **fields: Any) -> Layer:
        """Return the layer with some fields changed; they are checked.

        Raises
        ------
        pydantic.ValidationError
            When a field is not of its kind or out of its range.
        """
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**values, **fields})


ANY_KIND: Mapping[str, tuple[Any, ...]] = {"data_format": ("channels_last", None)}


def refuse_others(config: Mapping[str, Any], only: Mapping[str, tuple[Any, ...]]) -> None:
    """Refuse values of a Keras config that no layer here has.

    Raises
    ------
    ValueError
        When an argument has a value that is none of those in `only`; it names both.
    """
    for argument, values in only.items():
        value = config.get(argument, values[0])
        value = tuple(value) if isinstance(value, list) else value
        if value not in values:
            raise ValueError(f"{argument} is {value!r}, which layers here cannot have; set it to {values[0]!r}")


class Same:
    """A layer as a key that is compared by identity: as quick for one of many fields as for one of few."""

    __slots__ = ("layer",)

    def __init__(self, layer: Layer) -> None:
        self.layer = layer

    def __hash__(self) -> int:
        return id(self.layer)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.layer is self.layer


class Part(Words):
    """A value of a field that has a counterpart in Keras: an initialiser, a regulariser."""

    def build(self, keras: Any) -> Any:
        """Return Keras' counterpart."""
        raise NotImplementedError


def _built(keras: Any, value: Any) -> Any:
    return value.build(keras) if isinstance(value, Part) else value


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
