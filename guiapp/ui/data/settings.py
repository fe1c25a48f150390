"""The left column: where the images come from, the classes, the splits, and the size that the network sees."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydantic import BaseModel
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from guiapp.core.layers import Layer
from guiapp.core.messages import EnsureSample
from guiapp.core.notify import UserError
from guiapp.core.project import DatasetSettings, Project
from guiapp.data.dataset import SPLIT_NAMES, TEST, TRAIN, VALIDATION
from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import KeyValue, heading, secondary
from guiapp.look.icons import set_icon
from guiapp.ui.data.classes import ClassList
from guiapp.ui.form import FieldsForm, with_field
from guiapp.ui.services import Services

SHARES = ("validation", "test", "seed")
MOST_ROWS = 10
SIZE = ("height", "width", "channels", "fit", "scaling")


class SettingsColumn(QWidget):
    """Shows and changes the dataset's settings and the network's Input layer."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._path = ElidedLabel("", role="body")
        self._kind = secondary("")
        self.choose_button = QPushButton("Choose…")
        set_icon(self.choose_button, "folder")
        self.choose_button.setToolTip("Choose a folder that holds one folder of images for each class (Ctrl+Shift+O)")
        self.choose_button.clicked.connect(self.choose)
        self.sample_button = QPushButton("Sample")
        self.sample_button.setToolTip("Use the images of shapes that the program draws itself")
        self.sample_button.clicked.connect(self.use_sample)
        self.classes = ClassList()
        self.classes.chosen.connect(self._classes_chosen)
        self.shares = FieldsForm(names=SHARES)
        self.shares.changed.connect(self._share_changed)
        self._given = secondary("")
        self._counts = [KeyValue(name.capitalize()) for name in SPLIT_NAMES]
        self.size_form = FieldsForm(names=SIZE)
        self.size_form.changed.connect(self._size_changed)
        self._known = QWidget()
        self._no_input = secondary("The network has no Input yet. Add one on the Network page.")
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(4)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.choose_button, 1)
        buttons.addWidget(self.sample_button, 1)
        column.addWidget(heading("Images"))
        column.addWidget(self._path)
        column.addWidget(self._kind)
        column.addSpacing(4)
        column.addLayout(buttons)
        column.addSpacing(16)
        column.addWidget(self._known)
        column.addWidget(heading("Size and scaling"))
        column.addWidget(self._no_input)
        column.addWidget(self.size_form)
        column.addStretch(1)
        known = QVBoxLayout(self._known)
        known.setContentsMargins(0, 0, 0, 16)
        known.setSpacing(4)
        known.addWidget(heading("Classes"))
        known.addWidget(self.classes)
        known.addSpacing(16)
        known.addWidget(heading("Splits"))
        known.addWidget(self._given)
        known.addWidget(self.shares)
        for row in self._counts:
            known.addWidget(row)

    # what is shown

    def refresh(self) -> None:
        """Show the project and its dataset as they are now."""
        project, model = self._services.session.project, self._services.dataset
        settings, dataset = project.dataset, model.dataset
        self._path.setText(settings.path if settings else "No images yet")
        self._kind.setText(_summary(len(dataset), len(dataset.class_names)) if dataset else "")
        if dataset is not None and settings is not None:
            self.classes.set_classes(dataset.class_names, dataset.counts().tolist(), settings.classes)
        else:
            self.classes.set_classes((), (), None)
        self.classes.setFixedHeight(28 * min(max(2, self.classes.count()), MOST_ROWS) + 2)
        self._known.setVisible(dataset is not None)
        if settings is not None:
            self.shares.set_value(settings, key=settings.path)
        given = dataset.given_splits if dataset is not None else None
        self._given.setVisible(given is not None)
        if given is not None:
            self._given.setText(_given_text(set(np.unique(given).tolist())))
        for which, row in enumerate(self._counts):
            row.set_value(f"{int(np.count_nonzero(model.splits == which)):,}" if model.splits.size else "–")
        self._show_input(project)

    def _show_input(self, project: Project) -> None:
        layer = _input(project)
        self.size_form.setVisible(layer is not None)
        self._no_input.setVisible(layer is None)
        if layer is not None:
            self.size_form.set_value(layer, key=layer.name)

    # what is changed

    def choose(self) -> None:
        """Ask for a folder."""
        model = self._services.dataset
        # The folder was there when it was opened; to look again could take long on a drive that is gone.
        start = model.dataset.root if model.dataset is not None else Path.home()
        folder = QFileDialog.getExistingDirectory(self, "Choose the folder of images", str(start))
        if folder:
            self._services.dataset.choose(folder)

    def use_sample(self) -> None:
        """Use the images that the program draws itself; they are drawn first where they are missing."""
        model = self._services.dataset
        self._services.engine.request(EnsureSample, model.choose, progress=model.progressed.emit)

    def _classes_chosen(self, names: tuple[str, ...] | None) -> None:
        settings = self._services.session.project.dataset
        if settings is None:
            return
        if names is not None and len(names) < 2:
            self.refresh()
            return
        chosen = settings.model_copy(update={"classes": names})
        self._services.dataset.set_settings(chosen, "choose classes", "dataset.classes")

    def _share_changed(self, name: str, value: object) -> None:
        settings = self._services.session.project.dataset
        if settings is None:
            return
        try:
            changed: BaseModel = with_field(settings, name, value)
        except UserError as exc:
            self.shares.refuse(name, value, exc.what)
            return
        if isinstance(changed, DatasetSettings):
            self.shares.show_problem(name, "")
            self._services.dataset.set_settings(changed, f"change the {name} share", f"dataset.{name}")

    def _size_changed(self, name: str, value: object) -> None:
        project = self._services.session.project
        layer = _input(project)
        if layer is None:
            return
        try:
            network = project.network.replace(project.network.index(layer.name), with_field(layer, name, value))
        except UserError as exc:
            self.size_form.refuse(name, value, exc.what)
            return
        self.size_form.show_problem(name, "")
        changed = project.model_copy(update={"network": network})
        self._services.session.change(changed, f"change {name} of {layer.name}", f"{layer.name}.{name}")


def _input(project: Project) -> Layer | None:
    return next((layer for layer in project.network.layers if layer.kind == "Input"), None)


def _summary(images: int, classes: int) -> str:
    return f"{images:,} images in {classes:,} classes"


def _given_text(found: set[int]) -> str:
    names = [SPLIT_NAMES[which] for which in (TRAIN, VALIDATION, TEST) if which in found]
    listed = " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
    rest = "" if VALIDATION in found else " Validation images are taken from the training images."
    return f"The images come divided into {listed}; that is kept.{rest}"
