"""The lines of a script that build the network, written by the layer kinds' own `build`."""

from __future__ import annotations

import inspect
import json
import keyword
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from guiapp.core.analysis import LayerInfo, assemble
from guiapp.core.layers import Layer
from guiapp.core.network import NetworkSpec
from guiapp.core.shapes import shape_text
from guiapp.engine import backend
from guiapp.engine.build import Built
from guiapp.engine.script_sections import spans

WIDTH = 100
TAKEN = frozenset(
    "keras np tf csv sys image layer number pretrained Path CLASSES EPOCHS BATCH LEARNING_RATE".split()  # noqa: SIM905
)
"""Names that the script uses for other things."""

_SQUARE = frozenset({"kernel_size", "strides", "pool_size", "dilation_rate", "size"})
"""Arguments for which Keras takes one number where height and width agree."""

_FIRST = frozenset({"pool_size", "size", "padding", "cropping"})
"""Arguments that read well without their name, though Keras has a default for them."""


class Writer:
    """Collects the lines of the function that builds the network.

    Attributes
    ----------
    lines : list of str
        So far, each indented by four.
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._names = set(TAKEN)

    def variable(self, wanted: str) -> str:
        """Return a name for what a layer gives that is taken by nothing else."""
        stem = re.sub(r"\W", "_", wanted, flags=re.ASCII) or "x"
        if stem[0].isdigit() or keyword.iskeyword(stem) or keyword.issoftkeyword(stem):
            stem = f"x_{stem}"
        name, n = stem, 2
        while name in self._names:
            name, n = f"{stem}_{n}", n + 1
        self._names.add(name)
        return name

    def comment(self, text: str) -> None:
        """Add a comment, on as many lines as it takes."""
        self.lines.extend(textwrap.wrap(text, WIDTH, initial_indent="    # ", subsequent_indent="    # "))


class Tensor:
    """Stands for what a layer gives: its variable, and its shape with the batch in front."""

    def __init__(self, name: str, shape: tuple[int | None, ...] = ()) -> None:
        self.name = name
        self.shape = shape


class _Call:
    """Stands for a Keras layer or initialiser: writes down how it is made, and what it is applied to."""

    def __init__(self, writer: Writer, path: str, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        self._writer, self._path = writer, path
        self._name = str(named.get("name", "x"))
        self._arguments = _written(path, positional, named)

    def __repr__(self) -> str:
        return f"{self._path}({', '.join(self._arguments)})"

    def __call__(self, x: Tensor | Sequence[Tensor]) -> Tensor:
        taken = x.name if isinstance(x, Tensor) else f"[{', '.join(part.name for part in x)}]"
        name = self._writer.variable(self._name)
        self._writer.lines.append(_fitted(name, self._path, self._arguments, f"({taken})"))
        return Tensor(name)


class _Backbone(_Call):
    """Stands for a model of keras.applications, whose layers are frozen before it is applied."""

    def frozen(self, begin: int, *, keep_norms: bool) -> None:
        """Write how it is made, and which of its layers are trained."""
        model = self._writer.variable(f"{self._name}_model")
        weights = f"weights=pretrained.get({value(self._name)})"
        arguments = [argument for argument in self._arguments if not argument.startswith("weights=")]
        self._writer.lines.append(_fitted(model, self._path, [*arguments, weights], ""))
        norms = " and not isinstance(layer, keras.layers.BatchNormalization)" if keep_norms else ""
        self._writer.lines.extend(
            (
                f"    for number, layer in enumerate({model}.layers):",
                f"        layer.trainable = number >= {begin}{norms}",
                f'        if number < {begin} and hasattr(layer, "rate"):',
                "            layer.rate = 0.0  # what is not trained drops nothing out",
            )
        )
        self._path, self._arguments, self.model = model, [], model

    def __call__(self, x: Tensor | Sequence[Tensor]) -> Tensor:
        assert isinstance(x, Tensor)
        name = self._writer.variable(self._name)
        self._writer.lines.append(f"    {name} = {self.model}({x.name})")
        return Tensor(name)


class _Module:
    """Stands for `keras`, so that the layer kinds' own `build` writes the script: any kind can be exported."""

    def __init__(self, writer: Writer, path: str = "keras", layer: Layer | None = None) -> None:
        self._writer, self._path, self._layer = writer, path, layer

    def __getattr__(self, name: str) -> _Module:
        return _Module(self._writer, f"{self._path}.{name}", self._layer)

    def __call__(self, *positional: Any, **named: Any) -> Any:
        if self._path == "keras.initializers.get":
            return positional[0]
        if self._path.startswith("keras.ops."):
            return self._operation(positional, named)
        if self._path.startswith("keras.applications."):
            assert self._layer is not None
            made = _Backbone(self._writer, self._path, positional, {"name": self._layer.name, **named})
            made.frozen(getattr(self._layer, "begin", 0), keep_norms=getattr(self._layer, "keep_norms", False))
            return made
        return _Call(self._writer, self._path, positional, named)

    def _operation(self, positional: tuple[Any, ...], named: Mapping[str, Any]) -> Tensor:
        first, *rest = positional
        arguments = [first.name, *map(value, rest), *(f"{key}={value(item)}" for key, item in named.items())]
        name = self._writer.variable(f"{first.name}_{self._path.rsplit('.', 1)[-1]}")
        self._writer.lines.append(f"    {name} = {self._path}({', '.join(arguments)})")
        return Tensor(name)


