"""What writing and reading a run have in common: the names in its folder, and its database."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.core.runs.images import NAME

Array = NDArray[Any]

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS metrics (step INTEGER PRIMARY KEY, epoch INTEGER, loss REAL, accuracy REAL, time_s REAL);
CREATE TABLE IF NOT EXISTS epochs (epoch INTEGER PRIMARY KEY, step INTEGER, loss REAL, accuracy REAL,
    val_loss REAL, val_accuracy REAL, seconds REAL);
CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, time_s REAL, step INTEGER, kind TEXT, text TEXT);
CREATE TABLE IF NOT EXISTS snapshots (step INTEGER PRIMARY KEY, epoch INTEGER, bytes INTEGER);
CREATE TABLE IF NOT EXISTS arrays (step INTEGER, view TEXT, key TEXT, dtype TEXT, shape TEXT, data BLOB);
CREATE UNIQUE INDEX IF NOT EXISTS arrays_by_name ON arrays (step, view, key);
"""
STORE_FORMAT = 1
DAMAGED = "is damaged: it is not a run's store"


MOVED: dict[Path, Path] = {}
"""Where runs were moved to while the program ran: whoever still looks at the old folder finds the new one."""


class RunStore:
    """A run's folder and the names in it."""

    def __init__(self, folder: Path | str) -> None:
        self._be_at(Path(folder))

    def follow(self) -> bool:
        """Be where the run was moved to by this process; returns whether it was moved."""
        target = MOVED.get(self.folder)
        if target is None or self.database.is_file():
            return False
        self._be_at(target)
        return True

    def _be_at(self, folder: Path) -> None:
        self.folder = folder
        self.database = self.folder / "run.db"
        self.checkpoints = self.folder / "checkpoints"
        self.model = self.folder / "model.keras"
        self.images_list = self.folder / NAME
        self.lock = self.folder / "run.lock"


@contextmanager
def sql_errors(path: Path) -> Iterator[None]:
    """Say in words what went wrong with the database at `path`."""
    try:
        yield
    except sqlite3.OperationalError as exc:
        if "full" in str(exc):
            raise UserError(
                "the disk is full: training cannot be recorded", where=path, mend="Free some space and resume"
            ) from exc
        if "no such" in str(exc):
            raise UserError(DAMAGED, where=path, mend="Choose another run") from exc
        raise UserError(f"cannot be used ({exc})", where=path, mend="Check the folder's permissions") from exc
    except sqlite3.DatabaseError as exc:
        raise UserError(DAMAGED, where=path, mend="Choose another run") from exc
