"""The view of the images: filters, the gallery, one image large, and what could not be used."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from guiapp.look.empty import EmptyState
from guiapp.look.heading import figures, hairline, secondary
from guiapp.look.jobs import Jobs
from guiapp.ui.actions import button
from guiapp.ui.data.filters import Filters
from guiapp.ui.data.gallery import Gallery
from guiapp.ui.data.image_actions import ImageActions
from guiapp.ui.data.large import LargeView
from guiapp.ui.data.problems import Problem, ProblemStrip
from guiapp.ui.data.views import DataView
from guiapp.ui.data.wall import Chip, Rows, Wall, Wanted, followed, look
from guiapp.ui.health_model import health_of
from guiapp.ui.services import Services


class Browser(DataView):
    """Shows the dataset's images."""

    title: ClassVar[str] = "Images"
    icon: ClassVar[str] = "image"
    menu_title: ClassVar[str] = "Selected images"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._jobs = Jobs(self)
        self._health = health_of(services)
        self._known: tuple[Problem, ...] = ()
        self.filters = Filters(services.settings)
        self.gallery = Gallery()
        self.gallery.set_side(self.filters.slider.value())
        self.large = LargeView(services)
        self.nothing = EmptyState("search", "No image fits", "Look for something else, or show all images again.")
        self.nothing.add_button("Clear filters", self.filters.clear, primary=True)
        self.problems = ProblemStrip()
        self.count = figures(secondary("", wrap=False))
        self.actions_ = ImageActions(services, self.gallery, self)
        self.actions_.add_to(self.gallery)
        self.actions_.add_to(self.large)
        self._stack = QStackedWidget()
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        self.corner = QWidget()
        row = QHBoxLayout(self.corner)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.count)
        row.addSpacing(8)
        for action in (self.actions_.leave_out, self.actions_.relabel, self.actions_.pin):
            row.addWidget(button(action))
        for widget in (self.gallery, self.large, self.nothing):
            self._stack.addWidget(widget)
        self._line = hairline()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.filters)
        column.addWidget(self._line)
        column.addWidget(self._stack, 1)
        column.addWidget(self.problems)

    def _connect(self) -> None:
        self.filters.changed.connect(lambda _wanted: self._find())
        self.filters.side_changed.connect(self.gallery.set_side)
        self.filters.left.connect(lambda: self.gallery.setFocus(Qt.FocusReason.TabFocusReason))
        self.gallery.opened.connect(self.open)
        self.gallery.selection_changed.connect(self._say_count)
        self.gallery.thumbs.arrived.connect(lambda _images: self._look_at_damaged())
        self._health.changed.connect(self._look_at_damaged)
        self.actions_.opened.connect(self.open)
        self.large.closed.connect(self.close_large)
        self.large.stepped.connect(self._step)
        self.problems.show_images.connect(lambda: self.ask(Wanted(state="damaged", order=self.filters.wanted.order)))

    # the dataset

    def refresh(self) -> None:
        """Show the dataset as it is now; what is asked for stays so where it still makes sense."""
        model, old = self.services.dataset, self.gallery.wall
        if old is not None and old.opened is not model.dataset:
            self.close_large()
            self.gallery.set_wall(None)
            self.filters.show_wanted(Wanted(order=self.filters.wanted.order))
        elif old is not None and model.arranged is not None:
            self.filters.show_wanted(followed(self.filters.wanted, old.arranged, model.arranged))
        self._find()

    def _find(self) -> None:
        model, settings = self.services.dataset, self.services.session.project.dataset
        if model.dataset is None or model.arranged is None or settings is None:
            self._jobs.cancel("find")
            self.gallery.set_wall(None)
            return
        wanted, self._known = self.filters.wanted, self._damaged()
        # Of many thousand names each is compared: not on the window's thread.
        self._jobs.run(look, model.dataset, model.arranged, settings, self._known, wanted, done=self._show, key="find")

    def _damaged(self) -> tuple[Problem, ...]:
        """Return the images that training, the check of their health, or the gallery could not read."""
        model, wall, health = self.services.dataset, self.gallery.wall, self._health.health
        found = dict(model.damaged)
        if model.dataset is not None:
            paths = model.dataset.paths
            failed = self.gallery.thumbs.failed if wall is not None and wall.opened is model.dataset else {}
            for image, why in (*(health.unreadable if health is not None else ()), *failed.items()):
                if image < len(paths):
                    found.setdefault(paths[image], why)
        return tuple(found.items())

    def _show(self, wall: Wall) -> None:
        self.filters.set_choices(wall.dataset.class_names, np.unique(wall.arranged.splits).tolist(), wall.counts())
        self.gallery.set_wall(wall)
        self._show_large_again()
        fits = len(wall.rows) > 0
        if self._stack.currentWidget() is not self.large:
            self._stack.setCurrentWidget(self.gallery if fits or wall.wanted.everything else self.nothing)
        skipped = [(item.path, item.why) for item in wall.dataset.skipped]
        self.problems.set_problems(skipped, wall.damaged())

    def _look_at_damaged(self) -> None:
        if self._damaged() != self._known:
            self._find()

    def _say_count(self) -> None:
        wall = self.gallery.wall
        if wall is None:
            self.count.setText("")
            return
        shown, total, chosen = len(wall.rows), len(wall.dataset), len(self.gallery.chosen)
        text = f"{total:,} images" if shown == total else f"{shown:,} of {total:,} images"
        self.count.setText(f"{chosen:,} chosen of {shown:,}" if chosen > 1 else text)

    def ask(self, wanted: Wanted) -> None:
        """Show other images."""
        self.close_large()
        self.filters.ask(wanted)

    def show_only(self, title: str, rows: Rows) -> None:
        """Show these rows of `DatasetModel.active` alone, in this order, under a title."""
        arranged = self.services.dataset.arranged
        if arranged is not None:
            chip = Chip(title, arranged.rows[rows])
            self.ask(replace(Wanted(), chip=chip))

    # one image large

    @property
    def is_large(self) -> bool:
        """Whether one image is shown large."""
        return self._stack.currentWidget() is self.large

    def open(self, _row: int) -> None:
        """Show the gallery's current image large."""
        wall = self.gallery.wall
        if wall is not None and self.gallery.place >= 0:
            self.large.show_image(wall, self.gallery.place)
            for widget in (self.filters, self._line):
                widget.hide()
            self._stack.setCurrentWidget(self.large)
            self.large.setFocus()

    def _step(self, by: int) -> None:
        self.open(self.gallery.step(by))

    def _show_large_again(self) -> None:
        if self.is_large and self.gallery.wall is not None:
            if self.gallery.place < 0:
                self.close_large()
            else:
                self.large.show_image(self.gallery.wall, self.gallery.place)

    def close_large(self) -> None:
        """Go back to the gallery."""
        if self.is_large:
            for widget in (self.filters, self._line):
                widget.show()
            self._stack.setCurrentWidget(self.gallery)
            self.gallery.setFocus()
            self.large.forget()

    def page_actions(self) -> list[QAction]:
        """Return what can be done with the images."""
        return self.actions_.all

    def save_state(self) -> None:
        """Remember the order and the size of the thumbnails."""
        self.filters.save_state()
