"""Reads a run, whether it is finished, under way or cut off."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core import locks, project
from guiapp.core.messages import Epoch, Reason
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs.images import ListedImage, read_images
from guiapp.core.runs.store import Array, RunStore, sql_errors

END = "SELECT text FROM events WHERE kind = 'end' ORDER BY id DESC LIMIT 1"
SUMMARY = f"""
SELECT (SELECT COALESCE(MAX(step), 0) FROM metrics), (SELECT COUNT(*) FROM epochs),
    (SELECT accuracy FROM epochs ORDER BY epoch DESC LIMIT 1),
    (SELECT val_accuracy FROM epochs ORDER BY epoch DESC LIMIT 1), ({END})
"""


@dataclass(frozen=True)
class Metrics:
    """Figures of steps in order: arrays of one length.

    Attributes
    ----------
    step, epoch : int64 array, shape (n,)
        Numbers of the steps (from 1) and their epochs (from 0).
    loss, accuracy : float64 array, shape (n,)
        Of each step's batch.
    """

    step: NDArray[np.int64]
    epoch: NDArray[np.int64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]


class RunReader(RunStore):
    """Reads a run, also while it is being written; every call may come from any thread.

    Raises
    ------
    UserError
        When the folder is no run, or its store is damaged.
    """

    def __init__(self, folder: Path | str) -> None:
        super().__init__(folder)
        self.follow()
        if not self.database.is_file():
            raise UserError(
                "is not a run: it has no run.db", where=self.folder, mend="Choose a folder inside a “runs” folder"
            )

    def project(self) -> Project:
        """Return the project as it was when training began."""
        path = self.folder / "project.json"
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError:
            raise UserError(
                "is not a whole run: project.json is missing", where=self.folder, mend="Choose another run"
            ) from None
        except UnicodeDecodeError:
            raise UserError("is damaged: it is not text", where=path, mend="Choose another run") from None
        return project.from_json(text, path)

    def images(self) -> list[ListedImage] | None:
        """Return which images it was trained on, in the order of training; None for a run of an older version.

        Raises
        ------
        UserError
            When the list is damaged.
        """
        return read_images(self.images_list)

    def metrics(self, after: int = 0) -> Metrics:
        """Return the figures of all steps after step `after`."""
        rows = self._all("SELECT step, epoch, loss, accuracy FROM metrics WHERE step > ? ORDER BY step", (after,))
        table = np.array(rows, dtype=np.float64).reshape(-1, 4)
        return Metrics(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3])

    def epochs(self) -> list[Epoch]:
        """Return the figures of all epochs."""
        rows = self._all(
            "SELECT epoch, step, loss, accuracy, val_loss, val_accuracy, seconds FROM epochs ORDER BY epoch"
        )
        return [
            Epoch(str(self.folder), epoch, step, *(_figure(figure) for figure in figures))
            for epoch, step, *figures in rows
        ]

    def snapshots(self) -> NDArray[np.int64]:
        """Return the steps that have a snapshot, in order."""
        return np.array([row[0] for row in self._all("SELECT step FROM snapshots ORDER BY step")], dtype=np.int64)

    def keys(self, step: int, view: str) -> list[str]:
        """Return the names of the arrays that `view` recorded at `step`."""
        return [
            row[0] for row in self._all("SELECT key FROM arrays WHERE step=? AND view=? ORDER BY rowid", (step, view))
        ]

    def array(self, step: int, view: str, key: str) -> Array | None:
        """Return one recorded array, or None where there is none."""
        rows = self._all("SELECT dtype, shape, data FROM arrays WHERE step=? AND view=? AND key=?", (step, view, key))
        if not rows:
            return None
        dtype, shape, data = rows[0]
        try:
            return np.frombuffer(data, dtype=np.dtype(dtype)).reshape(json.loads(shape))
        except (TypeError, ValueError):
            raise UserError(
                f"holds a damaged snapshot of step {step}", where=self.database, mend="Train again"
            ) from None

    def summary(self) -> tuple[int, int, float, float, Reason | None]:
        """Return, with one look at the store: steps, epochs, accuracies of the last epoch (NaN), and `reason`."""
        ((steps, epochs, accuracy, val_accuracy, told),) = self._all(SUMMARY)
        return int(steps), int(epochs), _figure(accuracy), _figure(val_accuracy), self._reason(told)

    def reason(self) -> Reason | None:
        """Return how training ended: None while a writer has the run open, ``"interrupted"`` when none told its end."""
        ((told,),) = self._all(f"SELECT ({END})")
        return self._reason(told)

    def _reason(self, told: Reason | None) -> Reason | None:
        if told is not None:
            return told
        return None if locks.held(self.lock) else "interrupted"

    def steps(self) -> int:
        """Return the number of the last recorded step."""
        return int(self._all("SELECT COALESCE(MAX(step), 0) FROM metrics")[0][0])

    def resume_step(self) -> int:
        """Return the step that training would go on from: the latest checkpoint's; 0 without one, or a damaged one.

        It may lie behind `steps`: a checkpoint is not written at every step. No weights are read.
        """
        path = self.checkpoint()
        try:
            if path is None:
                return 0
            with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
                return max(0, int(stored["progress/step"]))
        except (OSError, TypeError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return 0

    def checkpoint(self, which: str = "latest") -> Path | None:
        """Return the checkpoint called ``"latest"`` or ``"best"``, or None."""
        path = self.checkpoints / f"{which}.npz"
        return path if path.is_file() else None

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            return self._fetch(sql, values)
        except UserError:
            if not self.follow():
                raise
            return self._fetch(sql, values)

    def _fetch(self, sql: str, values: Sequence[Any]) -> list[Any]:
        with sql_errors(self.database), closing(self._open()) as db:
            return db.execute(sql, values).fetchall()

    def _open(self) -> sqlite3.Connection:
        uri = self.database.resolve().as_uri()
        db = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=5)
        try:
            db.execute("SELECT 1 FROM meta").fetchone()
        except sqlite3.DatabaseError as exc:
            db.close()
            if not isinstance(exc, sqlite3.OperationalError) or "no such" in str(exc):
                raise
        else:
            return db
        # A run on a read-only disk cannot make the shared-memory file that WAL needs.
        return sqlite3.connect(f"{uri}?immutable=1", uri=True)


def _figure(value: float | None) -> float:
    return float("nan") if value is None else float(value)
