"""Animations of what a run recorded: how filters or feature maps of a layer change while the network learns."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from guiapp.core import files, notify
from guiapp.core.analysis import Analysis, analyse
from guiapp.core.blocks import flat
from guiapp.core.colormaps import NAMES
from guiapp.core.messages import Animation
from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader
from guiapp.visuals import reading
from guiapp.visuals.encode import SUFFIXES, encode
from guiapp.visuals.filters.compute import layers_with_filters
from guiapp.visuals.frames import Film, film_of_filters, film_of_maps
from guiapp.visuals.maps.compute import recorded_layers
from guiapp.visuals.options import Options

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


def _unreported(done: int, total: int) -> None:
    """Report nothing."""


def _never() -> bool:
    return False


def _one_of(options: Options, name: str, allowed: tuple[str, ...]) -> None:
    value = getattr(options, name)
    if value not in allowed:
        raise UserError(f"“{value}” is not known", where=name, mend=f"Choose one of {', '.join(allowed)}")


def _within(options: Options, name: str, low: float, high: float) -> None:
    value = getattr(options, name)
    if value is not None and not low <= value <= high:
        raise UserError(f"is {value:g}, out of range", where=name, mend=f"Choose a number from {low:g} to {high:g}")


def check(options: Options) -> None:
    """Hold the options against what is possible.

    Raises
    ------
    UserError
        When one of them is not known or out of range; it names the option and the range.
    """
    _one_of(options, "what", ("filters", "maps"))
    _one_of(options, "scale", ("fixed", "each"))
    _one_of(options, "colormap", NAMES)
    _within(options, "fps", 0.5, 60)
    _within(options, "enlarge", 1, 64)
    _within(options, "hold_last_s", 0, 60)
    _within(options, "max_frames", 1, 10_000)


def picked_steps(snapshots: NDArray[np.int64], options: Options, where: object = "") -> list[int]:
    """Return the steps of the snapshots to show.

    Raises
    ------
    UserError
        When there are none at all, or none in the range asked for.
    """
    if not len(snapshots):
        raise UserError("has no snapshots yet", where=where, mend="Train at least to the first snapshot")
    first = snapshots[0] if options.first_step is None else options.first_step
    last = snapshots[-1] if options.last_step is None else options.last_step
    inside = [int(step) for step in snapshots if first <= step <= last]
    if not inside:
        raise UserError(
            f"has no snapshot from step {first:,} to {last:,}",
            where=where,
            mend=f"Choose steps between {snapshots[0]:,} and {snapshots[-1]:,}",
        )
    return reading.evenly(inside, options.max_frames)


def _check_layer(analysis: Analysis, options: Options) -> None:
    names = [row.layer.name for row in analysis.rows if row.layer.enabled]
    filters, maps = layers_with_filters(analysis), recorded_layers(analysis)
    allowed = filters if options.what == "filters" else maps
    if options.layer not in names:
        raise UserError("is not a layer of this run", where=options.layer, mend=f"Choose one of {', '.join(allowed)}")
    if options.layer not in allowed:
        lacks = "has no filters" if options.what == "filters" else "has no recorded maps"
        mend = f"Choose one of {', '.join(allowed)}" if allowed else "Choose “maps” instead"
        raise UserError(lacks, where=options.layer, mend=mend)


def frames(run: RunReader, options: Options, progress: Progress = _unreported, cancel: Cancel = _never) -> Film:
    """Return the pictures of an animation.

    Parameters
    ----------
    run : RunReader
        The run whose snapshots are shown.
    options : Options
        What of it.
    progress : callable
        Called with how many snapshots were drawn, and of how many.
    cancel : callable
        Asked between two snapshots whether to give up.

    Raises
    ------
    UserError
        When an option is out of range, there is no such layer, channel or pinned image, or nothing was recorded.
    notify.Cancelled
        When `cancel` says so.
    """
    check(options)
    snapshots = run.snapshots()
    steps = picked_steps(snapshots, options, run.folder)
    _check_layer(analyse(flat(run.project().network)), options)

    def advance(done: int) -> None:
        if cancel():
            raise notify.Cancelled
        progress(done, len(steps))

    make = film_of_filters if options.what == "filters" else film_of_maps
    return make(run, options, steps, advance)


def render(
    run: RunReader,
    options: Options,
    out: Path | None = None,
    progress: Progress = _unreported,
    cancel: Cancel = _never,
) -> Animation:
    """Write an animation; the file is there whole, or not at all.

    Parameters
    ----------
    run, options, progress, cancel
        As in `frames`.
    out : Path or None
        The file; its suffix (.gif, .webp, .png or .mp4) is the format. None makes a GIF in memory.

    Returns
    -------
    Animation
        `frames` counts the pictures of the file: those that do not differ from the one before only lengthen it.

    Raises
    ------
    UserError
        As `frames`, and when the suffix is not one of the four or the file cannot be read back whole.
    OSError
        When the file cannot be written.
    notify.Cancelled
        When `cancel` says so.
    """
    if out is not None and out.suffix.lower() not in SUFFIXES:
        raise UserError(
            f"“{out.suffix}” is not an animation's suffix" if out.suffix else "has no suffix",
            where=out,
            mend="End the name with .gif, .webp, .png or .mp4",
        )
    film = frames(run, options, progress, cancel)
    if out is None:
        return _in_memory(film, options)
    with files.writing(out) as temporary:
        count = encode(film, temporary, out.suffix.lower(), options.fps, loop=options.loop)
        if cancel():
            raise notify.Cancelled
    return Animation(str(out), out.stat().st_size, count, film.size)


def _in_memory(film: Film, options: Options) -> Animation:
    buffer = io.BytesIO()
    count = encode(film, buffer, ".gif", options.fps, loop=options.loop)
    data = buffer.getvalue()
    with Image.open(io.BytesIO(data)) as image:
        size = image.size
    return Animation(None, len(data), count, size, data)
