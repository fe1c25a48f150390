"""The field for a size: height and width, linked or each for itself."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from guiapp.look.heading import problem
from guiapp.look.icons import set_icon
from guiapp.look.number import NumberField


class PairField(QWidget):
    """Two whole numbers (h, w) with a button that links them.

    Parameters
    ----------
    value : tuple of int
        Height and width; linked at first when they are equal.
    low, high : int, optional
        The range of both, ends included.
    unit, name, help_text : str
        As in `NumberField`; `name` is what the pair is: ``"Kernel"``.
    inline : bool
        As in `NumberField`.

    Signals
    -------
    valueChanged(object)
        A new good (h, w).
    editingFinished()
        The person pressed Return or left a field.
    problemChanged(str)
        A sentence, or "".
    """

    valueChanged = Signal(object)
    editingFinished = Signal()
    problemChanged = Signal(str)

    def __init__(
        self,
        value: tuple[int, int] = (1, 1),
        *,
        low: int | None = 1,
        high: int | None = None,
        unit: str = "",
        name: str = "Size",
        help_text: str = "",
        inline: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._value = value

        def number(which: str, start: int) -> NumberField:
            return NumberField(
                start,
                low=low,
                high=high,
                unit=unit,
                name=f"{name} {which}",
                help_text=help_text,
                inline=False,
                handle=False,
            )

        self.height_field, self.width_field = number("height", value[0]), number("width", value[1])
        self.link = QToolButton()
        self._sentence = problem()
        self._inline = inline
        self._build(name)
        self.link.setChecked(value[0] == value[1])
        self._retip(self.link.isChecked())

    def _build(self, name: str) -> None:
        self.link.setCheckable(True)
        self.link.setAccessibleName(f"Link {name} height and width")
        self.link.toggled.connect(self._linked)
        times = QLabel("×")
        times.setProperty("role", "secondary")
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.height_field, 1)
        row.addWidget(times, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.width_field, 1)
        row.addWidget(self.link, 0, Qt.AlignmentFlag.AlignTop)
        times.setFixedHeight(28)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._sentence)
        self._sentence.hide()
        self.height_field.valueChanged.connect(self._height_changed)
        self.width_field.valueChanged.connect(self._width_changed)
        for field in (self.height_field, self.width_field):
            field.problemChanged.connect(self._judge)
            field.editingFinished.connect(self.editingFinished)

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Give the focus to the first line; by a focus proxy the pair would be a stop of the Tab key itself."""
        self.height_field.setFocus(reason)

    def value(self) -> tuple[int, int]:
        """Return the last good (h, w)."""
        return self._value

    def problem(self) -> str:
        """Return what is wrong, or ""."""
        return self.height_field.problem() or self.width_field.problem()

    def set_value(self, value: tuple[int, int]) -> None:
        """Show another (h, w) without emitting `valueChanged`; unequal ones unlink."""
        self._value = value
        self.height_field.set_value(value[0])
        self.width_field.set_value(value[1])
        if value[0] != value[1]:
            self.link.setChecked(False)

    def set_range(self, low: int | None, high: int | None) -> None:
        """Set another range for both."""
        self.height_field.set_range(low, high)
        self.width_field.set_range(low, high)

    def set_problem(self, sentence: str) -> None:
        """Show a problem that somebody else found with the pair; "" takes it away."""
        self.height_field.set_problem(sentence)
        self.width_field.set_problem(sentence)

    def drag_label(self, label: QLabel) -> None:
        """Let a sideways drag on `label` change the height (and the width, where linked)."""
        self.height_field.drag_label(label)

    def _height_changed(self, number: int) -> None:
        self._changed(number, self.width_field)

    def _width_changed(self, number: int) -> None:
        self._changed(number, self.height_field)

    def _changed(self, number: int, other: NumberField) -> None:
        if self.link.isChecked():
            other.set_value(number)
        value = (int(self.height_field.value()), int(self.width_field.value()))
        if value != self._value:
            self._value = value
            self.valueChanged.emit(value)

    def _linked(self, on: bool) -> None:
        self._retip(on)
        if on and not self.problem() and self._value[0] != self._value[1]:
            self._changed(self._value[0], self.width_field)

    def _retip(self, on: bool) -> None:
        set_icon(self.link, "link" if on else "unlink")
        self.link.setToolTip("Height and width change together" if on else "Height and width change separately")

    def _judge(self) -> None:
        sentence = self.problem()
        if sentence != self._sentence.text():
            self._sentence.setText(sentence)
            self._sentence.setVisible(bool(sentence) and self._inline)
            self.problemChanged.emit(sentence)
