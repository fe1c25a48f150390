"""The buttons with which the two networks of a comparison are chosen, and how each choice is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QSizePolicy, QWidget

from guiapp.core import library_files, sides, templates
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunInfo, RunReader
from guiapp.core.sides import Side
from guiapp.look.heading import heading
from guiapp.ui.train.runs import figures, when_and_name

What = Literal["now", "file", "run", "template", "library", "choose file", "choose run"]
MOST_RUNS = 12


@dataclass(frozen=True)
class Choice:
    """One network that can be compared: where it comes from, its path or name, and what the menu says."""

    what: What
    key: str = ""
    title: str = ""


NOW = Choice("now", title="This network, as it is now")


@dataclass(frozen=True)
class Choices:
    """What there is to choose from, besides files."""

    runs: tuple[Choice, ...] = ()
    templates: tuple[Choice, ...] = ()
    library: tuple[Choice, ...] = ()


def find(list_runs: Callable[[], Sequence[RunInfo]], belongs: Callable[[Project], bool]) -> Choices:
    """Read what there is to choose from; on a worker thread."""
    runs: list[Choice] = []
    for info in list_runs():
        try:
            own = belongs(RunReader(info.folder).project())
        except (UserError, OSError):
            continue
        if own:
            when, name = when_and_name(info.name)
            words = " · ".join(part for part in (when or name, figures(info)) if part)
            runs.append(Choice("run", str(info.folder), words))
        if len(runs) == MOST_RUNS:
            break
    known = [Choice("template", name, _title(name)) for name in templates.names()]
    kept = [Choice("library", str(one.path), one.item.name) for one in library_files.read_all().stored]
    return Choices(tuple(runs), tuple(known), tuple(kept))


def _title(name: str) -> str:
    try:
        return templates.load(name).title
    except UserError:
        return name


def read(choice: Choice) -> Side:
    """Read what was chosen; on a worker thread.

    Raises
    ------
    UserError, OSError
        When it cannot be read.
    """
    if choice.what == "template":
        return sides.from_template(choice.key)
    path = Path(choice.key)
    if choice.what == "library":
        return sides.from_library(path)
    if choice.what == "run":
        side = sides.from_run(path)
        when, name = when_and_name(path.name)
        return Side(f"Run of {when}" if when else name, side.network, side.training, side.place)
    return sides.from_project(path)


class SideButton(QWidget):
    """A letter, and the button that says which network it stands for and opens the menu of all others.

    Signals
    -------
    chosen(Choice)
        Another network is to be compared.
    """

    chosen = Signal(object)

    def __init__(self, letter: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.letter = letter
        self.choices, self.saved = Choices(), Path()
        self._title = ""
        self.button = QPushButton()
        self.button.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.button.setMinimumWidth(160)
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(heading(letter))
        row.addWidget(self.button, 1)
        self.show_title("")

    def show_title(self, title: str, place: str = "") -> None:
        """Say which network is chosen, and where it comes from."""
        self._title = title or "Choose a network"
        self.button.setToolTip(place or "Choose what is compared")
        self.button.setAccessibleName(f"{self.letter}: {self._title}")
        self._elide()

    def _elide(self) -> None:
        room = max(self.button.width() - 44, 60)
        text = self.button.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideMiddle, room)
        self.button.setText(text.replace("&", "&&"))

    def resizeEvent(self, event: object) -> None:
        """Shorten the title anew."""
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._elide()

    def _fill(self) -> None:
        menu, choices = self.menu, self.choices
        menu.clear()
        self._add(menu, NOW)
        if self.saved.name:
            self._add(menu, Choice("file", str(self.saved), f"{self.saved.name}, as it was saved"))
        if choices.runs:
            self._add(menu, Choice("run", choices.runs[0].key, "The last run"))
        menu.addSeparator()
        for title, entries in (
            ("Runs of this project", choices.runs),
            ("Templates", choices.templates),
            ("My library", choices.library),
        ):
            inner = menu.addMenu(title)
            for entry in entries:
                self._add(inner, entry)
            inner.setEnabled(bool(entries))
        menu.addSeparator()
        self._add(menu, Choice("choose file", title="A project file…"))
        self._add(menu, Choice("choose run", title="The folder of a run…"))

    def _add(self, menu: QMenu, choice: Choice) -> None:
        action = menu.addAction(choice.title.replace("&", "&&"))
        if choice.what in ("file", "run", "library"):
            action.setToolTip(choice.key)
        # No reference to the button in what the menu keeps, which would keep both alive.
        action.setData(choice)
        action.triggered.connect(self._triggered)

    def _triggered(self) -> None:
        action = self.sender()
        choice = action.data() if action is not None else None  # type: ignore[attr-defined]
        if isinstance(choice, Choice):
            self.chosen.emit(choice)
