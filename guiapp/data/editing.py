"""A dataset as a project uses it: classes renamed, merged and chosen, images relabelled and left out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import compress, repeat

import numpy as np
from numpy.typing import NDArray

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import UNUSED, Dataset
from guiapp.data.splits import deal

KEPT = (
    "keep_given", "divide", "validation", "test", "train_images", "validation_images", "test_images", "seed", "balance"
)  # fmt: skip
"""What stays as it is when other images are chosen; classes and exclusions belong to the images."""


@dataclass(frozen=True, eq=False)
class Arranged:
    """What a project's settings make of a dataset.

    Attributes
    ----------
    whole : Dataset
        Every image that was opened, in the same order, with the classes as they are now called.
    active : Dataset
        The images of the classes in use, those that are left out among them.
    rows : ndarray of intp, (len(active),)
        Which image of `whole` each is.
    splits : ndarray of uint8, (len(active),)
        0 train, 1 validation, 2 test, 3 not used: left out, or more than was asked for.
    """

    whole: Dataset
    active: Dataset
    rows: NDArray[np.intp]
    splits: NDArray[np.uint8]


def arrange(dataset: Dataset, settings: DatasetSettings) -> Arranged:
    """Apply a project's settings to the dataset that was opened; pure, and quick for 60,000 images.

    Images that are left out are dealt to a split like the others first, so that leaving one out moves no other.

    Raises
    ------
    UserError
        When a class that is chosen is not there, or more images are asked for than there are.
    """
    whole = relabelled(dataset, settings)
    active, rows = whole, np.arange(len(whole))
    if settings.classes is not None:
        active = whole.only(settings.classes)
        if active is not whole:
            kept = {whole.class_names.index(name) for name in active.class_names}
            rows = np.flatnonzero(np.isin(whole.labels, list(kept)))
    splits = deal(active, settings)
    if settings.excluded:
        out = set(settings.excluded)
        splits[[i for i, path in enumerate(active.paths) if path in out]] = UNUSED
    return Arranged(whole, active, rows, splits)


def relabelled(dataset: Dataset, settings: DatasetSettings) -> Dataset:
    """Return the dataset with its classes as they are now called, and its relabelled images in their new classes.

    A class that got a name of its own keeps its place; new ones come last; one without images is gone.
    """
    if not settings.renamed and not settings.relabelled:
        return dataset
    sources = source_names(dataset, settings)
    names = tuple(dict.fromkeys(settings.renamed.get(name, name) for name in sources))
    number = {name: i for i, name in enumerate(names)}
    of_source = np.array([number[settings.renamed.get(name, name)] for name in sources], np.int32)
    at = {name: i for i, name in enumerate(sources)}
    labels = dataset.labels.copy()
    if settings.relabelled:
        for path, name in settings.relabelled.items():
            if path in dataset.row_of:
                labels[dataset.row_of[path]] = at[name]
    changed = replace(dataset, class_names=names, labels=of_source[labels])
    filled = np.bincount(changed.labels, minlength=len(names)) > 0
    left = [name for name, some in zip(names, filled, strict=True) if some]
    return changed.only(left) if left else changed


def class_counts(dataset: Dataset, settings: DatasetSettings) -> dict[str, int]:
    """Return how many images each class has, by the names and in the order of `relabelled`, without making it."""
    return named_counts(source_counts(dataset, settings), settings)


def source_counts(dataset: Dataset, settings: DatasetSettings) -> dict[str, int]:
    """Return how many images each of `source_names` has; follows from `relabelled` alone."""
    sources = source_names(dataset, settings)
    counts = np.bincount(dataset.labels, minlength=len(sources))
    if moves := settings.relabelled:
        at = {name: i for i, name in enumerate(sources)}
        rows = np.fromiter(map(dataset.row_of.get, moves, repeat(-1)), np.intp, len(moves))
        targets = np.fromiter(map(at.__getitem__, moves.values()), np.intp, len(moves))
        counts -= np.bincount(dataset.labels[rows[rows >= 0]], minlength=len(sources))
        counts += np.bincount(targets[rows >= 0], minlength=len(sources))
    return dict(zip(sources, counts.tolist(), strict=True))


def named_counts(counts: Mapping[str, int], settings: DatasetSettings) -> dict[str, int]:
    """Return what `source_counts` counted by the names that classes are called; one without images is gone."""
    out: dict[str, int] = {}
    for source, count in counts.items():
        name = settings.renamed.get(source, source)
        out[name] = out.get(name, 0) + count
    if settings.renamed or settings.relabelled:
        return {name: count for name, count in out.items() if count} or out
    return out


def source_names(dataset: Dataset, settings: DatasetSettings) -> tuple[str, ...]:
    """Return the names that classes go by underneath: those of the files, then those of relabelled images alone."""
    return tuple(dict.fromkeys((*dataset.class_names, *settings.relabelled.values())))


def renamed(dataset: Dataset, settings: DatasetSettings, old: Collection[str], new: str) -> DatasetSettings:
    """Return settings in which the classes now called `old` are called `new`: several are merged, as with a name taken.

    Parameters
    ----------
    dataset : Dataset
        As it was opened.
    settings : DatasetSettings
        As they are.
    old : collection of str
        Names in use.
    new : str
        The name they get.
    """
    names, old = dict(settings.renamed), frozenset(old)
    for source in source_names(dataset, settings):
        if names.get(source, source) in old:
            names[source] = new
    kept = {source: name for source, name in names.items() if source != name}
    classes = settings.classes
    if classes is not None:
        classes = tuple(dict.fromkeys(new if name in old else name for name in classes))
    return settings.model_copy(update={"renamed": kept, "classes": classes})


def unrenamed(dataset: Dataset, settings: DatasetSettings, name: str) -> DatasetSettings:
    """Return settings in which what is now called `name` has the names of the files again; merged ones come apart."""
    sources = [s for s in source_names(dataset, settings) if settings.renamed.get(s, s) == name]
    kept = {source: to for source, to in settings.renamed.items() if source not in sources}
    classes = settings.classes
    if classes is not None and name in classes:
        classes = tuple(dict.fromkeys(n for c in classes for n in (sources if c == name else (c,))))
    return settings.model_copy(update={"renamed": kept, "classes": classes})


def moved(dataset: Dataset, settings: DatasetSettings, paths: Iterable[str], name: str) -> DatasetSettings:
    """Return settings in which the images at `paths` belong to the class now called `name`, which may be a new one."""
    sources, names = source_names(dataset, settings), settings.renamed
    target = next((s for s in sources if names.get(s, s) == name), name)
    if target in sources and names.get(target, target) != name:
        # A class that was renamed still goes by this name underneath: the new one gets another there.
        target = next(s for s in (f"{name} ({n})" for n in range(2, len(sources) + 3)) if s not in sources)
        names = {**names, target: name}
    paths = list(paths)
    rows = np.fromiter(map(dataset.row_of.__getitem__, paths), np.intp, len(paths))
    home = dataset.class_names.index(target) if target in dataset.class_names else -1
    changed = settings.relabelled | dict.fromkeys(paths, target)
    for path in compress(paths, (dataset.labels[rows] == home).tolist()):
        changed.pop(path, None)
    classes = settings.classes
    if classes is not None and name not in classes:
        classes = (*classes, name)
    return settings.model_copy(update={"relabelled": changed, "renamed": names, "classes": classes})


def without(settings: DatasetSettings, paths: Iterable[str]) -> DatasetSettings:
    """Return settings that leave the images at `paths` out."""
    return settings.model_copy(update={"excluded": tuple(dict.fromkeys((*settings.excluded, *paths)))})


def restored(settings: DatasetSettings, paths: Iterable[str]) -> DatasetSettings:
    """Return settings that use the images at `paths` again."""
    back = set(paths)
    return settings.model_copy(update={"excluded": tuple(p for p in settings.excluded if p not in back)})


def carried(
    old: DatasetSettings | None, new: DatasetSettings, dataset: Dataset, *, moved: bool = False
) -> DatasetSettings:
    """Return the new settings with what stays of the old ones: of the same place also what fits what was found.

    Where the old images were not in their place any more (`moved`), and all that was changed about them fits those
    that were found, these are the same images.
    """
    if old is None:
        return new
    new = new.model_copy(update={name: getattr(old, name) for name in KEPT})
    if old.path != new.path and not (moved and _fits(old, dataset)):
        return new
    relabelled = {path: name for path, name in old.relabelled.items() if path in dataset.row_of}
    sources = {*dataset.class_names, *relabelled.values()}
    new = new.model_copy(
        update={
            "relabelled": relabelled,
            "renamed": {source: name for source, name in old.renamed.items() if source in sources},
            "excluded": tuple(path for path in old.excluded if path in dataset.row_of),
        }
    )
    there = class_counts(dataset, new)
    if old.classes is not None and all(name in there for name in old.classes):
        new = new.model_copy(update={"classes": old.classes})
    return new


def _fits(settings: DatasetSettings, dataset: Dataset) -> bool:
    """Whether a dataset has every image and every class about which something was changed."""
    sources = {*dataset.class_names, *settings.relabelled.values()}
    return sources.issuperset(settings.renamed) and all(
        path in dataset.row_of for path in (*settings.excluded, *settings.relabelled)
    )
