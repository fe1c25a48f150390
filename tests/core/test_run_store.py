"""The run store: what is recorded can be read, in any folder, also where it is damaged or full."""

from __future__ import annotations

import errno
import json
import math
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core import templates
from guiapp.core.messages import Epoch
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter, describe, list_runs, new_folder
from guiapp.core.runs.writer import COMMIT_EVERY_S

EPOCH = Epoch("", 0, 10, 0.5, 0.75, 0.6, 0.7, 1.5)


@contextmanager
def recording(folder: Path, **options: Any) -> Iterator[RunWriter]:
    writer = RunWriter(folder, **options)
    try:
        yield writer
    finally:
        writer.close()


def small_run(folder: Path, reason: str = "completed") -> RunReader:
    with recording(folder) as writer:
        writer.begin(Project(name="x"), {})
        writer.metrics([(step, 0, 1 / step, 0.5) for step in range(1, 11)])
        writer.epoch(EPOCH)
        writer.snapshot(0, 0, {("filters", "conv1"): np.zeros(3, np.float16)})
        if reason:
            writer.event(10, "end", reason)
    return RunReader(folder)


def test_everything_recorded_can_be_read(tmp_path: Path) -> None:
    project = templates.load("starter").project("Shapes", str(tmp_path / "images"), 8)
    kernel = np.arange(24, dtype=np.float16).reshape(2, 3, 4)
    with recording(tmp_path / "run") as writer:
        writer.begin(project, {"python": "3.11", "cores": 2})
        writer.event(0, "started")
        writer.snapshot(0, 0, {("filters", "conv2"): kernel, ("filters", "conv1"): kernel[0], ("maps", "a|b"): kernel})
        writer.metrics([(1, 0, 2.5, 0.25), (2, 0, 2.25, 0.5)])
        writer.metrics([(3, 1, 2.0, 0.75)])
        writer.epoch(Epoch("", 0, 2, 2.3, 0.4, math.nan, math.nan, 1.5))
        writer.epoch(EPOCH.__class__("", 1, 3, 2.0, 0.75, 0.1, 0.9, 0.5))
        writer.event(3, "end", "stopped")
    reader = RunReader(tmp_path / "run")
    assert reader.project() == project
    assert json.loads((tmp_path / "run" / "environment.json").read_text()) == {"python": "3.11", "cores": 2}
    metrics = reader.metrics()
    assert metrics.step.tolist() == [1, 2, 3]
    assert metrics.epoch.tolist() == [0, 0, 1]
    assert metrics.loss.tolist() == [2.5, 2.25, 2.0]
    assert metrics.accuracy.tolist() == [0.25, 0.5, 0.75]
    assert metrics.step.dtype == np.dtype(np.int64)
    assert metrics.loss.dtype == np.dtype(np.float64)
    assert reader.metrics(after=2).step.tolist() == [3]
    assert reader.metrics(after=3).step.shape == (0,)
    first, second = reader.epochs()
    assert (first.run, first.epoch, first.step, first.loss, first.seconds) == (str(reader.folder), 0, 2, 2.3, 1.5)
    assert math.isnan(first.val_loss) and math.isnan(first.val_accuracy)
    assert (second.val_loss, second.val_accuracy) == (0.1, 0.9)
    assert reader.snapshots().tolist() == [0]
    assert reader.keys(0, "filters") == ["conv2", "conv1"]
    assert reader.keys(0, "nothing") == reader.keys(1, "filters") == []
    found = reader.array(0, "filters", "conv2")
    assert found is not None
    assert found.dtype == np.float16
    assert np.array_equal(found, kernel)
    assert reader.array(0, "filters", "conv3") is None
    assert reader.steps() == 3
    assert reader.reason() == "stopped"
    assert reader.checkpoint() is None


def test_an_empty_run_reads_as_empty(tmp_path: Path) -> None:
    with recording(tmp_path):
        pass
    reader = RunReader(tmp_path)
    assert reader.metrics().step.shape == reader.metrics().loss.shape == (0,)
    assert (reader.epochs(), reader.snapshots().tolist(), reader.steps()) == ([], [], 0)


