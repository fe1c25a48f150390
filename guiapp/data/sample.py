"""The sample dataset "Shapes", which the program draws itself.

Eight classes of shapes, varied in place, size, rotation, colour, background and noise. Each shape is given by its
signed distance (pixels to its edge, negative inside), so that edges, outlines and shadows come out smooth at any size.
"""

from __future__ import annotations

import colorsys
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from guiapp.core import files
from guiapp.core.notify import UserError, as_user_error
from guiapp.data.work import Cancel, Progress, never, no_progress, stop_if

SIZE = 64
"""Pixels a side."""

PER_CLASS = 300
"""Images a class."""

_VERSION = "1"
_MARKER = ".complete"
_SEED = 20251
_HUES = (0.0, 0.03, 0.08, 0.12, 0.15, 0.33, 0.43, 0.5, 0.55, 0.6, 0.66, 0.75, 0.83, 0.92)

Floats = NDArray[np.float64]
Shape = Callable[[Floats, Floats], Floats]
"""From x and y, in units of the shape's radius, to the signed distance in the same units."""


def _polygon(corners: Floats) -> Shape:
    """Return the shape with these corners, (K, 2), in order."""

    def distance(x: Floats, y: Floats) -> Floats:
        nearest = np.full(x.shape, np.inf)
        inside = np.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            ex, ey = bx - ax, by - ay
            along = np.clip(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey), 0, 1)
            nearest = np.minimum(nearest, (x - ax - along * ex) ** 2 + (y - ay - along * ey) ** 2)
            if ay != by:
                inside ^= ((ay > y) != (by > y)) & (x < (y - ay) * ex / ey + ax)
        return np.asarray(np.where(inside, -1, 1) * np.sqrt(nearest), np.float64)

    return distance


def _around(count: int, *radii: float) -> Floats:
    """Return `count` corners evenly round the middle, the first on top; the radii take turns."""
    angles = np.arange(count) * (2 * np.pi / count) - np.pi / 2
    far = np.resize(np.array(radii), count)
    return np.stack([far * np.cos(angles), far * np.sin(angles)], axis=1)


def _cross_corners(arm: float) -> Floats:
    corners = np.array([(arm, -1.0), (arm, -arm), (1.0, -arm)])
    quarter = np.array([[0.0, 1.0], [-1.0, 0.0]])
    return np.concatenate([corners @ np.linalg.matrix_power(quarter, turns) for turns in range(4)])


def _heart_corners() -> Floats:
    t = np.linspace(0, 2 * np.pi, 36, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, -y - 2.5], axis=1) / 16


def _circle(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.hypot(x, y) - 0.9, np.float64)


def _ring(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.abs(np.hypot(x, y) - 0.74) - 0.22, np.float64)


def _moon(x: Floats, y: Floats) -> Floats:
    return np.asarray(np.maximum(np.hypot(x - 0.1, y) - 1, 0.85 - np.hypot(x - 0.68, y)), np.float64)


SHAPES: dict[str, Shape] = {
    "circle": _circle,
    "cross": _polygon(_cross_corners(0.34)),
    "heart": _polygon(_heart_corners()),
    "moon": _moon,
    "ring": _ring,
    "square": _polygon(np.array([(-0.78, -0.78), (0.78, -0.78), (0.78, 0.78), (-0.78, 0.78)])),
    "star": _polygon(_around(10, 1.12, 0.5)),
    "triangle": _polygon(_around(3, 1.12)),
}
"""The classes, by name."""


def draw(name: str, seed: int) -> NDArray[np.uint8]:
    """Draw one image of the class `name`.

    Returns
    -------
    ndarray of uint8, (64, 64, 3)
        RGB; the same for the same `seed`.
    """
    random = np.random.default_rng([_SEED, sorted(SHAPES).index(name), seed])
    hue = (random.choice(_HUES) + random.uniform(-0.02, 0.02)) % 1
    picture = _background(random, (hue + random.uniform(0.25, 0.75)) % 1)
    fill = _colour(hue, random.uniform(0.55, 0.9), random.uniform(0.88, 1))
    fill = _of_luma(fill, max(_luma(fill), random.uniform(0.52, 0.62)))

    radius = random.uniform(17, 26)
    room = SIZE / 2 - radius * 1.12
    cx, cy = SIZE / 2 + random.uniform(-room, room, 2)
    turn = random.uniform(-0.4, 0.4)
    shape = SHAPES[name]

    wide = _distance(shape, cx, cy, radius, turn)
    shadow, edge = wide[:-_SHADOW, :-_SHADOW], wide[_SHADOW:, _SHADOW:]
    picture *= 1 - (0.35 * _smooth(-shadow / 5 + 0.4))[..., None]
    shading = 1 + 0.12 * _ramp(random)[..., None]
    picture = _laid(picture, np.clip(fill * shading, 0, 1), np.clip(0.5 - edge, 0, 1))
    if random.random() < 0.4:
        width = random.uniform(1.2, 2.2)
        outline = fill * 0.45 if random.random() < 0.5 else 1 - (1 - fill) * 0.3
        picture = _laid(picture, outline, np.clip(0.5 + width / 2 - np.abs(edge + width / 2), 0, 1))
    picture += random.normal(0, random.uniform(0.0, 0.045), picture.shape)
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


