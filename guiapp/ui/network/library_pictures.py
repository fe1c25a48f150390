"""The pictures of the library: drawn for the appearance in use, kept as PNG; any thread may make them."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader, QImageWriter

from guiapp.core.library import LibraryItem
from guiapp.core.library_files import MAX_PICTURE, Stored
from guiapp.ui.network.picture import thumbnail

SIZE = (480, 270)
MOST_SIDE = 2048
TAG = "appearance"


def drawn(item: LibraryItem, *, dark: bool) -> QImage:
    """Return a drawing of `item`."""
    image = thumbnail(item.shown(), *SIZE, dark=dark, problems=item.what == "network")
    image.setText(TAG, "dark" if dark else "light")
    return image


def to_png(image: QImage) -> bytes:
    """Return an image as PNG."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    buffer.close()
    return bytes(data.data())


def picture(stored: Stored, *, dark: bool) -> QImage:
    """Return the kept picture, or a new drawing where there is none of the appearance in use, or a damaged one."""
    return kept(stored, dark=dark) or drawn(stored.item, dark=dark)


def kept(stored: Stored, *, dark: bool) -> QImage | None:
    """Return the kept picture, None where it cannot be shown."""
    try:
        if stored.picture.stat().st_size > MAX_PICTURE:
            return None
    except OSError:
        return None
    reader = QImageReader(str(stored.picture), b"png")
    size = reader.size()
    if not size.isValid() or max(size.width(), size.height()) > MOST_SIDE:
        return None
    if reader.text(TAG) != ("dark" if dark else "light"):
        return None
    image = reader.read()
    return None if image.isNull() else image
