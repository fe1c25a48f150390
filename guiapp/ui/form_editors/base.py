"""What every editor of a field is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from guiapp.look.elide import ElidedButton
from guiapp.look.heading import breakable, problem, set_property
from guiapp.look.undo_keys import share_undo

ROW = 28


def extra(info: FieldInfo, key: str) -> str:
    """Return what the declaration of a field says for the form, or ""."""
    found = info.json_schema_extra
    return str(found.get(key, "")) if isinstance(found, dict) else ""


class Repairs(QWidget):
    """The buttons of the repairs of a field, below it; further to the left where their words are too long for that."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.buttons: list[QPushButton] = []
        self._indent = 0
        self.hide()

    def show_buttons(self, buttons: list[QPushButton]) -> None:
        """Show other buttons."""
        for button in self.buttons:
            self._column.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = buttons
        for button in buttons:
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._begin()

    def begin_at(self, indent: int) -> None:
        """Begin so far to the right, in px, where there is room."""
        self._indent = indent
        self._begin()

    def _begin(self) -> None:
        widest = max((button.sizeHint().width() for button in self.buttons), default=0)
        self._column.setContentsMargins(max(min(self._indent, self.width() - widest), 0), 0, 0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Begin where the words have room."""
        super().resizeEvent(event)
        self._begin()


class Editor(QWidget):
    """The control of one field, with the sentence that says what is wrong with it below.

    Signals
    -------
    edited(object)
        The person entered this value; where wrong text was typed, the value from before the typing.
    finished()
        The person left the control, or pressed Return on what was taken, or Escape on what was not.
    entered()
        The control has the focus.
    repairAsked(int)
        The button of a repair that was offered was pressed, counted from 0.
    """

    edited = Signal(object)
    finished = Signal()
    entered = Signal()
    repairAsked = Signal(int)

    def __init__(self, label: str) -> None:
        super().__init__()
        self.label = label
        # No focus proxy: Tab would come to the editor itself wherever Qt left it when its parts were moved.
        self.first: QWidget = self
        self._tells_inner = False
        self._outside = self._refusal = ""
        self._warning = False
        self._sentence = problem()
        self._sentence.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self._sentence)
        self._repairs: tuple[str, ...] = ()
        self.repairs = Repairs(self)

    @property
    def repair_buttons(self) -> list[QPushButton]:
        """The buttons of the repairs that are offered."""
        return self.repairs.buttons

    def place(self, control: QWidget) -> None:
        """Put `control` above the sentence."""
        self._column.insertWidget(self._column.indexOf(self._sentence), control)

    def place_beside(self, unit: QWidget) -> None:
        """Put `unit` at the right of the first control; the sentence has the whole width."""
        first = self._column.takeAt(0)
        control = first.widget() if first is not None else None
        row = QHBoxLayout()
        row.setSpacing(8)
        if control is not None:
            row.addWidget(control, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(unit, 0, Qt.AlignmentFlag.AlignTop)
        self._column.insertLayout(0, row)

    def set_value(self, value: Any) -> None:
        """Show `value` without emitting `edited`."""
        raise NotImplementedError

    def inner_problem(self) -> str:
        """What the control itself found wrong with what was typed."""
        return ""

    def outlined(self) -> list[QWidget]:
        """The parts that get a border in the colour of what is said: red, or amber where it is only a warning."""
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

    def offer(self, repairs: Sequence[str]) -> None:
        """Show a button for each of these repairs below the field."""
        if tuple(repairs) == self._repairs:
            return
        self._repairs = tuple(repairs)
        buttons: list[QPushButton] = []
        for i, text in enumerate(repairs):
            button = ElidedButton(text)
            button.clicked.connect(lambda _on=False, i=i: self.repairAsked.emit(i))
            buttons.append(button)
        self.repairs.show_buttons(buttons)
        self.repairs.setVisible(bool(buttons) and not self.isHidden())

    def watch(self, control: QWidget) -> None:
        """Emit `finished` when the focus leaves `control`, and on Escape where its content was not taken."""
        control.installEventFilter(self)

    def watch_line(self, line: QLineEdit) -> None:
        """Watch a line of text, and leave the keys of undo to the window: what is typed is committed at once."""
        self.watch(line)
        share_undo(line, self.draft, self.finished.emit)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """See the focus go, and Return and Escape come."""
        if event.type() == QEvent.Type.FocusIn:
            self.entered.emit()
        elif event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
                self.finished.emit()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                # What was not taken stays with the reason, or Return would seem to have taken it.
                if not self.draft():
                    self.finished.emit()
            elif event.key() == Qt.Key.Key_Escape and self.draft():
                self.finished.emit()
                return True
        return super().eventFilter(watched, event)

    def _refresh(self) -> None:
        inner = self.inner_problem()
        outer = "" if inner else self._refusal or self._outside
        shown = outer or (inner if self._tells_inner else "")
        own = inner or self._refusal
        set_property(self._sentence, "role", "warning" if self._warning and not own else "problem")
        if breakable(shown) != self._sentence.text():
            self._sentence.setText(breakable(shown))
        self._sentence.setVisible(bool(shown))
        for part in self.outlined():
            set_property(part, "problem", self.mark())
            part.setAccessibleDescription(inner or outer)

    def mark(self) -> str | bool:
        """How its parts are outlined: ``"warning"``, or True where something is wrong."""
        warned = self._warning and not self.draft()
        return "warning" if warned and self.problem() else bool(self.problem())
