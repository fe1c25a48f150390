"""An engine's client that only keeps what it is asked, and services around it; the test answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from guiapp.core.messages import Request
from guiapp.core.notify import Cancelled
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


@dataclass
class Question:
    """A request that was made, and the ways to answer it."""

    request: Any
    done: Callable[[Any], None]
    failed: Callable[[BaseException], None]
    progress: Callable[[str, int, int], None]


class AskedEngine(EngineClient):
    """Keeps what it is asked."""

    def __init__(self) -> None:
        super().__init__("nothing")
        self.asked: list[Question] = []
        self.forgotten: list[int] = []

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        number = len(self.asked) + 1
        self.asked.append(Question(make(number), done, failed, progress))
        return number

    def cancel(self, number: int | None) -> None:
        if number is not None:
            self.asked[number - 1].failed(Cancelled())

    def forget(self, number: int | None) -> None:
        if number is not None:
            self.forgotten.append(number)

    def last(self, kind: type[Request]) -> Question:
        """Return the last request of a kind."""
        return next(question for question in reversed(self.asked) if isinstance(question.request, kind))


def services_of(engine: EngineClient, folder: Path) -> Services:
    """Return what pages are given, around an engine."""
    session, view = Session(Project()), ViewContext()
    dataset = DatasetModel(session, engine)
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
    return Services(session, engine, dataset, training, view, Jobs(), settings)
