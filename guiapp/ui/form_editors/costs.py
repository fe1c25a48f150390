"""The editor of what large weights add to the loss: L1 and L2 side by side."""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from guiapp.core.layers.parts import Regularizer
from guiapp.look.heading import secondary
from guiapp.look.number import NumberField
from guiapp.ui.form_editors.base import ROW, Editor

WIDTH = 52


class RegularizerEditor(Editor):
    """The factors of the weights' sizes (L1) and of their squares (L2); 0 is off."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self._value: Regularizer = value
        self.fields: dict[str, NumberField] = {}
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for name, part in Regularizer.model_fields.items():
            title, help_text = part.title or name, part.description or ""
            field = NumberField(0.0, low=0, high=1e6, step=1e-4, name=f"{label}: {title}", handle=False)
            field.line.setMinimumWidth(WIDTH)
            field.line.setToolTip(help_text)
            word: QLabel = secondary(title, wrap=False)
            word.setFixedHeight(ROW)
            word.setToolTip(help_text)
            row.addWidget(word, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
            self.fields[name] = field
            field.valueChanged.connect(lambda number, name=name: self._entered(name, number))
            field.problemChanged.connect(self._refresh)
            self.watch_line(field.line)
        self.place(box)
        self.first = self.fields["l1"]
        self.set_value(value)

    def set_value(self, value: Any) -> None:
        """Show both factors."""
        self._value = value
        for name, field in self.fields.items():
            field.set_value(getattr(value, name))

    def inner_problem(self) -> str:
        """What is wrong with either number."""
        return next((field.problem() for field in self.fields.values() if field.problem()), "")

    def outlined(self) -> list[QWidget]:
        """Both lines."""
        return [field.line for field in self.fields.values()]

    def _entered(self, name: str, number: float) -> None:
        self._value = self._value.model_copy(update={name: float(number)})
        self.edited.emit(self._value)
