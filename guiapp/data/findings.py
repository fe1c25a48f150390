"""What a person should know of their images before training, in words, and what can be done about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import SPLIT_NAMES, TRAIN, UNUSED, Dataset, Skipped
from guiapp.data.duplicates import Group
from guiapp.data.editing import Arranged, without
from guiapp.data.health import Health
from guiapp.data.leaks import Rows, conflicts, copies, leaks, outside, rows_of, used
from guiapp.data.splits import Splits

Key = Literal["unreadable", "conflicts", "leaks", "copies", "alike", "balance", "few"]
KEYS: tuple[Key, ...] = ("unreadable", "conflicts", "leaks", "copies", "alike", "balance", "few")
"""Problems, the worst first."""

UNEVEN = 3.0
"""Where the largest class has more than so many times the images of the smallest, the classes are called uneven."""

FEW = 10
"""A class with fewer images to train on is called small."""


def _no_rows() -> Rows:
    return np.empty(0, np.intp)


@dataclass(frozen=True, eq=False)
class Finding:
    """Something about the images that matters for training.

    Attributes
    ----------
    key : str
        One of `KEYS`.
    level : {"bad", "warning"}
        How much it matters.
    title, text : str
        What it is, and what will follow from it.
    rows : ndarray of intp
        The images meant, as rows of the dataset as it was opened; copies beside each other.
    mend : str
        What can be done at once, as on a button; empty where nothing.
    out : ndarray of intp
        The rows that are left out by it.
    groups : tuple of tuple of int
        The copies, group by group.
    """

    key: Key
    level: Literal["bad", "warning"]
    title: str
    text: str
    rows: Rows = field(default_factory=_no_rows)
    mend: str = ""
    out: Rows = field(default_factory=_no_rows)
    groups: tuple[Group, ...] = ()


def findings(health: Health, arranged: Arranged, settings: DatasetSettings) -> tuple[Finding, ...]:
    """Return what matters of a dataset's images as a project uses them; images that are left out do not.

    Parameters
    ----------
    health : Health
        What was found in the images.
    arranged : Arranged
        What the project's settings make of them.
    settings : DatasetSettings
        The settings.
    """
    whole = arranged.whole
    splits = np.full(len(whole), UNUSED, np.uint8)
    splits[arranged.rows] = arranged.splits
    same = used(health.exact, splits)
    clash = conflicts(same, whole.labels)
    clashing = set(clash)
    leaking = _leaks(health, splits, clashing)
    rest = splits.copy()
    if leaking is not None:
        rest[leaking.out] = UNUSED  # each picture is told of once
    found = [
        _unreadable(health, whole, splits),
        _conflicts(clash),
        leaking,
        _copies(used((group for group in same if group not in clashing), rest), rest),
        _alike(used(health.near, rest), rest),
        *_balance(arranged, settings),
    ]
    return tuple(finding for finding in found if finding is not None)


def mended(settings: DatasetSettings, dataset: Dataset, finding: Finding) -> DatasetSettings:
    """Return settings that leave out what `finding` proposes."""
    return without(settings, (dataset.paths[row] for row in finding.out.tolist()))


def counted(count: int, one: str = "image", many: str = "") -> str:
    """Return a number with its noun: ``"1 image"``, ``"1,250 images"``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _unreadable(health: Health, whole: Dataset, splits: Splits) -> Finding | None:
    bad = [(row, why) for row, why in health.unreadable if splits[row] != UNUSED]
    if not bad:
        return None
    rows = np.array([row for row, _ in bad], np.intp)
    follows = "Training goes on without it, but the splits count it until it is left out."
    if len(bad) > 1:
        follows = "Training goes on without them, but the splits count them until they are left out."
    example = Skipped(whole.paths[bad[0][0]], bad[0][1]).sentence(len(bad))
    if len(bad) > 1:
        example = example[0].upper() + example[1:]
    mend = f"Leave out {counted(len(rows))}"
    return Finding(
        "unreadable", "bad", f"{counted(len(rows))} cannot be read", f"{follows} {example}", rows, mend, rows
    )


def _conflicts(groups: tuple[Group, ...]) -> Finding | None:
    if not groups:
        return None
    rows = rows_of(groups)
    return Finding(
        "conflicts",
        "bad",
        f"{counted(len(groups), 'picture')} in two classes at once",
        "The same picture is said to be different things, so one of them must be wrong; the network is taught both. "
        "Look at them and move them to the right class, or leave them all out.",
        rows,
        f"Leave out all {len(rows):,}",
        rows,
        groups,
    )


