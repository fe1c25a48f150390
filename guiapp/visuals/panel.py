"""What a view's panel is: a widget that shows the context's run at the context's step."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from guiapp.look.jobs import Jobs
from guiapp.visuals.context import ViewContext


class Panel(QWidget):
    """The base of all panels; pages make them, dock them and throw them away.

    Attributes
    ----------
    name, title, icon : str
        Its word in saved layouts, its heading, and its icon.
    places : tuple of str
        The pages that offer it: ``"train"``, ``"inspect"``.
    order : int
        Its place among the others.
    """

    name: ClassVar[str] = ""
    title: ClassVar[str] = ""
    icon: ClassVar[str] = ""
    places: ClassVar[tuple[str, ...]] = ()
    order: ClassVar[int] = 0

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.jobs = jobs
        self.setObjectName(self.name)
