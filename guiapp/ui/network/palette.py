"""The field below the list that adds layers: type to search, Return to add."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from guiapp.core.layers import Layer, kinds
from guiapp.look.search import SearchField
from guiapp.ui.network.choices import ChoiceList, Entry, PopupFrame

WIDTH, EDGE = 440, 8
PLACEHOLDER = "Add a layer"


def found(query: str) -> list[type[Layer]]:
    """Return the layer kinds that a search finds, the best first; all in the palette's order for an empty one.

    Each word of the query must be part of the kind's name, title, family, other words, or help.
    """
    parts = query.lower().split()
    ranked: list[tuple[int, int, type[Layer]]] = []
    for place, (name, cls) in enumerate(kinds().items()):
        close = f"{cls.title} {name} {cls.family} {cls.words}".lower()
        everything = f"{close} {cls.help}".lower()
        if not all(part in everything for part in parts):
            continue
        begins = any(word.startswith(part) for part in parts for word in f"{cls.title} {name}".lower().split())
        rank = 0 if not parts or begins else 1 if all(part in close for part in parts) else 2
        ranked.append((rank, place, cls))
    return [cls for _, _, cls in sorted(ranked, key=lambda item: item[:2])]


def entries(query: str) -> list[Entry]:
    """Return what the palette shows: by family while nothing is searched for, else the best first."""
    out: list[Entry] = []
    family = ""
    for cls in found(query):
        if not query.strip() and cls.family != family:
            family = cls.family
            out.append(Entry("", family))
        out.append(Entry(cls.__name__, cls.title, cls.help.split(". ")[0].split(": ")[0].rstrip(".") + ".", cls.icon))
    return out or [Entry("", "No layer kind is called that")]


class AddField(SearchField):
    """Searches the layer kinds in a list above itself.

    Signals
    -------
    chosen(str, object)
        A kind, and the position to insert it at (None: after the chosen layer).
    """

    chosen = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PLACEHOLDER, parent)
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

    def _open(self) -> None:
        self.popup.choices.show_entries(entries(self.text()))
        self._place()
        self.popup.show()
        self.popup.raise_()
        self.window().installEventFilter(self)

    def _place(self) -> None:
        corner = self.mapTo(self.window(), QPoint(0, 0))
        height = min(self.popup.choices.height_of_all(WIDTH) + 10, max(corner.y() - 2 * EDGE, 120))
        width = min(WIDTH, self.window().width() - 2 * EDGE)
        left = min(corner.x(), self.window().width() - width - EDGE)
        self.popup.setGeometry(max(left, 0), max(corner.y() - height - 4, EDGE), width, height)

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
        """Keep the list above the field when the window's size changes."""
        if event.type() == QEvent.Type.Resize and self.is_open():
            self._place()
        return super().eventFilter(watched, event)
