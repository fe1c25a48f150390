"""The confusion matrix, worked out when it is asked for."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from guiapp.core.messages import Evaluate, Evaluation
from guiapp.core.notify import UserError
from guiapp.look import heading as words
from guiapp.look.busy import ProgressStrip
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.icons import set_icon
from guiapp.ui.predict.slot import Slot
from guiapp.ui.services import Services


class ShowsEvaluation(Protocol):
    """A panel that shows how a network does on images with known classes."""

    def set_evaluation(self, evaluation: Evaluation | None) -> None:
        """Show another evaluation, or none."""
        ...


class EvaluationView(QWidget):
    """Asks for the evaluation of the run that is shown, with progress, and hands it to a panel."""

    def __init__(self, services: Services, panel: QWidget, shows: ShowsEvaluation) -> None:
        super().__init__()
        self._services, self._panel, self._shows = services, panel, shows
        self._slot = Slot(services.engine)
        self._run: str | None = None
        self.evaluation: Evaluation | None = None
        self.empty = EmptyState(
            "data",
            "Which classes does it mix up?",
            "The network is asked about every image that was held back, and its answers are counted.",
        )
        self.start_button = self.empty.add_button("Evaluate", self.start, primary=True, icon="play")
        self.again = QPushButton("Evaluate again")
        set_icon(self.again, "reset")
        self.again.clicked.connect(self.start)
        self.progress = ProgressStrip()
        self.progress.cancelled.connect(self._slot.cancel)
        self.problem = words.problem()
        self.problem.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.problem.hide()
        self.caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self._lay_out()
        services.view.run_changed.connect(self._forget)

    def _lay_out(self) -> None:
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.caption, 1)
        head.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.progress)
        column.addWidget(self.problem)
        column.addWidget(self._head)
        self._stack = QStackedLayout()
        column.addLayout(self._stack, 1)
        # Before the stack has its place, its first page would be shown as a window of its own.
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._panel)
        self._head.hide()

    def start(self) -> None:
        """Ask the engine."""
        run = self._services.view.run
        if run is None:
            return
        folder = str(run.folder)
        self.problem.hide()
        self.start_button.setEnabled(False)
        self.again.setEnabled(False)
        self.progress.start("Asking the network about the images that were held back…")
        self._slot.ask(
            lambda number: Evaluate(number, folder),
            self._done,
            self._failed,
            lambda text, done, total: self.progress.advance(done, total, text),
        )

    def _done(self, evaluation: Evaluation) -> None:
        self._end()
        self.evaluation = evaluation
        self._shows.set_evaluation(evaluation)
        self.caption.setText("Of the run's newest network, wherever the timeline is")
        self._head.show()
        self._stack.setCurrentWidget(self._panel)

    def _failed(self, error: UserError) -> None:
        self._end()
        self.problem.setText(error.sentence)
        self.problem.setVisible(bool(error.what))

    def _end(self) -> None:
        self.progress.finish()
        self.start_button.setEnabled(True)
        self.again.setEnabled(True)

    def _forget(self) -> None:
        self._slot.drop()
        self._end()
        self.evaluation = None
        self.problem.hide()
        self._head.hide()
        self._shows.set_evaluation(None)
        self._stack.setCurrentWidget(self.empty)
