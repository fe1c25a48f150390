"""The run store between two processes: reading while another writes, and a writer that is killed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from guiapp.core.project import Project
from guiapp.core.runs import RunReader, list_runs

ROOT = Path(__file__).resolve().parents[2]

WRITER = """
import sys, time
import numpy as np
from guiapp.core.project import Project
from guiapp.core.runs import RunWriter
every = int(sys.argv[2])
writer = RunWriter(sys.argv[1], budget_bytes=200_000)
writer.begin(Project(name="killed"), {})
for step in range(1, 1_000_000):
    now = time.time()
    writer.metrics([(step, 0, now, step)])
    if step % every == 0:
        writer.snapshot(step, 0, {("v", str(i)): np.full(1000, step % 256, np.uint8) for i in range(5)})
    print(step, now, flush=True)
    time.sleep(0.001)
"""


@contextmanager
def writing(folder: Path, snapshot_every: int = 10) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(snapshot_every)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines(process: subprocess.Popen[str], count: int) -> tuple[int, float]:
    """Read `count` lines; return the step and the time of the last."""
    assert process.stdout is not None
    step, now = 0, 0.0
    for _ in range(count):
        text = process.stdout.readline().split()
        assert len(text) == 2, "the writer ended"
        step, now = int(text[0]), float(text[1])
    return step, now


def rest(process: subprocess.Popen[str], step: int, now: float) -> tuple[int, float]:
    """Read what the killed writer still said; a last line that was cut is left out."""
    assert process.stdout is not None
    for line in process.stdout.read().splitlines(keepends=True):
        if line.endswith("\n"):
            step, now = int(line.split()[0]), float(line.split()[1])
    return step, now


def check_whole(reader: RunReader) -> None:
    """Steps have no gaps, and each snapshot has all of its arrays."""
    step = reader.metrics().step
    assert np.array_equal(step, np.arange(1, len(step) + 1))
    for number in reader.snapshots().tolist()[::4]:
        arrays = [reader.array(number, "v", str(i)) for i in range(5)]
        # Thinning may have taken the snapshot since it was listed.
        if number in reader.snapshots():
            assert all(array is not None and array.shape == (1000,) for array in arrays)
            assert {int(array[0]) for array in arrays if array is not None} == {number % 256}


# A snapshot is committed at once, and the steps before it: one writer takes none.
@pytest.mark.parametrize(("seconds", "snapshot_every"), [(0.0, 10), (0.4, 10), (1.2, 10**9)])
def test_killing_the_writer_loses_at_most_the_last_second(seconds: float, snapshot_every: int, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "a #1 %"
    moment = seconds + random.random() * 0.3
    with writing(folder, snapshot_every) as process:
        step, first = lines(process, 1)
        now = first
        while now - first < moment:
            step, now = lines(process, 1)
        process.kill()
        process.wait()
        step, now = rest(process, step, now)
    reader = RunReader(folder)
    assert reader.reason() == "interrupted"
    assert reader.project() == Project(name="killed")
    check_whole(reader)
    metrics = reader.metrics()
    recorded = metrics.loss[-1] if len(metrics.step) else first
    assert now - recorded < 1.0
    assert reader.steps() <= step + 1
    assert [info.folder for info in list_runs(tmp_path / "runs")] == [folder]


def test_reading_while_another_process_writes(tmp_path: Path) -> None:
    with writing(tmp_path) as process:
        lines(process, 1)
        reader = RunReader(tmp_path)
        assert reader.reason() is None
        seen = 0
        while seen < 300:
            lines(process, 30)
            new = reader.metrics(after=seen).step
            assert np.array_equal(new, np.arange(seen + 1, seen + 1 + len(new)))
            seen += len(new)
            check_whole(reader)
            assert reader.reason() is None
        process.kill()
        if sys.platform == "linux":
            # A killed process that nobody has waited for yet is gone all the same.
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
            assert reader.reason() == "interrupted"
        process.wait()
    assert reader.reason() == "interrupted"
    assert reader.steps() >= seen


def test_a_killed_run_can_be_gone_on_with(tmp_path: Path) -> None:
    from guiapp.core.runs import RunWriter

    with writing(tmp_path) as process:
        lines(process, 200)
        reader = RunReader(tmp_path)
        while reader.steps() < 100:
            lines(process, 10)
    writer = RunWriter(tmp_path)
    assert reader.reason() is None
    writer.truncate(50)
    writer.metrics([(51, 0, 7.0, 0.0)])
    writer.event(51, "end", "completed")
    writer.close()
    assert reader.steps() == 51
    assert reader.metrics().loss[-1] == 7.0
    assert reader.reason() == "completed"
    assert (reader.snapshots() <= 50).all()
