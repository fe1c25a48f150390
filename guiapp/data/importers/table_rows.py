"""Holding the rows of a table of labels against the images that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN
from guiapp.data.importers.labelled import MOST_TOLD, Account, Labelled, Tally
from guiapp.data.importers.naming import SPLITS
from guiapp.data.importers.table_guessing import look
from guiapp.data.importers.table_options import TOP
from guiapp.data.importers.table_plan import Place, Plan
from guiapp.data.importers.table_reading import Rows
from guiapp.data.work import Cancel, stop_if

_EVERY = 5000


@dataclass
class Matching:
    """What the rows say of each image, by its place among the paths, and what is wrong with them."""

    plan: Plan
    place: Place
    labels: dict[int, str] = field(default_factory=dict)
    lines: dict[int, int] = field(default_factory=dict)
    splits: dict[int, int] = field(default_factory=dict)
    blank: set[int] = field(default_factory=set)
    missing: Tally = field(default_factory=Tally)
    outside: Tally = field(default_factory=Tally)
    nameless: Tally = field(default_factory=Tally)
    unlabelled: Tally = field(default_factory=Tally)
    repeated: Tally = field(default_factory=Tally)

    def image(self, cell: str, line: int) -> int | None:
        """Return which image a row names."""
        image = self.plan.index.get(cell)
        if image is None:
            image = self._searched(cell, line)
        if image == -1:
            raise UserError(
                f"line {line:,}: several images are called “{cell}”",
                where=self.place.path,
                mend="Choose the folder and the file ending that the table speaks of",
            )
        return image

    def _searched(self, cell: str, line: int) -> int | None:
        name = self.place.cleaned(cell)
        image = look(name, self.plan.index, self.plan.naming) if name else None
        if image is None:
            tally = self.missing if name else self.outside if cell.strip() else self.nameless
            tally.add(f"“{cell}” (line {line:,})" if cell.strip() else f"line {line:,}")
        return image

    def note(self, image: int, row: list[str], line: int) -> None:
        """Keep what a row says of an image."""
        label, name = " ".join(row[self.plan.label].split()), row[self.plan.file]
        if not label:
            self.unlabelled.add(f"“{name}” (line {line:,})")
            self.blank.add(image)
            return
        before = self.labels.setdefault(image, label)
        if before != label:
            raise UserError(
                f"line {line:,}: “{name}” is labelled “{label}”, but “{before}” on line {self.lines[image]:,}",
                where=self.place.path,
                mend="Keep one label for each image",
            )
        if image in self.lines:
            self.repeated.add(f"“{name}” (line {line:,})")
            return
        self.lines[image] = line
        if self.plan.split is not None:
            self.splits[image] = self._split(row[self.plan.split], line, self.plan.names[self.plan.split])

    def _split(self, cell: str, line: int, column: str) -> int:
        split = SPLITS.get(cell.strip().lower())
        if split is None:
            raise UserError(
                f"line {line:,}: “{cell}” in the column “{column}” is no split",
                where=self.place.path,
                mend="Write train, validation or test, or choose another split column",
            )
        return split


def match(rows: Rows, plan: Plan, place: Place, cancel: Cancel) -> Matching:
    """Look up every row's image.

    Raises
    ------
    UserError
        When an image has two labels, a name means several images, or a word is no split.
    """
    out = Matching(plan, place)
    last = max(plan.file, plan.label, plan.split or 0)
    for at in range(int(plan.header), len(rows.cells)):
        row, line = rows.cells[at], rows.lines[at]
        if len(row) <= last:
            row = row + [""] * (last + 1 - len(row))
        image = out.image(row[plan.file], line)
        if image is not None:
            out.note(image, row, line)
        if at % _EVERY == 0:
            stop_if(cancel)
    return out


def check(found: Matching) -> None:
    """Raise where no image has a label, and say why."""
    plan = found.plan
    if found.labels:
        return
    if found.unlabelled.count:
        what, mend = f"holds no labels in the column “{plan.names[plan.label]}”", "Choose the column with the labels"
    elif found.missing.count:
        folder = "" if plan.naming.folder == TOP else f" in “{plan.naming.folder}”"
        what = f"none of its images is there{folder}; the first is {found.missing.first}"
        mend = "Put the table into the folder of its images, or choose its columns, folder and file ending"
    elif found.outside.count:
        what = f"its images lie outside the folder; the first is {found.outside.first}"
        mend = "Choose a folder that holds the table and its images"
    elif found.nameless.count:
        what, mend = f"names no images in the column “{plan.names[plan.file]}”", "Choose the column with the file names"
    else:
        what, mend = "holds no rows but its header", "Add a row for each image"
    raise UserError(what, where=found.place.path, mend=mend)


def labelled(found: Matching, paths: Sequence[str]) -> Labelled:
    """Return the images that have a label, in the order of their paths."""
    rows = sorted(found.labels)
    splits = None
    if found.plan.split is not None:
        splits = np.fromiter((found.splits.get(row, TRAIN) for row in rows), np.uint8, len(rows))
    return Labelled(found.place.root, [paths[row] for row in rows], [found.labels[row] for row in rows], splits)


def tell(account: Account, found: Matching, paths: Sequence[str]) -> None:
    """Warn of rows that are of no use, and list the images that have no label."""
    table = found.place.path.name
    account.warn(
        found.missing,
        f"{table} names an image that is not there: {{first}}.",
        f"{table} names {{count}} images that are not there; the first is {{first}}.",
    )
    account.warn(
        found.outside,
        f"{table} names an image outside the folder, which is left out: {{first}}.",
        f"{table} names {{count}} images outside the folder, which are left out; the first is {{first}}.",
    )
    account.warn(
        found.nameless,
        f"{table} has a row that names no image: {{first}}.",
        f"{table} has {{count}} rows that name no image; the first is {{first}}.",
    )
    if found.unlabelled.count <= MOST_TOLD:
        account.warn(
            found.unlabelled,
            f"{table} has no label for {{first}}, which is left out.",
            f"{table} has no label for {{count}} images, which are left out; the first is {{first}}.",
        )
    account.warn(
        found.repeated,
        f"{table} names an image a second time, with the same label: {{first}}.",
        f"{table} names {{count}} images a second time, with the same labels; the first is {{first}}.",
    )
    blank = [row for row in sorted(found.blank) if row not in found.labels]
    account.leave_out(
        [paths[row] for row in blank], f"has no label in {table}", f"have no label in {table} and are left out"
    )
    seen = found.labels.keys() | found.blank
    rest = [path for row, path in enumerate(paths) if row not in seen]
    account.leave_out(rest, f"is not in {table}", f"are not in {table} and are left out")
