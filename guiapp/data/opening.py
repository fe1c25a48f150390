"""Opening a dataset, whatever its kind."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from guiapp.core.dataset_settings import DatasetSettings, Option
from guiapp.core.layers.base import Words
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.project import words
from guiapp.data.dataset import SPLIT_NAMES, TRAIN, Dataset
from guiapp.data.headers import is_image_name
from guiapp.data.importers import Importer, importers
from guiapp.data.importers.naming import SPLITS
from guiapp.data.importers.scanning import only_folder
from guiapp.data.work import Cancel, Progress, never, no_progress

_ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")
_A_FOLDER_OF_FOLDERS = 0.5  # how sure the class folders are of any folder that holds folders
_DEEPEST = 4
_EXPECTED = "Choose a folder that holds a folder of images for each class"


def open_dataset(
    path: Path | str,
    importer: str | None = None,
    progress: Progress = no_progress,
    cancel: Cancel = never,
    *,
    options: Mapping[str, Option] | None = None,
) -> Dataset:
    """Read which images and classes a folder or file holds.

    Parameters
    ----------
    path : Path or str
        The folder or file; also a folder that holds nothing but the dataset's own.
    importer : str, optional
        Name of the importer to use; the one most sure of itself where not given.
    progress, cancel
        Told how far it is; asked whether to go on.
    options : mapping, optional
        What the importer is told; what is not said is found by looking.

    Returns
    -------
    Dataset
        With at least two classes; its `warnings` tell of classes too small to be dealt out.

    Raises
    ------
    UserError
        When there is nothing there, it cannot be opened, is no dataset, or has fewer than two classes.
    Cancelled
        Once `cancel` answers True.
    """
    path = Path(path)
    try:
        _look(path)
        kinds = importers() if importer is None else (_named(importer),)
        path = _within(path, kinds) or path
        chosen = _best(path) if importer is None else kinds[0]
        return _checked(chosen.open(path, _options(chosen, options or {}), progress, cancel))
    except OSError as exc:
        raise as_user_error(exc, doing=str(path)) from exc


def open_settings(settings: DatasetSettings, progress: Progress = no_progress, cancel: Cancel = never) -> Dataset:
    """Open the dataset that a project names; see `open_dataset`."""
    return open_dataset(settings.path, settings.importer, progress, cancel, options=settings.options)


def _options(importer: Importer, options: Mapping[str, Option]) -> Words:
    try:
        return importer.options.model_validate(dict(options))
    except ValidationError as exc:
        raise UserError(
            f"{importer.title} cannot be told this: {words(exc)[0]}", mend="Choose how the images are read again"
        ) from None


def _look(path: Path) -> None:
    """Raise where `path` cannot be opened at all."""
    try:
        if path.is_dir():
            with os.scandir(path):
                return
        path.stat()
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise UserError("the dataset is not there", where=path, mend="Choose where it is now") from exc
    except ValueError as exc:
        raise UserError("is no name that a folder can have", where=path, mend="Choose the folder again") from exc


def _named(name: str) -> Importer:
    for importer in importers():
        if importer.name == name:
            return importer
    known = ", ".join(i.name for i in importers())
    raise UserError(f"there is no kind of dataset called “{name}”", mend=f"Use one of: {known}")


def _within(path: Path, kinds: Sequence[Importer], deepest: int = _DEEPEST) -> Path | None:
    """Return the folder that is a dataset: `path`, or what it holds as its only folder; None where neither is."""
    likeness = max(kind.looks_like(path) for kind in kinds)
    if likeness > _A_FOLDER_OF_FOLDERS or not path.is_dir():
        return path
    inside = only_folder(path) if deepest and likeness in (0, _A_FOLDER_OF_FOLDERS) else None
    if inside is None or inside.name.lower() in SPLITS:
        return path if likeness == _A_FOLDER_OF_FOLDERS else None
    return _within(inside, kinds, deepest - 1)


def _best(path: Path) -> Importer:
    likeness = {importer.name: importer.looks_like(path) for importer in importers()}
    best = max(importers(), key=lambda i: likeness[i.name])
    if likeness[best.name] > 0:
        return best
    if is_image_name(path.name):
        raise UserError("is a single image, not a dataset", where=path, mend=_EXPECTED)
    if path.name.lower().endswith(_ARCHIVES):
        raise UserError("is a packed archive", where=path, mend="Unpack it, and choose the folder that comes out")
    raise UserError("is not a dataset that can be read", where=path, mend=_EXPECTED)


def _checked(dataset: Dataset) -> Dataset:
    if not len(dataset):
        raise UserError("holds no images", where=dataset.root, mend=_EXPECTED)
    if len(dataset.class_names) == 1:
        raise UserError(
            f"holds only one class, “{dataset.class_names[0]}”",
            where=dataset.root,
            mend="Add a folder of images for a second class, or choose another folder",
        )
    return replace(dataset, warnings=(*dataset.warnings, *_small_classes(dataset)))


def _small_classes(dataset: Dataset) -> list[str]:
    out = []
    single = [name for name, n in zip(dataset.class_names, dataset.counts(), strict=True) if n == 1]
    if single:
        out.append(
            f"{_the_classes(single)} only one image, which is used to train, so that nothing is left to check with. "
            "Add more images."
        )
    if dataset.given_splits is not None:
        trained = np.unique(dataset.labels[dataset.given_splits == TRAIN])
        untrained = [name for i, name in enumerate(dataset.class_names) if i not in trained]
        if untrained:
            out.append(f"{_the_classes(untrained)} no images in “{SPLIT_NAMES[TRAIN]}” and cannot be learned.")
    return out


def _the_classes(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"The class “{names[0]}” has"
    shown = ", ".join(f"“{name}”" for name in names[:3])
    return f"The classes {shown}{f' and {len(names) - 3:,} more' if len(names) > 3 else ''} have"
