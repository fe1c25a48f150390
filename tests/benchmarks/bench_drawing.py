"""How many frames a second the drawing of the network gives while one moves about in it and zooms.

Run with ``python packaging/dev.py bench`` or by itself. The reference of the same run is a bare widget that paints
1,000 rectangles at the same size. A frame is at most 16 ms for 60 a second.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from guiapp.core.layers import Layer, create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.theme import theme
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.network.drawing import NetworkDrawing
from guiapp.ui.network.state import NetworkState

FRAMES = 60
COUNT = 1000
SIZE = 1200, 800


def chain() -> NetworkSpec:
    """Return 1,000 layers one after the other."""
    kinds = ("Conv2D", "BatchNormalization", "Activation")
    layers = [create("Input", name="image", height=64, width=64)]
    layers += [create(kinds[i % 3], name=f"{kinds[i % 3].lower()[:4]}{i}") for i in range(COUNT - 1)]
    return NetworkSpec(layers=tuple(layers))


def branched() -> NetworkSpec:
    """Return 1,000 layers in residual blocks with two branches each."""
    layers: list[Layer] = [
        create("Input", name="image", height=64, width=64),
        create("Conv2D", name="sum0", filters=16),
    ]
    i = 1
    while len(layers) <= COUNT - 6:
        before = (f"sum{i - 1}",)
        layers.append(create("Conv2D", name=f"a{i}", filters=16, padding="same", inputs=before))
        layers.append(create("BatchNormalization", name=f"n{i}"))
        layers.append(create("Activation", name=f"r{i}"))
        layers.append(create("Conv2D", name=f"b{i}", filters=16, padding="same"))
        layers.append(create("Conv2D", name=f"c{i}", filters=16, padding="same", inputs=before))
        layers.append(create("Add", name=f"sum{i}", inputs=(f"b{i}", f"c{i}")))
        i += 1
    return NetworkSpec(layers=tuple(layers))


class Rectangles(QWidget):
    """Paints as many rectangles as there are layers, all in sight."""

    shift = 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint them."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(QColor("#9db8f5"))
        for i in range(COUNT):
            painter.drawRect(QRectF(20 + i % 40 * 29 + self.shift, 20 + i // 40 * 30, 20, 20))


def frames_ms(widget: QWidget, step: Callable[[int], None]) -> list[float]:
    """Return how long the processor works for each frame, from what makes it to its being painted."""
    step(0)
    QApplication.processEvents()
    times: list[float] = []
    for i in range(FRAMES):
        began = time.thread_time()
        step(i)
        widget.repaint()
        times.append((time.thread_time() - began) * 1000)
    return times


def shown(network: NetworkSpec) -> tuple[NetworkDrawing, NetworkState, float]:
    """Return the drawing of a network with what it draws, and how many ms it took to be made and painted."""
    session = Session(Project(network=network))
    state = NetworkState(session, DatasetModel(session, EngineClient("nothing")))
    began = time.perf_counter()
    drawing = NetworkDrawing(state)
    state.setParent(drawing)
    drawing.resize(*SIZE)
    drawing.show()
    QApplication.processEvents()
    return drawing, state, (time.perf_counter() - began) * 1000


def panned(drawing: NetworkDrawing) -> list[float]:
    """Time a drag up and down."""
    start = QPoint(SIZE[0] // 2, SIZE[1] // 2)
    QTest.mousePress(drawing, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, start)
    times = frames_ms(drawing, lambda i: QTest.mouseMove(drawing, start + QPoint(i % 7, 20 + 8 * (i % 30))))
    QTest.mouseRelease(drawing, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, start)
    return times


def zoomed(drawing: NetworkDrawing) -> list[float]:
    """Time zooming in and out about the middle, each time to another scale."""
    middle = QPointF(SIZE[0] / 2, SIZE[1] / 2)
    return frames_ms(drawing, lambda i: drawing.zoom_by(1.03 if i % 20 < 10 else 1 / 1.029, middle))


def sharpened(drawing: NetworkDrawing) -> list[float]:
    """Time what is painted once a zoom rests: everything anew at another scale, without what was stretched."""

    def step(i: int) -> None:
        drawing.zoom_by(1.01 if i % 2 else 1 / 1.01)
        drawing._glide.drop()

    return frames_ms(drawing, step)


def report(what: str, times: list[float], reference: float) -> None:
    """Print one line."""
    middle, worst = statistics.median(times), max(times)
    ratio = middle / reference
    print(
        f"  {what:<22} {middle:6.2f} ms a frame ({1000 / middle:5.0f} a second, {ratio:4.1f} × bare, worst {worst:.1f})"
    )


def main() -> None:
    """Print the figures."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    bare = Rectangles()
    bare.resize(*SIZE)
    bare.show()
    reference = statistics.median(frames_ms(bare, lambda i: setattr(bare, "shift", i % 9)))
    print(f"bare widget, {COUNT:,} rectangles: {reference:.2f} ms a frame (the reference)")
    for name, network in (("chain", chain()), ("branches", branched())):
        drawing, state, opened = shown(network)
        # As the window does once its pages are made.
        gc.freeze()
        print(f"{len(network.layers):,} layers, {name}: opened and painted in {opened:.0f} ms")
        for zoom in (0.15, 0.3, 0.55, 1.0, 2.5):
            drawing.zoom_by(zoom / drawing.zoom)
            for rows in ((), (COUNT // 2,)):
                # A chosen layer is brought into sight.
                state.select(rows)
            drawing.repaint()
            report(f"moved about at {zoom:.2f}", panned(drawing), reference)
            report(f"zoomed about {zoom:.2f}", zoomed(drawing), reference)
            report(f"painted anew at {zoom:.2f}", sharpened(drawing), reference)
        drawing.close()
        drawing.deleteLater()


if __name__ == "__main__":
    main()
