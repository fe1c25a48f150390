"""The right side: filters, the gallery, one image large, and what was left out."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QListWidget,
    QSlider,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from guiapp.core.notify import UserError, as_user_error, printable
from guiapp.data.dataset import SPLIT_NAMES, Dataset
from guiapp.look.heading import caption, figures, hairline, secondary
from guiapp.look.icons import set_icon
from guiapp.look.imageview import ImageView
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes
from guiapp.look.search import SearchField
from guiapp.ui.data.gallery import Gallery
from guiapp.ui.data.views import DataView
from guiapp.ui.pinning import Pinning
from guiapp.ui.services import Services

ALL = -1


class Browser(DataView):
    """Shows the dataset's images."""

    title: ClassVar[str] = "Images"
    icon: ClassVar[str] = "image"

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(services, parent)
        self._jobs = Jobs(self)
        self._dataset: Dataset | None = None
        self._classes, self._splits = _combo("Class"), _combo("Split")
        self._search = SearchField("File name")
        self._count = figures(secondary("", wrap=False))
        self._size = QSlider(Qt.Orientation.Horizontal)
        self._size.setRange(48, 224)
        self._size.setValue(int(str(services.settings.value("data/thumbnails", 128))))
        self._size.setFixedWidth(96)
        self._size.setToolTip("Size of the thumbnails")
        self._size.setAccessibleName("Size of the thumbnails")
        self.gallery = Gallery()
        self.gallery.set_side(self._size.value())
        self.large = _Large()
        self.pinning = Pinning(services.session, self)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.gallery)
        self._stack.addWidget(self.large)
        self.problems = ProblemStrip()
        self.pin_action: QAction = self.pinning.action(self._pinnable, self)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        filters = QHBoxLayout()
        filters.setContentsMargins(16, 8, 16, 8)
        filters.setSpacing(8)
        pin = QToolButton()
        pin.setDefaultAction(self.pin_action)
        for widget in (self._classes, self._splits, self._search):
            filters.addWidget(widget)
        filters.addWidget(self._count, 1)
        filters.addWidget(pin)
        filters.addWidget(self._size)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(filters)
        column.addWidget(hairline())
        column.addWidget(self._stack, 1)
        column.addWidget(self.problems)

    def _connect(self) -> None:
        self._classes.currentIndexChanged.connect(self._filter)
        self._splits.currentIndexChanged.connect(self._filter)
        self._search.textChanged.connect(self._filter)
        self._search.downPressed.connect(self.gallery.setFocus)
        self._size.valueChanged.connect(self.gallery.set_side)
        self.gallery.opened.connect(self.open)
        self.gallery.current_changed.connect(lambda _row: self.pin_action.refresh())  # type: ignore[attr-defined]
        self.large.closed.connect(self.close_large)
        self.large.stepped.connect(lambda by: self.open(self.gallery.step(by)))

    def refresh(self) -> None:
        """Show the dataset as it is now."""
        model = self.services.dataset
        dataset = model.active
        if dataset is not self._dataset:
            self._dataset = dataset
            names = dataset.class_names if dataset else ()
            _fill(self._classes, [("All classes", ALL), *((name, i) for i, name in enumerate(names))])
            self.close_large()
        present = np.unique(model.splits).tolist()
        _fill(self._splits, [("All splits", ALL), *((SPLIT_NAMES[i].capitalize(), i) for i in present)])
        self.gallery.set_dataset(dataset, model.splits)
        self._filter()
        skipped = [(item.path, item.why) for item in dataset.skipped] if dataset else []
        self.problems.set_problems([*skipped, *model.damaged])

    def page_actions(self) -> list[QAction]:
        """Return what can be done with the images."""
        return [self.pin_action]

    def show_only(self, title: str, rows: NDArray[np.intp]) -> None:
        """Show these rows of the dataset alone, under a title."""
        self.gallery.set_rows(rows)
        self._count.setText(f"{title}: {len(rows):,}")

    def save_state(self) -> None:
        """Remember the size of the thumbnails."""
        self.services.settings.setValue("data/thumbnails", self._size.value())

    def _filter(self) -> None:
        dataset, splits = self._dataset, self.services.dataset.splits
        label, which = self._classes.currentData(), self._splits.currentData()
        text = self._search.text().strip().casefold()
        if dataset is None:
            self._jobs.cancel("filter")
            self.gallery.set_rows(np.empty(0, np.intp))
            self._count.setText("")
        else:
            # Of many thousand names each is compared: not on the window's thread.
            self._jobs.run(
                fitting, dataset, splits, label, which, text, done=partial(self._show_rows, dataset), key="filter"
            )

    def _show_rows(self, dataset: Dataset, rows: NDArray[np.intp]) -> None:
        self.gallery.set_rows(rows)
        total = f"{len(dataset):,} images"
        self._count.setText(total if len(rows) == len(dataset) else f"{len(rows):,} of {total}")

    def _pinnable(self) -> str | None:
        row = self.gallery.current
        if self._dataset is None or row < 0 or self._dataset.source is not None:
            return None
        return str(self._dataset.absolute(row))

    def open(self, row: int) -> None:
        """Show an image large."""
        if self._dataset is not None and row >= 0:
            self.large.show_image(self._dataset, row, self.gallery.tip(row))
            self._stack.setCurrentWidget(self.large)
            self.large.setFocus()

    def close_large(self) -> None:
        """Go back to the gallery."""
        if self._stack.currentWidget() is self.large:
            self._stack.setCurrentWidget(self.gallery)
            self.gallery.setFocus()


