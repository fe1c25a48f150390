"""The rows of a form: label, editor and unit of each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QToolButton, QWidget

from guiapp.look.heading import secondary
from guiapp.look.icons import set_icon
from guiapp.ui.form_editors import ROW, Editor, SuggestEditor, editor_for
from guiapp.ui.form_editors.base import extra
from guiapp.ui.form_editors.numbers import FieldEditor

LABEL_WIDTH = 112


@dataclass(frozen=True)
class Told:
    """Whom the rows of a form tell, by what happens."""

    edited: Callable[[str, object], None]
    finished: Callable[[str], None]
    entered: Callable[[str], None]
    repair_asked: Callable[[str, int], None]
    folded: Callable[[bool], None]
    narrow: bool = False


class Fold(QToolButton):
    """The button between the fields that everybody needs and the others."""

    def __init__(self, toggled: Callable[[bool], None]) -> None:
        super().__init__()
        self._folded, self._note = True, ""
        self.setProperty("fold", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip("Fields that are seldom needed")
        self.clicked.connect(lambda _on=False: toggled(not self._folded))
        self.show_folded(True)

    def show_folded(self, folded: bool) -> None:
        """Show which way it opens."""
        self._folded = folded
        name = "chevron-right" if folded else "chevron-down"
        if self.property("named") != name:
            self.setProperty("named", name)
            set_icon(self, name)

    def say(self, note: str) -> None:
        """Show what it hides."""
        text = f"More  ·  {note}" if note else "More"
        if self.text() != text:
            self.setText(text)
            self.setAccessibleName(f"More fields{', ' * bool(note)}{note}")


class Row:
    """Label, editor and unit of one field."""

    def __init__(self, name: str, info: FieldInfo, value: Any, choices: Sequence[str]) -> None:
        self.name, self.hidden = name, False
        self.advanced = extra(info, "advanced") == "True"
        self.folded, self.live = self.advanced, True
        self._default = info.default
        other, _, values = extra(info, "when").partition("=")
        self.depends_on, self.shown_for = other, values.split("|")
        title, unit = info.title or name, extra(info, "unit")
        self._zero = extra(info, "zero")
        self._options = extra(info, "options")
        self.editor: Editor = editor_for(title, info, value, unit, choices)
        self.label = QLabel(title)
        self.label.setToolTip(info.description or "")
        self.label.setFixedHeight(ROW)
        self._parts: list[QWidget] = [self.label, self.editor]
        self.unit: QLabel | None = None
        if unit:
            self._place_unit(unit)
        self.editor.label_with(self.label)

    def _place_unit(self, unit: str) -> None:
        self.unit = secondary(unit, wrap=False)
        self.unit.setFixedHeight(ROW)
        self.editor.place_beside(self.unit)

    def reserve_unit(self) -> None:
        """Keep the room of a unit free that other numbers of the form have."""
        self._place_unit("")

    def controls(self) -> tuple[QWidget, QWidget]:
        """Return the editor, and what holds the repairs of its value."""
        return self.editor, self.editor.repairs

    def narrow(self) -> None:
        """Let a long label take two lines, so that all forms of a column begin their editors on one line."""
        self.label.ensurePolished()
        if self.label.sizeHint().width() > LABEL_WIDTH:
            self.label.setWordWrap(True)
            self.label.setFixedHeight(max(ROW, self.label.heightForWidth(LABEL_WIDTH)))
        self.label.setFixedWidth(LABEL_WIDTH)

    def follow(self, model: BaseModel) -> None:
        """Show the row only where its condition is met."""
        met = not self.depends_on or str(getattr(model, self.depends_on)) in self.shown_for
        self.live = met and not self.hidden
        shown = self.live and not self.folded
        if shown and isinstance(self.editor, SuggestEditor):
            self.editor.set_options(getattr(model, self._options))
        for part in self._parts:
            part.setVisible(shown)
        self.editor.setEnabled(shown)
        self.editor.repairs.setVisible(shown and bool(self.editor.repair_buttons))
        if self.unit is not None:
            # “No limit”, not “no limit steps”; the words need the room.
            self.unit.setVisible(not self._zero or bool(getattr(model, self.name)))

    def changed(self, model: BaseModel) -> bool:
        """Whether the model's value is another than a new one has."""
        return self.live and bool(getattr(model, self.name) != self._default)