def _leaks(health: Health, splits: Splits, clash: set[Group]) -> Finding | None:
    found = leaks(health, splits)
    inside = {row for group in found.near for row in group}
    exact = tuple(group for group in found.exact if group[0] not in inside)
    groups = tuple(group for group in (*exact, *found.near) if group not in clash)
    if not groups:
        return None
    out = outside(groups, splits)
    here = sorted({int(splits[row]) for group in groups for row in group})
    them = "it" if len(groups) == 1 else "them"
    where = " and ".join(SPLIT_NAMES[i] for i in here) if len(here) < 3 else "train, validation and test"
    return Finding(
        "leaks",
        "bad",
        f"{counted(len(groups), 'picture')} in more than one split",
        f"Copies of {them} are in {where}. What the network knows by heart is then counted as if it had understood it: "
        "the accuracy will look better than it is.",
        rows_of(groups),
        f"Leave out {counted(len(out), 'copy', 'copies')}",
        out,
        groups,
    )


def _copies(groups: tuple[Group, ...], splits: Splits) -> Finding | None:
    if not groups:
        return None
    out = copies(groups, splits)
    return Finding(
        "copies",
        "warning",
        f"{counted(len(out), 'exact copy', 'exact copies')}",
        f"{counted(len(groups), 'picture is', 'pictures are')} there more than once, the same in every pixel. Each "
        "copy makes its picture count for more than others, and teaches nothing new.",
        rows_of(groups),
        f"Leave out {counted(len(out), 'copy', 'copies')}",
        out,
        groups,
    )


def _alike(groups: tuple[Group, ...], splits: Splits) -> Finding | None:
    if not groups:
        return None
    out = copies(groups, splits)
    return Finding(
        "alike",
        "warning",
        f"{counted(len(groups), 'picture has', 'pictures have')} near copies",
        "Resized, cut, brightened or saved again: they count for more than others. Look at them first; a few may only "
        "resemble each other.",
        rows_of(groups),
        f"Leave out {counted(len(out), 'near copy', 'near copies')}",
        out,
        groups,
    )


def _balance(arranged: Arranged, settings: DatasetSettings) -> list[Finding]:
    active = arranged.active
    counts = np.bincount(active.labels[arranged.splits == TRAIN], minlength=len(active.class_names))
    if len(counts) < 2 or not counts.sum():
        return []
    found = []
    largest, smallest = int(counts.argmax()), int(counts.argmin())
    if settings.balance == "none" and counts[largest] > UNEVEN * counts[smallest]:
        found.append(_uneven(arranged, counts, largest, smallest))
    few = np.flatnonzero(counts < FEW)
    if len(few):
        found.append(_few(arranged, counts, few))
    return found


def _uneven(arranged: Arranged, counts: NDArray[np.intp], largest: int, smallest: int) -> Finding:
    names = arranged.active.class_names
    most, least = int(counts[largest]), int(counts[smallest])
    share = 100 * most / int(counts.sum())
    figure = f"{most / max(least, 1):,.1f}".removesuffix(".0")
    times = f"{figure} times as many images as" if least else "images to train on, unlike"
    return Finding(
        "balance",
        "warning",
        f"“{names[largest]}” has {times} “{names[smallest]}”",
        f"{most:,} images to train on against {least:,}. A network that always says “{names[largest]}” would be right "
        f"{share:.0f} % of the time, without having learned anything. Class weights make each image of a "
        "small class count for more; balanced sampling shows it more often.",
        arranged.rows[arranged.active.labels == smallest],
    )


def _few(arranged: Arranged, counts: NDArray[np.intp], few: Rows) -> Finding:
    names = [f"“{arranged.active.class_names[i]}” ({int(counts[i]):,})" for i in few[np.argsort(counts[few])].tolist()]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")
    return Finding(
        "few",
        "warning",
        f"{counted(len(few), 'class', 'classes')} with fewer than {FEW} images to train on",
        f"{shown}. So few images are learned by heart, and new ones are not recognised. Add images, merge it with "
        "another class, or leave it out.",
        arranged.rows[np.isin(arranged.active.labels, few)],
    )
