"""Images of the dataset as the network sees them, for the previews: nothing here touches a widget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.input import Input
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.data import images
from guiapp.data.dataset import TRAIN, Dataset
from guiapp.look.pixels import Bytes

Rows = NDArray[np.intp]
LARGEST = 512
"""Originals are kept no larger than this."""

SAMPLE = 256
"""Of so many training images at most the mean is measured for a preview."""

MOST_UNREADABLE = 50
"""After so many images in a row that cannot be read, no more are tried."""


def input_of(project: Project) -> Input | None:
    """Return the network's Input layer, or None."""
    return next((layer for layer in project.network.layers if isinstance(layer, Input)), None)


def look(layer: Input | None) -> object:
    """Return what of an Input decides how images are fitted."""
    return None if layer is None else (layer.height, layer.width, layer.channels, layer.fit)


def size_words(layer: Input) -> str:
    """Return what the network sees in words: ``"128 × 96 px, colour"``, its width first."""
    return f"{layer.width:,} × {layer.height:,} px, {'grey' if layer.channels == 1 else 'colour'}"


@dataclass(frozen=True, eq=False)
class Seen:
    """One image before and after it is fitted.

    Attributes
    ----------
    row : int
        Its number in the dataset.
    name, label : str
        Its path in the dataset, and its class.
    size : (int, int)
        Width and height in pixels.
    original : ndarray of uint8, (h, w, 3)
        The image itself, no larger than `LARGEST`.
    fitted : ndarray of uint8, (H, W, C)
        As the network sees it, before scaling.
    """

    row: int
    name: str
    label: str
    size: tuple[int, int]
    original: Bytes
    fitted: Bytes


def training_rows(dataset: Dataset, splits: NDArray[np.uint8]) -> Rows:
    """Return the training images in a shuffled order that is always the same, the classes taking turns."""
    rows = np.flatnonzero(splits == TRAIN) if len(splits) == len(dataset) else np.arange(len(dataset))
    rows = np.random.default_rng(1).permutation(rows)
    labels = dataset.labels[rows]
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=1)
    turn = np.empty(len(rows), np.intp)
    turn[order] = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows[np.lexsort((labels, turn))]


def read_one(dataset: Dataset, row: int, layer: Input) -> Seen:
    """Read an image, and fit it as the Input layer says.

    Raises
    ------
    UserError
        When it cannot be read.
    """
    whole = dataset.read(row)
    fitted = dataset.read_fitted(row, layer.width, layer.height, layer.channels, layer.fit)
    size = whole.shape[1], whole.shape[0]
    label = dataset.class_names[dataset.labels[row]]
    return Seen(row, dataset.paths[row], label, size, images.shrunk(whole, LARGEST), fitted)


def read_some(dataset: Dataset, rows: Rows, start: int, count: int, layer: Input) -> tuple[list[Seen], int]:
    """Read `count` images from place `start` of `rows` on, round and round, passing over those that cannot be read.

    Returns
    -------
    list of Seen
        At most as many as there are rows.
    int
        The place from which to go on.

    Raises
    ------
    UserError
        When none of many can be read: why the last one cannot.
    """
    found: list[Seen] = []
    failed: UserError | None = None
    bad = 0
    for step in range(len(rows)):
        place = (start + step) % len(rows)
        try:
            found.append(read_one(dataset, int(rows[place]), layer))
            bad = 0
        except UserError as exc:
            failed, bad = exc, bad + 1
        if len(found) == count or bad == MOST_UNREADABLE:
            break
    if not found and failed is not None:
        raise failed
    return found, (place + 1) % len(rows) if len(rows) else 0


def fits_of(dataset: Dataset, row: int, layer: Input) -> dict[str, Bytes]:
    """Return an image fitted in each way that there is."""
    return {fit: dataset.read_fitted(row, layer.width, layer.height, layer.channels, fit) for fit in images.FITS}


@dataclass(frozen=True, eq=False)
class Measured:
    """What scaling subtracts and divides by, measured on a sample of the training images.

    Attributes
    ----------
    mean : ndarray of float64
        (H, W, C) for a mean image, (C,) for each channel.
    deviation : ndarray of float64, (C,), or None
        The standard deviation of each channel, where it is divided by.
    count, total : int
        How many images it was measured on, of how many training images.
    """

    mean: NDArray[np.float64]
    deviation: NDArray[np.float64] | None
    count: int
    total: int

    @property
    def words(self) -> str:
        """On what it was measured."""
        if self.count >= self.total:
            return f"Measured on all {self.total:,} training images."
        return f"Measured on {self.count:,} of {self.total:,} training images; training measures on all of them."


def needs_measuring(layer: Input) -> bool:
    """Whether the layer's scaling depends on the training images."""
    return layer.scaling in {"mean image", "per channel"}


def measure(dataset: Dataset, rows: Rows, layer: Input, progress: Callable[[int, int], None]) -> Measured | None:
    """Measure what the layer's scaling needs on the first images of `rows`; None where none of them can be read."""
    some = rows[:SAMPLE]
    total = np.zeros((layer.height, layer.width, layer.channels))
    squares = np.zeros(layer.channels)
    count = 0
    for done, row in enumerate(some.tolist()):
        progress(done, len(some))
        try:
            image = dataset.read_fitted(row, layer.width, layer.height, layer.channels, layer.fit).astype(np.float64)
        except UserError:
            continue
        total += image
        squares += (image**2).mean((0, 1))
        count += 1
    if not count:
        return None
    if layer.scaling == "mean image":
        return Measured(total / count, None, count, len(rows))
    mean = total.mean((0, 1)) / count
    return Measured(mean, np.sqrt(np.maximum(squares / count - mean**2, 0)), count, len(rows))


PER_DEVIATION = 128 / 3
"""Levels of grey for a standard deviation, so that three of them reach white."""


def scaled(fitted: Bytes, layer: Input, measured: Measured | None) -> tuple[Bytes, str]:
    """Return an image after scaling, drawn, and the range of its values.

    Differences from a mean are drawn around mid grey: half as strong where the mean image is subtracted, so that the
    strongest still fit; three standard deviations reach white.
    """
    if layer.scaling == "none":
        return fitted, f"{fitted.min()} … {fitted.max()}"
    if layer.scaling == "1/255":
        return fitted, f"{fitted.min() / 255:.2f} … {fitted.max() / 255:.2f}"
    if measured is None:
        return fitted, ""
    values = fitted - measured.mean
    if measured.deviation is None:
        drawn, words = 128 + values / 2, f"{_signed(values.min(), 0)} … {_signed(values.max(), 0)}"
    else:
        values /= np.maximum(measured.deviation, 1e-7)
        drawn, words = 128 + values * PER_DEVIATION, f"{_signed(values.min(), 1)} … {_signed(values.max(), 1)}"
    return bytes_of(drawn), words


def bytes_of(values: NDArray[np.float64]) -> Bytes:
    """Return numbers as bytes, those beyond 0…255 cut off."""
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _signed(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")


def rgb(image: Bytes) -> Bytes:
    """Return an image (H, W, 1) or (H, W, 3) as (H, W, 3)."""
    return np.repeat(image, 3, axis=2) if image.shape[2] == 1 else image
