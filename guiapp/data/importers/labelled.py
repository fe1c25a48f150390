"""What the importers share that read the labels of images from a file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from guiapp.core.layers.base import Words
from guiapp.core.notify import UserError, printable
from guiapp.data.dataset import Dataset, Skipped
from guiapp.data.importers.naming import in_order, is_hidden
from guiapp.data.importers.scanning import is_folder

MOST_TEXT = 100_000_000
"""Bytes of a file of labels; larger ones are refused."""

MOST_CLASSES = 1000
"""With more labels than this, and hardly two images of one, what was read is no label."""

MOST_TOLD = 100
"""Of images left out for one reason, this many are listed."""

Choices = Mapping[str, tuple[str, ...]]
"""Values of an importer's options, by their names."""

_HEAD = 1 << 16
_NO_TEXT = "is no text: it holds NUL characters"
_AS_UTF8 = "Save it again as text in UTF-8"


@dataclass
class Tally:
    """How often something was met, and what was met first."""

    count: int = 0
    first: str = ""

    def add(self, first: str) -> None:
        """Count one more."""
        if not self.count:
            self.first = first
        self.count += 1


@dataclass
class Account:
    """What was left out of a dataset, and what the person is told of it."""

    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def warn(self, tally: Tally, one: str, several: str) -> None:
        """Warn of what was counted: `one` holds ``{first}``, `several` also ``{count}``."""
        if tally.count:
            text = one if tally.count == 1 else several.replace("{count}", f"{tally.count:,}")
            self.warnings.append(printable(text.replace("{first}", tally.first)))

    def leave_out(self, paths: Sequence[str], why: str, said: str) -> None:
        """List images that are left out, the first of them only where they are very many; `said` ends the warning."""
        self.skipped += [Skipped(path, why) for path in paths[:MOST_TOLD]]
        if len(paths) > MOST_TOLD:
            self.warnings.append(f"{len(paths):,} images {said}; the first {MOST_TOLD} of them are listed.")


@dataclass(frozen=True)
class Labelled:
    """Images with their labels in words, as an importer has found them; all lists are as long as `paths`."""

    root: Path
    paths: Sequence[str]
    labels: Sequence[str]
    splits: NDArray[np.uint8] | None = None
    boxes: NDArray[np.int32] | None = None


def made(importer: str, found: Labelled, account: Account, options: Words, choices: Choices) -> Dataset:
    """Return the dataset of what was found."""
    names = in_order(found.labels)
    number = {name: i for i, name in enumerate(names)}
    labels = np.fromiter((number[label] for label in found.labels), np.int32, len(found.labels))
    return Dataset(
        root=found.root,
        importer=importer,
        class_names=tuple(names),
        paths=tuple(found.paths),
        labels=labels,
        sizes=None,
        times=None,
        given_splits=found.splits,
        skipped=tuple(account.skipped),
        warnings=tuple(account.warnings),
        options=options,
        choices=choices,
        boxes=found.boxes,
    )


def check_labels(labels: Sequence[str], where: object, mend: str) -> None:
    """Raise where there are not at least two labels, or nearly as many as images."""
    distinct = len(set(labels))
    if distinct == 1:
        raise UserError(f"has only one label, “{labels[0]}”", where=where, mend=mend)
    if distinct > MOST_CLASSES and 2 * distinct > len(labels):
        what = f"has {distinct:,} labels for {len(labels):,} images, so that they are no classes"
        raise UserError(what, where=where, mend=mend)


def is_file(root: Path, name: str) -> bool:
    """Whether a name that was read somewhere is one of a file in `root`, whatever it holds."""
    try:
        return os.path.isfile(root / name)  # noqa: PTH113 (one question fewer)
    except ValueError:
        return False


def check_place(root: Path, name: str, what: str, mend: str) -> None:
    """Raise where `name` is no file inside `root`; `what` it is called, and what to do where it is not there."""
    if PurePosixPath(name).is_absolute() or Path(name).is_absolute() or ".." in PurePosixPath(name).parts:
        raise UserError(f"the {what} “{name}” lies outside the folder", where=root, mend=f"Choose a {what} inside it")
    if (root / name).is_dir():
        raise UserError(f"is a folder, not a {what}", where=root / name, mend="Choose a file")
    if not is_file(root, name):
        raise UserError(f"holds no {what} “{name}”", where=root, mend=mend)


def read_text(path: Path) -> tuple[str, str]:
    """Read a text file.

    Returns
    -------
    text : str
        UTF-8, UTF-16 with its mark, or else Windows-1252.
    warning : str
        A sentence where it was the last; else empty.

    Raises
    ------
    UserError
        When it is empty, larger than `MOST_TEXT`, or no text.
    OSError
        When it cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(MOST_TEXT + 1)
    if not data.strip():
        raise UserError("the file is empty", where=path, mend="Choose a file that names images and their labels")
    if len(data) > MOST_TEXT:
        megabytes = MOST_TEXT // 1_000_000
        raise UserError(
            f"is too large: at most {megabytes:,} MB are read", where=path, mend="Keep only the columns that are needed"
        )
    try:
        text, sure = _decoded(data)
    except UnicodeDecodeError as exc:
        raise UserError("is no text that can be read", where=path, mend=_AS_UTF8) from exc
    if "\0" in text:
        raise UserError(_NO_TEXT, where=path, mend=_AS_UTF8)
    told = f"{path.name} is not in UTF-8 and was read as Windows-1252. If letters look wrong, save it again in UTF-8."
    return text, "" if sure else told


def _decoded(data: bytes) -> tuple[str, bool]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16"), True
    try:
        return data.decode("utf-8-sig"), True
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), False


def head_of(path: Path) -> str:
    """Return the first whole lines of a text file; nothing where it is no text or cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            data = file.read(_HEAD)
        # A letter may be cut in two where the head ends.
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig", "replace")
    except (OSError, ValueError):
        return ""
    if "\0" in text:
        return ""
    return text if len(data) < _HEAD else text[: text.rfind("\n") + 1]


def listed(folder: Path) -> tuple[list[str], list[str]]:
    """Return the names of the visible files and of the folders right inside `folder`, by name; nothing on failure."""
    files: list[str] = []
    folders: list[str] = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_hidden(entry.name):
                    (folders if is_folder(entry) else files).append(entry.name)
    except OSError:
        return [], []
    return sorted(files), sorted(folders)
