"""Moving, colouring, graining and covering one image: the part of augmentation that OpenCV does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from guiapp.data.images import cv2

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]

LUMA = (0.299, 0.587, 0.114)
BORDERS = {"edge": cv2.BORDER_REPLICATE, "mirror": cv2.BORDER_REFLECT, "black": cv2.BORDER_CONSTANT}


def warped(image: Pixels, back: Matrix, fill: str, *, smooth: bool) -> Pixels:
    """Return an image moved.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, C)
        The image.
    back : ndarray, (2, 3)
        From each x and y of the result to where it comes from.
    fill : {"edge", "mirror", "black"}
        What shows where nothing comes from.
    smooth : bool
        Whether to mix neighbours; without it pixels are copied, which is exact where they move by whole ones.
    """
    high, wide = image.shape[:2]
    how = (cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(image, back, (wide, high), flags=how, borderMode=BORDERS[fill])
    return np.asarray(moved, np.uint8).reshape(image.shape)


def coloured(image: Pixels, mix: Matrix, gain: float, offset: float) -> Pixels:
    """Return an image with each colour mixed anew, its differences from its mean strengthened, and lightened.

    Parameters
    ----------
    image : ndarray of uint8, (H, W, C)
        The image.
    mix : ndarray, (C, C)
        Leaves greys as they are.
    gain : float
        By how much differences from the mean are multiplied.
    offset : float
        What is added to each value.
    """
    mean = cv2.mean(image)
    grey = mean[0] if len(mix) == 1 else sum(weight * value for weight, value in zip(LUMA, mean, strict=False))
    whole = np.empty((len(mix), len(mix) + 1))
    np.multiply(mix, gain, out=whole[:, :-1])
    whole[:, -1] = (1 - gain) * grey + offset
    return np.asarray(cv2.transform(image, whole), np.uint8).reshape(image.shape)


def grained(image: Pixels, sigma: float, seed: int) -> Pixels:
    """Return an image with normal noise of standard deviation `sigma`; `seed` (32 bits, signed) says which."""
    high, wide, channels = image.shape
    # One channel as wide as all: OpenCV would give sigma to the first channel alone.
    noise = np.empty((high, wide * channels), np.int16)
    cv2.setRNGSeed(seed)  # of this thread
    cv2.randn(noise, np.zeros(1), np.array([sigma]))
    grained = cv2.add(image.reshape(high, wide * channels), noise, dtype=cv2.CV_8U)
    return np.asarray(grained, np.uint8).reshape(image.shape)


def cover(image: Pixels, left: int, top: int, side: int) -> None:
    """Fill a square of an image, in place, with its mean colour: of all colours it disturbs later scaling least."""
    if side > 0:
        mean = cv2.mean(image)[: image.shape[2]]
        image[top : top + side, left : left + side] = np.round(mean).astype(np.uint8)
