"""The middle column: the chosen layer's name and fields, its arithmetic, its cost, its help."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Layer, Problem
from guiapp.core.notify import UserError
from guiapp.look.heading import figures, heading, problem, secondary, set_property
from guiapp.look.icons import pixmap
from guiapp.look.theme import theme
from guiapp.look.undo_keys import share_undo
from guiapp.ui.form import FieldsForm, sentence
from guiapp.ui.form_editors import ROW
from guiapp.ui.form_rows import LABEL_WIDTH
from guiapp.ui.network.facts import Fact, Facts
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.words import shape_text, short_count

HINT = (
    "Choose a layer in the list or in the drawing to change it. Add one below the list, drag rows to move them, and "
    "press F2 to rename."
)
SEVERAL = "Del removes them, Ctrl+D duplicates them, Alt+Up and Alt+Down move them, Ctrl+E disables or enables them."


class NameField(QWidget):
    """The row with the layer's name; what cannot be a name stays while it is typed, with the reason below."""

    def __init__(self, state: NetworkState) -> None:
        super().__init__()
        self._state = state
        self._name = self._began = self._refusal = self._wrong = ""
        self._typing = False
        self.line = QLineEdit()
        self.line.setMaxLength(64)
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
        self.setFocusProxy(self.line)
        self.line.textEdited.connect(self._typed)
        self.line.installEventFilter(self)
        share_undo(self.line, self._draft, self._finish)

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
        """Show the name in force when the line is left, and on Return and Escape."""
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
                self._finish()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
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


