"""Under the drawing: what the network costs."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from guiapp.core.memory import BYTES, Needs, disk
from guiapp.look.heading import caption, figures, set_property
from guiapp.ui.network.machine import Room
from guiapp.ui.network.state import NetworkState
from guiapp.ui.network.words import byte_text, short_count

COLUMNS = (6, 3, 2)
SPACING = 12
KEPT = (
    "Memory for what all layers give out, for one batch of the training. Training needs less where the layers are "
    "frozen: what they give out is not kept for it."
)
SO_FAR = "Not all of it: what a layer with an error costs is not known."


class _Figure(QWidget):
    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.name, self.value, self.tip = caption(name), figures(QLabel()), tip
        self.value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.name)
        column.addWidget(self.value)

    def show_value(self, value: str, *, whole: bool = True) -> None:
        self.value.setText(value if whole else f"≥ {value}")
        self.setToolTip(self.tip if whole else f"{self.tip}\n{SO_FAR}")
        said = value if whole else f"at least {value}"
        self.setAccessibleName(f"{self.name.text()}: {said}")


class Totals(QWidget):
    """The network's figures in one row, or in as many as it takes to show them whole."""

    def __init__(self, state: NetworkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.parameters = _Figure("Parameters", "All the numbers that the network holds.")
        self.trainable = _Figure("Trainable", "The numbers that training changes.")
        self.macs = _Figure("Multiply-adds", "What one image costs: multiplications, each with an addition.")
        self.memory = _Figure("Activations", KEPT)
        self.training = _Figure("Training needs", "")
        self.disk = _Figure("On disk", "The size of the saved weights, four bytes a number.")
        self.figures = (self.parameters, self.trainable, self.macs, self.memory, self.training, self.disk)
        self._columns = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(16, 10, 16, 6)
        self._grid.setHorizontalSpacing(SPACING)
        self._grid.setVerticalSpacing(4)
        state.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the figures of the present analysis."""
        analysis, batch, room = self._state.analysis, self._state.batch, self._state.room
        whole = analysis.whole
        self.parameters.show_value(f"{analysis.parameters:,}", whole=whole)
        self.trainable.show_value(f"{analysis.trainable:,}", whole=whole)
        self.macs.show_value(short_count(analysis.macs), whole=whole)
        self.memory.name.setText(f"Activations, batch {batch:,}")
        self.memory.show_value(byte_text(analysis.activations * batch * BYTES), whole=whole)
        needed = self._state.needs.total
        scarce = room.size is not None and needed > room.size
        self.training.tip = _needs_tip(self._state.needs, room)
        self.training.show_value(f"about {byte_text(needed)}" if whole else byte_text(needed), whole=whole)
        set_property(self.training.value, "role", "warning" if scarce else None)
        self.disk.show_value(byte_text(disk(analysis)), whole=whole)
        self._arrange()

    def columns(self) -> int:
        """Return how many figures stand side by side."""
        return self._columns

    def _arrange(self) -> None:
        """Take as few rows as show every figure whole at this width."""
        widths = [figure.sizeHint().width() for figure in self.figures]
        margins = self._grid.contentsMargins()
        room = self.width() - margins.left() - margins.right()
        columns = next((count for count in COLUMNS if _width(widths, count) <= room), COLUMNS[-1])
        if columns == self._columns:
            return
        self._columns = columns
        for at, figure in enumerate(self.figures):
            self._grid.addWidget(figure, at // columns, at % columns)
        for column in range(COLUMNS[0]):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    def minimumSizeHint(self) -> QSize:
        """Let the column be narrower than the figures side by side: they take more rows then."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take more or fewer rows."""
        super().resizeEvent(event)
        self._arrange()


def _width(widths: list[int], columns: int) -> int:
    """Return how wide so many columns of figures are."""
    return sum(max(widths[column::columns]) for column in range(columns)) + SPACING * (columns - 1)


def _needs_tip(found: Needs, room: Room) -> str:
    lines = [
        "About the memory that training takes:",
        f"{byte_text(found.weights)} for the weights",
        f"{byte_text(found.gradients)} for their gradients",
        f"{byte_text(found.optimizer)} for what the optimiser keeps",
        f"{byte_text(found.activations)} for what the layers give out for one batch",
        f"{byte_text(found.working)} for the layers under way",
    ]
    if room.size is not None:
        lines.append(f"{room.what[0].upper()}{room.what[1:]} has {byte_text(room.size)}.")
    return "\n".join(lines)
