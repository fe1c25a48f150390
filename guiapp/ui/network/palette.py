"""The field below the list that adds layers: type to search, Return to add."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from guiapp.core.layers import Layer, kinds
from guiapp.look.search import SearchField
from guiapp.ui.network.choices import ChoiceList, Entry, PopupFrame

WIDTH, EDGE = 520, 8
PLACEHOLDER = "Add a layer"
NOTHING = "No layer kind is called that"
MINE = "My library"


def rank(parts: Sequence[str], names: str, everything: str) -> int | None:
    """Return how well words fit a thing: 0 where one of `names` begins with one of them, else 1; None if they do not.

    Parameters
    ----------
    parts : sequence of str
        The words of a search, in lower case.
    names : str
        What the thing is called.
    everything : str
        All that is said of it: each of the words must be part of it.
    """
    if not all(part in everything.lower() for part in parts):
        return None
    begins = any(word.startswith(part) for part in parts for word in names.lower().split())
    return 0 if not parts or begins else 1


def _ranked(query: str) -> list[tuple[int, type[Layer]]]:
    parts = query.lower().split()
    out: list[tuple[int, type[Layer]]] = []
    for name, cls in kinds().items():
        close = f"{cls.title} {name} {cls.family} {cls.words}"
        place = rank(parts, f"{cls.title} {name}", f"{close} {cls.help}")
        if place is not None:
            in_help_only = place == 1 and not all(part in close.lower() for part in parts)
            out.append((2 if in_help_only else place, cls))
    # A kind whose help only mentions what others are called is not what is looked for.
    called = [item for item in out if item[0] < 2]
    return sorted(called or out, key=lambda item: item[0])


def found(query: str) -> list[type[Layer]]:
    """Return the layer kinds that a search finds, the best first; all in the palette's order for an empty one.

    Each word of the query must be part of the kind's name, title, family or other words; the helps are searched only
    where no kind is found so.
    """
    return [cls for _, cls in _ranked(query)]


def entry(cls: type[Layer]) -> Entry:
    """Return what the palette shows of a kind."""
    return Entry(cls.__name__, cls.title, cls.help.split(". ")[0].split(": ")[0].rstrip(".") + ".", cls.icon)


def entries(query: str, mine: Sequence[Entry] = (), without: Collection[str] = ()) -> list[Entry]:
    """Return what the palette shows: by family while nothing is searched for, else the best first.

    Parameters
    ----------
    query : str
        What is searched for.
    mine : sequence of Entry
        The person's own blocks that the search finds: a family at the end, or among the kinds, after those that fit
        as well.
    without : collection of str
        Kinds that are shown only when they are searched for.
    """
    if query.strip():
        parts = query.lower().split()
        shown = [(place, entry(cls)) for place, cls in _ranked(query)]
        for item in mine:
            place = rank(parts, item.title, item.title)
            shown.append((2 if place is None else place, item))
        return [item for _, item in sorted(shown, key=lambda pair: pair[0])] or [Entry("", NOTHING)]
    out: list[Entry] = []
    offered = (cls for cls in found("") if cls.__name__ not in without)
    for family, group in itertools.groupby(offered, key=lambda cls: cls.family):
        out += [Entry("", family), *map(entry, group)]
    return [*out, Entry("", MINE), *mine] if mine else out


class AddField(SearchField):
    """Searches what can be added in a list above itself.

    Parameters
    ----------
    offered : callable
        What the list shows for a text.
    parent : QWidget, optional
        Its parent.

    Signals
    -------
    chosen(str, object)
        The key of an entry, and the position to insert it at (None: after the chosen layer).
    """

    chosen = Signal(str, object)

    def __init__(self, offered: Callable[[str], Sequence[Entry]] = entries, parent: QWidget | None = None) -> None:
        super().__init__(PLACEHOLDER, parent)
        self._offered = offered
        self._at: int | None = None
        self._popup: PopupFrame | None = None
        self.setToolTip("Type to find a kind of layer, Return to add it after the chosen layer (Insert)")
        self.textEdited.connect(self._typed)

    @property
    def popup(self) -> PopupFrame:
        """The list above the field; made when it is first needed."""
        if self._popup is None:
            choices = ChoiceList("Kinds of layers")
            choices.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            choices.chosen.connect(self._choose)
            self._popup = PopupFrame(choices, self.window())
        return self._popup

    def begin(self, at: int | None = None, above: str = "") -> None:
        """Take the focus and open the list.

        Parameters
        ----------
        at : int, optional
            Where the layer is to go; after the chosen one when None.
        above : str
            The name of the layer that it goes above, for the placeholder.
        """
        self.setText("")
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._at = at
        self.setPlaceholderText(f"Add a layer above {above}" if above else PLACEHOLDER)
        self._open()

    def is_open(self) -> bool:
        """Whether the list is shown."""
        return self._popup is not None and self._popup.isVisible()

    def refresh(self) -> None:
        """Show what is offered now, where the list is open; what is marked stays so."""
        if self.is_open():
            marked = self.popup.choices.current()
            self._open()
            self.popup.choices.mark(marked)

    def _open(self) -> None:
        self.popup.choices.show_entries(self._offered(self.text()))
        self._place()
        self.popup.show()
        self.popup.raise_()
        self.window().installEventFilter(self)

    def _place(self) -> None:
        corner = self.mapTo(self.window(), QPoint(0, 0))
        # Below the header and the menus, where the column begins that the field is in.
        column = self.parentWidget()
        top = column.mapTo(self.window(), QPoint(0, 0)).y() if column is not None and column is not self.window() else 0
        top += EDGE
        height = min(self.popup.choices.height_of_all(WIDTH) + 10, max(corner.y() - 4 - top, 120))
        width = min(WIDTH, self.window().width() - 2 * EDGE)
        left = min(corner.x(), self.window().width() - width - EDGE)
        self.popup.setGeometry(max(left, 0), max(corner.y() - height - 4, 0), width, height)

    def close_list(self) -> None:
        """Close the list; the next layer goes after the chosen one again."""
        self._at = None
        self.setPlaceholderText(PLACEHOLDER)
        if self._popup is not None:
            self.window().removeEventFilter(self)
            self._popup.hide()

    def _typed(self) -> None:
        self._open()

    def _choose(self, kind: str) -> None:
        at = self._at
        # Unlike clear(), this leaves nothing in the line for an undo to bring back.
        self.setText("")
        self.close_list()
        self.chosen.emit(kind, at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go through the list, choose from it, or close it."""
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            if self.is_open():
                self.popup.choices.step(1 if key == Qt.Key.Key_Down else -1)
            else:
                self._open()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.is_open():
                self.popup.choices.choose()
            else:
                self._open()
        elif key == Qt.Key.Key_Escape and self.is_open() and not self.text():
            self.close_list()
        else:
            super().keyPressEvent(event)
            if key == Qt.Key.Key_Escape and self.is_open():
                self._open()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the list."""
        super().mousePressEvent(event)
        self._open()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Close the list."""
        super().focusOutEvent(event)
        self.close_list()

    def hideEvent(self, event: QEvent) -> None:
        """Close the list when another page is shown."""
        super().hideEvent(event)  # type: ignore[arg-type]
        self.close_list()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the list above the field when the window's size changes; close it on a press beside it."""
        if event.type() == QEvent.Type.Resize and self.is_open():
            self._place()
        elif event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent) and self.is_open():
            # What nobody takes comes to the window: a press on the list's headings, or on the field itself, too.
            at = event.globalPosition().toPoint()
            if not any(part.rect().contains(part.mapFromGlobal(at)) for part in (self.popup, self)):
                self.close_list()
        return super().eventFilter(watched, event)
