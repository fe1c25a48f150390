"""Looks for the files of weights that backbones begin with, off the window's thread."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication

from guiapp.core import first_weights
from guiapp.core.first_weights import Wanted
from guiapp.look.jobs import Jobs
from guiapp.ui.network.state import NetworkState


class WeightsWatch(QObject):
    """Tells the network's state of files that are not there, whenever others are wanted or the window comes back.

    Parameters
    ----------
    state : NetworkState
        What is told.
    parent : QObject, optional
        Its parent.
    """

    def __init__(self, state: NetworkState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._jobs = Jobs(self)
        self._wanted: frozenset[Wanted] = frozenset()
        state.changed.connect(self._follow)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.applicationStateChanged.connect(self._window_changed)
        self._follow()

    def look(self) -> None:
        """Look for all files again: some may have come or gone."""
        self._jobs.cancel("look")
        if self._wanted:
            self._jobs.run(_look, self._wanted, done=self._state.set_missing, key="look", doing="looking for weights")

    def _follow(self) -> None:
        wanted = first_weights.wanted(self._state.network)
        if wanted != self._wanted:
            self._wanted = wanted
            self.look()

    def _window_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive:
            self.look()


def _look(wanted: Iterable[Wanted]) -> dict[Wanted, str]:
    return {item: first_weights.missing(item) for item in wanted}
