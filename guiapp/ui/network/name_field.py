"""The row with the chosen layer's name."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from guiapp.core.layers import Layer
from guiapp.core.notify import UserError
from guiapp.look.heading import problem, set_property
from guiapp.look.undo_keys import share_undo
from guiapp.ui.form import sentence
from guiapp.ui.form_editors import ROW
from guiapp.ui.form_rows import LABEL_WIDTH
from guiapp.ui.network.state import NetworkState


class NameField(QWidget):
    """The row with the layer's name; what cannot be a name stays while it is typed, with the reason below.

    Signals
    -------
    entered()
        It has the focus.
    """

    entered = Signal()

    def __init__(self, state: NetworkState) -> None:
        super().__init__()
        self._state = state
        self._name = self._began = self._refusal = self._wrong = ""
        self._typing = False
        self.line = QLineEdit()
        self.line.setAccessibleName("Name")
        self.line.setToolTip("What the layer is called, here and in Keras.")
        self.sentence = problem()
        self.sentence.hide()
        label = QLabel("Name")
        label.setFixedHeight(ROW)
        label.setBuddy(self.line)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.line, 0, 1)
        grid.addWidget(self.sentence, 1, 1)
        self.line.textEdited.connect(self._typed)
        self.line.installEventFilter(self)
        share_undo(self.line, self._draft, self._finish)

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the focus to the line: a focus proxy would be a stop of the Tab key of its own, wherever Qt left it."""
        self.line.setFocus(reason)

    def show_layer(self, layer: Layer, wrong: str) -> None:
        """Show the name of `layer`, and what the analysis finds wrong with it."""
        self._wrong = wrong
        if not self._typing:
            if layer.name != self._name:
                self._began = layer.name
            self._refusal = ""
            if self.line.text().strip() != layer.name:
                self.line.setText(layer.name)
        self._name = layer.name
        self._say(self._refusal or wrong)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the name in force when the line is left and on Escape; Return leaves a wrong one with its reason."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit()
        elif event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
                self._finish()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not self._draft():
                self._finish()
            elif event.key() == Qt.Key.Key_Escape and self._draft():
                self._finish()
                return True
        return super().eventFilter(watched, event)

    def _draft(self) -> bool:
        return bool(self._refusal)

    def _finish(self) -> None:
        self._refusal, self._began = "", self._name
        self.line.setText(self._name)
        self._say(self._wrong)

    def _say(self, text: str) -> None:
        self.sentence.setText(sentence(text))
        self.sentence.setVisible(bool(text))
        self.line.setAccessibleDescription(sentence(text))
        set_property(self.line, "problem", bool(text))

    def _typed(self, text: str) -> None:
        if len(self._state.rows) != 1:
            return
        row, self._typing = self._state.rows[0], True
        try:
            self._refusal = ""
            self._state.rename(row, text, typing=True)
        except UserError as exc:
            self._refusal = exc.what
            # The beginning of a wrong name is not meant.
            self._state.rename(row, self._began, typing=True)
        finally:
            self._typing = False
        self._say(self._refusal or self._wrong)
