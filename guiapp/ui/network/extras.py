"""What else can be done with a network: each part makes its own actions, under a title of its own in the menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from guiapp.ui.network import compare, drawing_actions, library, transfer

if TYPE_CHECKING:
    from guiapp.ui.network.page import NetworkPage

Group = tuple[str, list[QAction]]
Extra = Callable[["NetworkPage"], Group]

EXTRAS: tuple[Extra, ...] = (compare.extra, drawing_actions.extra, library.extra, transfer.extra)
"""Each is given the page, once, and returns the title of its menu and the actions in it; the page is their parent."""
