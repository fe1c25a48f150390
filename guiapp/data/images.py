"""Reading and fitting images; the one place that imports OpenCV."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import as_user_error
from guiapp.data import modes
from guiapp.data.chatter import quiet
from guiapp.data.headers import IMAGE_SUFFIXES, MAX_PIXELS, Header, is_image_name
from guiapp.data.image_files import bytes_of, checked_header, damaged

__all__ = [
    "FITS",
    "IMAGE_SUFFIXES",
    "MAX_PIXELS",
    "Fit",
    "cv2",
    "decode_bytes",
    "decode_fitted",
    "fit_image",
    "is_image_name",
    "read_fitted",
    "read_image",
    "thumbnail",
]

_CHANGED_BY_CV2 = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# OpenCV's own limit is read once, when it is imported; its wheel points Qt at plug-ins of its own.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(MAX_PIXELS))
_before = {name: os.environ.get(name) for name in _CHANGED_BY_CV2}
try:
    import cv2
finally:
    _restore(_before)
cv2.setNumThreads(1)  # the callers decode on threads of their own
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

Fit = Literal["stretch", "pad", "crop"]
FITS: tuple[Fit, ...] = get_args(Fit)
"""Ways to bring an image to a size: change its proportions, add black borders, or cut to the middle."""

Image = NDArray[np.uint8]


def read_image(path: Path | str) -> Image:
    """Read an image file.

    Parameters
    ----------
    path : Path or str
        Any name that the system can open.

    Returns
    -------
    ndarray of uint8, (H, W, 3)
        RGB: EXIF rotation applied, alpha laid on white, 16 bits scaled to 8, the first frame of an animation.

    Raises
    ------
    UserError
        When the file cannot be opened, is empty, is no image, is damaged, or has more than `MAX_PIXELS` pixels.
    """
    return decode_bytes(bytes_of(path), str(path))


def read_fitted(
    path: Path | str, width: int, height: int, channels: int, how: Fit = "stretch", *, out: Image | None = None
) -> Image:
    """Read an image file at a size: `read_image` and `fit_image` in one, and much faster for large JPEGs.

    Training and prediction both come through here, so that a network sees the same pixels in both.

    Returns an array of uint8, (height, width, channels): `out` where given. Raises `UserError` as `read_image` does.
    """
    return decode_fitted(bytes_of(path), width, height, channels, how, name=str(path), out=out)


def decode_bytes(data: bytes, name: str = "") -> Image:
    """Decode an image held in memory, as `read_image` does; `name` is what messages call it."""
    return _decode(data, checked_header(data, name), name)


def decode_fitted(
    data: bytes,
    width: int,
    height: int,
    channels: int,
    how: Fit = "stretch",
    *,
    name: str = "",
    out: Image | None = None,
) -> Image:
    """Decode an image held in memory at a size, as `read_fitted` does."""
    header = checked_header(data, name)
    reduction = _reduction(header, width, height)
    image = _decode(data, header, name, reduction)
    return _fitted(image, (width, height, channels), how, out)


def thumbnail(path: Path | str, size: int) -> Image:
    """Read an image so that it fits in a square of `size` pixels; small ones stay as they are. Raises `UserError`."""
    data = bytes_of(path)
    header = checked_header(data, str(path))
    return shrunk(_decode(data, header, str(path), _reduction(header, size, size)), size)


def shrunk(image: Image, size: int) -> Image:
    """Return an image (H, W, 3) so that it fits in a square of `size` pixels; small ones stay as they are."""
    high, wide = image.shape[:2]
    scale = size / max(high, wide)
    if scale >= 1:
        return image
    return fit_image(image, max(1, round(wide * scale)), max(1, round(high * scale)), 3, "stretch")


def fit_image(
    image: Image, width: int, height: int, channels: int, how: Fit = "stretch", *, out: Image | None = None
) -> Image:
    """Bring an image to a size.

    Parameters
    ----------
    image : ndarray of uint8, (H, W), (H, W, 1) or (H, W, 3)
        Grey or RGB.
    width, height : int
        The size wanted, in pixels.
    channels : int
        1 for grey (0.299 R + 0.587 G + 0.114 B) or 3 for RGB.
    how : {"stretch", "pad", "crop"}
        Change its proportions; keep them and add black borders; keep them and cut to the middle.
    out : ndarray of uint8, (height, width, channels), optional
        Filled and returned where given.

    Returns
    -------
    ndarray of uint8, (height, width, channels)
        Shrunk by averaging areas, enlarged linearly.
    """
    return _fitted(image[..., None] if image.ndim == 2 else image, (width, height, channels), how, out)


def _fitted(image: Image, size: tuple[int, int, int], how: Fit, out: Image | None) -> Image:
    width, height, channels = size
    image = _with_channels(image, channels)
    if out is None:
        out = np.empty((height, width, channels), np.uint8)
    if how == "crop":
        image = _middle(image, width, height)
    if how == "pad":
        wide, high = _inside(image, width, height)
        out[:] = 0
        left, top = (width - wide) // 2, (height - high) // 2
        out[top : top + high, left : left + wide] = _resized(image, wide, high)
    else:
        out[:] = _resized(image, width, height)
    return out


def _with_channels(image: Image, channels: int) -> Image:
    if image.shape[2] == channels:
        return image
    if channels == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)[..., None]
    return np.repeat(image, 3, axis=2)


def _middle(image: Image, width: int, height: int) -> Image:
    """Return the largest middle part of `image` with the proportions of `width` to `height`."""
    high, wide = image.shape[:2]
    keep_wide = min(wide, max(1, round(high * width / height)))
    keep_high = min(high, max(1, round(wide * height / width)))
    left, top = (wide - keep_wide) // 2, (high - keep_high) // 2
    return image[top : top + keep_high, left : left + keep_wide]


def _inside(image: Image, width: int, height: int) -> tuple[int, int]:
    """Return the largest width and height with the proportions of `image` that fit in `width` by `height`."""
    high, wide = image.shape[:2]
    scale = min(width / wide, height / high)
    return min(width, max(1, round(wide * scale))), min(height, max(1, round(high * scale)))


def _resized(image: Image, width: int, height: int) -> Image:
    high, wide, channels = image.shape
    if (wide, high) == (width, height):
        return image
    while wide >= 2 * width and high >= 2 * height:  # OpenCV averages 2×2 pixels many times faster than other areas
        wide, high = wide // 2, high // 2
        image = np.asarray(cv2.resize(image[: 2 * high, : 2 * wide], (wide, high), interpolation=cv2.INTER_AREA))
    # Up to three to one, two neighbours a side say nearly what an area does, at a fifth of the cost.
    area = width <= wide and height <= high and (wide >= 3 * width or high >= 3 * height)
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if area else cv2.INTER_LINEAR)
    return np.asarray(resized, np.uint8).reshape(height, width, channels)


def _reduction(header: Header, width: int, height: int) -> int:
    """Return by how much (1, 2, 4, 8) a JPEG may be shrunk while it is decoded and still be larger than wanted."""
    if header.format != "jpeg" or not header.plain:
        return 1
    # The longer side wanted is held against the shorter one there is: then turning, padding and cutting are all safe.
    room = min(header.width, header.height) // max(width, height)
    return next((by for by in (8, 4, 2) if room >= by), 1)


_REDUCED = {
    1: 0,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
}


def _decode(data: bytes, header: Header, name: str, reduction: int = 1) -> Image:
    if header.plain:
        image = _decode_plain(data, _REDUCED[reduction] | cv2.IMREAD_COLOR_RGB)
        if image is not None:
            return image
    try:
        return modes.to_rgb(modes.open_lazily(data))
    except MemoryError as exc:
        raise as_user_error(exc, doing=name) from exc
    except Exception as exc:
        if header.format == "tiff" and (image := _decode_tiff(data)) is not None:
            return image
        raise damaged(name, exc) from exc


def _decode_tiff(data: bytes) -> Image | None:
    """Decode a TIFF with more channels or deeper values than Pillow knows; None where that cannot be done."""
    image = _decode_plain(data, cv2.IMREAD_COLOR_RGB)
    if image is not None:
        return image
    with quiet(), suppress(cv2.error):
        values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if values is not None and values.ndim == 3 and values.shape[2] >= 3:
            return modes.to_bytes(values[..., 2::-1])
    return None


def _decode_plain(data: bytes, flags: int) -> Image | None:
    try:
        with quiet():
            image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if image is None else np.asarray(image, np.uint8)
