"""What is wrong, each with the buttons that mend it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from guiapp.core.layers import Problem, Repair
from guiapp.look.elide import ElidedButton
from guiapp.look.heading import breakable, set_property
from guiapp.look.heading import problem as problem_label
from guiapp.look.icons import pixmap, set_icon
from guiapp.look.theme import theme
from guiapp.ui.form import sentence

LEVELS = {"error": ("error", "bad"), "warning": ("warning", "warning")}
OTHER_TIP = "Other ways to mend it"


class MoreMends(QToolButton):
    """Opens a menu of the repairs beside the first.

    Signals
    -------
    asked(object)
        The `Repair` that was chosen.
    """

    asked = Signal(object)

    def __init__(self, repairs: Sequence[Repair]) -> None:
        super().__init__()
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setProperty("bare", True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolTip(OTHER_TIP)
        self.setAccessibleName(OTHER_TIP)
        set_icon(self, "more")
        menu = QMenu(self)
        for repair in repairs:
            menu.addAction(repair.text).triggered.connect(lambda _on=False, repair=repair: self.asked.emit(repair))
        self.setMenu(menu)


class Mends(QWidget):
    """Sentences that say what is wrong, each above its buttons; kept while the problems stay the same.

    Signals
    -------
    asked(object, object)
        A `Problem` and the `Repair` of it whose button was pressed.
    """

    asked = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._problems: tuple[Problem, ...] = ()
        self._icons: list[tuple[QLabel, Problem]] = []
        self._parts: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.buttons: list[QPushButton] = []
        theme.changed.connect(self._tint)
        self.hide()

    def text(self) -> str:
        """Return everything that is said, a sentence a line."""
        return "\n".join(sentence(problem.text) for problem in self._problems)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show other problems; nothing at all where there are none."""
        if tuple(problems) == self._problems:
            return
        self._problems = tuple(problems)
        for part in self._parts:
            self._column.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._icons, self._parts, self.buttons = [], [], []
        for problem in self._problems:
            self._add(problem)
        self._tint()
        self.setVisible(bool(problems))

    def _add(self, problem: Problem) -> None:
        icon, words = QLabel(), problem_label(breakable(sentence(problem.text)))
        set_property(words, "role", "problem" if problem.severity == "error" else "warning")
        words.setAccessibleName(f"{problem.severity.capitalize()}: {sentence(problem.text)}")
        line = QWidget()
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(words, 1)
        self._icons.append((icon, problem))
        self._put(line)
        for repair in problem.repairs:
            button = ElidedButton(repair.text)
            button.clicked.connect(lambda _on=False, problem=problem, repair=repair: self.asked.emit(problem, repair))
            self.buttons.append(button)
            self._put(button, left=True)

    def _put(self, part: QWidget, *, left: bool = False) -> None:
        self._column.addWidget(part, 0, Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag(0))
        self._parts.append(part)

    def _tint(self) -> None:
        for icon, problem in self._icons:
            name, colour = LEVELS[problem.severity]
            icon.setPixmap(pixmap(name, 16, colour, self.devicePixelRatioF()))
