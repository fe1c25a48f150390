"""What the arithmetic says of a layer, and of a whole network."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

from guiapp.core.layers import Layer, Problem, Shape
from guiapp.core.layers.base import View, Weight


@dataclass(frozen=True)
class LayerInfo:
    """What the arithmetic says of one layer.

    Attributes
    ----------
    layer : Layer
        The layer itself.
    sources : tuple of int
        Positions of the layers that feed it, disabled ones passed over.
    inputs : tuple of Shape
        The shapes that come in; empty for an input, or where a layer before it has a problem.
    shape : Shape or None
        The shape that comes out; None where it cannot be told.
    weights : tuple of Weight
        The arrays that it holds.
    macs : int
        Multiply-adds for one image.
    formula : str
        The arithmetic of the output with the numbers filled in.
    problems : tuple of Problem
        What is wrong with it.
    activations : int
        How many numbers it gives out for one image, with those of all layers inside it.
    view : View or None
        How much of the image one number of its output depends on, without the image's borders.
    sees : tuple of int or None
        The receptive field: the same in whole pixels, (height, width), no more than the image has.
    assumed : Shape or None
        What comes out once the layer is mended, where `shape` cannot be told; the layers below are held against it.
    guessed : bool
        Whether what comes in is only assumed, as that of a layer above was.
    """

    layer: Layer
    sources: tuple[int, ...] = ()
    inputs: tuple[Shape, ...] = ()
    shape: Shape | None = None
    weights: tuple[Weight, ...] = ()
    macs: int = 0
    formula: str = ""
    problems: tuple[Problem, ...] = ()
    activations: int = 0
    view: View | None = None
    sees: tuple[int, int] | None = None
    assumed: Shape | None = None
    guessed: bool = False

    @functools.cached_property
    def parameters(self) -> int:
        """How many numbers it holds, trained or not."""
        return sum(weight.size for weight in self.weights)

    @functools.cached_property
    def trainable(self) -> int:
        """How many numbers training changes."""
        return sum(weight.size for weight in self.weights if weight.trainable)

    @functools.cached_property
    def largest_trained(self) -> int:
        """How many numbers the largest of the arrays that training changes holds; 0 where there is none."""
        return max([weight.size for weight in self.weights if weight.trainable], default=0)

    @functools.cached_property
    def size(self) -> int:
        """How many numbers come out for one image; 0 where that cannot be told."""
        return 0 if self.shape is None else math.prod(self.shape)

    def placed(
        self,
        sources: tuple[int, ...],
        problems: tuple[Problem, ...],
        view: View,
        sees: tuple[int, int] | None,
        *,
        guessed: bool = False,
    ) -> LayerInfo:
        """Return the same with what depends on its place; the sums over its weights are not made again."""
        _ = self.parameters, self.trainable, self.largest_trained, self.size
        made = LayerInfo.__new__(LayerInfo)
        made.__dict__.update(self.__dict__, sources=sources, problems=problems, view=view, sees=sees, guessed=guessed)
        return made


@dataclass(frozen=True)
class Analysis:
    """What the arithmetic says of a network: a row a layer, and everything that is wrong."""

    rows: tuple[LayerInfo, ...]
    problems: tuple[Problem, ...]

    @functools.cached_property
    def parameters(self) -> int:
        """All the numbers that the network holds."""
        return sum(row.parameters for row in self.rows)

    @functools.cached_property
    def trainable(self) -> int:
        """The numbers that training changes."""
        return sum(row.trainable for row in self.rows)

    @functools.cached_property
    def macs(self) -> int:
        """Multiply-adds for one image."""
        return sum(row.macs for row in self.rows)

    @functools.cached_property
    def activations(self) -> int:
        """Numbers that all layers give out for one image."""
        return sum(row.activations for row in self.rows)

    @functools.cached_property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the network from being built."""
        return tuple(problem for problem in self.problems if problem.severity == "error")

    @functools.cached_property
    def whole(self) -> bool:
        """Whether all enabled layers have a shape, so that the sums are of all of them."""
        return all(row.shape is not None for row in self.rows if row.layer.enabled)

    @property
    def shape(self) -> Shape | None:
        """The shape that the network gives out."""
        live = [row for row in self.rows if row.layer.enabled]
        return live[-1].shape if live else None
