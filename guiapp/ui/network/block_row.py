"""The row about blocks: opens the chosen one, or names and closes the one that the chosen layer came from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QWidget

from guiapp.core.layers import Layer
from guiapp.core.layers.blocks import Block
from guiapp.core.notify import UserError
from guiapp.look.heading import problem, set_property
from guiapp.look.icons import set_icon
from guiapp.look.undo_keys import share_undo
from guiapp.ui.form import sentence
from guiapp.ui.form_editors import ROW
from guiapp.ui.form_rows import LABEL_WIDTH
from guiapp.ui.network import branches
from guiapp.ui.network.block_edits import close_block, open_block
from guiapp.ui.network.state import NetworkState

OPEN_TIP = "Show the layers inside, so that each can be changed (Right)"
STAYS = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
CLOSE_TIP = "Make them one row again (Left)"


class BlockRow(QWidget):
    """Shows what can be done with the block that is chosen, or that the chosen layer is a part of."""

    def __init__(self, state: NetworkState) -> None:
        super().__init__()
        self._state = state
        self._group = ""
        self.open_button, self.close_button = QPushButton("Open the block"), QPushButton("Close")
        self.line = QLineEdit()
        self._label, self.sentence = QLabel(), problem()
        self._build()
        self.open_button.clicked.connect(lambda _on=False: open_block(state))
        self.close_button.clicked.connect(lambda _on=False: close_block(state, self._group))
        self.line.textEdited.connect(self._judge)
        self.line.editingFinished.connect(self._entered)
        self.line.installEventFilter(self)

    def _build(self) -> None:
        self.open_button.setToolTip(OPEN_TIP)
        self.close_button.setToolTip(CLOSE_TIP)
        set_icon(self.open_button, "chevron-right")
        set_icon(self.close_button, "chevron-down")
        self.line.setAccessibleName("Name of the opened block")
        self.line.setToolTip("The opened block that this layer is a part of.")
        share_undo(self.line, self._refused, self._restore)
        self._label.setFixedHeight(ROW)
        self._label.setBuddy(self.line)
        self.sentence.hide()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self._label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.line, 0, 1)
        grid.addWidget(self.close_button, 0, 2)
        grid.addWidget(self.open_button, 0, 1, 1, 2, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self.sentence, 1, 1, 1, 2)

    def show_layer(self, layer: Layer) -> None:
        """Show what belongs to `layer`; nothing where it is no block and part of none."""
        block = isinstance(layer, Block)
        self._group = "" if block else layer.group
        self.setVisible(block or bool(self._group))
        self._label.setText("Layers inside" if block else "Opened block")
        self.open_button.setVisible(block)
        self.close_button.setVisible(not block)
        self.line.setVisible(not block)
        if self.line.text() != self._group:
            self.line.setText(self._group)
        self._say("")

    def _say(self, text: str) -> None:
        self.sentence.setText(sentence(text))
        self.sentence.setVisible(bool(text))
        set_property(self.line, "problem", bool(text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Show the name in force on Escape, and when the line is left, where another was refused."""
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() not in STAYS and self._refused():
            self._restore()
        pressed = event.key() if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) else None
        if pressed == Qt.Key.Key_Escape and self._refused():
            self._restore()
            return True
        return super().eventFilter(watched, event)

    def _refused(self) -> bool:
        return not self.sentence.isHidden()

    def _restore(self) -> None:
        self.line.setText(self._group)
        self._say("")

    def _judge(self, name: str) -> None:
        try:
            branches.check_name(self._state.network, name, {self._group})
        except UserError as exc:
            self._say(exc.sentence)
        else:
            self._say("")

    def _entered(self) -> None:
        name = self.line.text().strip()
        if not self._group or name == self._group:
            self._restore()
            return
        try:
            network = branches.group_renamed(self._state.network, self._group, name)
        except UserError as exc:
            # A name that cannot be stays with the reason until the line is left.
            self._say(exc.sentence)
            return
        self._state.apply(network, f"rename {self._group}", self._state.rows)
