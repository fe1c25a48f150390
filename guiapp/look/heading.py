"""Small helpers for words on a page: titles, headings, captions, a name with its figure, a hairline."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from guiapp.look.theme import tabular

LONG_WORD = 20


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet looks at, and restyle the widget if that changed it."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def _label(text: str, role: str, *, wrap: bool = False, selectable: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setProperty("role", role)
    label.setWordWrap(wrap)
    if selectable:
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def breakable(text: str) -> str:
    """Return `text` with places at which its longest words, as names of layers are, may go on in another line."""
    words = text.split(" ")
    return " ".join(word.replace("_", "_\u200b") if len(word) > LONG_WORD else word for word in words)


def title(text: str = "") -> QLabel:
    """Return a page's title, 16 px."""
    return _label(text, "title")


def heading(text: str = "") -> QLabel:
    """Return a group's heading, 12 px bold."""
    return _label(text, "heading")


def caption(text: str = "") -> QLabel:
    """Return a caption, 11 px."""
    return _label(text, "caption")


def secondary(text: str = "", *, wrap: bool = True) -> QLabel:
    """Return text that explains, 12 px."""
    return _label(text, "secondary", wrap=wrap)


def problem(text: str = "") -> QLabel:
    """Return a sentence that says what is wrong."""
    return _label(text, "problem", wrap=True)


def big(text: str = "") -> QLabel:
    """Return the one number that matters, 22 px."""
    return figures(_label(text, "big"))


def figures(label: QLabel) -> QLabel:
    """Give `label` figures of one width."""
    label.setFont(tabular(label.font()))
    return label


def hairline(*, vertical: bool = False) -> QFrame:
    """Return a line of 1 px."""
    line = QFrame()
    line.setProperty("role", "hairline")
    line.setFixedWidth(1) if vertical else line.setFixedHeight(1)
    return line


class KeyValue(QWidget):
    """A name at the left, its figure right-aligned in tabular digits."""

    def __init__(self, name: str, value: str = "", tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = _label(name, "secondary")
        self._value = figures(_label(value, "figure", selectable=True))
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._name)
        row.addWidget(self._value, 1)
        self.setToolTip(tip)
        self.set_value(value)

    def value(self) -> str:
        """Return the figure as it is shown."""
        return self._value.text()

    def set_value(self, value: str) -> None:
        """Show another figure."""
        self._value.setText(value)
        self.setAccessibleName(f"{self._name.text()}: {value}")
