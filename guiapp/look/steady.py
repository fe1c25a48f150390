"""An area that scrolls and always gives its content the same width."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea


class SteadyArea(QScrollArea):
    """Keeps the width of the bar free while there is none, so that nothing moves when it comes."""

    def __init__(self) -> None:
        super().__init__()
        self.verticalScrollBar().rangeChanged.connect(self._keep_free)
        self._keep_free()

    def _keep_free(self) -> None:
        bar = self.verticalScrollBar()
        self.setViewportMargins(0, 0, 0 if bar.maximum() > bar.minimum() else bar.sizeHint().width(), 0)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the bar anew, whose width the style sheet has set by now."""
        super().showEvent(event)
        self._keep_free()
