"""Why a network cannot be imported as it is, with the offer to import the rest of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from guiapp.core.keras_files import Refused
from guiapp.look import heading as words

WIDTH, HEIGHT = 620, 360
REST = (
    "The rest can be imported without them: the layer below each then takes what it took, and the shapes may have to "
    "be mended."
)
STUCK = "They bring layers together, or it is not known what they take, so that the rest cannot go on without them."


class RefusedDialog(QDialog):
    """Lists the layers that cannot be taken over.

    Parameters
    ----------
    refused : Refused
        Why each cannot.
    title : str
        What the network is called: the file's name.
    take : callable
        Called when the rest is to be imported without them.
    """

    def __init__(self, refused: Refused, title: str, take: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._take = take
        self.setWindowTitle("Import a network")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(WIDTH, HEIGHT)
        self.obstacles = QPlainTextEdit("\n".join(refused.obstacles))
        self.obstacles.setReadOnly(True)
        self.obstacles.setTabChangesFocus(True)
        self.obstacles.setAccessibleName("What cannot be taken over")
        self.mend = words.secondary(f"{refused.mend}.")
        self.rest_button = QPushButton("Import the rest")
        self.rest_button.setProperty("primary", True)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Cancel if refused.passable else kinds.Close)
        buttons.addButton(self.rest_button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.rest_button.setVisible(refused.passable)  # which joining the others' box has undone
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(words.title(title))
        column.addWidget(words.heading("What cannot be taken over"))
        column.addWidget(self.obstacles, 1)
        column.addWidget(self.mend)
        column.addWidget(words.secondary(REST if refused.passable else STUCK))
        column.addWidget(buttons)

    def _accept(self) -> None:
        self._take()
        self.accept()
