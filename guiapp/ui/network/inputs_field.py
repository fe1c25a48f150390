"""The row that says which layers the chosen one takes: the layer above, one by name, or several in order."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from guiapp.core.analysis import Analysis
from guiapp.look.icons import set_icon
from guiapp.ui.form_editors import ROW
from guiapp.ui.form_editors.simple import Choice
from guiapp.ui.form_rows import LABEL_WIDTH
from guiapp.ui.key_order import chain
from guiapp.ui.network import branches
from guiapp.ui.network.inputs_picking import PickButton, toggled
from guiapp.ui.network.layer_facts import problems_of
from guiapp.ui.network.mends import Mends
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.words import shape_text

ABOVE = ""
HELP = "Which layer above it takes. Another than the one directly above makes a branch."
HELP_SEVERAL = (
    "Which layers it brings together, in this order. Alt+Up and Alt+Down move an input, Del takes it out, Insert adds "
    "one; the list shows the layers above."
)
Entries = Callable[[], list[tuple[str, str]]]


class LayerChoice(Choice):
    """A list of layers that is filled when it is about to be used, so that a thousand layers cost nothing."""

    def __init__(self, label: str, entries: Entries) -> None:
        super().__init__(label, HELP, ())
        self._entries = entries
        self._full = False

    def show_entry(self, key: str, text: str) -> None:
        """Show one layer; the others are not there until they are asked for."""
        if self.count() == 1 and self.itemData(0) == key and self.itemText(0) == text:
            return
        self.clear()
        self.addItem(text, key)
        self._full = False
        self.setToolTip(f"{text}\n{HELP}")

    def fill(self) -> None:
        """Have every layer that can be chosen in the list."""
        if self._full:
            return
        key = self.currentData()
        self.clear()
        for value, text in self._entries():
            self.addItem(text, value)
        self.choose(key)
        self._full = True

    def showPopup(self) -> None:
        """Open the whole list."""
        self.fill()
        super().showPopup()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let arrows and letters go through the whole list."""
        if event.key() not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self.fill()
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the whole list, while it has the focus."""
        if self.hasFocus():
            self.fill()
        super().wheelEvent(event)


class _Line(QWidget):
    """One of several inputs: its place, the layer, and what can be done with it."""

    def __init__(self, place: int, entries: Entries, act: Callable[[int, str], None]) -> None:
        super().__init__()
        self._place, self._act = place, act
        number = QLabel(f"{place + 1}")
        number.setProperty("role", "secondary")
        number.setFixedWidth(14)
        self.choice = LayerChoice(f"Input {place + 1}", entries)
        self.choice.installEventFilter(self)
        self.choice.activated.connect(lambda _index: act(place, "set"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(number)
        row.addWidget(self.choice, 1)
        self.buttons: dict[str, QToolButton] = {}
        for name, icon, tip in (
            ("up", "up", "Move this input up (Alt+Up)"),
            ("down", "down", "Move this input down (Alt+Down)"),
            ("remove", "close", "Take this input out (Del)"),
        ):
            button = QToolButton()
            button.setProperty("tiny", True)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setToolTip(tip)
            button.setAccessibleName(f"{tip.partition(' (')[0]}: {place + 1}")
            set_icon(button, icon)
            button.clicked.connect(lambda _on=False, name=name: act(place, name))
            row.addWidget(button)
            self.buttons[name] = button

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Move and remove by the keyboard."""
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) and isinstance(event, QKeyEvent):
            alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
            name = {
                (Qt.Key.Key_Up, True): "up",
                (Qt.Key.Key_Down, True): "down",
                (Qt.Key.Key_Delete, False): "remove",
                (Qt.Key.Key_Insert, False): "add",
            }.get((Qt.Key(event.key()), alt))
            if name is not None:
                event.accept()
                if event.type() == QEvent.Type.KeyPress:
                    self._act(self._place, name)
                return True
        return super().eventFilter(watched, event)


