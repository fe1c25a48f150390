"""The runs in a folder, and the names of new ones."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from guiapp.core import project
from guiapp.core.messages import Reason
from guiapp.core.notify import UserError
from guiapp.core.runs.reader import RunReader


@dataclass(frozen=True)
class RunInfo:
    """A row of the run list.

    Attributes
    ----------
    folder : Path
        Where it is.
    name : str
        The folder's name.
    steps : int
        The last recorded step.
    epochs : int
        How many epochs ended.
    val_accuracy, accuracy : float
        Of the last epoch; NaN where there is none.
    reason : str or None
        As `RunReader.reason`.
    """

    folder: Path
    name: str
    steps: int
    epochs: int
    accuracy: float
    val_accuracy: float
    reason: Reason | None


def new_folder(parent: Path, name: str, now: datetime | None = None) -> Path:
    """Return a folder for a new run in `parent`, named by the time and `name`; it does not exist yet."""
    stamp = (now or datetime.now()).strftime("%Y-%m-%dT%H-%M-%S")
    folder = parent / f"{stamp}-{project.slug(name)}"
    n = 2
    while folder.exists():
        folder = parent / f"{stamp}-{project.slug(name)}-{n}"
        n += 1
    return folder


def describe(folder: Path) -> RunInfo:
    """Return the row of the run list for `folder`."""
    steps, epochs, accuracy, val_accuracy, reason = RunReader(folder).summary()
    return RunInfo(folder, folder.name, steps, epochs, accuracy, val_accuracy, reason)


def list_runs(parent: Path) -> list[RunInfo]:
    """Return the runs in `parent`, the newest first; folders that are no runs or are damaged are passed over."""
    found: list[RunInfo] = []
    try:
        folders = sorted((path for path in parent.iterdir() if path.is_dir()), reverse=True)
    except OSError:
        return []
    for folder in folders:
        with suppress(UserError):
            found.append(describe(folder))
    return found
