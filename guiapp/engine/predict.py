"""What a network says of images: one, or whole folders of them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.input import Input
from guiapp.core.messages import Prediction, Which
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.runs import RunReader
from guiapp.data import images
from guiapp.data.dataset import Dataset
from guiapp.data.headers import sniff
from guiapp.data.opening import open_dataset
from guiapp.data.work import Cancel, never, stop_if
from guiapp.engine.live import LiveModel, load_run

BATCH = 32
_NO_DATASET = ("holds no images", "the folder is empty", "is not a dataset that can be read")

Pixels = NDArray[np.uint8]
Source = str | Path | bytes


def fitted_image(network: LiveModel, source: Source) -> Pixels:
    """Return an image as the network sees it, before scaling: uint8 (H, W, C).

    Parameters
    ----------
    network : LiveModel
        Whose Input says size, colours and fit.
    source : str, Path or bytes
        The path of an image, or the bytes of one. A pinned image of the network's run need not exist any more.

    Raises
    ------
    UserError
        When it cannot be read.
    """
    seen = network.spec.layers[0]
    assert isinstance(seen, Input)
    size = (seen.width, seen.height, seen.channels, seen.fit)
    if isinstance(source, bytes):
        return images.decode_fitted(source, *size, name="the image")
    if (part := _recorded(network, str(source), parts=True)) is not None:
        return part
    try:
        return images.read_fitted(source, *size)
    except UserError:
        recorded = _recorded(network, str(source))
        if recorded is None:
            raise
        return recorded


def _recorded(network: LiveModel, path: str, *, parts: bool = False) -> Pixels | None:
    """Return a pinned image from the run's first snapshot: images of some datasets are no files of their own.

    With `parts`, only one that may be a part of its file.
    """
    if network.run is None:
        return None
    with suppress(OSError):
        pinned, cropped = _pins(network.run, (network.run / "project.json").stat().st_mtime_ns)
        if path in pinned and (cropped or not parts):
            return RunReader(network.run).array(0, "seen", str(pinned.index(path)))
    return None


@lru_cache(maxsize=4)
def _pins(run: Path, _changed: int) -> tuple[tuple[str, ...], bool]:
    """Return which images are pinned in a run, and whether its images are parts of pictures."""
    project = RunReader(run).project()
    return project.pinned, project.dataset is not None and bool(project.dataset.options.get("crop"))


def predict(network: LiveModel, source: Source, top: int = 5) -> Prediction:
    """Predict one image.

    Raises
    ------
    UserError
        When it cannot be read.
    """
    return predict_fitted(network, fitted_image(network, source)[None], top)[0]


def predict_fitted(network: LiveModel, fitted: Pixels, top: int = 5) -> list[Prediction]:
    """Predict images (N, H, W, C) that are already as the network sees them."""
    begun = time.perf_counter()
    probabilities = network.probabilities(fitted)
    seconds = (time.perf_counter() - begun) / max(1, len(fitted))
    found = []
    for image, row in zip(fitted, probabilities, strict=True):
        best = np.argsort(-row, kind="stable")[: max(1, top)]
        names = tuple(network.class_names[i] for i in best)
        found.append(Prediction(names, tuple(float(row[i]) for i in best), image, network.step, seconds))
    return found


def predict_paths(
    run: Path | str,
    paths: Iterable[Path | str],
    top: int = 5,
    cancel: Cancel = never,
    *,
    which: Which = "latest",
) -> Iterator[tuple[Path, Prediction | UserError]]:
    """Predict many images, a batch at a time.

    Parameters
    ----------
    run : Path or str
        The run's folder.
    paths : iterable of Path or str
        Images, and folders, of which every image is taken, also from folders inside; where there is none, a dataset
        that keeps its images together in a file or a few, each then called ``file#row``.
    top : int
        How many classes to return.
    cancel : callable
        Asked between batches whether to go on.
    which : {"latest", "best"}
        Which checkpoint of the run is asked.

    Yields
    ------
    tuple
        Each image's path, and what the network says of it, or why it could not be read.

    Raises
    ------
    UserError
        When the run has no such weights, or there is not one image.
    """
    network = load_run(run, which=which)
    todo = _expanded(paths, cancel)
    while part := list(islice(todo, BATCH)):
        stop_if(cancel)
        yield from _batch(network, part, top)


@dataclass(frozen=True)
class _Stored:
    """An image that has no file of its own."""

    dataset: Dataset
    row: int

    def fitted(self, network: LiveModel) -> Pixels:
        seen = network.spec.layers[0]
        assert isinstance(seen, Input)
        return self.dataset.read_fitted(self.row, seen.width, seen.height, seen.channels, seen.fit)


_Todo = tuple[Path, UserError | _Stored | None]


def _batch(network: LiveModel, part: list[_Todo], top: int) -> Iterator[tuple[Path, Prediction | UserError]]:
    read: dict[int, Pixels] = {}
    errors: dict[int, UserError] = {}
    for i, (path, what) in enumerate(part):
        try:
            if isinstance(what, UserError):
                raise what
            read[i] = fitted_image(network, path) if what is None else what.fitted(network)
        except (UserError, OSError) as exc:
            errors[i] = as_user_error(exc, doing=str(path))
    predicted = predict_fitted(network, np.stack([*read.values()]), top) if read else []
    found = dict(zip(read, predicted, strict=True))
    for i, (path, _) in enumerate(part):
        yield path, found[i] if i in found else errors[i]


def _expanded(paths: Iterable[Path | str], cancel: Cancel) -> Iterator[_Todo]:
    for path in map(Path, paths):
        inside: Iterator[Path] = _images_in(path) if path.is_dir() else iter([path] if _is_image(path) else ())
        first = next(inside, None)
        if first is None:
            yield from _of_dataset(path, cancel)
        else:
            yield from ((image, None) for image in chain((first,), inside))


def _is_image(path: Path) -> bool:
    """Return whether a file is to be read as an image: it may be one, or its reader knows what is wrong with it."""
    try:
        with open(path, "rb") as file:
            start = file.read(4096)
    except (OSError, ValueError):
        return True
    return not start or images.is_image_name(path.name) or sniff(start) is not None


def _of_dataset(path: Path, cancel: Cancel) -> Iterator[_Todo]:
    try:
        dataset = open_dataset(path, cancel=cancel)
    except UserError as exc:
        if exc.what not in _NO_DATASET:
            yield path, exc
        elif path.is_dir():
            yield path, UserError("holds no images", where=path, mend="Choose an image, or a folder that holds some")
        else:
            yield path, None
        return
    for row, name in enumerate(dataset.paths):
        if dataset.source is None:
            yield dataset.absolute(row), None
        else:
            # The name of an image may begin with that of the file which was opened.
            within = dataset.root.parent if name.startswith(f"{dataset.root.name}#") else dataset.root
            yield within / name, _Stored(dataset, row)


def _images_in(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if images.is_image_name(name) and name[0] != ".")
