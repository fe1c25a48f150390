"""The panel of the confusion matrix."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from guiapp.core.messages import Evaluation
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.jobs import Jobs
from guiapp.visuals.confusion.panel_matrix import Matrix, share
from guiapp.visuals.context import ViewContext
from guiapp.visuals.panel import Panel


def summary(value: Evaluation) -> str:
    """Return what an evaluation says in one line."""
    split = {"all": "all images", "test": "test images", "validation": "validation images"}[value.split]
    return f"{value.images:,} {split} · accuracy {share(value.accuracy)} · loss {value.loss:.4g}"


class ConfusionPanel(Panel):
    """Which classes are taken for which; whoever owns the page asks the engine for the figures."""

    name: ClassVar[str] = "confusion"
    title: ClassVar[str] = "Confusion"
    icon: ClassVar[str] = "data"
    places: ClassVar[tuple[str, ...]] = ("inspect",)
    order: ClassVar[int] = 60

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self.empty = EmptyState(
            self.icon, "Confusion matrix", "Shows for images with known classes which class the network takes them for."
        )
        self.matrix = Matrix()
        self.matrix.hovered.connect(self._hovered)
        self.caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self._value: Evaluation | None = None
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self.matrix)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self._scroll)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(8)
        column.addWidget(self._stack, 1)
        column.addWidget(self.caption)
        context.run_changed.connect(self._run_changed)

    def set_evaluation(self, value: Evaluation | None) -> None:
        """Show how a network did; None shows what the panel is for."""
        self._value = value
        self.matrix.set_counts(None if value is None else value.confusion, () if value is None else value.classes)
        self._stack.setCurrentIndex(0 if value is None else 1)
        self.caption.setText("" if value is None else summary(value))

    def _run_changed(self) -> None:
        # Another run's figures would be wrong.
        self.set_evaluation(None)

    def _hovered(self, text: str) -> None:
        if self._value is not None:
            self.caption.setText(text or summary(self._value))