class Inspector(QWidget):
    """Shows the one chosen layer, or says what can be done.

    Signals
    -------
    repairAsked(object)
        The repair button of a `Problem` was pressed.
    """

    repairAsked = Signal(object)

    def __init__(self, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._problem: Problem | None = None
        self._icon, self._title = QLabel(), heading()
        self._general, self._repair = problem(), QPushButton()
        self.name, self.form = NameField(state), FieldsForm()
        self._formula = figures(secondary())
        self._output = heading("Output")
        self._facts_title, self.facts = heading("Cost"), Facts()
        self._help_title, self._help = heading("What it does"), secondary()
        self._build()
        self.form.changed.connect(self._edited)
        self._repair.clicked.connect(self._ask_repair)
        state.changed.connect(self.refresh)
        state.selected.connect(self.refresh)
        theme.changed.connect(self._tint)
        self.refresh()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self._icon)
        top.addWidget(self._title, 1)
        self._title.setFixedHeight(ROW)
        self._formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 16)
        column.setSpacing(4)
        column.addLayout(top)
        column.addWidget(self._general)
        column.addWidget(self._repair, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(4)
        column.addWidget(self.name)
        column.addWidget(self.form)
        for title, body in (
            (self._output, self._formula),
            (self._facts_title, self.facts),
            (self._help_title, self._help),
        ):
            column.addSpacing(12)
            column.addWidget(title)
            column.addWidget(body)
        column.addStretch(1)

    def refresh(self) -> None:
        """Show what is chosen now."""
        rows = self._state.rows
        infos = [self._state.analysis.rows[row] for row in rows if row < len(self._state.analysis.rows)]
        if len(infos) == 1:
            self._show_layer(infos[0])
        else:
            self._show_many(infos)

    def _show_layer(self, row: LayerInfo) -> None:
        layer = row.layer
        self._set_title(type(layer).icon, type(layer).title + ("" if layer.enabled else " (disabled)"))
        self.name.show_layer(layer, _texts(row, "name"))
        self.form.set_value(layer, key=layer.name)
        for field in self.form.names():
            errors = _texts(row, field)
            self.form.show_problem(field, errors or _texts(row, field, "warning"), warning=not errors)
        self._show_general([p for p in row.problems if p.field not in ("name", *self.form.names())])
        self.name.show()
        self.form.setVisible(bool(self.form.names()))
        self._set_group(self._output, self._formula, _output_text(row))
        self._facts_title.setText("Cost")
        self.facts.show_facts(_layer_facts(row))
        self._set_group(self._help_title, self._help, type(layer).help)

    def _show_many(self, infos: list[LayerInfo]) -> None:
        analysis = self._state.analysis
        self._set_title("network", f"{len(infos)} layers" if infos else "The network")
        self._show_general([])
        self.name.hide()
        self.form.hide()
        self._set_group(self._output, self._formula, "")
        rows = infos or list(analysis.rows)
        facts = [("Layers", f"{len(rows):,}"), *_sums(rows)]
        if not infos:
            facts.insert(1, ("Output", shape_text(analysis.shape)))
        self._facts_title.setText("Together")
        self.facts.show_facts(facts)
        self._set_group(self._help_title, self._help, SEVERAL if infos else HINT)
        self._help_title.setText("With these layers" if infos else "Where to begin")

    def _set_title(self, icon: str, text: str) -> None:
        if self._icon.property("named") != icon:
            self._icon.setProperty("named", icon)
            self._tint()
        self._title.setText(text)
        self._help_title.setText("What it does")

    def _tint(self) -> None:
        name = self._icon.property("named")
        if name:
            self._icon.setPixmap(pixmap(name, 20, "text", self.devicePixelRatioF()))

    def _set_group(self, title: QLabel, body: QLabel, text: str) -> None:
        body.setText(text)
        title.setVisible(bool(text))
        body.setVisible(bool(text))

    def _show_general(self, problems: list[Problem]) -> None:
        self._general.setText("\n".join(sentence(item.text) for item in problems))
        self._general.setVisible(bool(problems))
        set_property(self._general, "role", "problem" if any(p.severity == "error" for p in problems) else "warning")
        self._problem = next((item for item in problems if item.repair), None)
        self._repair.setVisible(self._problem is not None)
        if self._problem is not None and self._problem.repair is not None:
            self._repair.setText(self._problem.repair.text)

    def _ask_repair(self) -> None:
        if self._problem is not None:
            self.repairAsked.emit(self._problem)

    def _edited(self, field: str, value: object) -> None:
        if len(self._state.rows) != 1:
            return
        before = self._state.analysis
        try:
            self._state.set_field(self._state.rows[0], field, value)
        except UserError as exc:
            self.form.refuse(field, value, exc.what)
            return
        if self._state.analysis is before:
            # The value equals the present one, so nobody tells of a change, but what was refused is gone.
            self.refresh()


def _texts(row: LayerInfo, field: str, severity: str = "error") -> str:
    return " ".join(sentence(p.text) for p in row.problems if p.field == field and p.severity == severity)


def _output_text(row: LayerInfo) -> str:
    if row.shape is None:
        return ""
    lines = [shape_text(row.shape)]
    if row.inputs:
        lines[0] = f"{shape_text(row.inputs[0])}  →  {lines[0]}"
    if not row.layer.enabled:
        return lines[0] + "\nIt passes its input on unchanged."
    return "\n".join([*lines, row.formula] if row.formula else lines)


def _layer_facts(row: LayerInfo) -> list[Fact]:
    facts: list[Fact] = []
    if row.layer.inputs:
        facts.append(("Takes", ", ".join(row.layer.inputs)))
    for weight in row.weights:
        shape = "×".join(f"{n}" for n in weight.shape) or "1"
        facts.append((f"{weight.name.replace('_', ' ')}  {shape}", f"{weight.size:,}"))
    return [*facts, *_sums([row])]


def _sums(rows: list[LayerInfo]) -> list[Fact]:
    parameters, trainable = sum(row.parameters for row in rows), sum(row.trainable for row in rows)
    facts = [("Parameters", f"{parameters:,}")]
    if trainable != parameters:
        facts.append(("Trainable", f"{trainable:,}"))
    facts.append(("Multiply-adds an image", short_count(sum(row.macs for row in rows))))
    facts.append(("Activations an image", short_count(sum(row.activations for row in rows))))
    return facts
