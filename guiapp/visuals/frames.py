"""The pictures of an animation, before a file is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from guiapp.core.blocks import flat
from guiapp.core.colormaps import colormap
from guiapp.core.layers import Layer
from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader
from guiapp.visuals import mosaic, reading
from guiapp.visuals.filters import compute as filters
from guiapp.visuals.maps import compute as maps
from guiapp.visuals.options import Options

Bytes = NDArray[np.uint8]

LONG_SIDE = 512
SHARP_UP_TO = 64
GAP = 6
CAPTION = 14
IMAGE_S = 1.0
DARK = (44, 50, 59)


@dataclass
class Film:
    """Pictures of one size, each with the time it stays.

    Attributes
    ----------
    palette : uint8 array, shape (256, 3), or None
        Where there is one, pictures are indices into it.
    pictures : list of uint8 arrays, shape (H, W) or (H, W, 3)
        In order; no two neighbours are equal.
    seconds : list of float
        How long each stays.
    """

    palette: Bytes | None
    pictures: list[Bytes] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, picture: Bytes, seconds: float) -> None:
        """Append a picture; one that equals the last only lengthens it, as file formats do silently."""
        if self.pictures and np.array_equal(self.pictures[-1], picture):
            self.seconds[-1] += seconds
            return
        self.pictures.append(picture)
        self.seconds.append(seconds)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        height, width = self.pictures[0].shape[:2]
        return width, height

    def rgb(self, index: int) -> Bytes:
        """Return a picture as (H, W, 3)."""
        picture = self.pictures[index]
        return picture if self.palette is None else self.palette[picture]


@dataclass(frozen=True)
class Ink:
    """What lies around the tiles: colours as indices or RGB, as the pictures are."""

    back: mosaic.Colour
    text: mosaic.Colour


def palette_of(name: str, *, free: bool) -> tuple[Bytes, Ink]:
    """Return a colormap as a palette, and the entries of it that serve for background and text.

    With `free`, tiles do not use entry 0, and it becomes the colour of what lies around them.
    """
    table = colormap(name).copy()
    if free:
        table[0] = DARK
        return table, Ink(0, filters.ZERO if name == "diverging" else 255)
    light = table.astype(int).sum(axis=1)
    return table, Ink(int(light.argmin()), int(light.argmax()))


def factor_for(where: mosaic.Layout, enlarge: int | None) -> int:
    """Return the whole factor that brings a picture's long side to about `LONG_SIDE` pixels."""
    if enlarge is not None:
        return enlarge
    if max(where.h, where.w) > SHARP_UP_TO:
        return 1
    return max(1, round(LONG_SIDE / max(where.columns * where.w, where.rows * where.h)))


def _shrunk(tiles: Bytes, h: int, w: int) -> Bytes:
    if tiles.shape[1:3] == (h, w):
        return tiles
    # Colormaps are even scales, so that averaging indices is averaging values.
    return np.stack([np.asarray(Image.fromarray(tile).resize((w, h), Image.Resampling.BOX)) for tile in tiles])


def _tile_size(count: int, h: int, w: int, enlarge: int | None) -> tuple[int, int]:
    """Return the size that tiles are shrunk to where a grid of large maps would be beyond twice `LONG_SIDE`."""
    where = mosaic.layout(count, h, w, gap=0)
    over = max(where.width, where.height) / (2 * LONG_SIDE)
    if over <= 1 or enlarge is not None:
        return h, w
    return max(1, int(h / over)), max(1, int(w / over))


def compose(tiles: Bytes, ink: Ink, enlarge: int | None, caption: str | None) -> Bytes:
    """Return one picture: the tiles in a grid, enlarged, with a line of text below."""
    h, w = _tile_size(len(tiles), tiles.shape[1], tiles.shape[2], enlarge)
    tiles = _shrunk(tiles, h, w)
    where = mosaic.layout(len(tiles), h, w, gap=0)
    factor = factor_for(where, enlarge)
    large = mosaic.layout(len(tiles), h * factor, w * factor, columns=where.columns, gap=GAP)
    picture = mosaic.mosaic(np.stack([mosaic.enlarged(tile, factor) for tile in tiles]), large, ink.back)
    return picture if caption is None else _with_caption(picture, ink, caption)


def _with_caption(picture: Bytes, ink: Ink, caption: str) -> Bytes:
    room = picture.shape[1]
    size = next((s for s in (CAPTION, 11, 9) if mosaic.text_size("step 99,999", s)[0] + 8 <= room), 8)
    height = mosaic.text_size("0", size)[1] + 6
    strip = np.empty((height, *picture.shape[1:]), np.uint8)
    strip[:] = ink.back
    mosaic.draw_text(strip, caption, 3, 4, size=size, colour=ink.text)
    return np.concatenate([picture, strip])


def _captions(options: Options, steps: Sequence[int]) -> list[str | None]:
    return [f"step {step:,}" if options.caption else None for step in steps]


def _shoot(
    film: Film,
    options: Options,
    steps: Sequence[int],
    draw: Callable[[int, str | None], Bytes],
    advance: Callable[[int], None],
) -> Film:
    for done, (step, caption) in enumerate(zip(steps, _captions(options, steps), strict=True)):
        advance(done)
        film.add(draw(step, caption), 1 / options.fps)
    film.seconds[-1] += options.hold_last_s
    advance(len(steps))
    return film


