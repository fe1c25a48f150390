"""The composition root of the window: makes everything once, and puts it away again."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QApplication

from guiapp import __version__
from guiapp.core import files, notify
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look import jobs
from guiapp.look.icons import icon
from guiapp.look.jobs import Jobs
from guiapp.look.theme import Appearance, theme
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.project_files import ProjectFiles
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.ui.window import Window
from guiapp.visuals.context import ViewContext

ENGINE = "guiapp.engine.worker"
APPEARANCES: tuple[Appearance, ...] = ("light", "dark", "system")


def no_display() -> str:
    """Return why no window can be shown here, or ""."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        return ""
    return (
        "There is no display to open the window on. Start it from a desktop, or use the commands: convnet-studio --help"
    )


def application() -> QApplication:
    """Return the process' QApplication; made at the first call."""
    found = QApplication.instance()
    app = found if isinstance(found, QApplication) else QApplication(sys.argv[:1])
    app.setApplicationName("convnet-studio")
    app.setApplicationDisplayName("Convnet Studio")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("convnet-studio")
    return app


def open_settings() -> QSettings:
    """Return what the window remembers, in a file of the settings folder."""
    return QSettings(str(files.config_dir() / "window.ini"), QSettings.Format.IniFormat)


def compose(app: QApplication, settings: QSettings, engine: str = ENGINE) -> Window:
    """Return the window with everything behind it; nothing is started or opened yet.

    Parameters
    ----------
    app : QApplication
        The application; it is given the remembered appearance.
    settings : QSettings
        Remembered sizes and choices.
    engine : str
        The module of the engine's process.
    """
    asked = str(settings.value("look/theme", "system"))
    theme.apply(app, next((known for known in APPEARANCES if known == asked), "system"))
    root = QObject()
    session = Session(Project())
    client = EngineClient(engine, root)
    view = ViewContext(root)
    dataset = DatasetModel(session, client, root)
    training = TrainingModel(session, client, dataset, view, root)
    services = Services(session, client, dataset, training, view, Jobs(root), settings)
    window = Window(services, ProjectFiles(session, settings, root))
    # The models live as long as the window, and go with it.
    root.setParent(window)
    return window


def main(path: str | None = None) -> int:
    """Open the window, on a project where one is named, and return the exit code when it is closed."""
    reason = no_display()
    if reason:
        print(reason, file=sys.stderr)  # noqa: T201 - there is no other way to say it
        return 1
    from guiapp.ui import reporting

    stop_log, stop_hooks = reporting.log_to_file(), reporting.catch_all()
    app = application()
    window = compose(app, open_settings())
    app.setWindowIcon(icon("logo"))
    window.painted.connect(lambda: window.begin(Path(path) if path else None))
    window.leaving.connect(app.quit)
    interrupts = reporting.Interrupts(window.close_at_once)
    try:
        window.show()
        return app.exec()
    finally:
        interrupts.stop()
        jobs.shut_down()
        stop_hooks()
        stop_log()


def shots(argv: Sequence[str]) -> int:
    """Photograph every page of the real window, on the sample project; returns the exit code."""
    parser = argparse.ArgumentParser(prog="convnet-studio shots", description="Photograph every page of the window.")
    parser.add_argument("--out", type=Path, default=Path("shots"), metavar="DIR", help="folder for the pictures")
    arguments = parser.parse_args(argv)
    reason = no_display()
    if reason:
        print(reason, file=sys.stderr)  # noqa: T201 - there is no other way to say it
        return 1
    from guiapp.ui.shots import take

    app = application()
    try:
        return take(compose(app, open_settings()), arguments.out)
    except Exception as exc:
        print(notify.as_user_error(exc, doing="photographing the window").sentence, file=sys.stderr)  # noqa: T201
        return 1
    finally:
        jobs.shut_down()
