"""“My library…”: what was kept, as cards, to be put into the network, renamed, noted and removed."""

from __future__ import annotations

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QCloseEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from guiapp.core import library_files, notify
from guiapp.core.library_files import Stored
from guiapp.core.notify import as_user_error
from guiapp.look import heading as words
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.icons import set_icon
from guiapp.look.search import SearchField
from guiapp.look.toasts import Toasts
from guiapp.ui.network import compare, library
from guiapp.ui.network.compare_sides import Choice
from guiapp.ui.network.library_cards import CardList
from guiapp.ui.network.library_edits import place_after
from guiapp.ui.network.library_panel import LibraryPanel
from guiapp.ui.network.library_shelf import LibraryShelf, Removed, matches
from guiapp.ui.network.mending import UNDO
from guiapp.ui.network.page import NetworkPage

SIZE = (1060, 660)
SIZE_KEY = "library/size"
EMPTY_TEXT = (
    "Networks and blocks that you want to use again go here, in every project: choose layers in the list, or take the "
    "whole network, and save them with a name and a note."
)


class LibraryWindow(QDialog):
    """Cards at the left, the chosen one at the right.

    Parameters
    ----------
    page : NetworkPage
        The page whose network they go into; this window's parent.
    shelf : LibraryShelf
        The library.
    """

    def __init__(self, page: NetworkPage, shelf: LibraryShelf) -> None:
        super().__init__(page, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("My library")
        self._page, self._state, self._shelf = page, page.state, shelf
        self.toasts = Toasts(self, listen=False)
        self.search = SearchField("Search names, notes and kinds of layers")
        self.cards, self.panel = CardList(shelf), LibraryPanel()
        self.count = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.damaged = words.problem()
        self.save, self.folder = QPushButton("Save to my library…"), QPushButton("Show the folder")
        self.empty = EmptyState("library", "Nothing in your library yet", EMPTY_TEXT)
        self.nothing = EmptyState("search", "Nothing found")
        self._body, self._stack = QWidget(), QStackedLayout()
        self._chosen: Stored | None = None
        self._lay_out()
        self._connect()
        self._restore()
        self._shelf_changed()
        shelf.refresh()

    def _lay_out(self) -> None:
        set_icon(self.save, "save")
        set_icon(self.folder, "folder")
        top = QHBoxLayout()
        top.setSpacing(12)
        for part, stretch in ((self.search, 2), (self.count, 1), (self.folder, 0), (self.save, 0)):
            top.addWidget(part, stretch)
        body = QHBoxLayout(self._body)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(0)
        body.addWidget(self.cards, 1)
        body.addWidget(self.panel)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.nothing)
        self._stack.addWidget(self._body)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addLayout(top)
        column.addWidget(self.damaged)
        column.addLayout(self._stack, 1)
        for button in (self.save, self.folder):
            button.setAutoDefault(False)

    def _connect(self) -> None:
        self.empty.add_button("Save this network…", self.open_save, primary=True, icon="save")
        self.nothing.add_button("Show everything", self._search_nothing, icon="library")
        self.search.textChanged.connect(self._show_found)
        # An “Undo” in a message would take something else back after the next change.
        stop = self._page.services.session.listen(lambda old, new: self._changed(changed=old is not new))
        self.destroyed.connect(lambda _window=None: stop())
        self.search.downPressed.connect(self.cards.setFocus)
        self.save.clicked.connect(self.open_save)
        self.folder.clicked.connect(self.show_folder)
        self.cards.picked.connect(self._picked)
        self.cards.used.connect(self.use)
        self.cards.removed.connect(self.remove)
        self.panel.used.connect(self.use)
        self.panel.removed.connect(self.remove)
        self.panel.compared.connect(self.compare)
        self.panel.renamed.connect(self.rename)
        self.panel.annotated.connect(self.annotate)
        self.panel.as_block.toggled.connect(lambda on: library.want_one(self._page, on=on))
        self._shelf.changed.connect(self._shelf_changed)
        self._state.selected.connect(self._refresh_panel)
        self._state.changed.connect(self._refresh_panel)
        rename = QShortcut(QKeySequence("F2"), self)
        rename.activated.connect(self._edit_name)

    def _restore(self) -> None:
        settings = self._page.services.settings
        self.resize(*SIZE)
        size = settings.value(SIZE_KEY)
        if isinstance(size, QByteArray):
            self.restoreGeometry(size)
        self.panel.as_block.setChecked(library.as_one(self._page))

    def _remember(self) -> None:
        self.panel.commit()
        settings = self._page.services.settings
        settings.setValue(SIZE_KEY, self.saveGeometry())

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep what is typed, and remember the size."""
        self._remember()
        super().closeEvent(event)

    def reject(self) -> None:
        """Close on Escape."""
        self._remember()
        super().reject()

    # What is shown

    def _shelf_changed(self) -> None:
        shelf = self._shelf.shelf
        for part in (self.search, self.count, self.folder, self.save):
            part.setVisible(bool(shelf.stored))
        more = f" {len(shelf.damaged) - 1:,} more cannot be read." if len(shelf.damaged) > 1 else ""
        self.damaged.setText(shelf.damaged[0] + more if shelf.damaged else "")
        self.damaged.setToolTip("\n".join(shelf.damaged))
        self.damaged.setVisible(bool(shelf.damaged))
        self._show_found()

    def _show_found(self) -> None:
        stored = self._shelf.shelf.stored
        found = [one for one in stored if matches(one.item, self.search.text())]
        chosen = self._chosen
        self.cards.cards.show_stored(found)
        self.cards.choose(chosen)
        shown = f"{len(found):,} of {len(stored):,}" if len(found) < len(stored) else f"{len(stored):,}"
        self.count.setText(f"{shown} in your library" if found else "")
        self.nothing.set_text("Nothing found", f"Nothing in your library is called “{self.search.text().strip()}”.")
        self._stack.setCurrentWidget(self._body if found else self.nothing if stored else self.empty)

    def _search_nothing(self) -> None:
        self.search.setText("")
        self.search.setFocus()

    def _changed(self, *, changed: bool) -> None:
        if changed and shiboken6.isValid(self):
            self.toasts.clear(UNDO)

    def _picked(self, stored: Stored | None) -> None:
        self._chosen = stored
        self._refresh_panel()

    def _refresh_panel(self) -> None:
        network = self._state.network
        at = place_after(network, self._state.rows)
        self.panel.show_stored(self._chosen, network.layers[at - 1].name if network.layers else "")

    def _edit_name(self) -> None:
        if self._chosen is not None:
            self.panel.name.setFocus()
            self.panel.name.selectAll()

    # What is done

    def use(self, stored: Stored) -> None:
        """Put a block into the network, or make a saved network the network; both can be undone."""
        item, state = stored.item, self._state
        if item.what == "block":
            library.insert(self._page, stored, as_block=self.panel.as_block.isChecked())
            self._tell(f"“{item.name}” is in the network.", state.undo, UNDO)
        else:
            self._tell(library.begin_with(self._page, stored), state.undo, UNDO)
        if self.focusWidget() is self.panel.use:
            # Return would use it again.
            self.search.setFocus()

    def compare(self, stored: Stored) -> None:
        """Show it beside the present network."""
        window = compare.show(self._page)
        window.sides.choose(0, Choice("library", str(stored.path)))

    def rename(self, stored: Stored, name: str) -> None:
        """Give it another name."""
        self._shelf.rename(stored, name, done=self._follow, failed=self._failed)

    def annotate(self, stored: Stored, note: str) -> None:
        """Write another note beside it."""
        self._shelf.annotate(stored, note, done=self._follow, failed=self._failed)

    def remove(self, stored: Stored) -> None:
        """Remove it from the library; the message can bring it back."""
        self.panel.commit()

        def gone(removed: Removed) -> None:
            name = removed[0].name
            self._tell(f"“{name}” was removed from your library.", lambda: self._bring_back(removed))

        self._shelf.remove(stored, done=gone, failed=self._failed)

    def _bring_back(self, removed: Removed) -> None:
        item, png = removed
        self._shelf.keep(item, replace=False, png=png, done=self._follow, failed=self._failed)

    def _follow(self, stored: Stored) -> None:
        """Keep the card chosen that was changed, under its new file."""
        # What is under way when the window is closed ends without it.
        if shiboken6.isValid(self):
            self._chosen = stored
            self.panel.say("")

    def _failed(self, exc: BaseException) -> None:
        if not shiboken6.isValid(self):
            notify.report(exc, doing="changing your library")
            return
        self.panel.say(as_user_error(exc, doing="changing your library").sentence)

    def _tell(self, text: str, undo: Callable[[], object], about: str = "") -> None:
        if shiboken6.isValid(self):
            self.toasts.show("info", text, action="Undo", run=undo, about=about)
        else:
            notify.info(text)

    def open_save(self) -> None:
        """Open the form that puts something into the library."""
        library.show_save(self._page)

    def show_folder(self) -> None:
        """Open the library's folder in the file manager."""
        from guiapp.ui.window import show_in_file_manager

        show_in_file_manager(library_files.folder())
