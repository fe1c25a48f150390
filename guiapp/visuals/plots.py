"""Plots and maps as PNG files, without a window: for the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from guiapp.core import files
from guiapp.core.colormaps import colormap as table_of
from guiapp.core.messages import Epoch
from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader
from guiapp.visuals import mosaic
from guiapp.visuals.curves import series
from guiapp.visuals.live import Array
from guiapp.visuals.maps.compute import Scale, quantise, recolour

Floats = NDArray[np.float64]

BACK, TEXT, SECONDARY, GRID = "#FFFFFF", "#1B1F26", "#59616E", "#E6E9EF"
TRAIN, VALIDATION, FAINT = "#2563EB", "#D9730D", "#C9D8FA"
OVER = 2
"""Curves are drawn this much larger and shrunk: Pillow's lines have no half tones."""


@dataclass(frozen=True)
class _Chart:
    """What one chart shows."""

    title: str
    steps: Floats
    values: Floats
    ends: Sequence[Epoch]
    validation: Floats
    text: Callable[[float], str]
    limits: tuple[float, float]


@dataclass(frozen=True)
class _Area:
    """The part of the picture that curves fill, and the numbers at its edges; in enlarged pixels."""

    left: float
    top: float
    right: float
    bottom: float
    x: tuple[float, float]
    y: tuple[float, float]

    def at(self, x: float, y: float) -> tuple[float, float]:
        across = (x - self.x[0]) / ((self.x[1] - self.x[0]) or 1)
        up = (min(max(y, self.y[0]), self.y[1]) - self.y[0]) / ((self.y[1] - self.y[0]) or 1)
        return self.left + across * (self.right - self.left), self.bottom - up * (self.bottom - self.top)


def curve_png(run: RunReader, out: Path, *, width: int = 1200, height: int = 420, smoothing: float = 0.6) -> None:
    """Draw a run's loss and accuracy side by side into a PNG.

    Parameters
    ----------
    run : RunReader
        The run.
    out : Path
        The file; written whole or not at all.
    width, height : int
        Its size in pixels.
    smoothing : float
        How much the figures of steps are smoothed, 0 to less than 1.

    Raises
    ------
    UserError
        When the run has no recorded steps.
    OSError
        When the file cannot be written.
    """
    metrics, epochs = run.metrics(), run.epochs()
    if not len(metrics.step):
        raise UserError("has no recorded steps yet", where=run.folder, mend="Train for at least one step")
    picture = Image.new("RGB", (width * OVER, height * OVER), BACK)
    steps = metrics.step.astype(np.float64)
    val_loss = np.array([row.val_loss for row in epochs], np.float64)
    val_accuracy = np.array([row.val_accuracy for row in epochs], np.float64)
    loss_limits = series.limits([metrics.loss, val_loss], log=False) or (0.0, 1.0)
    charts = (
        _Chart(
            "loss",
            steps,
            metrics.loss,
            epochs,
            val_loss,
            series.figure_text,
            (min(0.0, loss_limits[0]), loss_limits[1]),
        ),
        _Chart("accuracy", steps, metrics.accuracy, epochs, val_accuracy, series.percent_text, (0.0, 1.0)),
    )
    half = width * OVER / 2
    for i, chart in enumerate(charts):
        _draw_chart(picture, chart, i * half, half, smoothing)
    _save(picture.resize((width, height), Image.Resampling.LANCZOS), out)


def _draw_chart(picture: Image.Image, chart: _Chart, left: float, width: float, smoothing: float) -> None:
    draw = ImageDraw.Draw(picture)
    span = (min(1.0, chart.steps[0]), max(chart.steps[-1], chart.steps[0] + 1))
    area = _Area(left + 64 * OVER, 44 * OVER, left + width - 24 * OVER, picture.height - 44 * OVER, span, chart.limits)
    _axes(draw, chart, area)
    columns = int((area.right - area.left) / OVER)
    smooth = series.smoothed(chart.values, smoothing)
    for values, colour, wide in ((chart.values, FAINT, OVER), (smooth, TRAIN, 2 * OVER)):
        _line(draw, area, series.thinned(chart.steps, values, *span, columns), colour, wide)
    ends = np.array([row.step for row in chart.ends], np.float64)
    _line(draw, area, (ends, chart.validation), VALIDATION, 2 * OVER)
    for step, value in zip(ends, chart.validation, strict=True):
        if np.isfinite(value):
            x, y = area.at(step, value)
            draw.ellipse((x - 3.5 * OVER, y - 3.5 * OVER, x + 3.5 * OVER, y + 3.5 * OVER), VALIDATION, BACK, OVER)
    _legend(draw, chart, area, float(smooth[-1]))


