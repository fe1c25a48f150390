"""The button that shows the templates, each with its description and the result its author reports."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from guiapp.core import notify, templates
from guiapp.core.notify import UserError
from guiapp.look.icons import set_icon
from guiapp.ui.network.choices import ChoiceList, Entry, PopupFrame

WIDTH = 520


def entries() -> list[Entry]:
    """Return an entry a template; a damaged one is told and left out."""
    out: list[Entry] = []
    for name in templates.names():
        try:
            template = templates.load(name)
        except UserError as exc:
            notify.warning(exc.sentence)
            continue
        out.append(Entry(name, template.title, template.description, "template", template.result))
    return out


class _Popup(PopupFrame):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


class TemplateButton(QToolButton):
    """Opens the list of templates.

    Signals
    -------
    chosen(str)
        A template's name.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText("Templates")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setToolTip(
            "Begin with a network that is known to work. It takes the place of this one; undo brings it back."
        )
        set_icon(self, "template")
        self.popup: PopupFrame | None = None
        self.clicked.connect(lambda _checked=False: self.open_list())

    def open_list(self, anchor: QWidget | None = None) -> None:
        """Show the templates below the button, or below `anchor`."""
        anchor = anchor or self
        if self.popup is None:
            choices = ChoiceList("Templates", lines=4)
            choices.show_entries(entries())
            choices.chosen.connect(self._choose)
            self.popup = _Popup(choices, self.window(), Qt.WindowType.Popup)
        corner = anchor.mapToGlobal(QPoint(0, anchor.height() + 2))
        screen = self.screen().availableGeometry()
        height = min(self.popup.choices.height_of_all(WIDTH - 10) + 16, screen.bottom() - corner.y() - 8)
        self.popup.resize(WIDTH, max(height, 200))
        self.popup.move(min(corner.x(), screen.right() - WIDTH), corner.y())
        self.popup.show()
        self.popup.choices.setFocus(Qt.FocusReason.PopupFocusReason)

    def _choose(self, name: str) -> None:
        if self.popup is not None:
            self.popup.hide()
        self.chosen.emit(name)
