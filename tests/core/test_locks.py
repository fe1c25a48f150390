"""Locks on files, within one process and between several."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from guiapp.core import locks
from guiapp.core.locks import Lock, held

HOLDER = """
import sys
from pathlib import Path
from guiapp.core.locks import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_held_until_it_is_released(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    assert not held(path)
    assert not path.exists(), "looking makes nothing"
    lock = Lock(path)
    assert held(path)
    lock.release()
    lock.release()
    assert not held(path)


def test_the_second_is_refused_also_in_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locks, "WAIT_S", 0)
    first = Lock(tmp_path / "x.lock")
    for _ in range(2):
        with pytest.raises(BlockingIOError):
            Lock(tmp_path / "x.lock")
    assert held(tmp_path / "x.lock")
    first.release()
    Lock(tmp_path / "x.lock").release()


def test_given_back_when_its_process_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        assert held(path)
        process.kill()
    assert not held(path)


def _child(work: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return child


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks there")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_neither_keeps_it_nor_gives_it_back(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    lock = Lock(path)
    reading, writing = os.pipe()
    begun, begin = os.pipe()

    def wait() -> None:
        os.close(writing)
        os.write(begin, b"!")
        os.read(reading, 1)

    child = _child(wait)
    try:
        assert os.read(begun, 1) == b"!"
        _, status = os.waitpid(_child(lock.release), 0)
        assert os.waitstatus_to_exitcode(status) == 1
        assert held(path), "the first child is alive, the second ended"
        os.close(lock._handle or -1)
        lock._handle = None
        assert not held(path), "the child that is alive does not keep it"
    finally:
        for handle in (writing, reading, begin, begun):
            os.close(handle)
        os.waitpid(child, 0)


def test_a_folder_that_is_not_there_or_may_not_be_read_holds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not held(tmp_path / "gone" / "x.lock")

    def refuse(*_: object) -> int:
        raise PermissionError

    (tmp_path / "x.lock").touch()
    monkeypatch.setattr("os.open", refuse)
    assert not held(tmp_path / "x.lock")
