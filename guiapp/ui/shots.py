"""Pictures of every page of the real window, on the sample project after a short training."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from guiapp.core import notify
from guiapp.core.notify import UserError
from guiapp.look.theme import Appearance, theme
from guiapp.ui.network.page import NetworkPage
from guiapp.ui.predict.page import PredictPage
from guiapp.ui.window import Window

SIZES = ((1366, 768), (2560, 1440))
THEMES: tuple[Appearance, ...] = ("light", "dark")
STEPS = 300
SETTLE_MS = 1500
LONG_S = 300.0


def wait(condition: Callable[[], bool], what: str, limit_s: float = LONG_S) -> None:
    """Run the event loop until `condition` holds.

    Raises
    ------
    UserError
        When it does not within the time.
    """
    loop, end = QEventLoop(), time.monotonic() + limit_s
    timer = QTimer(interval=50)
    timer.timeout.connect(lambda: loop.quit() if condition() or time.monotonic() > end else None)
    timer.start()
    loop.exec()
    timer.stop()
    if not condition():
        raise UserError(
            f"did not happen within {limit_s:.0f} s", where=what, mend="See the log file for what went wrong"
        )


def rest(milliseconds: int) -> None:
    """Run the event loop for a while, so that what is read in the background is shown."""
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def take(
    window: Window,
    out: Path,
    sizes: Sequence[tuple[int, int]] = SIZES,
    themes: Sequence[Appearance] = THEMES,
    steps: int = STEPS,
) -> int:
    """Photograph every page into `out` as ``train-1366x768-light.png`` and so on; returns the exit code.

    Parameters
    ----------
    window : Window
        As `guiapp.app.compose` made it; it is closed at the end.
    out : Path
        The folder; made where it is missing.
    sizes, themes
        What to photograph.
    steps : int
        For how long to train before.

    Raises
    ------
    UserError, OSError
        When the sample cannot be trained, or a picture cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    window.painted.connect(lambda: window.begin(None))
    window.resize(*sizes[0])
    window.show()
    try:
        _prepare(window, steps)
        for appearance in themes:
            theme.apply(app, appearance)
            for size in sizes:
                _photograph(window, out, size, appearance)
        _small_things(window, out, themes[0])
    finally:
        window.close_at_once()
    return 0


def _prepare(window: Window, steps: int) -> None:
    services = window.services
    wait(lambda: services.session.path is not None, "opening a project")
    window.files.open_sample()
    wait(lambda: services.session.project.name == "Shapes", "opening the sample")
    wait(lambda: services.dataset.state in ("ready", "failed"), "drawing the sample images")
    if services.dataset.error is not None:
        raise services.dataset.error
    training = services.session.project.training
    if steps:
        wait(lambda: services.engine.state == "ready", "starting the engine")
        limited = services.session.project.model_copy(
            update={"training": training.model_copy(update={"max_steps": steps})}
        )
        services.session.change(limited, "train shortly")
        window.train()
        wait(lambda: not services.training.active, "training")
        services.session.undo()
    for place in window.places:
        window.page(place.name)


def _photograph(window: Window, out: Path, size: tuple[int, int], appearance: str) -> None:
    window.resize(*size)
    for place in window.places:
        window.go(place.name)
        _show_something(window, place.name)
        rest(SETTLE_MS)
        window.toasts.close_all()
        rest(50)
        _save(window, out / f"{place.name}-{size[0]}x{size[1]}-{appearance}.png")


def _show_something(window: Window, place: str) -> None:
    """Have the Predict page ask about the last image of the dataset, and the Network page show a layer."""
    page, dataset = window.page(place), window.services.dataset.active
    if isinstance(page, NetworkPage) and page.state.network.layers:
        page.state.select((len(page.state.network.layers) // 3,))
    if isinstance(page, PredictPage) and dataset is not None:
        page.show_image(str(dataset.absolute(len(dataset) - 1)))


def _small_things(window: Window, out: Path, appearance: Appearance) -> None:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, appearance)
    window.resize(*SIZES[0])
    window.go("train")
    window.show_palette()
    notify.info("Messages slide in here, and never stop the work.")
    rest(500)
    _save(window, out / "command-palette.png")
    window.palette_.hide()
    window.show_help("first-steps")
    rest(300)
    for widget in app.topLevelWidgets():
        if widget.isVisible() and widget is not window and widget.windowTitle() == "Help":
            _save(widget, out / "help.png")
            widget.close()


def _save(widget: QWidget, path: Path) -> None:
    if not widget.grab().save(str(path)):
        raise UserError("cannot be written", where=path, mend="Choose another folder")
