"""What follows from what a project says of its images: how they are divided, and how many units answer for them."""

from __future__ import annotations

from dataclasses import dataclass

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.network import fitted
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.data.dataset import Dataset
from guiapp.data.editing import Arranged, arrange, class_counts, named_counts, source_counts

DIVIDING = (
    "keep_given", "divide", "validation", "test", "train_images", "validation_images", "test_images", "seed"
)  # fmt: skip
"""The settings that say how images are divided."""


@dataclass(frozen=True, eq=False)
class Divided:
    """What came of the settings.

    Attributes
    ----------
    arranged : Arranged
        The images, divided.
    settings : DatasetSettings
        What they are divided by: those that were asked for, or the nearest that can be met.
    error : UserError or None
        Why they are not divided as asked.
    """

    arranged: Arranged
    settings: DatasetSettings
    error: UserError | None = None


def divided(dataset: Dataset, settings: DatasetSettings, former: DatasetSettings | None = None) -> Divided:
    """Divide the images; where it cannot be done as asked, as before, so that the person can mend the setting.

    Parameters
    ----------
    dataset : Dataset
        As it was opened.
    settings : DatasetSettings
        What is asked for.
    former : DatasetSettings, optional
        What the images are divided by now.
    """
    _ = dataset.row_of  # made here once, or it would be on the window's thread
    try:
        return Divided(arrange(dataset, settings), settings)
    except UserError as exc:
        error = exc
    there = class_counts(dataset, settings)
    classes = None if settings.classes is None else tuple(name for name in settings.classes if name in there) or None
    mended = settings.model_copy(update={"classes": classes})
    for other in (settings, former, DatasetSettings(path=settings.path)):
        if other is None:
            continue
        nearest = mended.model_copy(update={name: getattr(other, name) for name in DIVIDING})
        try:
            return Divided(arrange(dataset, nearest), nearest, error)
        except UserError:
            continue
    raise error


class Counts:
    """Counts the images of each class, and only anew where images were moved from one to another."""

    def __init__(self) -> None:
        self._dataset: Dataset | None = None
        self._moves: dict[str, str] = {}
        self._sources: dict[str, int] = {}

    def __call__(self, dataset: Dataset, settings: DatasetSettings) -> dict[str, int]:
        """Return what `class_counts` does."""
        if dataset is not self._dataset or settings.relabelled is not self._moves:
            self._dataset, self._moves = dataset, settings.relabelled
            self._sources = source_counts(dataset, settings)
        return named_counts(self._sources, settings)

    def forget(self) -> None:
        """Let go of the dataset."""
        self._dataset = None


def with_classes(project: Project, classes: int) -> Project:
    """Return the project with a last layer for so many classes."""
    if not project.network.layers or classes < 1:
        return project
    return project.model_copy(update={"network": fitted(project.network, classes)})


def place_of(settings: DatasetSettings) -> tuple[object, ...]:
    """Return what of the settings decides which images are opened."""
    return settings.path, settings.importer, settings.options
