"""The view of the images, alone or on the Data page, on drawn images, with an engine that answers in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.messages import EnsureSample, OpenDataset, Request
from guiapp.core.session import Session
from guiapp.data.opening import open_dataset
from guiapp.look.jobs import Jobs
from guiapp.ui.data.browser import Browser
from guiapp.ui.data.gallery import Gallery
from guiapp.ui.data.views import Views
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

W = TypeVar("W", bound=QWidget)
CLASSES = {"cat": 10, "dog": 6, "owl": 4}


class AnsweringEngine(EngineClient):
    """Answers at once what the page asks.

    Attributes
    ----------
    sample : Path
        What it takes for the sample images.
    """

    sample: Path

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        command = make(1)
        try:
            if isinstance(command, OpenDataset):
                done(open_dataset(Path(command.settings.path), command.settings.importer))
            elif isinstance(command, EnsureSample):
                done(str(self.sample))
        except notify.UserError as exc:
            failed(exc)
        return 1


def draw_pets(root: Path) -> Path:
    """Draw three classes with 10, 6 and 4 images of 30×20 pixels, and a file that is none."""
    rng = np.random.default_rng(1)
    for name, count in CLASSES.items():
        (root / name).mkdir(parents=True)
        for i in range(count):
            image = rng.integers(0, 255, (20, 30, 3), dtype=np.uint8)
            (root / name / f"{i}.png").write_bytes(cv2.imencode(".png", image)[1].tobytes())
    (root / "owl" / "readme.md").write_text("not an image")
    return root


class DataPlace:
    """The view of the images and what a test does with it."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self.qtbot = qtbot
        self.folder = draw_pets(folder / "pets and Ünicode")
        session = Session(templates.load("starter").project("Test", None))
        engine, view = AnsweringEngine("none"), ViewContext()
        dataset = DatasetModel(session, engine)
        training = TrainingModel(session, engine, dataset, view)
        settings = QSettings(str(folder / "s.ini"), QSettings.Format.IniFormat)
        self.engine = engine
        self.services = Services(session, engine, dataset, training, view, Jobs(), settings)
        self.told: list[str] = []
        self._stop = notify.listen(lambda note: self.told.append(note.text))
        self._open()

    def _open(self) -> None:
        views = Views(self.services, (Browser,))
        self.services.dataset.changed.connect(views.refresh)
        self.views = self.show(views)

    def show(self, widget: W) -> W:
        """Show a widget as the active window."""
        self.qtbot.addWidget(widget)
        widget.resize(1200, 700)
        widget.show()
        widget.activateWindow()
        self.qtbot.waitUntil(widget.isActiveWindow)
        return widget

    def close(self) -> None:
        """End what is under way."""
        self._stop()
        assert self.services.jobs.wait_all()

    @property
    def browser(self) -> Browser:
        """The view of the images."""
        view = self.views.view(Browser)
        assert isinstance(view, Browser)
        return view

    @property
    def gallery(self) -> Gallery:
        """Its gallery."""
        return self.browser.gallery

    @property
    def settings(self) -> DatasetSettings:
        """What the project says of its images."""
        found = self.services.session.project.dataset
        assert found is not None
        return found

    def choose(self, folder: Path | None = None) -> None:
        """Choose images and wait until they are seen."""
        self.services.dataset.choose(str(folder or self.folder))
        self.until(lambda: self.services.dataset.state == "ready" and len(self.gallery.rows) > 0)

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something holds."""
        self.qtbot.waitUntil(condition)

    def names(self) -> list[str]:
        """Return the paths of the images that are shown, in order."""
        wall = self.gallery.wall
        return [wall.dataset.paths[row] for row in wall.rows.tolist()] if wall is not None else []

    def chosen(self) -> list[str]:
        """Return the paths of the images that are chosen."""
        wall = self.gallery.wall
        return [wall.dataset.paths[row] for row in self.gallery.chosen.tolist()] if wall is not None else []

    def keys(self, *keys: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press keys while the gallery has the focus."""
        self.gallery.setFocus()
        for key in keys:
            QTest.keyClick(self.gallery, key, held)

    def show_all_rows(self, count: int = 20) -> None:
        """Wait until so many images are shown."""
        self.until(lambda: len(self.gallery.rows) == count)
