"""What is under way, how far it is, and the way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QToolButton, QWidget

from guiapp.look.elide import ElidedLabel
from guiapp.look.icons import set_icon

DELAY_MS = 200


class ProgressStrip(QWidget):
    """Text, a bar and Cancel in one row; work that ends within 200 ms never shows it.

    Signals
    -------
    cancelled()
        The person pressed Cancel.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(120)
        self.cancel_button = QToolButton()
        set_icon(self.cancel_button, "close")
        self.cancel_button.setToolTip("Cancel")
        self.cancel_button.setAccessibleName("Cancel")
        self.cancel_button.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._text, 1)
        row.addWidget(self._bar, 1)
        row.addWidget(self.cancel_button)
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self.show)
        self._busy = False
        self.hide()

    @property
    def busy(self) -> bool:
        """Whether something is under way, shown or not."""
        return self._busy

    def start(self, text: str, total: int = 0, *, cancellable: bool = True) -> None:
        """Begin; with `total` 0 the bar only says that something moves."""
        self._busy = True
        self._bar.setRange(0, total)
        self._bar.setValue(0)
        self.set_text(text)
        self.cancel_button.setVisible(cancellable)
        self.cancel_button.setEnabled(True)
        if not self.isVisible():
            self._timer.start()

    def advance(self, done: int, total: int | None = None, text: str | None = None) -> None:
        """Say how far it is."""
        if not self._busy:
            return
        if total is not None:
            self._bar.setMaximum(total)
        self._bar.setValue(done)
        if text is not None:
            self.set_text(text)

    def set_text(self, text: str) -> None:
        """Say what is being done."""
        self._text.setText(text)
        self._bar.setAccessibleName(text)

    def text(self) -> str:
        """Return what is being done."""
        return self._text.text()

    def fraction(self) -> float:
        """Return how far it is, 0 to 1."""
        return max(0, self._bar.value()) / self._bar.maximum() if self._bar.maximum() else 0.0

    def finish(self) -> None:
        """End, however it ended."""
        self._busy = False
        self._timer.stop()
        self.hide()

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self.set_text("Cancelling…")
        self.cancelled.emit()
