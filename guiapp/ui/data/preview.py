"""What the previews share: they follow the project, its dataset and its Input layer, and say when one is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from guiapp.core.layers.input import Input
from guiapp.core.notify import UserError
from guiapp.core.project import Project
from guiapp.data.dataset import Dataset
from guiapp.look.empty import EmptyState
from guiapp.look.jobs import Jobs
from guiapp.ui.data import seen
from guiapp.ui.data.views import DataView
from guiapp.ui.services import Services


class Preview(DataView):
    """The base of a view that shows training images as the network sees them; subclasses fill `content`.

    Attributes
    ----------
    content : QWidget
        Shown while there are images and an Input.
    rows : ndarray of intp
        The training images, shuffled, the classes taking turns; empty until they are found.
    active, layer
        The dataset and the Input layer that are shown, or None.
    """

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.jobs = Jobs(self)
        self.active: Dataset | None = None
        self.layer: Input | None = None
        self.rows: NDArray[np.intp] = np.empty(0, np.intp)
        self._splits: object = None
        self.content = QWidget()
        self.empty = EmptyState(self.icon, "")
        self.add_input = self.empty.add_button("Add an Input", self._add_input, primary=True, icon="input")
        self.stack = QStackedWidget()
        self.stack.addWidget(self.content)
        self.stack.addWidget(self.empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        stop = services.session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())

    # what subclasses do

    def start(self) -> None:
        """Begin with other images: `rows` are those of another dataset or of other splits."""
        raise NotImplementedError

    def read(self) -> None:
        """Read the same images again: they are fitted otherwise."""
        raise NotImplementedError

    def follow(self, project: Project) -> None:
        """Show what else may have changed."""
        raise NotImplementedError

    def fail(self, exc: BaseException) -> None:
        """Say why nothing can be shown."""
        raise NotImplementedError

    # what is shown

    def refresh(self) -> None:
        """Show project and dataset as they are now."""
        project, active = self.services.session.project, self.services.dataset.active
        layer = seen.input_of(project)
        if active is None or not len(active):
            self._lack("There are no images yet", "Choose some at the left, and see them as the network does.")
        elif layer is None:
            self._lack("The network has no Input yet", "It says at what size, and in which colours, images are seen.")
            self.add_input.show()
        else:
            self.stack.setCurrentWidget(self.content)
            self._adopt(active, layer)
            self.follow(project)

    def _lack(self, title: str, text: str) -> None:
        self.jobs.cancel_all()
        self.active = self.layer = self._splits = None
        self.empty.set_text(title, text)
        self.add_input.hide()
        self.stack.setCurrentWidget(self.empty)

    def _adopt(self, active: Dataset, layer: Input) -> None:
        splits, before = self.services.dataset.splits, self.layer
        self.layer = layer
        if active is not self.active or splits is not self._splits:
            self.active, self._splits, self.rows = active, splits, self.rows[:0]
            self.jobs.run(seen.training_rows, active, splits, done=self._found, failed=self.fail, key="rows")
        elif len(self.rows) and seen.look(layer) != seen.look(before):
            self.read()

    def _found(self, rows: NDArray[np.intp]) -> None:
        self.rows = rows
        if len(rows):
            self.start()
        else:
            mend = "Make the other splits smaller, or use images again that were left out"
            self.fail(UserError("no images are left to train on", mend=mend))

    def showEvent(self, event: QShowEvent) -> None:
        """Show what was changed elsewhere meanwhile."""
        super().showEvent(event)
        self.refresh()

    def _session_changed(self, _old: Project, _new: Project) -> None:
        if self.isVisible():
            self.refresh()

    def _add_input(self) -> None:
        project = self.services.session.project
        network = project.network.insert(0, Input())
        self.services.session.change(project.model_copy(update={"network": network}), "add an Input")
