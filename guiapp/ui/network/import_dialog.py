"""What an import could not take over, told before it takes the place of the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from guiapp.core.keras_files import Imported
from guiapp.core.project import TrainingSettings
from guiapp.look import heading as words

WIDTH, HEIGHT = 560, 340
BOX = 27


def facts(found: Imported) -> str:
    """Return how much there is in a file."""
    count = len(found.network.layers)
    return f"{count:,} layer{'s' * (count != 1)}"


def training_words(training: Mapping[str, Any]) -> str:
    """Return what a file says of the training: ``optimiser adam, learning rate 0.001``."""
    titles = {name: info.title or name for name, info in TrainingSettings.model_fields.items()}
    return ", ".join(f"{titles[name].lower()} {value}" for name, value in training.items())


class ImportDialog(QDialog):
    """Lists what is left out, and asks whether the training settings are taken over too.

    Parameters
    ----------
    found : Imported
        The network.
    title : str
        What it is called: the file's name.
    training : mapping
        Which training settings it would change.
    take : callable
        Called with whether these are wanted, when the network is.
    """

    def __init__(
        self,
        found: Imported,
        title: str,
        training: Mapping[str, Any],
        take: Callable[[bool], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._take = take
        self.setWindowTitle("Import a network")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, HEIGHT)
        self.notes = QPlainTextEdit("\n".join(found.notes))
        self.notes.setReadOnly(True)
        self.notes.setTabChangesFocus(True)
        self.notes.setAccessibleName("What is different")
        self.training = QCheckBox("Take over its training settings too")
        self.training.setChecked(True)
        self.replace_button = QPushButton("Replace the network")
        self.replace_button.setProperty("primary", True)
        self.replace_button.setDefault(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.replace_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(words.title(title))
        column.addWidget(words.secondary(f"{facts(found)}. It takes the place of the network; undo brings it back."))
        if found.notes:
            column.addWidget(words.heading("What is different from the file"))
            column.addWidget(self.notes, 1)
        if training:
            said = words.secondary(training_words(training))
            # Under the words of the box, which it belongs to.
            said.setContentsMargins(BOX, 0, 0, 0)
            both = QVBoxLayout()
            both.setSpacing(0)
            both.addWidget(self.training)
            both.addWidget(said)
            column.addLayout(both)
        if not found.notes:
            column.addStretch(1)
        column.addWidget(buttons)
        self.notes.setVisible(bool(found.notes))
        self.training.setVisible(bool(training))
        self.replace_button.setFocus()

    def _accept(self) -> None:
        self._take(self.training.isVisibleTo(self) and self.training.isChecked())
        self.accept()
