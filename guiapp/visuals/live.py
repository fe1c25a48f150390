"""What a view's compute.py is given: a network that can be asked, without knowing what computes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

from guiapp.core.analysis import Analysis
from guiapp.core.network import NetworkSpec

Array = NDArray[Any]


class LiveNetwork(Protocol):
    """A network with weights, at one step: the one in training between two steps, or one read from a run.

    Attributes
    ----------
    spec : NetworkSpec
        Its layers.
    analysis : Analysis
        Their shapes and costs.
    step : int
        The step its weights are from.
    """

    spec: NetworkSpec
    analysis: Analysis
    step: int

    def weights(self, layer: str) -> Mapping[str, Array]:
        """Return the layer's arrays by their names in Keras (``"kernel"``, ``"bias"``…), float32."""
        ...

    def outputs(self, images: Array, layers: Sequence[str]) -> Mapping[str, Array]:
        """Return what the named layers give out for uint8 `images` (N, H, W, C): float32, first axis N."""
        ...

    def probabilities(self, images: Array) -> Array:
        """Return the probabilities of the classes for uint8 `images` (N, H, W, C): float32 (N, classes)."""
        ...


class Compute(Protocol):
    """What a view's compute.py may define; each of the two functions is optional.

    ``snapshot(network, pinned)`` is called at each snapshot with the pinned images (P, H, W, C) uint8; what it
    returns is recorded under the view's name. ``compute(network, images, options)`` answers `ComputeView`.
    """

    def snapshot(self, network: LiveNetwork, pinned: Array) -> Mapping[str, Array]:
        """Return arrays to record, by key."""
        ...

    def compute(self, network: LiveNetwork, images: Array, options: Mapping[str, Any]) -> Mapping[str, Array]:
        """Return arrays for the images, by key."""
        ...