class Body(QWidget):
    """The rows of one kind of model; kept, so that going from layer to layer builds nothing."""

    def __init__(
        self,
        model: BaseModel,
        names: Sequence[str],
        choices: Mapping[str, Sequence[str]],
        told: Told,
    ) -> None:
        super().__init__()
        self.model = model
        fields = type(model).model_fields
        self.rows = {name: Row(name, fields[name], getattr(model, name), choices.get(name, ())) for name in names}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        self._align_numbers()
        self.more = Fold(told.folded)
        advanced = [row for row in self.rows.values() if row.advanced]
        plain = [row for row in self.rows.values() if not row.advanced]
        for i, row in enumerate(plain):
            self._place(grid, i, row, told)
        grid.addWidget(self.more, 2 * len(plain), 0, 1, 2, Qt.AlignmentFlag.AlignLeft)
        for i, row in enumerate(advanced, len(plain) + 1):
            self._place(grid, i, row, told)
        self.more.setVisible(bool(advanced))
        self._retitle()

    def _align_numbers(self) -> None:
        """Let all numbers end on one line, whether a unit follows or not."""
        if not any(row.unit for row in self.rows.values()):
            return
        for row in self.rows.values():
            if row.unit is None and isinstance(row.editor, FieldEditor):
                row.reserve_unit()
        units = [row.unit for row in self.rows.values() if row.unit]
        widest = max(unit.sizeHint().width() for unit in units)
        for unit in units:
            unit.setMinimumWidth(widest)

    def controls(self) -> list[QWidget]:
        """Return the editors, and the button between them, in the order in which they are seen."""
        plain = [part for row in self.rows.values() if not row.advanced for part in row.controls()]
        return [*plain, self.more, *(part for row in self.rows.values() if row.advanced for part in row.controls())]

    def _place(self, grid: QGridLayout, i: int, row: Row, told: Told) -> None:
        grid.addWidget(row.label, 2 * i, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(row.editor, 2 * i, 1, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(row.editor.repairs, 2 * i + 1, 0, 1, 2)
        row.editor.repairs.begin_at(LABEL_WIDTH + grid.horizontalSpacing())
        row.editor.edited.connect(partial(told.edited, row.name))
        row.editor.finished.connect(partial(told.finished, row.name))
        row.editor.entered.connect(partial(told.entered, row.name))
        row.editor.repairAsked.connect(partial(told.repair_asked, row.name))
        if told.narrow:
            row.narrow()
        row.follow(self.model)

    def fold(self, folded: bool) -> None:
        """Hide the fields that are seldom needed, or show them."""
        self.more.show_folded(folded)
        for row in self.rows.values():
            if row.advanced and row.folded != folded:
                row.folded = folded
                row.follow(self.model)
        self._retitle()

    def _retitle(self) -> None:
        """Say on the button what it hides: how many fields are not as in a new layer, and what is wrong."""
        hidden = [row for row in self.rows.values() if row.advanced and row.folded]
        wrong = sum(bool(row.editor.problem()) for row in hidden)
        changed = sum(row.changed(self.model) for row in hidden)
        note = f"{wrong} with a problem" if wrong else f"{changed} changed" if changed else ""
        self.more.say(note)

    def show_model(self, model: BaseModel, *, afresh: bool, typing: str | None) -> None:
        """Show `model`: every field anew where `afresh`; what is `typing` and was not taken stays."""
        for name, row in self.rows.items():
            value, editor = getattr(model, name), row.editor
            if afresh:
                editor.show_problem("")
            # Only what is being typed may differ from the model, and only where it was not taken.
            if not (name == typing and editor.draft()) and (
                afresh or editor.draft() or value != getattr(self.model, name)
            ):
                editor.refuse("")
                editor.set_value(value)
            row.follow(model)
        self.model = model
        self._retitle()

    def show_problem(self, name: str, text: str, *, warning: bool, repairs: Sequence[str]) -> None:
        """Say under a field what is wrong, with a button for each repair."""
        editor = self.rows[name].editor
        editor.show_problem(text, warning=warning)
        editor.offer(repairs)
        if self.rows[name].folded:
            self._retitle()
