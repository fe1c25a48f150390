"""“Compare with…” on the Network page: opens one window of it, or brings it to the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from guiapp.look.icons import set_icon
from guiapp.ui.network.compare_window import CompareWindow

if TYPE_CHECKING:
    from guiapp.ui.network.page import NetworkPage


def extra(page: NetworkPage) -> tuple[str, list[QAction]]:
    """Return the action that compares the page's network with another, in no menu of its own."""
    action = QAction("Compare with…", page)
    action.setToolTip("See what is different from a run, a saved project, a template, or a network of your library")
    set_icon(action, "compare")
    action.triggered.connect(lambda _checked=False: show(page))
    return "", [action]


def show(page: NetworkPage) -> CompareWindow:
    """Show the comparison of the page's network."""
    found = page.findChild(CompareWindow)
    window = found if found is not None and found.isVisible() else CompareWindow(page.services, page.state, page)
    window.show()
    window.raise_()
    window.activateWindow()
    return window
