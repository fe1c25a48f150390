"""A dataset is got from a server, stopped on the way, gone on with, opened and seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from guiapp.core import project as projects
from guiapp.core.project import Project
from guiapp.data.catalogue import File, Known
from guiapp.ui import get_dataset
from guiapp.ui.data.browser import Browser
from guiapp.ui.get_dataset import GetDatasetDialog
from guiapp.ui.window import Window
from tests.data.loopback import Web, serving, stalls_at
from tests.drawing import draw_bars, pack
from tests.e2e import loopback_engine
from tests.e2e.data_walk import DataWalk

OpenWindow = Callable[[Path | None], Window]
PACKED = "/bars.zip"
STALL = 70_000


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with serving() as made:
        yield made


@pytest.fixture
def known(web: Web, tmp_path: Path) -> Known:
    """A dataset of 72 images; the server stops in the middle when it is first asked."""
    data = pack(draw_bars(tmp_path / "bars", size=24), tmp_path / "bars.zip").read_bytes()
    assert len(data) > STALL + 10_000
    file = File(
        "bars.zip", (web.put(PACKED, data, stalls_at(STALL)),), len(data), hashlib.sha256(data).hexdigest(), True
    )
    classes = ("lying", "square", "standing")
    page = "https://example.org/"
    return Known("bars", "Bars", "Drawn.", 72, "24 × 24", classes, 3, "CC0", "Us", page, (file,), 2 * len(data))


@pytest.fixture
def engine_module(known: Known, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv(loopback_engine.VARIABLE, json.dumps(asdict(known)))
    monkeypatch.setattr(get_dataset, "CATALOGUE", (known,))
    return loopback_engine.__name__


@pytest.mark.timeout(120)
def test_a_download_is_stopped_gone_on_with_and_seen(
    open_window: OpenWindow, qtbot: QtBot, web: Web, tmp_path: Path
) -> None:
    projects.save(Project(name="mine"), tmp_path / "mine.convnet")
    path = DataWalk(open_window(tmp_path / "mine.convnet"), qtbot)
    path.click_button(path.page.empty, "Get a dataset…")
    dialog = path.page.findChild(GetDatasetDialog)
    assert dialog is not None
    assert dialog.facts.text("Licence") == "CC0"
    assert web.asked == []

    path.click_button(dialog, "Download")
    path.wait(lambda: " kB of " in dialog.bar.text() and "· 0 kB" not in dialog.bar.text())
    path.click_button(dialog, "Stop")
    path.click_button(dialog, "Go on downloading")
    path.settle()

    assert [asked.path for asked in web.asked] == [PACKED, PACKED]
    start = int(web.asked[1].range.removeprefix("bytes=").removesuffix("-"))
    assert 0 < start <= STALL
    assert path.model.counts() == {"lying": 24, "square": 24, "standing": 24}
    gallery = path.view(Browser).gallery
    path.wait(lambda: len(gallery.rows) == 72)
    path.wait(lambda: all(isinstance(gallery.picture(row), QImage) for row in gallery.rows[:12].tolist()))
    assert _colours(gallery.viewport().grab().toImage()) > 20
    path.wait(lambda: path.page.findChild(GetDatasetDialog) is None)


def _colours(image: QImage) -> int:
    return len({image.pixel(x, y) for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)})
