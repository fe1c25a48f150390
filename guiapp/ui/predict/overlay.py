"""A heatmap laid over its picture: numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guiapp.core.colormaps import colormap
from guiapp.data import images
from guiapp.look.pixels import Bytes

STRENGTH = 0.72
"""How much of the colour is seen where it mattered most."""


LEAST = 0.005
"""A fall of the probability that is too small to be shown as anything."""


def costs(heat: NDArray[np.float32]) -> str:
    """Return in words how much the answer suffers at most where a place is covered."""
    most = float(np.nan_to_num(heat).max(initial=0.0))
    if most < LEAST:
        return "no single place matters"
    return f"up to −{most * 100:.1f} points"


def enlarged(heat: NDArray[np.float32], h: int, w: int) -> NDArray[np.float32]:
    """Return a coarse map (gh, gw), smoothly enlarged to (h, w)."""
    return np.asarray(images.cv2.resize(heat, (w, h), interpolation=images.cv2.INTER_CUBIC), np.float32)


def overlay(picture: Bytes, heat: NDArray[np.float32]) -> Bytes:
    """Lay what mattered over a picture.

    Parameters
    ----------
    picture : uint8 array, shape (h, w, 3)
        The picture.
    heat : float array, shape (gh, gw)
        By how much the answer suffers where a place is covered; what helped by being covered counts as nothing.

    Returns
    -------
    uint8 array, shape (h, w, 3)
        The picture, dimmed and grey where nothing mattered, coloured by magma where it did.
    """
    h, w = picture.shape[:2]
    rising = np.clip(enlarged(np.nan_to_num(heat.astype(np.float32)), h, w), 0, None)
    top = float(rising.max())
    share = rising / top if top >= LEAST else np.zeros_like(rising)
    color = colormap("magma")[np.rint(80 + 175 * share).astype(np.uint8)].astype(np.float32)
    grey = picture.astype(np.float32).mean(axis=2, keepdims=True)
    base = 0.45 * grey + 0.35 * picture
    weight = (STRENGTH * np.sqrt(share))[..., None]
    mixed: Bytes = np.clip(base * (1 - weight) + color * weight, 0, 255).astype(np.uint8)
    return mixed
