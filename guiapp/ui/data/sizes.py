"""The view that shows images of the dataset as they are, and as the network sees them."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from guiapp.core.layers.input import Input
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.project import Project
from guiapp.data.dataset import Dataset
from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import hairline, heading, secondary
from guiapp.look.imageview import ImageView
from guiapp.look.pixels import to_qimage
from guiapp.ui.data import seen
from guiapp.ui.data.fits import SIDE, FitChoice
from guiapp.ui.data.pairs import Pair, PairGrid
from guiapp.ui.data.pictures import action_button, make_action
from guiapp.ui.data.preview import Preview
from guiapp.ui.data.seen import Measured, Seen
from guiapp.ui.services import Services

COUNT = 12
SCALING_WORDS = {
    "1/255": "values divided by 255",
    "none": "values as they are",
    "mean image": "mean image subtracted: mid grey is 0, black −255, white 255",
    "per channel": "mean subtracted, divided by the deviation: mid grey is 0, black −3, white 3",
}


class SizePreview(Preview):
    """Shows a dozen images before and after they are fitted and scaled; the fit can be chosen by its picture."""

    title: ClassVar[str] = "Size and colour"
    icon: ClassVar[str] = "input"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._place, self._next = 0, 0
        self._seen: list[Seen] = []
        self._measured: Measured | None = None
        self._asked: object = None
        self.words = ElidedLabel("", Qt.TextElideMode.ElideRight, role="secondary")
        self.pairs = PairGrid()
        self.fits = FitChoice()
        self.fit_title = heading("Fit")
        self.mean_title = heading("Mean image")
        self.mean = ImageView("Measuring…")
        self.mean.setFixedSize(SIDE, SIDE)
        self.measured_words = secondary("")
        self.others_action = make_action(
            self, "Other images", "step-forward", "F4", "Show other images of the training split"
        )
        self.others_action.triggered.connect(self.show_others)
        self._lay_out()
        self.pairs.selected.connect(self._show_fits)
        self.fits.chosen.connect(self._fit_chosen)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(heading("As the network sees them"))
        top.addWidget(self.words, 1)
        top.addWidget(action_button(self.others_action, "step-forward"))
        column = QVBoxLayout(self.content)
        column.setContentsMargins(16, 8, 16, 12)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.pairs, 1)
        column.addWidget(hairline())
        column.addLayout(self._bottom())

    def _bottom(self) -> QHBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addWidget(self.fit_title)
        left.addWidget(self.fits)
        self._scaling = QWidget()
        right = QVBoxLayout(self._scaling)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(4)
        right.addWidget(self.mean_title)
        beside = QHBoxLayout()
        beside.setSpacing(12)
        beside.addWidget(self.mean, 0, Qt.AlignmentFlag.AlignTop)
        beside.addWidget(self.measured_words, 1, Qt.AlignmentFlag.AlignTop)
        right.addLayout(beside, 1)
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addLayout(left)
        row.addWidget(self._scaling, 1)
        row.addStretch(0)
        return row

    def page_actions(self) -> list[QAction]:
        """Return what can be done here."""
        return [self.others_action]

    # what is shown

    def start(self) -> None:
        """Show the first of other images."""
        self._place = 0
        self.read()

    def read(self) -> None:
        """Read the images that are shown, and measure what their scaling needs."""
        self._seen = []  # fitted otherwise, they would not go with what is measured
        self.jobs.run(
            seen.read_some, self.active, self.rows, self._place, COUNT, self.layer,
            done=self._show_images, failed=self.fail, key="read",
        )  # fmt: skip
        self._measure()

    def follow(self, project: Project) -> None:
        """Show the fit and the scaling in use."""
        layer = self.layer
        if layer is None:
            return
        self.words.setText(f"{seen.size_words(layer)} · {SCALING_WORDS[layer.scaling]}")
        self.fits.set_fit(layer.fit)
        self._scaling.setVisible(seen.needs_measuring(layer))
        self.mean_title.setText("Mean image" if layer.scaling == "mean image" else "Mean and deviation")
        self.mean.setVisible(layer.scaling == "mean image")
        self._measure()
        self._draw()

    def _show_images(self, found: tuple[list[Seen], int]) -> None:
        self._seen, self._next = found
        self._draw()
        self._show_fits()

    def _draw(self) -> None:
        if self._seen and self.layer is not None:
            self.jobs.run(
                drawn, self._seen, self.layer, self._measured,
                done=self.pairs.set_pairs, failed=self.fail, key="draw",
            )  # fmt: skip

    def _measure(self) -> None:
        layer = self.layer
        wanted = (self.rows, seen.look(layer), layer.scaling if layer is not None else "")
        if layer is None or not len(self.rows) or _same(wanted, self._asked):
            return
        self._asked, self._measured = wanted, None
        self.jobs.cancel("measure")
        if seen.needs_measuring(layer):
            self.mean.set_image(None)
            self.measured_words.setText("")
            self.jobs.run(
                seen.measure, self.active, self.rows, layer,
                done=self._show_measured, failed=self.fail, progress=self._show_progress, key="measure",
            )  # fmt: skip

    def _show_progress(self, done: int, total: int) -> None:
        self.measured_words.setText(f"Measuring: {done:,} of {total:,} images")

    def _show_measured(self, measured: Measured | None) -> None:
        self._measured = measured
        if measured is None:
            self.measured_words.setText("No training image could be read.")
            return
        self.measured_words.setText(f"{_figures(measured)}{measured.words}")
        if measured.deviation is None:
            self.mean.set_image(seen.rgb(seen.bytes_of(measured.mean)), description="The mean of the training images")
        self._draw()

    def _show_fits(self) -> None:
        if not self._seen:
            return
        one = self._seen[min(self.pairs.current(), len(self._seen) - 1)]
        self.fit_title.setText("Fit, on the chosen image")
        self.jobs.run(
            fit_pictures, self.active, one.row, self.layer, done=self._fits_drawn, failed=self.fail, key="fits"
        )

    def _fits_drawn(self, pictures: dict[str, QImage]) -> None:
        if self.layer is not None:
            self.fits.set_pictures(pictures, self.layer.fit)

    def fail(self, exc: BaseException) -> None:
        """Say why nothing can be shown."""
        error = exc if isinstance(exc, UserError) else as_user_error(exc, doing="fitting the images")
        self._seen = []
        self.pairs.set_pairs((), empty=error.sentence)

    # what is changed

    def show_others(self) -> None:
        """Show other images."""
        if len(self.rows):
            self._place = self._next
            self.read()

    def _fit_chosen(self, fit: str) -> None:
        project, layer = self.services.session.project, self.layer
        if layer is None:
            return
        network = project.network.update(layer.name, fit=fit)
        changed = project.model_copy(update={"network": network})
        self.services.session.change(changed, f"change fit of {layer.name}", f"{layer.name}.fit")


def drawn(some: list[Seen], layer: Input, measured: Measured | None) -> list[Pair]:
    """Return images before and after fitting and scaling, as pictures with words."""
    return [_pair(one, layer, measured) for one in some]


def _pair(one: Seen, layer: Input, measured: Measured | None) -> Pair:
    after, words = seen.scaled(one.fitted, layer, measured)
    high, wide = after.shape[:2]
    size = f"{one.size[0]:,} × {one.size[1]:,} px"
    return Pair(
        to_qimage(one.original),
        to_qimage(seen.rgb(after)),
        (one.label, size),
        (f"{wide:,} × {high:,} px", words),
        f"{one.name}\n{one.label}, {size}",
    )


def fit_pictures(dataset: Dataset, row: int, layer: Input) -> dict[str, QImage]:
    """Return an image fitted in each way, as pictures."""
    return {fit: to_qimage(seen.rgb(image)) for fit, image in seen.fits_of(dataset, row, layer).items()}


def _same(one: object, other: object) -> bool:
    """Whether the same is to be measured; arrays are the same where they are one."""
    if not isinstance(one, tuple) or not isinstance(other, tuple):
        return False
    return one[0] is other[0] and one[1:] == other[1:]


def _figures(measured: Measured) -> str:
    if measured.deviation is None:
        return ""
    names = ("Red", "Green", "Blue") if len(measured.mean) == 3 else ("Grey",)
    lines = [
        f"{name}: mean {mean:.1f}, deviation {deviation:.1f}"
        for name, mean, deviation in zip(names, measured.mean, measured.deviation, strict=True)
    ]
    return "\n".join([*lines, "", ""])
