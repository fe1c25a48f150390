"""The row above the gallery: which images are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QSlider, QWidget

from guiapp.data.dataset import SPLIT_NAMES
from guiapp.look.icons import set_icon
from guiapp.look.search import SearchField
from guiapp.ui.data.wall import Chip, State, Wanted

STATES: dict[State, str] = {"left out": "Left out", "relabelled": "Relabelled", "damaged": "Damaged"}
ORDERS = (("Mixed", "mixed"), ("By class", "class"), ("By name", "name"))
SMALLEST, LARGEST, USUAL = 48, 224, 128


class Filters(QWidget):
    """Fields for class, split, state and name; a chip for what another view sent; order and size of the thumbnails.

    Signals
    -------
    changed(object)
        The person asks for something else: a `Wanted`.
    side_changed(int)
        The thumbnails are to have another size.
    left()
        Down was pressed in the name: the keys are for the gallery.

    Attributes
    ----------
    wanted : Wanted
        What is asked for.
    """

    changed = Signal(object)
    side_changed = Signal(int)
    left = Signal()

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._telling = False
        self.wanted = Wanted()
        self.classes = _combo("Class", "Show only images of one class", 120)
        self.splits = _combo("Split", "Show only images of one split", 120)
        self.states = _combo("State", "Show only images that are left out, relabelled or damaged", 120)
        # Its counts must not be cut off.
        self.states.setMaximumWidth(220)
        self.states.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.orders = _combo("Order", "The order of the images", 104)
        self.search = SearchField("File name")
        self.search.setMinimumWidth(96)
        self.search.setMaximumWidth(220)
        self.chip = QPushButton()
        self.chip.setProperty("chip", True)
        self.chip.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        set_icon(self.chip, "close")
        self.chip.hide()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self._prepare()
        self._lay_out()
        self._connect()

    def _prepare(self) -> None:
        self.slider.setRange(SMALLEST, LARGEST)
        self.slider.setValue(int(str(self._settings.value("data/thumbnails", USUAL))))
        self.slider.setFixedWidth(80)
        self.slider.setToolTip("Size of the thumbnails")
        self.slider.setAccessibleName("Size of the thumbnails")
        _fill(self.orders, [*ORDERS])
        self.orders.setCurrentIndex(max(0, self.orders.findData(str(self._settings.value("data/order", "mixed")))))
        self.wanted = replace(self.wanted, order=self.orders.currentData())
        self.set_choices((), (), {})

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(8)
        for widget in (self.classes, self.splits, self.states, self.search, self.chip):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.orders)
        row.addWidget(self.slider)

    def _connect(self) -> None:
        for combo in (self.classes, self.splits, self.states, self.orders):
            combo.currentIndexChanged.connect(self._edited)
        self.search.textChanged.connect(self._edited)
        self.search.downPressed.connect(self.left)
        self.chip.clicked.connect(lambda _checked=False: self.ask(replace(self.wanted, chip=None)))
        self.slider.valueChanged.connect(self.side_changed)

    def _edited(self) -> None:
        if not self._telling:
            return
        self.ask(
            replace(
                self.wanted,
                label=self.classes.currentData(),
                split=self.splits.currentData(),
                state=self.states.currentData(),
                order=self.orders.currentData(),
                text=self.search.text(),
            )
        )

    def ask(self, wanted: Wanted) -> None:
        """Ask for something else."""
        if wanted != self.wanted:
            self.show_wanted(wanted)
            self.changed.emit(wanted)

    def clear(self) -> None:
        """Ask for every image."""
        self.ask(Wanted(order=self.wanted.order))

    def show_wanted(self, wanted: Wanted) -> None:
        """Show what is asked for, asking nothing."""
        self.wanted = wanted
        self._telling = False
        self.setUpdatesEnabled(False)
        for combo, value in (
            (self.classes, wanted.label),
            (self.splits, wanted.split),
            (self.states, wanted.state),
            (self.orders, wanted.order),
        ):
            combo.setCurrentIndex(max(0, combo.findData(value)))
        if self.search.text() != wanted.text:
            self.search.setText(wanted.text)
        self._show_chip(wanted.chip)
        self.setUpdatesEnabled(True)
        self._telling = True

    def _show_chip(self, chip: Chip | None) -> None:
        self.chip.setVisible(chip is not None)
        if chip is not None:
            self.chip.setText(chip.title)
            self.chip.setToolTip(f"Only {chip.title[:1].lower()}{chip.title[1:]} are shown. Click to show all again")
            self.chip.setAccessibleName(f"Show more than {chip.title}")

    def set_choices(self, names: Sequence[str], splits: Sequence[int], counts: dict[State, int]) -> None:
        """Offer these classes and splits, and say how many images are in each state."""
        _fill(self.classes, [("All classes", None), *((name, name) for name in names)])
        _fill(self.splits, [("All splits", None), *((SPLIT_NAMES[which].capitalize(), which) for which in splits)])
        states = [(f"{words} ({counts.get(state, 0):,})", state) for state, words in STATES.items()]
        _fill(self.states, [("Any state", ""), *states])
        self.show_wanted(self.wanted)

    def save_state(self) -> None:
        """Remember the order and the size of the thumbnails."""
        self._settings.setValue("data/thumbnails", self.slider.value())
        self._settings.setValue("data/order", self.wanted.order)


def _combo(name: str, tip: str, width: int) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(tip)
    combo.setMinimumWidth(width)
    combo.setMaximumWidth(180)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return combo


def _fill(combo: QComboBox, entries: Sequence[tuple[str, object]]) -> None:
    if [combo.itemText(i) for i in range(combo.count())] == [text for text, _ in entries]:
        return
    combo.blockSignals(True)
    combo.clear()
    for text, data in entries:
        combo.addItem(text, data)
    combo.blockSignals(False)
