"""The personal library on the Network page: its actions, in a menu of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from guiapp.core.library_files import Stored
from guiapp.core.network import fitted
from guiapp.look.icons import set_icon
from guiapp.ui.network.library_edits import place_after, with_item
from guiapp.ui.network.library_shelf import LibraryShelf

if TYPE_CHECKING:
    from guiapp.ui.network.library_save import SaveForm
    from guiapp.ui.network.library_window import LibraryWindow
    from guiapp.ui.network.page import NetworkPage

TITLE = "Library"
BLOCK_KEY = "library/as-block"


def extra(page: NetworkPage) -> tuple[str, list[QAction]]:
    """Return the title of the menu and its actions; the page is their parent."""
    save = QAction("Save to my library…", page)
    save.setToolTip("Keep the network, or the chosen layers as a block, for other projects")
    set_icon(save, "save")
    save.triggered.connect(lambda _checked=False: show_save(page))
    mine = QAction("My library…", page)
    mine.setToolTip("Networks and blocks that you kept")
    set_icon(mine, "library")
    mine.triggered.connect(lambda _checked=False: show(page))
    return TITLE, [save, mine]


def shelf(page: NetworkPage) -> LibraryShelf:
    """Return the library as the page knows it; made when it is first asked for."""
    found = page.findChild(LibraryShelf)
    return found if found is not None else LibraryShelf(page)


def as_one(page: NetworkPage) -> bool:
    """Whether what was saved as a block is put in as one, as the person wanted it last."""
    return str(page.services.settings.value(BLOCK_KEY, "true")) == "true"


def want_one(page: NetworkPage, *, on: bool) -> None:
    """Remember whether what was saved as a block is to be put in as one."""
    page.services.settings.setValue(BLOCK_KEY, "true" if on else "false")


def insert(page: NetworkPage, stored: Stored, at: int | None = None, *, as_block: bool | None = None) -> None:
    """Put a block of the library into the page's network: at `at`, or below the chosen layers."""
    as_block = as_one(page) if as_block is None else as_block
    state = page.state
    place = place_after(state.network, state.rows if at is None else (at - 1,))
    network, rows = with_item(state.network, stored.item, place, as_block=as_block)
    state.apply(network, f"insert {stored.item.name}", rows)


def begin_with(page: NetworkPage, stored: Stored) -> str:
    """Make a network of the library the page's, fitted to its classes; returns the sentence that says so."""
    classes = len(page.services.dataset.class_names)
    network = fitted(stored.item.network, classes) if classes else stored.item.network
    page.state.apply(network, f"use {stored.item.name}", ())
    return f"“{stored.item.name}” took the place of the network."


def show(page: NetworkPage) -> LibraryWindow:
    """Show the library, or bring it to the front."""
    from guiapp.ui.network.library_window import LibraryWindow

    found = page.findChild(LibraryWindow)
    window = found if found is not None and found.isVisible() else LibraryWindow(page, shelf(page))
    window.show()
    window.raise_()
    window.activateWindow()
    return window


def show_save(page: NetworkPage) -> SaveForm:
    """Show the form that saves to the library, or bring it to the front."""
    from guiapp.ui.network.library_save import SaveForm

    found = page.findChild(SaveForm)
    form = found if found is not None and found.isVisible() else SaveForm(page, shelf(page))
    shelf(page).refresh()
    form.show()
    form.raise_()
    form.activateWindow()
    return form
