"""Start-up: from the start of the process to the first paint, against a bare PySide6 and pyqtgraph window."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 7
BAR = 2.0

BARE = """
import os, time
from PySide6.QtWidgets import QApplication, QMainWindow
import pyqtgraph
class Plot(pyqtgraph.PlotWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        os._exit(0)
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(Plot())
window.resize(1366, 768)
window.show()
app.exec()
"""

OURS = """
import os, time
from guiapp import app as program
from guiapp.ui.window import Window
class Painted(Window):
    def paintEvent(self, event):
        super().paintEvent(event)
        print(time.time(), flush=True)
        os._exit(0)
program.Window = Painted
program.main(None)
"""


def measure(code: str) -> float:
    """Return the seconds from the start of a process that runs `code` to the time that it prints."""
    begun = time.time()
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=60)
    return float(done.stdout) - begun


def main() -> int:
    """Measure both in turn and print their ratio."""
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    root = str(Path(__file__).resolve().parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("DATA", "CACHE", "CONFIG", "LOG"):
            os.environ[f"CONVNET_STUDIO_{kind}"] = folder
        for code in (BARE, OURS):
            measure(code)
        pairs = [(measure(BARE), measure(OURS)) for _ in range(ROUNDS)]
    bare, ours = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(own / other for other, own in pairs)
    print(f"bare window {bare:.2f} s, Convnet Studio {ours:.2f} s: ratio {ratio:.2f} (bar: at most {BAR:g})")
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
