"""What an image file says about itself in its first bytes, read without decoding it."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

IMAGE_SUFFIXES = frozenset(
    {
        ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm",
        ".pnm",
    }
)  # fmt: skip
"""Endings of the files that are read, in lower case."""

OTHER_PICTURES = frozenset(
    {
        ".heic", ".heif", ".avif", ".jxl", ".jp2", ".svg", ".psd", ".tga", ".ico", ".exr", ".hdr", ".dcm", ".dng",
        ".cr2", ".cr3", ".nef", ".arw", ".raw",
    }
)  # fmt: skip
"""Endings of pictures that are not read."""

MAX_PIXELS = 100_000_000
"""Images with more pixels than this are refused."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


def is_image_name(name: str) -> bool:
    """Whether `name` ends as an image file that is read."""
    return os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES  # noqa: PTH122 (called for every file of a folder)


@dataclass(frozen=True)
class Header:
    """A file's format and size.

    Attributes
    ----------
    format : str
        ``"png"``, ``"jpeg"``, ``"tiff"``, or ``"other"`` for BMP, GIF, WebP and PNM.
    width, height : int
        Size in pixels before any EXIF rotation; 0 where only Pillow can tell.
    plain : bool
        8-bit grey, palette or RGB without alpha, rotation or colour profile: the fast decoder gets it right.
    """

    format: str
    width: int = 0
    height: int = 0
    plain: bool = False


def sniff(data: bytes) -> Header | None:
    """Return what `data` says it is, or None where it is no image that is known.

    Parameters
    ----------
    data : bytes
        A whole file, or its beginning.
    """
    if data.startswith(_PNG):
        return _png(data)
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return Header("tiff")
    webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    netpbm = data[:1] == b"P" and data[1:2] in b"123456" and data[2:3] in b" \t\r\n#" and len(data) > 2
    return Header("other") if webp or netpbm or data.startswith((b"BM", b"GIF87a", b"GIF89a")) else None


def _png(data: bytes) -> Header:
    if len(data) < 26 or data[12:16] != b"IHDR":
        return Header("png")
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    plain = depth <= 8 and colour in (0, 2, 3)
    at = 33
    while plain and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            break
        plain = kind not in (b"tRNS", b"iCCP", b"eXIf", b"acTL")
        at += 12 + length
    return Header("png", width, height, plain)


def _jpeg(data: bytes) -> Header:
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF or marker in _JPEG_BARE:
            at += 1 if marker == 0xFF else 2
            continue
        length = struct.unpack_from(">H", data, at + 2)[0]
        if marker in _JPEG_SIZES and at + 10 <= len(data):
            depth, height, width, parts = struct.unpack_from(">BHHB", data, at + 4)
            plain = depth == 8 and parts in (1, 3)
            return Header("jpeg", width, height, plain)
        at += 2 + length
    return Header("jpeg")
