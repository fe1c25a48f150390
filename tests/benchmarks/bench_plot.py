"""How many frames a second a chart of 1,000,000 points makes while it pans and zooms, against the bar of 30."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
from PySide6.QtWidgets import QApplication

from guiapp.core.messages import Epoch
from guiapp.look.jobs import Jobs
from guiapp.look.theme import theme
from guiapp.visuals.context import ViewContext
from guiapp.visuals.curves.panel import LossPanel

POINTS = 1_000_000
FRAMES = 120
BAR = 30


def context() -> ViewContext:
    """Return a view of a run of a million steps."""
    made = ViewContext()
    rng = np.random.default_rng(0)
    steps = np.arange(1, POINTS + 1)
    loss = 2 * np.exp(-steps / 2e5) + 0.2 + rng.normal(0, 0.15, POINTS)
    epochs = tuple(Epoch("", i, (i + 1) * 10_000, 0, 0, float(loss[i * 10_000]), 0, 1) for i in range(100))
    made.set_history(steps, loss, np.clip(1 - loss / 3, 0, 1), epochs, np.empty(0, np.int64))
    return made


def spans(kind: str) -> list[tuple[float, float]]:
    """Return the ranges of steps that a person goes through."""
    part = np.linspace(0, 1, FRAMES)
    if kind == "pan":
        return [(float(p) * POINTS / 2, float(p) * POINTS / 2 + POINTS / 2) for p in part]
    return [
        (POINTS / 2 * (1 - 0.999**i * r), POINTS / 2 * (1 + 0.999**i * r)) for i, r in enumerate(10.0 ** (-4 * part))
    ]


def main() -> None:
    """Print frames a second and their ratio to the bar."""
    app = QApplication([])
    theme.apply(app, "light")
    panel = LossPanel(context(), Jobs())
    panel.resize(1200, 500)
    panel.show()
    app.processEvents()
    panel.redraw()
    assert panel.chart is not None
    for kind in ("pan", "zoom"):
        times, own = [], time.process_time()
        for span in spans(kind):
            begin = time.perf_counter()
            panel.context.set_span(span)
            panel.redraw()
            app.processEvents()
            times.append(time.perf_counter() - begin)
        # The processor's time says what the frames cost where other programs compete for it.
        alone = FRAMES / (time.process_time() - own)
        rate, slow = 1 / np.median(times), 1 / np.quantile(times, 0.95)
        print(
            f"plot, {POINTS:,} points, {kind}: {rate:.0f} frames/s ({alone:.0f} by processor time), "
            f"95 % of frames faster than {slow:.0f}/s; bar {BAR}: {rate / BAR:.2f} × the bar"
        )
    panel.close()


if __name__ == "__main__":
    main()
