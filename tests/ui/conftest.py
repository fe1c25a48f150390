"""What the tests of the window share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.app import compose
from guiapp.core import project as projects
from guiapp.core.network import NetworkSpec
from guiapp.core.project import DatasetSettings, Project, TrainingSettings
from guiapp.ui.window import Window

LONG = 20_000
LAYERS = [
    {"kind": "Input", "name": "image", "height": 16, "width": 16},
    {"kind": "Conv2D", "name": "conv1", "filters": 4},
    {"kind": "Flatten", "name": "flatten1"},
    {"kind": "Dense", "name": "dense1", "units": 2, "activation": "linear"},
]


class Shell:
    """Opens the real window with the fake engine, on folders of its own."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self.folder = folder
        self.windows: list[Window] = []

    def images(self) -> Path:
        """Draw two classes of six small images."""
        folder = self.folder / "images"
        for level, name in ((40, "dark"), (200, "light")):
            (folder / name).mkdir(parents=True, exist_ok=True)
            for i in range(6):
                Image.fromarray(np.full((16, 16, 3), level + i, np.uint8)).save(folder / name / f"{i}.png")
        return folder

    def project(self, name: str = "bars", images: Path | None = None) -> Path:
        """Write a project that can be trained, and return its path."""
        project = Project(
            name=name,
            dataset=DatasetSettings(path=str(images)) if images is not None else None,
            network=NetworkSpec.model_validate({"layers": LAYERS}),
            training=TrainingSettings(batch=8, epochs=2),
        )
        path = self.folder / f"{name}.convnet"
        projects.save(project, path)
        return path

    def open(self, path: Path, *, ready: bool = False) -> Window:
        """Open the window on a project; with `ready` its engine and its images are there too."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        settings = QSettings(str(self.folder / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("look/theme", "light")
        window = compose(app, settings, "fake_engine")
        self.windows.append(window)
        window.painted.connect(lambda: window.begin(path))
        window.show()
        self._qtbot.waitUntil(lambda: window.services.session.path == path)
        if ready:
            self._qtbot.waitUntil(lambda: window.services.engine.state == "ready", timeout=LONG)
            self._qtbot.waitUntil(lambda: window.services.dataset.state == "ready", timeout=LONG)
        return window

    def close(self) -> None:
        """Close what is open."""
        for window in self.windows:
            window.close_at_once()
            window.deleteLater()
        self.windows.clear()


@pytest.fixture
def shell(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    # The engine's process imports the fake engine by its name.
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    made = Shell(qtbot, tmp_path)
    yield made
    made.close()
