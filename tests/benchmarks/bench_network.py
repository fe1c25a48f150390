"""How long a keystroke in the form takes until list, form, drawing and totals show it.

Run with ``python packaging/dev.py bench`` or by itself. The reference of the same run is a keystroke in a bare line
of text with a label that repeats it, painted the same way; the arithmetic alone is printed beside it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).parents[2]))

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget

from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.look.theme import theme
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.form_editors import NumberEditor
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext

KEYS = 40


def network(count: int) -> NetworkSpec:
    """Return `count` layers: convolutions, normalisations and activations by turns."""
    layers = [create("Input", name="image", height=64, width=64)]
    kinds = ("Conv2D", "BatchNormalization", "Activation")
    layers += [create(kinds[i % 3], name=f"{kinds[i % 3].lower()[:4]}{i}") for i in range(count - 1)]
    return NetworkSpec(layers=tuple(layers))


def open_page(count: int) -> NetworkPage:
    """Return the page with a network of `count` layers, shown."""
    session, engine = Session(Project(network=network(count))), EngineClient("nothing")
    dataset, view = DatasetModel(session, engine), ViewContext()
    training = TrainingModel(session, engine, dataset, view)
    folder = tempfile.mkdtemp()
    settings = QSettings(str(Path(folder) / "settings.ini"), QSettings.Format.IniFormat)
    page = NetworkPage(Services(session, engine, dataset, training, view, Jobs(), settings))
    page.resize(1270, 640)
    page.show()
    return page


def keystrokes_ms(line: QWidget, keys: str) -> list[float]:
    """Return how long each key takes, with everything that it makes to be painted."""
    times: list[float] = []
    for key in keys:
        began = time.perf_counter()
        QTest.keyClicks(line, key)
        QApplication.processEvents()
        times.append((time.perf_counter() - began) * 1000)
    return times


def bare() -> list[float]:
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
    return keystrokes_ms(line, "1234567890" * 4)


def form_line(page: NetworkPage) -> QWidget:
    """Return the line for the filters of a convolution in the middle."""
    rows = page.state.network.layers
    middle = next(i for i in range(len(rows) // 2, len(rows)) if rows[i].kind == "Conv2D")
    page.state.select((middle,))
    editor = page.inspector.form.editor("filters")
    assert isinstance(editor, NumberEditor)
    editor.field.line.setFocus()
    return editor.field.line


def edits_ms(page: NetworkPage) -> list[float]:
    """Time keys that each make another valid number: a digit typed, the digit taken back."""
    line = form_line(page)
    QApplication.processEvents()
    times: list[float] = []
    for i in range(KEYS):
        began = time.perf_counter()
        if i % 2:
            QTest.keyClick(line, Qt.Key.Key_Backspace)
        else:
            QTest.keyClicks(line, "4")
        QApplication.processEvents()
        times.append((time.perf_counter() - began) * 1000)
    return times


def best_of(call: Callable[[], object], times: int = 5) -> float:
    """Return the shortest of some calls, in ms."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        found.append((time.perf_counter() - began) * 1000)
    return min(found)


def main() -> None:
    """Print the figures."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.apply(app, "light")
    reference = statistics.median(bare())
    print(f"bare line and label: {reference:.2f} ms a key (the reference)")
    for count in (100, 1000):
        began = time.perf_counter()
        page = open_page(count)
        QApplication.processEvents()
        opened = (time.perf_counter() - began) * 1000
        arithmetic = best_of(lambda page=page: analyse(page.state.network, 10))  # type: ignore[misc]
        times = edits_ms(page)
        middle, worst = statistics.median(times), max(times)
        ratio = middle / reference
        print(
            f"{count:>5,} layers: {middle:.2f} ms a key ({ratio:.1f} × the reference, worst {worst:.2f}); "
            f"the arithmetic alone {arithmetic:.2f} ms; opened in {opened:.0f} ms"
        )
        page.close()
        page.deleteLater()


if __name__ == "__main__":
    main()
