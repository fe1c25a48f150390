"""Between numpy arrays and Qt's images."""

from __future__ import annotations

from typing import cast

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage, QPainter

Bytes = NDArray[np.uint8]
Words = NDArray[np.uint32]


def packed_table(table: Bytes) -> Words:
    """Return a (256, 3) uint8 RGB table as (256,) uint32 0xFFRRGGBB."""
    wide = table.astype(np.uint32)
    packed: Words = ((0xFF << 24) | (wide[:, 0] << 16) | (wide[:, 1] << 8) | wide[:, 2]).astype(np.uint32)
    return packed


def pack(image: Bytes, table: Bytes | None = None) -> Words:
    """Return an image or a stack of them as uint32 0xFFRRGGBB.

    Parameters
    ----------
    image : array of uint8
        (…, 3) RGB where `table` is None, else (…) indices into it.
    table : array of uint8, optional
        A (256, 3) colormap.

    Raises
    ------
    ValueError
        When the array is not uint8, or not RGB where it must be.
    """
    if image.dtype != np.uint8:
        raise ValueError(f"Expected uint8 pixels. Received: {image.dtype}")
    if table is not None:
        return packed_table(table).take(image)
    if image.shape[-1] != 3:
        raise ValueError(f"Expected three channels last. Received: an array of shape {image.shape}")
    out = np.empty((*image.shape[:-1], 4), np.uint8)
    out[..., 0], out[..., 1], out[..., 2], out[..., 3] = image[..., 2], image[..., 1], image[..., 0], 255
    return cast(Words, out.view("<u4")[..., 0])


def qimage(words: Words) -> QImage:
    """Return an (h, w) array of 0xFFRRGGBB as an image that shares its memory: keep the array as long as the image."""
    height, width = words.shape
    return QImage(words.data, width, height, words.strides[0], QImage.Format.Format_RGB32)


def to_qimage(image: Bytes, table: Bytes | None = None) -> QImage:
    """Return an (h, w, 3) RGB image, or an (h, w) one through `table`, as an image of its own."""
    return qimage(np.ascontiguousarray(pack(image, table))).copy()


def from_qimage(image: QImage) -> Bytes:
    """Return an image as (h, w, 3) uint8 RGB; what is transparent becomes white."""
    shown = QImage(image.size(), QImage.Format.Format_RGB32)
    shown.fill(0xFFFFFFFF)
    if image.hasAlphaChannel():
        painter = QPainter(shown)
        painter.drawImage(0, 0, image)
        painter.end()
    else:
        shown = image
    rgb = shown.convertToFormat(QImage.Format.Format_RGB888)
    height, width = rgb.height(), rgb.width()
    rows = np.frombuffer(rgb.constBits(), np.uint8).reshape(height, rgb.bytesPerLine())
    return rows[:, : width * 3].reshape(height, width, 3).copy()
