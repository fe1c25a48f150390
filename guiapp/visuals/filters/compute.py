"""Kernels as pictures: pure functions from numbers to colours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.analysis import Analysis
from guiapp.core.colormaps import colormap
from guiapp.visuals.live import Array

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Scale = Literal["each", "fixed"]

MEAN: Literal["mean"] = "mean"
COLOUR: Literal["colour"] = "colour"
Mode = Literal["colour", "mean"] | int
"""``"colour"``: the three input channels as red, green, blue; ``"mean"``: their mean; a number: that input channel."""

ZERO = 128


def layers_with_filters(analysis: Analysis) -> tuple[str, ...]:
    """Return the enabled layers that hold a kernel of four axes, in order."""
    return tuple(
        row.layer.name
        for row in analysis.rows
        if row.layer.enabled and any(w.name in kernel_names(row.layer.kind) and len(w.shape) == 4 for w in row.weights)
    )


def kernel_names(kind: str) -> tuple[str, ...]:
    """Return what Keras calls the arrays that a kind of layer's filters are in."""
    return ("depthwise_kernel", "pointwise_kernel") if kind == "SeparableConv2D" else ("kernel",)


def arranged(kind: str, kernels: Sequence[Array]) -> Floats | None:
    """Return the filters of a layer with one of them for each feature map that it gives out.

    Parameters
    ----------
    kind : str
        The layer's kind.
    kernels : sequence of float arrays
        What `kernel_names` names.

    Returns
    -------
    float32 array, shape (kh, kw, cin, cout), or None
        A filter of a depthwise convolution has one input channel; that of a separable one is what its two steps make
        together. None where the arrays are no filters.
    """
    if any(kernel.ndim != 4 for kernel in kernels):
        return None
    first, *rest = (np.asarray(kernel, np.float32) for kernel in kernels)
    match kind:
        case "DepthwiseConv2D":
            return first.reshape(*first.shape[:2], 1, -1)
        case "Conv2DTranspose":
            return np.swapaxes(first, 2, 3)
        case "SeparableConv2D":
            both: Floats = np.einsum("hwcm,cmf->hwcf", first, rest[0].reshape(*first.shape[2:], -1))
            return both
    return first


def modes(kernel: Array) -> tuple[Mode, ...]:
    """Return the ways to look at a kernel (kh, kw, cin, cout), the best first."""
    channels = kernel.shape[2]
    first: tuple[Mode, ...] = (COLOUR,) if channels == 3 else ()
    return (*first, MEAN, *range(channels)) if channels > 1 else (0,)


def signed_indices(values: Array, scale: Scale, *, reach: float | None = None) -> Bytes:
    """Return values as bytes, 128 at zero, symmetric around it; 128 where a value is not finite.

    Parameters
    ----------
    values : float array, shape (N, …)
        Numbers of N tiles.
    scale : {"each", "fixed"}
        Whether each tile has its own scale, or one holds for all.
    reach : float, optional
        With "fixed": the size of the value that gets the strongest colour; the largest there is when not given.
    """
    numbers = np.asarray(values, np.float64)
    finite = np.isfinite(numbers)
    numbers = np.where(finite, numbers, 0.0)
    if scale == "each":
        top = np.abs(numbers).reshape(len(numbers), -1).max(axis=1, initial=0.0)
        top = top.reshape(-1, *[1] * (numbers.ndim - 1))
    else:
        top = np.full((1,) * numbers.ndim, np.abs(numbers).max(initial=0.0) if reach is None else reach)
    scaled = ZERO + 127 * numbers / np.where(top > 0, top, 1.0)
    return np.rint(np.clip(scaled, 1, 255)).astype(np.uint8)


def chosen(kernel: Array, mode: Mode) -> Floats:
    """Return the numbers that `mode` shows, a filter a tile: (cout, kh, kw), or (cout, kh, kw, 3) in colour."""
    tiles = np.moveaxis(np.asarray(kernel, np.float32), -1, 0)
    if mode == COLOUR:
        return tiles
    picked: Floats = tiles.mean(axis=-1, dtype=np.float32) if mode == MEAN else tiles[..., int(mode)]
    return picked


def filter_tiles(kernel: Array, mode: Mode, scale: Scale, *, reach: float | None = None) -> Bytes:
    """Return a kernel's filters as tiles.

    Parameters
    ----------
    kernel : float array, shape (kh, kw, cin, cout)
        The weights, or their change.
    mode : Mode
        What of the input channels is shown; one of `modes`.
    scale, reach
        As in `signed_indices`.

    Returns
    -------
    uint8 array
        (cout, kh, kw) indices into the diverging colormap, or (cout, kh, kw, 3) RGB with grey 128 at zero.
    """
    return signed_indices(chosen(kernel, mode), scale, reach=reach)


def channel_tiles(kernel: Array, index: int) -> tuple[Bytes, tuple[str, ...]]:
    """Return one filter taken apart into its input channels, on one scale.

    Returns
    -------
    uint8 array
        (cin, kh, kw) indices into the diverging colormap; with three input channels (4, kh, kw, 3) RGB, the
        first being all three as colour.
    tuple of str
        A caption for each.
    """
    one = np.moveaxis(np.asarray(kernel[..., index], np.float32), -1, 0)
    indices = signed_indices(one, "fixed")
    if len(one) != 3:
        return indices, tuple(str(channel) for channel in range(len(one)))
    colour = np.moveaxis(indices, 0, -1)[None]
    return np.concatenate([colour, colormap("diverging")[indices]]), ("colour", "red", "green", "blue")


def mode_words(mode: Mode, channels: int) -> str:
    """Return what `mode` shows, in words."""
    if mode == COLOUR:
        return "colour"
    if mode == MEAN:
        return "mean"
    if channels == 3:
        return ("red", "green", "blue")[int(mode)]
    return f"channel {int(mode)}" if channels > 1 else "weights"
