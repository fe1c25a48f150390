"""The rows of a form: label, editor and unit of each field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from guiapp.look.heading import secondary
from guiapp.ui.form_editors import ROW, Editor, editor_for
from guiapp.ui.form_editors.base import extra

LABEL_WIDTH = 112


class Row:
    """Label, editor and unit of one field."""

    def __init__(self, name: str, info: FieldInfo, value: Any, choices: Sequence[str]) -> None:
        self.name, self.hidden = name, False
        other, _, values = extra(info, "when").partition("=")
        self.depends_on, self.shown_for = other, values.split("|")
        title, unit = info.title or name, extra(info, "unit")
        self._zero = extra(info, "zero")
        self.editor: Editor = editor_for(title, info, value, unit, choices)
        self.label = QLabel(title)
        self.label.setToolTip(info.description or "")
        self.label.setFixedHeight(ROW)
        self._parts: list[QWidget] = [self.label, self.editor]
        self.unit: QLabel | None = None
        if unit:
            self.unit = secondary(unit, wrap=False)
            self.unit.setFixedHeight(ROW)
            self.editor.place_unit(self.unit)
        self.editor.label_with(self.label)

    def follow(self, model: BaseModel) -> None:
        """Show the row only where its condition is met."""
        met = not self.depends_on or str(getattr(model, self.depends_on)) in self.shown_for
        shown = met and not self.hidden
        for part in self._parts:
            part.setVisible(shown)
        self.editor.setEnabled(shown)
        if self.unit is not None:
            # “No limit”, not “no limit steps”; the words need the room.
            self.unit.setVisible(not self._zero or bool(getattr(model, self.name)))


class Body(QWidget):
    """The rows of one kind of model; kept, so that going from layer to layer builds nothing."""

    def __init__(
        self,
        model: BaseModel,
        names: Sequence[str],
        choices: Mapping[str, Sequence[str]],
        edited: Callable[[str, object], None],
        finished: Callable[[str], None],
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
        units = [row.unit for row in self.rows.values() if row.unit]
        widest = max((unit.sizeHint().width() for unit in units), default=0)
        for unit in units:
            unit.setMinimumWidth(widest)
        for i, row in enumerate(self.rows.values()):
            grid.addWidget(row.label, i, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(row.editor, i, 1, Qt.AlignmentFlag.AlignTop)
            row.editor.edited.connect(partial(edited, row.name))
            row.editor.finished.connect(partial(finished, row.name))
            row.follow(model)

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
