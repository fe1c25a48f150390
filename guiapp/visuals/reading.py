"""Views read back from a run's store; every function may wait for the disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers import Layer
from guiapp.core.runs import RunReader
from guiapp.visuals.filters.compute import arranged, kernel_names
from guiapp.visuals.live import Array
from guiapp.visuals.maps.compute import Floats
from guiapp.visuals.statistics.compute import BINS, Spread

Bytes = NDArray[np.uint8]


@dataclass(frozen=True)
class Maps:
    """One layer's output for one pinned image, at one step.

    Attributes
    ----------
    maps : uint8 array, shape (C, h, w)
        Quantised maps; a vector's units are maps of one pixel each.
    ranges : float32 array, shape (C, 2)
        The lowest and highest value of each.
    """

    maps: Bytes
    ranges: Floats

    @property
    def vector(self) -> bool:
        """Whether these are the units of a vector."""
        return self.maps.shape[1:] == (1, 1)


def from_arrays(output: Array, ranges: Array | None) -> Maps:
    """Return what `maps.compute` gave for one image: uint8 (C, h, w) with ranges, or a float vector (units,)."""
    if ranges is not None:
        return Maps(output, ranges.astype(np.float32))
    # Each unit is a map whose range is its one value.
    values = output.astype(np.float32).reshape(-1)
    return Maps(np.zeros((len(values), 1, 1), np.uint8), np.stack([values, values], axis=1))


def read_maps(run: RunReader, step: int, layer: str, pin: int) -> Maps | None:
    """Return the maps recorded at `step`, or None where there are none."""
    output = run.array(step, "maps", f"{layer}/{pin}")
    if output is None:
        return None
    return from_arrays(output, run.array(step, "maps", f"{layer}/{pin}/range"))


def read_ranges(run: RunReader, step: int, layer: str, pin: int) -> Floats | None:
    """Return the range of each map recorded at `step`, (C, 2), or None where there are none."""
    ranges = run.array(step, "maps", f"{layer}/{pin}/range")
    if ranges is not None:
        return ranges.astype(np.float32)
    found = read_maps(run, step, layer, pin)
    return None if found is None else found.ranges


def read_kernel(run: RunReader, step: int, layer: Layer) -> Floats | None:
    """Return the filters recorded at `step`, as `arranged` gives them, or None where there are none."""
    found = [run.array(step, "weights", f"{layer.name}/{name}") for name in kernel_names(layer.kind)]
    kernels = [kernel for kernel in found if kernel is not None]
    return arranged(layer.kind, kernels) if len(kernels) == len(found) else None


def read_seen(run: RunReader, step: int | None = None) -> tuple[Bytes, ...]:
    """Return the pinned images as the network saw them, (H, W, C) each; those of the first snapshot in need."""
    snapshots = run.snapshots()
    candidates = [step] if step is not None else []
    if len(snapshots):
        candidates.append(int(snapshots[0]))
    for at in candidates:
        keys = sorted((key for key in run.keys(at, "seen") if key.isdecimal()), key=int)
        if keys:
            arrays = [run.array(at, "seen", key) for key in keys]
            return tuple(array for array in arrays if array is not None)
    return ()


def read_spread(run: RunReader, step: int, layer: str, weight: str) -> Spread | None:
    """Return how a weight's values were spread at `step`, or None where that was not recorded."""
    figures = run.array(step, "statistics", f"{layer}/{weight}")
    counts = run.array(step, "statistics", f"{layer}/{weight}/histogram")
    if figures is None or counts is None or figures.shape != (5,) or counts.shape != (BINS,):
        return None
    return Spread(figures.astype(np.float32), counts.astype(np.uint32))


def evenly(steps: Sequence[int], most: int) -> list[int]:
    """Return at most `most` of `steps`, evenly picked, the first and the last among them."""
    if len(steps) <= most:
        return list(steps)
    at = np.unique(np.rint(np.linspace(0, len(steps) - 1, most)).astype(int)) if most > 1 else [len(steps) - 1]
    return [steps[i] for i in at]
