"""The Data place."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from guiapp.core.project import Project
from guiapp.data.importers import importers
from guiapp.look.busy import ProgressStrip
from guiapp.look.drop import DropTarget
from guiapp.look.empty import EmptyState
from guiapp.look.icons import set_icon
from guiapp.ui.data.augmentation import AugmentationView
from guiapp.ui.data.browser import Browser
from guiapp.ui.data.health import HealthView
from guiapp.ui.data.settings import SettingsColumn
from guiapp.ui.data.sizes import SizePreview
from guiapp.ui.data.views import DataView, Views
from guiapp.ui.form import scrolling
from guiapp.ui.get_dataset import get_dataset
from guiapp.ui.health_model import health_of
from guiapp.ui.key_order import order_keys
from guiapp.ui.page import Page
from guiapp.ui.services import Services
from guiapp.ui.unpack_dialog import choose_archive, open_path

LEFT = 300
VIEWS: tuple[type[DataView], ...] = (Browser, HealthView, SizePreview, AugmentationView)
"""What the right side can show, in the order of its bar; the first shows the images."""

TITLE = "Which images shall it learn from?"
TEXT = (
    "Choose a folder with one folder of images for each class, images with a table or list of labels, MNIST or NumPy "
    "files, or an archive of any of these, or drop it here. Nothing is copied or changed."
)


class DataPage(Page):
    """Choose images, see their classes, counts and samples, and divide them."""

    name: ClassVar[str] = "data"
    title: ClassVar[str] = "Data"
    icon: ClassVar[str] = "data"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._path = ""
        self.column = SettingsColumn(services)
        # The modules of all importers: to import them when a form names them would be felt.
        services.jobs.run(importers, key="importers")
        health_of(services)  # it checks what is opened, whichever view is seen
        self.views = Views(services, VIEWS)
        self.progress = ProgressStrip()
        self.empty = EmptyState("data", TITLE, TEXT)
        self.empty.add_button("Choose folder…", self.column.choose, primary=True, icon="folder")
        self.empty.add_button("Get a dataset…", lambda: get_dataset(services, self), icon="download")
        self.empty.add_button("Use the sample", self.column.use_sample)
        self.waiting = QWidget()
        self.right = QStackedWidget()
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()
        self._make_actions()
        self._connect()
        self.refresh()

    def _lay_out(self) -> None:
        middle = QVBoxLayout(self.waiting)
        middle.addStretch(1)
        middle.addWidget(self.progress, 0, Qt.AlignmentFlag.AlignHCenter)
        self.progress.setFixedWidth(420)
        middle.addStretch(1)
        for widget in (self.views, self.empty, self.waiting):
            self.right.addWidget(widget)
        area = scrolling(self.column)
        area.setMinimumWidth(LEFT)
        self._splitter.addWidget(area)
        self._splitter.addWidget(self.right)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes([LEFT, 1000])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._splitter)
        if state := self.services.settings.value("data/splitter"):
            self._splitter.restoreState(state)

    def _make_actions(self) -> None:
        self._open = QAction("Choose folder of images…", self)
        self._open.setShortcut(QKeySequence("Ctrl+Shift+O"))
        set_icon(self._open, "folder")
        self._open.triggered.connect(self.column.choose)
        self._archive = QAction("Open a packed archive…", self)
        self._archive.setToolTip("A zip or tar file: what it holds is shown before it is unpacked")
        self._archive.triggered.connect(lambda _checked=False: choose_archive(self.services, self))
        self._get = QAction("Get a dataset…", self)
        self._get.setToolTip("Download one of the well-known datasets")
        set_icon(self._get, "download")
        self._get.triggered.connect(lambda _checked=False: get_dataset(self.services, self))
        self._sample = QAction("Use the sample images", self)
        self._sample.triggered.connect(self.column.use_sample)
        self._again = QAction("Read the folder again", self)
        self._again.setToolTip("After images were added, removed or changed")
        self._again.triggered.connect(self.services.dataset.refresh)

    def _connect(self) -> None:
        dataset = self.services.dataset
        self.progress.cancelled.connect(dataset.cancel)
        DropTarget(self).pathsDropped.connect(self._dropped)
        dataset.changed.connect(self.refresh)
        dataset.progressed.connect(self._progressed)
        self.views.shown.connect(lambda _view: order_keys(self))
        self.views.rows_wanted.connect(self._show_rows)
        stop = self.services.session.listen(self._session_changed)
        self.destroyed.connect(lambda _gone=None: stop())

    @property
    def browser(self) -> Browser:
        """The view of the images."""
        view = self.views.view(VIEWS[0])
        assert isinstance(view, Browser)
        return view

    def page_actions(self) -> list[QAction]:
        """Return what can be done here."""
        return [action for _name, actions in self.menu_groups() for action in actions]

    def menu_groups(self) -> list[tuple[str, list[QAction]]]:
        """Return `page_actions` by what they are about."""
        own = [self._open, self._archive, self._get, self._sample, self._again]
        return [("", own), *self.column.menu_groups(), *self.views.menu_groups()]

    def save_state(self) -> None:
        """Remember widths and the thumbnails' size."""
        self.services.settings.setValue("data/splitter", self._splitter.saveState())
        self.views.save_state()

    def refresh(self) -> None:
        """Show the dataset's state."""
        model = self.services.dataset
        if model.state != "opening":
            self.progress.finish()
        self.column.refresh()
        if model.state == "ready":
            self._begin_with_images()
            self.right.setCurrentWidget(self.views)
            self.views.refresh()
        elif model.state == "opening":
            if not self.progress.busy:
                self.progress.start("Reading the images…")
            self.right.setCurrentWidget(self.waiting)
        else:
            self._say_what_is_missing()
            self.right.setCurrentWidget(self.empty)
        order_keys(self)  # forms are made when it is known what they ask

    def _begin_with_images(self) -> None:
        """Show the images first where the person has chosen others; a project that is opened leaves the view."""
        settings, before = self.services.session.project.dataset, self._path
        self._path = settings.path if settings is not None else ""
        if self._path != before and self.services.session.undo_text is not None:
            self.views.show_view(VIEWS[0])

    def _say_what_is_missing(self) -> None:
        error = self.services.dataset.error
        if self.services.dataset.state == "failed" and error is not None:
            self.empty.set_text("These images cannot be opened", error.sentence)
        else:
            self.empty.set_text(TITLE, TEXT)

    def _progressed(self, text: str, done: int, total: int) -> None:
        if not self.progress.busy:
            self.progress.start(text, total)
        self.progress.advance(done, total, text)
        if self.services.dataset.state in ("none", "failed"):
            self.right.setCurrentWidget(self.waiting)

    def _dropped(self, paths: list[Path]) -> None:
        if paths:
            open_path(self.services, self, paths[0])

    def _show_rows(self, title: str, rows: object) -> None:
        self.browser.show_only(title, np.asarray(rows, np.intp))
        self.views.show_view(VIEWS[0])

    def _session_changed(self, _old: Project, _new: Project) -> None:
        self.column.refresh()