def _line(draw: ImageDraw.ImageDraw, area: _Area, curve: tuple[Floats, Floats], colour: str, wide: int) -> None:
    x, y = curve
    known = np.isfinite(y)
    points = [area.at(a, b) for a, b in zip(x[known].tolist(), y[known].tolist(), strict=True)]
    if len(points) > 1:
        draw.line(points, colour, wide, joint="curve")


def _axes(draw: ImageDraw.ImageDraw, chart: _Chart, area: _Area) -> None:
    face = mosaic.font(12 * OVER)
    for value in series.nice_ticks(*chart.limits, most=5):
        _, y = area.at(area.x[0], value)
        draw.line((area.left, y, area.right, y), GRID, OVER)
        text = f"{value * 100:g} %" if chart.text is series.percent_text else f"{value:g}"
        draw.text((area.left - 8 * OVER, y), text, SECONDARY, face, anchor="rm")
    for step in series.nice_ticks(*area.x, most=6):
        x, _ = area.at(step, 0)
        draw.line((x, area.bottom, x, area.bottom + 4 * OVER), SECONDARY, OVER)
        draw.text((x, area.bottom + 7 * OVER), series.step_text(step), SECONDARY, face, anchor="ma")
    draw.line((area.left, area.bottom, area.right, area.bottom), SECONDARY, OVER)
    draw.text(((area.left + area.right) / 2, area.bottom + 24 * OVER), "step", SECONDARY, face, anchor="ma")


def _legend(draw: ImageDraw.ImageDraw, chart: _Chart, area: _Area, train: float) -> None:
    draw.text((area.left, 24 * OVER), chart.title, TEXT, mosaic.font(16 * OVER), anchor="lm")
    face, right, y = mosaic.font(12 * OVER), area.right, 24 * OVER
    entries = [(f"train {chart.text(train)}", TRAIN)]
    if np.isfinite(chart.validation).any():
        entries.insert(0, (f"validation {chart.text(float(chart.validation[-1]))}", VALIDATION))
    for text, colour in entries:
        draw.text((right, y), text, TEXT, face, anchor="rm")
        right -= draw.textlength(text, face) + 8 * OVER
        draw.line((right - 16 * OVER, y, right, y), colour, 3 * OVER)
        right -= 36 * OVER


def maps_png(
    maps: Array,
    out: Path,
    *,
    title: str = "",
    colormap: str | None = None,
    scale: Scale = "each",
    long_side: int = 1024,
) -> None:
    """Draw feature maps as a grid into a PNG, each with its number.

    Parameters
    ----------
    maps : float array, shape (C, h, w)
        The values.
    out : Path
        The file; written whole or not at all.
    title : str
        A line above them.
    colormap : str, optional
        One of `guiapp.core.colormaps.NAMES`; viridis when not given.
    scale : {"each", "fixed"}
        Whether each map has its own colour scale.
    long_side : int
        About how many pixels the longer side has; maps are enlarged by whole factors.

    Raises
    ------
    OSError
        When the file cannot be written.
    """
    name = colormap or "viridis"
    quantised, ranges = quantise(maps)
    count, h, w = quantised.shape
    # One square a unit needs one scale, else all would look alike.
    indices = recolour(quantised, ranges, "fixed" if h == w == 1 else scale, signed=name == "diverging")
    tiles = table_of(name)[indices]
    where = mosaic.layout(count, h, w)
    factor = max(1, long_side // max(where.width, where.height))
    tiles = np.stack([mosaic.enlarged(tile, factor) for tile in tiles])
    captions = [str(i) for i in range(count)] if w * factor >= 16 else []
    white, text = (255, 255, 255), (89, 97, 110)
    if captions:
        grid = mosaic.captioned(tiles, captions, colour=text, background=white, gap=8)
    else:
        grid = mosaic.mosaic(tiles, mosaic.layout(count, h * factor, w * factor, gap=2), white)
    _save(_titled(grid, title), out)


def _titled(grid: NDArray[np.uint8], title: str) -> Image.Image:
    margin, above = 16, 40 if title else 16
    face = mosaic.font(16)
    width = max(grid.shape[1], round(face.getlength(title))) + 2 * margin
    picture = Image.new("RGB", (width, grid.shape[0] + above + margin), BACK)
    picture.paste(Image.fromarray(grid), (margin, above))
    if title:
        ImageDraw.Draw(picture).text((margin, above / 2), title, TEXT, face, anchor="lm")
    return picture


def _save(picture: Image.Image, out: Path) -> None:
    with files.writing(out) as temporary:
        picture.save(temporary, format="PNG")
