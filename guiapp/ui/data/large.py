"""One image of the dataset, large, with what is known of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from guiapp.core.layers.input import Input
from guiapp.core.notify import UserError, as_user_error
from guiapp.data.dataset import Dataset
from guiapp.look.elide import ElidedLabel
from guiapp.look.heading import figures, hairline, heading, secondary
from guiapp.look.icons import set_icon
from guiapp.look.imageview import ImageView
from guiapp.look.jobs import Jobs
from guiapp.look.pixels import Bytes
from guiapp.ui.data.seen import input_of, rgb, size_words
from guiapp.ui.data.wall import Wall
from guiapp.ui.services import Services

SIDE, INSET = 216, 184


@dataclass(frozen=True, eq=False)
class _Read:
    image: Bytes
    seen: Bytes | None
    file_bytes: int | None


def read(dataset: Dataset, row: int, layer: Input | None) -> _Read:
    """Read an image whole and as the network sees it, with the size of its file; not on the window's thread."""
    size = None if dataset.source is not None else os.stat(dataset.absolute(row)).st_size  # noqa: PTH116
    seen = None
    if layer is not None:
        seen = rgb(dataset.read_fitted(row, layer.width, layer.height, layer.channels, layer.fit))
    return _Read(dataset.read(row), seen, size)


class LargeView(QWidget):
    """One image, large; arrows go on, + − 0 and the wheel zoom, Escape goes back.

    Signals
    -------
    closed()
        The gallery is wanted again.
    stepped(int)
        The image before (-1) or the next one (1) is wanted.
    """

    closed = Signal()
    stepped = Signal(int)

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._jobs = Jobs(self)
        self._shown: tuple[Dataset, int, Input | None] | None = None
        self.view = ImageView("")
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.name = ElidedLabel()
        self.place = figures(secondary("", wrap=False))
        self._problem = secondary()
        self._problem.setProperty("role", "problem")
        self._facts = QGridLayout()
        self._known: list[tuple[str, str]] = []
        self._pixels: list[tuple[str, str]] = []
        self._inset_title = heading("As the network sees it")
        self.inset = ImageView("")
        self._inset_words = secondary()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()

    def _lay_out(self) -> None:
        back = _button("close", "Back to the gallery (Esc)", self.closed.emit)
        before = _button("step-back", "The image before (Left)", lambda: self.stepped.emit(-1))
        after = _button("step-forward", "The next image (Right)", lambda: self.stepped.emit(1))
        bar = QHBoxLayout()
        bar.setContentsMargins(16, 8, 16, 8)
        bar.setSpacing(8)
        for widget in (back, before, after, self.place):
            bar.addWidget(widget)
        bar.addWidget(self.name, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.view, 1)
        middle.addWidget(hairline(vertical=True))
        middle.addWidget(self._side())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(hairline())
        column.addLayout(middle, 1)

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(SIDE)
        self.inset.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.inset.setToolTip("The image at the size and in the colours of the Input layer")
        self._facts.setHorizontalSpacing(12)
        self._facts.setVerticalSpacing(4)
        self._facts.setColumnStretch(1, 1)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addLayout(self._facts)
        column.addWidget(self._problem)
        column.addSpacing(16)
        for widget in (self._inset_title, self.inset, self._inset_words):
            column.addWidget(widget)
        column.addStretch(1)
        return side

    def show_image(self, wall: Wall, place: int) -> None:
        """Show an image of a wall; it is read on a worker thread, unless it is the one that is shown."""
        row = int(wall.rows[place])
        self.place.setText(f"{place + 1:,} of {len(wall.rows):,}")
        self.name.setText(wall.dataset.paths[row])
        self._known = wall.facts(row)
        layer = input_of(self._services.session.project)
        asked = (wall.opened, int(wall.arranged.rows[row]), layer)
        if self._shown != asked:
            self._shown = asked
            self._pixels = []
            self._jobs.run(read, *asked, done=self._show, failed=self._fail, key=self)
        self._say_facts()

    def forget(self) -> None:
        """Show nothing."""
        self._shown = None
        self._jobs.cancel(self)
        self.view.set_image(None)
        self.inset.set_image(None)

    def _show(self, found: _Read) -> None:
        height, width = found.image.shape[:2]
        self.view.set_image(found.image, description=self.name.text())
        self.view.fit()
        self._pixels = [("pixels", f"{width:,} × {height:,}")]
        if found.file_bytes is not None:
            self._pixels.append(("file", size_text(found.file_bytes)))
        self._show_seen(found.seen)
        self._problem.hide()
        self._say_facts()

    def _show_seen(self, seen: Bytes | None) -> None:
        layer = self._shown[2] if self._shown is not None else None
        if seen is not None:
            self.inset.setFixedSize(inset_size(seen.shape[1], seen.shape[0]))
        self.inset.set_image(seen, description="As the network sees it")
        for widget in (self._inset_title, self.inset, self._inset_words):
            widget.setVisible(seen is not None)
        if layer is not None:
            self._inset_words.setText(size_words(layer))

    def _fail(self, exc: BaseException) -> None:
        self.view.set_image(None)
        self._show_seen(None)
        error = exc if isinstance(exc, UserError) else as_user_error(exc)
        self._problem.setText(error.sentence)
        self._problem.show()
        self._say_facts()

    def _say_facts(self) -> None:
        while (item := self._facts.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for at, (name, value) in enumerate([*self._said(), *self._pixels]):
            title = secondary(name.capitalize(), wrap=False)
            title.setContentsMargins(0, 1, 0, 0)  # the smaller type stands on the same line
            self._facts.addWidget(title, at, 0, Qt.AlignmentFlag.AlignTop)
            words = QLabel(value)
            words.setTextFormat(Qt.TextFormat.PlainText)
            words.setWordWrap(True)
            self._facts.addWidget(figures(words), at, 1)

    @property
    def facts(self) -> dict[str, str]:
        """What is said of the image."""
        return dict([*self._said(), *self._pixels])

    def _said(self) -> list[tuple[str, str]]:
        """Return what was known before it was read; the sentence below says better why it could not be."""
        return [(name, value) for name, value in self._known if name != "damaged" or self._problem.isHidden()]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows go on, Escape goes back, the rest zooms."""
        key = event.key()
        if key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            self.closed.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(1 if key == Qt.Key.Key_Right else -1)
        else:
            self.view.keyPressEvent(event)


def inset_size(width: int, height: int) -> QSize:
    """Return how large an image is drawn: small ones by a whole factor, large ones as they fit."""
    factor = INSET / max(width, height)
    factor = int(factor) if factor >= 1 else factor
    return QSize(max(16, round(width * factor)), max(16, round(height * factor)))


def size_text(count: int) -> str:
    """Return a number of bytes as people say it."""
    if count < 1000:
        return f"{count} bytes"
    return f"{count / 1e3:,.1f} kB" if count < 1e6 else f"{count / 1e6:,.1f} MB"


def _button(icon: str, tip: str, clicked: Callable[[], object]) -> QToolButton:
    made = QToolButton()
    set_icon(made, icon)
    made.setToolTip(tip)
    made.setAccessibleName(tip)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.clicked.connect(lambda _checked=False: clicked())
    return made
