"""Every shared widget in one window, light and dark, as pictures: ``python -m guiapp.look.gallery --out DIR``."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from guiapp.core.colormaps import colormap
from guiapp.look import heading as words
from guiapp.look import icons, plots
from guiapp.look.bars import ProbabilityBars
from guiapp.look.busy import ProgressStrip
from guiapp.look.elide import ElidedLabel
from guiapp.look.empty import EmptyState
from guiapp.look.imageview import ImageView
from guiapp.look.number import NumberField
from guiapp.look.pair import PairField
from guiapp.look.pixels import Bytes
from guiapp.look.search import SearchField
from guiapp.look.tables import tidy
from guiapp.look.theme import theme
from guiapp.look.tiles import TileGrid
from guiapp.look.toasts import Toasts


def _waves(count: int, side: int) -> Bytes:
    y, x = np.mgrid[0:side, 0:side] / side
    turns = np.linspace(0, np.pi, count)[:, None, None]
    wave = np.sin(14 * (x * np.cos(turns) + y * np.sin(turns)) + turns * 3)
    bump = np.exp(-((x - 0.5) ** 2 + (y - 0.5) ** 2) * 6)
    shades: Bytes = (127 + 127 * wave * bump).astype(np.uint8)
    return shades


def _column(*widgets: QWidget | QHBoxLayout | QFormLayout) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(16, 16, 16, 16)
    column.setSpacing(8)
    for item in widgets:
        column.addWidget(item) if isinstance(item, QWidget) else column.addLayout(item)
    column.addStretch(1)
    return holder


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return row


def _button(text: str, icon: str = "", *, primary: bool = False, enabled: bool = True) -> QPushButton:
    button = QPushButton(text)
    button.setProperty("primary", primary)
    button.setEnabled(enabled)
    if icon:
        icons.set_icon(button, icon, "on_accent" if primary else "text")
    return button


def _tool(icon: str, *, checked: bool = False) -> QToolButton:
    button = QToolButton()
    button.setCheckable(True)
    button.setChecked(checked)
    button.setToolTip(icon)
    icons.set_icon(button, icon)
    return button


def _buttons() -> list[QWidget | QHBoxLayout | QFormLayout]:
    flat = _button("Show details")
    flat.setProperty("flat", True)
    return [
        words.title("Training"),
        words.secondary("Secondary text that explains what the page is for."),
        words.heading("Buttons"),
        _row(_button("Train", "play", primary=True), _button("Open…", "folder"), _button("Export", enabled=False)),
        _row(flat, _tool("pause"), _tool("stop"), _tool("live", checked=True), _tool("undo"), _tool("redo")),
    ]


def _fields() -> QFormLayout:
    form = QFormLayout()
    form.setSpacing(8)
    form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
    bad = NumberField(3, low=1, high=7, name="Stride")
    bad.line.setText("9")
    bad.line.textEdited.emit("9")
    filters = NumberField(1250, low=1, high=4096, name="Filters")
    label = QLabel("Filters")
    filters.drag_label(label)
    kind = QComboBox()
    kind.addItems(["same", "valid"])
    spin = QSpinBox()
    form.addRow("Name", QLineEdit("conv-1"))
    form.addRow(label, filters)
    form.addRow("Learning rate", NumberField(1e-4, low=1e-8, high=1.0, log=True, name="Learning rate"))
    form.addRow("Stride", bad)
    form.addRow("Kernel", PairField((3, 3), high=99, name="Kernel"))
    form.addRow("Padding", kind)
    form.addRow("Plain spin box", spin)
    form.addRow("Search", SearchField("Search layers"))
    return form


def _choices() -> list[QWidget | QHBoxLayout | QFormLayout]:
    check, partly, radio, off = QCheckBox("Shuffle"), QCheckBox("Partly"), QRadioButton("Mean"), QRadioButton("Channel")
    check.setChecked(True)
    partly.setTristate(True)
    partly.setCheckState(Qt.CheckState.PartiallyChecked)
    radio.setChecked(True)
    slider, bar = QSlider(Qt.Orientation.Horizontal), QProgressBar()
    slider.setValue(40)
    bar.setValue(65)
    strip = ProgressStrip()
    strip.start("Reading images… 1,250 of 9,400", 9400)
    strip.advance(1250)
    strip.show()
    return [words.heading("Choices"), _row(check, partly, radio, off), slider, bar, strip]


def _figures() -> list[QWidget | QHBoxLayout | QFormLayout]:
    path = ElidedLabel("/home/somebody/pictures/a long name of a folder/with/many/parts/shiba-inu-0042.jpg")
    return [
        words.heading("Totals"),
        words.KeyValue("Parameters", "1,199,882"),
        words.KeyValue("Multiply-adds", "12,345,678"),
        words.KeyValue("Memory", "4.6 MB"),
        words.big("98.3 %"),
        words.caption("validation accuracy · step 1,250"),
        path,
    ]


def _lists() -> QWidget:
    names = QListWidget()
    names.addItems(["Input", "Conv2D · 32", "MaxPooling2D", "Dense · 10"])
    names.setCurrentRow(1)
    table = QTableWidget(4, 3)
    table.setHorizontalHeaderLabels(["Image", "Class", "Probability"])
    tidy(table)
    for row in range(4):
        for column, text in enumerate((f"shiba-{row}.jpg", "Shiba Inu", f"{90 + row}.0 %")):
            table.setItem(row, column, QTableWidgetItem(text))
    tabs = QTabWidget()
    tabs.addTab(names, "Layers")
    tabs.addTab(table, "Predictions")
    tabs.setCurrentIndex(0)
    both = QSplitter(Qt.Orientation.Vertical)
    both.addWidget(tabs)
    copy = QTableWidget(3, 2)
    copy.setHorizontalHeaderLabels(["Class", "Images"])
    tidy(copy, 0)
    for row, name in enumerate(("circle", "square", "star")):
        copy.setItem(row, 0, QTableWidgetItem(name))
        figure = QTableWidgetItem("400")
        figure.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        copy.setItem(row, 1, figure)
    both.addWidget(copy)
    return both


def controls() -> QWidget:
    """Return a page of plain controls."""
    page = QWidget()
    grid = QHBoxLayout(page)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setSpacing(0)
    fields = _column(words.heading("Fields"), _fields())
    grid.addWidget(_column(*_buttons(), *_choices(), *_figures()), 1)
    grid.addWidget(words.hairline(vertical=True))
    grid.addWidget(fields, 1)
    grid.addWidget(words.hairline(vertical=True))
    grid.addWidget(_lists(), 1)
    return page


def pictures() -> QWidget:
    """Return a page of tiles, an image and bars."""
    page = QWidget()
    grid = QGridLayout(page)
    grid.setContentsMargins(16, 16, 16, 16)
    grid.setSpacing(16)
    maps, filters, image = TileGrid(), TileGrid(noun="filter"), ImageView()
    maps.set_tiles(_waves(32, 26))
    maps.set_current(9)
    filters.set_tiles(_waves(12, 5), colormap("diverging"), captions=[f"filter {i}" for i in range(12)])
    image.set_image(_waves(3, 48)[1], colormap("magma"))
    bars = ProbabilityBars()
    rows = [("Shiba Inu", 0.913), ("Samoyed", 0.071), ("Pug", 0.0149), ("Great Pyrenees", 0.0004), ("Beagle", 0.0001)]
    bars.set_rows(rows)
    pg = plots.pyqtgraph()
    plot = pg.PlotWidget()
    plot.addLegend()
    steps = np.arange(200)
    for index, name in enumerate(("train", "validation")):
        plot.plot(steps, np.exp(-steps / (40 + 15 * index)) + 0.1 * index, pen=plots.series_pen(index), name=name)
    plot.setLabel("bottom", "step")
    plot.setLabel("left", "loss")
    plots.follow_theme(plot)
    grid.addWidget(maps, 0, 0, 2, 2)
    grid.addWidget(filters, 0, 2)
    grid.addWidget(image, 1, 2)
    grid.addWidget(bars, 2, 0)
    grid.addWidget(plot, 2, 1)
    grid.addWidget(TileGrid("Train to see feature maps here."), 2, 2)
    grid.setRowStretch(0, 3)
    grid.setRowStretch(1, 3)
    grid.setRowStretch(2, 2)
    for column in range(3):
        grid.setColumnStretch(column, 1)
    return page


def drawings() -> QWidget:
    """Return a page of icons, an empty state and messages."""
    page = QWidget()
    row = QHBoxLayout(page)
    sheet = QWidget()
    grid = QGridLayout(sheet)
    for index, name in enumerate(icons.names()):
        picture = QLabel()
        size = 48 if name == "logo" else 20
        picture.setPixmap(icons.pixmap(name, size, ratio=page.devicePixelRatioF()))
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = words.caption(name)
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        cell = QVBoxLayout()
        cell.addWidget(picture)
        cell.addWidget(text)
        grid.addLayout(cell, index // 7, index % 7)
    row.addWidget(sheet, 2)
    nothing = EmptyState(
        "folder", "No images yet", "Choose a folder with one sub-folder a class; the names become the classes."
    )
    nothing.add_button("Choose a folder…", lambda: None, primary=True, icon="folder")
    nothing.add_button("Use the sample", lambda: None)
    row.addWidget(nothing, 1)
    toasts = Toasts(page, listen=False)
    toasts.show("info", "Saved as Shapes.convnet.")
    toasts.show("warning", "12 images could not be read and were skipped.", action="Show them", run=lambda: None)
    toasts.show("error", "/home/somebody/pictures: may not be opened: permission is denied. Change its permissions.")
    return page


PAGES: dict[str, Callable[[], QWidget]] = {"controls": controls, "pictures": pictures, "drawings": drawings}


def render(app: QApplication, out: Path, width: int = 1366, height: int = 768) -> list[Path]:
    """Write every page in both appearances as PNG into `out`; returns their paths."""
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for appearance in ("light", "dark"):
        theme.apply(app, "light" if appearance == "light" else "dark")
        for name, make in PAGES.items():
            page = make()
            page.resize(width, height)
            page.show()
            app.processEvents()
            path = out / f"{name}-{appearance}.png"
            page.grab().save(str(path))
            written.append(path)
            page.close()
            page.deleteLater()
    return written


def main(arguments: list[str] | None = None) -> int:
    """Render the gallery; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder for the pictures")
    options = parser.parse_args(arguments)
    os.environ["CONVNET_STUDIO_REDUCED_MOTION"] = "1"
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    render(app, options.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