_SHADOW = 2  # pixels that the shadow lies to the right of and below its shape
_WIDE_Y, _WIDE_X = np.mgrid[-_SHADOW:SIZE, -_SHADOW:SIZE].astype(np.float64) + 0.5
_Y, _X = _WIDE_Y[_SHADOW:, _SHADOW:], _WIDE_X[_SHADOW:, _SHADOW:]


def _distance(shape: Shape, cx: float, cy: float, radius: float, turn: float) -> Floats:
    """Return the signed distance, in pixels, to `shape` placed in the picture; with a margin above and to the left."""
    x, y = (_WIDE_X - cx) / radius, (_WIDE_Y - cy) / radius
    cos, sin = np.cos(turn), np.sin(turn)
    return shape(x * cos + y * sin, y * cos - x * sin) * radius


def _colour(hue: float, saturation: float, value: float) -> Floats:
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value))


def _luma(colour: Floats) -> float:
    return float(colour @ np.array([0.299, 0.587, 0.114]))


def _of_luma(colour: Floats, luma: float) -> Floats:
    """Return `colour` mixed with black or white so that it is this bright."""
    now = _luma(colour)
    return colour * (luma / now) if luma <= now else colour + (1 - colour) * ((luma - now) / (1 - now))


def _smooth(t: Floats) -> Floats:
    t = np.clip(t, 0, 1)
    return t * t * (3 - 2 * t)


def _ramp(random: np.random.Generator) -> Floats:
    """Return a slope across the picture from -1 to 1 in a random direction, (64, 64)."""
    angle = random.uniform(0, 2 * np.pi)
    across = (_X - SIZE / 2) * np.cos(angle) + (_Y - SIZE / 2) * np.sin(angle)
    return np.asarray(across / (SIZE / np.sqrt(2)), np.float64)


def _laid(below: Floats, colour: Floats, cover: Floats) -> Floats:
    return below + (colour - below) * cover[..., None]


def _background(random: np.random.Generator, hue: float) -> Floats:
    """Return a plain, sloping, striped or blotched picture of two related colours, (64, 64, 3), values 0-1."""
    saturation = random.uniform(0.25, 0.6)
    first = _of_luma(_colour(hue, saturation, 1), random.uniform(0.1, 0.28))
    second = _of_luma(_colour((hue + random.uniform(-0.12, 0.12)) % 1, saturation, 1), random.uniform(0.06, 0.2))
    kind = random.integers(4)
    plain = np.broadcast_to(first, (SIZE, SIZE, 3)).copy()
    if kind == 0:
        return plain
    if kind == 1:
        return _laid(plain, second, _smooth(_ramp(random) / 2 + 0.5))
    if kind == 2:
        period = random.uniform(7, 16)
        wave = np.sin(_ramp(random) * SIZE / np.sqrt(2) * (2 * np.pi / period))
        return _laid(plain, second, np.clip(0.5 + wave * period / 5, 0, 1))
    blobs = np.zeros((SIZE, SIZE))
    for x, y, size in zip(*random.uniform(0, SIZE, (2, 5)), random.uniform(7, 16, 5), strict=True):
        blobs += np.exp(-((_X - x) ** 2 + (_Y - y) ** 2) / (2 * size**2))
    return _laid(plain, second, np.clip(blobs, 0, 1))


def ensure_sample(progress: Progress = no_progress, cancel: Cancel = never) -> Path:
    """Return the folder of the sample dataset in the user's data folder, drawn on first use.

    Parameters
    ----------
    progress, cancel
        Told how many images are drawn; asked whether to go on.

    Raises
    ------
    UserError
        When the folder cannot be written.
    Cancelled
        Once `cancel` answers True; nothing is left behind.
    """
    folder = files.data_dir() / "shapes"
    if _complete(folder):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".shapes-", dir=folder.parent))
        try:
            _draw_all(temporary / "new", progress, cancel)
            _put(temporary / "new", folder, temporary / "old")
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    except OSError as exc:
        error = as_user_error(exc, doing=str(folder))
        what = f"the sample images cannot be drawn here: it {error.what.removeprefix('it ')}"
        mend = f"{error.mend}, or name another folder in CONVNET_STUDIO_DATA"
        raise UserError(what, where=folder, mend=mend) from exc
    return folder


def _complete(folder: Path) -> bool:
    try:
        return (folder / _MARKER).read_text(encoding="ascii").strip() == _VERSION
    except (OSError, ValueError):
        return False


def _draw_all(folder: Path, progress: Progress, cancel: Cancel) -> None:
    total = PER_CLASS * len(SHAPES)
    for name in SHAPES:
        (folder / name).mkdir(parents=True)
    for done in range(total):
        stop_if(cancel)
        if done % 20 == 0:
            progress("Drawing the sample images", done, total)
        number, name = done // len(SHAPES), tuple(SHAPES)[done % len(SHAPES)]
        Image.fromarray(draw(name, number)).save(folder / name / f"{number + 1:04}.png", compress_level=3)
    (folder / _MARKER).write_text(_VERSION, encoding="ascii")
    progress("Drawing the sample images", total, total)


def _put(new: Path, folder: Path, old: Path) -> None:
    """Give the finished folder its name; an unfinished or older one goes, another process's finished one stays."""
    if _complete(folder):
        return
    if os.path.lexists(folder):
        folder.rename(old)
    try:
        new.rename(folder)
    except OSError:
        if not _complete(folder):
            raise
