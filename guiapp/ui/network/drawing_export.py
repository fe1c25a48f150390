"""Exporting the drawing of the network: what it looks like on paper, and in which file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from guiapp.core import files, notify
from guiapp.core.analysis import LayerInfo
from guiapp.core.notify import as_user_error
from guiapp.look import heading as words
from guiapp.look.jobs import Jobs
from guiapp.look.number import NumberField
from guiapp.look.theme import theme
from guiapp.ui.network.inks import inks
from guiapp.ui.network.paper import MOST_SIDE, Paper, Sheet

FOLDER_KEY, SIZE_KEY = "network/drawing-folder", "network/drawing-export-size"
CHOICE_KEY = "network/drawing-{}"
FORMATS = {"SVG drawing": ".svg", "PNG picture": ".png", "PDF page": ".pdf"}
SIZES: tuple[tuple[str, float], ...] = (("1×", 1.0), ("2×", 2.0), ("4×", 4.0), ("Own width", 0.0))
COLOURS: tuple[tuple[str, bool | None], ...] = (("Light", False), ("Dark", True), ("As in the window", None))
GROUNDS = (("Paper", False), ("Transparent", True))
PREVIEW, LEAST_SIDE = 1200, 16
SQUARE = 8
"""How large the squares are, in px on the screen, on which a picture without a ground is shown."""


def encoded(sheet: Sheet, suffix: str, title: str, width: int) -> bytes:
    """Return a drawing as a file with `suffix` holds it; a PNG is `width` pixels wide."""
    if suffix == ".svg":
        return sheet.svg(title)
    return sheet.pdf(title) if suffix == ".pdf" else sheet.png(width)


class DrawingExport(QDialog):
    """Choices at the left, the preview at the right.

    Parameters
    ----------
    rows : sequence of LayerInfo
        The layers that are drawn.
    title : str
        The project's name.
    settings : QSettings
        Where the last folder and what was chosen are remembered.
    beside : Path, optional
        The project's file, beside which the drawing is saved where no folder is remembered.
    """

    def __init__(
        self,
        rows: Sequence[LayerInfo],
        title: str,
        settings: QSettings,
        parent: QWidget | None = None,
        beside: Path | None = None,
    ) -> None:
        super().__init__(parent)
        self._rows, self._title, self._settings, self._beside = tuple(rows), title, settings, beside
        self._jobs = Jobs(self)
        self._image: QImage | None = None
        self._shown = Paper()
        self._natural = 0, 0
        self.setWindowTitle("Export drawing")
        self.resize(860, 520)
        self.format = _choice("Format", tuple(FORMATS.items()))
        self.pixels = _choice("Size", SIZES)
        self.pixels.setCurrentIndex(1)
        self.width_field = NumberField(2000, low=LEAST_SIDE, high=MOST_SIDE, name="Width")
        self.colours = _choice("Colours", COLOURS)
        self.ground = _choice("Background", GROUNDS)
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setMinimumSize(320, 240)
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.picture.setAccessibleName("Preview")
        self.facts = words.figures(words.secondary("", wrap=False))
        self.problem = words.problem("")
        self.save_button = QPushButton("Save…")
        self.save_button.setProperty("primary", True)
        self._lay_out()
        self._restore()
        for box in (self.format, self.pixels):
            box.currentIndexChanged.connect(self._say)
        for box in (self.colours, self.ground):
            box.currentIndexChanged.connect(self.preview)
        self.width_field.valueChanged.connect(self._say)
        self.save_button.clicked.connect(self.save)
        self.preview()

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnMinimumWidth(0, 88)
        fields: dict[str, QWidget] = {
            "Format": self.format,
            "Size": self.pixels,
            "Width": self.width_field,
            "Colours": self.colours,
            "Background": self.ground,
        }
        for row, (name, field) in enumerate(fields.items()):
            label = QLabel(name)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.addWidget(words.secondary("px", wrap=False), list(fields).index("Width"), 2)
        left = QVBoxLayout()
        left.addLayout(grid)
        left.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.picture, 1)
        right.addWidget(self.facts)
        right.addWidget(self.problem)
        both = QHBoxLayout()
        both.setSpacing(16)
        both.addLayout(left)
        both.addLayout(right, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(QDialogButtonBox.StandardButton.Close).clicked.connect(lambda _checked=False: self.close())
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(16)
        column.addLayout(both, 1)
        column.addWidget(buttons)

    def _choices(self) -> dict[str, QComboBox]:
        return {"format": self.format, "size": self.pixels, "colours": self.colours, "background": self.ground}

    def _restore(self) -> None:
        """Begin with what was chosen last."""
        for name, box in self._choices().items():
            at = box.findText(str(self._settings.value(CHOICE_KEY.format(name), "")))
            if at >= 0:
                box.setCurrentIndex(at)
        width = str(self._settings.value(CHOICE_KEY.format("width"), ""))
        if width.isdecimal() and LEAST_SIDE <= int(width) <= MOST_SIDE:
            self.width_field.set_value(int(width))
        size = self._settings.value(SIZE_KEY)
        if isinstance(size, QByteArray):
            self.restoreGeometry(size)

    def _remember(self) -> None:
        for name, box in self._choices().items():
            self._settings.setValue(CHOICE_KEY.format(name), box.currentText())
        self._settings.setValue(CHOICE_KEY.format("width"), int(self.width_field.value()))
        self._settings.setValue(SIZE_KEY, self.saveGeometry())

    @property
    def paper(self) -> Paper:
        """What is chosen of colours and background."""
        return Paper(dark=self.colours.currentData(), transparent=bool(self.ground.currentData()))

    @property
    def suffix(self) -> str:
        """The chosen kind of file."""
        return str(self.format.currentData())

    @property
    def pixel_width(self) -> int:
        """How many pixels wide a PNG becomes."""
        factor = float(self.pixels.currentData())
        return round(self._natural[0] * factor) if factor else int(self.width_field.value())

    def preview(self) -> None:
        """Draw the preview of what is chosen."""
        rows, paper, font = self._rows, self._known(), self.font()

        def draw() -> tuple[QImage, tuple[int, int]]:
            sheet = Sheet(rows, font, paper)
            size = sheet.size.width(), sheet.size.height()
            # A tall one is limited by its height.
            return sheet.image(max(round(PREVIEW * min(1.0, size[0] / size[1])), 16)), size

        self._jobs.run(
            draw, done=lambda found: self._previewed(found, paper), key="preview", doing="drawing the preview"
        )

    def _known(self) -> Paper:
        """Return the paper with its colours settled: another thread must not ask the window for them."""
        paper = self.paper
        return Paper(theme.dark if paper.dark is None else paper.dark, paper.transparent)

    def _previewed(self, found: tuple[QImage, tuple[int, int]], paper: Paper) -> None:
        (self._image, self._natural), self._shown = found, paper
        self._show_image()
        self._say()

    def _show_image(self) -> None:
        if self._image is not None:
            ratio = self.devicePixelRatioF()
            pixmap = QPixmap.fromImage(self._image).scaled(
                self.picture.size() * ratio,
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            pixmap.setDevicePixelRatio(ratio)
            shown = self._shown
            self.picture.setPixmap(_on_squares(pixmap, dark=bool(shown.dark)) if shown.transparent else pixmap)

    def _say(self) -> None:
        png = self.suffix == ".png"
        self.pixels.setEnabled(png)
        self.width_field.setEnabled(png and not self.pixels.currentData())
        width, height = self._natural
        if png and width:
            self.facts.setText(f"{self.pixel_width:,} × {round(self.pixel_width * height / width):,} px")
        else:
            self.facts.setText("Sharp at any size" if width else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the preview inside its place."""
        super().resizeEvent(event)
        self._show_image()

    def done(self, result: int) -> None:
        """Remember what was chosen."""
        self._remember()
        super().done(result)

    def save(self) -> None:
        """Ask where to, and write the file there."""
        folder = self._beside.parent if self._beside is not None else Path.home()
        start = Path(str(self._settings.value(FOLDER_KEY, "") or folder)) / f"{self._title}{self.suffix}"
        text = self.format.currentText()
        name, _ = QFileDialog.getSaveFileName(self, "Export drawing", str(start), f"{text} (*{self.suffix})")
        if name:
            path = Path(name)
            self.write(path if path.suffix.lower() == self.suffix else path.with_name(path.name + self.suffix))

    def write(self, path: Path) -> None:
        """Write the drawing to `path`, whole or not at all."""
        self._settings.setValue(FOLDER_KEY, str(path.parent))
        self._remember()
        rows, paper, font, suffix = self._rows, self._known(), self.font(), self.suffix
        title, width = self._title, self.pixel_width
        self.problem.setText("")
        self.save_button.setEnabled(False)

        def make() -> None:
            files.write_bytes(path, encoded(Sheet(rows, font, paper), suffix, title, width))

        self._jobs.run(make, done=lambda _nothing: self._written(path), failed=self._not_written)

    def _written(self, path: Path) -> None:
        self.save_button.setEnabled(True)
        notify.info(f"Saved {path}.")

    def _not_written(self, exc: BaseException) -> None:
        self.save_button.setEnabled(True)
        self.problem.setText(as_user_error(exc, doing="saving the drawing").sentence)


def _on_squares(picture: QPixmap, *, dark: bool) -> QPixmap:
    """Return a picture without a ground on squares, in the appearance that it is drawn for."""
    colours, ratio = inks(dark=dark), picture.devicePixelRatio()
    out = QPixmap(picture.size())
    out.setDevicePixelRatio(ratio)
    out.fill(colours.color("surface"))
    painter = QPainter(out)
    size = picture.deviceIndependentSize().toSize() + QSize(1, 1)
    for y in range(0, size.height(), SQUARE):
        for x in range(y // SQUARE % 2 * SQUARE, size.width(), 2 * SQUARE):
            painter.fillRect(QRect(x, y, SQUARE, SQUARE), colours.color("raised"))
    painter.drawPixmap(0, 0, picture)
    painter.end()
    return out


def _choice(name: str, choices: Sequence[tuple[str, object]]) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    for text, value in choices:
        box.addItem(text, value)
    return box
