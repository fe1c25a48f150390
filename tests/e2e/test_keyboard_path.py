"""A newcomer's path with the keyboard alone: from an empty network to the one that tells cats from dogs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from guiapp.core import project as projects
from guiapp.core import templates
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.ui.window import Window

OpenWindow = Callable[[Path | None], Window]
CTRL = Qt.KeyboardModifier.ControlModifier
MOST_TABS = 120


class Keys:
    """Presses keys, and looks only at what a screen reader says of the control that has the focus."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._chosen: dict[QWidget, float] = {}

    def focused(self) -> QWidget:
        return QApplication.focusWidget() or self._window

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focused(), key, held)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focused(), text)
        QApplication.processEvents()

    def said(self) -> str:
        widget = self.focused()
        text = getattr(widget, "text", None)
        return widget.accessibleName() or (text() if callable(text) else "")

    def tab_to(self, name: str) -> None:
        passed = []
        for _ in range(MOST_TABS):
            if self.said().startswith(name):
                return
            passed.append(self.said())
            self.press(Qt.Key.Key_Tab)
        raise AssertionError(f"Tab never came to “{name}”, but to {passed}")

    def enter(self, name: str, text: str) -> None:
        self.tab_to(name)
        self.press(Qt.Key.Key_A, CTRL)
        self.type(text)

    def choose(self, name: str, beginning: str) -> None:
        self.tab_to(name)
        # Letters that come sooner after others belong to one word: a list would look for both together.
        before = self._chosen.get(self.focused(), 0.0)
        pause_s = before + QApplication.keyboardInputInterval() / 1000 + 0.05 - time.monotonic()
        if pause_s > 0:
            loop = QEventLoop()
            QTimer.singleShot(round(pause_s * 1000), loop.quit)
            loop.exec()
        self.type(beginning)
        self._chosen[self.focused()] = time.monotonic()

    def add(self, words: str) -> None:
        self.tab_to("Add a layer")
        self.type(words)
        self.press(Qt.Key.Key_Return)


def add_convolution(keys: Keys, filters: str) -> None:
    """Add a convolution whose weights begin as the tutorial's, with pooling and only then the ReLU."""
    keys.add("conv")
    if filters != "32":
        keys.enter("Filters", filters)
    keys.choose("Activation", "lin")
    begin_as_the_tutorial(keys)
    keys.add("max")
    keys.choose("Padding", "same")
    keys.add("activation")


def begin_as_the_tutorial(keys: Keys) -> None:
    keys.choose("Weights begin as", "trunc")
    keys.enter("Weights begin as: Standard deviation", "0.05")
    keys.choose("Biases begin as", "const")
    keys.enter("Biases begin as: Constant", "0.05")


@pytest.mark.timeout(120)
def test_an_untouched_newcomer_builds_cats_and_dogs_with_keys_alone(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "mine.convnet"
    projects.save(Project(name="mine", network=NetworkSpec()), path)
    window = open_window(path)
    keys = Keys(window)
    session = window.services.session

    keys.press(Qt.Key.Key_2, CTRL)
    keys.tab_to("Add an Input")
    keys.press(Qt.Key.Key_Space)
    keys.enter("Name", "image")
    keys.enter("Height", "128")
    keys.enter("Width", "128")
    keys.add("conv")
    keys.tab_to("More fields")
    keys.press(Qt.Key.Key_Space)
    keys.press(Qt.Key.Key_Z, CTRL)
    assert [layer.name for layer in session.project.network.layers] == ["image"]

    for filters in ("32", "32", "64"):
        add_convolution(keys, filters)
    keys.add("flatten")
    for units in ("128", "2"):
        keys.add("dense")
        keys.enter("Units", units)
        if units == "2":
            keys.choose("Activation", "lin")
        begin_as_the_tutorial(keys)

    wanted = templates.load("cats-dogs-3conv").network
    assert session.project.network.layers == wanted.layers
    while session.undo_text is not None:
        keys.press(Qt.Key.Key_Z, CTRL)
    assert session.project.network == NetworkSpec()
