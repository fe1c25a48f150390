"""Occlusion: cover one place of an image after the other, and see how much the answer suffers.

The idea is of Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.visuals.live import Array, LiveNetwork

GRID = 12
GREY = 128
BATCH = 36


def places(side: int, grid: int) -> list[tuple[int, int]]:
    """Return the patches along one side: (first, beyond the last) pixel of each; neighbours overlap by half."""
    count = min(grid, side)
    middles = (np.arange(count) + 0.5) * side / count
    reach = max(1.0, side / count)
    return [(max(0, round(m - reach)), min(side, max(round(m + reach), round(m - reach) + 1))) for m in middles]


def covered(image: Array, grid: int = GRID) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """Return copies of a uint8 image (H, W, C), each with a grey patch at another place, and the grid's shape."""
    rows, columns = places(image.shape[0], grid), places(image.shape[1], grid)
    copies = np.repeat(np.asarray(image, np.uint8)[None], len(rows) * len(columns), axis=0)
    for i, (top, bottom) in enumerate(rows):
        for j, (left, right) in enumerate(columns):
            copies[i * len(columns) + j, top:bottom, left:right] = GREY
    return copies, (len(rows), len(columns))


def compute(network: LiveNetwork, images: Array, options: Mapping[str, Any]) -> Mapping[str, Array]:
    """Return what mattered in the first image.

    Parameters
    ----------
    network : LiveNetwork
        Who is asked.
    images : uint8 array, shape (N, H, W, C)
        Only the first is looked at.
    options : mapping
        ``"class"``: the number of the class (the most probable one when not given); ``"grid"``: patches a side.

    Returns
    -------
    mapping
        ``"heat"`` float32 (gh, gw): by how much the class's probability falls when that place is covered;
        ``"class"`` int64 () and ``"probability"`` float32 () of the untouched image.

    Raises
    ------
    UserError
        When there is no such class.
    """
    image = np.asarray(images[0], np.uint8)
    plain = network.probabilities(image[None])[0]
    wanted = options.get("class")
    index = int(np.argmax(plain)) if wanted is None else int(wanted)
    if not 0 <= index < len(plain):
        raise UserError(
            "is not a class of this network", where=index, mend=f"Choose a number from 0 to {len(plain) - 1}"
        )
    copies, shape = covered(image, int(options.get("grid", GRID)))
    # In portions, so that a large image does not take the memory of 144 at once.
    answers = [network.probabilities(copies[i : i + BATCH])[:, index] for i in range(0, len(copies), BATCH)]
    heat = (plain[index] - np.concatenate(answers)).reshape(shape).astype(np.float32)
    return {"heat": heat, "class": np.asarray(index, np.int64), "probability": np.asarray(plain[index], np.float32)}
