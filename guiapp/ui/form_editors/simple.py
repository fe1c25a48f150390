"""Editors of what is no number: a box to tick, a choice, a line of text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLineEdit,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolButton,
    QWidget,
)

from guiapp.look.icons import set_icon
from guiapp.ui.form_editors.base import Editor

WIDEST = 480


class BoolEditor(Editor):
    """A box to tick."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self.box = QCheckBox()
        self.box.setAccessibleName(label)
        self.box.setToolTip(info.description or "")
        self.place(self.box)
        self.first = self.box
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

    def __init__(self, label: str, help_text: str, choices: Iterable[object], *, verbatim: bool = False) -> None:
        super().__init__()
        for choice in choices:
            self.addItem(str(choice) if verbatim else str(choice).replace("_", " "), choice)
        self.setAccessibleName(label)
        self.setToolTip(help_text)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(4)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def choose(self, value: object) -> None:
        """Show `value`."""
        self.setCurrentIndex(next((i for i in range(self.count()) if self.itemData(i) == value), -1))

    def showPopup(self) -> None:
        """Open the list as wide as its longest line, to a point."""
        self.view().setMinimumWidth(min(self.view().sizeHintForColumn(0) + 24, WIDEST))
        super().showPopup()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Shorten what does not fit with an …; a style sheet would have it cut."""
        painter, option = QStylePainter(self), QStyleOptionComboBox()
        self.initStyleOption(option)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, part, self).width() - 2
        option.currentText = self.fontMetrics().elidedText(option.currentText, Qt.TextElideMode.ElideMiddle, room)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page unless the person is in this field."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ChoiceEditor(Editor):
    """One of a few values, which are shown as they are where `verbatim`."""

    def __init__(
        self, label: str, info: FieldInfo, value: Any, choices: Iterable[object], *, verbatim: bool = False
    ) -> None:
        super().__init__(label)
        self.box = Choice(label, info.description or "", choices, verbatim=verbatim)
        self.place(self.box)
        self.first = self.box
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
        self.first = self.line
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


class FileEditor(TextEditor):
    """A line with the path of a file, and a button that looks for one."""

    def __init__(self, label: str, info: FieldInfo, value: Any, files: str) -> None:
        super().__init__(label, info, value)
        self._files = files
        self.button = QToolButton()
        self.button.setToolTip(f"Look for the file ({label})")
        self.button.setAccessibleName(f"Look for the file: {label}")
        set_icon(self.button, "folder")
        self.place_beside(self.button)
        self.button.clicked.connect(lambda _on=False: self.look())

    def look(self) -> None:
        """Ask for the file."""
        path, _ = QFileDialog.getOpenFileName(self.window(), self.label, self.line.text(), self._files)
        if path:
            self.line.setText(path)
            self.edited.emit(path)
            self.finished.emit()
