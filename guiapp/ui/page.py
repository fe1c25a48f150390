"""What a page is: one of the five places on the rail."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from guiapp.ui.services import Services


class Page(QWidget):
    """The base of the five places; the window makes each when it is first shown.

    Signals
    -------
    go(str)
        Ask the window to show another page, by name.

    Attributes
    ----------
    name, title, icon : str
        Its word in settings, on the rail, and its icon.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""

    go = Signal(str)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.services = services

    def page_actions(self) -> list[QAction]:
        """Actions of this page for its menu and the command palette; texts, shortcuts and tooltips set."""
        return []

    def menu_groups(self) -> list[tuple[str, list[QAction]]]:
        """Return `page_actions` as the menu divides them; a group that has a title is a menu of its own."""
        return [("", self.page_actions())]

    def arrive(self) -> None:
        """Do what is due when the page is shown; the first call follows the first paint."""

    def save_state(self) -> None:
        """Write remembered sizes to the settings; called before the window closes."""

    def reset_layout(self) -> None:
        """Put panels and splitters back where they were at first."""
