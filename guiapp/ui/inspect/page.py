"""The Inspect page: any layer, any image, any recorded step."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import notify
from guiapp.look import heading as words
from guiapp.look.drop import DropTarget
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.icons import set_icon
from guiapp.look.pixels import Bytes
from guiapp.ui.inspect.evaluation import EvaluationView
from guiapp.ui.inspect.heat import HeatView
from guiapp.ui.inspect.layers import Layers
from guiapp.ui.inspect.looks import Looks
from guiapp.ui.inspect.maps import MapsView
from guiapp.ui.inspect.panels import inspect_panels
from guiapp.ui.inspect.source import MapSource, Shown
from guiapp.ui.inspect.strip import Images, one_of_each
from guiapp.ui.page import Page
from guiapp.ui.pinning import Pinning
from guiapp.ui.predict.actions import button, choose_files, make_action
from guiapp.ui.predict.images import PASTED, Source, find_images, png
from guiapp.ui.services import Services

STATE = "inspect"


class InspectPage(Page):
    """Images on top, layers at the left, the chosen layer in the middle, the chosen map at the right."""

    name: ClassVar[str] = "inspect"
    title: ClassVar[str] = "Inspect"
    icon: ClassVar[str] = "inspect"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self.view = services.view
        self.pinning = Pinning(services.session, self)
        self.images = Images(self.view, self.pinning)
        self.layers = Layers(self.view)
        self.maps = MapsView(self.view)
        self.source = MapSource(services, self)
        self._make_actions()
        self._lay_out()
        self._connect()
        self._arrange()

    def _make_actions(self) -> None:
        make = partial(make_action, self)
        self._dataset = make(
            "Images from the dataset", "data", "Ctrl+D", self.from_dataset, tip="Add a random image of each class"
        )
        self._open = make("Open image…", "open", "Ctrl+I", self.choose_files, tip="Look at an image file")
        self._paste = make("Paste image", "paste", "Ctrl+V", self.paste, tip="Look at the image that was copied")
        self._up = make("Layer above", "up", "Ctrl+Up", lambda: self.layers.step(-1))
        self._down = make("Layer below", "down", "Ctrl+Down", lambda: self.layers.step(1))
        self.pin = self.pinning.action(self.images.source, self)
        self.addAction(self.pin)

    def page_actions(self) -> list[QAction]:
        """Return the page's actions."""
        return [self._dataset, self._open, self._paste, self.pin, self._up, self._down]

    # Layout

    def _lay_out(self) -> None:
        self.drop = DropTarget(self)
        self.empty = EmptyState(
            "inspect",
            "Nothing to look into yet",
            "Train a network first. Then every layer can be looked at here, for any image, at every recorded step.",
        )
        self.empty.add_button("Go to Train", lambda: self.go.emit("train"), primary=True, icon="train")
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.tabs.setAccessibleName("What is looked at")
        self.middle = QStackedWidget()
        self.tabs.addTab("Maps")
        self.middle.addWidget(self.maps)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self._side())
        self.split.addWidget(self._body())
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([180, 1064])
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._top())
        column.addWidget(words.hairline())
        column.addWidget(self.split, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.empty)
        self.stack.addWidget(content)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 8, 16, 8)
        whole.addWidget(self.stack)
        self._restore()

    def _top(self) -> QHBoxLayout:
        self.hint: QLabel = words.secondary("Drop images here, or take some from the dataset.", wrap=False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.images, 1)
        row.addWidget(self.hint, 1)
        row.addWidget(button(self._dataset, "data", "From the dataset"))
        row.addWidget(button(self._open, "open"))
        self._pin_button = button(self.pin, "pin")
        self._pin_button.setMinimumWidth(124)
        row.addWidget(self._pin_button)
        return row

    def _side(self) -> QWidget:
        side = QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(4)
        title = words.heading("Layers")
        title.setFixedHeight(28)
        column.addWidget(title)
        column.addWidget(self.layers, 1)
        side.setMinimumWidth(132)
        return side

    def _body(self) -> QWidget:
        body = QWidget()
        self.caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self.looks = Looks(self.view)
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.tabs)
        head.addSpacing(8)
        head.addWidget(self.caption, 1000)
        head.addStretch(1)
        head.addWidget(self.looks)
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.middle, 1)
        return body

    def _connect(self) -> None:
        view, source = self.view, self.source
        self.drop.pathsDropped.connect(self.take_paths)
        self.drop.imageDropped.connect(self._take_pixels)
        self.images.chosen.connect(self._image_chosen)
        source.shown.connect(self._shown)
        source.thumbs.connect(self.layers.set_maps)
        source.failed.connect(self.maps.set_problem)
        self.maps.captioned.connect(self.caption.setText)
        self.tabs.currentChanged.connect(self._tab_chosen)
        view.run_changed.connect(self._run_changed)
        view.snapshots_changed.connect(self._arrange)
        view.step_changed.connect(source.refresh)
        view.layer_changed.connect(source.refresh_layer)
        self.services.dataset.changed.connect(self._arrange)
        self.pin.changed.connect(self._pin_words)
        self._run_changed()
        self._image_chosen(self.images.image())

    # Coming and going

    def arrive(self) -> None:
        """Fetch what the page shows; panels are made the first time."""
        if self.tabs.count() == 1:
            self._make_panels()
        self.source.active = True
        self.source.refresh()

    def hideEvent(self, event: object) -> None:
        """Ask for nothing while nobody looks."""
        self.source.active = False

    def save_state(self) -> None:
        """Remember the splitters."""
        settings = self.services.settings
        for name, splitter in self._splitters():
            settings.setValue(f"{STATE}/{name}", splitter.saveState())

    def _restore(self) -> None:
        for name, splitter in self._splitters():
            state = self.services.settings.value(f"{STATE}/{name}")
            if state is not None:
                splitter.restoreState(state)

    def _splitters(self) -> list[tuple[str, QSplitter]]:
        return [("side", self.split), ("maps", self.maps.split), ("detail", self.maps.detail.split)]

    def _make_panels(self) -> None:
        for kind in inspect_panels():
            panel = kind(self.view, self.services.jobs)
            widget: QWidget = panel
            if hasattr(panel, "set_evaluation"):
                widget = EvaluationView(self.services, panel, panel)
            elif hasattr(panel, "set_heat") and hasattr(panel, "wanted"):
                widget = HeatView(self.services, self.images, panel, panel)
            self.tabs.addTab(kind.title)
            self.middle.addWidget(widget)

    def _tab_chosen(self, at: int) -> None:
        self.middle.setCurrentIndex(at)
        for widget in (self.caption, self.looks):
            widget.setVisible(at == 0)

    # What there is

    def _run_changed(self) -> None:
        self.layers.set_analysis(self.view.analysis)
        self.maps.set_empty("Reading the maps…" if self.view.snapshots.size else "The first snapshot is on its way…")
        self._arrange()
        self.source.refresh()

    def _arrange(self) -> None:
        self.stack.setCurrentIndex(0 if self.view.run is None else 1)
        some = self.images.count() > 0
        self.images.setVisible(some)
        self.hint.setVisible(not some)
        self._dataset.setEnabled(self.services.dataset.active is not None)
        if not some and self.view.snapshots.size:
            self.maps.set_empty("Choose an image above and a layer at the left.")

    def _image_chosen(self, image: int | Source | None) -> None:
        self._arrange()
        self.pin.refresh()
        self.source.set_image(image)

    def _pin_words(self) -> None:
        self._pin_button.setText(self.pin.text())
        self._pin_button.setToolTip(self.pin.toolTip())
        set_icon(self._pin_button, self.pin.icon_name)

    def _shown(self, shown: Shown) -> None:
        # An answer of the disk that was overtaken by the timeline would flicker.
        if shown.layer == self.view.layer:
            self.maps.set_shown(shown)

    # Images

    def choose_files(self) -> None:
        """Ask for image files."""
        choose_files(self, self.take_paths)

    def paste(self) -> None:
        """Take the image or the files that were copied."""
        if not self.drop.take(QGuiApplication.clipboard().mimeData()):
            notify.info("There is no image to paste. Copy an image or an image file first.")

    def take_paths(self, paths: Sequence[str | Path]) -> None:
        """Look at images, and at those in folders."""
        self.services.jobs.run(
            find_images,
            [str(path) for path in paths],
            done=lambda found: self._add([(Path(path).stem, path) for path in found]),
            progress=lambda _count: None,
            key="inspect paths",
            doing="looking for images",
        )

    def _take_pixels(self, image: Bytes) -> None:
        self.services.jobs.run(
            png, image, done=lambda data: self._add([(PASTED, data)]), key="inspect paths", doing="taking the image"
        )

    def from_dataset(self) -> None:
        """Add a random image of each class."""
        dataset = self.services.dataset.active
        if dataset is None:
            notify.info("There is no dataset open. Choose a folder of images on the Data page.")
            return
        self.services.jobs.run(
            one_of_each,
            dataset,
            random.randrange(2**31),
            done=self._add,
            key="inspect paths",
            doing="taking images from the dataset",
        )

    def _add(self, images: list[tuple[str, Source]]) -> None:
        self.images.add(images)
        self._arrange()
