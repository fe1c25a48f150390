"""A look at every image of a dataset: what cannot be read, what is uncommon, and what is there more than once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from guiapp.core.notify import UserError, as_user_error
from guiapp.data import health_store, images
from guiapp.data.alike import SIDE
from guiapp.data.dataset import Dataset
from guiapp.data.decoding import Problem, problem_of
from guiapp.data.duplicates import Group, Looks, duplicates
from guiapp.data.facts import MODES, Facts, facts_of
from guiapp.data.sources import Source
from guiapp.data.threads import in_chunks
from guiapp.data.work import Cancel, Progress, never, no_progress

GREY = "grey"
_CHUNK = 32
_MANY = 4096
_COLOURLESS = 3

Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Health:
    """What was found in a dataset's images.

    Attributes
    ----------
    widths, heights : ndarray of int32, (N,)
        Pixels as shown; 0 where an image cannot be read.
    unreadable : tuple of (int, str)
        Rows of images that cannot be read, with the reason.
    formats : mapping
        Rows of the images of each format, by its name as ``"JPEG"``.
    modes : mapping
        Rows of uncommon images, by what they are: one of `facts.MODES`, or `GREY`, where others are in colour.
    exact : tuple of tuple of int
        Groups of rows whose images are the same in every pixel.
    near : tuple of tuple of int
        Groups of rows that show the same picture: some of them resized, say, or saved again.
    notes : tuple of str
        What was not looked at, and why.
    about : str
        `Dataset.order_key` of the dataset whose rows these are.
    """

    widths: NDArray[np.int32]
    heights: NDArray[np.int32]
    unreadable: tuple[tuple[int, str], ...]
    formats: Mapping[str, Rows]
    modes: Mapping[str, Rows]
    exact: tuple[Group, ...]
    near: tuple[Group, ...]
    notes: tuple[str, ...] = ()
    about: str = ""

    def __len__(self) -> int:
        return len(self.widths)


def check(dataset: Dataset, progress: Progress = no_progress, cancel: Cancel = never) -> Health:
    """Look at every image of `dataset`; at once where that was done before and no file has changed.

    Parameters
    ----------
    dataset : Dataset
        As it was opened.
    progress, cancel
        Told how far it is; asked whether to go on.

    Raises
    ------
    Cancelled
        Once `cancel` answers True.
    """
    kept = health_store.load(dataset)
    if kept is not None:
        return Health(**kept, about=dataset.order_key())
    seen = _Seen(dataset)
    in_chunks("Checking images", len(dataset), _CHUNK, seen.look, progress, cancel)
    found = duplicates(dataset, Looks(seen.digests, seen.thumbs, seen.sizes), progress, cancel)
    health = Health(
        seen.sizes[:, 0].copy(),
        seen.sizes[:, 1].copy(),
        tuple((row, problem.why) for row, problem in sorted(seen.problems.items())),
        seen.formats(),
        seen.modes(),
        found.exact,
        found.near,
        found.notes,
        dataset.order_key(),
    )
    if not any(problem.passing for problem in seen.problems.values()):
        health_store.save(dataset, vars(health))
    return health


class _Seen:
    """What is noted of each image while they are looked at, on several threads."""

    def __init__(self, dataset: Dataset) -> None:
        count = len(dataset)
        self._dataset = dataset
        self.sizes = np.zeros((count, 2), np.int32)
        self.digests = np.zeros((count, 2), np.uint64)
        self.thumbs = np.zeros((count, SIDE, SIDE, 3), np.uint8)
        self.problems: dict[int, Problem] = {}
        self._formats: dict[str, list[int]] = {}
        self._modes: dict[str, list[int]] = {}

    def look(self, start: int, stopped: Callable[[], bool]) -> int:
        """Look at a chunk of images."""
        rows = range(start, min(start + _CHUNK, len(self._dataset)))
        if self._dataset.source is not None:
            self._look_at_arrays(self._dataset.source, rows)
            return len(rows)
        for row in rows:
            if stopped():
                return 0
            try:
                self._note(row, *self._look_at_file(row))
            except UserError as exc:
                self.problems[row] = problem_of(exc)
        return len(rows)

    def _look_at_file(self, row: int) -> tuple[Facts, NDArray[np.uint8], bytes]:
        dataset, path = self._dataset, self._dataset.absolute(row)
        try:
            data = path.read_bytes()
        except OSError as exc:
            raise as_user_error(exc, doing=str(path)) from exc
        box = b"" if dataset.boxes is None else dataset.boxes[row].tobytes()
        digest = hashlib.blake2b(data, digest_size=16, salt=box).digest()
        facts = facts_of(data)
        if not any(box):
            return facts, images.decode_fitted(data, 2 * SIDE, 2 * SIDE, 3, name=str(path)), digest
        part = dataset.read(row)
        facts = Facts(facts.format, part.shape[1], part.shape[0], facts.modes)
        return facts, images.fit_image(part, 2 * SIDE, 2 * SIDE, 3), digest

    def _look_at_arrays(self, source: Source, rows: range) -> None:
        height, width, _ = source.shape
        facts = Facts("array", width, height)
        for row, image in zip(rows, source.read_many(rows.start, rows.stop), strict=True):
            digest = hashlib.blake2b(image.data, digest_size=16).digest()
            self._note(row, facts, images.fit_image(image, 2 * SIDE, 2 * SIDE, 3), digest)

    def _note(self, row: int, facts: Facts, picture: NDArray[np.uint8], digest: bytes) -> None:
        self.sizes[row] = facts.width, facts.height
        self.digests[row] = np.frombuffer(digest, np.uint64)
        images.fit_image(picture, SIDE, SIDE, 3, out=self.thumbs[row])
        # Adding to a list is one step for all threads.
        self._formats.setdefault(facts.format, []).append(row)
        for mode in facts.modes:
            self._modes.setdefault(mode, []).append(row)

    def formats(self) -> dict[str, Rows]:
        """Return the rows of each format, the most common first."""
        by_count = sorted(self._formats.items(), key=lambda item: (-len(item[1]), item[0]))
        return {name: np.array(sorted(rows), np.intp) for name, rows in by_count}

    def modes(self) -> dict[str, Rows]:
        """Return the rows of uncommon images, by what they are."""
        found = {mode: np.array(sorted(self._modes[mode]), np.intp) for mode in MODES if mode in self._modes}
        readable, coloured = self.digests.any(axis=1), self._coloured()
        if coloured.any() and (readable & ~coloured).any():
            found[GREY] = np.flatnonzero(readable & ~coloured)
        return found

    def _coloured(self) -> NDArray[np.bool_]:
        out = np.zeros(len(self.thumbs), np.bool_)
        for start in range(0, len(out), _MANY):
            part = self.thumbs[start : start + _MANY]
            out[start : start + _MANY] = (part.max(axis=3) - part.min(axis=3)).max(axis=(1, 2)) > _COLOURLESS
        return out
