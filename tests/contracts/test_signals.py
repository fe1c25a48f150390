"""Signals of PySide6 keep the reference counts of what they carry."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
# Other code may hold some references more or fewer by chance; the loss of one an emit, of 10,000, is far beyond that.
NOISE = 1_000
# In a process of its own: a release that loses references aborts the interpreter sooner or later.
COUNT = """
import json, sys
from PySide6.QtCore import QObject, Signal

class Sender(QObject):
    truth = Signal(bool)
    thing = Signal(object)

sender = Sender()
if sys.argv[1] == "connected":
    sender.truth.connect(lambda value: None)
    sender.thing.connect(lambda value: None)
singletons = (True, False, None)
kept = [[thing] * 100_000 for thing in singletons]
before = [sys.getrefcount(thing) for thing in singletons]
for _ in range(10_000):
    sender.truth.emit(True)
    sender.truth.emit(False)
    sender.thing.emit(True)
    sender.thing.emit(None)
lost = [was - sys.getrefcount(thing) for thing, was in zip(singletons, before)]
print(json.dumps(dict(zip(("True", "False", "None"), lost))), flush=True)
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True, False and None are immortal since Python 3.12")
@pytest.mark.parametrize("slots", ["connected", "unconnected"])
def test_emitting_loses_no_references(slots: str) -> None:
    done = subprocess.run([sys.executable, "-c", COUNT, slots], capture_output=True, text=True, check=False, timeout=60)
    lost: dict[str, int] = json.loads(done.stdout or "{}")
    assert set(lost) == {"True", "False", "None"}, done.stderr
    assert all(count < NOISE for count in lost.values()), lost
    assert done.returncode == 0, done.stderr


def test_pins_exclude_the_unsound_release() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [Requirement(text) for text in project["dependencies"]]
    (pyside,) = [one for one in requirements if one.name == "PySide6-Essentials"]
    assert not pyside.specifier.contains("6.12.0")
    assert pyside.specifier.contains("6.11.3")
    pins = (ROOT / "packaging" / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in pins if line.startswith(("pyside6", "shiboken6"))]
    assert len(pinned) == 2
    assert not [line for line in pinned if line.partition("==")[2].startswith("6.12")]
