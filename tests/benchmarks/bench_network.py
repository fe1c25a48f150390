"""How long a keystroke in the form takes until it is answered: until form, list and totals show it painted.

Run with ``python packaging/dev.py bench`` or by itself. The drawing is placed and painted after that, which is told as
the time from the key until it has been, all else included. The reference of the same run is a keystroke in a bare line
of text with a label that repeats it, painted the same way; the arithmetic alone is printed beside it. Each figure is
told twice: as time on the clock, and as time that the processor worked for it, which other programs disturb less.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from guiapp.core import templates
from guiapp.core.analysis import analyse
from guiapp.core.blocks import opened
from guiapp.core.layers import create
from guiapp.core.layers.blocks import Block
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.look.theme import theme
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.form_editors import NumberEditor
from guiapp.ui.network.drawing import NetworkDrawing
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

KEYS = 40


def network(size: int) -> NetworkSpec:
    """Return `size` layers: convolutions, normalisations and activations by turns."""
    layers = [create("Input", name="image", height=64, width=64)]
    kinds = ("Conv2D", "BatchNormalization", "Activation")
    layers += [create(kinds[i % 3], name=f"{kinds[i % 3].lower()[:4]}{i}") for i in range(size - 1)]
    return NetworkSpec(layers=tuple(layers))


def branched(name: str) -> NetworkSpec:
    """Return a template with all of its blocks opened."""
    found = templates.load(name).network
    while True:
        at = next((i for i, layer in enumerate(found.layers) if isinstance(layer, Block)), None)
        if at is None:
            return found
        found = opened(found, at)


def open_page(network: NetworkSpec) -> NetworkPage:
    """Return the page with a network, shown."""
    session, engine = Session(Project(network=network)), EngineClient("nothing")
    dataset, view = DatasetModel(session, engine), ViewContext()
    training = TrainingModel(session, engine, dataset, view)
    folder = tempfile.mkdtemp()
    settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
    page = NetworkPage(Services(session, engine, dataset, training, view, Jobs(), settings))
    page.resize(1270, 640)
    page.show()
    QApplication.processEvents()
    # As the window does once its pages are made.
    gc.freeze()
    return page


class Times(NamedTuple):
    """What each of some keys took, on the clock and of the processor, in ms."""

    clock: list[float]
    worked: list[float]

    @property
    def said(self) -> str:
        """The middle one and the longest, in words."""
        clock, worked = self.clock, self.worked
        return (
            f"{statistics.median(clock):.2f} ms a key (worst {max(clock):.2f}), "
            f"worked {statistics.median(worked):.2f} (worst {max(worked):.2f}, the first one {worked[0]:.2f})"
        )


class Keys(NamedTuple):
    """What some keys took until they were answered, and until the drawing showed them too."""

    answered: Times
    drawn: Times


def timed(presses: Iterable[Callable[[], object]], drawing: NetworkDrawing | None = None) -> Keys:
    """Return how long each key takes, with everything that it makes to be painted."""
    keys = Keys(Times([], []), Times([], []))
    for press in presses:
        began, worked = time.perf_counter(), time.thread_time()
        press()
        # What is painted next; the drawing is not among it.
        QApplication.sendPostedEvents()
        _note(keys.answered, began, worked)
        while drawing is not None and drawing._later.waits:
            QApplication.processEvents()
        QApplication.processEvents()
        _note(keys.drawn, began, worked)
    return keys


def _note(times: Times, began: float, worked: float) -> None:
    times.worked.append((time.thread_time() - worked) * 1000)
    times.clock.append((time.perf_counter() - began) * 1000)


def bare() -> Keys:
    """Time the reference."""
    box = QWidget()
    line, label = QLineEdit(), QLabel()
    column = QVBoxLayout(box)
    column.addWidget(line)
    column.addWidget(label)
    line.textChanged.connect(label.setText)
    box.resize(1270, 640)
    box.show()
    line.setFocus()
    QApplication.processEvents()
    return timed([partial(QTest.keyClicks, line, key) for key in "1234567890" * 4])


def form_line(page: NetworkPage) -> QWidget:
    """Return the line for the filters of a convolution in the middle."""
    page.state.select((middle(page.state.network),))
    editor = page.inspector.form.editor("filters")
    assert isinstance(editor, NumberEditor)
    editor.field.line.setFocus()
    return editor.field.line


def edits(page: NetworkPage) -> Keys:
    """Time keys that each make another valid number: a digit typed, the digit taken back."""
    line = form_line(page)
    QApplication.processEvents()
    typed, back = partial(QTest.keyClicks, line, "4"), partial(QTest.keyClick, line, Qt.Key.Key_Backspace)
    return timed([back if i % 2 else typed for i in range(KEYS)], page.drawing)


def sides(page: NetworkPage) -> Keys:
    """Time changes of the image's height, after which every shape is another."""
    heights = [128 if i % 2 else 96 for i in range(KEYS)]
    return timed([partial(page.state.set_field, 0, "height", height) for height in heights], page.drawing)


def scrolled(page: NetworkPage) -> Keys:
    """Time scrolling the list of layers by three rows and a bit."""
    bar = page.list.verticalScrollBar()
    return timed([partial(bar.setValue, i * 91 % max(bar.maximum(), 1)) for i in range(KEYS)])


def edited(network: NetworkSpec, n: int) -> NetworkSpec:
    """Return the network with another number of filters in a convolution in the middle."""
    at = middle(network)
    return network.replace(at, network.layers[at].with_fields(filters=40 + n))


def middle(network: NetworkSpec) -> int:
    """Return the first layer from the middle on that has filters, and may have ten times as many."""
    rows = network.layers
    return next(i for i in range(len(rows) // 2, len(rows)) if 0 < getattr(rows[i], "filters", 0) < 400)


def main() -> None:
    """Print the figures."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    reference = bare().answered
    print(f"bare line and label: {reference.said} (the reference)")
    networks = {"100 layers": network(100), "1,000 layers": network(1000)}
    networks |= {"resnet-18": templates.load("resnet-18").network, "resnet-50, opened": branched("resnet-50")}
    for name, spec in networks.items():
        began = time.perf_counter()
        page = open_page(spec)
        took = (time.perf_counter() - began) * 1000
        variants = [edited(spec, n) for n in range(5)]
        alone = min(timed([partial(analyse, variant, 10) for variant in variants]).answered.worked)
        print(f"{name} ({len(spec.layers):,} rows), opened in {took:.0f} ms; the arithmetic alone {alone:.2f} ms")
        figures = {"filters": edits(page), "image's height": sides(page), "list scrolled": scrolled(page)}
        for what, found in figures.items():
            ratio = statistics.median(found.answered.worked) / statistics.median(reference.worked)
            print(f"  {what:<15} {found.answered.said}, {ratio:.1f} × the reference")
            print(f"  {'  and drawn':<15} {found.drawn.said}")
        page.close()
        page.deleteLater()


if __name__ == "__main__":
    main()
