"""The list of images that a run keeps: written when it begins, respected when it is gone on with or evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from guiapp.core import notify
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.notify import UserError
from guiapp.core.runs import ListedImage
from guiapp.data.dataset import SPLIT_NAMES, UNUSED, Dataset
from guiapp.data.editing import Arranged, arrange

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Listing:
    """What a run's list is written from, small enough to be kept: the names that the dataset holds already.

    Attributes
    ----------
    paths : tuple of str
        One an image.
    class_names : tuple of str
        In the order of the labels.
    labels : int32 array, (N,)
        The class of each.
    splits : uint8 array, (N,)
        The split of each.
    """

    paths: tuple[str, ...]
    class_names: tuple[str, ...]
    labels: NDArray[np.int32]
    splits: NDArray[np.uint8]

    def __iter__(self) -> Iterator[ListedImage]:
        for path, label, split in zip(self.paths, self.labels.tolist(), self.splits.tolist(), strict=True):
            yield ListedImage(path, self.class_names[label], SPLIT_NAMES[split])


def listing(arranged: Arranged, good: NDArray[np.bool_]) -> Listing:
    """Return the list of what is trained on; images that are not `good` are listed as not used."""
    active = arranged.active
    return Listing(active.paths, active.class_names, active.labels, np.where(good, arranged.splits, UNUSED))


def arrange_as_listed(dataset: Dataset, settings: DatasetSettings, listed: Sequence[ListedImage]) -> Arranged:
    """Apply a project's settings to its dataset, but take images and splits from a run's list.

    Images that are not on the list are not used. Those on it that are gone, or in another class now, are told of in
    one sentence.

    Parameters
    ----------
    dataset : Dataset
        As it was opened.
    settings : DatasetSettings
        The run's.
    listed : sequence of ListedImage
        As `RunReader.images` returns it.

    Raises
    ------
    UserError
        When a class that the run knows is not there, or none of its images is.
    """
    # Numbers of images were asked for when the list was made; they may be more than there are now.
    arranged = arrange(dataset, settings.model_copy(update={"divide": "shares", "keep_given": True}))
    row_of = arranged.active.row_of
    here = [(row_of[image.path], image) for image in listed if image.path in row_of]
    if not here:
        raise UserError(
            f"none of the {len(listed):,} images that this run was trained on is there any more",
            where=dataset.root,
            mend="Put them back, or train anew on those that are there",
        )
    rows = np.array([row for row, _ in here], np.intp)
    number = {name: split for split, name in enumerate(SPLIT_NAMES)}
    splits = np.array([number.get(image.split, UNUSED) for _, image in here], np.uint8)
    active = _in_order(arranged.active.take(rows), settings.classes)
    gone = [image.path for image in listed if image.path not in row_of and number.get(image.split, UNUSED) != UNUSED]
    names = active.class_names
    moved = [
        image.path for (_, image), label in zip(here, active.labels.tolist(), strict=True)
        if names[label] != image.class_name
    ]  # fmt: skip
    _tell(gone, moved)
    return Arranged(arranged.whole, active, arranged.rows[rows], splits)


def _in_order(dataset: Dataset, class_names: tuple[str, ...] | None) -> Dataset:
    """Return the dataset with its classes in the order that the network knows them in."""
    if class_names is None or class_names == dataset.class_names or set(class_names) != set(dataset.class_names):
        return dataset
    number = np.array([class_names.index(name) for name in dataset.class_names], np.int32)
    return replace(dataset, class_names=class_names, labels=number[dataset.labels])


def _tell(gone: Sequence[str], moved: Sequence[str]) -> None:
    parts = []
    if gone:
        parts.append(f"{_counted(gone)} not there any more, for example {gone[0]}")
    if moved:
        parts.append(f"{_counted(moved)} in another class now, for example {moved[0]}")
    if parts:
        notify.warning(f"Of the images that this run was trained on, {'; '.join(parts)}.")


def _counted(paths: Sequence[str]) -> str:
    return f"{len(paths):,} {'is' if len(paths) == 1 else 'are'}"
