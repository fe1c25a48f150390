"""From a project to images in memory: open, restrict, divide, decode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from guiapp.core import notify
from guiapp.core.dataset_settings import Option
from guiapp.core.layers.input import Input
from guiapp.core.messages import Damaged
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, Project
from guiapp.core.runs import RunReader
from guiapp.data import cache, images, opening
from guiapp.data.cache import Decoded
from guiapp.data.dataset import TEST, TRAIN, UNUSED, VALIDATION, Dataset
from guiapp.data.editing import Arranged, arrange
from guiapp.data.work import Cancel, Progress, never, no_progress
from guiapp.engine import build
from guiapp.engine.listing import Listing, arrange_as_listed, listing

Pixels = NDArray[np.uint8]
Rows = NDArray[np.intp]
PINNED = 2
"""How many images are pinned where the person pinned none."""
NAMED = 3
"""So many classes are named in a warning."""


@dataclass(frozen=True, eq=False)
class TrainingData:
    """What a network is trained on.

    Attributes
    ----------
    images : uint8 array, shape (N, H, W, C)
        All images at the network's size; may be memory-mapped.
    labels : int32 array, shape (N,)
        The class of each.
    train, validation, test : int array
        Which images belong to each split.
    class_names : tuple of str
        The classes, in the order of the labels.
    pinned : uint8 array, shape (P, H, W, C)
        The pinned images as the network sees them.
    pinned_paths : tuple of str
        Where they come from.
    damaged : Damaged or None
        The images that could not be decoded and are left out.
    listing : Listing or None
        The list that the run keeps.
    importer, options
        How the dataset was read, with what was found by looking.
    warnings : tuple of str
        Sentences about the dataset that the person should read before training.
    """

    images: Pixels
    labels: NDArray[np.int32]
    train: Rows
    validation: Rows
    test: Rows
    class_names: tuple[str, ...]
    pinned: Pixels
    pinned_paths: tuple[str, ...]
    damaged: Damaged | None = None
    listing: Listing | None = None
    importer: str | None = None
    options: Mapping[str, Option] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def input_of(network: NetworkSpec) -> Input:
    """Return the network's Input.

    Raises
    ------
    UserError
        When the network has problems.
    """
    build.checked(network)
    first = network.layers[0]
    assert isinstance(first, Input)
    return first


def prepare(
    project: Project, progress: Progress = no_progress, cancel: Cancel = never, *, run: Path | None = None
) -> TrainingData:
    """Open, divide and decode a project's images; unreadable ones are left out with a warning.

    Parameters
    ----------
    project : Project
        What is to be trained.
    progress, cancel
        Told how far it is; asked whether to go on.
    run : Path, optional
        The run that is gone on with: its list says which images there are, and in which splits.

    Raises
    ------
    UserError
        When there is no dataset, it cannot be used, or the network has problems or another number of classes.
    Cancelled
        Once `cancel` answers True.
    """
    if project.dataset is None:
        raise UserError(
            "there are no images yet", where=project.name, mend="Choose a folder of images on the Data page"
        )
    seen = input_of(project.network)
    arranged = open_arranged(project.dataset, progress, cancel, run=run)
    dataset = arranged.active
    build.checked(project.network, len(dataset.class_names))
    decoded = decode(dataset, seen, progress, cancel, splits=arranged.splits)
    train, validation, test = divide(arranged, decoded.good)
    if not len(train):
        raise UserError(
            "no images are left to train on",
            where=dataset.root,
            mend="Make the other splits smaller, or use images again that were left out",
        )
    _warn_of_missing(dataset, train)
    pinned, paths = _pinned(project, dataset, decoded, seen, validation if len(validation) else train)
    left_out = tuple((item.path, item.why) for item in decoded.problems)
    damaged = Damaged(str(dataset.root), left_out) if left_out else None
    return TrainingData(
        decoded.images, dataset.labels, train, validation, test, dataset.class_names, pinned, paths, damaged,
        listing(arranged, decoded.good), dataset.importer, _as_found(dataset, project.dataset), dataset.warnings,
    )  # fmt: skip


def _warn_of_missing(dataset: Dataset, train: Rows) -> None:
    """Tell which classes the network cannot learn, because it is shown no image of them."""
    counts = np.bincount(dataset.labels[train], minlength=len(dataset.class_names))
    missing = [f"“{name}”" for name, count in zip(dataset.class_names, counts.tolist(), strict=True) if not count]
    if len(missing) == 1:
        notify.warning(
            f"{missing[0]} has no images to train on, and cannot be learned. Give it training images on the Data page, "
            "or take the class out of use."
        )
    elif missing:
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        notify.warning(
            f"{len(missing):,} classes have no images to train on, and cannot be learned: "
            f"{', '.join(missing[:NAMED])}{more}. Give them training images on the Data page, or take them out of use."
        )


def open_arranged(
    settings: DatasetSettings, progress: Progress, cancel: Cancel, *, run: Path | None = None
) -> Arranged:
    """Open a project's dataset and apply its settings, or the list of images of a run where there is one."""
    dataset = opening.open_settings(settings, progress, cancel)
    listed = None if run is None else RunReader(run).images()
    return arrange(dataset, settings) if listed is None else arrange_as_listed(dataset, settings, listed)


