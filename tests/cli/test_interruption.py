"""Ctrl+C, kill -9 and output that nobody takes any more."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guiapp.cli import training
from guiapp.core.runs import RunReader, new_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

Spawn = Callable[..., "subprocess.Popen[str]"]


def _long(write_project: Callable[..., Path], folder: Path) -> Path:
    return write_project(folder / "long.convnet", epochs=100_000)


def _read_until_step(process: subprocess.Popen[str], step: int) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("step", 0) >= step:
            return
    raise AssertionError(process.communicate())


def test_interrupting_keeps_what_was_learned(
    spawn: Spawn, cli: Callable[..., Any], write_project: Callable[..., Path], tmp_path: Path
) -> None:
    project, run = _long(write_project, tmp_path), tmp_path / "run"
    process = spawn("train", project, "--out", run, "--json")
    _read_until_step(process, 5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130 and err == ""
    last = json.loads(out.splitlines()[-1])
    assert last["event"] == "end" and last["reason"] == "interrupted" and last["run"] == str(run)
    reader = RunReader(run)
    assert reader.steps() == last["steps"] >= 5
    assert reader.snapshots()[-1] == last["steps"]
    assert (run / "model.keras").is_file()
    found = cli("train", project, "--resume", run, "--steps", last["steps"] + 3, "--json")
    assert [row["step"] for row in found.rows if row["event"] == "step"] == [last["steps"] + i for i in (1, 2, 3)]


def test_a_killed_training_goes_on_without_holes(
    spawn: Spawn, cli: Callable[..., Any], write_project: Callable[..., Path], tmp_path: Path
) -> None:
    project, run = _long(write_project, tmp_path), tmp_path / "run"
    process = spawn("train", project, "--out", run, "--json")
    _read_until_step(process, 30)
    process.kill()
    process.communicate(timeout=60)
    reader = RunReader(run)
    assert reader.reason() == "interrupted"
    total = reader.steps() + 40
    found = cli("train", project, "--resume", run, "--steps", total, "--json")
    assert found.code == 0 and found.rows[-1]["reason"] == "completed" and found.rows[-1]["steps"] == total
    metrics = reader.metrics()
    assert metrics.step.tolist() == list(range(1, total + 1))
    assert metrics.epoch.tolist() == [(step - 1) // 4 for step in range(1, total + 1)]
    epochs = [row.epoch for row in reader.epochs()]
    assert epochs == list(range(len(epochs))) and len(epochs) >= total // 4
    assert cli("evaluate", run, "--json").code == 0


def test_a_run_under_way_cannot_be_gone_on_with_and_loses_nothing(
    spawn: Spawn, cli: Callable[..., Any], write_project: Callable[..., Path], tmp_path: Path
) -> None:
    project, run = _long(write_project, tmp_path), tmp_path / "run"
    process = spawn("train", project, "--out", run, "--json")
    _read_until_step(process, 5)
    found = cli("train", project, "--resume", run, "--json")
    assert found.code == 1
    assert "is being trained already. Wait until that training ends, or stop it." in found.complaint
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    reader = RunReader(run)
    assert reader.metrics().step.tolist() == list(range(1, reader.steps() + 1))


def test_a_reader_that_leaves_ends_training_quietly(
    spawn: Spawn, write_project: Callable[..., Path], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = spawn("train", _long(write_project, tmp_path), "--out", run, "--json")
    _read_until_step(process, 1)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    assert RunReader(run).reason() == "stopped"


def test_a_reader_that_never_reads(spawn: Spawn, trained: Path) -> None:
    process = spawn("check", trained.parent / "bars.convnet")
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_onto_a_full_disk(spawn: Spawn, trained: Path) -> None:
    with open("/dev/full", "w") as full:
        process = spawn("check", trained.parent / "bars.convnet", stdout=full)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("convnet-studio: check: ") and "the disk is full" in err and err.count("\n") == 1


def test_the_second_interrupt_ends_at_once(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    codes: list[int] = []
    stopped: list[str] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    with training._interruptible([lambda: stopped.append("stop")]) as interrupted:
        assert not interrupted()
        signal.raise_signal(signal.SIGINT)
        assert interrupted() and stopped == ["stop"] and codes == []
        signal.raise_signal(signal.SIGINT)
        assert codes == [130]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert capfd.readouterr().err == "Interrupted at once.\n"


def test_interrupting_before_training_begins(
    cli: Callable[..., Any], write_project: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def interrupt(*arguments: Any) -> Path:
        signal.raise_signal(signal.SIGINT)
        return new_folder(*arguments)

    monkeypatch.setattr(training, "new_folder", interrupt)
    found = cli("train", write_project(tmp_path / "p.convnet"), "--json")
    assert found.code == 130 and found.out == "" and found.err == "Interrupted.\n"
    assert not (tmp_path / "runs").exists()


def test_interrupting_while_images_are_prepared(
    cli: Callable[..., Any], write_project: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from guiapp.engine import pipeline

    opened = pipeline.open_arranged

    def interrupt(*arguments: Any, **options: Any) -> Any:
        signal.raise_signal(signal.SIGINT)
        return opened(*arguments, **options)

    monkeypatch.setattr(pipeline, "open_arranged", interrupt)
    found = cli("train", write_project(tmp_path / "p.convnet"), "--out", tmp_path / "run", "--json")
    assert found.code == 130
    assert found.rows == [{"event": "end", "reason": "interrupted", "run": str(tmp_path / "run"), "steps": 0}]
    assert not (tmp_path / "run").exists()
