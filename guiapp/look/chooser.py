"""A drop-down list that gives way when there is little room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QComboBox, QSizePolicy, QStyle, QStyleOptionComboBox, QStylePainter, QWidget


class Chooser(QComboBox):
    """A list of words to choose from, which gives way when there is little room.

    Signals
    -------
    chosen(int)
        The person chose the entry with this number.
    """

    chosen = Signal(int)

    def __init__(self, what: str, letters: int = 7, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(letters)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(220)
        self._what = what
        self.setAccessibleName(what)
        self.setToolTip(what)
        self.activated.connect(self.chosen)

    def entries(self) -> list[str]:
        """Return the words."""
        return [self.itemText(i) for i in range(self.count())]

    def set_entries(self, words: Sequence[str], current: int) -> None:
        """Show other words; nothing is emitted."""
        if self.entries() != list(words):
            self.clear()
            self.addItems(list(words))
            self.setEnabled(bool(words))
        self.setCurrentIndex(current)
        self.setToolTip(f"{self._what}: {self.currentText()}" if current >= 0 else self._what)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it; of words without room both ends stay."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width() - 2
        room -= self.iconSize().width() + 4 if not self.itemIcon(self.currentIndex()).isNull() else 0
        option.currentText = self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideMiddle, room)
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def minimumSizeHint(self) -> QSize:
        """Return room for a few letters."""
        return QSize(76, super().minimumSizeHint().height())
