"""The engine is killed in the middle of a training: the window says so, offers to go on, and that works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from guiapp.core.runs import RunReader
from guiapp.look.toasts import Toast
from guiapp.ui.window import Window

ROOT = Path(__file__).resolve().parents[2]
LONG_MS = 60_000
STOPPED = "Training stopped at step"


def _offer(window: Window, words: str) -> Toast | None:
    return next((toast for toast in window.toasts.shown() if words in toast.note.text), None)


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.allow_errors
def test_training_goes_on_after_the_engine_was_killed(
    open_window: Callable[[Path | None], Window], qtbot: QtBot, ready_project: Path
) -> None:
    window = open_window(ready_project)
    services, view = window.services, window.services.view
    qtbot.waitUntil(lambda: services.dataset.state == "ready", timeout=LONG_MS)
    window.menus.train.trigger()
    qtbot.waitUntil(lambda: view.steps.size > 30 and len(view.epochs) > 3, timeout=LONG_MS)
    run, first = services.training.run, services.engine.pid
    assert run is not None and first is not None

    os.kill(first, signal.SIGKILL)
    qtbot.waitUntil(lambda: _offer(window, STOPPED) is not None, timeout=LONG_MS)
    offer = _offer(window, STOPPED)
    assert offer is not None
    assert _idle(window)
    assert "ended from outside" in offer.note.text
    reader = RunReader(run)
    killed_at = reader.steps()
    assert killed_at > 20
    assert window.menus.resume.isEnabled()

    _accept(offer)
    qtbot.waitUntil(lambda: services.training.started is not None, timeout=LONG_MS)
    assert services.training.run == run
    qtbot.waitUntil(lambda: view.steps.size > 0 and view.steps[-1] > killed_at + 20, timeout=LONG_MS)
    assert services.engine.pid != first
    window.menus.stop.trigger()
    qtbot.waitUntil(lambda: not services.training.active, timeout=LONG_MS)
    steps = reader.metrics().step
    assert steps.tolist() == list(range(1, int(steps[-1]) + 1))
    qtbot.waitUntil(lambda: view.steps.tolist() == steps.tolist(), timeout=LONG_MS)
    assert reader.reason() == "stopped"


def _accept(offer: Toast) -> str:
    button = offer.action_button
    assert button is not None
    words = button.text()
    button.click()
    return words


def _idle(window: Window) -> bool:
    return not window.services.training.active


def _cut_off(project: Path) -> None:
    """Train by the command line for a while, and kill it."""
    code = "import sys; from guiapp.cli import main; sys.exit(main(sys.argv[1:]))"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "train", str(project), "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line).get("step", 0) >= 30:
            break
    process.kill()
    process.communicate(timeout=60)


def test_a_run_that_was_cut_off_is_offered_when_its_project_is_opened(
    open_window: Callable[[Path | None], Window], qtbot: QtBot, ready_project: Path
) -> None:
    _cut_off(ready_project)
    window = open_window(ready_project)
    qtbot.waitUntil(lambda: _offer(window, "was cut off at step") is not None, timeout=LONG_MS)
    assert window.unfinished is not None
    run, step = window.unfinished
    assert step == RunReader(run).resume_step()
    qtbot.waitUntil(lambda: window.services.view.steps.size >= max(step, 1), timeout=LONG_MS)
    offer = _offer(window, "was cut off at step")
    assert offer is not None
    assert _accept(offer) == f"Resume from step {step:,}"
    view, training = window.services.view, window.services.training
    qtbot.waitUntil(lambda: training.started is not None and view.steps[-1:].sum() > step + 20, timeout=LONG_MS)
    assert training.run == run
    window.menus.stop.trigger()
    qtbot.waitUntil(lambda: not training.active, timeout=LONG_MS)
    steps = RunReader(run).metrics().step
    assert steps.tolist() == list(range(1, int(steps[-1]) + 1))
