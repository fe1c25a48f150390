"""Choosing what a layer takes by clicks in the drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QToolButton, QToolTip

from guiapp.look.icons import set_icon

if TYPE_CHECKING:
    from guiapp.ui.network.drawing import NetworkDrawing
    from guiapp.ui.network.inputs_field import InputsField
    from guiapp.ui.network.state import NetworkState

TIP = "Choose in the drawing: while this is pressed, a click on a layer there adds it, and another one takes it out"


class PickButton(QToolButton):
    """Stays pressed while inputs are chosen in the drawing."""

    def __init__(self) -> None:
        super().__init__()
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(TIP)
        self.setAccessibleName("Choose inputs in the drawing")
        set_icon(self, "network")


def toggled(state: NetworkState, at: int, row: int) -> str:
    """Make the layer at `row` an input of that at `at`, or no longer; returns why not where it cannot be one."""
    layer, name = state.network.layers[at], state.network.layers[row].name
    if name in layer.inputs:
        state.set_field(at, "inputs", tuple(other for other in layer.inputs if other != name))
    elif row < at:
        state.set_field(at, "inputs", (*layer.inputs, name))
    else:
        return f"Only layers above {layer.name} can be its inputs."
    return ""


class InputsPicking(QObject):
    """Leads clicks on the drawing to the inputs while the field's button is pressed; Escape lets it go.

    Parameters
    ----------
    field : InputsField
        The inputs of the chosen layer; also the parent.
    drawing : NetworkDrawing
        Where they are chosen.
    """

    def __init__(self, field: InputsField, drawing: NetworkDrawing) -> None:
        super().__init__(field)
        self._field, self._drawing = field, drawing
        drawing.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take clicks on layers, and Escape."""
        if not self._field.pick.isChecked():
            return False
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._field.pick.setChecked(False)
            return True
        presses = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)
        if event.type() not in presses or not isinstance(event, QMouseEvent):
            return False
        row = self._drawing.row_at(event.position())
        if row < 0 or event.button() != Qt.MouseButton.LeftButton:
            return False
        refused = self._field.toggle_input(row)
        if refused:
            QToolTip.showText(event.globalPosition().toPoint(), refused, self._drawing)
        return True
