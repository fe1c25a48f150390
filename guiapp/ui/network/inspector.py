"""The middle column: the chosen layer's name and fields, its arithmetic, its cost, its help."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from guiapp.core.analysis import LayerInfo
from guiapp.core.layers import Problem, Repair
from guiapp.core.notify import UserError
from guiapp.look.heading import figures, heading, secondary
from guiapp.look.icons import pixmap
from guiapp.look.theme import theme
from guiapp.ui.form import FieldsForm, sentence
from guiapp.ui.form_editors import ROW
from guiapp.ui.key_order import chain_after, stops
from guiapp.ui.network.block_row import BlockRow
from guiapp.ui.network.facts import Facts
from guiapp.ui.network.inputs_field import InputsField
from guiapp.ui.network.layer_facts import inside_facts, layer_facts, output_text, problems_of, sums
from guiapp.ui.network.mends import Mends
from guiapp.ui.network.name_field import NameField
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.words import shape_text

HINT = (
    "Choose a layer in the list or in the drawing to change it. Add one below the list, drag rows to move them, and "
    "press F2 to rename."
)
SEVERAL = "Del removes them, Ctrl+D duplicates them, Alt+Up and Alt+Down move them, Ctrl+E disables or enables them."


class Inspector(QWidget):
    """Shows the one chosen layer, or says what can be done.

    Signals
    -------
    repairAsked(object, object)
        A `Problem` and the `Repair` of it whose button was pressed.
    helped(str, str)
        The field that has the focus now, and what it means.
    """

    repairAsked = Signal(object, object)
    helped = Signal(str, str)

    def __init__(self, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._offered: dict[str, list[tuple[Problem, Repair]]] = {}
        self._shown = ""
        self._chained: list[QWidget] = []
        self._icon, self._title = QLabel(), heading()
        self.mends = Mends()
        self.name, self.form = NameField(state), FieldsForm(ordered=False, narrow=True)
        self.inputs, self.block = InputsField(state), BlockRow(state)
        self._formula = figures(secondary())
        self._output = heading("Output")
        self._facts_title, self.facts = heading("Cost"), Facts()
        self._inside_title, self.inside = heading("Inside"), Facts()
        self._help_title, self._help = heading("What it does"), secondary()
        self._build()
        self.form.changed.connect(self._edited)
        self.form.fieldEntered.connect(self._help_field)
        self.form.repairAsked.connect(self._ask_field_repair)
        self.name.entered.connect(lambda: self.helped.emit("Name", self.name.line.toolTip()))
        self.inputs.entered.connect(lambda: self.helped.emit("Inputs", self.inputs.help()))
        self.inputs.mends.asked.connect(self.repairAsked)
        self.mends.asked.connect(self.repairAsked)
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
        column.addWidget(self.mends)
        column.addSpacing(4)
        for part in (self.name, self.inputs, self.block, self.form):
            column.addWidget(part)
        for title, body in (
            (self._output, self._formula),
            (self._inside_title, self.inside),
            (self._facts_title, self.facts),
            (self._help_title, self._help),
        ):
            # Their own, so that hidden groups leave no gap.
            title.setContentsMargins(0, 12, 0, 0)
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
        if layer.name != self._shown:
            self._shown = layer.name
            # While its name is being typed it is still the same layer.
            if not self.name.line.hasFocus():
                self.helped.emit("", "")
        self._set_title(type(layer).icon, type(layer).title + ("" if layer.enabled else " (disabled)"))
        self.name.show_layer(layer, " ".join(sentence(item.text) for item in problems_of(row, "name")))
        self.inputs.show_layer(self._state.analysis, self._state.rows[0])
        self.block.show_layer(layer)
        self.form.set_value(layer, key=layer.name)
        self._show_problems(row)
        self.name.show()
        self.form.setVisible(bool(self.form.names()))
        self._chain()
        self._set_group(self._output, self._formula, output_text(row))
        self._show_inside(row)
        self._facts_title.setText("Cost")
        self.facts.show_facts(layer_facts(row, self._state.batch))
        self._set_group(self._help_title, self._help, type(layer).help)

    def _chain(self) -> None:
        """Let the Tab key follow the eye; forms that were made later would come last in the window."""
        parts = (self.mends, self.name, self.inputs, self.block, *self.form.controls())
        found = [stop for part in parts for stop in stops(part)]
        if list(map(id, found)) != list(map(id, self._chained)):
            self._chained = found
            chain_after(self, found)

    def _show_inside(self, row: LayerInfo | None) -> None:
        facts = inside_facts(row) if row is not None else []
        self.inside.show_facts(facts)
        self.inside.setVisible(bool(facts))
        self._inside_title.setVisible(bool(facts))

    def _show_problems(self, row: LayerInfo) -> None:
        names = self.form.names()
        self._offered.clear()
        for field in names:
            found = problems_of(row, field) if row.problems else []
            offered = [(item, repair) for item in found for repair in item.repairs]
            if offered:
                self._offered[field] = offered
            text = " ".join(sentence(item.text) for item in found)
            warning = bool(found) and found[0].severity == "warning"
            self.form.show_problem(field, text, warning=warning, repairs=[repair.text for _, repair in offered])
        own = ("name", *names, *(("inputs",) if not self.inputs.isHidden() else ()))
        self.mends.show_problems([item for item in row.problems if item.field not in own])

    def _show_many(self, infos: list[LayerInfo]) -> None:
        analysis = self._state.analysis
        self._set_title("network", f"{len(infos)} layers" if infos else "The network")
        self._shown = ""
        self.helped.emit("", "")
        self.mends.show_problems([])
        for part in (self.name, self.inputs, self.block, self.form):
            part.hide()
        self._show_inside(None)
        self._set_group(self._output, self._formula, "")
        rows = infos or list(analysis.rows)
        facts = [("Layers", f"{len(rows):,}"), *sums(rows, self._state.batch)]
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

    def _help_field(self, field: str) -> None:
        info = type(self._state.current).model_fields.get(field) if self._state.current else None
        if info is not None:
            self.helped.emit(info.title or field, info.description or "")

    def _ask_field_repair(self, field: str, place: int) -> None:
        offered = self._offered.get(field, [])
        if place < len(offered):
            self.repairAsked.emit(*offered[place])

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
