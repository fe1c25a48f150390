"""Making and showing the pages shows no window but the one there is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from guiapp.ui.window import Window


class _Shown(QObject):
    """Collects what is shown as a window of its own, tips and menus aside."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            plain = watched.windowType() in {Qt.WindowType.Window, Qt.WindowType.Widget}
            if plain and not isinstance(watched, Window):
                self.found.append(f"{type(watched).__name__} {watched.objectName()!r}")
        return False


def test_no_stray_windows(
    open_window: Callable[[Path | None], Window], qapp: QApplication, qtbot: QtBot, ready_project: Path
) -> None:
    shown = _Shown()
    qapp.installEventFilter(shown)
    try:
        window = open_window(ready_project)
        for place in window.places:
            window.go(place.name)
            qapp.processEvents()
        qtbot.waitUntil(lambda: window.services.dataset.state == "ready", timeout=30_000)
    finally:
        qapp.removeEventFilter(shown)
    assert shown.found == []
    assert window.isActiveWindow()
