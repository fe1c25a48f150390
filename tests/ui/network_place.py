"""The Network page alone, with a session, for tests of what opens from it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


def open_network_page(qtbot: QtBot, folder: Path, project: Project, path: Path | None = None) -> NetworkPage:
    """Show the page on `project`, whose file is `path`; settings go into `folder`."""
    session = Session(project, path)
    engine = EngineClient("nothing")
    dataset = DatasetModel(session, engine)
    view = ViewContext()
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    page = NetworkPage(Services(session, engine, dataset, training, view, Jobs(), settings))
    qtbot.addWidget(page)
    page.resize(1270, 640)
    with qtbot.waitExposed(page):
        page.show()
    return page
