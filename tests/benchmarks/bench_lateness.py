"""Lateness of the window's event loop over a whole training with every live view on, its start included."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STEPS = 480
P99_BAR_MS, WORST_BAR_MS, MEMORY_BAR_MB = 16.0, 50.0, 250.0
TICK_MS = 1
AFTER_MS = 1500


def resident_mb() -> float:
    """Return this process' resident memory in MB, NaN where that cannot be told."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


def main() -> int:
    """Train the sample in the real window; print the 99th percentile and the worst lateness."""
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("DATA", "CACHE", "CONFIG", "LOG"):
            os.environ[f"CONVNET_STUDIO_{kind}"] = str(Path(folder) / kind.lower())
        late = train_and_measure()
    worst, count = max(tick.late_ms for tick in late), len(late)
    p99 = sorted(tick.late_ms for tick in late)[int(count * 0.99)]
    # A tick that is late without work of the window's own waited for a processor that others had.
    for tick in sorted(late, key=lambda tick: -tick.late_ms)[:5]:
        when = f"{tick.at_s:6.2f} s after Train, {tick.state}"
        print(f"  {tick.late_ms:6.1f} ms late, own work {tick.work_ms:5.1f} ms: {when}")
    print(f"  most work of the window's own between two ticks: {max(tick.work_ms for tick in late):.1f} ms")
    memory = resident_mb()
    print(f"lateness over {count:,} ticks: 99th percentile {p99:.1f} ms (bar {P99_BAR_MS:g}), ", end="")
    print(f"worst {worst:.1f} ms (bar {WORST_BAR_MS:g}); window's process {memory:.0f} MB (bar {MEMORY_BAR_MB:g})")
    return 0 if p99 <= P99_BAR_MS and worst <= WORST_BAR_MS and not memory > MEMORY_BAR_MB else 1


@dataclass(frozen=True)
class Tick:
    """One turn of the event loop: how late, how much of that this thread computed, when, and what the engine did."""

    late_ms: float
    work_ms: float
    at_s: float
    state: str


def train_and_measure() -> list[Tick]:
    """Train once and return every tick."""
    from PySide6.QtCore import Qt, QTimer

    from guiapp import app as program
    from guiapp.look import jobs
    from guiapp.ui import shots

    app = program.application()
    window = program.compose(app, program.open_settings())
    services = window.services
    window.painted.connect(lambda: window.begin(None))
    window.resize(1366, 768)
    window.show()
    shots.wait(lambda: services.dataset.state == "ready" and services.engine.state == "ready", "reading the images")
    for place in window.places:
        window.page(place.name)
    window.go("train")
    training = services.session.project.training.model_copy(update={"max_steps": STEPS})
    services.session.change(services.session.project.model_copy(update={"training": training}), "train shortly")
    shots.rest(3000)

    late: list[Tick] = []
    begun = last = worked = 0.0

    def tick() -> None:
        nonlocal last, worked
        now, work = time.perf_counter(), time.thread_time()
        late.append(Tick((now - last) * 1000 - TICK_MS, (work - worked) * 1000, now - begun, services.engine.state))
        last, worked = now, work

    timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    timer.start()
    begun = last = time.perf_counter()
    worked = time.thread_time()
    window.train()
    shots.wait(lambda: not services.training.active, "training")
    shots.rest(AFTER_MS)
    timer.stop()
    window.close_at_once()
    jobs.shut_down()
    return late


if __name__ == "__main__":
    sys.exit(main())
