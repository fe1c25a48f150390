"""A text file of paths and labels, or one for each split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from guiapp.core.layers.base import Words, field
from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN, Dataset
from guiapp.data.headers import IMAGE_SUFFIXES
from guiapp.data.importers.labelled import Account, Labelled, check_labels, check_place, head_of, listed, made
from guiapp.data.importers.listing_reading import SEPARATORS, Reading, lines_of, parted, separator_in
from guiapp.data.importers.naming import SPLITS, in_order, split_in
from guiapp.data.work import Cancel, Progress

SUFFIXES = (".txt", ".lst", ".list")
_TABLES = (".csv", ".tsv", ".tab")
_MOST_LISTS = 20
_MOST_CHOICES = 200
_ROWS = 12

EACH = "one for each split"
"""Lists named after train, validation and test, read together."""

_SURE, _PERHAPS, _FOLDERS_SAY_IT, _ENOUGH = 0.7, 0.2, 0.4, 0.5


class ListingOptions(Words):
    """Which list is read, and how; what is empty is found by looking."""

    file: str = field("", "List", f"The file of paths and labels, or “{EACH}”.")
    separator: str = field("", "Separator", f"What parts a path from its label: {', '.join(SEPARATORS)}.")


class Listing:
    """Lines such as ``images/1.png cat``, with a space, tab, comma or semicolon before the label.

    Paths may hold spaces; they are relative to the list's folder, or whole. Blank lines and those that begin with
    ``#`` are passed over. Lists named after the splits, as ``train.txt`` and ``test.txt``, are read together.
    """

    name = "listing"
    title = "Lists of images with labels"
    options = ListingOptions

    def looks_like(self, path: Path) -> float:
        """Return 0.7 where the first lines of a list name images that are there."""
        if path.is_file():
            name = path.name.lower()
            if not name.endswith(SUFFIXES + _TABLES):
                return 0.0
            return max(_likeness(path), _PERHAPS if name.endswith(SUFFIXES) and _speaks_of_images(path) else 0.0)
        return max((_likeness(path / name) for name in _lists(path)), default=0.0)

    def open(self, path: Path, options: ListingOptions, progress: Progress, cancel: Cancel) -> Dataset:
        """Read the lists and look for their images; see `Importer.open`."""
        root = path if path.is_dir() else path.parent
        known = _known(path, root)
        chosen = _chosen(path, options.file, known)
        if options.separator not in ("", *SEPARATORS):
            shown = ", ".join(SEPARATORS)
            raise UserError(
                f"a list cannot be parted by “{options.separator}”", where=root, mend=f"Choose one of: {shown}"
            )
        reading = Reading(root, progress, cancel)
        for name in chosen:
            check_place(root, name, "list", "Choose the list again")
            # A list that stands alone is no split, whatever it is called.
            split = split_in(PurePosixPath(name).stem) if len(chosen) > 1 else None
            reading.read(name, options.separator, -1 if split is None else split)
        where = root / chosen[0] if len(chosen) == 1 else root
        _check(reading, where)
        found = ListingOptions(file=chosen[0] if len(chosen) == 1 else EACH, separator=reading.separator)
        choices = {"file": tuple(_offers(known)[:_MOST_CHOICES]), "separator": tuple(SEPARATORS)}
        labelled = _labelled(reading, split=len(chosen) > 1)
        check_labels(labelled.labels, where, "Choose a list of images with at least two labels")
        return made(self.name, labelled, _told(reading), found, choices)


def _lists(folder: Path) -> list[str]:
    return [name for name in listed(folder)[0] if name.lower().endswith(SUFFIXES)][:_MOST_LISTS]


def _known(path: Path, root: Path) -> list[str]:
    """Return the lists there are; the one that was chosen among them."""
    lists = [name for name in _lists(root) if path.is_file() or _likeness(root / name) > 0]
    return in_order([*lists, path.name]) if path.is_file() else lists


def _offers(known: Sequence[str]) -> list[str]:
    return [EACH, *known] if _by_split(known) else list(known)


def _by_split(known: Sequence[str]) -> list[str]:
    """Return the lists that are the splits of one dataset, train first; none where they are not."""
    splits = {name: split_in(PurePosixPath(name).stem) for name in known}
    found = {name: split for name, split in splits.items() if split is not None}
    if len(set(found.values())) < 2 or TRAIN not in found.values():
        return []
    return sorted(found, key=lambda name: found[name])


def _chosen(path: Path, told: str, known: Sequence[str]) -> list[str]:
    if told == EACH:
        if lists := _by_split(known):
            return lists
        raise UserError("holds no lists for the splits", where=path, mend="Name them train.txt, val.txt and test.txt")
    if told:
        return [told]
    if path.is_file():
        return [path.name]
    if lists := _by_split(known) or list(known[:1]):
        return lists
    if lists := _lists(path)[:1]:
        return lists  # and say what is wrong with it
    raise UserError(
        "holds no list of images", where=path, mend="Put a text file beside the images, with a path and a label a line"
    )


def _speaks_of_images(path: Path) -> bool:
    first = (line.lower() for (_, line), _ in zip(lines_of(head_of(path)), range(_ROWS), strict=False))
    return any(suffix in line for line in first for suffix in IMAGE_SUFFIXES)


def _likeness(path: Path) -> float:
    text = head_of(path)
    separator, share = separator_in(text, path.parent)
    if share < _ENOUGH:
        return 0.0
    rows = [parted(line, separator) for (_, line), _ in zip(lines_of(text), range(2000), strict=False)]
    pairs = {(PurePosixPath(name).parent.name, label) for name, label in rows[:: max(1, len(rows) // _ROWS)]}
    parents = {parent for parent, _ in pairs}
    # Where each folder has one label of its own, the folders are the classes, and their names say more.
    alike = len(parents) == len(pairs) == len({label for _, label in pairs}) > 1
    own = not any(parent == "" or parent.lower() in SPLITS for parent in parents)
    return _FOLDERS_SAY_IT if alike and own else _SURE


def _check(reading: Reading, where: Path) -> None:
    """Raise where no image is left, and say why."""
    if reading.labels:
        return
    if reading.missing.count:
        what = f"none of its images is there; the first is {reading.missing.first}"
        mend = "Put the list into the folder that its paths start from"
    elif reading.unlabelled.count:
        what = f"has no labels; the first image without is {reading.unlabelled.first}"
        mend = "Write a label after each path, or choose what parts them"
    elif reading.other.count:
        what = f"names no images that are read; the first is {reading.other.first}"
        mend = "Choose a list with a path and a label on each line"
    elif reading.unreadable:
        path, why = next(iter(reading.unreadable.items()))
        what, mend = f"none of its images can be read: “{path}” {why}", "Change the permissions of the images"
    else:
        what, mend = "names no images", "Choose a list with a path and a label on each line"
    raise UserError(what, where=where, mend=mend)


def _labelled(reading: Reading, split: bool) -> Labelled:
    paths = list(reading.labels)
    splits = np.fromiter((max(reading.splits[path], 0) for path in paths), np.uint8, len(paths)) if split else None
    return Labelled(reading.root, paths, list(reading.labels.values()), splits)


def _told(reading: Reading) -> Account:
    account = Account(warnings=list(reading.warnings))
    account.warn(
        reading.missing,
        "An image that is listed is not there: {first}.",
        "{count} images that are listed are not there; the first is {first}.",
    )
    account.warn(
        reading.unlabelled,
        "An image has no label and is left out: {first}.",
        "{count} images have no label and are left out; the first is {first}.",
    )
    account.warn(
        reading.other,
        "A line names no image that is read: {first}.",
        "{count} lines name no image that is read; the first is {first}.",
    )
    account.warn(
        reading.repeated,
        "An image is listed a second time, with the same label: {first}.",
        "{count} images are listed a second time, with the same labels; the first is {first}.",
    )
    account.warn(
        reading.leaking,
        "An image is in two lists and stays in the first: {first}.",
        "{count} images are in several lists and stay in the first; the first of them is {first}.",
    )
    by_reason: dict[str, list[str]] = {}
    for path, why in reading.unreadable.items():
        by_reason.setdefault(why, []).append(path)
    for why, paths in by_reason.items():
        account.leave_out(paths, why, f"cannot be read ({why})")
    return account


importer = Listing()
