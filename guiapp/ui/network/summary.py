"""Under the drawing, below the totals: what is wrong with the network."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from guiapp.core.layers import Problem
from guiapp.core.mending import mends
from guiapp.look.elide import ElidedButton
from guiapp.look.heading import breakable, secondary
from guiapp.look.icons import pixmap
from guiapp.look.theme import theme
from guiapp.ui.form import scrolling
from guiapp.ui.network.mends import MoreMends
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.words import problem_text

MOST_PROBLEMS = 50
LEAST_HEIGHT, MOST_HEIGHT, WHOLE_ROWS = 28, 150, 2
ICON, GAP, AIR = 16, 8, 4
BUTTON_SHARE = 0.45
MEND_ALL_TIP = (
    "Mend all problems, one after the other, but for those that only removing layers would mend, or that need your "
    "choice; one undo takes all of it back."
)


class ProblemRow(QFrame):
    """One problem: a click or Return goes to it, the button mends it."""

    gone_to = Signal(object)
    repaired = Signal(object, object)

    def __init__(self, problem: Problem) -> None:
        super().__init__()
        self.problem = problem
        text = problem_text(problem)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{problem.severity.capitalize()}: {text}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._icon = QLabel()
        self._icon.setFixedSize(ICON, 18)
        self._words = words = QLabel(breakable(text))
        words.setWordWrap(True)
        words.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, AIR, 0, AIR)
        row.setSpacing(GAP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(words, 1)
        self.button: QPushButton | None = None
        if problem.repair is not None:
            self.button = ElidedButton(problem.repair.text)
            self.button.clicked.connect(self._repair)
            row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        self.more: MoreMends | None = None
        if len(problem.repairs) > 1:
            self.more = MoreMends(problem.repairs[1:])
            self.more.asked.connect(lambda repair: self.repaired.emit(self.problem, repair))
            row.addWidget(self.more, 0, Qt.AlignmentFlag.AlignVCenter)
        self._tint()
        theme.changed.connect(self._tint)

    def takes(self, problem: Problem) -> bool:
        """Whether it can show another problem as it is: only the words differ, as while one types a number."""
        return (self.problem.severity, self.problem.repairs) == (problem.severity, problem.repairs)

    def take(self, problem: Problem) -> None:
        """Show another problem."""
        if problem != self.problem:
            self.problem, text = problem, problem_text(problem)
            self.setAccessibleName(f"{problem.severity.capitalize()}: {text}")
            self._words.setText(breakable(text))

    def _tint(self) -> None:
        level = self.problem.severity
        self._icon.setPixmap(pixmap(level, 16, "bad" if level == "error" else "warning", self.devicePixelRatioF()))
        self._icon.setToolTip("An error: the network cannot be built." if level == "error" else "A warning.")

    def take_height(self, width: int) -> int:
        """Be as tall as the words need at a width, and return that height, in px."""
        self._words.ensurePolished()
        button = QSize()
        if self.button is not None:
            self.button.setMaximumWidth(max(round(width * BUTTON_SHARE), 1))
            button = self.button.sizeHint().boundedTo(self.button.maximumSize())
        room = width - ICON - GAP - (button.width() + GAP if self.button is not None else 0)
        if self.more is not None:
            room -= self.more.sizeHint().width() + GAP
        height = max(self._words.heightForWidth(max(room, 80)), button.height(), 18) + 2 * AIR
        self.setFixedHeight(height)
        return height

    def _repair(self) -> None:
        self.repaired.emit(self.problem, self.problem.repair)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go to the layer and its field."""
        self.gone_to.emit(self.problem)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go there by the keyboard."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.gone_to.emit(self.problem)
        else:
            super().keyPressEvent(event)


