"""What every importer is."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from guiapp.core.layers.base import Words
from guiapp.data.dataset import Dataset
from guiapp.data.work import Cancel, Progress


class NoOptions(Words):
    """The options of an importer that has none."""


class Importer(Protocol):
    """A kind of dataset that can be opened."""

    @property
    def name(self) -> str:
        """Short and fixed, as project files keep it: ``"class_folders"``."""
        ...

    @property
    def title(self) -> str:
        """What a person calls it: ``"A folder for each class"``."""
        ...

    @property
    def options(self) -> type[Words]:
        """What it can be told, as fields declared with `field`; the defaults mean “find out by looking”."""
        ...

    def looks_like(self, path: Path) -> float:
        """Return from 0 (not at all) to 1 (certainly) whether `path` is such a dataset; quick, never raises OSError."""
        ...

    def open(self, path: Path, options: Any, progress: Progress, cancel: Cancel) -> Dataset:
        """Read which images there are, without decoding them.

        Parameters
        ----------
        path : Path
            A folder or file.
        options : Words
            Of the class `options`. The dataset's own `options` and `choices` tell what was found.
        progress, cancel
            Told how far it is; asked whether to go on.

        Raises
        ------
        UserError
            When it is no such dataset, or a damaged one.
        OSError
            When it cannot be read.
        Cancelled
            Once `cancel` answers True.
        """
        ...
