"""Which images the gallery shows, in which order, and what is marked on each: made off the window's thread."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import SPLIT_NAMES, UNUSED, Dataset
from guiapp.data.editing import Arranged

Rows = NDArray[np.intp]
State = Literal["", "left out", "relabelled", "damaged"]
Order = Literal["mixed", "class", "name"]

LEFT_OUT, RELABELLED, DAMAGED = 1, 2, 4
_BITS: dict[State, int] = {"left out": LEFT_OUT, "relabelled": RELABELLED, "damaged": DAMAGED}


@dataclass(frozen=True, eq=False)
class Chip:
    """Rows that another view wants to be seen alone.

    Attributes
    ----------
    title : str
        What they are: ``"Near duplicates"``.
    images : ndarray of intp
        Which images of the dataset as it was opened.
    """

    title: str
    images: Rows


@dataclass(frozen=True)
class Wanted:
    """What the person asks to see.

    Attributes
    ----------
    label : str or None
        The name of a class; None for all.
    split : int or None
        0 train, 1 validation, 2 test, 3 not used; None for all.
    state : str
        Only images that are left out, relabelled or damaged.
    text : str
        Part of the file's name, in whatever case.
    order : str
        Classes taking turns, class by class, or by the file's name.
    chip : Chip, optional
        Only these.
    """

    label: str | None = None
    split: int | None = None
    state: State = ""
    text: str = ""
    order: Order = "mixed"
    chip: Chip | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left away."""
        return replace(self, order="mixed") == Wanted()


@dataclass(frozen=True, eq=False)
class Wall:
    """The images that are shown.

    Attributes
    ----------
    opened : Dataset
        As it was opened.
    arranged : Arranged
        What the project makes of it.
    settings : DatasetSettings
        With what the project made it.
    wanted : Wanted
        What was asked for.
    rows : ndarray of intp
        Rows of `arranged.active` that are shown, in order.
    marks : ndarray of uint8, (len(arranged.active),)
        `LEFT_OUT`, `RELABELLED` and `DAMAGED`, added up; what is left out is not told to be damaged.
    why : mapping of str to str
        Why images that were found damaged are, by their paths.
    """

    opened: Dataset
    arranged: Arranged
    settings: DatasetSettings
    wanted: Wanted
    rows: Rows
    marks: NDArray[np.uint8]
    why: dict[str, str]

    @property
    def dataset(self) -> Dataset:
        """The images of the classes in use."""
        return self.arranged.active

    @property
    def images(self) -> Rows:
        """Which image of the dataset as it was opened each row shown is."""
        images: Rows = self.arranged.rows[self.rows]
        return images

    def label(self, row: int) -> str:
        """Return the name of an image's class."""
        return self.dataset.class_names[int(self.dataset.labels[row])]

    def split(self, row: int) -> str:
        """Return the name of an image's split, and whether the person left it out."""
        which = int(self.arranged.splits[row])
        return f"{SPLIT_NAMES[which]}, left out by you" if self.marks[row] & LEFT_OUT else SPLIT_NAMES[which]

    def was(self, row: int) -> str:
        """Return the class that a relabelled image belonged to."""
        name = self.opened.class_names[int(self.opened.labels[self.arranged.rows[row]])]
        return self.settings.renamed.get(name, name)

    def facts(self, row: int) -> list[tuple[str, str]]:
        """Return what is known of an image without reading it, each with its name."""
        found = [("class", self.label(row)), ("split", self.split(row))]
        if self.marks[row] & RELABELLED:
            found.append(("relabelled", f"was {self.was(row)}"))
        if why := self.why.get(self.dataset.paths[row]):
            found.append(("damaged", why.removeprefix("is damaged: ")))
        return found

    def damaged(self) -> list[tuple[str, str]]:
        """Return the path of each damaged image, and why it is."""
        paths = [self.dataset.paths[row] for row in np.flatnonzero(self.marks & DAMAGED).tolist()]
        return [(path, self.why[path]) for path in paths]

    def counts(self) -> dict[State, int]:
        """Return how many images are in each state."""
        return {state: int(np.count_nonzero(self.marks & bit)) for state, bit in _BITS.items()}


