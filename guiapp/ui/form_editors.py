"""One editor for each type of field; `editor_for` chooses it by the field's declaration."""

from __future__ import annotations

import math
import types
from collections.abc import Iterable
from typing import Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from guiapp.core.layers.parts import VALUE_OF, Initializer, Scheme
from guiapp.look.heading import problem, secondary, set_property
from guiapp.look.number import NumberField
from guiapp.look.pair import PairField
from guiapp.look.undo_keys import share_undo

ROW = 28


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


class Editor(QWidget):
    """The control of one field, with the sentence that says what is wrong with it below.

    Signals
    -------
    edited(object)
        The person entered this value; where wrong text was typed, the value from before the typing.
    finished()
        The person left the control, or pressed Return or, on what was not taken, Escape.
    """

    edited = Signal(object)
    finished = Signal()

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label
        self._outside = self._refusal = ""
        self._warning = False
        self._sentence = problem()
        self._sentence.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self._sentence)

    def place(self, control: QWidget) -> None:
        """Put `control` above the sentence."""
        self._column.insertWidget(self._column.count() - 1, control)

    def set_value(self, value: Any) -> None:
        """Show `value` without emitting `edited`."""
        raise NotImplementedError

    def inner_problem(self) -> str:
        """What the control itself found wrong with what was typed."""
        return ""

    def outlined(self) -> list[QWidget]:
        """The parts that get a red border."""
        return []

    def label_with(self, label: QLabel) -> None:
        """Make `label` the label of this editor."""
        if self.outlined():
            label.setBuddy(self.outlined()[0])

    def problem(self) -> str:
        """What is wrong, or ""."""
        return self.inner_problem() or self._refusal or self._outside

    def draft(self) -> bool:
        """Whether what the control shows was not taken."""
        return bool(self.inner_problem() or self._refusal)

    def refuse(self, text: str) -> None:
        """Say why what was entered was not taken; "" when that is over."""
        if text != self._refusal:
            self._refusal = text
            self._refresh()

    def show_problem(self, text: str, *, warning: bool = False) -> None:
        """Show what somebody else found wrong; what the control found itself goes first."""
        if text != self._outside or (text and warning != self._warning):
            self._outside, self._warning = text, warning
            self._refresh()

    def watch(self, control: QWidget) -> None:
        """Emit `finished` when the focus leaves `control`, and on Escape where its content was not taken."""
        control.installEventFilter(self)

    def watch_line(self, line: QLineEdit) -> None:
        """Watch a line of text, and leave the keys of undo to the window: what is typed is committed at once."""
        self.watch(line)
        share_undo(line, self.draft, self.finished.emit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the focus go, and Return and Escape come."""
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
                self.finished.emit()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.finished.emit()
            elif event.key() == Qt.Key.Key_Escape and self.draft():
                self.finished.emit()
                return True
        return super().eventFilter(watched, event)

    def _refresh(self) -> None:
        inner = self.inner_problem()
        shown = "" if inner else self._refusal or self._outside
        set_property(self._sentence, "role", "warning" if self._warning and not self._refusal else "problem")
        if shown != self._sentence.text():
            self._sentence.setText(shown)
        self._sentence.setVisible(bool(shown))
        for part in self.outlined():
            set_property(part, "problem", bool(inner or shown))
            part.setAccessibleDescription(inner or shown)


class FieldEditor(Editor):
    """What all editors share whose control is a field that checks what is typed into it."""

    def __init__(self, label: str, field: NumberField | PairField) -> None:
        super().__init__(label)
        self.field = field
        self.place(field)
        self.setFocusProxy(field)
        field.valueChanged.connect(self.edited)
        field.problemChanged.connect(self._refresh)
        field.editingFinished.connect(self.finished)

    def set_value(self, value: Any) -> None:
        """Show `value`; the text stays where it says the same."""
        self.field.set_value(value)

    def inner_problem(self) -> str:
        """What is wrong with the text."""
        return self.field.problem()

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
            set_property(half.line, "problem", bool(half.problem() or (self.problem() and not self.inner_problem())))


class BoolEditor(Editor):
    """A box to tick."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self.box = QCheckBox()
        self.box.setAccessibleName(label)
        self.box.setToolTip(info.description or "")
        self.place(self.box)
        self.setFocusProxy(self.box)
        self.set_value(value)
        self.box.clicked.connect(self._clicked)
        self.watch(self.box)

    def set_value(self, value: Any) -> None:
        """Tick it or not."""
        self.box.setChecked(bool(value))

    def outlined(self) -> list[QWidget]:
        """The box."""
        return [self.box]

    def _clicked(self, on: bool) -> None:
        self.edited.emit(on)


class Choice(QComboBox):
    """A list that opens; the wheel turns it only while it has the focus."""

    def __init__(self, label: str, help_text: str, choices: Iterable[object]) -> None:
        super().__init__()
        for choice in choices:
            self.addItem(str(choice).replace("_", " "), choice)
        self.setAccessibleName(label)
        self.setToolTip(help_text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def choose(self, value: object) -> None:
        """Show `value`."""
        self.setCurrentIndex(next((i for i in range(self.count()) if self.itemData(i) == value), -1))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page unless the person is in this field."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Editor):
    """One of a few values."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self.box = Choice(label, info.description or "", get_args(info.annotation))
        self.place(self.box)
        self.setFocusProxy(self.box)
        self.set_value(value)
        self.box.activated.connect(self._activated)
        self.watch(self.box)

    def set_value(self, value: Any) -> None:
        """Show `value`."""
        self.box.choose(value)

    def outlined(self) -> list[QWidget]:
        """The box."""
        return [self.box]

    def _activated(self, _index: int) -> None:
        self.edited.emit(self.box.currentData())


class TextEditor(Editor):
    """A line of text."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self.line = QLineEdit()
        self.line.setAccessibleName(label)
        self.line.setToolTip(info.description or "")
        self.place(self.line)
        self.setFocusProxy(self.line)
        self.set_value(value)
        self.line.textEdited.connect(self._typed)
        self.watch_line(self.line)

    def set_value(self, value: Any) -> None:
        """Show `value`; the cursor stays where the text is the same."""
        if self.line.text() != (value or ""):
            self.line.setText(value or "")

    def outlined(self) -> list[QWidget]:
        """The line."""
        return [self.line]

    def _typed(self, text: str) -> None:
        self.edited.emit(text)


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
        self.setFocusProxy(self.scheme)
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


def editor_for(label: str, info: FieldInfo, value: Any, unit: str) -> Editor:
    """Return the editor that suits a field.

    Raises
    ------
    TypeError
        When no editor knows the field's type.
    """
    kind: Any = info.annotation
    if get_origin(kind) in (Union, types.UnionType):
        kind = next((item for item in get_args(kind) if item is not type(None)), kind)
    if get_origin(kind) is Literal:
        return ChoiceEditor(label, info, value)
    if kind is bool:
        return BoolEditor(label, info, value)
    if kind in (int, float):
        return NumberEditor(label, info, value, whole=kind is int, unit=unit)
    if kind is str:
        return TextEditor(label, info, value)
    if kind is Initializer:
        return InitializerEditor(label, info, value)
    if get_origin(kind) is tuple and len(get_args(kind)) == 2:
        return PairEditor(label, info, value, unit=unit)
    raise TypeError(f"Expected a field of a type that the form can edit. Received: {label!r} of type {kind!r}")
