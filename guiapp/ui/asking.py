"""The few questions that stop the work, because their answer cannot be undone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from guiapp.core.project import SUFFIX

FILTER = f"Convnet Studio projects (*{SUFFIX})"


def choose(parent: QWidget, title: str, text: str, answers: Sequence[str]) -> int:
    """Ask a question and return the position of the answer; the last answer is the harmless one and Escape's.

    Parameters
    ----------
    parent : QWidget
        Over which it is asked.
    title, text : str
        The question, and what depends on it.
    answers : sequence of str
        The words of the buttons.
    """
    box = QMessageBox(QMessageBox.Icon.NoIcon, "Convnet Studio", title, parent=parent)
    box.setInformativeText(text)
    role = QMessageBox.ButtonRole.ActionRole
    buttons = [box.addButton(answer, role) for answer in answers]
    box.setDefaultButton(buttons[0])
    box.setEscapeButton(buttons[-1])
    box.exec()
    clicked = box.clickedButton()
    return next((i for i, button in enumerate(buttons) if button is clicked), len(buttons) - 1)


def project_to_open(parent: QWidget, folder: Path) -> Path | None:
    """Ask which project to open."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open project", str(folder), FILTER)
    return Path(name) if name else None


def project_to_save(parent: QWidget, path: Path) -> Path | None:
    """Ask where to save the project."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save project as", str(path), FILTER)
    if not name:
        return None
    return Path(name) if name.endswith(SUFFIX) else Path(name + SUFFIX)


def new_name(parent: QWidget, name: str) -> str | None:
    """Ask for the project's name."""
    text, taken = QInputDialog.getText(parent, "Rename project", "Name of the project", text=name)
    return text.strip() if taken and text.strip() else None