def _fitted(name: str, path: str, arguments: Sequence[str], behind: str) -> str:
    line = f"    {name} = {path}({', '.join(arguments)}){behind}"
    if len(line) <= WIDTH:
        return line
    return f"    {name} = {path}(\n{_wrapped(arguments)}\n    ){_shortened(behind)}"


def _wrapped(arguments: Sequence[str], indent: int = 8) -> str:
    return textwrap.fill(
        ", ".join(argument.replace(" ", "\0") for argument in arguments) + ",",
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")


def _shortened(behind: str) -> str:
    """Return what a layer is applied to, on several lines where it is long."""
    if len(behind) + 5 <= WIDTH or not behind.startswith("(["):
        return behind
    return f"([\n{_wrapped(behind[2:-2].split(', '))}\n    ])"


@cache
def _signature(path: str) -> Mapping[str, inspect.Parameter]:
    found: Any = backend.keras()
    for name in path.split(".")[1:]:
        found = getattr(found, name)
    return dict(inspect.signature(found).parameters)


def _written(path: str, positional: tuple[Any, ...], named: Mapping[str, Any]) -> list[str]:
    """Return the arguments of a call as a person writes them: none that Keras has as its default."""
    known = _signature(path)
    given = {**dict(zip(known, positional, strict=False)), **named}
    part = path.startswith(("keras.initializers.", "keras.regularizers."))  # whose numbers are worth reading
    if not part:
        given = {key: item for key, item in given.items() if not _is_default(given, key, item, known)}
    out: list[str] = []
    leading = True
    for key, parameter in known.items():
        if key not in given:
            leading = False
        elif key != "name":
            item = given[key]
            alone = part and len(given) == 1
            bare = leading and (alone or parameter.default is parameter.empty or key in _FIRST)
            text = value(_side(key, item))
            out.append(text if bare else f"{key}={text}")
            leading = bare
    out.extend(f"{key}={value(item)}" for key, item in given.items() if key not in known and key != "name")
    return [*out, f"name={value(given['name'])}"] if "name" in given else out


def _is_default(given: Mapping[str, Any], key: str, item: Any, known: Mapping[str, inspect.Parameter]) -> bool:
    if key not in known or known[key].default is inspect.Parameter.empty:
        return False
    if key == "strides" and "pool_size" in known:
        return bool(_pair(item) == _pair(given.get("pool_size", (2, 2))))
    usual = known[key].default
    if key.endswith("activation") and item == "linear":
        item = None
    return not isinstance(item, _Call) and bool(_pair(item) == _pair(usual))


def _pair(item: Any) -> Any:
    return tuple(item) if isinstance(item, list) else item


def _side(key: str, item: Any) -> Any:
    square = key in _SQUARE and isinstance(item, tuple) and len(item) == 2 and item[0] == item[1]
    return item[0] if square else item


def value(item: Any) -> str:
    """Return a value as it is written in a script."""
    if isinstance(item, str):
        return json.dumps(item, ensure_ascii=False) if item.isprintable() else repr(item)
    return "1 / 255" if item == 1 / 255 else repr(item)


def body(project_network: NetworkSpec, built: Built) -> tuple[str, str]:
    """Return the lines that build a network, and the variable that holds what it gives.

    Parameters
    ----------
    project_network : NetworkSpec
        With its blocks, each of which becomes a section that begins with what it is.
    built : Built
        The same network, built.
    """
    writer = Writer()
    rows = {row.layer.name: row for row in built.analysis.rows}
    blocks = spans(project_network, [layer.name for layer in built.spec.layers if layer.enabled])

    def apply(layer: Layer, x: Any) -> Any:
        begun = [block for block in blocks if block.first == layer.name]
        writer.lines.extend(line for block in begun for line in ("", *block.head()))
        writer.comment(_comment(layer, rows[layer.name]))
        safe = layer.with_fields(name=built.names[layer.name])
        out = safe.build(_Module(writer, layer=safe), x)
        ended = [block.foot() for block in reversed(blocks) if block.last == layer.name]
        writer.lines.extend([*ended, ""] if ended else [])
        return Tensor(out.name, (None, *(rows[layer.name].shape or ())))

    first = rows[built.spec.layers[0].name]
    outputs = assemble(built.spec, Tensor("image", (None, *(first.shape or ()))), apply)
    last = next(layer.name for layer in reversed(built.spec.layers) if layer.enabled)
    return _joined(writer.lines), str(outputs[last].name)


def _joined(lines: Iterable[str]) -> str:
    """Return the lines with no more than one empty line in a row, and none at the ends."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def _comment(layer: Layer, row: LayerInfo) -> str:
    shape = shape_text(row.shape or ())
    parameters = f", {row.parameters:,} parameters" if row.parameters else ""
    return f"{layer.name}: {layer.title}, gives {shape}{parameters}"
