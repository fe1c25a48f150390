"""The field for one number: typed, stepped, scrolled or dragged; it says its range."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from guiapp.look.heading import problem, set_property
from guiapp.look.icons import set_icon
from guiapp.look.numbers import format_number, parse_number, range_sentence, stepped
from guiapp.look.theme import tabular

PX_A_STEP = 6


class _Dragged(QObject):
    """Turns a sideways drag on a widget into steps."""

    def __init__(self, handle: QWidget, field: NumberField) -> None:
        super().__init__(handle)
        self._field = field
        self._from: QPoint | None = None
        self._taken = 0
        handle.setCursor(Qt.CursorShape.SizeHorCursor)
        handle.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._field.isEnabled() or not isinstance(event, QMouseEvent):
            return False
        if event.type() == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton:
            self._from, self._taken = event.globalPosition().toPoint(), 0
            return True
        if event.type() == QEvent.Type.MouseMove and self._from is not None:
            self._move(event)
            return True
        if event.type() == QEvent.Type.MouseButtonRelease and self._from is not None:
            self._from = None
            if self._taken:
                self._field.editingFinished.emit()
            return True
        return False

    def _move(self, event: QMouseEvent) -> None:
        assert self._from is not None
        steps = int((event.globalPosition().toPoint().x() - self._from.x()) / PX_A_STEP)
        if steps != self._taken:
            self._field.step_by((steps - self._taken) * NumberField.boost(event.modifiers()))
            self._taken = steps


class _Line(QLineEdit):
    """The line of text; leaves arrows and the wheel to its field."""

    def __init__(self, field: NumberField) -> None:
        super().__init__(field)
        self._field = field

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 10, Qt.Key.Key_PageDown: -10}.get(
            Qt.Key(event.key()), 0
        )
        if steps and self.isEnabled() and not self.isReadOnly():
            self._field.step_by(steps * NumberField.boost(event.modifiers()))
        elif event.key() == Qt.Key.Key_Escape and self._field.drafting():
            self._field.revert()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._field.begin()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        # A menu, or another window, is not the end of the typing.
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self._field.finish()

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() or event.angleDelta().x()
        if not self.hasFocus() or not notches:
            event.ignore()
            return
        self._field.step_by((1 if notches > 0 else -1) * NumberField.boost(event.modifiers()))
        event.accept()


class NumberField(QWidget):
    """A field for a whole or a decimal number.

    Text that is no number, or out of range, is shown as a problem with a sentence while it is being typed, and
    `value` goes back to what it was when the typing began: the beginning of a wrong number is not meant. When the
    field is left, or Escape pressed, the text goes back to the value too; Return leaves it there with its sentence.

    Parameters
    ----------
    value : int or float
        What is shown at first; an int makes a field for whole numbers unless `whole` says otherwise.
    low, high : float, optional
        The range, ends included.
    step : float, optional
        What one arrow press adds; 1 for whole numbers, else 0.1. Shift makes it ten times as much.
    log : bool
        Step along 1, 2, 5, 10, … instead: learning rates.
    whole : bool, optional
        Whether only whole numbers count.
    unit : str
        A word after the range: ``"px"``.
    name : str
        What the number is, for the tip and for screen readers: ``"Filters"``.
    help_text : str
        A sentence for the tip.
    inline : bool
        Whether the field shows its problem below itself (else listen to `problemChanged`).
    handle : bool
        Whether there is a handle to drag at the right.
    zero_text : str
        What stands in the empty field, which then means 0: ``"no limit"``.

    Signals
    -------
    valueChanged(object)
        A new good value (int or float), at each change, also while typing.
    editingFinished()
        The person pressed Return on a good number, left the field, or ended a drag.
    problemChanged(str)
        A sentence, or "" when all is well again.
    """

    valueChanged = Signal(object)
    editingFinished = Signal()
    problemChanged = Signal(str)

    def __init__(
        self,
        value: float = 0,
        *,
        low: float | None = None,
        high: float | None = None,
        step: float | None = None,
        log: bool = False,
        whole: bool | None = None,
        unit: str = "",
        name: str = "Number",
        help_text: str = "",
        inline: bool = True,
        handle: bool = True,
        zero_text: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._whole = isinstance(value, int) if whole is None else whole
        self._low, self._high, self._unit = low, high, unit
        self._step, self._log = step if step is not None else (1 if self._whole else 0.1), log
        self._name, self._help = name, help_text
        self._value: float | int = value
        self._began: float | int = value
        self._problem, self._zero_text = "", zero_text
        self.line = _Line(self)
        self._handle = QToolButton(self)
        self._sentence = problem()
        self._inline = inline
        self._build()
        self._handle.setVisible(handle)
        self.set_value(value)

    def _build(self) -> None:
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.line.setFont(tabular(self.line.font()))
        self.line.setAccessibleName(self._name)
        self.line.setPlaceholderText(self._zero_text)
        self.line.textEdited.connect(self._typed)
        self.line.returnPressed.connect(self._entered)
        self._handle.setProperty("tiny", True)
        self._handle.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._handle.setAccessibleName(f"Drag to change {self._name}")
        set_icon(self._handle, "drag", "secondary")
        _Dragged(self._handle, self)
        self._sentence.hide()
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.line, 1)
        row.addWidget(self._handle)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._sentence)
        self._retip()

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the focus to the line: a focus proxy would be a stop of the Tab key of its own, wherever Qt left it."""
        self.line.setFocus(reason)

    @staticmethod
    def boost(modifiers: Qt.KeyboardModifier) -> int:
        """Return how many steps one step is: ten with Shift."""
        return 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1

    def value(self) -> float | int:
        """Return the last good value."""
        return self._value

    def problem(self) -> str:
        """Return what is wrong with the text, or ""."""
        return self._problem

    def set_value(self, value: float) -> None:
        """Show another value without emitting `valueChanged`; the text is left alone where it says the same."""
        value = int(value) if self._whole else float(value)
        if value != self._value:
            self._value = self._began = value
        if self._read() != self._value or not self.line.hasFocus():
            self.line.setText(self._written(self._value))
        self._set_problem(self._judge(self._value))

    def set_range(self, low: float | None, high: float | None) -> None:
        """Set another range (ends included); a value outside it becomes a problem, not another value."""
        self._low, self._high = low, high
        self._retip()
        self._set_problem(self._wrong())

    def set_problem(self, sentence: str) -> None:
        """Show a problem that somebody else found with the value; "" takes it away."""
        self._set_problem(sentence or self._judge(self._value))

    def drag_label(self, label: QLabel) -> None:
        """Let a sideways drag on `label` change the number, and make it the field's buddy."""
        label.setBuddy(self.line)
        _Dragged(label, self)

    def step_by(self, steps: int) -> None:
        """Move the value by `steps`, no further than the ends of the range."""
        moved = stepped(self._value, steps, self._step, log=self._log)
        if self._low is not None:
            moved = max(moved, self._low)
        if self._high is not None:
            moved = min(moved, self._high)
        moved = int(moved) if self._whole else moved
        self.line.setText(self._written(moved))
        self._check_text()

    def revert(self) -> None:
        """Show the value in force again."""
        self.line.setText(self._written(self._value))
        self._set_problem(self._judge(self._value))

    def drafting(self) -> bool:
        """Return whether the text is not the value: no number, or out of range."""
        return self._read() != self._value

    def begin(self) -> None:
        """Take the present value as the one that wrong text goes back to."""
        self._began = self._value

    def finish(self) -> None:
        """End the typing: the text becomes what is in force."""
        if self.drafting():
            self.revert()
        else:
            self.line.setText(self._written(self._value))
        self.begin()
        self.editingFinished.emit()

    def _entered(self) -> None:
        if not self.drafting():
            self.finish()

    def changeEvent(self, event: QEvent) -> None:
        """Keep the handle as enabled as the field."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and hasattr(self, "_handle"):
            self._handle.setEnabled(self.isEnabled())

    def _read(self) -> float | int | None:
        text = self.line.text()
        return 0 if self._zero_text and not text.strip() else parse_number(text, whole=self._whole)

    def _written(self, value: float) -> str:
        return "" if self._zero_text and not value else format_number(value, whole=self._whole)

    def _typed(self) -> None:
        self._check_text()

    def _check_text(self) -> None:
        wrong = self._wrong()
        number = self._read()
        self._set_problem(wrong)
        taken = self._began if wrong or number is None else number
        if taken != self._value:
            self._value = taken
            self.valueChanged.emit(taken)

    def _wrong(self) -> str:
        number = self._read()
        return f"{self._name} must be {self._range()}." if number is None else self._judge(number)

    def _judge(self, number: float) -> str:
        low = self._low is not None and number < self._low
        high = self._high is not None and number > self._high
        if not (low or high):
            return ""
        return f"{self._name} must be {self._range()}, not {format_number(number, whole=self._whole)}."

    def _range(self) -> str:
        return range_sentence(self._low, self._high, whole=self._whole, unit=self._unit)

    def _retip(self) -> None:
        range_text = self._range()
        lines = [self._help, f"{range_text[0].upper()}{range_text[1:]}.", "Arrows step; Shift makes ten steps."]
        self.line.setToolTip("\n".join(line for line in lines if line))
        self._handle.setToolTip(f"Drag sideways to change {self._name.lower()}.")

    def _set_problem(self, sentence: str) -> None:
        if sentence == self._problem:
            return
        self._problem = sentence
        set_property(self.line, "problem", bool(sentence))
        self.line.setAccessibleDescription(sentence)
        self._sentence.setText(sentence)
        self._sentence.setVisible(bool(sentence) and self._inline)
        self.problemChanged.emit(sentence)
