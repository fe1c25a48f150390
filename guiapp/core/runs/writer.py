"""Records a training in the folder of its run."""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from guiapp.core import files, locks, project
from guiapp.core.messages import Epoch
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs.images import ListedImage, write_images
from guiapp.core.runs.store import SCHEMA, STORE_FORMAT, Array, RunStore, sql_errors

COMMIT_EVERY_S = 0.3
"""Well under the second of recorded steps that a kill may cost."""


class Mark(threading.Event):
    """Is set once everything recorded before it can be read.

    Attributes
    ----------
    removed : tuple of int
        Steps whose snapshots were dropped between the mark before and this one; known once it is set.
    """

    def __init__(self) -> None:
        super().__init__()
        self.removed: tuple[int, ...] = ()


class RunWriter(RunStore):
    """Records a training; its disk work happens on a thread of its own.

    A run has one writer at a time: the file `run.lock` is locked from here until `close`, or until the process ends.

    Parameters
    ----------
    folder : Path or str
        The run's folder; made when missing.
    budget_bytes : int
        How much space snapshots may take; beyond it they are thinned out evenly, but for the first and the last.

    Raises
    ------
    OSError, UserError
        When the folder cannot be made or written, or another writer has it open; later failures are raised by the
        next call.
    """

    def __init__(self, folder: Path | str, *, budget_bytes: int = 500_000_000) -> None:
        super().__init__(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._budget = budget_bytes
        self._queue: queue.Queue[tuple[str, Sequence[Any]] | threading.Event | None] = queue.Queue(maxsize=10_000)
        self._pending_bytes = 0
        self._failure: BaseException | None = None
        self._removed: list[int] = []
        self._changed = threading.Condition()
        self._owned = self._own()
        try:
            self._open()
            self._thread = threading.Thread(target=self._write, name="run store", daemon=True)
            self._thread.start()
        except BaseException:
            self._owned.release()
            raise

    def _own(self) -> locks.Lock:
        try:
            return locks.Lock(self.lock)
        except BlockingIOError:
            raise UserError(
                "is being trained already", where=self.folder, mend="Wait until that training ends, or stop it"
            ) from None

    def _open(self) -> None:
        with sql_errors(self.database), closing(sqlite3.connect(self.database)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(SCHEMA)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (str(STORE_FORMAT),))
            db.commit()

    def begin(self, value: Project, environment: Mapping[str, Any]) -> None:
        """Write the frozen copy of the project and the environment."""
        files.write_text(self.folder / "project.json", project.to_json(value))
        files.write_text(self.folder / "environment.json", json.dumps(dict(environment), indent=1) + "\n")

    def images(self, listed: Iterable[ListedImage]) -> None:
        """Write which images are trained on."""
        write_images(self.images_list, listed)

    def metrics(self, rows: Sequence[tuple[int, int, float, float]]) -> None:
        """Record steps: (step, epoch, loss, accuracy) each."""
        now = time.time()
        # NumPy's integers would be stored as bytes.
        values = [(int(step), int(epoch), float(loss), float(accuracy), now) for step, epoch, loss, accuracy in rows]
        self._put("INSERT OR REPLACE INTO metrics VALUES (?,?,?,?,?)", values)

    def epoch(self, row: Epoch) -> None:
        """Record the figures of an epoch."""
        figures = (row.loss, row.accuracy, row.val_loss, row.val_accuracy, row.seconds)
        values = (int(row.epoch), int(row.step), *(float(figure) for figure in figures))
        self._put("INSERT OR REPLACE INTO epochs VALUES (?,?,?,?,?,?,?)", [values])

    def event(self, step: int, kind: str, text: str = "") -> None:
        """Record that something happened: started, paused, resumed, or ended."""
        self._put(
            "INSERT INTO events (time_s, step, kind, text) VALUES (?,?,?,?)", [(time.time(), int(step), kind, text)]
        )

    def snapshot(self, step: int, epoch: int, arrays: Mapping[tuple[str, str], Array]) -> None:
        """Record arrays of any type by (view, key); waits while more than 64 MB are unwritten.

        Raises
        ------
        TypeError
            When an array holds objects or records, or is of a type that NumPy itself does not know (bfloat16).
        """
        step, epoch = int(step), int(epoch)
        rows = [_array_row(step, view, key, array) for (view, key), array in arrays.items()]
        size = sum(len(row[-1]) for row in rows)
        with self._changed:
            self._changed.wait_for(lambda: self._pending_bytes < 64_000_000 or self._failure is not None)
            self._pending_bytes += size
        self._put("INSERT OR REPLACE INTO arrays VALUES (?,?,?,?,?,?)", rows)
        self._put("INSERT OR REPLACE INTO snapshots VALUES (?,?,?)", [(step, epoch, size)])

    def truncate(self, step: int) -> None:
        """Forget everything after `step`, before going on from it."""
        self._put("DELETE FROM metrics WHERE step > ?", [(step,)])
        self._put("DELETE FROM epochs WHERE step > ?", [(step,)])
        self._put("DELETE FROM arrays WHERE step > ?", [(step,)])
        self._put("DELETE FROM snapshots WHERE step > ?", [(step,)])
        self._put("DELETE FROM events WHERE kind = 'end' OR step > ?", [(step,)])

    def mark(self) -> Mark:
        """Return an event that is set once everything recorded so far can be read."""
        done = Mark()
        self._queue.put(done)
        return done

    def flush(self) -> None:
        """Wait until everything recorded so far is on disk."""
        done = threading.Event()
        self._queue.put(done)
        while not done.wait(0.1):
            self._check()
            if not self._thread.is_alive():
                break
        self._check()

    def close(self) -> None:
        """Write what is left, stop the thread and let other writers in; raises what made writing fail."""
        self._queue.put(None)
        self._thread.join()
        self._owned.release()
        self._check()

    def _check(self) -> None:
        if self._failure is not None:
            raise self._failure

    def _put(self, sql: str, rows: Sequence[Any]) -> None:
        self._check()
        if rows:
            self._queue.put((sql, rows))

    def _write(self) -> None:
        try:
            with sql_errors(self.database), closing(sqlite3.connect(self.database)) as db:
                db.execute("PRAGMA synchronous=NORMAL")
                self._drain(db)
        except BaseException as exc:  # handed to the recording thread by _check
            with self._changed:
                self._failure = exc
                self._changed.notify_all()
            self._discard()

    def _drain(self, db: sqlite3.Connection) -> None:
        last = time.monotonic()
        while True:
            try:
                item = self._queue.get(timeout=COMMIT_EVERY_S)
            except queue.Empty:
                item = ("", ())
            if isinstance(item, tuple) and item[0]:
                self._execute(db, *item)
            if not isinstance(item, tuple) or time.monotonic() - last >= COMMIT_EVERY_S or not item[0]:
                db.commit()
                last = time.monotonic()
            if isinstance(item, Mark):
                item.removed, self._removed = tuple(self._removed), []
            if isinstance(item, threading.Event):
                item.set()
            if item is None:
                return

    def _execute(self, db: sqlite3.Connection, sql: str, rows: Sequence[Any]) -> None:
        db.executemany(sql, rows)
        if " arrays VALUES" in sql:
            size = sum(len(row[-1]) for row in rows)
            with self._changed:
                self._pending_bytes -= size
                self._changed.notify_all()
        if " snapshots VALUES" in sql:
            self._thin(db)
            db.commit()

    def _thin(self, db: sqlite3.Connection) -> None:
        sizes = dict(db.execute("SELECT step, bytes FROM snapshots ORDER BY step").fetchall())
        total = sum(sizes.values())
        while total > self._budget and len(sizes) > 2:
            step = _least_missed(list(sizes))
            db.execute("DELETE FROM arrays WHERE step = ?", (step,))
            db.execute("DELETE FROM snapshots WHERE step = ?", (step,))
            total -= sizes.pop(step)
            self._removed.append(step)

    def _discard(self) -> None:
        while True:
            item = self._queue.get()
            if isinstance(item, threading.Event):
                item.set()
            if item is None:
                return


def _least_missed(steps: Sequence[int]) -> int:
    """Return which step between the first and the last leaves the smallest gap, so that the others stay spread out."""
    return min(zip(steps, steps[1:], steps[2:], strict=False), key=lambda three: three[2] - three[0])[1]


def _array_row(step: int, view: str, key: str, array: Array) -> tuple[int, str, str, str, str, bytes]:
    if array.dtype.hasobject or array.dtype.kind == "V":
        raise TypeError(f"Expected an array of numbers. Received: {view}/{key} of type {array.dtype}")
    return step, view, key, array.dtype.str, json.dumps(array.shape), np.ascontiguousarray(array).tobytes()