class InputsField(QWidget):
    """Shows and changes what the chosen layer takes.

    Signals
    -------
    entered()
        It has the focus.
    """

    entered = Signal()

    def __init__(self, state: NetworkState) -> None:
        super().__init__()
        self._state = state
        self._at, self._name = -1, ""
        self.choice = LayerChoice("Inputs", self._entries_with_above)
        self.lines: list[_Line] = []
        self.add, self.pick = QToolButton(), PickButton()
        self.mends = Mends()
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._build()
        self.choice.activated.connect(lambda _index: self._take_one())
        self.choice.installEventFilter(self)
        self.add.clicked.connect(lambda _on=False: self._act(-1, "add"))

    def _build(self) -> None:
        label = QLabel("Inputs")
        label.setFixedHeight(ROW)
        label.setBuddy(self.choice)
        label.setToolTip(HELP)
        self.add.setText("Add an input")
        self.add.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.add.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.add.setToolTip("Bring one more layer in (Insert)")
        set_icon(self.add, "add")
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        grid.addWidget(label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.choice, 0, 1)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.add)
        buttons.addWidget(self.pick)
        grid.addLayout(buttons, 0, 1)
        grid.addWidget(self._list, 1, 0, 1, 2)
        grid.addWidget(self.mends, 2, 0, 1, 2)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the focus come."""
        if event.type() == QEvent.Type.FocusIn and isinstance(event, QFocusEvent):
            self.entered.emit()
        return super().eventFilter(watched, event)

    def help(self) -> str:
        """Return what is said of the field."""
        return HELP_SEVERAL if self._several() else HELP

    def take_focus(self) -> None:
        """Give the first control the focus."""
        target = (
            self.lines[0].choice if self._several() and self.lines else self.add if self._several() else self.choice
        )
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_layer(self, analysis: Analysis, at: int) -> None:
        """Show what the layer at `at` takes."""
        self._at = at
        row = analysis.rows[at]
        if row.layer.name != self._name:
            self._name = row.layer.name
            self.pick.setChecked(False)
        several = self._several()
        self.setVisible(row.layer.max_inputs > 0 and at > 0)
        self.choice.setVisible(not several)
        for part in (self.add, self.pick):
            part.setVisible(several)
        self._list.setVisible(several)
        if several:
            self._show_lines(row.layer.inputs)
        else:
            key = row.layer.inputs[0] if row.layer.inputs else ABOVE
            by_name = key and not (at and analysis.rows[at - 1].layer.name == key)
            self.choice.show_entry(key if by_name else ABOVE, self._said(key) if by_name else self._above())
        self.mends.show_problems(problems_of(row, "inputs"))

    def _several(self) -> bool:
        layers = self._state.network.layers
        if not 0 <= self._at < len(layers):
            return False
        layer = layers[self._at]
        return layer.max_inputs > 1 or len(layer.inputs) > 1

    def _show_lines(self, inputs: tuple[str, ...]) -> None:
        while len(self.lines) < len(inputs):
            line = _Line(len(self.lines), self._entries, self._act)
            line.choice.installEventFilter(self)
            self._column.addWidget(line)
            before = self.lines[-1].buttons["remove"] if self.lines else self.add
            chain([before, line.choice, *line.buttons.values()])
            self.lines.append(line)
        while len(self.lines) > len(inputs):
            line = self.lines.pop()
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        for i, (line, name) in enumerate(zip(self.lines, inputs, strict=True)):
            line.choice.show_entry(name, self._said(name))
            line.buttons["up"].setEnabled(i > 0)
            line.buttons["down"].setEnabled(i < len(inputs) - 1)

    def _said(self, name: str) -> str:
        rows = self._state.analysis.rows
        row = next((row for row in rows[: self._at] if row.layer.name == name), None)
        return f"{name}  {shape_text(row.shape)}" if row else f"{name} (not above)"

    def _above(self) -> str:
        return f"{self._state.network.layers[self._at - 1].name}, just above"

    def _entries(self) -> list[tuple[str, str]]:
        rows = self._state.analysis.rows[: self._at]
        return [(row.layer.name, f"{row.layer.name}  {shape_text(row.shape)}") for row in reversed(rows)]

    def _entries_with_above(self) -> list[tuple[str, str]]:
        return [(ABOVE, self._above()), *self._entries()[1:]]

    def _take_one(self) -> None:
        name = self.choice.currentData()
        self._state.set_field(self._at, "inputs", (name,) if name else ())

    def _act(self, place: int, what: str) -> None:
        inputs = list(self._state.network.layers[self._at].inputs)
        focus = place
        if what == "set":
            inputs[place] = str(self.lines[place].choice.currentData())
        elif what == "add":
            more = self._more(inputs)
            if not more:
                return
            inputs.extend(more)
            focus = len(inputs) - 1
        elif what == "remove":
            del inputs[place]
            focus = min(place, len(inputs) - 1)
        else:
            focus = place + (1 if what == "down" else -1)
            if not 0 <= focus < len(inputs):
                return
            inputs[place], inputs[focus] = inputs[focus], inputs[place]
        self._state.set_field(self._at, "inputs", tuple(inputs))
        if 0 <= focus < len(self.lines):
            self.lines[focus].choice.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.add.setFocus(Qt.FocusReason.OtherFocusReason)

    def toggle_input(self, row: int) -> str:
        """Add the layer at `row` to the inputs, or take it out; returns why not where it cannot be one."""
        return toggled(self._state, self._at, row)

    def _more(self, inputs: list[str]) -> tuple[str, ...]:
        analysis, at = self._state.analysis, self._at
        if not inputs:
            return branches.first_inputs(analysis, analysis.rows[at].layer.kind, at)
        new = branches.another_input(analysis, at)
        return (new,) if new else ()
