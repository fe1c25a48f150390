"""The page of the health report: what was found, what follows from it, and what can be done at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from guiapp.core.dataset_settings import Balance
from guiapp.data.findings import Finding, counted
from guiapp.data.health import GREY, Health
from guiapp.data.leaks import Rows
from guiapp.look.heading import KeyValue, caption, heading, secondary, title
from guiapp.look.icons import pixmap
from guiapp.look.theme import theme
from guiapp.ui.data.health_groups import MOST, GroupList, copies_of
from guiapp.ui.data.health_sizes import SizeChart, sizes_text
from guiapp.ui.health_model import HealthModel

SIDE = 300
BALANCES: tuple[tuple[str, Balance], ...] = (
    ("Use class weights", "class weights"),
    ("Use balanced sampling", "balanced sampling"),
)
FORMATS = {"array": "Arrays of pixels"}
MODES = {
    "CMYK": ("CMYK, as for print", "They are turned into RGB."),
    "16 bit": ("16 bits a value", "They are scaled to 8 bits."),
    "alpha": ("Partly transparent", "They are laid on white."),
    "palette": ("With a palette", "They are shown in the palette's colours."),
    "rotated": ("Turned by the camera", "They are shown upright, as their EXIF notes say."),
    "animated": ("Animated", "Their first picture is used."),
}
KEYS_HINT = "Enter shows a group in the gallery, Delete leaves out all but one."


class FindingRow(QWidget):
    """One finding: an icon, what it is, what follows from it, and buttons."""

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = finding
        self.buttons: list[QPushButton] = []
        self._mark = QLabel()
        self._mark.setFixedWidth(20)
        self._tint()
        theme.changed.connect(self._tint)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(heading(finding.title))
        words.addWidget(secondary(finding.text))
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._row.addStretch(1)
        words.addSpacing(4)
        words.addLayout(self._row)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 4, 0, 4)
        whole.setSpacing(8)
        column = QVBoxLayout()
        column.addWidget(self._mark)
        column.addStretch(1)
        whole.addLayout(column)
        whole.addLayout(words, 1)
        self.setAccessibleName(finding.title)

    def add_button(self, text: str, clicked: Callable[[], object]) -> QPushButton:
        """Add a button; `clicked` is called when it is pressed."""
        button = QPushButton(text)
        button.setAccessibleDescription(self.finding.title)
        button.clicked.connect(lambda _checked=False: clicked())
        self._row.insertWidget(self._row.count() - 1, button)
        self.buttons.append(button)
        return button

    def _tint(self) -> None:
        name = "error" if self.finding.level == "bad" else "warning"
        self._mark.setPixmap(pixmap(name, 20, self.finding.level, self.devicePixelRatioF()))


class Report(QWidget):
    """What was found in the images.

    Signals
    -------
    show_rows(str, object)
        These rows of `DatasetModel.active` are to be shown in the gallery under this title.
    began_again()
        Something was mended, and the first of what is left has the focus.
    """

    show_rows = Signal(str, object)
    began_again = Signal()

    def __init__(self, model: HealthModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._health: Health | None = None
        self.rows: list[FindingRow] = []
        self.kinds: dict[str, QPushButton] = {}
        self.title = title("")
        self._good = QLabel()
        self._notes = secondary("")
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.groups = GroupList()
        self._groups_title, self._hint = heading("Copies"), caption(KEYS_HINT)
        self.chart = SizeChart()
        self._sizes = secondary("")
        self._kinds = QVBoxLayout()
        self._kinds.setSpacing(0)
        self._lay_out()
        self._tint()
        theme.changed.connect(self._tint)
        self.groups.opened.connect(lambda group: self._show("Copies", np.array(group.rows, np.intp)))
        self.groups.left_out.connect(lambda group: model.leave_out_copies(group.rows))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._good)
        head.addWidget(self.title, 1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(head)
        left.addWidget(self._notes)
        left.addLayout(self._list)
        left.addSpacing(8)
        left.addWidget(self._groups_title)
        left.addWidget(self._hint)
        left.addWidget(self.groups)
        left.addStretch(1)
        aside = QWidget()
        aside.setFixedWidth(SIDE)
        right = QVBoxLayout(aside)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(4)
        right.addWidget(heading("Sizes"))
        right.addWidget(self._sizes)
        right.addWidget(self.chart)
        right.addSpacing(16)
        right.addWidget(heading("Kinds of files"))
        right.addLayout(self._kinds)
        right.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(16, 16, 16, 16)
        whole.setSpacing(24)
        whole.addLayout(left, 1)
        whole.addWidget(aside)

    def _tint(self) -> None:
        self._good.setPixmap(pixmap("check", 20, "good", self.devicePixelRatioF()))

    def refresh(self) -> None:
        """Show what the model holds now."""
        health, found = self._model.health, self._model.findings
        if health is None:
            return
        images = counted(len(health))
        self.title.setText(
            f"{images} checked: {counted(len(found), 'thing', 'things')} to look at"
            if found
            else f"{images}, nothing found"
        )
        self._good.setVisible(not found)
        self._notes.setText(
            " ".join(health.notes)
            or ("" if found else "All can be read, none is there twice, and the classes are even enough.")
        )
        self._notes.setVisible(bool(self._notes.text()))
        self._fill_findings(found)
        copies, count = copies_of(found)
        self.groups.set_groups(copies, self._model.arranged)
        for widget in (self._groups_title, self._hint, self.groups):
            widget.setVisible(bool(copies))
        more = f" The first {MOST:,} of {count:,} are shown." if count > MOST else ""
        self._hint.setText(KEYS_HINT + more)
        if health is not self._health:
            self._health = health
            self._fill_kinds(health)

    def _fill_findings(self, found: tuple[Finding, ...]) -> None:
        if tuple(row.finding for row in self.rows) == found:
            return
        focused = next((button for row in self.rows for button in row.buttons if button.hasFocus()), None)
        if focused is not None:
            focused.clearFocus()  # hidden with it, it would hand it on to what is far below, and the page would follow
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [self._row_of(finding) for finding in found]
        for row in self.rows:
            self._list.addWidget(row)
        left = [button for row in self.rows for button in row.buttons]
        if focused is not None and left:  # who works with the keys goes on with what is left
            left[0].setFocus()
            self.began_again.emit()

    def _row_of(self, finding: Finding) -> FindingRow:
        row = FindingRow(finding)
        if len(finding.rows):
            row.add_button("Show", lambda: self._show(finding.title, finding.rows))
        if finding.mend:
            row.add_button(finding.mend, lambda: self._model.mend(finding))
        if finding.key == "balance":
            for text, how in BALANCES:
                row.add_button(text, lambda how=how: self._model.balance(how))  # type: ignore[misc]
        return row

    def _show(self, name: str, rows: Rows) -> None:
        self.show_rows.emit(name, self._model.active_rows(rows))

    def _fill_kinds(self, health: Health) -> None:
        text = sizes_text(health.widths, health.heights)
        self._sizes.setText(text)
        self.chart.set_sizes(health.widths, health.heights)
        self.chart.setVisible(not text.startswith("All"))
        while item := self._kinds.takeAt(0):
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        self.kinds.clear()
        for name, rows in health.formats.items():
            self._add_kind(name, FORMATS.get(name, name), "", rows)
        for name, rows in health.modes.items():
            self._add_kind(name, *_mode_words(name, rows, health))

    def _add_kind(self, key: str, name: str, tip: str, rows: Rows) -> None:
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(KeyValue(name, f"{len(rows):,}", tip), 1)
        show = QPushButton("Show")
        show.setProperty("flat", True)
        show.setToolTip(f"Show these images in the gallery. {tip}".strip())
        show.setAccessibleName(f"Show {name}")
        show.clicked.connect(lambda _checked=False: self._show(name, rows))
        row.addWidget(show)
        self._kinds.addWidget(line)
        self.kinds[key] = show


def _mode_words(name: str, rows: Rows, health: Health) -> tuple[str, str, Rows]:
    """Return a mode's name, what is done with such images, and which images are shown: of grey or colour the few."""
    if name != GREY:
        return (*MODES[name], rows)
    readable = np.flatnonzero(health.widths > 0)
    coloured = readable[~np.isin(readable, rows)]
    tip = "Where they are in one class more than in others, the network may learn the colour and not the thing."
    if len(rows) <= len(coloured):
        return "Grey among colour", tip, rows
    return "Colour among grey", tip, coloured
