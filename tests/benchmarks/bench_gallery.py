"""How late the window's event loop is while 60,000 thumbnails are scrolled: by wheel, by the bar, by PageDown held.

A folder of class folders may be given; without one, pictures are drawn.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from guiapp.ui.data.gallery import Gallery

ROOT = Path(__file__).resolve().parents[2]
FILES, CLASSES, DIFFERENT = 60_000, 10, 100
WORST_BAR_MS, FRAME_BAR_MS, MEMORY_BAR_MB = 50.0, 33.0, 250.0
TICK_MS, EVENT_MS = 1, 16
STEPS = 250


def draw(folder: Path) -> None:
    """Write 60,000 JPEGs of 320×240 pixels in ten classes; each class has links to a hundred different ones."""
    random = np.random.default_rng(1)
    for label in range(CLASSES):
        place = folder / str(label)
        place.mkdir()
        for i in range(FILES // CLASSES):
            path = place / f"{i:05}.jpg"
            if i < DIFFERENT:
                rough = Image.fromarray(random.integers(0, 256, (12, 16, 3), np.uint8))
                rough.resize((320, 240), Image.Resampling.BICUBIC).save(path)
            else:
                os.link(place / f"{i % DIFFERENT:05}.jpg", path)


def resident_mb() -> float:
    """Return this process' resident memory in MB, NaN where that cannot be told."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))


@dataclass(frozen=True)
class Scrolled:
    """What one way of scrolling came to: lateness and own work a turn of the event loop, and the wait at its end."""

    how: str
    late_ms: list[float]
    work_ms: list[float]
    settle_s: float

    @property
    def good(self) -> bool:
        """Whether it holds the bars."""
        return max(self.late_ms) <= WORST_BAR_MS and max(self.work_ms) <= FRAME_BAR_MS

    def __str__(self) -> str:
        late = sorted(self.late_ms)
        return (
            f"  {self.how:<12} {len(late):6,} turns: late p99 {late[int(len(late) * 0.99)]:5.1f} ms, "
            f"worst {late[-1]:5.1f} ms; most own work {max(self.work_ms):5.1f} ms; "
            f"all thumbnails {self.settle_s:.2f} s after the stop"
        )


def main() -> int:
    """Scroll in the real window; print lateness and memory."""
    if not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (str(ROOT), os.environ.get("PYTHONPATH", "")) if part)
    with tempfile.TemporaryDirectory() as scratch:
        for kind in ("DATA", "CACHE", "CONFIG", "LOG"):
            os.environ[f"CONVNET_STUDIO_{kind}"] = str(Path(scratch) / kind.lower())
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch) / "images"
        if len(sys.argv) == 1:
            folder.mkdir()
            draw(folder)
        found, memory = scroll_all(folder)
    for scrolled in found:
        print(scrolled)
    bars = f"bars: worst {WORST_BAR_MS:g} ms, own work {FRAME_BAR_MS:g} ms, {MEMORY_BAR_MB:g} MB"
    print(f"window's process {memory:.0f} MB after it all ({bars})")
    return 0 if all(scrolled.good for scrolled in found) and not memory > MEMORY_BAR_MB else 1


def scroll_all(folder: Path) -> tuple[list[Scrolled], float]:
    """Open the folder in the real window and scroll in every way."""
    from guiapp import app as program
    from guiapp.look import jobs
    from guiapp.ui import shots
    from guiapp.ui.data.page import DataPage

    app = program.application()
    window = program.compose(app, program.open_settings())
    services = window.services
    window.painted.connect(lambda: window.begin(None))
    size = (int(part) for part in os.environ.get("SIZE", "1366x768").split("x"))
    window.resize(*size)
    window.show()
    shots.wait(lambda: services.dataset.state == "ready" and services.engine.state == "ready", "reading the images")
    window.go("data")
    services.dataset.choose(str(folder))
    page = window.page("data")
    assert isinstance(page, DataPage)
    gallery = page.browser.gallery
    shots.wait(lambda: gallery.wall is not None and gallery.wall.dataset.root == folder, "opening the folder")
    print(f"{len(gallery.rows):,} images in a window of {window.width()}×{window.height()}")
    shots.rest(3000)

    def settled() -> bool:
        rows = gallery.rows
        return all(gallery.picture(int(rows[at])) is not None for at in gallery.visible())

    gallery.setFocus()
    found = [measure("at rest", iter([None] * STEPS), settled)]
    for how, steps in {"wheel": wheel, "bar dragged": drag, "PageDown": page_down}.items():
        found.append(measure(how, steps(gallery), settled))
    memory = resident_mb()
    window.close_at_once()
    jobs.shut_down()
    return found, memory


def wheel(gallery: Gallery) -> Iterator[None]:
    """Turn the wheel."""
    from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
    from PySide6.QtGui import QWheelEvent

    middle = QPointF(gallery.viewport().rect().center())
    for _ in range(STEPS):
        event = QWheelEvent(
            middle,
            gallery.viewport().mapToGlobal(middle),
            QPoint(),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QCoreApplication.sendEvent(gallery.viewport(), event)
        yield


def drag(gallery: Gallery) -> Iterator[None]:
    """Drag the bar from the top to the bottom."""
    bar = gallery.verticalScrollBar()
    bar.setValue(0)
    bar.setSliderDown(True)
    for step in range(STEPS):
        bar.setSliderPosition(bar.maximum() * step // STEPS)
        yield
    bar.setSliderDown(False)


def page_down(gallery: Gallery) -> Iterator[None]:
    """Hold PageDown."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    QTest.keyClick(gallery, Qt.Key.Key_Home)
    for step in range(STEPS):
        if step % 2 == 0:  # keys repeat some thirty times a second
            QTest.keyClick(gallery, Qt.Key.Key_PageDown)
        yield


def measure(how: str, steps: Iterator[None], settled: Callable[[], bool]) -> Scrolled:
    """Do a step every 16 ms while a timer of 1 ms says how late it is."""
    from PySide6.QtCore import Qt, QTimer

    from guiapp.ui import shots

    late: list[float] = []
    work: list[float] = []
    last, worked = time.perf_counter(), time.thread_time()
    ended = 0.0

    def tick() -> None:
        nonlocal last, worked
        now, used = time.perf_counter(), time.thread_time()
        late.append((now - last) * 1000 - TICK_MS)
        work.append((used - worked) * 1000)
        last, worked = now, used

    def step() -> None:
        nonlocal ended
        if next(steps, steps) is steps:
            mover.stop()
            ended = time.perf_counter()

    timer = QTimer(interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(tick)
    mover = QTimer(interval=EVENT_MS, timerType=Qt.TimerType.PreciseTimer)
    mover.timeout.connect(step)
    timer.start()
    mover.start()
    shots.wait(lambda: ended > 0, how)
    while not settled():
        shots.rest(5)
    settle_s = time.perf_counter() - ended
    timer.stop()
    return Scrolled(how, late, work, settle_s)


if __name__ == "__main__":
    sys.exit(main())
