"""Signals of PySide6 keep the reference counts of what they carry."""

from __future__ import annotations

import gc
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from PySide6.QtCore import QObject, Signal

ROOT = Path(__file__).resolve().parents[2]
EMITS = 10_000
# Other code may hold some references more or fewer by chance; a loss of one an emit is far beyond that.
NOISE = 1_000


class Sender(QObject):
    truth = Signal(bool)
    thing = Signal(object)
    empty = Signal()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="True, False and None are immortal since Python 3.12")
@pytest.mark.parametrize("connected", [True, False])
def test_emitting_loses_no_references(connected: bool) -> None:
    sender = Sender()
    if connected:
        for signal in (sender.truth, sender.thing, sender.empty):
            signal.connect(lambda *_: None)
    gc.collect()
    singletons: tuple[object, ...] = (True, False, None)
    before = [sys.getrefcount(thing) for thing in singletons]
    for _ in range(EMITS):
        sender.truth.emit(True)
        sender.truth.emit(False)
        sender.thing.emit(True)
        sender.thing.emit(None)
        sender.empty.emit()
    after = [sys.getrefcount(thing) for thing in singletons]
    lost = {str(thing): was - now for thing, was, now in zip(singletons, before, after, strict=True)}
    assert all(count < NOISE for count in lost.values()), lost


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
