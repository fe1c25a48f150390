"""“Save to my library…”: the whole network, or the chosen layers as a block, with a name, a note and a picture."""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import notify
from guiapp.core.library import MAX_NAME, MAX_NOTE, LibraryItem, block_item, changed, network_item, same_name
from guiapp.core.library_files import NameTakenError, Stored
from guiapp.core.notify import UserError, as_user_error
from guiapp.look import heading as words
from guiapp.look.jobs import Jobs
from guiapp.look.theme import theme
from guiapp.ui.network.library_pictures import drawn
from guiapp.ui.network.library_shelf import LibraryShelf, facts
from guiapp.ui.network.page import NetworkPage

SHOWN = (352, 198)
AFTER_MS = 150
WHAT_KEY = "library/what"
UNNAMED = "–"


class SaveForm(QDialog):
    """Follows what is chosen on the page until it is saved.

    Parameters
    ----------
    page : NetworkPage
        The page; this window's parent.
    shelf : LibraryShelf
        The library.
    """

    def __init__(self, page: NetworkPage, shelf: LibraryShelf) -> None:
        super().__init__(page)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Save to my library")
        self._page, self._state, self._shelf = page, page.state, shelf
        self._jobs = Jobs(self)
        # What would be saved, still without its name and note, and with them; None where that cannot be.
        self._what: LibraryItem | UserError = UserError("Choose some layers first")
        self._item: LibraryItem | None = None
        self._suggested, self._opened = "", page.services.session.opened
        # Until one of the two is asked for, several chosen layers are what is meant.
        self._asked = False
        self.whole, self.block = QRadioButton("The whole network"), QRadioButton("The chosen layers, as a block")
        self.name, self.note = QLineEdit(), QPlainTextEdit()
        self.picture = QLabel()
        self.facts, self.problem = words.figures(words.secondary()), words.problem()
        self.save_button, self.close_button = QPushButton("Save"), QPushButton("Cancel")
        self._lay_out()
        self._timer = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._connect()
        remembered = str(page.services.settings.value(WHAT_KEY, "network"))
        chosen = bool(self._state.rows) and (remembered == "block" or len(self._state.rows) > 1)
        (self.block if chosen else self.whole).setChecked(True)
        self._changed()
        self._draw()
        self.name.setFocus()
        self.name.selectAll()

    def _lay_out(self) -> None:
        self.name.setMaxLength(MAX_NAME)
        self.note.setPlaceholderText("What it is good for, where it comes from")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(72)
        self.picture.setFixedSize(*SHOWN)
        self.picture.setAccessibleName("Picture")
        self.save_button.setProperty("primary", True)
        self.save_button.setDefault(True)
        form = QFormLayout()
        form.setSpacing(8)
        form.addRow("Name", self.name)
        form.addRow("Note", self.note)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.save_button)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        parts: tuple[QWidget | QFormLayout | QHBoxLayout, ...] = (
            self.whole, self.block, self.picture, self.facts, form, self.problem, buttons,
        )  # fmt: skip
        for part in parts:
            column.addWidget(part) if isinstance(part, QWidget) else column.addLayout(part)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def _connect(self) -> None:
        self.whole.toggled.connect(self._changed)
        for button in (self.whole, self.block):
            button.clicked.connect(self._ask)
        self.name.textChanged.connect(self._refresh)
        self.note.textChanged.connect(self._refresh)
        self.save_button.clicked.connect(self.save)
        self.close_button.clicked.connect(self.reject)
        self._state.changed.connect(self._changed)
        self._state.selected.connect(self._chosen)
        self._shelf.changed.connect(self._refresh)
        self._timer.timeout.connect(self._draw)

    def _suggest(self) -> None:
        layers = self._state.network.layers
        title = self._page.services.session.project.name
        if self.block.isChecked() and self._state.rows:
            title = " and ".join(dict.fromkeys(type(layers[row]).title for row in self._state.rows[:3]))
        self._suggested = title[:MAX_NAME]
        self.name.setText(self._suggested)

    def _ask(self) -> None:
        self._asked = True

    def _chosen(self) -> None:
        if len(self._state.rows) > 1 and not self._asked:
            self.block.setChecked(True)
        self._changed()

    def _changed(self) -> None:
        """Take what is chosen now; a name that nobody wrote follows it. It is of no use for another project."""
        if self._page.services.session.opened != self._opened:
            self.reject()
            return
        count = len(self._state.rows)
        self.block.setText(f"The {count:,} chosen layers, as a block" if count > 1 else "The chosen layer, as a block")
        self.block.setEnabled(count > 0)
        if not count:
            self.whole.setChecked(True)
        if self.name.text() == self._suggested:
            self._suggest()
        network, rows = self._state.network, self._state.rows
        try:
            self._what = (
                block_item(network, rows, UNNAMED) if self.block.isChecked() else network_item(network, UNNAMED)
            )
        except UserError as exc:
            self._what = exc
            self._jobs.cancel("facts")
            self.facts.setText("")
            self._no_picture()
        else:
            self._jobs.run(facts, self._what, done=self.facts.setText, key="facts", doing="counting the layers")
            self._timer.start()
        self._refresh()

    def _refresh(self) -> None:
        """Say what keeps it from being saved, or that something would be replaced."""
        taken = any(same_name(one.item.name, self.name.text()) for one in self._shelf.shelf.stored)
        self.save_button.setText("Replace" if taken else "Save")
        try:
            self._item = self._made()
        except UserError as exc:
            self._item = None
            self._say(exc.sentence)
        else:
            self._say("Your library has something of this name; it would be replaced." if taken else "", "warning")
        self.save_button.setEnabled(self._item is not None)

    def _made(self) -> LibraryItem:
        name, note = self.name.text().strip(), self.note.toPlainText()
        if isinstance(self._what, UserError):
            raise self._what
        if not name:
            raise UserError("Give it a name")
        if len(note) > MAX_NOTE:
            raise UserError(f"The note is longer than {MAX_NOTE:,} characters", mend="Shorten it")
        return changed(self._what, name=name, note=note)

    def _say(self, text: str, role: str = "problem") -> None:
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        words.set_property(self.problem, "role", role)

    def _draw(self) -> None:
        item, dark = self._what, theme.dark
        if isinstance(item, LibraryItem):
            self._jobs.run(lambda: drawn(item, dark=dark), done=self._show, key="draw", doing="drawing the picture")

    def _no_picture(self) -> None:
        self._timer.stop()
        self._jobs.cancel("draw")
        self.picture.clear()

    def _show(self, image: QImage) -> None:
        ratio = self.devicePixelRatioF()
        shown = image.scaled(
            QSize(*SHOWN) * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        pixmap = QPixmap.fromImage(shown)
        pixmap.setDevicePixelRatio(ratio)
        self.picture.setPixmap(pixmap)

    def save(self) -> None:
        """Put it into the library; what has the same name is replaced only where the button says so."""
        if self._item is None:
            return
        what = "block" if self.block.isChecked() else "network"
        self._page.services.settings.setValue(WHAT_KEY, what)
        self.save_button.setEnabled(False)
        replace = self.save_button.text() == "Replace"
        self._shelf.keep(self._item, replace=replace, done=self._saved, failed=self._failed)

    def _saved(self, stored: Stored) -> None:
        notify.info(f"“{stored.item.name}” is in your library.")
        if shiboken6.isValid(self):
            self.accept()

    def _failed(self, exc: BaseException) -> None:
        if not shiboken6.isValid(self):
            notify.report(exc, doing="saving to your library")
            return
        self._say(as_user_error(exc, doing="saving to your library").sentence)
        self.save_button.setEnabled(True)
        if isinstance(exc, NameTakenError):
            self._shelf.refresh()
