"""Messages that slide in at the lower right and never stop the work."""

from __future__ import annotations

import time
import weakref
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import shiboken6
from PySide6.QtCore import QEasingCurve, QEvent, QObject, QPoint, QPropertyAnimation, Qt, QTimer, Signal
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from guiapp.core import notify
from guiapp.look.icons import pixmap, set_icon
from guiapp.look.motion import motion_ms
from guiapp.look.theme import theme

MOST = 3
WIDTH = 360
EDGE = 16
GAP = 8
INFO_MS = 6000
_COLORS = {"info": "accent", "warning": "warning", "error": "bad"}


@dataclass(frozen=True)
class _Message:
    note: notify.Note
    action: str = ""
    run: Callable[[], object] | None = None


class Toast(QFrame):
    """One message on the screen."""

    closed = Signal(object)

    def __init__(self, message: _Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.note = message.note
        self.setProperty("toast", True)
        self.setProperty("level", self.note.level)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(f"{self.note.level}: {self.note.text}")
        self._icon = QLabel()
        self._text = QLabel(self.note.text)
        self.close_button = QToolButton()
        self.action_button: QPushButton | None = None
        self._build(message)
        self._born = time.monotonic()
        self._leaving = QTimer(self, singleShot=True, interval=INFO_MS)
        self._leaving.timeout.connect(self.dismiss)
        if self.note.level == "info":
            self._leaving.start()
        self._tint()
        theme.changed.connect(self._tint)

    def _build(self, message: _Message) -> None:
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.close_button.setProperty("tiny", True)
        self.close_button.setToolTip("Close this message")
        self.close_button.setAccessibleName("Close this message")
        set_icon(self.close_button, "close", "secondary")
        self.close_button.clicked.connect(self.dismiss)
        words = QVBoxLayout()
        words.setSpacing(8)
        words.addWidget(self._text)
        if message.action:
            self._add_action(words, message.action, message.run)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(8)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)

    def _add_action(self, words: QVBoxLayout, text: str, run: Callable[[], object] | None) -> None:
        button = QPushButton(text)

        def act() -> None:
            self.dismiss()
            if run is not None:
                run()

        button.clicked.connect(act)
        words.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self.action_button = button

    def _tint(self) -> None:
        level = self.note.level
        self._icon.setPixmap(pixmap(level, 20, _COLORS[level], self.devicePixelRatioF()))

    @property
    def age_s(self) -> float:
        """For how long it has been there, in seconds."""
        return time.monotonic() - self._born

    def fit_height(self) -> int:
        """Take the height that the text needs; return it."""
        self.ensurePolished()
        # The text's font is known once the style sheet is applied to its label, not to the toast alone.
        for part in self.findChildren(QWidget):
            part.ensurePolished()
        layout = self.layout()
        assert layout is not None
        layout.invalidate()
        height = layout.totalHeightForWidth(WIDTH)
        self.setFixedHeight(height)
        return height

    def dismiss(self) -> None:
        """Go away."""
        self._leaving.stop()
        self.closed.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is here."""
        self._leaving.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """Go on leaving."""
        if self.note.level == "info":
            self._leaving.start()


class Toasts(QObject):
    """Shows every note of `core.notify`, told on whatever thread, in the lower right corner of `window`.

    At most three at once: a new one takes the place of the oldest that is not bad, or waits for one to be closed.
    Information leaves by itself, warnings and errors stay until closed.

    Parameters
    ----------
    window : QWidget
        The widget over which they lie.
    listen : bool
        Whether to listen to `core.notify`.
    bottom : int
        Height at the window's lower edge to keep free (the timeline).
    """

    _told = Signal(object)
    _cleared = Signal(str)

    def __init__(self, window: QWidget, *, listen: bool = True, bottom: int = 0) -> None:
        super().__init__(window)
        self._window, self._bottom = window, bottom
        self._shown: list[Toast] = []
        self._waiting: deque[_Message] = deque()
        self._moves: dict[Toast, QPropertyAnimation] = {}
        self._kept_free: list[QWidget] = []
        window.installEventFilter(self)
        self._told.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        self._cleared.connect(self.clear)
        if listen:
            stop = notify.listen(_weakly(self, "hear"), _weakly(self, "forget"))
            window.destroyed.connect(lambda _window=None: stop())

    def shown(self) -> list[Toast]:
        """Return the messages on the screen, oldest first."""
        return list(self._shown)

    def show(
        self,
        level: notify.Level,
        text: str,
        *,
        action: str = "",
        run: Callable[[], object] | None = None,
        about: str = "",
    ) -> None:
        """Show a message, with a button `action` that calls `run` where given; on the window's thread."""
        self._take(_Message(notify.Note(level, text, about), action, run))

    def keep_free(self, part: QWidget) -> None:
        """Lie above `part`, which is at the window's lower edge, while it is in sight and there is room."""
        if part not in self._kept_free:
            self._kept_free.append(part)
            part.installEventFilter(self)
        self._arrange(at_once=True)

    def clear(self, about: str) -> None:
        """Take away what was told about `about`, or about parts of it."""
        self._waiting = deque(message for message in self._waiting if not _belongs(message.note, about))
        for toast in list(self._shown):
            if _belongs(toast.note, about):
                toast.dismiss()

    def close_all(self) -> None:
        """Take all messages away."""
        self._waiting.clear()
        for toast in list(self._shown):
            toast.dismiss()

    def close_overtaken(self, older_than_s: float = 0.0) -> None:
        """Take away what asks nothing and has been there for a while: its cause is gone, or it was read."""
        for toast in list(self._shown):
            if toast.action_button is None and toast.age_s >= older_than_s:
                toast.dismiss()

    def hear(self, note: notify.Note) -> None:
        """Take a note on whatever thread; it is shown from the event loop."""
        # A note may come while the window is being destroyed.
        with suppress(RuntimeError):
            self._told.emit(note)

    def forget(self, about: str) -> None:
        """Take a topic that does not matter any more, on whatever thread."""
        with suppress(RuntimeError):
            self._cleared.emit(about)

    def _receive(self, note: notify.Note) -> None:
        self._take(_Message(note))

    def _take(self, message: _Message) -> None:
        same = (toast for toast in self._shown if toast.note == message.note and not message.action)
        if next(same, None) is not None:
            return
        if message.note.about:
            self.clear(message.note.about)
        if len(self._shown) >= MOST:
            mild = next((toast for toast in self._shown if toast.note.level == "info"), None)
            if mild is None:
                self._waiting.append(message)
                return
            self._remove(mild)
        self._add(message)

    def _add(self, message: _Message) -> None:
        toast = Toast(message, self._window)
        toast.closed.connect(self._closed)
        toast.fit_height()
        self._shown.append(toast)
        toast.move(self._window.width(), self._floor() - toast.height())
        toast.show()
        toast.raise_()
        self._arrange()

    def _closed(self, toast: Toast) -> None:
        self._remove(toast)
        if self._waiting:
            self._add(self._waiting.popleft())
        self._arrange()

    def _remove(self, toast: Toast) -> None:
        if toast in self._shown:
            self._shown.remove(toast)
            move = self._moves.pop(toast, None)
            if move is not None:
                move.stop()
            toast.hide()
            toast.deleteLater()

    def _floor(self) -> int:
        """Return how low the lowest message may reach."""
        lowest = self._window.height() - self._bottom
        self._kept_free = [part for part in self._kept_free if shiboken6.isValid(part)]
        tops = [part.mapTo(self._window, QPoint()).y() for part in self._kept_free if part.isVisible()]
        tall = sum(toast.height() + GAP for toast in self._shown)
        return min([lowest, *(top for top in tops if top - EDGE > tall)]) - EDGE

    def _arrange(self, *, at_once: bool = False) -> None:
        bottom = self._floor()
        for toast in reversed(self._shown):
            bottom -= toast.height()
            self._slide(toast, QPoint(self._window.width() - WIDTH - EDGE, bottom), at_once=at_once)
            bottom -= GAP

    def _slide(self, toast: Toast, to: QPoint, *, at_once: bool) -> None:
        duration = 0 if at_once else motion_ms()
        move = self._moves.pop(toast, None)
        if move is not None:
            move.stop()
        if not duration:
            toast.move(to)
            return
        move = QPropertyAnimation(toast, b"pos", toast)
        move.setDuration(duration)
        move.setEasingCurve(QEasingCurve.Type.OutCubic)
        move.setEndValue(to)
        self._moves[toast] = move
        move.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the window's size changes, and off what is to be kept free."""
        moved = event.type() in (QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)
        if event.type() == QEvent.Type.Resize or (moved and watched is not self._window):
            self._arrange(at_once=True)
        return False


def _belongs(note: notify.Note, about: str) -> bool:
    return note.about == about or note.about.startswith(f"{about}/")


def _weakly(toasts: Toasts, method: str) -> Callable[[object], None]:
    """Return a listener that does not keep `toasts`, and so the window, alive."""
    reference = weakref.ref(toasts)

    def hear(told: object) -> None:
        alive = reference()
        if alive is not None:
            getattr(alive, method)(told)

    return hear
