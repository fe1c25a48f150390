"""Taking lists of paths and labels apart, and looking for the images they name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG

from guiapp.core.notify import UserError, as_user_error
from guiapp.data.headers import is_image_name
from guiapp.data.importers.labelled import Tally, is_file, read_text
from guiapp.data.importers.scanning import NO_FILE
from guiapp.data.work import Cancel, Progress, stop_if

SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": None}
"""What may stand between a path and its label, by the words for it."""

MOST_LINE = 10_000
"""Characters of a line; longer ones are in no list of images."""

_EVERY = 2000
_TRIED = 40


def parted(line: str, separator: str) -> tuple[str, str]:
    """Return the path and the label of a line; the label is empty where there is none."""
    parts = line.strip().rsplit(SEPARATORS[separator], 1)
    path = parts[0].strip()
    if len(path) > 1 and path[0] == path[-1] == '"':
        path = path[1:-1]
    return path.replace("\\", "/") if os.sep == "/" else path, parts[1].strip() if len(parts) > 1 else ""


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Yield the number and the text of each line that says something: no blank ones, no remarks after ``#``."""
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped and stripped[0] != "#":
            yield number, stripped


def separator_in(text: str, folder: Path) -> tuple[str, float]:
    """Return the separator that leads to most images among some lines, and to what share of them."""
    lines = [line for (_, line), _ in zip(lines_of(text), range(_TRIED), strict=False) if len(line) <= MOST_LINE]
    if not lines:
        return "space", 0.0
    likeness = {name: _likeness(folder, [parted(line, name) for line in lines]) for name in SEPARATORS}
    best = max(likeness, key=lambda name: likeness[name])
    return best, likeness[best][0] / len(lines)


def _likeness(folder: Path, pairs: list[tuple[str, str]]) -> tuple[int, int, int]:
    """Return how many lines name an image that is there, a file that could be an image, and anything with a label."""
    labelled = [name for name, label in pairs if label]
    called = [name for name in labelled if is_image_name(name)]
    return sum(is_file(folder, name) for name in called), len(called), len(labelled)


@dataclass
class Reading:
    """What has been read of one or several lists, and what is wrong with them.

    Attributes
    ----------
    root : Path
        The folder that paths are kept relative to.
    progress, cancel
        Told how many lines are read; asked whether to go on.
    labels, splits, places : dict
        Of each image, by its path: its label, its split (-1 for none), and which line of which list names it.
    """

    root: Path
    progress: Progress
    cancel: Cancel
    labels: dict[str, str] = field(default_factory=dict)
    splits: dict[str, int] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    missing: Tally = field(default_factory=Tally)
    unlabelled: Tally = field(default_factory=Tally)
    repeated: Tally = field(default_factory=Tally)
    leaking: Tally = field(default_factory=Tally)
    other: Tally = field(default_factory=Tally)
    unreadable: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    separator: str = ""
    _read: int = 0

    def read(self, name: str, separator: str, split: int) -> None:
        """Add what a list says; `name` is relative to the root, and `separator` is found by looking where empty.

        Raises
        ------
        UserError
            When it is no text, a line is too long, or an image has two labels.
        """
        where = self.root / name
        text, warning = read_text(where)
        self.warnings += [warning] if warning else []
        separator = separator or separator_in(text, where.parent)[0]
        self.separator = self.separator or separator
        for number, line in lines_of(text):
            if len(line) > MOST_LINE:
                raise UserError(
                    f"line {number:,} has {len(line):,} characters; at most {MOST_LINE:,} are read",
                    where=where,
                    mend="Choose a list with a path and a label on each line",
                )
            path, label = parted(line, separator)
            self._add(path, label, where, number, split)
            self._tick()

    def _tick(self) -> None:
        self._read += 1
        if self._read % _EVERY == 0:
            stop_if(self.cancel)
            self.progress("Reading the list", self._read, 0)

    def _add(self, path: str, label: str, where: Path, number: int, split: int) -> None:
        place = f"line {number:,} of {where.name}"
        told = f"“{path}” ({place})"
        if not label:
            self.unlabelled.add(told)
        elif not is_image_name(path):
            self.other.add(told)
        elif (kept := self._kept(where.parent, path)) in self.labels:
            self._again(kept, label, where, number, split)
        elif why := _why_not(where.parent, path):
            self._refuse(kept, why, told)
        else:
            self.labels[kept], self.splits[kept], self.places[kept] = label, split, place

    def _refuse(self, kept: str, why: str, told: str) -> None:
        if why == _GONE:
            self.missing.add(told)
        else:
            self.unreadable[kept] = why

    def _again(self, kept: str, label: str, where: Path, number: int, split: int) -> None:
        if self.labels[kept] != label:
            raise UserError(
                f"line {number:,}: “{kept}” is labelled “{label}”, but “{self.labels[kept]}” on {self.places[kept]}",
                where=where,
                mend="Keep one label for each image",
            )
        tally = self.repeated if self.splits[kept] == split else self.leaking
        tally.add(f"“{kept}” (line {number:,} of {where.name})")

    def _kept(self, folder: Path, path: str) -> str:
        """Return a path as the dataset keeps it: relative to the root, or whole where it lies outside."""
        whole = os.path.normpath(os.path.join(folder, path))  # noqa: PTH118 (links stay as they are)
        root = str(self.root)
        inside = whole.startswith(root + os.sep)
        return (whole[len(root) + 1 :] if inside else whole).replace(os.sep, "/")


_GONE = "is not there"


def _why_not(folder: Path, path: str) -> str:
    """Return why an image cannot be used; empty where it can."""
    try:
        mode = os.stat(os.path.join(folder, path)).st_mode  # noqa: PTH116, PTH118 (for every line)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return _GONE
    except OSError as exc:
        return as_user_error(exc).what
    return "" if S_ISREG(mode) else NO_FILE
