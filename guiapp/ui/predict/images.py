"""Images that a person hands over: a file, or the picture itself; nothing here may run on the window's thread."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImageWriter

from guiapp.core import files
from guiapp.core.notify import UserError
from guiapp.data import images
from guiapp.look.pixels import Bytes, to_qimage

Source = str | bytes
"""The path of an image, or the bytes of one."""

PICTURE = 1600
THUMB = 112
PASTED = "pasted image"


def title_of(source: Source) -> str:
    """Return what an image is called."""
    return Path(source).name if isinstance(source, str) else PASTED


def read_picture(source: Source, most: int = PICTURE) -> Bytes:
    """Read an image, made smaller where a side is longer than `most` pixels: (h, w, 3) uint8 RGB.

    Raises
    ------
    UserError
        When it cannot be read or decoded.
    """
    if isinstance(source, str):
        return images.thumbnail(source, most)
    image = images.decode_bytes(source, PASTED)
    h, w = image.shape[:2]
    scale = most / max(h, w)
    if scale >= 1:
        return image
    return images.fit_image(image, max(1, round(w * scale)), max(1, round(h * scale)), 3)


def png(image: Bytes) -> bytes:
    """Return (h, w, 3) uint8 RGB as the bytes of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(to_qimage(image))
    return bytes(buffer.data().data())


def kept(source: Source) -> str:
    """Return the path of an image; one that was pasted is written to the user's data folder first.

    Raises
    ------
    OSError
        When it cannot be written.
    """
    if isinstance(source, str):
        return source
    name = hashlib.blake2b(source, digest_size=8).hexdigest()
    path = files.data_dir() / "pinned" / f"pasted-{name}.png"
    if not path.is_file():
        files.write_bytes(path, source)
    return str(path)


def find_images(paths: Iterable[str], progress: Callable[[int], None]) -> list[str]:
    """Return files as they are and the images in folders, at any depth, in the order of their names.

    Parameters
    ----------
    paths : iterable of str
        Files and folders.
    progress : callable
        Given how many were found so far; raises `notify.Cancelled` to stop the search.

    Raises
    ------
    UserError
        When there is nothing to be found.
    """
    found: list[str] = []
    paths = list(paths)
    for path in paths:
        if not Path(path).is_dir():
            found.append(path)
            continue
        for folder, inner, names in os.walk(path):
            inner.sort()
            found += [f"{folder}{os.sep}{name}" for name in sorted(names) if images.is_image_name(name)]
            progress(len(found))
    if not found:
        raise UserError(
            "holds no images", where=paths[0] if paths else "", mend="Drop a folder with PNG, JPEG or other pictures"
        )
    return found
