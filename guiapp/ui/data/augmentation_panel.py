"""The fields of augmentation in groups, with presets above them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from guiapp.core.augmentation import COLOUR, MOVEMENT, NOISE, Augmentation
from guiapp.look.heading import heading
from guiapp.ui.data.augmentation_advice import PRESETS
from guiapp.ui.form import FieldsForm

GROUPS = {"Movement": MOVEMENT, "Colour": COLOUR, "Noise and holes": NOISE}


class AugmentationPanel(QWidget):
    """Shows an `Augmentation` and says what the person wants changed.

    Signals
    -------
    edited(object, str, object)
        The form in which a field was edited, the field's name, and its new value.
    preset(object)
        The `Preset` that was chosen.
    """

    edited = Signal(object, str, object)
    preset = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.forms = tuple(FieldsForm(names=names) for names in GROUPS.values())
        self.presets: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(4)
        column.addWidget(heading("Start from"))
        column.addLayout(self._preset_buttons())
        for title, form in zip(GROUPS, self.forms, strict=True):
            column.addSpacing(8)
            column.addWidget(heading(title))
            column.addWidget(form)
            form.changed.connect(partial(self.edited.emit, form))
        column.addStretch(1)

    def _preset_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        for at, preset in enumerate(PRESETS):
            button = QPushButton(preset.title)
            button.setToolTip(preset.tip)
            button.clicked.connect(partial(self._choose, at))
            grid.addWidget(button, at // 2, at % 2)
            self.presets.append(button)
        return grid

    def _choose(self, at: int, _checked: bool = False) -> None:
        self.preset.emit(PRESETS[at])

    def set_value(self, value: Augmentation) -> None:
        """Show other settings."""
        for form in self.forms:
            form.set_value(value)

    def form_of(self, name: str) -> FieldsForm:
        """Return the form that shows a field."""
        return next(form for form in self.forms if name in form.names())
