"""The run store: what a training recorded, written by the engine and read by everyone, even meanwhile.

A run is a folder: `project.json` (frozen copy), `environment.json`, `run.db` (SQLite in WAL mode),
`checkpoints/` and `model.keras`. Killing the writer at any moment leaves a readable run.
"""

from __future__ import annotations

import json
import os
import queue
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core import files, project
from guiapp.core.messages import Epoch, Reason
from guiapp.core.notify import UserError
from guiapp.core.project import Project

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
COMMIT_EVERY_S = 0.3
"""Well under the second of recorded steps that a kill may cost."""


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


class RunStore:
    """A run's folder and the names in it."""

    def __init__(self, folder: Path | str) -> None:
        self.folder = Path(folder)
        self.database = self.folder / "run.db"
        self.checkpoints = self.folder / "checkpoints"
        self.model = self.folder / "model.keras"


class RunWriter(RunStore):
    """Records a training; its disk work happens on a thread of its own.

    Parameters
    ----------
    folder : Path or str
        The run's folder; made when missing.
    budget_bytes : int
        How much space snapshots may take; beyond it they are thinned out evenly, but for the first and the last.

    Raises
    ------
    OSError, UserError
        When the folder cannot be made or written; later failures are raised by the next call.
    """

    def __init__(self, folder: Path | str, *, budget_bytes: int = 500_000_000) -> None:
        super().__init__(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._budget = budget_bytes
        self._queue: queue.Queue[tuple[str, Sequence[Any]] | threading.Event | None] = queue.Queue(maxsize=10_000)
        self._pending_bytes = 0
        self._failure: BaseException | None = None
        self._lock = threading.Condition()
        with _sql(self.database), closing(sqlite3.connect(self.database)) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.executescript(SCHEMA)
            db.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (str(STORE_FORMAT),))
            db.execute("INSERT OR REPLACE INTO meta VALUES ('pid', ?)", (str(os.getpid()),))
            db.commit()
        self._thread = threading.Thread(target=self._write, name="run store", daemon=True)
        self._thread.start()

    def begin(self, value: Project, environment: Mapping[str, Any]) -> None:
        """Write the frozen copy of the project and the environment."""
        files.write_text(self.folder / "project.json", project.to_json(value))
        files.write_text(self.folder / "environment.json", json.dumps(dict(environment), indent=1) + "\n")

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
        with self._lock:
            self._lock.wait_for(lambda: self._pending_bytes < 64_000_000 or self._failure is not None)
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

    def mark(self) -> threading.Event:
        """Return an event that is set once everything recorded so far can be read."""
        done = threading.Event()
        self._queue.put(done)
        return done

    def flush(self) -> None:
        """Wait until everything recorded so far is on disk."""
        done = self.mark()
        while not done.wait(0.1):
            self._check()
            if not self._thread.is_alive():
                break
        self._check()

    def close(self) -> None:
        """Write what is left and stop the thread; raises what made writing fail."""
        self._queue.put(None)
        self._thread.join()
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
            with _sql(self.database), closing(sqlite3.connect(self.database)) as db:
                db.execute("PRAGMA synchronous=NORMAL")
                self._drain(db)
        except BaseException as exc:  # handed to the recording thread by _check
            with self._lock:
                self._failure = exc
                self._lock.notify_all()
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
            if isinstance(item, threading.Event):
                item.set()
            if item is None:
                return

    def _execute(self, db: sqlite3.Connection, sql: str, rows: Sequence[Any]) -> None:
        db.executemany(sql, rows)
        if " arrays VALUES" in sql:
            size = sum(len(row[-1]) for row in rows)
            with self._lock:
                self._pending_bytes -= size
                self._lock.notify_all()
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


class RunReader(RunStore):
    """Reads a run, also while it is being written; every call may come from any thread.

    Raises
    ------
    UserError
        When the folder is no run, or its store is damaged.
    """

    def __init__(self, folder: Path | str) -> None:
        super().__init__(folder)
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
        nan = float("nan")
        return [
            Epoch(str(self.folder), epoch, step, *(nan if figure is None else figure for figure in figures))
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

    def reason(self) -> Reason | None:
        """Return how training ended: None while it goes on, ``"interrupted"`` when its process is gone."""
        rows = self._all("SELECT text FROM events WHERE kind = 'end' ORDER BY id DESC LIMIT 1")
        if rows:
            reason: Reason = rows[0][0]
            return reason
        pid = self._all("SELECT value FROM meta WHERE key = 'pid'")
        return None if pid and str(pid[0][0]).isdecimal() and _alive(int(pid[0][0])) else "interrupted"

    def steps(self) -> int:
        """Return the number of the last recorded step."""
        return int(self._all("SELECT COALESCE(MAX(step), 0) FROM metrics")[0][0])

    def checkpoint(self, which: str = "latest") -> Path | None:
        """Return the checkpoint called ``"latest"`` or ``"best"``, or None."""
        path = self.checkpoints / f"{which}.npz"
        return path if path.is_file() else None

    def _all(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with _sql(self.database), closing(self._open()) as db:
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


@contextmanager
def _sql(path: Path) -> Iterator[None]:
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


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
    if os.name == "nt":
        import ctypes

        handle = ctypes.windll.kernel32.OpenProcess(0x1000, False, pid)  # type: ignore[attr-defined]
        if handle:
            ctypes.windll.kernel32.CloseHandle(handle)  # type: ignore[attr-defined]
        return bool(handle)
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return not _zombie(pid)


def _zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


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
    reader = RunReader(folder)
    epochs = reader.epochs()
    last = epochs[-1] if epochs else None
    nan = float("nan")
    return RunInfo(
        folder,
        folder.name,
        reader.steps(),
        len(epochs),
        last.accuracy if last else nan,
        last.val_accuracy if last else nan,
        reader.reason(),
    )


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
