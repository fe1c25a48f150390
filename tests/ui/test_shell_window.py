"""The window: places, menus, the command palette, help, themes, what is remembered."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from guiapp.core.messages import Device
from guiapp.look.theme import theme
from guiapp.ui.command_palette import rank
from guiapp.ui.header import clock, device_words
from guiapp.ui.help import PAGES, HelpWindow
from guiapp.ui.places import PLACES

Shell = Any
ROOT = Path(__file__).resolve().parents[2]

CHILD = """
import sys
from PySide6.QtCore import QTimer
from guiapp import app as program
from guiapp.ui.window import Window

class Watched(Window):
    def begin(self, path):
        super().begin(path)
        QTimer.singleShot(0, self.everything)
    def everything(self):
        for place in self.places:
            self.go(place.name)
        bad = [name for name in sys.modules if name.partition(".")[0] in ("tensorflow", "keras")]
        print("shown", len(self.pages), "bad", bad, flush=True)
        self.close_at_once()

if __name__ == "__main__":
    program.Window = Watched
    program.ENGINE = "fake_engine"
    program.compose.__defaults__ = ("fake_engine",)
    sys.exit(program.main(None))
"""


def test_window_with_every_page_never_imports_tensorflow(tmp_path: Path) -> None:
    script = tmp_path / "window.py"
    script.write_text(CHILD)
    paths = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": paths, "CONVNET_STUDIO_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.stdout.strip() == f"shown {len(PLACES)} bad []", done.stderr
    assert done.returncode == 0, done.stderr


def test_no_display_is_said_in_words(tmp_path: Path) -> None:
    bare = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    bare.pop("QT_QPA_PLATFORM")
    done = subprocess.run(
        [sys.executable, "-m", "guiapp"], cwd=ROOT, env=bare, capture_output=True, text=True, timeout=60, check=False
    )
    if sys.platform.startswith("linux"):
        assert done.returncode == 1
        assert done.stderr.startswith("There is no display")
        assert "Traceback" not in done.stderr


def test_every_place_exists_and_is_shown_by_its_key_and_by_the_rail(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    assert [place.name for place in window.places] == ["data", "network", "train", "inspect", "predict"]
    assert window.place == "data"
    for action, place in zip(window.menus.places, window.places, strict=True):
        action.trigger()
        assert window.place == place.name
        assert window.rail.buttons[place.name].isChecked()
    QTest.mouseClick(window.rail.buttons["network"], Qt.MouseButton.LeftButton)
    assert window.place == "network"
    assert [action.shortcut().toString() for action in window.menus.places] == [f"Ctrl+{n}" for n in range(1, 6)]


def test_shortcuts_of_the_window_and_each_page_differ(shell: Shell) -> None:
    window = shell.open(shell.project())
    own = [key.toString() for _menu, action in window.menus.everything() for key in action.shortcuts()]
    own += [key.toString() for action in window.timeline.commands() for key in action.shortcuts()]
    assert len(own) == len(set(own))
    for place in window.places:
        page = [key.toString() for action in window.page(place.name).page_actions() for key in action.shortcuts()]
        assert len(page) == len(set(page)), place.name
        assert not set(page) & set(own), place.name


def test_palette_finds_runs_and_goes_away(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    window.menus.palette.trigger()
    palette = window.palette_
    assert palette.isVisible()
    assert len(palette.texts()) > 30
    QTest.keyClicks(palette.field, "go network page")
    assert palette.texts() == ["No command of that name"]
    palette.field.clear()
    QTest.keyClicks(palette.field, "netw")
    assert palette.texts()[0] == "Network"
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert not palette.isVisible()
    assert window.place == "network"


def test_palette_goes_to_the_page_of_a_command(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    for place in window.places:
        window.page(place.name)
    texts = {action.text() for _where, action in window.commands()}
    for place in window.places:
        assert {action.text() for action in window.page(place.name).page_actions()} <= texts
    window.go("data")
    way = next(action for where, action in window.commands() if where == "Train" and action.isEnabled())
    way.trigger()
    assert window.place == "train"


def test_escape_leaves_the_palette_without_doing_anything(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project())
    window.show_palette()
    QTest.keyClick(window.palette_.field, Qt.Key.Key_Escape)
    assert not window.palette_.isVisible()
    assert window.place == "data"


@pytest.mark.parametrize(
    ("query", "text", "better"),
    [("tr", "Train Run", "Export animation… Train"), ("save as", "Save as… File", "Save File"), ("", "a", "b")],
)
def test_rank_prefers_beginnings_of_words(query: str, text: str, better: str) -> None:
    first, second = rank(query, text), rank(query, better)
    assert first is not None
    assert second is None or first <= second
    assert rank("xyz", text) is None


def test_theme_is_applied_and_remembered(shell: Shell) -> None:
    window = shell.open(shell.project())
    window.menus.themes["dark"].trigger()
    assert theme.dark
    assert window.services.settings.value("look/theme") == "dark"
    assert window.menus.themes["dark"].isChecked()
    window.menus.themes["light"].trigger()
    assert not theme.dark


def test_colormap_is_remembered(shell: Shell) -> None:
    window = shell.open(shell.project())
    window.menus.colormaps["magma"].trigger()
    assert window.services.view.colormap == "magma"
    path = window.services.session.path
    shell.close()
    again = shell.open(path)
    assert again.services.view.colormap == "magma"
    assert again.menus.colormaps["magma"].isChecked()


def test_page_and_size_are_remembered(shell: Shell) -> None:
    path = shell.project()
    window = shell.open(path)
    window.go("train")
    window.resize(1010, 650)
    geometry = window.saveGeometry()
    shell.close()
    again = shell.open(path)
    assert again.place == "train"
    assert again.services.settings.value("window/geometry") == geometry


def test_help_opens_the_page_of_the_place(shell: Shell) -> None:
    window = shell.open(shell.project())
    window.go("predict")
    window.menus.page_help.trigger()
    found = window.findChild(HelpWindow)
    assert found is not None
    assert found.page() == "predict"
    assert "Drop an image" in found.text.toPlainText()
    for name, title in PAGES.items():
        window.show_help(name)
        assert found.page() == name
        assert len(found.text.toPlainText()) > 80, title
    found.close()


def test_shortcuts_page_lists_real_keys(shell: Shell) -> None:
    window = shell.open(shell.project())
    window.menus.shortcuts.trigger()
    found = window.findChild(HelpWindow)
    assert found is not None
    native = QKeySequence("Ctrl+K").toString(QKeySequence.SequenceFormat.NativeText)
    assert native in found.text.toPlainText()
    found.close()


def test_undo_says_what_it_takes_back(shell: Shell) -> None:
    window = shell.open(shell.project())
    session = window.services.session
    assert not window.menus.undo.isEnabled()
    session.change(session.project.model_copy(update={"name": "other"}), "rename to other")
    assert window.menus.undo.text() == "Undo rename to other"
    assert window.header.name.text() == "other"
    window.menus.undo.trigger()
    assert window.menus.redo.text() == "Redo rename to other"
    assert session.project.name == "bars"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0:00"), (40.2, "0:41"), (725, "12:05"), (3723, "1:02:03"), (float("nan"), "…")]
)
def test_time_left_is_written_like_a_clock(seconds: float, words: str) -> None:
    assert clock(seconds) == words


def test_device_in_a_few_words() -> None:
    cpu = Device("CPU", "cpu", "2 processor cores. No GPU was found.", {})
    gpu = Device("NVIDIA RTX 4070", "gpu", "Training runs on NVIDIA RTX 4070.", {})
    assert (device_words(cpu), device_words(gpu)) == ("CPU · 2 cores", "NVIDIA RTX 4070")


def test_header_tells_of_device_and_engine(shell: Shell, qtbot: QtBot) -> None:
    window = shell.open(shell.project(images=shell.images()), ready=True)
    assert window.header.device.text() == "CPU · 2 cores"
    assert "No GPU" in window.header.device.toolTip()
    assert window.header.engine.text() == "engine ready"
    assert QApplication.instance() is not None


def test_each_menu_opens_by_a_letter_of_its_own(shell: Shell) -> None:
    window = shell.open(shell.project())
    for place in window.places:
        window.go(place.name)
        titles = [action.text() for action in window.menuBar().actions() if action.isVisible()]
        letters = [title[title.index("&") + 1].lower() for title in titles]
        assert len(letters) == len(set(letters)), titles
    window.go("data")
    inner = [action.menu().title() for action in window.menus.page_menu.actions() if action.menu() is not None]
    assert inner == ["Classes", "Selected images"]
    assert any(action.isSeparator() for action in window.menus.page_menu.actions())
