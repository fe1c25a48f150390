"""Which two networks are compared: read off the window's thread, and the present one followed as it changes."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from guiapp.core.project import Project
from guiapp.core.sides import Side, of_project
from guiapp.look.icons import set_icon
from guiapp.look.jobs import Jobs
from guiapp.ui import asking
from guiapp.ui.network.compare_sides import NOW, Choice, Choices, SideButton, find, read
from guiapp.ui.services import Services


class SidePair(QWidget):
    """The buttons of both networks, and one that swaps them.

    Parameters
    ----------
    services : Services
        Session and runs.

    Attributes
    ----------
    sides : list of Side or None
        The networks; None where none is chosen.

    Signals
    -------
    changed()
        One of them is another, or has changed.
    failed(object)
        One could not be read: the exception.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._jobs = Jobs(self)
        self._choices: list[Choice | None] = [None, NOW]
        self.sides: list[Side | None] = [None, None]
        self.buttons = SideButton("A"), SideButton("B")
        self.swap = QToolButton()
        self.swap.setToolTip("Swap A and B")
        self.swap.setAccessibleName("Swap A and B")
        set_icon(self.swap, "shuffle")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        for widget, stretch in ((self.buttons[0], 1), (self.swap, 0), (self.buttons[1], 1)):
            row.addWidget(widget, stretch)
        self.buttons[0].chosen.connect(self._chose_a)
        self.buttons[1].chosen.connect(self._chose_b)
        self.swap.clicked.connect(self.swap_sides)
        stop = services.session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())

    def begin(self) -> None:
        """Compare with the last run, or with what is saved where there is none."""
        self._take_now()
        self._look_around()

    def titles(self) -> tuple[str, str]:
        """Return what the two are called."""
        a, b = (side.title if side else "" for side in self.sides)
        return a, b

    def now(self) -> int | None:
        """Return which of the two is the present network: 0, 1, or None."""
        return self._choices.index(NOW) if NOW in self._choices else None

    def choose(self, at: int, choice: Choice) -> None:
        """Compare what `choice` names as side `at` (0: A, 1: B); files and runs are asked for where it says so."""
        if choice.what == "choose file":
            place = self._services.session.path
            path = asking.project_to_open(self, place.parent if place else Path.home())
            choice = Choice("file", str(path or ""))
        elif choice.what == "choose run":
            folder = str(self._services.training.runs_folder)
            choice = Choice("run", QFileDialog.getExistingDirectory(self, "Compare with a run", folder))
        if choice.what == "now":
            self._jobs.cancel(("side", at))
            self._choices[at] = choice
            self._take_now()
        elif choice.key:
            self._jobs.run(
                lambda: (at, choice, read(choice)), done=self._was_read, failed=self.failed.emit, key=("side", at)
            )

    def swap_sides(self) -> None:
        """Make A of B, and B of A."""
        self._choices.reverse()
        self.sides.reverse()
        self._tell()

    def _chose_a(self, choice: Choice) -> None:
        self.choose(0, choice)

    def _chose_b(self, choice: Choice) -> None:
        self.choose(1, choice)

    def _look_around(self) -> None:
        runs, path = self._services.training.runs, self._services.session.path
        for button in self.buttons:
            button.saved = path or Path()
        listed, belongs = runs.find(), runs.belongs()

        def look() -> Choices:
            return find(listed, belongs)

        self._jobs.run(look, done=self._looked, key="choices", doing="looking for runs")

    def _looked(self, choices: Choices) -> None:
        for button in self.buttons:
            button.choices = choices
        session = self._services.session
        if self._choices[0] is not None:
            return
        if choices.runs:
            self.choose(0, choices.runs[0])
        elif session.path is not None and session.modified:
            self.choose(0, Choice("file", str(session.path)))

    def _was_read(self, found: tuple[int, Choice, Side]) -> None:
        at, choice, side = found
        self._choices[at], self.sides[at] = choice, side
        self._tell()

    def _take_now(self) -> None:
        project = self._services.session.project
        for at, choice in enumerate(self._choices):
            if choice == NOW:
                self.sides[at] = of_project(project, NOW.title)
        self._tell()

    def _session_changed(self, old: Project, new: Project) -> None:
        if old.network is not new.network or old.training is not new.training:
            self._take_now()

    def _tell(self) -> None:
        for button, side in zip(self.buttons, self.sides, strict=True):
            button.show_title(side.title if side else "", side.place if side else "")
        self.changed.emit()
