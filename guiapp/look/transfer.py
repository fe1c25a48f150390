"""How far a download or an unpacking is: a bar, and under it how much, how fast and how long still."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import figures
from guiapp.look.sizes import Speed, size_words, time_words


def transfer_words(text: str, done: int, total: int, rate: float | None) -> str:
    """Return how far it is: ``Downloading · 312 MB of 811 MB · 12 MB/s · 40 s left``; all in kilobytes."""
    if not total:
        return f"{text}…"
    words = [text, f"{size_words(done * 1000)} of {size_words(total * 1000)}"]
    if rate is not None:
        words.append(f"{size_words(rate * 1000)}/s")
        if rate > 0 and done < total:
            words.append(f"{time_words((total - done) / rate)} left")
    return " · ".join(words)


class TransferBar(QWidget):
    """Shown while something is under way.

    Parameters
    ----------
    stop : str
        What the button beside it says; none is shown without it.

    Signals
    -------
    cancelled()
        The person pressed that button.
    """

    cancelled = Signal()

    def __init__(self, stop: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._words = ElidedLabel("", role="secondary")
        figures(self._words)
        self.cancel_button = QPushButton(stop)
        self.cancel_button.clicked.connect(self._cancel)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addStretch(1)
        left.addWidget(self._bar)
        left.addWidget(self._words)
        left.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self.cancel_button)
        self.cancel_button.setVisible(bool(stop))
        self._speed, self._doing = Speed(), ""
        self.hide()

    def start(self, text: str) -> None:
        """Begin; until something is known the bar only says that something moves."""
        self._speed, self._doing = Speed(), text
        self._bar.setRange(0, 0)
        self._say(f"{text}…")
        self.cancel_button.setEnabled(True)
        self.show()

    def advance(self, text: str, done: int, total: int) -> None:
        """Say how far it is, in kilobytes."""
        if not self.cancel_button.isEnabled():
            return
        if text != self._doing:
            self._speed, self._doing = Speed(), text
        self._speed.add(done)
        self._bar.setRange(0, total)
        self._bar.setValue(done)
        self._say(transfer_words(text, done, total, self._speed.rate()))

    def text(self) -> str:
        """Return what is said."""
        return self._words.text()

    def finish(self) -> None:
        """End, however it ended."""
        self.hide()

    def _say(self, text: str) -> None:
        self._words.setText(text)
        self._bar.setAccessibleName(text)

    def _cancel(self) -> None:
        self.cancel_button.setEnabled(False)
        self._say("Stopping…")
        self.cancelled.emit()
