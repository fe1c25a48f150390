"""What a view's panel is: a widget that shows the context's run at the context's step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import shiboken6
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from guiapp import visuals
from guiapp.core import notify
from guiapp.look.jobs import Jobs
from guiapp.visuals.context import ViewContext

PREPARING = ("Preparing the images…", "Training begins once they are ready.")
"""What panels say while there is nothing to show yet because the images of a training are being prepared."""


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


class LoadingPanel(Panel):
    """A panel whose content is read from the run's store on a worker thread.

    A subclass overrides `query` and `display`, connects what changes its content to `refresh`, and what makes its
    content another thing altogether (another run) to `restart`. While it is hidden it does nothing; while something
    is being read, any number of further wishes become one. What is shown stays until the next is there.
    """

    def __init__(self, context: ViewContext, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(context, jobs, parent)
        self._stale = True
        self._loading = False
        self._generation = 0

    def query(self) -> Callable[[], Any] | None:
        """Return the function that reads what is to be shown, to be called on a worker thread; None for nothing."""
        raise NotImplementedError

    def display(self, found: Any) -> None:
        """Show what the function of `query` returned; None when there was nothing to read."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Show the context as it is now, as soon as the panel is seen and not busy."""
        self._stale = True
        if self._loading or not self.isVisible():
            return
        self._stale = False
        work = self.query()
        if work is None:
            self.display(None)
            return
        self._loading = True
        generation = self._generation
        self.jobs.run(
            work,
            done=lambda found: self._arrived(generation, found),
            failed=lambda exc: self._failed(generation, exc),
        )

    def restart(self) -> None:
        """Show another run; what is being read of the former one is not shown any more."""
        self._generation += 1
        self.refresh()

    @property
    def settled(self) -> bool:
        """Whether all that was wished for is shown."""
        return not (self._stale or self._loading)

    def _arrived(self, generation: int, found: Any) -> None:
        if not shiboken6.isValid(self):
            return
        self._loading = False
        if generation == self._generation:
            self.display(found)
        self._catch_up()

    def _failed(self, generation: int, exc: BaseException) -> None:
        if not shiboken6.isValid(self):
            return
        self._loading = False
        if generation == self._generation:
            notify.report(exc, doing=f"reading what “{self.title}” shows")
        self._catch_up()

    def _catch_up(self) -> None:
        if self._stale:
            self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while the panel was hidden."""
        super().showEvent(event)
        self._catch_up()


def panel_classes(place: str) -> list[type[Panel]]:
    """Return the panels that the page `place` (``"train"``, ``"inspect"``) offers, in their order."""
    found = {
        value
        for module in visuals.panels().values()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Panel) and value.name and place in value.places
    }
    return sorted(found, key=lambda cls: (cls.order, cls.name))
