"""What holds for every test: no screen, none of the person's own folders, no errors logged, no widgets left behind."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication, QWidget

_folder = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Set the environment before any test module, and so before Qt or TensorFlow, is imported."""
    folder = Path(tempfile.mkdtemp(prefix="convnet-studio-test-"))
    config.stash[_folder] = folder
    for kind in ("DATA", "CACHE", "CONFIG", "LOG"):
        os.environ[f"CONVNET_STUDIO_{kind}"] = str(folder / kind.lower())
    # Tests on a real display start a process of their own with another platform.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if "PYTEST_XDIST_WORKER" in os.environ:
        # Several processes that each use every core are slower than one.
        for name in (
            "TF_NUM_INTRAOP_THREADS",
            "TF_NUM_INTEROP_THREADS",
            "OMP_NUM_THREADS",
            "OPENCV_FOR_THREADS_NUM",
        ):
            os.environ.setdefault(name, "1")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folders of the run."""
    folder = config.stash.get(_folder, None)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture(autouse=True)
def no_logged_errors(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which the program logged an error, unless it is marked `allow_errors`."""
    handler = _Errors()
    logger = logging.getLogger("guiapp")
    logger.addHandler(handler)
    failed_before = request.session.testsfailed
    try:
        yield
    finally:
        logger.removeHandler(handler)
    allowed = request.node.get_closest_marker("allow_errors") is not None
    if handler.texts and not allowed and request.session.testsfailed == failed_before:
        pytest.fail("the program logged errors:\n" + "\n".join(handler.texts), pytrace=False)


def _top_level(app: QApplication) -> list[QWidget]:
    from PySide6.QtCore import QCoreApplication, QEvent

    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    app.processEvents()
    # Qt keeps the label of the last tooltip for itself.
    return [widget for widget in app.topLevelWidgets() if widget.metaObject().className() != "QTipLabel"]


@pytest.fixture(autouse=True)
def no_widgets_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that used `qtbot` and left a window behind.

    Such a widget is kept alive by a reference: look for a lambda or a partial of its own method that it
    connected to a signal, or pass it to `qtbot.addWidget`.
    """
    if "qtbot" not in request.fixturenames:
        yield
        return
    import gc

    app: QApplication = request.getfixturevalue("qapp")
    before = _top_level(app)
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed != failed_before:
        return
    left = [widget for widget in _top_level(app) if widget not in before]
    if left:
        del left
        gc.collect()
        left = [widget for widget in _top_level(app) if widget not in before]
    if left:
        names = ", ".join(f"{type(widget).__name__} {widget.objectName()!r}" for widget in left)
        pytest.fail(f"widgets are left after the test: {names}", pytrace=False)
