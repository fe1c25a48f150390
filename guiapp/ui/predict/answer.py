"""What the network says of one image: the best class large, the others as bars, what it saw, and its maps."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from guiapp.core.analysis import Analysis
from guiapp.core.colormaps import colormap
from guiapp.core.messages import Prediction
from guiapp.core.notify import UserError
from guiapp.look import heading as words
from guiapp.look import tokens as tk
from guiapp.look.bars import ProbabilityBars, percent
from guiapp.look.elide import ElidedLabel
from guiapp.look.pixels import Bytes, to_qimage
from guiapp.look.theme import tabular, theme
from guiapp.look.tiles import TileGrid
from guiapp.ui.predict.thumbs import fitted
from guiapp.visuals.context import ViewContext
from guiapp.visuals.maps.compute import dequantise, recolour, recorded_layers
from guiapp.visuals.reading import Maps

SEEN_LEAST, SEEN_MOST = 96, 640
CAPTION = 16
SEEN_SHARE = 0.3
"""Of the width, for what the network saw; the maps get the rest."""

ABOVE = 150
"""Height of all that is not bars above and below what the network saw."""


def rgb(seen: Bytes) -> Bytes:
    """Return an image (H, W, 1) or (H, W, 3) as (H, W, 3)."""
    return seen.repeat(3, axis=2) if seen.shape[2] == 1 else seen[..., :3]


def value_text(maps: Maps) -> Callable[[int, int, int], str]:
    """Return a function that writes the value of one place: map, y, x; only that place is worked out."""

    def write(index: int, y: int, x: int) -> str:
        one = dequantise(maps.maps[index : index + 1, y, x], maps.ranges[index : index + 1])
        return f"{float(one[0]):.4g}"

    return write


class SeenView(QWidget):
    """What the network saw, at the top, enlarged by a whole factor where it is small; its size is said below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image: QImage | None = None
        self._text = ""
        self._room = SEEN_LEAST
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(SEEN_LEAST)
        self.setAccessibleName("What the network saw")
        self.set_room(SEEN_LEAST)

    def set_seen(self, seen: Bytes | None) -> None:
        """Show another image (H, W, C), grey if it has one channel; None shows nothing."""
        self._image, self._text = None, ""
        if seen is not None:
            h, w, channels = seen.shape
            self._image, self._text = to_qimage(rgb(seen)), f"{w}×{h}, {'grey' if channels == 1 else 'colour'}"
        self.setAccessibleDescription(self._text)
        self.set_room(self._room)
        self.update()

    def set_room(self, side: int) -> None:
        """Take at most a square of `side` px; as much of it as the image fills."""
        self._room = side
        self.setFixedWidth(side if self._image is None else max(SEEN_LEAST, self._drawn(self._image).width()))

    def _drawn(self, image: QImage) -> QSize:
        return fitted(image, self._room, self.devicePixelRatioF()).deviceIndependentSize().toSize()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it and its size."""
        painter = QPainter(self)
        if self._image is None:
            painter.fillRect(0, 0, self._room, self._room, theme.color("surface"))
            return
        scaled = fitted(self._image, self._room, self.devicePixelRatioF())
        painter.drawImage(0, 0, scaled)
        painter.setFont(tabular(self.font(), tk.CAPTION))
        painter.setPen(theme.color("secondary"))
        below = QRect(0, scaled.deviceIndependentSize().toSize().height() + 4, self.width(), CAPTION)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._text)


class LayerMaps(QWidget):
    """The maps of a layer that is chosen here.

    Signals
    -------
    layerChosen(str)
        The person wants to see another layer.
    """

    layerChosen = Signal(str)

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._maps: Maps | None = None
        self.layer = QComboBox()
        self.layer.setAccessibleName("Layer")
        self.layer.setMinimumContentsLength(10)
        self.grid = TileGrid("The feature maps of the image appear here.")
        self.note = words.problem()
        self.note.hide()
        top = QHBoxLayout()
        top.setSpacing(12)
        self._caption = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        top.addWidget(words.heading("Feature maps of"))
        top.addWidget(self.layer)
        top.addWidget(self._caption, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.note)
        column.addWidget(self.grid, 1)
        self.layer.activated.connect(lambda _index: self.layerChosen.emit(self.layer.currentText()))
        context.look_changed.connect(self._show)

    def set_analysis(self, analysis: Analysis | None) -> None:
        """Offer the layers of a network; the one looked at elsewhere, or its first convolution, is chosen."""
        names = [] if analysis is None else list(recorded_layers(analysis))
        if names == [self.layer.itemText(i) for i in range(self.layer.count())]:
            return
        before = self.layer.currentText() or self._context.layer
        self.layer.clear()
        self.layer.addItems(names)
        convolutions = (
            [row.layer.name for row in analysis.rows if row.layer.family == "Convolution"] if analysis else []
        )
        wanted = next((name for name in (before, *convolutions) if name in names), None)
        if wanted is not None:
            self.layer.setCurrentText(wanted)

    def set_maps(self, maps: Maps | None) -> None:
        """Show maps; None shows nothing."""
        self._maps = maps
        self.note.hide()
        self._show()

    def set_problem(self, error: UserError) -> None:
        """Say why there are no maps."""
        self._maps = None
        self._show()
        self.note.setText(error.sentence)
        self.note.setVisible(bool(error.what))

    def _show(self) -> None:
        maps = self._maps
        if maps is None:
            self._caption.setText("")
            self.grid.set_tiles(None)
            return
        count, h, w = maps.maps.shape
        shape = f"{count:,} units" if maps.vector else f"{count:,} maps of {w}×{h}"
        self._caption.setText(shape)
        scale = "fixed" if maps.vector else self._context.scale
        tiles = recolour(maps.maps, maps.ranges, scale, signed=self._context.colormap == "diverging")
        self.grid.set_tiles(tiles, colormap(self._context.colormap), value_text=value_text(maps))


class Answer(QWidget):
    """The column beside the image."""

    def __init__(self, context: ViewContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.best = words.big()
        self.best.setTextFormat(Qt.TextFormat.PlainText)
        self.share = words.big()
        self.share.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.bars = ProbabilityBars("The five most probable classes appear here.")
        self.about = ElidedLabel("", Qt.TextElideMode.ElideRight, role="caption")
        self.problem = words.problem()
        self.problem.hide()
        self.seen = SeenView()
        self.maps = LayerMaps(context)
        top = QHBoxLayout()
        top.addWidget(self.best, 1)
        top.addWidget(self.share)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self.problem)
        column.addWidget(self.bars)
        column.addWidget(self.about)
        column.addSpacing(8)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addLayout(self._seen_column())
        below.addWidget(self.maps, 1)
        column.addLayout(below, 1)
        self.clear()

    def _seen_column(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        title: QLabel = words.heading("What the network saw")
        title.setFixedHeight(28)
        column.addWidget(title)
        column.addWidget(self.seen, 1)
        return column

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give what the network saw its share of the room."""
        super().resizeEvent(event)
        above = self.bars.sizeHint().height() + ABOVE
        room = min(self.height() - above, round(self.width() * SEEN_SHARE))
        self.seen.set_room(max(SEEN_LEAST, min(SEEN_MOST, room)))

    def clear(self) -> None:
        """Show nothing."""
        self.best.setText("—")
        self.share.setText("")
        self.bars.set_rows([])
        self.about.setText("")
        self.seen.set_seen(None)
        self.problem.hide()

    def set_prediction(self, prediction: Prediction) -> None:
        """Show an answer."""
        self.problem.hide()
        rows = list(zip(prediction.classes, prediction.probabilities, strict=True))
        if rows:
            self.best.setText(rows[0][0])
            self.share.setText(percent(rows[0][1]))
        self.bars.set_rows(rows)
        self.about.setText(f"after step {prediction.step:,} · answered in {prediction.seconds * 1000:,.0f} ms")
        self.seen.set_seen(prediction.seen)

    def set_problem(self, error: UserError) -> None:
        """Say why there is no answer."""
        self.clear()
        self.maps.set_maps(None)
        self.problem.setText(error.sentence)
        self.problem.setVisible(bool(error.what))
