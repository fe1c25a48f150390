"""Feature maps out of a network, stored as bytes with the range of each map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.analysis import Analysis
from guiapp.core.notify import UserError
from guiapp.visuals.live import Array, LiveNetwork

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]
Scale = Literal["each", "fixed"]

MAX_UNITS = 4096
"""Longer vectors are not recorded: nobody can look at them one by one."""

PASSED_OVER = ("Input", "Dropout", "SpatialDropout2D", "GaussianNoise")
"""They give out what came in, or its scaled pixels."""


def recorded_layers(analysis: Analysis) -> tuple[str, ...]:
    """Return the layers whose outputs are recorded, in order: volumes, and vectors of up to `MAX_UNITS`."""
    return tuple(
        row.layer.name
        for row in analysis.rows
        if row.layer.enabled
        and row.layer.kind not in PASSED_OVER
        and row.shape is not None
        and (len(row.shape) == 3 or (len(row.shape) == 1 and row.shape[0] <= MAX_UNITS))
    )


def quantise(maps: Array) -> tuple[Bytes, Floats]:
    """Return maps as bytes, each over its own range.

    Parameters
    ----------
    maps : float array, shape (C, h, w)
        Values; what is not finite does not count for the range.

    Returns
    -------
    uint8 array, shape (C, h, w)
        0 at a map's lowest value, 255 at its highest; 0 where a value is not a number.
    float32 array, shape (C, 2)
        The lowest and highest value of each map; NaN where a map has no finite value.
    """
    values = np.asarray(maps, np.float32)
    flat = values.reshape(len(values), -1)
    finite = np.isfinite(flat)
    if finite.all():
        low, high = flat.min(axis=1), flat.max(axis=1)
    else:
        low = np.where(finite, flat, np.inf).min(axis=1)
        high = np.where(finite, flat, -np.inf).max(axis=1)
        some = finite.any(axis=1)
        low, high = np.where(some, low, np.nan), np.where(some, high, np.nan)
        flat = np.clip(np.nan_to_num(flat, nan=-np.inf), low[:, None], high[:, None])
    low64 = low.astype(np.float64)
    span = high.astype(np.float64) - low64
    span[~(span > 0)] = 1.0
    scaled = np.nan_to_num((flat - low64[:, None]) * (255 / span)[:, None])
    return np.rint(scaled).astype(np.uint8).reshape(values.shape), np.stack([low, high], axis=1).astype(np.float32)


def dequantise(maps: Bytes, ranges: Floats) -> Floats:
    """Return the values of quantised maps (C, …); each is off by at most 1/510 of its map's range."""
    low, high = (ranges[:, i].astype(np.float64).reshape(-1, *[1] * (maps.ndim - 1)) for i in (0, 1))
    return (low + maps * ((high - low) / 255)).astype(np.float32)


def level_indices(ranges: Floats, scale: Scale, *, signed: bool, over: Floats | None = None) -> Bytes:
    """Return for each map which colour each of its 256 levels has.

    Parameters
    ----------
    ranges : float32 array, shape (C, 2)
        As `quantise` gives them.
    scale : {"each", "fixed"}
        Whether each map fills the colours, or one scale holds for all of them.
    signed : bool
        Whether zero is to lie at index 128 (colormap "diverging"); indices are then 1 to 255.
    over : float32 array, shape (n, 2), optional
        The ranges that a fixed scale spans; `ranges` when not given.

    Returns
    -------
    uint8 array, shape (C, 256)
    """
    count = len(ranges)
    levels = np.linspace(0.0, 1.0, 256)
    low, high = ranges[:, :1].astype(np.float64), ranges[:, 1:].astype(np.float64)
    values = low + levels * (high - low)
    spanned = (ranges if over is None else over).astype(np.float64)
    if scale == "each":
        bottom, top = low, high
    else:
        known = spanned[np.isfinite(spanned).all(axis=1)]
        ends = (known[:, 0].min(), known[:, 1].max()) if len(known) else (0.0, 1.0)
        bottom, top = (np.full((count, 1), end) for end in ends)
    if signed:
        reach = np.maximum(np.abs(bottom), np.abs(top))
        index = 128 + 127 * values / np.where(reach > 0, reach, 1)
    else:
        span = top - bottom
        index = 255 * (values - bottom) / np.where(span > 0, span, 1)
    index = np.nan_to_num(index, nan=128.0 if signed else 0.0)
    return np.rint(np.clip(index, 1 if signed else 0, 255)).astype(np.uint8)


def recolour(maps: Bytes, ranges: Floats, scale: Scale, *, signed: bool = False, over: Floats | None = None) -> Bytes:
    """Return indices into a colormap for quantised maps (C, h, w); parameters as in `level_indices`."""
    if scale == "each" and not signed:
        return maps
    table = level_indices(ranges, scale, signed=signed, over=over)
    # One look-up over all maps: each map has its own row of the table.
    offsets = (np.arange(len(maps), dtype=np.int32) * 256).reshape(-1, *[1] * (maps.ndim - 1))
    return table.reshape(-1).take(maps + offsets)


def pack(output: Array) -> tuple[Bytes, Floats] | None:
    """Quantise one image's output (H, W, C), or return None for a vector."""
    if output.ndim != 3:
        return None
    return quantise(np.ascontiguousarray(np.moveaxis(output, -1, 0)))


def _record(found: dict[str, Array], key: str, output: Array) -> None:
    packed = pack(output)
    if packed is None:
        found[key] = np.asarray(output, np.float32)
    else:
        found[key], found[f"{key}/range"] = packed


def _maps(network: LiveNetwork, images: Array, layers: Sequence[str]) -> dict[str, Array]:
    found: dict[str, Array] = {}
    outputs = network.outputs(images, layers) if layers and len(images) else {}
    for layer in layers if outputs else ():
        for pin, output in enumerate(outputs[layer]):
            _record(found, f"{layer}/{pin}", output)
    return found


def snapshot(network: LiveNetwork, pinned: Array) -> Mapping[str, Array]:
    """Return the feature maps of the pinned images for every layer worth a look.

    Returns
    -------
    mapping
        ``"layer/pin"`` uint8 (C, h, w) and ``"layer/pin/range"`` float32 (C, 2) for volumes;
        ``"layer/pin"`` float32 (units,) for vectors.
    """
    return _maps(network, pinned, recorded_layers(network.analysis))


def compute(network: LiveNetwork, images: Array, options: Mapping[str, Any]) -> Mapping[str, Array]:
    """Return the same for other images and one layer (``options["layer"]``, any but an Input), or for all of them.

    Raises
    ------
    UserError
        When there is no such layer.
    """
    layer = options.get("layer")
    if layer is None:
        return _maps(network, images, recorded_layers(network.analysis))
    names = [row.layer.name for row in network.analysis.rows if row.layer.enabled and row.layer.kind != "Input"]
    if layer not in names:
        raise UserError("is not a layer of this network", where=layer, mend=f"Choose one of {', '.join(names)}")
    return _maps(network, images, [layer])
