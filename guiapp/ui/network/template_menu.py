"""The button that shows the templates, each with its size, its description and the result its author reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton, QWidget

from guiapp.core import notify, templates
from guiapp.core.analysis import analyse
from guiapp.core.notify import UserError
from guiapp.look.icons import set_icon
from guiapp.ui.network.choices import ChoiceList, Entry, PopupFrame
from guiapp.ui.network.words import shape_text, short_count

WIDTH = 600
QUICK_MACS = 200_000_000
"""Of more multiply-adds an image than this a training takes long without a GPU."""

MINE, QUICK, LARGE = "My networks", "Quick to train on any computer", "Large: slow to train without a GPU"


@cache
def _weighed(name: str) -> tuple[int, Entry]:
    """Return the multiply-adds of a template, and what the list shows of it."""
    template = templates.load(name)
    analysis = analyse(template.network)
    fact = f"{shape_text(analysis.rows[0].shape)}  ·  {short_count(analysis.parameters)} parameters"
    return analysis.macs, Entry(name, template.title, template.description, "template", template.result, fact)


def entries(mine: Sequence[Entry] = ()) -> list[Entry]:
    """Return the person's own networks, and an entry a template, the small ones first.

    A damaged template is told and left out.
    """
    quick: list[Entry] = []
    large: list[Entry] = []
    for name in templates.names():
        try:
            macs, entry = _weighed(name)
        except UserError as exc:
            notify.warning(exc.sentence)
            continue
        (quick if macs <= QUICK_MACS else large).append(entry)
    groups = ((MINE, mine), (QUICK, quick), (LARGE, large))
    return [item for title, group in groups if group for item in (Entry("", title), *group)]


class _Popup(PopupFrame):
    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)


class TemplateButton(QToolButton):
    """Opens the list of templates.

    Parameters
    ----------
    mine : callable
        The person's own networks.
    parent : QWidget, optional
        Its parent.

    Signals
    -------
    chosen(str)
        A template's name, or the key of one of the person's own networks.
    """

    chosen = Signal(str)

    def __init__(self, mine: Callable[[], Sequence[Entry]] = tuple, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._mine = mine
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
            choices.chosen.connect(self._choose)
            self.popup = _Popup(choices, self.window(), Qt.WindowType.Popup)
        self.popup.choices.show_entries(entries(self._mine()))
        corner = anchor.mapToGlobal(QPoint(0, anchor.height() + 2))
        screen = self.screen().availableGeometry()
        height = min(self.popup.choices.height_of_all(WIDTH - 10) + 16, screen.bottom() - corner.y() - 8)
        self.popup.resize(WIDTH, max(height, 200))
        self.popup.move(min(corner.x(), screen.right() - WIDTH), corner.y())
        self.popup.show()
        self.popup.choices.setFocus(Qt.FocusReason.PopupFocusReason)

    def refresh(self) -> None:
        """Show what there is now, where the list is open; what is marked stays so."""
        if self.popup is not None and self.popup.isVisible():
            marked = self.popup.choices.current()
            self.popup.choices.show_entries(entries(self._mine()))
            self.popup.choices.mark(marked)

    def _choose(self, name: str) -> None:
        if self.popup is not None:
            self.popup.hide()
        self.chosen.emit(name)
