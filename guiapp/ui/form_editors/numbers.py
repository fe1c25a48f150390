"""Editors of numbers: one, two that belong together, and those of an initializer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, get_args

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from guiapp.core.layers.parts import VALUE_OF, Initializer, Scheme
from guiapp.look.heading import secondary, set_property
from guiapp.look.number import NumberField
from guiapp.look.pair import PairField
from guiapp.ui.form_editors.base import ROW, Editor, extra
from guiapp.ui.form_editors.simple import Choice


class Limits:
    """The range of a number, from the declaration of its field.

    Attributes
    ----------
    low, high : float or None
        The ends; an end that a whole number must stay clear of is moved by one, so that it may be reached.
    positive : bool
        Whether it must be more than 0: such numbers are stepped along 1, 2, 5, 10.
    """

    def __init__(self, metadata: Iterable[object], *, whole: bool) -> None:
        found = {name: _limit(metadata, name) for name in ("ge", "gt", "le", "lt")}
        self.low, self.high = found["ge"], found["le"]
        if self.low is None and found["gt"] is not None:
            self.low = found["gt"] + 1 if whole else found["gt"]
        if self.high is None and found["lt"] is not None:
            self.high = found["lt"] - 1 if whole else found["lt"]
        self.positive = found["gt"] == 0 and not whole

    def step(self, default: object) -> float:
        """Return what one arrow press adds to a decimal number."""
        if isinstance(default, float) and 0 < default < 0.05:
            return float(10.0 ** math.floor(math.log10(default)))
        return 0.05 if self.high is not None and self.high <= 1 else 0.1


def _limit(metadata: Iterable[object], name: str) -> float | None:
    for item in metadata:
        value = getattr(item, name, None)
        if value is not None:
            return float(value)
    return None


class FieldEditor(Editor):
    """What all editors share whose control is a field that checks what is typed into it."""

    def __init__(self, label: str, field: NumberField | PairField) -> None:
        super().__init__(label)
        # The field's own sentence would be no wider than the field, beside its unit.
        self._tells_inner = True
        self.field = field
        self.place(field)
        self.first = field
        field.valueChanged.connect(self.edited)
        field.problemChanged.connect(self._refresh)
        field.editingFinished.connect(self._field_finished)

    def set_value(self, value: Any) -> None:
        """Show `value`; the text stays where it says the same."""
        self.field.set_value(value)

    def inner_problem(self) -> str:
        """What is wrong with the text."""
        return self.field.problem()

    def _field_finished(self) -> None:
        if not (self.draft() and any(line.hasFocus() for line in self.outlined())):
            self.finished.emit()

    def label_with(self, label: QLabel) -> None:
        """Let a drag on the label change what the field holds."""
        self.field.drag_label(label)


class NumberEditor(FieldEditor):
    """A whole or decimal number."""

    field: NumberField

    def __init__(self, label: str, info: FieldInfo, value: Any, *, whole: bool, unit: str) -> None:
        limits = Limits(info.metadata, whole=whole)
        field = NumberField(
            value,
            low=limits.low,
            high=limits.high,
            step=None if whole else limits.step(info.default),
            log=limits.positive,
            whole=whole,
            unit=unit,
            name=label,
            help_text=info.description or "",
            zero_text=extra(info, "zero"),
            inline=False,
        )
        super().__init__(label, field)
        self.watch_line(field.line)

    def outlined(self) -> list[QWidget]:
        """The line."""
        return [self.field.line]


class PairEditor(FieldEditor):
    """Height and width."""

    field: PairField

    def __init__(self, label: str, info: FieldInfo, value: Any, *, unit: str) -> None:
        side = get_args(info.annotation)[0]
        metadata = [m for item in get_args(side)[1:] for m in getattr(item, "metadata", (item,))]
        limits = Limits(metadata, whole=True)
        field = PairField(
            value,
            low=None if limits.low is None else int(limits.low),
            high=None if limits.high is None else int(limits.high),
            unit=unit,
            name=label,
            help_text=info.description or "",
            inline=False,
        )
        for half in (field.height_field, field.width_field):
            half.line.setMinimumWidth(40)
        super().__init__(label, field)
        for half in (field.height_field, field.width_field):
            self.watch_line(half.line)

    def outlined(self) -> list[QWidget]:
        """Both lines."""
        return [self.field.height_field.line, self.field.width_field.line]

    def _refresh(self) -> None:
        super()._refresh()
        for half in (self.field.height_field, self.field.width_field):
            set_property(half.line, "problem", bool(half.problem()) if self.inner_problem() else self.mark())


class InitializerEditor(Editor):
    """A scheme, and under it its number where it has one."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self.scheme = Choice(label, info.description or "", get_args(Scheme))
        self.number = NumberField(0.05, low=0, high=1e6, step=0.01, name=f"{label}: number", handle=False)
        self._word = secondary(wrap=False)
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._word, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.number, 1)
        self._word.setFixedHeight(ROW)
        self.place(self.scheme)
        self.place(self._row)
        self.first = self.scheme
        self.set_value(value)
        self.scheme.activated.connect(self._scheme_chosen)
        self.number.valueChanged.connect(self._number_entered)
        self.number.problemChanged.connect(self._refresh)
        self.watch(self.scheme)
        self.watch_line(self.number.line)

    def set_value(self, value: Any) -> None:
        """Show the scheme, and the number in force."""
        self.scheme.choose(value.scheme)
        title = VALUE_OF.get(value.scheme, ("", 0.0))[0]
        self._row.setVisible(bool(title))
        if title:
            self._word.setText("σ" if title.endswith("σ") else title)
            self._word.setToolTip(title)
            self.number.line.setAccessibleName(f"{self.label}: {title}")
            self.number.set_range(-1e6 if value.scheme == "constant" else 0, 1e6)
            self.number.set_value(value.number)

    def inner_problem(self) -> str:
        """What is wrong with the number."""
        return self.number.problem() if not self._row.isHidden() else ""

    def outlined(self) -> list[QWidget]:
        """The list."""
        return [self.scheme]

    def _scheme_chosen(self, _index: int) -> None:
        fresh = Initializer(scheme=self.scheme.currentData())
        self.set_value(fresh)
        self.edited.emit(fresh)

    def _number_entered(self, number: float) -> None:
        self.edited.emit(Initializer(scheme=self.scheme.currentData(), value=number))
