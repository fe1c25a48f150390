"""Images in every mode that Pillow knows, as plain RGB."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, TiffImagePlugin

Image.MAX_IMAGE_PIXELS = None  # sizes are checked by the caller, in words; Pillow would warn on the terminal


def open_lazily(data: bytes) -> Image.Image:
    """Return `data` as an image whose pixels are not decoded yet.

    Raises
    ------
    Exception
        Whatever Pillow raises for data that is no image.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Image.open(io.BytesIO(data))


def tiff_size(data: bytes) -> tuple[int, int] | None:
    """Return the width and the height that a TIFF says it has, whatever its pixels are; None where it says none."""
    try:
        directory = TiffImagePlugin.ImageFileDirectory_v2(data[: 16 if data[2:3] == b"+" or data[3:4] == b"+" else 8])
        file = io.BytesIO(data)
        file.seek(directory.next)
        directory.load(file)
        width, height = int(directory[TiffImagePlugin.IMAGEWIDTH]), int(directory[TiffImagePlugin.IMAGELENGTH])
    except Exception:  # Pillow raises nearly anything on damaged data
        return None
    return (width, height) if width > 0 and height > 0 else None


def orientation(image: Image.Image) -> int:
    """Return how EXIF says the image is to be turned: 1 not at all, 2 to 8 otherwise (5 and more: a quarter).

    Raises
    ------
    Exception
        Whatever Pillow raises for damaged data.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        turn = image.getexif().get(0x0112, 1)
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    """Decode the first frame of `image` as (H, W, 3) uint8 RGB.

    EXIF rotation is applied, alpha is laid on white, 16-bit values are scaled to 8 bits, and values of floating-point
    or 32-bit images are spread over 0-255.

    Raises
    ------
    Exception
        Whatever Pillow raises for damaged data.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image.load()
        turned = ImageOps.exif_transpose(image)
        if turned.mode.startswith("I;16"):
            return _stack(np.asarray(turned).astype(np.uint16) >> 8)
        if turned.mode in ("I", "F"):
            return _stack(_spread(np.asarray(turned, np.float64), sixteen=turned.mode == "I"))
        if turned.has_transparency_data:
            return _on_white(turned.convert("RGBA"))
        return np.array(turned.convert("RGB"))


def _on_white(image: Image.Image) -> NDArray[np.uint8]:
    white = Image.new("RGBA", image.size, (255, 255, 255, 255))
    return np.array(Image.alpha_composite(white, image).convert("RGB"))


def _spread(values: NDArray[Any], *, sixteen: bool) -> NDArray[Any]:
    """Scale to 0-255: fractions from 0-1, integers that fit 8 or 16 bits from those, the rest from its own range."""
    values = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    low, high = float(values.min()), float(values.max())
    if low >= 0 and high <= 1 and not sixteen:
        return values * 255
    if low >= 0 and high <= 255:
        return values
    if low >= 0 and high <= 65535:
        return values / 257
    return (values - low) * (255 / max(high - low, 1e-12))


def to_bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale pixels (H, W, C) of any numbers to 0-255, as those of floating-point images are."""
    fractions = values.dtype.kind == "f"
    return np.asarray(np.rint(_spread(values.astype(np.float32), sixteen=not fractions)), np.uint8)


def _stack(grey: NDArray[Any]) -> NDArray[np.uint8]:
    return np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=2)