class _Large(QWidget):
    """One image, large, with what is known of it; arrows go on, Escape goes back."""

    closed = Signal()
    stepped = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = Jobs(self)
        self._view = ImageView("")
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._words = caption("")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        back = _button("close", "Back to the gallery (Esc)", self.closed.emit)
        before = _button("step-back", "The image before (Left)", lambda: self.stepped.emit(-1))
        after = _button("step-forward", "The next image (Right)", lambda: self.stepped.emit(1))
        row = QHBoxLayout()
        row.setContentsMargins(16, 8, 16, 8)
        for widget in (back, before, after):
            row.addWidget(widget)
        row.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._view, 1)

    def show_image(self, dataset: Dataset, row: int, words: str) -> None:
        """Show an image; it is read on a worker thread."""
        text = words.replace("\n", "  ·  ")
        self._words.setText(text)

        def done(image: Bytes) -> None:
            self._words.setText(f"{text}  ·  {image.shape[1]:,}×{image.shape[0]:,} px")
            self._view.set_image(image, description=text)

        def failed(exc: BaseException) -> None:
            self._view.set_image(None)
            error = exc if isinstance(exc, UserError) else as_user_error(exc)
            self._words.setText(error.sentence)

        self._jobs.run(dataset.read, row, done=done, failed=failed, key=self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go on, Escape goes back."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            self.closed.emit()
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Right else -1)
        else:
            super().keyPressEvent(event)


class ProblemStrip(QWidget):
    """One line that says how many files were left out, and opens into their list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._toggle = QToolButton()
        self._toggle.setCheckable(True)
        self._toggle.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self._toggle, "warning", "warning")
        self._toggle.setToolTip("Show which files were left out, and why")
        self._list = QListWidget()
        self._list.setAccessibleName("Files that were left out")
        self._list.setMaximumHeight(160)
        self._list.hide()
        self._toggle.toggled.connect(self._list.setVisible)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 4, 16, 4)
        column.addWidget(self._toggle, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._list)
        self.hide()

    def set_problems(self, problems: list[tuple[str, str]]) -> None:
        """Show these: (path, why) each."""
        self.setVisible(bool(problems))
        one = len(problems) == 1
        self._toggle.setText(f"{len(problems):,} file{'' if one else 's'} left out")
        self._list.clear()
        self._list.addItems([f"{printable(path)}: {why}" for path, why in problems[:10_000]])

    @property
    def text(self) -> str:
        """What the line says."""
        return self._toggle.text()


def fitting(
    dataset: Dataset, splits: NDArray[np.uint8], label: int | None, split: int | None, text: str
) -> NDArray[np.intp]:
    """Return the rows of one class and one split (`ALL` or None: of all) whose file's name holds `text`, case-folded.

    Returns
    -------
    ndarray of intp, (N,)
        With the classes taking turns.
    """
    keep = np.ones(len(dataset), np.bool_)
    if label not in (None, ALL):
        keep &= dataset.labels == label
    if split not in (None, ALL) and len(splits) == len(dataset):
        keep &= splits == split
    rows = _mixed(np.flatnonzero(keep), dataset)
    if text:
        rows = np.array([row for row in rows if text in dataset.paths[row].casefold()], np.intp)
    return rows


def _mixed(rows: NDArray[np.intp], dataset: Dataset) -> NDArray[np.intp]:
    """Return `rows` with the classes taking turns, so that the first screen shows something of each."""
    labels = dataset.labels[rows]
    order = np.argsort(labels, kind="stable")
    counts = np.bincount(labels, minlength=1)
    place = np.empty(len(rows), np.intp)
    place[order] = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return rows[np.lexsort((labels, place))]


def _combo(name: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.setToolTip(f"Show only images of one {name.lower()}")
    combo.setMinimumWidth(120)
    return combo


def _fill(combo: QComboBox, entries: list[tuple[str, int]]) -> None:
    now = combo.currentData()
    if [combo.itemText(i) for i in range(combo.count())] == [text for text, _ in entries]:
        return
    combo.blockSignals(True)
    combo.clear()
    for text, data in entries:
        combo.addItem(text, data)
    combo.setCurrentIndex(max(0, combo.findData(now)))
    combo.blockSignals(False)


def _button(icon: str, tip: str, clicked: object) -> QToolButton:
    button = QToolButton()
    set_icon(button, icon)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(lambda _checked=False: clicked())  # type: ignore[operator]
    return button