def _as_found(dataset: Dataset, settings: DatasetSettings) -> Mapping[str, Option]:
    """Return how the dataset was read, so that it is read in the same way again."""
    found: dict[str, Option] = {} if dataset.options is None else dataset.options.model_dump(exclude_defaults=True)
    return {**settings.options, **found}


def decode(
    dataset: Dataset, seen: Input, progress: Progress, cancel: Cancel, *, splits: NDArray[np.uint8] | None = None
) -> Decoded:
    """Decode a dataset at the size of an Input, and warn of what was left out.

    Where `splits` are given, images that are not used anyway are no problem.
    """
    decoded = cache.decode(dataset, seen.width, seen.height, seen.channels, seen.fit, progress, cancel)
    if splits is not None and decoded.problems:
        used = tuple(item for item in decoded.problems if splits[dataset.row_of[item.path]] != UNUSED)
        decoded = replace(decoded, problems=used)
    if decoded.problems:
        first, count = decoded.problems[0], len(decoded.problems)
        images_were = "1 image was left out:" if count == 1 else f"{count:,} images were left out;"
        notify.warning(f"{images_were} {first.sentence(count)}")
    return decoded


def divide(arranged: Arranged, good: NDArray[np.bool_]) -> tuple[Rows, Rows, Rows]:
    """Return which images belong to train, validation and test; those that are not `good` belong to none."""
    train, validation, test = (np.flatnonzero((arranged.splits == p) & good) for p in (TRAIN, VALIDATION, TEST))
    return train, validation, test


def _pinned(
    project: Project, dataset: Dataset, decoded: Decoded, seen: Input, candidates: Rows
) -> tuple[Pixels, tuple[str, ...]]:
    found: list[tuple[Pixels, str]] = []
    for path in project.pinned:
        try:
            found.append((_read_pinned(path, dataset, decoded, seen), path))
        except UserError as exc:
            notify.warning(f"A pinned image is passed over. {exc.sentence}")
    if not project.pinned:
        rows = _picked(dataset.labels, candidates, project.training.seed)
        found = [(np.array(decoded.images[row]), str(dataset.absolute(row))) for row in rows]
    shape = (seen.height, seen.width, seen.channels)
    pixels = np.stack([image for image, _ in found]) if found else np.zeros((0, *shape), np.uint8)
    return pixels, tuple(path for _, path in found)


def _read_pinned(path: str, dataset: Dataset, decoded: Decoded, seen: Input) -> Pixels:
    if dataset.source is not None or dataset.boxes is not None:
        row = _row_of(path, dataset)
        if row is not None and decoded.good[row]:
            return np.array(decoded.images[row])
    return images.read_fitted(path, seen.width, seen.height, seen.channels, seen.fit)


def _row_of(path: str, dataset: Dataset) -> int | None:
    """Return which image of the dataset a path is: some are parts of files, or parts of pictures."""
    try:
        return dataset.row_of.get(Path(path).relative_to(dataset.root).as_posix())
    except ValueError:
        return None


def _picked(labels: NDArray[np.int32], candidates: Rows, seed: int) -> list[int]:
    """Return one image each of two classes."""
    random = np.random.default_rng([seed, 2])
    present = np.unique(labels[candidates])
    classes = np.sort(random.choice(present, size=min(PINNED, len(present)), replace=False))
    return [int(random.choice(candidates[labels[candidates] == label])) for label in classes]


def frozen(project: Project, data: TrainingData) -> Project:
    """Return `project` as it is kept with its run: with the format, classes and pinned images that were found."""
    dataset = project.dataset
    if dataset is not None:
        found: dict[str, object] = {"classes": data.class_names}
        if data.importer is not None:
            found |= {"importer": data.importer, "options": dict(data.options)}
        dataset = dataset.model_copy(update=found)
    return project.model_copy(update={"dataset": dataset, "pinned": data.pinned_paths})
