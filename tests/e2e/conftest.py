"""The real window with the real engine's process, on folders of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.app import ENGINE, compose
from guiapp.core import project as projects
from guiapp.core.network import NetworkSpec
from guiapp.core.project import DatasetSettings, Project, TrainingSettings
from guiapp.ui.window import Window

OpenWindow = Callable[[Path | None], Window]


def draw_bars(folder: Path, per_class: int = 20, size: int = 24) -> Path:
    """Draw lying and standing bars in three colours: two classes that are learned in seconds."""
    random = np.random.default_rng(3)
    for lying, name in ((True, "lying"), (False, "standing")):
        (folder / name).mkdir(parents=True)
        for i in range(per_class):
            image = random.integers(0, 70, (size, size, 3))
            high, wide = (4, size - 4) if lying else (size - 4, 4)
            top, left = ((size - side) // 2 + random.integers(-2, 3) for side in (high, wide))
            image[top : top + high, left : left + wide, i % 3] += 180
            Image.fromarray(image.astype(np.uint8)).save(folder / name / f"{i:02}.png")
    return folder


@pytest.fixture
def bars(tmp_path: Path) -> Path:
    """A folder of 40 images in two classes."""
    return draw_bars(tmp_path / "bars")


@pytest.fixture
def ready_project(tmp_path: Path, bars: Path) -> Path:
    """A project file with images and a network, whose training takes long unless it is stopped."""
    layers = [
        {"kind": "Input", "name": "image", "height": 24, "width": 24},
        {"kind": "Conv2D", "name": "conv1", "filters": 6},
        {"kind": "MaxPooling2D", "name": "pool1"},
        {"kind": "Flatten", "name": "flatten1"},
        {"kind": "Dense", "name": "dense1", "units": 2, "activation": "linear"},
    ]
    path = tmp_path / "bars.convnet"
    project = Project(
        name="bars",
        dataset=DatasetSettings(path=str(bars)),
        network=NetworkSpec.model_validate({"layers": layers}),
        training=TrainingSettings(batch=8, epochs=100_000, snapshot_every=10),
    )
    projects.save(project, path)
    return path


@pytest.fixture
def engine_module() -> str:
    """The module that the engine's process runs."""
    return ENGINE


@pytest.fixture
def open_window(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine_module: str
) -> Iterator[OpenWindow]:
    """Return a function that opens the window on a project, or on the one that was open last."""
    for kind in ("DATA", "CACHE", "CONFIG", "LOG"):
        monkeypatch.setenv(f"CONVNET_STUDIO_{kind}", str(tmp_path / kind.lower()))
    monkeypatch.setenv("CONVNET_STUDIO_REDUCED_MOTION", "1")
    windows: list[Window] = []

    def open_(path: Path | None) -> Window:
        settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
        window = compose(qapp, settings, engine_module)
        windows.append(window)
        with qtbot.waitSignal(window.painted, timeout=20_000):
            window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow, timeout=20_000)
        window.begin(path)
        qtbot.waitUntil(lambda: window.services.session.path is not None, timeout=20_000)
        return window

    yield open_
    for window in windows:
        window.close_at_once()
        window.services.jobs.wait_all()
        window.deleteLater()
    windows.clear()
