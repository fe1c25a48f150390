"""What every page is given: the open project, the engine, and what follows from the two."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSettings

from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext


@dataclass(frozen=True)
class Services:
    """Handed to every page; made once by the composition root.

    Attributes
    ----------
    session : Session
        The open project with its undo.
    engine : EngineClient
        Requests and events of the engine.
    dataset : DatasetModel
        The open dataset.
    training : TrainingModel
        What trains, and which run is shown.
    view : ViewContext
        Run, step, layer and pinned image that all views look at.
    jobs : Jobs
        Work off the window's thread.
    settings : QSettings
        Remembered sizes and choices.
    """

    session: Session
    engine: EngineClient
    dataset: DatasetModel
    training: TrainingModel
    view: ViewContext
    jobs: Jobs
    settings: QSettings
