"""Actions of a page with their buttons, and the dialogs that ask for images."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QPushButton, QWidget

from guiapp.data.images import IMAGE_SUFFIXES
from guiapp.look.icons import set_icon


def make_action(
    page: QWidget, text: str, icon: str, shortcut: str, run: Callable[[], object], *, tip: str = ""
) -> QAction:
    """Return an action of `page`; its shortcut works while the page is shown."""
    action = QAction(text, page)
    set_icon(action, icon)
    shown = ""
    if shortcut:
        action.setShortcut(QKeySequence(shortcut))
        shown = f" ({QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)})"
    action.setToolTip(f"{tip or text.rstrip('…')}{shown}")
    action.triggered.connect(lambda _checked=False: run())
    page.addAction(action)
    return action


def button(action: QAction, icon: str, words: str = "") -> QPushButton:
    """Return a button that does what `action` does, with its words (or fewer) and its icon."""
    push = QPushButton(words or action.text())
    set_icon(push, icon)
    push.setToolTip(action.toolTip())
    push.setEnabled(action.isEnabled())
    push.clicked.connect(lambda _checked=False: action.trigger())
    action.enabledChanged.connect(push.setEnabled)
    return push


def choose_files(parent: QWidget, then: Callable[[list[str]], object]) -> None:
    """Ask for image files, without holding up anything else."""
    patterns = " ".join(f"*{suffix}" for suffix in sorted(IMAGE_SUFFIXES))
    dialog = QFileDialog(parent, "Open images", "", f"Images ({patterns});;All files (*)")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.filesSelected.connect(then)
    dialog.open()


def choose_folder(parent: QWidget, then: Callable[[str], object]) -> None:
    """Ask for a folder, without holding up anything else."""
    dialog = QFileDialog(parent, "Choose a folder of images")
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(then)
    dialog.open()
