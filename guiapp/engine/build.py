"""From a network's layers to a Keras model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.analysis import Analysis, analyse, assemble
from guiapp.core.blocks import flat
from guiapp.core.keras_files.sections import keras_name
from guiapp.core.layers import Layer
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import TrainingSettings
from guiapp.engine import backend

CHUNK_BYTES = 64 << 20

SCALING = ("Input", "Pretrained")
"""Kinds of layers that have a second one in Keras, called NAME_scaling."""


@dataclass(frozen=True, eq=False)
class Built:
    """A Keras model and how its parts are found.

    Attributes
    ----------
    spec : NetworkSpec
        What it was built from, with the layers of every block in the block's place.
    analysis : Analysis
        Its shapes and costs.
    model : keras.Model
        From images, float32 (N, H, W, C) of 0…255, to what the last layer gives out.
    outputs : mapping
        What each enabled layer gives out, as Keras tensors, by the layer's name.
    names : mapping
        The name that each layer has in Keras, by the layer's name; another only where TensorFlow cannot take it.
    """

    spec: NetworkSpec
    analysis: Analysis
    model: Any
    outputs: Mapping[str, Any]
    names: Mapping[str, str]

    @property
    def gives_probabilities(self) -> bool:
        """Whether the last layer already ends in a softmax, so that its outputs are no logits."""
        last = next(layer for layer in reversed(self.spec.layers) if layer.enabled)
        return getattr(last, "activation", None) == "softmax"

    def keras_layer(self, name: str) -> Any:
        """Return the Keras layer that holds the weights of the layer called `name`, or None where none does."""
        safe = self.names[name]
        wanted = f"{safe}_scaling" if self.spec[name].kind == "Input" else safe
        return next((layer for layer in self.model.layers if layer.name == wanted), None)

    def variables(self, name: str) -> dict[str, Any]:
        """Return the Keras variables that the layer called `name` holds, by the names that its weights have."""
        held = self.keras_layer(name)
        if held is None:
            return {}
        if not hasattr(held, "layers"):
            return {variable.name: variable for variable in held.weights}
        # Names inside a model depend on what else the process has built; the order does not.
        row = next(row for row in self.analysis.rows if row.layer.name == name)
        return dict(zip((weight.name for weight in row.weights), held.weights, strict=True))

    def maps(self, layers: Sequence[str]) -> Any:
        """Return a model with the same weights that gives out what the named layers do, as a list.

        Raises
        ------
        UserError
            When there is no such layer, or it is disabled.
        """
        for name in layers:
            if name not in self.outputs:
                raise UserError(
                    "the network has no such layer that is enabled",
                    where=name,
                    mend=f"Choose one of {_some(self.outputs)}",
                )
        return backend.keras().Model(self.model.inputs, [self.outputs[name] for name in layers])

    def refresh(self) -> None:
        """Take over measured figures after weights were set; to be called before anything is traced."""
        for layer in _inside(self.model):
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()


def _inside(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        yield layer
        if hasattr(layer, "layers"):
            yield from _inside(layer)


def _some(names: Iterable[str], most: int = 20) -> str:
    """Return names for a sentence: all where they are few, else the first and how many more there are."""
    names = list(names)
    more = f" or {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def build(spec: NetworkSpec, classes: int | None = None, *, seed: int | None = None) -> Built:
    """Build the Keras model of a network.

    Parameters
    ----------
    spec : NetworkSpec
        The network.
    classes : int, optional
        How many classes there are; the last layer is then held against it.
    seed : int, optional
        Makes the first weights, and the masks of dropout, the same each time.

    Raises
    ------
    UserError
        When its analysis has errors; the first is named.
    """
    analysis = checked(spec, classes)
    spec = flat(spec)
    keras = backend.keras()
    if seed is not None:
        keras.utils.set_random_seed(seed)
    names = safe_names(spec)
    image = keras.Input(analysis.rows[0].shape, name=names[spec.layers[0].name])

    def apply(layer: Layer, x: Any) -> Any:
        safe = names[layer.name]
        return (layer if safe == layer.name else layer.with_fields(name=safe)).build(keras, x)

    outputs = assemble(spec, image, apply)
    last = next(layer.name for layer in reversed(spec.layers) if layer.enabled)
    model = keras.Model(image, outputs[last], name="network")
    return Built(spec, analysis, model, outputs, names)


def checked(spec: NetworkSpec, classes: int | None = None) -> Analysis:
    """Return the analysis of a network as it is built, with the layers of every block in the block's place.

    Raises
    ------
    UserError
        As `check`, where something is wrong with the network or with what is inside its blocks.
    """
    check(analyse(spec, classes))
    analysis = analyse(flat(spec), classes)
    check(analysis)
    return analysis


def check(analysis: Analysis) -> None:
    """Raise the first error of an analysis as a `UserError` that names layer, problem and mend."""
    errors = analysis.errors
    if not errors:
        return
    first = errors[0]
    what, _, mend = first.text.partition(";")
    if not mend.strip() and first.repair is not None:
        mend = first.repair.text
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise UserError(
        what.strip() + more,
        where=first.layer or "network",
        mend=_capital(mend.strip() or "Change it on the Network page"),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def safe_names(spec: NetworkSpec) -> dict[str, str]:
    """Return a name for each layer that TensorFlow takes: letters, digits, ``_``, ``.`` and ``-``, all different."""
    safe: dict[str, str] = {}
    taken = {f"{layer.name}_scaling".lower() for layer in spec.layers if layer.kind in SCALING}
    for layer in spec.layers:
        stem = keras_name(layer.name)
        name, n = stem, 2
        while name.lower() in taken:
            name, n = f"{stem}_{n}", n + 1
        taken.add(name.lower())
        if layer.kind in SCALING:
            taken.add(f"{name}_scaling".lower())
        safe[layer.name] = name
    return safe


def optimizer(settings: TrainingSettings) -> Any:
    """Return the Keras optimiser that a project asks for."""
    made = backend.keras().optimizers
    rate = settings.learning_rate
    match settings.optimizer:
        case "adam":
            return made.Adam(rate)
        case "adamw":
            return made.AdamW(rate, weight_decay=settings.weight_decay)
        case "sgd":
            return made.SGD(rate, momentum=settings.momentum)
        case "rmsprop":
            return made.RMSprop(rate, momentum=settings.momentum)


def measure_scaling(built: Built, images: NDArray[np.uint8], rows: NDArray[np.intp]) -> None:
    """Measure what the input's scaling needs on the training images alone, and store it in the model.

    Parameters
    ----------
    built : Built
        Whose Input has the scaling "mean image" or "per channel"; nothing happens for others.
    images : uint8 array, shape (N, H, W, C)
        All images; may be memory-mapped, and is read in pieces.
    rows : int array
        Which of them are training images.
    """
    first = built.spec.layers[0]
    scaling = getattr(first, "scaling", "")
    if scaling not in {"mean image", "per channel"}:
        return
    layer = built.keras_layer(first.name)
    if scaling == "mean image":
        mean, variance = _mean_image(images, rows), np.ones(images.shape[1:])
    else:
        mean, variance = _channels(images, rows)
    layer.adapt_mean.assign(mean.astype(np.float32))
    layer.adapt_variance.assign(variance.astype(np.float32))
    layer.count.assign(len(rows))
    layer.finalize_state()


def _pieces(images: NDArray[np.uint8], rows: NDArray[np.intp]) -> Iterator[NDArray[np.uint8]]:
    size = max(1, CHUNK_BYTES // max(1, int(np.prod(images.shape[1:]))))
    ordered = np.sort(rows)
    for start in range(0, len(ordered), size):
        yield images[ordered[start : start + size]]


def _mean_image(images: NDArray[np.uint8], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    total = np.zeros(images.shape[1:], np.float64)
    for piece in _pieces(images, rows):
        total += piece.sum(axis=0, dtype=np.int64)
    return total / len(rows)


def _channels(images: NDArray[np.uint8], rows: NDArray[np.intp]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count how often each of the 256 values occurs: exact, whatever the number of images."""
    channels = images.shape[3]
    counts = np.zeros((channels, 256), np.int64)
    for piece in _pieces(images, rows):
        for channel in range(channels):
            counts[channel] += np.bincount(piece[..., channel].ravel(), minlength=256)
    share = counts / counts.sum(axis=1, keepdims=True)
    values = np.arange(256.0)
    mean = share @ values
    variance = (share * (values - mean[:, None]) ** 2).sum(axis=1)
    return mean, variance
