"""The view that tells how sound the images are."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from guiapp.look.busy import ProgressStrip
from guiapp.look.empty import EmptyState
from guiapp.ui.data.health_report import Report
from guiapp.ui.data.views import DataView
from guiapp.ui.form import scrolling
from guiapp.ui.health_model import CHANGED, health_of
from guiapp.ui.services import Services

CHECK = "Check the images"
TITLE = "Are the images sound?"
TEXT = (
    "The check reads every image once. It finds files that cannot be read, copies and near copies, and the same "
    "picture in training and validation, which makes a network look better than it is."
)


class HealthView(DataView):
    """Has the images checked, and reports what was found."""

    title: ClassVar[str] = "Health"
    icon: ClassVar[str] = "health"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.model = health_of(services)
        self.empty = EmptyState("health", TITLE, TEXT)
        self.check_button = self.empty.add_button(CHECK, self.model.check, primary=True, icon="search")
        self.progress = ProgressStrip()
        self.report = Report(self.model)
        self._waiting = QWidget()
        self._page = scrolling(self.report)
        self._stack = QStackedWidget()
        self._lay_out()
        self.model.changed.connect(self.refresh)
        self.model.progressed.connect(self._progressed)
        self.progress.cancelled.connect(self.model.cancel)
        self.report.show_rows.connect(self.show_rows)
        self.report.began_again.connect(lambda: self._page.verticalScrollBar().setValue(0))
        self.refresh()

    def _lay_out(self) -> None:
        middle = QVBoxLayout(self._waiting)
        middle.addStretch(1)
        middle.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignHCenter)
        self.progress.setFixedWidth(420)
        middle.addStretch(1)
        for widget in (self.empty, self._waiting, self._page):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)

    def refresh(self) -> None:
        """Show the check as it stands."""
        model = self.model
        if model.state == "checking":
            if not self.progress.busy:
                self.progress.start("Checking images…")
            self._stack.setCurrentWidget(self._waiting)
            return
        self.progress.finish()
        if model.state == "ready":
            self.report.refresh()
            self._stack.setCurrentWidget(self._page)
            return
        failed = model.state == "failed" and model.error is not None
        self.empty.set_text(
            "The images could not be checked" if failed else TITLE,
            model.error.sentence if failed and model.error is not None else TEXT,
        )
        self.check_button.setText("Read the folder again" if model.error is CHANGED else CHECK)
        self.check_button.setEnabled(model.state != "none")
        self._stack.setCurrentWidget(self.empty)

    def _progressed(self, text: str, done: int, total: int) -> None:
        self.progress.advance(done, total, text)
