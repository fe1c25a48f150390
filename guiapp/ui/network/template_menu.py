"""The button that shows the templates, each with its size, its description and the result its author reports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from guiapp.core import notify, templates
from guiapp.core.analysis import analyse
from guiapp.core.notify import UserError
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.ui.network.choices import ChoiceList, Entry, PopupFrame
from guiapp.ui.network.words import shape_text, short_count

WIDTH, LEAST, GAP, EDGE = 600, 200, 3, 8
ICON_ONLY = 30
BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
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


def _weigh_all() -> None:
    for name in templates.names():
        # A damaged one is told when the list opens.
        with suppress(UserError):
            _weighed(name)


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
        self._mine, self._wide = mine, 0
        self.setText("Templates")
        self.setToolButtonStyle(BESIDE)
        self.setToolTip(
            "Begin with a network that is known to work. It takes the place of this one; undo brings it back."
        )
        set_icon(self, "template")
        self.popup: PopupFrame | None = None
        self._jobs, self._warm = Jobs(self), False
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.ensurePolished()
        self.clicked.connect(lambda _checked=False: self.open_list())

    def sizeHint(self) -> QSize:
        """Return room for icon and word, also while only the icon is shown."""
        style = self.toolButtonStyle()
        if style is not BESIDE:
            return QSize(self._wide, super().sizeHint().height())
        self._wide = super().sizeHint().width()
        return super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        """Return room for the icon."""
        return QSize(ICON_ONLY, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the word out where it would be shortened."""
        super().resizeEvent(event)
        style = BESIDE if self.width() >= self.sizeHint().width() else Qt.ToolButtonStyle.ToolButtonIconOnly
        if style is not self.toolButtonStyle():
            self.setToolButtonStyle(style)

    def showEvent(self, event: QShowEvent) -> None:
        """Weigh the templates, so that the list opens at once."""
        super().showEvent(event)
        if not self._warm:
            self._warm = True
            self._jobs.run(_weigh_all, key="weigh", doing="reading the templates")

    def open_list(self, anchor: QWidget | None = None) -> None:
        """Show the templates below the button, or below `anchor`."""
        anchor = anchor or self
        if self.popup is None:
            choices = ChoiceList("Templates", lines=4)
            choices.chosen.connect(self._choose)
            self.popup = _Popup(choices, self.window(), Qt.WindowType.Popup)
        self.popup.choices.show_entries(entries(self._mine()))
        self.popup.setGeometry(self._place(anchor, self.popup.choices.height_of_all(WIDTH - 10) + 16))
        self.popup.show()
        self.popup.choices.setFocus(Qt.FocusReason.PopupFocusReason)

    def _place(self, anchor: QWidget, wanted: int) -> QRect:
        """Return where the list goes: below what it belongs to, or above it where there is more room."""
        window = self.window()
        room = QRect(window.mapToGlobal(QPoint(0, 0)), window.size()).intersected(self.screen().availableGeometry())
        at = QRect(anchor.mapToGlobal(QPoint(0, 0)), anchor.size())
        below, above = room.bottom() - at.bottom() - GAP - EDGE, at.top() - room.top() - GAP - EDGE
        down = wanted <= below or below >= above
        height = max(min(wanted, below if down else above), LEAST)
        left = max(min(at.left(), room.right() - WIDTH - EDGE), room.left())
        return QRect(left, at.bottom() + GAP if down else at.top() - GAP - height, WIDTH, height)

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
