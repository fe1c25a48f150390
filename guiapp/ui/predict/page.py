"""The Predict page: drop an image and read what the network says of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from guiapp.core import notify
from guiapp.core.analysis import Analysis
from guiapp.core.messages import Prediction
from guiapp.core.notify import UserError, as_user_error
from guiapp.look import heading as words
from guiapp.look.drop import DropTarget
from guiapp.look.empty import EmptyState
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes
from guiapp.ui.page import Page
from guiapp.ui.predict.actions import button, choose_files, choose_folder, make_action
from guiapp.ui.predict.answer import Answer
from guiapp.ui.predict.history import History
from guiapp.ui.predict.images import Source, png, read_picture, title_of
from guiapp.ui.predict.networks import NetworkChooser, read_analysis
from guiapp.ui.predict.overlay import costs, overlay
from guiapp.ui.predict.picture import Picture
from guiapp.ui.predict.single import Asker
from guiapp.ui.predict.table import Table
from guiapp.ui.services import Services
from guiapp.visuals.live import Array

SPLITTER, SIZES = "predict/splitter", (480, 740)


class PredictPage(Page):
    """One image with its answer, or a table of many."""

    name: ClassVar[str] = "predict"
    title: ClassVar[str] = "Predict"
    icon: ClassVar[str] = "predict"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._jobs = Jobs(self)
        self._heat: Array | None = None
        self._sizes = [int(size) for size in services.settings.value(SPLITTER) or SIZES]
        self.networks = NetworkChooser(services)
        self.picture = Picture(self.choose_files, self.paste)
        self.answer = Answer(services.view)
        self.table = Table(services)
        self.history = History()
        self.history.hide()
        self._make_actions()
        self.asker = Asker(services.engine, self)
        self._lay_out()
        self._connect()

    def _make_actions(self) -> None:
        make = partial(make_action, self)
        self._open = make("Open image…", "open", "Ctrl+I", self.choose_files, tip="Ask about an image file")
        self._folder = make("Open folder…", "folder", "Ctrl+Shift+I", self.choose_folder, tip="Ask about many images")
        self._paste = make("Paste image", "paste", "Ctrl+V", self.paste, tip="Ask about the image that was copied")
        self._export = make("Export table…", "export", "", self.table.choose_export, tip="Write the table as CSV")
        self._forget = make("Remove image from the strip", "remove", "", self._forget_current, tip="Forget this image")

    def page_actions(self) -> list[QAction]:
        """Return the page's actions."""
        return [self._open, self._folder, self._paste, self._export, self._forget]

    # Layout

    def _lay_out(self) -> None:
        self.drop = DropTarget(self)
        self.no_network = EmptyState(
            "predict",
            "No network to ask yet",
            "Train one first. Then drop any image here, even while the network is still learning.",
        )
        self.no_network.add_button("Go to Train", lambda: self.go.emit("train"), primary=True, icon="train")
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(1)
        self.split.addWidget(self.picture)
        self.split.addWidget(self.answer)
        self.split.setStretchFactor(0, 2)
        self.split.setStretchFactor(1, 3)
        self.answer.hide()
        self.stack = QStackedWidget()
        for widget in (QWidget(), self.no_network, self.split, self.table):
            self.stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 8)
        column.setSpacing(12)
        column.addLayout(self._header())
        column.addWidget(self.stack, 1)
        column.addWidget(self.history)

    def _header(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(words.title("Predict"))
        row.addSpacing(16)
        row.addWidget(words.secondary("Network", wrap=False))
        row.addWidget(self.networks)
        row.addStretch(1)
        row.addWidget(button(self._open, "open"))
        row.addWidget(button(self._folder, "folder"))
        row.addWidget(button(self._paste, "paste", "Paste"))
        return row

    def _connect(self) -> None:
        self.drop.pathsDropped.connect(self.take_paths)
        self.drop.imageDropped.connect(self._take_pixels)
        self.history.again.connect(self.show_image)
        self.history.removed.connect(self._removed)
        self.table.opened.connect(self.show_image)
        self.table.left.connect(self._leave_table)
        self.networks.chosen.connect(self._network_chosen)
        self.networks.loaded.connect(self._arrange)
        self.answer.maps.layerChosen.connect(self.asker.set_layer)
        self.picture.heatToggled.connect(self._heat_toggled)
        self.asker.predicted.connect(self._predicted)
        self.asker.mapped.connect(self.answer.maps.set_maps)
        self.asker.heated.connect(self._heated)
        self.asker.refused.connect(self.answer.set_problem)
        self.asker.unmapped.connect(self.answer.maps.set_problem)
        self.asker.unheated.connect(self._unheated)
        self.services.view.snapshots_changed.connect(self._learned)
        self._network_chosen()

    def arrive(self) -> None:
        """Read the list of runs."""
        self.networks.refresh()
        self._arrange()

    def save_state(self) -> None:
        """Remember where the splitter is."""
        self.services.settings.setValue(SPLITTER, self._sizes if self.answer.isHidden() else self.split.sizes())

    def _arrange(self) -> None:
        """Show what there is: nothing while it is not known, the way to train, one image, or the table."""
        if self.networks.network is None:
            self.stack.setCurrentIndex(1 if self.networks.known else 0)
        elif self.stack.currentWidget() is not self.table:
            self.stack.setCurrentWidget(self.split)
        one = self.asker.source is not None
        if one and self.answer.isHidden():
            self.answer.show()
            # Sizes count only while both sides are there.
            self.split.setSizes(self._sizes)
        elif not one and not self.answer.isHidden():
            self._sizes = self.split.sizes()
            self.answer.hide()
        self.picture.set_beside(one)
        self._export.setEnabled(self.table.export.isEnabled())
        self._forget.setEnabled(bool(self.history.sources))

    # What is handed over

    def choose_files(self) -> None:
        """Ask for image files."""
        choose_files(self, self.take_paths)

    def choose_folder(self) -> None:
        """Ask for a folder of images."""
        choose_folder(self, lambda path: self.take_paths([path]))

    def paste(self) -> None:
        """Take the image or the files that were copied."""
        if not self.drop.take(QGuiApplication.clipboard().mimeData()):
            notify.info("There is no image to paste. Copy an image or an image file first.")

    def take_paths(self, given: Sequence[str | Path]) -> None:
        """Ask about one image, or about several and those in folders as a table."""
        paths = [str(path) for path in given]
        # Whether it is a folder is asked on a worker thread: the place may be slow, or gone.
        self._jobs.run(
            lambda: len(paths) > 1 or any(Path(path).is_dir() for path in paths),
            done=lambda many: self._show_table(paths) if many else self.show_image(paths[0]),
            key="predict paths",
            doing="opening the image",
        )

    def _take_pixels(self, image: Bytes) -> None:
        self._jobs.run(png, image, done=self.show_image, key="predict paths", doing="taking the image")

    def _show_table(self, paths: list[str]) -> None:
        network = self.networks.network
        if network is not None:
            self.stack.setCurrentWidget(self.table)
            self.table.start(paths, network.run)
        self._arrange()

    def _leave_table(self) -> None:
        self.table.cancel()
        self.stack.setCurrentWidget(self.split)
        self._arrange()

    # One image

    def show_image(self, source: Source) -> None:
        """Show an image and ask the network about it."""
        self.history.add(source)
        self._heat = None
        self.answer.clear()
        self.picture.expect(title_of(source))
        self._jobs.run(
            read_picture, source, done=self._read, failed=self._unread, key="predict picture", doing="reading the image"
        )
        self.asker.ask(source, self.networks.network)
        if self.stack.currentWidget() is self.table:
            self.stack.setCurrentWidget(self.split)
        self._arrange()

    def _read(self, image: Bytes) -> None:
        self.picture.set_picture(image)
        self._lay_heat()

    def _unread(self, exc: BaseException) -> None:
        error = as_user_error(exc, doing="reading the image")
        self.asker.ask(None, None)
        self._forget_current()
        self.picture.set_problem(error)
        self._arrange()

    def _predicted(self, prediction: Prediction) -> None:
        self.answer.set_prediction(prediction)
        if self.asker.source is not None and prediction.classes:
            self.history.set_class(self.asker.source, prediction.classes[0])

    def _forget_current(self) -> None:
        key = self.history.current()
        if key is not None:
            self.history.remove(key)

    def _removed(self, source: Source) -> None:
        if source == self.asker.source:
            self.asker.ask(None, None)
            self.picture.clear()
        self._arrange()

    # The network

    def _network_chosen(self) -> None:
        network = self.networks.network
        self._heat = None
        self._arrange()
        if network is None:
            return
        self._jobs.run(
            read_analysis,
            network.folder,
            done=self._analysed,
            failed=self._not_analysed,
            key="predict analysis",
        )
        if self.stack.currentWidget() is self.table and self.table.model.rows:
            self.table.again(network.run)
        if self.asker.source is not None:
            self.asker.ask(self.asker.source, network)

    def _analysed(self, analysis: Analysis) -> None:
        self.answer.maps.set_analysis(analysis)
        self.asker.set_layer(self.answer.maps.layer.currentText())

    def _not_analysed(self, exc: BaseException) -> None:
        self.answer.maps.set_problem(as_user_error(exc, doing="opening the run"))

    def _learned(self) -> None:
        network = self.networks.network
        if network is not None and network.run is None and self.isVisible():
            self.asker.follow()

    # What mattered

    def _heat_toggled(self, wanted: bool) -> None:
        self.asker.set_heat(wanted)
        if not wanted:
            self.picture.say("")
            self.picture.set_heated(None)
        else:
            self._lay_heat()

    def _heated(self, heat: Array) -> None:
        self._heat = heat
        self._lay_heat()

    def _unheated(self, error: UserError) -> None:
        self._heat = None
        self.picture.set_heated(None)
        if error.what:
            self.picture.say(error.sentence)

    def _lay_heat(self) -> None:
        picture, heat = self.picture.picture(), self._heat
        if picture is not None and heat is not None and self.picture.heat.isChecked():
            self.picture.say(costs(heat))
            self._jobs.run(overlay, picture, heat, done=self.picture.set_heated, key="predict heat")
