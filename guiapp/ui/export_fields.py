"""What can be exported of a run as an animation, and the fields that choose from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from guiapp.core.analysis import analyse
from guiapp.core.blocks import flat
from guiapp.core.colormaps import NAMES
from guiapp.core.runs import RunReader
from guiapp.look.number import NumberField

LABEL_WIDTH = 104
WHATS = (("Filters", "filters"), ("Feature maps", "maps"))
SCALES = (("The same in all frames", "fixed"), ("Each frame its own", "each"))


@dataclass(frozen=True)
class Content:
    """What a run has to show.

    Attributes
    ----------
    filters, maps : dict of str to int
        Layers that have them, with how many.
    pinned : tuple of str
        Names of its pinned images.
    first, last : int
        The first and the last snapshot.
    snapshots : int
        How many snapshots there are.
    """

    filters: dict[str, int]
    maps: dict[str, int]
    pinned: tuple[str, ...]
    first: int
    last: int
    snapshots: int


def read_content(folder: Path) -> Content:
    """Return what the run in `folder` has to show; reads the disk."""
    from guiapp.visuals.filters.compute import layers_with_filters
    from guiapp.visuals.maps.compute import recorded_layers

    reader = RunReader(folder)
    project = reader.project()
    analysis = analyse(flat(project.network))
    depth = {row.layer.name: row.shape[-1] for row in analysis.rows if row.shape is not None}
    steps = reader.snapshots()
    return Content(
        {name: depth[name] for name in layers_with_filters(analysis) if name in depth},
        {name: depth[name] for name in recorded_layers(analysis)},
        tuple(Path(path).name for path in project.pinned),
        int(steps[0]) if steps.size else 0,
        int(steps[-1]) if steps.size else 0,
        int(steps.size),
    )


class ExportFields(QWidget):
    """The choices, in rows of label and field."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnMinimumWidth(0, LABEL_WIDTH)
        self._grid.setColumnStretch(1, 1)
        self.what = self._choice("Show", WHATS)
        self.layer = self._choice("Layer", ())
        self.pin = self._choice("Image", ())
        self.channel = NumberField(0, low=0, name="Which one")
        self.alone = QCheckBox("Only number")
        self._row("", self._pair(self.alone, self.channel))
        self.first, self.last = NumberField(0, low=0, name="First step"), NumberField(0, low=0, name="Last step")
        self._row("Steps from", self.first)
        self._row("to", self.last)
        self.fps = NumberField(12.0, low=0.5, high=60, step=1, name="Frames a second")
        self._row("Frames a second", self.fps)
        self.most = NumberField(120, low=1, high=10_000, name="Pictures at most")
        self._row("Pictures at most", self.most)
        factors = (("As it suits", None), *((f"{n} ×", n) for n in (1, 2, 3, 4, 6, 8, 12, 16)))
        self.enlarge = self._choice("Enlarge", factors)
        self.colormap = self._choice("Colours", tuple((name, name) for name in NAMES if name != "diverging"))
        self.scale = self._choice("Colour scale", SCALES)
        self.caption, self.loop, self.begin = (
            QCheckBox("Step in a caption"),
            QCheckBox("Again from the start"),
            QCheckBox(),
        )
        self.begin.setText("Begin with the image itself")
        self.caption.setChecked(True)
        self.loop.setChecked(True)
        for box in (self.caption, self.loop, self.begin):
            self._row("", box)

    def _choice(self, label: str, entries: tuple[tuple[str, Any], ...]) -> QComboBox:
        box = QComboBox()
        box.setAccessibleName(label)
        for text, value in entries:
            box.addItem(text, value)
        self._row(label, box)
        return box

    def _row(self, label: str, field: QWidget) -> None:
        row = self._grid.rowCount()
        if label:
            title = QLabel(label)
            title.setBuddy(field)
            self._grid.addWidget(title, row, 0)
        self._grid.addWidget(field, row, 1)

    @staticmethod
    def _pair(left: QWidget, right: QWidget) -> QWidget:
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(left)
        row.addWidget(right, 1)
        return both

    def boxes(self) -> tuple[QComboBox, ...]:
        """Return the lists to choose from."""
        return (self.layer, self.pin, self.enlarge, self.colormap, self.scale)

    def numbers(self) -> tuple[NumberField, ...]:
        """Return the fields for numbers."""
        return (self.channel, self.first, self.last, self.fps, self.most)

    def checks(self) -> tuple[QCheckBox, ...]:
        """Return what is on or off."""
        return (self.alone, self.caption, self.loop, self.begin)

    def refusal(self, content: Content | None) -> str:
        """Return why nothing can be shown with these choices, or ""."""
        if content is None:
            return "Reading the run…"
        reasons = (
            (not content.snapshots, "This run has no snapshots yet. Train at least to the first one."),
            (
                self.what.currentData() == "maps" and not content.pinned,
                "This run had no pinned image, so no feature maps were recorded. Pin one and train again.",
            ),
            (not self.layer.count(), "This network has no convolution whose filters could be shown."),
            *((bool(number.problem()), number.problem()) for number in self.numbers() if number.isEnabled()),
            (self.first.value() > self.last.value(), "The first step lies behind the last one."),
        )
        return next((text for wrong, text in reasons if wrong), "")