def look(
    opened: Dataset,
    arranged: Arranged,
    settings: DatasetSettings,
    damaged: tuple[tuple[str, str], ...],
    wanted: Wanted,
) -> Wall:
    """Return the images that are asked for; every name may be looked at, so not on the window's thread."""
    dataset = arranged.active
    why = dict(damaged)
    marks = _marks(dataset, settings, why)
    keep = np.ones(len(dataset), np.bool_)
    if wanted.label is not None:
        keep &= dataset.labels == _number(dataset, wanted.label)
    if wanted.split is not None:
        keep &= arranged.splits == wanted.split
    if wanted.state:
        keep &= (marks & _BITS[wanted.state]) > 0
    places = _places(arranged, opened, wanted.chip)
    first = opened.labels[arranged.rows]  # what the person changes about an image must not move it away
    if places is not None and wanted.chip is not None:
        keep &= places < len(wanted.chip.images)
    rows = np.flatnonzero(keep)
    if text := wanted.text.strip().casefold():
        rows = np.array([row for row in rows.tolist() if text in dataset.paths[row].casefold()], np.intp)
    return Wall(opened, arranged, settings, wanted, _ordered(rows, dataset, wanted, places, first), marks, why)


def followed(wanted: Wanted, old: Arranged, new: Arranged) -> Wanted:
    """Return what is asked for after classes changed their names: the class under the name that its images got.

    A class, a split or other rows of which nothing is left are asked for no more.
    """
    if wanted.label is not None and wanted.label not in new.active.class_names:
        images = old.rows[old.active.labels == _number(old.active, wanted.label)]
        there = new.active.labels[np.isin(new.rows, images)]
        name = new.active.class_names[int(np.bincount(there).argmax())] if there.size else None
        wanted = replace(wanted, label=name)
    if wanted.split not in (None, UNUSED) and not (new.splits == wanted.split).any():
        wanted = replace(wanted, split=None)
    if wanted.chip is not None and not np.isin(new.rows, wanted.chip.images).any():
        wanted = replace(wanted, chip=None)
    return wanted


def _number(dataset: Dataset, name: str) -> int:
    return dataset.class_names.index(name) if name in dataset.class_names else -1


def _marks(dataset: Dataset, settings: DatasetSettings, why: dict[str, str]) -> NDArray[np.uint8]:
    marks = np.zeros(len(dataset), np.uint8)
    kinds = ((LEFT_OUT, settings.excluded), (RELABELLED, settings.relabelled), (DAMAGED, why))
    for bit, paths in kinds:
        if paths:
            rows = [dataset.row_of[path] for path in paths if path in dataset.row_of]
            marks[rows] |= bit
    # Nothing is to be done about one that is left out.
    marks[(marks & LEFT_OUT) > 0] &= LEFT_OUT | RELABELLED
    return marks


def _ordered(rows: Rows, dataset: Dataset, wanted: Wanted, places: Rows | None, labels: NDArray[np.int32]) -> Rows:
    if wanted.order == "name":
        # Numpy's sort lets the window's thread go on; Python's would hold it up.
        return rows[np.argsort(np.array([_name_key(dataset.paths[row]) for row in rows.tolist()]), kind="stable")]
    if wanted.order == "class":
        return rows[np.argsort(dataset.labels[rows], kind="stable")]
    return _taking_turns(rows, labels[rows]) if places is None else rows[np.argsort(places[rows], kind="stable")]


def _places(arranged: Arranged, opened: Dataset, chip: Chip | None) -> Rows | None:
    """Return where each row comes in the order in which a view sent them; those that it did not send come last."""
    if chip is None:
        return None
    places = np.full(len(opened), len(chip.images), np.intp)
    places[chip.images[::-1]] = np.arange(len(chip.images))[::-1]
    return places[arranged.rows]


def _name_key(path: str) -> bytes:
    """Return what sorts files by name as people do: 2 before 10."""
    return re.sub(r"\d+", lambda match: match[0].zfill(12), path.rpartition("/")[2].casefold()).encode(
        "utf-8", "surrogatepass"
    )


def _taking_turns(rows: Rows, labels: NDArray[np.int32]) -> Rows:
    """Return `rows` with the classes taking turns, so that the first screen shows something of each."""
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=1)
    place = np.empty(len(rows), np.intp)
    place[order] = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows[np.lexsort((labels, place))]
