"""Pictures to an animation's file, read back before it counts as written."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from guiapp.core.notify import UserError
from guiapp.visuals.frames import Bytes, Film

SUFFIXES = (".gif", ".webp", ".png", ".mp4")

FORMATS = {".gif": "GIF", ".webp": "WEBP", ".png": "PNG"}


def encode(film: Film, out: Path | io.BytesIO, suffix: str, fps: float, *, loop: bool) -> int:
    """Write a film in the format of `suffix`, read it back, and return how many pictures it holds.

    Raises
    ------
    UserError
        When this system cannot write the format, or the file does not hold all the pictures.
    OSError
        When the file cannot be written.
    """
    if suffix == ".mp4":
        assert isinstance(out, Path)
        expected, found = _write_video(film, out, fps)
    else:
        _write_pictures(film, out, suffix, loop=loop)
        expected, found = len(film.pictures), _count(out)
    if found != expected:
        raise UserError(
            f"holds {found} of {expected} pictures and was not kept", where=suffix, mend="Choose another format"
        )
    return found


def durations_ms(seconds: list[float], unit: int) -> list[int]:
    """Return durations in whole units of `unit` ms, none 0, the sum kept as exact as that allows."""
    out, owed = [], 0.0
    for one in seconds:
        owed += one * 1000
        units = max(1, round(owed / unit))
        out.append(units * unit)
        owed -= units * unit
    return out


def _write_pictures(film: Film, out: Path | io.BytesIO, suffix: str, *, loop: bool) -> None:
    if suffix == ".webp" and not features.check("webp"):
        raise UserError("cannot be written on this system", where=".webp", mend="Choose .gif or .png")
    pictures = _gif_images(film) if suffix == ".gif" else _images(film, indexed=suffix == ".png")
    ways: dict[str, dict[str, Any]] = {".gif": {"optimize": False, "disposal": 1}, ".webp": {"lossless": True}}
    extra = dict(ways.get(suffix, {}))
    if loop or suffix != ".gif":
        # A GIF without a count plays once; the others count plays, 0 being for ever.
        extra["loop"] = 0 if loop else 1
    if len(pictures) > 1:
        durations = durations_ms(film.seconds, 10 if suffix == ".gif" else 1)
        # A list: given a generator, Pillow writes an animated PNG of one frame without a word.
        extra |= {"save_all": True, "append_images": pictures[1:], "duration": durations}
    pictures[0].save(out, format=FORMATS[suffix], **extra)


def _images(film: Film, *, indexed: bool) -> list[Image.Image]:
    if film.palette is None or not indexed:
        return [Image.fromarray(film.rgb(i)) for i in range(len(film.pictures))]
    return [_indexed(picture, film.palette) for picture in film.pictures]


def _indexed(picture: Bytes, palette: Bytes) -> Image.Image:
    image = Image.fromarray(picture)
    image.putpalette(palette.tobytes())
    return image


def _gif_images(film: Film) -> list[Image.Image]:
    if film.palette is not None:
        return _images(film, indexed=True)
    # One palette for all: a quarter of the time and the size of a palette a picture, and colours do not jump.
    common = Image.fromarray(_colours(film)).quantize(256, Image.Quantize.MEDIANCUT)
    palette = np.zeros((256, 3), np.uint8)
    known = np.array(common.getpalette(), np.uint8).reshape(-1, 3)
    palette[: len(known)], palette[len(known) :] = known, known[0]
    return [_indexed(_nearest(picture, palette), palette) for picture in film.pictures]


def _distinct(picture: Bytes) -> tuple[Bytes, NDArray[np.intp]]:
    """Return the colours of a picture (H, W, 3), (n, 3), and which of them each pixel has, flat."""
    packed = picture.reshape(-1, 3).astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
    colours, where = np.unique(packed, return_inverse=True)
    return np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=1).astype(np.uint8), where


def _nearest(picture: Bytes, palette: Bytes) -> Bytes:
    """Return for each pixel (H, W, 3) the index of the entry that is nearest to it.

    Enlarged tiles hold few colours, so each is looked up once.
    """
    colours, where = _distinct(picture)
    entries = palette.astype(np.float32)
    # |a − b|² without |a|², which is the same for all entries.
    distance = (entries**2).sum(axis=1) - 2 * colours.astype(np.float32) @ entries.T
    index: Bytes = distance.argmin(axis=1).astype(np.uint8)
    return index[where].reshape(picture.shape[:2])


def _colours(film: Film) -> Bytes:
    """Return an image of the colours that a film holds, from some of its pictures."""
    some = film.pictures[:: max(1, len(film.pictures) // 32)]
    return np.concatenate([_distinct(picture)[0] for picture in some])[None]


def _count(out: Path | io.BytesIO) -> int:
    if isinstance(out, io.BytesIO):
        out.seek(0)
    with Image.open(out) as image:
        return int(getattr(image, "n_frames", 1))


def _write_video(film: Film, out: Path, fps: float) -> tuple[int, int]:
    """Return how many frames were written, and how many are read back."""
    from guiapp.data.images import cv2

    width, height = (side + side % 2 for side in film.size)  # the codec takes even sizes only
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter.fourcc(*"mp4v"), float(fps), (width, height))
    if not writer.isOpened():
        raise UserError("cannot be written on this system", where=".mp4", mend="Choose .gif, .webp or .png")
    count, clock = 0, 0.0
    try:
        for index, seconds in enumerate(film.seconds):
            frame = np.zeros((height, width, 3), np.uint8)
            frame[: film.size[1], : film.size[0]] = film.rgb(index)[..., ::-1]
            clock += seconds * fps
            while count < max(index + 1, round(clock)):
                writer.write(frame)
                count += 1
    finally:
        writer.release()
    return count, _count_video(out)


def _count_video(out: Path) -> int:
    from guiapp.data.images import cv2

    reader = cv2.VideoCapture(str(out))
    try:
        count = 0
        while reader.grab():
            count += 1
        return count
    finally:
        reader.release()
