"""The Train page: settings and runs at the left, the dashboard beside them."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import shiboken6
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from guiapp.core.runs import RunInfo, RunReader
from guiapp.look import heading as words
from guiapp.look.empty import EmptyState
from guiapp.ui.actions import button, make
from guiapp.ui.page import Page
from guiapp.ui.pinning import Pinning
from guiapp.ui.services import Services
from guiapp.ui.train.dashboard import Dashboard
from guiapp.ui.train.run_actions import RunActions
from guiapp.ui.train.runs import RunList
from guiapp.ui.train.settings import Settings
from guiapp.visuals.panel import panel_classes

LEFT = 280
SPLITTER, DOCKS = "train/splitter", "train/docks"
LIST_EVERY_MS = 3000
POLISH_AFTER_MS, POLISH_MS, POLISH_AT_ONCE = 300, 10, 12


class TrainPage(Page):
    """Train a network, and watch it learn."""

    name: ClassVar[str] = "train"
    title: ClassVar[str] = "Train"
    icon: ClassVar[str] = "train"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._running = self._ready = False
        self._unpolished: list[QWidget] = []
        self.settings = Settings(services.session)
        self.settings.data_wanted.connect(lambda: self.go.emit("data"))
        self.runs = RunList()
        self.run_actions = RunActions(self, services, self.refresh_runs, self.export_animation)
        self.dashboard = Dashboard(panel_classes("train"), services.view, services.jobs)
        for panel in self.dashboard.panels():
            if panel.name == "maps":
                Pinning(services.session, self).accept_drops(panel)
        self.empty = EmptyState(
            "train",
            "Nothing has been trained yet",
            "Press Train, and watch loss and accuracy, the filters and what they see in an image, while it learns. "
            "Everything is recorded, so that you can go back to any moment.",
        )
        self.empty.add_button("Train", services.training.start, icon="play")
        self._export = make(
            self,
            "Export animation…",
            self.export_animation,
            icon="export",
            keys="Ctrl+E",
            tip="Evolving filters or maps",
        )
        self._lay_out()
        self._timer = QTimer(self, interval=LIST_EVERY_MS)
        self._timer.timeout.connect(self.refresh_runs)
        self._connect()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addWidget(self.settings, 3)
        self._runs_heading = words.heading("Runs")
        column.addWidget(self._runs_heading)
        column.addWidget(self.runs, 2)
        column.addWidget(button(self._export, words=True), 0, Qt.AlignmentFlag.AlignLeft)
        left.setMinimumWidth(240)
        # The dashboard is made ready below the empty state, so that the start of a training has nothing to build.
        self.right = QWidget()
        self.cover = QStackedLayout(self.right)
        self.cover.setStackingMode(QStackedLayout.StackingMode.StackAll)
        self.cover.addWidget(self.empty)
        self.cover.addWidget(self.dashboard)
        self.empty.setAutoFillBackground(True)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.right)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.setSizes([LEFT, 1000])
        row = QVBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.splitter)
        state = self.services.settings.value(SPLITTER)
        if state is not None:
            self.splitter.restoreState(state)
        self.dashboard.restore(self.services.settings.value(DOCKS))

    def _connect(self) -> None:
        services = self.services
        services.training.changed.connect(self._training_changed)
        services.training.ended.connect(self.refresh_runs)
        services.training.runs.changed.connect(self.refresh_runs)
        services.view.run_changed.connect(self._run_changed)
        self.runs.chosen.connect(services.training.show_run)
        self.runs.menu_wanted.connect(self._open_menu)
        self.runs.runs.ticked.connect(self._overlay)
        self._training_changed()
        self._run_changed()

    # Page

    def page_actions(self) -> list[QAction]:
        """Return what can be done here."""
        return [self._export, *self.dashboard.actions_to_show()]

    def arrive(self) -> None:
        """Read the list of runs."""
        self.refresh_runs()
        self.dashboard.fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room once it is known, and make ready what is not seen yet."""
        super().showEvent(event)
        QTimer.singleShot(0, self.dashboard.fit)
        if not self._ready:
            self._ready = True
            QTimer.singleShot(POLISH_AFTER_MS, self._gather)

    def _gather(self) -> None:
        self._unpolished = self.dashboard.findChildren(QWidget)
        self._polish()

    def _polish(self) -> None:
        """Have the style sheet applied to some of the widgets; all at once would be felt."""
        for widget in self._unpolished[:POLISH_AT_ONCE]:
            if shiboken6.isValid(widget):
                widget.ensurePolished()
        del self._unpolished[:POLISH_AT_ONCE]
        if self._unpolished:
            QTimer.singleShot(POLISH_MS, self._polish)

    def save_state(self) -> None:
        """Remember the layout."""
        self.services.settings.setValue(SPLITTER, self.splitter.saveState())
        self.services.settings.setValue(DOCKS, self.dashboard.state())

    def reset_layout(self) -> None:
        """Put every panel back."""
        self.splitter.setSizes([LEFT, max(1, self.width() - LEFT)])
        self.dashboard.arrange()

    # Runs

    def refresh_runs(self) -> None:
        """Read the list of runs on a worker thread."""
        find = self.services.training.runs.find()
        self.services.jobs.run(find, done=self._show_runs, key="train runs", doing="reading the list of runs")

    def _show_runs(self, runs: list[RunInfo]) -> None:
        self.runs.runs.set_runs(runs)
        self._runs_heading.setText(f"Runs ({len(runs):,})" if runs else "Runs")
        self._mark()

    def _mark(self) -> None:
        run = self.services.view.run
        self.runs.mark(run.folder if run is not None else None)

    def _run_changed(self) -> None:
        self._mark()
        some = self.services.view.run is not None or self.services.training.active
        self.empty.setVisible(not some)
        if not some:
            self.empty.raise_()
        self._export.setEnabled(self.services.view.run is not None)

    def _overlay(self) -> None:
        folders = sorted(self.runs.runs.overlaid)
        self.services.jobs.run(
            lambda: tuple(RunReader(folder) for folder in folders),
            done=self.services.view.set_overlays,
            key="train overlays",
            doing="reading the run",
        )

    def _open_menu(self, run: RunInfo, at: QPoint) -> None:
        menu = self.run_actions.menu(run)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def _training_changed(self) -> None:
        active = self.services.training.active
        if active == self._running:
            return
        self._running = active
        self.settings.set_running(active)
        self._timer.start() if active else self._timer.stop()
        self.refresh_runs()
        self._run_changed()

    # Animation

    def export_animation(self, run: Path | None = None) -> None:
        """Open the dialog that exports a layer's evolution; of the run that is shown where none is given."""
        from guiapp.ui.export_dialog import ExportDialog

        reader = self.services.view.run
        folder = run or (reader.folder if reader is not None else None)
        if folder is not None:
            dialog = ExportDialog(self.services, folder, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()
