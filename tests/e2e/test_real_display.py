"""The window on a real X display, with OpenCV imported before or after Qt has chosen its plugins."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ORDERS = {
    "before Qt": "import guiapp.data.images\nfrom guiapp.app import application, compose, open_settings\n"
    "app = application()",
    "after the application": "from guiapp.app import application, compose, open_settings\n"
    "app = application()\nimport guiapp.data.images",
    "before the window, from a thread": "from guiapp.app import application, compose, open_settings\n"
    "import importlib, threading\napp = application()\n"
    "thread = threading.Thread(target=importlib.import_module, args=('guiapp.data.images',))\n"
    "thread.start(); thread.join()",
}
WINDOW = """
import os, sys
from PySide6.QtCore import QTimer
before = {name: os.environ.get(name) for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR", "LD_LIBRARY_PATH")}
assert before["QT_QPA_PLATFORM_PLUGIN_PATH"] is None and before["QT_QPA_FONTDIR"] is None, before
assert "cv2" in sys.modules
window = compose(app, open_settings())
def picture():
    image = window.grab().toImage()
    colours = {image.pixel(x, y) for x in range(0, image.width(), 5) for y in range(0, image.height(), 5)}
    print(app.platformName(), window.isVisible(), len(colours) > 10, "tensorflow" in sys.modules, flush=True)
    window.close_at_once()
window.painted.connect(lambda: QTimer.singleShot(200, picture))
window.leaving.connect(app.quit)
QTimer.singleShot(40_000, app.quit)
window.show()
sys.exit(app.exec())
"""


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """The name of an X display of this module's own."""
    if not sys.platform.startswith("linux"):
        pytest.skip("there is no X here")
    xvfb = shutil.which("Xvfb")
    if xvfb is None:
        pytest.skip("Xvfb is not installed")
    reading, writing = os.pipe()
    server = subprocess.Popen(
        [xvfb, "-displayfd", str(writing), "-screen", "0", "1366x768x24", "-nolisten", "tcp"],
        pass_fds=(writing,),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            pytest.skip("Xvfb cannot start here")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait(20)


@pytest.mark.parametrize("order", ORDERS)
def test_the_window_opens_whenever_opencv_is_imported(display: str, tmp_path: Path, order: str) -> None:
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}
    for kind in ("DATA", "CACHE", "CONFIG", "LOG"):
        environment[f"CONVNET_STUDIO_{kind}"] = str(tmp_path / kind.lower())
    done = subprocess.run(
        [sys.executable, "-c", ORDERS[order] + WINDOW],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["xcb", "True", "True", "False"], done.stdout + done.stderr
