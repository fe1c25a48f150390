"""Why there was no training is told until it may be over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.messages import Ended
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.toasts import Toasts
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

pytestmark = pytest.mark.allow_errors
WHY = "There is not enough memory."


@pytest.fixture
def training(qtbot: QtBot) -> TrainingModel:
    session, engine = Session(Project(network=templates.load("starter").network)), EngineClient("nothing")
    return TrainingModel(session, engine, DatasetModel(session, engine), ViewContext())


@pytest.fixture
def session(training: TrainingModel) -> Session:
    return training._session


@pytest.fixture
def toasts(qtbot: QtBot, training: TrainingModel) -> Toasts:
    """Return messages, one of which says why the training failed, and another one."""
    window = QWidget()
    qtbot.addWidget(window)
    toasts = Toasts(window)
    training._on_ended(Ended("run", "failed", 0, WHY))
    notify.warning("The disk is nearly full.")
    qtbot.waitUntil(lambda: len(toasts.shown()) == 2)
    return toasts


def texts(toasts: Toasts) -> list[str]:
    return [toast.note.text for toast in toasts.shown()]


CHANGES: dict[str, Callable[[Session], object]] = {
    "network": lambda session: session.change(
        session.project.model_copy(update={"network": session.project.network.remove(1)}), "remove conv1"
    ),
    "project": lambda session: session.open(Project(name="Other"), None),
}


@pytest.mark.parametrize("change", CHANGES)
def test_why_it_failed_goes_when_that_may_be_over(toasts: Toasts, session: Session, change: str) -> None:
    CHANGES[change](session)
    assert texts(toasts) == ["The disk is nearly full."]


def test_why_it_failed_goes_when_it_is_trained_again(toasts: Toasts, training: TrainingModel) -> None:
    training.start()
    assert WHY not in texts(toasts)


def test_why_it_failed_stays_while_nothing_changes(toasts: Toasts, session: Session) -> None:
    session.change(session.project.model_copy(update={"name": "New name"}), "rename")
    assert WHY in texts(toasts)