def test_checkpoints_are_found_by_name(tmp_path: Path) -> None:
    reader = small_run(tmp_path)
    reader.checkpoints.mkdir()
    (reader.checkpoints / "best.npz").write_bytes(b"")
    assert reader.checkpoint("best") == tmp_path / "checkpoints" / "best.npz"
    assert reader.checkpoint() is None


def test_the_step_to_go_on_from_is_the_checkpoints_and_not_the_last_recorded(tmp_path: Path) -> None:
    reader = small_run(tmp_path)
    assert (reader.steps(), reader.resume_step()) == (10, 0)
    reader.checkpoints.mkdir()
    latest = reader.checkpoints / "latest.npz"
    stored: dict[str, Any] = {"progress/step": np.int64(7), "model/kernel": np.zeros(9)}
    np.savez(latest, **stored)
    assert (reader.steps(), reader.resume_step()) == (10, 7)
    whole = latest.read_bytes()
    np.savez(latest, other=np.zeros(3))
    others = [latest.read_bytes()]
    np.save(tmp_path / "x.npy", np.zeros(3))
    others.append((tmp_path / "x.npy").read_bytes())
    for damaged in (b"", b"nonsense", whole[: len(whole) // 2], *others):
        latest.write_bytes(damaged)
        assert reader.resume_step() == 0


def test_losses_that_are_no_numbers_come_back(tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        writer.metrics([(1, 0, math.nan, 0.0), (2, 0, math.inf, 0.0), (3, 0, -math.inf, 0.0), (4, 0, 1e-308, 0.0)])
    loss = RunReader(tmp_path).metrics().loss
    assert np.array_equal(loss, [math.nan, math.inf, -math.inf, 1e-308], equal_nan=True)


def test_numpys_own_numbers_are_recorded_as_numbers(tmp_path: Path) -> None:
    steps, losses = np.array([1, 2]), np.array([0.5, 0.25], np.float32)
    with recording(tmp_path) as writer:
        writer.metrics(list(zip(steps, steps - 1, losses, losses, strict=True)))
        writer.epoch(Epoch("", np.int64(0), np.int64(2), losses[0], losses[0], losses[1], losses[1], 1.0))  # type: ignore[arg-type]
        writer.snapshot(steps[1], steps[0], {("v", "k"): losses})
        writer.event(steps[1], "end", "completed")
    reader = RunReader(tmp_path)
    assert reader.metrics().step.tolist() == [1, 2]
    assert reader.metrics().loss.tolist() == [0.5, 0.25]
    assert reader.epochs()[0].val_loss == 0.25
    assert reader.snapshots().tolist() == [2]
    assert reader.array(2, "v", "k") is not None


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6, dtype=np.uint8).reshape(1, 2, 3),
        np.array([True, False]),
        np.array(-5, np.int64),
        np.array(1.5, np.float32),
        np.zeros((0, 4), np.float32),
        np.arange(4, dtype=">i2"),
        np.array([1 + 2j]),
        np.array(["a", "猫"]),
        np.arange(24, dtype=np.float64).reshape(4, 6)[::2, ::3],
        np.asfortranarray(np.arange(6, dtype=np.float16).reshape(2, 3)),
        np.array(["2026-11-21"], "datetime64[D]"),
    ],
    ids=lambda array: f"{array.dtype.str}{array.shape}",
)
def test_arrays_come_back_as_they_were(array: np.ndarray[Any, Any], tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        writer.snapshot(1, 0, {("v", "k"): array})
    found = RunReader(tmp_path).array(1, "v", "k")
    assert found is not None
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert np.array_equal(found, array)


@pytest.mark.parametrize(
    "array",
    [np.array([{}], object), np.zeros(2, [("a", "f4"), ("b", object)]), np.zeros(2, [("a", "f4")]), np.zeros(2, "V2")],
    ids=["object", "hidden object", "record", "void"],
)
def test_arrays_that_are_not_of_numbers_are_refused(array: np.ndarray[Any, Any], tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        with pytest.raises(TypeError, match="Expected an array of numbers"):
            writer.snapshot(1, 0, {("v", "k"): array})
        writer.metrics([(1, 0, 1.0, 1.0)])
    assert RunReader(tmp_path).steps() == 1
    assert RunReader(tmp_path).snapshots().size == 0


@pytest.mark.parametrize("name", ["a b", "#1", "what?", "100%", "%41", "Ünï 猫 😀", "a;b&c=d", "it's “it”", "~", ":"])
def test_any_name_of_a_folder(name: str, tmp_path: Path) -> None:
    if sys.platform == "win32" and set(name) & set('?:"'):
        pytest.skip("no such names there")
    folder = tmp_path / name / name
    reader = small_run(folder)
    assert reader.steps() == 10
    assert reader.project() == Project(name="x")
    assert [info.folder for info in list_runs(tmp_path / name)] == [folder]
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.skipif(sys.platform != "linux", reason="names are text elsewhere")
def test_a_folder_whose_name_is_not_text(tmp_path: Path) -> None:
    assert small_run(tmp_path / os.fsdecode(b"caf\xe9")).steps() == 10


def test_a_relative_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert small_run(Path("here")).steps() == 10


def test_flushing_makes_what_was_recorded_readable_at_once(tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        for step in range(1, 30):
            writer.metrics([(step, 0, 0.0, 0.0)])
            writer.flush()
            assert RunReader(tmp_path).steps() == step


def test_what_is_recorded_is_on_disk_soon_without_being_asked(tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        writer.metrics([(1, 0, 0.0, 0.0)])
        reader = RunReader(tmp_path)
        limit = time.monotonic() + 30
        while reader.steps() == 0:
            assert time.monotonic() < limit


def test_after_closing_nothing_hangs(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path)
    writer.close()
    writer.flush()
    writer.close()


class TestThinning:
    def blob(self, size: int) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
        return {("v", "k"): np.zeros(size, np.uint8)}

    @pytest.mark.parametrize(("count", "budget"), [(1, 10), (2, 10), (3, 10), (10, 1000), (11, 1000), (57, 1000)])
    def test_the_budget_holds_and_the_first_and_the_last_are_kept(
        self, count: int, budget: int, tmp_path: Path
    ) -> None:
        with recording(tmp_path, budget_bytes=budget) as writer:
            for i in range(count):
                writer.snapshot(i * 50, 0, self.blob(100))
        reader = RunReader(tmp_path)
        left = reader.snapshots().tolist()
        assert (left[0], left[-1]) == (0, (count - 1) * 50)
        assert len(left) <= max(budget // 100, 2)
        assert all(reader.array(step, "v", "k") is not None for step in left)
        assert reader.keys(50, "v") == (["k"] if 50 in left else [])

    def test_nothing_is_dropped_within_the_budget(self, tmp_path: Path) -> None:
        with recording(tmp_path, budget_bytes=1000) as writer:
            for i in range(10):
                writer.snapshot(i, 0, self.blob(100))
        assert RunReader(tmp_path).snapshots().tolist() == list(range(10))

    @pytest.mark.parametrize("count", [20, 64, 100, 211])
    def test_what_is_left_is_spread_over_the_run(self, count: int, tmp_path: Path) -> None:
        with recording(tmp_path, budget_bytes=1000) as writer:
            for i in range(count):
                writer.snapshot(i * 10, 0, self.blob(100))
        left = RunReader(tmp_path).snapshots()
        assert len(left) == 10
        assert np.diff(left).max() <= 3 * left[-1] / 9

    def test_a_snapshot_much_larger_than_the_others(self, tmp_path: Path) -> None:
        with recording(tmp_path, budget_bytes=1000) as writer:
            for i in range(8):
                writer.snapshot(i, 0, self.blob(100))
            writer.snapshot(8, 0, self.blob(900))
        left = RunReader(tmp_path).snapshots().tolist()
        assert (left[0], left[-1]) == (0, 8)
        assert 100 * (len(left) - 1) + 900 <= 1000

    def test_going_on_counts_what_is_there(self, tmp_path: Path) -> None:
        for half in (range(6), range(6, 12)):
            with recording(tmp_path, budget_bytes=1000) as writer:
                for i in half:
                    writer.snapshot(i, 0, self.blob(100))
        left = RunReader(tmp_path).snapshots().tolist()
        assert len(left) <= 10
        assert (left[0], left[-1]) == (0, 11)

    def test_each_mark_knows_what_was_dropped_before_it(self, tmp_path: Path) -> None:
        there: list[set[int]] = []
        with recording(tmp_path, budget_bytes=500) as writer:
            marks = []
            for i in range(20):
                writer.snapshot(i, 0, self.blob(100))
                marks.append(writer.mark())
                writer.flush()
                there.append(set(RunReader(tmp_path).snapshots().tolist()))
        known: set[int] = set()
        for i, mark in enumerate(marks):
            known = (known | {i}) - set(mark.removed)
            assert known == there[i]
        assert sum(len(mark.removed) for mark in marks) == 15

    def test_what_was_forgotten_or_replaced_does_not_count(self, tmp_path: Path) -> None:
        with recording(tmp_path, budget_bytes=1000) as writer:
            for i in range(10):
                writer.snapshot(i, 0, self.blob(100))
            writer.truncate(4)
            for _ in range(20):
                writer.snapshot(5, 0, self.blob(100))
        assert RunReader(tmp_path).snapshots().tolist() == [0, 1, 2, 3, 4, 5]


def test_truncating_forgets_what_came_after(tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        writer.metrics([(step, step // 4, 0.0, 0.0) for step in range(1, 11)])
        for epoch in range(2):
            writer.epoch(Epoch("", epoch, 4 * (epoch + 1), 0, 0, 0, 0, 0))
        for step in (0, 4, 8):
            writer.snapshot(step, 0, {("v", "k"): np.zeros(1)})
        writer.event(10, "end", "stopped")
    with recording(tmp_path) as writer:
        writer.truncate(5)
        writer.metrics([(6, 1, 9.0, 0.0)])
        writer.flush()
        reader = RunReader(tmp_path)
        assert reader.metrics().step.tolist() == [1, 2, 3, 4, 5, 6]
        assert reader.metrics().loss[-1] == 9.0
        assert [row.epoch for row in reader.epochs()] == [0]
        assert reader.snapshots().tolist() == [0, 4]
        assert reader.keys(8, "v") == []
        assert reader.reason() is None


class TestDamage:
    def sentence(self, folder: Path) -> str:
        with pytest.raises(UserError) as caught:
            RunReader(folder).metrics()
        assert caught.value.mend
        return caught.value.sentence

    def test_no_store(self, tmp_path: Path) -> None:
        said = f"{tmp_path}: is not a run: it has no run.db. Choose a folder inside a “runs” folder."
        assert self.sentence(tmp_path) == said
        (tmp_path / "run.db").mkdir()
        assert self.sentence(tmp_path) == said
        assert "is not a run" in self.sentence(tmp_path / "gone")

    @pytest.mark.parametrize("data", [b"", b"rubbish", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
    def test_not_a_store(self, tmp_path: Path, data: bytes) -> None:
        path = tmp_path / "run" / "run.db"
        path.parent.mkdir()
        path.write_bytes(data)
        assert self.sentence(path.parent) == f"{path}: is damaged: it is not a run's store. Choose another run."
        assert list_runs(tmp_path) == []

    def test_another_programs_store(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(tmp_path / "run.db")) as db:
            db.execute("CREATE TABLE other (x)")
        assert "is not a run's store" in self.sentence(tmp_path)

    def test_a_store_cut_short(self, tmp_path: Path) -> None:
        with recording(tmp_path) as writer:
            writer.metrics([(i, 0, 0.0, 0.0) for i in range(1, 5000)])
        path = tmp_path / "run.db"
        whole = path.read_bytes()
        for share in (0.1, 0.5, 0.9):
            path.write_bytes(whole[: int(len(whole) * share)])
            assert "is damaged" in self.sentence(tmp_path)

    def test_writing_into_a_damaged_store(self, tmp_path: Path) -> None:
        (tmp_path / "run.db").write_bytes(b"rubbish" * 1000)
        with pytest.raises(UserError, match="is damaged"):
            RunWriter(tmp_path)

    @pytest.mark.parametrize(("dtype", "shape"), [("|O", "[1]"), ("nonsense", "[1]"), ("<f4", "[7]"), ("<f4", "{")])
    def test_a_damaged_snapshot(self, tmp_path: Path, dtype: str, shape: str) -> None:
        reader = small_run(tmp_path)
        with closing(sqlite3.connect(tmp_path / "run.db")) as db:
            db.execute("UPDATE arrays SET dtype = ?, shape = ?", (dtype, shape))
            db.commit()
        with pytest.raises(UserError, match="holds a damaged snapshot of step 0"):
            reader.array(0, "filters", "conv1")

    def test_a_missing_or_damaged_project(self, tmp_path: Path) -> None:
        reader = small_run(tmp_path)
        path = tmp_path / "project.json"
        path.write_bytes(b"\xff")
        with pytest.raises(UserError, match="is damaged: it is not text"):
            reader.project()
        path.write_bytes(b"{")
        with pytest.raises(UserError, match="is damaged"):
            reader.project()
        path.unlink()
        with pytest.raises(UserError, match="is not a whole run"):
            reader.project()

    def test_a_folder_that_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError) as caught:
            RunWriter(tmp_path / "file" / "run")
        assert as_user_error(caught.value).mend

    def test_a_store_that_may_not_be_written(self, tmp_path: Path) -> None:
        (tmp_path / "run.db").mkdir()
        with pytest.raises(UserError) as caught:
            RunWriter(tmp_path)
        assert caught.value.mend == "Check the folder's permissions"


class TestOwnership:
    def test_a_run_has_one_writer_at_a_time(self, tmp_path: Path) -> None:
        with recording(tmp_path) as first:
            with pytest.raises(UserError) as caught:
                RunWriter(tmp_path)
            first.metrics([(1, 0, 0.5, 0.5)])
        said = f"{tmp_path}: is being trained already. Wait until that training ends, or stop it."
        assert caught.value.sentence == said
        with recording(tmp_path) as second:
            second.metrics([(2, 0, 0.5, 0.5)])
        assert RunReader(tmp_path).steps() == 2

    def test_an_end_that_was_never_told_is_an_interruption_once_the_writer_is_closed(self, tmp_path: Path) -> None:
        with recording(tmp_path):
            reader = RunReader(tmp_path)
            assert reader.reason() is None
        assert reader.reason() == "interrupted"

    def test_a_writer_that_cannot_begin_lets_others_in(self, tmp_path: Path) -> None:
        (tmp_path / "run.db").mkdir()
        with pytest.raises(UserError, match="cannot be used"):
            RunWriter(tmp_path)
        (tmp_path / "run.db").rmdir()
        RunWriter(tmp_path).close()

    def test_many_readers_never_keep_a_writer_out(self, tmp_path: Path) -> None:
        reader = small_run(tmp_path, reason="")
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                reader.reason()

        lookers = [threading.Thread(target=look) for _ in range(3)]
        for looker in lookers:
            looker.start()
        try:
            for _ in range(20):
                RunWriter(tmp_path).close()
        finally:
            done.set()
            for looker in lookers:
                looker.join()


class TestFullDisk:
    @pytest.fixture
    def full_at_40_pages(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connect = sqlite3.connect

        def limited(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            db: sqlite3.Connection = connect(*args, **kwargs)
            db.execute("PRAGMA max_page_count = 40")
            return db

        monkeypatch.setattr("sqlite3.connect", limited)

    @pytest.mark.usefixtures("full_at_40_pages")
    def test_it_is_told_by_the_next_call_and_what_was_written_stays(self, tmp_path: Path) -> None:
        writer = RunWriter(tmp_path)
        writer.metrics([(1, 0, 0.5, 0.5)])
        writer.flush()
        said = f"{tmp_path / 'run.db'}: the disk is full: training cannot be recorded. Free some space and resume."
        writer.snapshot(1, 0, {("v", "k"): np.zeros(1_000_000, np.uint8)})
        for call in (
            writer.flush,
            lambda: writer.metrics([(2, 0, 0.5, 0.5)]),
            lambda: writer.snapshot(2, 0, {("v", "k"): np.zeros(100_000_000, np.uint8)}),
            writer.flush,
            writer.close,
        ):
            with pytest.raises(UserError) as caught:
                call()
            assert caught.value.sentence == said
        reader = RunReader(tmp_path)
        assert reader.metrics().step.tolist() == [1]
        assert reader.snapshots().size == 0
        assert reader.reason() == "interrupted", "the writer was closed, though it could not write the end"

    def test_beginning_on_a_full_disk(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        monkeypatch.setattr("os.fsync", full)
        with recording(tmp_path) as writer, pytest.raises(OSError) as caught:
            writer.begin(Project(), {})
        assert "the disk is full" in as_user_error(caught.value).what
        assert not (tmp_path / "project.json").exists()


class _Refusing(sqlite3.Connection):
    def execute(self, *_: Any) -> sqlite3.Cursor:
        raise sqlite3.OperationalError("attempt to write a readonly database")


def test_a_run_on_a_disk_that_can_only_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = small_run(tmp_path / "a #b")
    connect = sqlite3.connect

    def read_only(database: str, **options: Any) -> sqlite3.Connection:
        return connect(database, factory=_Refusing if "mode=ro" in database else sqlite3.Connection, **options)

    monkeypatch.setattr("sqlite3.connect", read_only)
    assert reader.steps() == 10


class TestList:
    def test_rubbish_is_passed_over_and_the_newest_comes_first(self, tmp_path: Path) -> None:
        small_run(tmp_path / "2026-01-01T00-00-00-a")
        small_run(tmp_path / "2026-01-02T00-00-00-b", "stopped")
        (tmp_path / "empty").mkdir()
        (tmp_path / "file").write_text("x")
        (tmp_path / "damaged").mkdir()
        (tmp_path / "damaged" / "run.db").write_bytes(b"rubbish" * 100)
        found = list_runs(tmp_path)
        assert [info.name for info in found] == ["2026-01-02T00-00-00-b", "2026-01-01T00-00-00-a"]
        assert [info.reason for info in found] == ["stopped", "completed"]
        assert (found[0].steps, found[0].epochs, found[0].accuracy, found[0].val_accuracy) == (10, 1, 0.75, 0.7)

    def test_each_run_is_opened_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in "abc":
            small_run(tmp_path / name)
        opened: list[str] = []
        connect = sqlite3.connect

        def counted(database: str, **options: Any) -> sqlite3.Connection:
            opened.append(database)
            db: sqlite3.Connection = connect(database, **options)
            return db

        monkeypatch.setattr("sqlite3.connect", counted)
        assert len(list_runs(tmp_path)) == len(opened) == 3

    def test_no_folder_is_no_runs(self, tmp_path: Path) -> None:
        assert list_runs(tmp_path / "gone") == []
        (tmp_path / "file").write_text("")
        assert list_runs(tmp_path / "file") == []

    def test_a_run_without_an_epoch(self, tmp_path: Path) -> None:
        with recording(tmp_path / "r"):
            pass
        info = describe(tmp_path / "r")
        assert (info.steps, info.epochs) == (0, 0)
        assert math.isnan(info.accuracy) and math.isnan(info.val_accuracy)


def test_names_of_new_folders_are_never_taken(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, 10, 31, 7)
    names = []
    for _ in range(4):
        folder = new_folder(tmp_path, "Le Net/5", now)
        folder.mkdir()
        names.append(folder.name)
    stamp = "2026-11-21T10-31-07-le-net-5"
    assert names == [stamp, f"{stamp}-2", f"{stamp}-3", f"{stamp}-4"]
    assert new_folder(tmp_path, "x").name[:4].isdecimal()


def test_a_run_of_this_process_goes_on_until_it_ended(tmp_path: Path) -> None:
    with recording(tmp_path) as writer:
        reader = RunReader(tmp_path)
        assert reader.reason() is None
        writer.event(1, "paused")
        writer.flush()
        assert reader.reason() is None
        writer.event(1, "end", "failed")
        writer.flush()
        assert reader.reason() == "failed"


def test_commits_leave_room_below_a_second() -> None:
    assert COMMIT_EVERY_S <= 0.5
