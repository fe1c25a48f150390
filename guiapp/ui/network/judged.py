"""The project's network held against the arithmetic, the dataset, the memory, and the files that it begins with."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal

from guiapp.core import first_weights
from guiapp.core.analysis import Analysis, analyse, told
from guiapp.core.blocks import flat
from guiapp.core.first_weights import Wanted
from guiapp.core.layers import Problem
from guiapp.core.memory import Needs, memory_problem, needs
from guiapp.core.network import NetworkSpec
from guiapp.core.session import Session
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.network.editing import Rows
from guiapp.ui.network.machine import Room, room


class JudgedNetwork(QObject):
    """Knows what is to be said of the present network.

    Attributes
    ----------
    analysis : Analysis
        What the arithmetic says of the present network, and files of weights that are not there.
    rows : tuple of int
        Positions of the chosen layers, in order.
    room : Room
        The memory that training has.
    needs : Needs
        The memory that training takes.
    problems : tuple of Problem
        What is wrong, also with the memory.

    Signals
    -------
    changed()
        `analysis`, `needs` or `problems` is another; comes before `selected` where both change.
    selected()
        `rows` is another.
    """

    changed = Signal()
    selected = Signal()

    def __init__(self, session: Session, dataset: DatasetModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._dataset = session, dataset
        self._classes = self._class_count()
        self._missing: Mapping[Wanted, str] = {}
        self.rows: Rows = ()
        self.room = room(None)
        self.analysis: Analysis = self._analysed()
        self._weigh()
        dataset.changed.connect(self._dataset_changed)

    @property
    def network(self) -> NetworkSpec:
        """The network that is being edited."""
        return self._session.project.network

    @property
    def batch(self) -> int:
        """The batch size of the training."""
        return self._session.project.training.batch

    @property
    def has_images(self) -> bool:
        """Whether there are images to train with."""
        return bool(self._classes)

    def set_room(self, found: Room) -> None:
        """Hold the network against other memory."""
        if found != self.room:
            self.room = found
            self._weigh()
            self.changed.emit()

    def set_missing(self, found: Mapping[Wanted, str]) -> None:
        """Take what was found out of the files of weights that backbones begin with."""
        if found != self._missing:
            self._missing = found
            self._look_again(self.rows)

    def _analysed(self) -> Analysis:
        more = first_weights.problems(self.network, self._missing) if self._missing else {}
        return told(analyse(self.network, self._classes), more)

    def _weigh(self) -> None:
        training = self._session.project.training
        built = flat(self.network)
        whole = self.analysis if built is self.network else analyse(built, self._classes)
        given = (whole, training.batch, training.optimizer)
        self.needs: Needs = needs(*given, training.momentum)
        scarce = self.room.size is not None and self.needs.total > self.room.size
        found = memory_problem(*given, self.room.size, self.room.what, momentum=training.momentum) if scarce else None
        self.problems: tuple[Problem, ...] = (*self.analysis.problems, *((found,) if found else ()))

    def _look_again(self, rows: Rows) -> None:
        self.analysis = self._analysed()
        self._weigh()
        before, self.rows = self.rows, rows
        self.changed.emit()
        if self.rows != before:
            self.selected.emit()

    def _class_count(self) -> int | None:
        return len(self._dataset.class_names) or None

    def _dataset_changed(self) -> None:
        classes = self._class_count()
        if classes != self._classes:
            self._classes = classes
            self._look_again(self.rows)
