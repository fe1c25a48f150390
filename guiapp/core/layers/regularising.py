"""Layers that disturb the training, so that the network learns less by heart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from guiapp.core.layers.base import Layer, Shape, field, volume


class _SameShape(Layer):
    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        return inputs[0]


class Dropout(_SameShape):
    """Drops a random share of its inputs while training."""

    title: ClassVar[str] = "Dropout"
    family: ClassVar[str] = "Regularisation"
    icon: ClassVar[str] = "dropout"
    order: ClassVar[int] = 35
    words: ClassVar[str] = "dropout regularise overfit"
    keras: ClassVar[str] = "Dropout"
    arguments: ClassVar[Mapping[str, str]] = {"rate": "rate"}
    help: ClassVar[str] = (
        "Sets a random share of its inputs to zero at every training step, so that the network cannot lean on a few of "
        "them. It does nothing in prediction."
    )

    rate: float = field(0.5, "Rate", "The share that is dropped: 0.5 drops every second number.", ge=0, lt=1)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is kept and how it is scaled."""
        kept = 1 - self.rate
        return f"keeps {kept * 100:.3g} % and multiplies them by 1 / {kept:g} = {1 / kept:.3g}"


class SpatialDropout2D(_SameShape):
    """Drops a random share of whole feature maps while training."""

    title: ClassVar[str] = "Spatial dropout"
    family: ClassVar[str] = "Regularisation"
    icon: ClassVar[str] = "dropout"
    order: ClassVar[int] = 36
    words: ClassVar[str] = "spatial dropout maps channels regularise overfit"
    keras: ClassVar[str] = "SpatialDropout2D"
    arguments: ClassVar[Mapping[str, str]] = {"rate": "rate"}
    help: ClassVar[str] = (
        "Sets a random share of whole feature maps to zero at every training step. Between convolutions it does more "
        "than dropout, since neighbouring numbers of a map say nearly the same."
    )

    rate: float = field(0.2, "Rate", "The share of maps that is dropped: 0.2 drops every fifth map.", ge=0, lt=1)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return the input's shape."""
        return volume(inputs, "spatial dropout")

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is kept and how it is scaled."""
        kept = 1 - self.rate
        maps = inputs[0][-1]
        return f"keeps about {kept * maps:.3g} of {maps:,} maps and multiplies them by 1 / {kept:g} = {1 / kept:.3g}"


class GaussianNoise(_SameShape):
    """Adds random numbers while training."""

    title: ClassVar[str] = "Gaussian noise"
    family: ClassVar[str] = "Regularisation"
    icon: ClassVar[str] = "noise"
    order: ClassVar[int] = 37
    words: ClassVar[str] = "gaussian noise random normal regularise overfit augment"
    keras: ClassVar[str] = "GaussianNoise"
    arguments: ClassVar[Mapping[str, str]] = {"stddev": "stddev"}
    help: ClassVar[str] = (
        "Adds random numbers to its input at every training step, so that small differences cannot be learnt by heart. "
        "It does nothing in prediction."
    )

    stddev: float = field(
        0.1,
        "Strength σ",
        "The standard deviation of the noise, held against the numbers that come in: pixels here are 0…1.",
        ge=0,
        le=1,
    )

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each number x."""
        return f"x + noise, 95 % of it within ±{2 * self.stddev:g}"
