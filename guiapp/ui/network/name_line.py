"""The line in which a layer is renamed where it stands in the list."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QToolTip, QWidget

from guiapp.core.notify import UserError
from guiapp.look.heading import set_property
from guiapp.look.undo_keys import share_undo
from guiapp.ui.form import sentence
from guiapp.ui.network import editing
from guiapp.ui.network.state import NetworkState


class NameLine(QLineEdit):
    """The line in which a layer is renamed in place; says at once when the name cannot be."""

    def __init__(self, state: NetworkState, row: int, parent: QWidget) -> None:
        super().__init__(parent)
        self._state, self._row = state, row
        self._name = state.network.layers[row].name
        self.setAccessibleName("Name of the layer")
        self.textChanged.connect(self._judge)
        share_undo(self)

    def outdated(self) -> bool:
        """Whether the layer that it renames is no longer where it was, or has yet another name."""
        layers = self._state.network.layers
        return self._row >= len(layers) or layers[self._row].name not in (self._name, self.text().strip())

    def _judge(self, text: str) -> None:
        try:
            editing.rename(self._state.network, self._row, text)
        except UserError as exc:
            set_property(self, "problem", True)
            QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), sentence(f"The name {exc.what}"), self)
            return
        set_property(self, "problem", False)
        QToolTip.hideText()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stay open on Return while the name cannot be."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.property("problem"):
            self._judge(self.text())
            return
        super().keyPressEvent(event)
