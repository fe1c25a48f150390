"""Beside the cards: the name and the note of the chosen one, to be changed in place, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from guiapp.core.library import MAX_NAME, MAX_NOTE
from guiapp.core.library_files import Stored
from guiapp.look import heading as words
from guiapp.look.elide import ElidedButton
from guiapp.look.icons import set_icon
from guiapp.ui.network.library_shelf import shapes, size

WIDTH = 288
AFTER_MS = 1200
AS_BLOCK_TIP = "Put the layers in as one Group, which can be opened, instead of one by one"


class _Note(QPlainTextEdit):
    left = Signal()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class LibraryPanel(QWidget):
    """Words and buttons for one thing of the library.

    Signals
    -------
    renamed(object, str)
        A `Stored` is to have another name.
    annotated(object, str)
        A `Stored` is to have another note.
    used(object), compared(object), removed(object)
        It is to be put into the network, compared with it, or removed from the library.
    """

    renamed = Signal(object, str)
    annotated = Signal(object, str)
    used = Signal(object)
    compared = Signal(object)
    removed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.stored: Stored | None = None
        self._told = ""
        self.setFixedWidth(WIDTH)
        self.name, self.note = QLineEdit(), _Note()
        self.name.setMaxLength(MAX_NAME)
        self.name.setAccessibleName("Name")
        self.note.setAccessibleName("Note")
        self.note.setPlaceholderText("What it is good for, where it comes from")
        self.note.setTabChangesFocus(True)
        self.facts = words.figures(words.secondary())
        self.problem = words.problem()
        self.problem.hide()
        self.as_block = QCheckBox("As one block")
        self.as_block.setToolTip(AS_BLOCK_TIP)
        self.use = ElidedButton("")
        self.use.setProperty("primary", True)
        self.compare, self.remove = QPushButton("Compare with this network"), QPushButton("Remove from the library")
        set_icon(self.compare, "compare")
        set_icon(self.remove, "remove")
        self._lay_out()
        self._later = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._connect()
        self.show_stored(None)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 0, 0)
        column.setSpacing(6)
        parts: tuple[QWidget, ...] = (
            self.facts, _label("Name", self.name), self.name, _label("Note", self.note), self.note, self.problem,
            self.as_block, self.use, self.compare, self.remove,
        )  # fmt: skip
        for part in parts:
            column.addWidget(part, 1 if part is self.note else 0)
        column.addStretch(1)
        self.note.setMinimumHeight(72)
        self.note.setMaximumHeight(240)
        self.note.setFrameShape(QFrame.Shape.NoFrame)
        for button in (self.use, self.compare, self.remove):
            button.setAutoDefault(False)

    def _connect(self) -> None:
        self.name.editingFinished.connect(self._rename)
        self.note.textChanged.connect(self._typed)
        self.note.left.connect(self.commit)
        self._later.timeout.connect(self._annotate)
        self.use.clicked.connect(self._use)
        self.compare.clicked.connect(self._compare)
        self.remove.clicked.connect(self._remove)

    def show_stored(self, stored: Stored | None, below: str = "") -> None:
        """Show `stored`; what is typed for the former one is committed first.

        Parameters
        ----------
        stored : Stored or None
            What is chosen.
        below : str
            The layer below which a block would go.
        """
        self.commit()
        same = self.stored is not None and stored is not None and stored.path == self.stored.path
        self.stored = stored
        for part in (self.name, self.note, self.use, self.compare, self.remove):
            part.setEnabled(stored is not None)
        item = stored.item if stored is not None else None
        self.facts.setText("\n".join((size(item), shapes(item))).strip() if item else "Choose a card.")
        if not (same and self.name.hasFocus()):
            self.name.setText(item.name if item else "")
        if not (same and self.note.hasFocus()):
            self.note.blockSignals(True)
            self.note.setPlainText(item.note if item else "")
            self.note.blockSignals(False)
            self._told = self.note.toPlainText()
        block = item is not None and item.what == "block"
        self.as_block.setVisible(item is not None and block and len(item.network.layers) > 1)
        where = f"Insert below {below}" if below else "Insert into the network"
        self.use.setText(where if block else "Use as the network")
        if not same:
            self.say("")

    def say(self, sentence: str) -> None:
        """Say what is wrong; nothing when empty."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def commit(self) -> None:
        """Hand over what is typed and not yet taken."""
        self._later.stop()
        self._annotate()

    def _typed(self) -> None:
        text = self.note.toPlainText()
        if len(text) > MAX_NOTE:
            self.say(f"The note is longer than {MAX_NOTE:,} characters; the rest is not kept.")
        self._later.start()

    def _annotate(self) -> None:
        text = self.note.toPlainText()[:MAX_NOTE]
        if self.stored is not None and text != self._told:
            self._told = text
            self.annotated.emit(self.stored, text)

    def _rename(self) -> None:
        name = self.name.text().strip()
        self.commit()
        if self.stored is None or name == self.stored.item.name:
            self.say("")
        else:
            self.renamed.emit(self.stored, name)

    def _use(self) -> None:
        self.commit()
        self.used.emit(self.stored)

    def _compare(self) -> None:
        self.compared.emit(self.stored)

    def _remove(self) -> None:
        self.removed.emit(self.stored)


def _label(text: str, buddy: QWidget) -> QLabel:
    label = words.caption(text)
    label.setBuddy(buddy)
    return label
