"""Nothing goes unheard: unforeseen errors and Qt's messages reach the log file and, in words, the person."""

from __future__ import annotations

import logging
import logging.handlers
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import TracebackType

from PySide6.QtCore import QMessageLogContext, QObject, QSocketNotifier, QtMsgType, qInstallMessageHandler

from guiapp.core import files, notify

MOST_BYTES, KEPT = 1_000_000, 3
_QT_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def log_to_file() -> Callable[[], None]:
    """Write the program's log into a bounded file of the log folder; returns the way to stop."""
    folder = files.log_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            folder / "convnet-studio.log", maxBytes=MOST_BYTES, backupCount=KEPT, encoding="utf-8", delay=True
        )
    except OSError:
        # Without a log file the program still runs; errors then go to the terminal.
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    notify.log.setLevel(logging.INFO)
    notify.log.addHandler(handler)

    def stop() -> None:
        notify.log.removeHandler(handler)
        handler.close()

    return stop


def catch_all() -> Callable[[], None]:
    """Report what nobody caught, on any thread, and take Qt's messages into the log; returns the way to stop."""
    former, former_thread = sys.excepthook, threading.excepthook

    def on_error(kind: type[BaseException], value: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            former(kind, value, trace)
        else:
            notify.report(value.with_traceback(trace))

    def on_thread_error(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            notify.report(args.exc_value)

    sys.excepthook, threading.excepthook = on_error, on_thread_error
    qInstallMessageHandler(_take_qt_message)

    def stop() -> None:
        sys.excepthook, threading.excepthook = former, former_thread
        qInstallMessageHandler(None)

    return stop


def _take_qt_message(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
    category = getattr(context, "category", "") or "qt"
    logging.getLogger("guiapp.qt").log(_QT_LEVELS.get(kind, logging.WARNING), "%s: %s", category, text)


class Interrupts(QObject):
    """Calls `run` in the event loop when the process is asked to end (Ctrl+C in the terminal, SIGTERM)."""

    def __init__(self, run: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._run = run
        self._reading, self._writing = socket.socketpair()
        self._reading.setblocking(False)
        self._writing.setblocking(False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._heard)
        self._former_fd = signal.set_wakeup_fd(self._writing.fileno())
        wanted = (signal.SIGINT, signal.SIGTERM)
        self._former = {number: signal.signal(number, lambda _number, _frame: None) for number in wanted}

    def _heard(self) -> None:
        self._reading.recv(64)
        self._run()

    def stop(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._former_fd)
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._reading.close()
        self._writing.close()
