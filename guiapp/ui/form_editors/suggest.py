"""The editor of a name out of many: found as one types, in a list that opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic.fields import FieldInfo
from PySide6.QtCore import QEvent, QObject, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QCompleter, QLineEdit, QToolButton, QWidget

from guiapp.look.icons import set_icon
from guiapp.ui.form_editors.base import Editor
from guiapp.ui.form_editors.simple import WIDEST

MOST_SHOWN = 12


class SuggestEditor(Editor):
    """A line that takes one of the names of a list, and finds those that hold what is typed."""

    def __init__(self, label: str, info: FieldInfo, value: Any) -> None:
        super().__init__(label)
        self._tells_inner = True
        self._options: Sequence[str] = ()
        self._wrong = self._began = ""
        self.line, self.button = QLineEdit(), QToolButton()
        self.line.setAccessibleName(label)
        self.line.setToolTip(info.description or "")
        self.line.setPlaceholderText("Type to search")
        self.completer = QCompleter(self)
        self.completer.setModel(QStringListModel(self.completer))
        self.completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.setMaxVisibleItems(MOST_SHOWN)
        self.line.setCompleter(self.completer)
        self.button.setToolTip(f"Show all that can be chosen ({label})")
        self.button.setAccessibleName(f"Show all that can be chosen: {label}")
        set_icon(self.button, "chevron-down")
        self.place(self.line)
        self.place_beside(self.button)
        self.first = self.line
        self.set_value(value)
        self.line.textEdited.connect(self._typed)
        self.completer.activated.connect(self._chosen)
        self.button.clicked.connect(lambda _on=False: self.show_all())
        self.watch_line(self.line)

    def set_options(self, options: Sequence[str]) -> None:
        """Offer these names, in this order."""
        if options != self._options:
            self._options = tuple(options)
            model = self.completer.model()
            assert isinstance(model, QStringListModel)
            model.setStringList(list(self._options))
            # Names are often longer than the line is wide.
            widest = self.fontMetrics().horizontalAdvance(max(self._options, key=len, default=""))
            self.popup().setMinimumWidth(min(widest + 40, WIDEST))

    def set_value(self, value: Any) -> None:
        """Show `value`; the cursor stays where the text is the same."""
        if self.line.text() != (value or ""):
            self.line.setText(value or "")
        if not self.line.hasFocus():
            self._began = value or ""
        self._say("")

    def inner_problem(self) -> str:
        """Whether what is typed is no name of the list."""
        return self._wrong

    def outlined(self) -> list[QWidget]:
        """The line."""
        return [self.line]

    def popup(self) -> QAbstractItemView:
        """Return the list of the names that are found."""
        popup = self.completer.popup()
        assert popup is not None
        return popup

    def show_all(self) -> None:
        """Open the whole list."""
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)
        self.completer.setCompletionPrefix("")
        self.completer.complete()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Open the whole list on the Down key, and remember what was there before the typing."""
        if event.type() == QEvent.Type.FocusIn and not self._wrong:
            self._began = self.line.text()
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Down:
            self.show_all()
            return True
        return super().eventFilter(watched, event)

    def _typed(self, text: str) -> None:
        name = next((name for name in self._options if name.casefold() == text.strip().casefold()), "")
        if name or not text.strip():
            self._say("")
            self.edited.emit(name)
            return
        held = sum(text.casefold() in name.casefold() for name in self._options)
        self._say(f"Choose one of the {held:,} that hold “{text}”." if held else f"None is called “{text}”.")
        # The beginning of another name is not meant.
        self.edited.emit(self._began)

    def _chosen(self, name: str) -> None:
        self.line.setText(name)
        self._say("")
        self.edited.emit(name)

    def _say(self, text: str) -> None:
        if text != self._wrong:
            self._wrong = text
            self._refresh()
