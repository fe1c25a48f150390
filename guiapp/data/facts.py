"""What kind of image a file holds: its format, its size as shown, and what is uncommon about it."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from guiapp.data import modes
from guiapp.data.headers import sniff

MODES = ("CMYK", "16 bit", "alpha", "palette", "rotated", "animated")
"""What is uncommon, though it is decoded rightly."""

_FORMATS = {b"BM": "BMP", b"GI": "GIF", b"RI": "WebP"}
_EXIF_WITHIN = 1 << 16
_DEPTH = 258


@dataclass(frozen=True)
class Facts:
    """What a file says of itself.

    Attributes
    ----------
    format : str
        As a person calls it: ``"JPEG"``.
    width, height : int
        Pixels as shown, after any rotation that the file asks for; 0 where it cannot be told.
    modes : tuple of str
        Those of `MODES` that hold.
    """

    format: str
    width: int = 0
    height: int = 0
    modes: tuple[str, ...] = ()


def facts_of(data: bytes) -> Facts:
    """Return what `data`, a whole file, says of itself; nothing is decoded, and nothing is raised."""
    header = sniff(data)
    if header is None:
        return Facts("none")
    name = _FORMATS.get(data[:2], "PNM") if header.format == "other" else header.format.upper()
    turned = header.format == "jpeg" and data.find(b"Exif\0\0", 0, _EXIF_WITHIN) >= 0
    if header.plain and not turned:
        palette = header.format == "png" and data[25] == 3
        return Facts(name, header.width, header.height, ("palette",) if palette else ())
    try:
        return _asked(name, modes.open_lazily(data), data)
    except Exception:  # Pillow's readers raise nearly anything on damaged data; decoding will tell
        return Facts(name, header.width, header.height)


def _asked(name: str, image: Image.Image, data: bytes) -> Facts:
    """Return what Pillow tells of an image that it has opened."""
    width, height = image.size
    turn = modes.orientation(image)
    if turn >= 5:
        width, height = height, width
    holds = (
        image.mode == "CMYK",
        _deep(name, image, data),
        (image.mode != "P" and image.has_transparency_data) or "transparency" in image.info,
        image.mode in ("P", "PA"),
        turn > 1,
        bool(getattr(image, "is_animated", False)),
    )
    return Facts(name, width, height, tuple(mode for mode, yes in zip(MODES, holds, strict=True) if yes))


def _deep(name: str, image: Image.Image, data: bytes) -> bool:
    """Whether it has more than 8 bits a value; Pillow opens 16-bit colour as 8-bit."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return True
    if name == "PNG":
        return data[24] == 16
    depth = getattr(image, "tag_v2", {}).get(_DEPTH, 8)
    return bool(max(depth if isinstance(depth, tuple) else (depth,)) > 8)