def _missing(options: Options, step: int) -> UserError:
    return UserError(
        f"has no recorded {options.what} at step {step:,}",
        where=options.layer,
        mend="Train again, then animate that run",
    )


def _wanted(options: Options, count: int) -> slice:
    channel = options.channel
    if channel is not None and not 0 <= channel < count:
        what = options.what.rstrip("s")
        raise UserError(f"has no {what} {channel}", where=options.layer, mend=f"Choose a number from 0 to {count - 1}")
    return slice(None) if options.channel is None else slice(options.channel, options.channel + 1)


def film_of_filters(run: RunReader, options: Options, steps: Sequence[int], advance: Callable[[int], None]) -> Film:
    """Return the film of a layer's kernels; parameters as `animate.frames` prepares them."""
    layer = flat(run.project().network)[options.layer]
    kernel = _kernel(run, steps[-1], layer, options)
    part = _wanted(options, kernel.shape[3])
    mode = filters.modes(kernel)[0]
    palette, ink = palette_of("diverging", free=True)
    if mode == filters.COLOUR:
        ink = Ink(DARK, (255, 255, 255))
    film = Film(None if mode == filters.COLOUR else palette)
    reach = None
    if options.scale == "fixed":
        reach = max(_reach(filters.chosen(_kernel(run, step, layer, options), mode)[part]) for step in steps)

    def draw(step: int, caption: str | None) -> Bytes:
        values = filters.chosen(_kernel(run, step, layer, options), mode)[part]
        return compose(filters.signed_indices(values, options.scale, reach=reach), ink, options.enlarge, caption)

    _begin_with_image(film, run, options, ink, draw(steps[0], _captions(options, steps)[0]))
    return _shoot(film, options, steps, draw, advance)


def _kernel(run: RunReader, step: int, layer: Layer, options: Options) -> maps.Floats:
    kernel = reading.read_kernel(run, step, layer)
    if kernel is None:
        raise _missing(options, step)
    return kernel


def _reach(values: maps.Floats) -> float:
    return float(np.abs(np.where(np.isfinite(values), values, 0)).max(initial=0.0))


def film_of_maps(run: RunReader, options: Options, steps: Sequence[int], advance: Callable[[int], None]) -> Film:
    """Return the film of a layer's feature maps; parameters as `animate.frames` prepares them."""
    seen = reading.read_seen(run)
    if not 0 <= options.pin < len(seen):
        mend = f"Choose a number from 0 to {len(seen) - 1}" if seen else "Pin an image and train again"
        raise UserError(f"has no pinned image {options.pin}", where=run.folder, mend=mend)
    part = _wanted(options, len(_maps(run, steps[-1], options).maps))
    signed = options.colormap == "diverging"
    # One map alone keeps every level exact; a grid gives up the lowest, so that its gaps can be seen.
    free = signed or options.channel is None
    palette, ink = palette_of(options.colormap, free=free)
    film = Film(palette)
    over = None
    if options.scale == "fixed":
        over = np.concatenate([_ranges(run, step, options)[part] for step in steps])

    def draw(step: int, caption: str | None) -> Bytes:
        found = _maps(run, step, options)
        tiles = maps.recolour(found.maps[part], found.ranges[part], options.scale, signed=signed, over=over)
        tiles = np.maximum(tiles, 1) if free else tiles
        return compose(tiles, ink, options.enlarge, caption)

    _begin_with_image(film, run, options, ink, draw(steps[0], _captions(options, steps)[0]))
    return _shoot(film, options, steps, draw, advance)


def _maps(run: RunReader, step: int, options: Options) -> reading.Maps:
    found = reading.read_maps(run, step, options.layer, options.pin)
    if found is None:
        raise _missing(options, step)
    return found


def _ranges(run: RunReader, step: int, options: Options) -> maps.Floats:
    found = reading.read_ranges(run, step, options.layer, options.pin)
    if found is None:
        raise _missing(options, step)
    return found


def _begin_with_image(film: Film, run: RunReader, options: Options, ink: Ink, like: Bytes) -> None:
    """Let a film begin with the pinned image, as large as the pictures that follow (`like`) and in their colours."""
    if not options.begin_with_image:
        return
    seen = reading.read_seen(run)
    if not 0 <= options.pin < len(seen):
        return
    image = Image.fromarray(seen[options.pin].squeeze())
    height, width = like.shape[:2]
    strip = len(_with_caption(like, ink, "")) - height if options.caption else 0
    scale = min(width / image.width, (height - strip) / image.height)
    if scale >= 1 and max(image.size) <= SHARP_UP_TO:
        scale = int(scale)
    to = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    sharp = scale >= 1 and max(image.size) <= SHARP_UP_TO
    shown = image.resize(to, Image.Resampling.NEAREST if sharp else Image.Resampling.LANCZOS)
    picture = np.empty_like(like)
    picture[:] = ink.back
    top, left = (height - strip - to[1]) // 2, (width - to[0]) // 2
    # With a palette the image is shown by its brightness, as the maps are.
    pixels = np.asarray(shown.convert("L" if like.ndim == 2 else "RGB"))
    if film.palette is not None and tuple(film.palette[0]) == DARK:
        pixels = np.maximum(pixels, 1)
    picture[top : top + to[1], left : left + to[0]] = pixels
    if options.caption:
        size = CAPTION if width > 120 else 9
        mosaic.draw_text(picture, "the image", height - strip + 3, 4, size=size, colour=ink.text)
    film.add(picture, IMAGE_S)