class Problems(QWidget):
    """The list of problems; one line where all is well.

    Signals
    -------
    chosen(object)
        A `Problem` was clicked.
    repairAsked(object, object)
        The button of a `Problem` was pressed, and which `Repair` it does.
    imagesAsked()
        Images are missing, and are to be chosen.
    mendAllAsked()
        Everything that can be mended is to be.
    """

    chosen = Signal(object)
    repairAsked = Signal(object, object)
    mendAllAsked = Signal()
    imagesAsked = Signal()

    def __init__(self, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self._problems: tuple[Problem, ...] | None = None
        self.rows: list[ProblemRow] = []
        self._well_icon, self.well = QLabel(), secondary()
        self.images = QPushButton("Choose images…")
        self._more = secondary()
        self._head = QWidget()
        self.count, self.mend_all = secondary(wrap=False), QPushButton("Mend everything")
        well = QHBoxLayout()
        well.setSpacing(8)
        well.addWidget(self._well_icon)
        well.addWidget(self.well, 1)
        well.addWidget(self.images, 0, Qt.AlignmentFlag.AlignVCenter)
        self.images.setToolTip("Go to the Data page")
        self.images.setProperty("flat", True)
        self.images.clicked.connect(lambda _on=False: self.imagesAsked.emit())
        self._inside = QWidget()
        self._list = QVBoxLayout(self._inside)
        self._list.setContentsMargins(16, 0, 12, 0)
        self._list.setSpacing(0)
        self._list.addLayout(well)
        self._list.addWidget(self._more)
        self._list.addStretch(1)
        self._area = scrolling(self._inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 8)
        column.setSpacing(2)
        column.addWidget(self._head)
        column.addWidget(self._area)
        self._build_head()
        state.changed.connect(self.refresh)
        theme.changed.connect(self._tint)
        self._tint()
        self.refresh()

    def _build_head(self) -> None:
        row = QHBoxLayout(self._head)
        row.setContentsMargins(16, 0, 12, 0)
        row.addWidget(self.count, 1)
        row.addWidget(self.mend_all)
        self.mend_all.setToolTip(MEND_ALL_TIP)
        self.mend_all.setProperty("flat", True)
        self.mend_all.clicked.connect(lambda _on=False: self.mendAllAsked.emit())

    def refresh(self) -> None:
        """Show the problems of the present analysis."""
        # What keeps the network from being built comes first; only a few are in sight at once.
        problems = tuple(sorted(self._state.problems, key=lambda problem: problem.severity != "error"))
        self._say_well()
        if problems == self._problems:
            return
        self._problems = problems
        self._show_rows(problems[:MOST_PROBLEMS])
        self._more.setText(f"and {len(problems) - len(self.rows):,} more")
        self._more.setVisible(len(problems) > len(self.rows))
        for part in (self.well, self._well_icon):
            part.setVisible(not self.rows)
        self._count(problems)
        self._take_height()

    def _show_rows(self, problems: tuple[Problem, ...]) -> None:
        pairs = list(zip(self.rows, problems, strict=False))
        if len(problems) == len(self.rows) and all(row.takes(problem) for row, problem in pairs):
            for row, problem in pairs:
                row.take(problem)
            return
        for row in self.rows:
            self._list.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [ProblemRow(problem) for problem in problems]
        for i, row in enumerate(self.rows):
            row.gone_to.connect(self.chosen)
            row.repaired.connect(self.repairAsked)
            self._list.insertWidget(1 + i, row)

    def _count(self, problems: tuple[Problem, ...]) -> None:
        errors = sum(problem.severity == "error" for problem in problems)
        words = ((errors, "error"), (len(problems) - errors, "warning"))
        self.count.setText(", ".join(f"{n:,} {word}{'s' * (n != 1)}" for n, word in words if n))
        mendable = sum(bool(mends(problem)) for problem in problems)
        self.mend_all.setVisible(mendable > 1)
        self._head.setVisible(mendable > 1)

    def _say_well(self) -> None:
        count, ready = len(self._state.analysis.rows), self._state.has_images
        sound = f"{count:,} layer{'s' * (count != 1)}, every shape fits"
        text = (
            f"All is well: {sound}, ready to train." if ready else f"The network is sound: {sound}. Images are missing."
        )
        self.images.setVisible(not ready and not self._state.problems)
        if text != self.well.text():
            self.well.setText(text)
            self._take_height()

    def _tint(self) -> None:
        self._well_icon.setPixmap(pixmap("check", 16, "good", self.devicePixelRatioF()))

    def _take_height(self) -> None:
        """Take the height of all rows, or of as many whole ones as there is room for; the drawing gives way."""
        margins = self._list.contentsMargins()
        bar = self._area.verticalScrollBar().sizeHint().width()
        width = max(self.width() - margins.left() - margins.right() - bar, 160)
        tall = [row.take_height(width) for row in self.rows]
        height = sum(tall) or self._well_height(width)
        if not self._more.isHidden():
            height += self._more.sizeHint().height()
        if height > MOST_HEIGHT:
            whole = [sum(tall[:count]) for count in range(1, len(tall) + 1)]
            height = max([*(end for end in whole if end <= MOST_HEIGHT), *whole[:WHOLE_ROWS]], default=MOST_HEIGHT)
        self._area.setFixedHeight(max(height, LEAST_HEIGHT) + 2 * self._area.frameWidth())

    def _well_height(self, width: int) -> int:
        room = width - ICON - GAP
        if self.images.isHidden():
            return self.well.heightForWidth(room) + 8
        button = self.images.sizeHint()
        return max(self.well.heightForWidth(room - button.width() - GAP), button.height()) + 8

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the height that the words need at another width."""
        super().resizeEvent(event)
        self._take_height()
