"""Holding what annotations say against the images that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from guiapp.core.notify import UserError
from guiapp.data.dataset import TRAIN
from guiapp.data.importers.coco_reading import Annotations, Box
from guiapp.data.importers.labelled import MOST_TOLD, Account, Labelled, Tally
from guiapp.data.importers.table_guessing import Naming, cleaned, index_of, look


@dataclass
class Found:
    """The images that have one label, and what is wrong with the others.

    Attributes
    ----------
    root : Path
        The folder that paths are relative to.
    labels, splits, boxes : dict
        Of each image with one label, by its path.
    """

    root: Path
    labels: dict[str, str] = field(default_factory=dict)
    splits: dict[str, int] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    several: Tally = field(default_factory=Tally)
    missing: Tally = field(default_factory=Tally)
    outside: Tally = field(default_factory=Tally)
    strangers: Tally = field(default_factory=Tally)
    unnamed: Tally = field(default_factory=Tally)
    repeated: Tally = field(default_factory=Tally)

    def join(self, said: Annotations, name: str, paths: Sequence[str], naming: Naming, split: int | None) -> None:
        """Add what a file of annotations says.

        Raises
        ------
        UserError
            When an image has two labels.
        """
        index = index_of(paths, naming)
        beside = name.rpartition("/")[0]
        for number, file_name in said.images.items():
            clean = cleaned(file_name, self.root.as_posix(), beside)
            row = look(clean, index, naming) if clean else None
            if row is None or row < 0:
                (self.missing if clean else self.outside).add(f"“{file_name}”")
            elif label := self._label(said, number, paths[row]):
                self._keep(paths[row], label, name, TRAIN if split is None else split)
                boxes = said.boxes.get(number, [])
                if len(boxes) == 1:
                    self.boxes[paths[row]] = boxes[0]
        for number in said.labels:
            if number not in said.images:
                self.strangers.add(str(number))

    def _label(self, said: Annotations, number: int | str, path: str) -> str:
        """Return the one label of an image; empty where it has none or several."""
        numbers = said.labels.get(number, set())
        names = {said.categories[n] for n in numbers if n in said.categories}
        for stranger in sorted(str(n) for n in numbers if n not in said.categories):
            self.unnamed.add(stranger)
        if len(names) == 1:
            return names.pop()
        if names:
            self.several.add(f"“{path}”")
            self.left_out[path] = "has annotations of several categories"
        else:
            self.left_out[path] = "has no annotation"
        return ""

    def _keep(self, path: str, label: str, name: str, split: int) -> None:
        before = self.labels.setdefault(path, label)
        if before != label:
            raise UserError(
                f"“{path}” is of the category “{label}”, but elsewhere of “{before}”",
                where=self.root / name,
                mend="Keep one category for each image",
            )
        if path in self.splits:
            self.repeated.add(f"“{path}”")
        self.splits.setdefault(path, split)

    def check(self, where: Path) -> None:
        """Raise where no image has one label, and say why."""
        if self.labels:
            return
        if self.several.count:
            what = f"every image has annotations of several categories; the first is {self.several.first}"
            mend = "Choose annotations with one category an image"
        elif self.missing.count:
            what = f"none of its images is there; the first is {self.missing.first}"
            mend = "Choose the folder that holds the images and the annotations"
        elif self.outside.count:
            what = f"its images lie outside the folder; the first is {self.outside.first}"
            mend = "Choose a folder that holds the images and the annotations"
        else:
            what, mend = "no image has an annotation", "Choose the annotations again"
        raise UserError(what, where=where, mend=mend)

    def labelled(self, paths: Sequence[str], *, splits: bool, boxes: bool) -> Labelled:
        """Return the images that have one label, in the order of `paths`."""
        kept = [path for path in paths if path in self.labels]
        given = np.fromiter((self.splits[path] for path in kept), np.uint8, len(kept)) if splits else None
        cut = np.array([self.boxes.get(path, (0, 0, 0, 0)) for path in kept], np.int32) if boxes else None
        return Labelled(self.root, kept, [self.labels[path] for path in kept], given, cut)

    def tell(self, account: Account, paths: Sequence[str]) -> None:
        """Warn of what is of no use, and list the images that are left out."""
        if self.several.count <= MOST_TOLD:
            account.warn(
                self.several,
                "An image has annotations of several categories and is left out: {first}.",
                "{count} images have annotations of several categories and are left out; the first is {first}.",
            )
        account.warn(
            self.missing,
            "An image in the annotations is not there: {first}.",
            "{count} images in the annotations are not there; the first is {first}.",
        )
        account.warn(
            self.outside,
            "An image in the annotations lies outside the folder and is left out: {first}.",
            "{count} images in the annotations lie outside the folder and are left out; the first is {first}.",
        )
        account.warn(
            self.strangers,
            "There are annotations for an image that is not listed, with the id {first}.",
            "There are annotations for {count} images that are not listed; the first has the id {first}.",
        )
        account.warn(
            self.unnamed,
            "An image has a category that is not listed, with the id {first}.",
            "{count} images have categories that are not listed; the first has the id {first}.",
        )
        account.warn(
            self.repeated,
            "An image is in the annotations a second time and stays where it was first: {first}.",
            "{count} images are in the annotations a second time and stay where they were first; one is {first}.",
        )
        by_reason: dict[str, list[str]] = {}
        for path in paths:
            if path not in self.labels:
                by_reason.setdefault(self.left_out.get(path, "is not in the annotations"), []).append(path)
        for why, out in by_reason.items():
            account.leave_out(out, why, _OF_MANY[why])


_OF_MANY = {
    "has annotations of several categories": "have annotations of several categories and are left out",
    "has no annotation": "have no annotation and are left out",
    "is not in the annotations": "are not in the annotations and are left out",
}
