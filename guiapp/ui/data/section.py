"""A part of the left column under a heading that folds it away; what is folded is remembered."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import heading
from guiapp.look.icons import set_icon

GAP = 16


class Section(QWidget):
    """A heading, what is beside it, and the body below.

    Parameters
    ----------
    title : str
        The heading.
    settings : QSettings
        Where it is remembered.
    key : str
        Under which name; "" for a section that does not fold.
    opened : bool
        Whether it is open at first.

    Signals
    -------
    toggled(bool)
        It was opened or folded away.

    Attributes
    ----------
    body : QVBoxLayout
        What is folded away.
    """

    toggled = Signal(bool)

    def __init__(
        self, title: str, settings: QSettings, key: str = "", *, opened: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.opened = True
        self._title, self._settings, self._key = title, settings, f"data/folded/{key}" if key else ""
        # One that does not fold has the button too, but nobody sees it.
        self.fold = QToolButton(self)
        self.fold.setVisible(bool(key))
        self.fold.setText(title)
        self.fold.setProperty("fold", True)
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        # The icon comes last, so that all headings begin on one line.
        self.fold.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.fold.clicked.connect(lambda _checked=False: self.set_open(not self.opened))
        self._note = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._top = QHBoxLayout()
        self._top.setSpacing(4)
        self._top.addWidget(self.fold if key else heading(title))
        self._top.addWidget(self._note, 1)
        self._inside = QWidget()
        self.body = QVBoxLayout(self._inside)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, GAP)
        column.setSpacing(4)
        column.addLayout(self._top)
        column.addWidget(self._inside)
        self.set_open(not key or bool(settings.value(self._key, opened, type=bool)))

    def add_tool(self, tool: QWidget) -> None:
        """Put a small button at the heading's right."""
        self._top.addWidget(tool)

    def set_note(self, text: str) -> None:
        """Say in a few words at the heading's right what is inside."""
        self._note.setText(text)

    @property
    def note(self) -> str:
        """What is said at the heading's right."""
        return self._note.text()

    def set_open(self, opened: bool) -> None:
        """Show the body, or only the heading; it is remembered."""
        changed, self.opened = opened != self.opened, opened
        self._inside.setVisible(opened)
        set_icon(self.fold, "chevron-down" if opened else "chevron-right", "secondary")
        self.fold.setToolTip(f"Fold away: {self._title}" if opened else f"Show: {self._title}")
        self.fold.setAccessibleName(f"{self._title}, {'open' if opened else 'folded away'}")
        if changed and self._key:
            self._settings.setValue(self._key, opened)
            self.toggled.emit(opened)
