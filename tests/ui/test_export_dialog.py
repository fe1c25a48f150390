"""Exporting an animation: choices, refusals, the preview, saving."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtGui import QMovie
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core.messages import Animate, Animation, Request
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import Cancelled, UserError
from guiapp.core.project import Project
from guiapp.core.runs import RunWriter
from guiapp.core.session import Session
from guiapp.look.jobs import Jobs
from guiapp.ui.dataset_model import DatasetModel
from guiapp.ui.engine_client import EngineClient
from guiapp.ui.export_dialog import ExportDialog, describe, size_words
from guiapp.ui.services import Services
from guiapp.ui.training_model import TrainingModel
from guiapp.visuals.context import ViewContext
from guiapp.visuals.options import Options

LAYERS = [
    {"kind": "Input", "name": "image", "height": 16, "width": 16},
    {"kind": "Conv2D", "name": "conv1", "filters": 4},
    {"kind": "Conv2D", "name": "conv2", "filters": 6},
    {"kind": "Flatten", "name": "flatten1"},
    {"kind": "Dense", "name": "dense1", "units": 2, "activation": "linear"},
]


class Asked(EngineClient):
    """Keeps what it is asked; the test answers."""

    def __init__(self) -> None:
        super().__init__("nothing")
        self.asked: list[tuple[Animate, Callable[[Any], None], Callable[[BaseException], None]]] = []
        self.forgotten: list[int | None] = []

    def request(
        self, make: Callable[[int], Request], done: Any = None, failed: Any = None, progress: Any = None
    ) -> int:
        request = make(len(self.asked) + 1)
        assert isinstance(request, Animate)
        self.asked.append((request, done, failed))
        return request.request

    def forget(self, number: int | None) -> None:
        self.forgotten.append(number)

    def cancel(self, number: int | None) -> None:
        for request, _done, failed in self.asked:
            if request.request == number:
                failed(Cancelled())


@pytest.fixture
def engine(qtbot: QtBot) -> Asked:
    return Asked()


@pytest.fixture
def services(engine: Asked, tmp_path: Path) -> Services:
    session, view = Session(Project()), ViewContext()
    dataset = DatasetModel(session, engine)
    training = TrainingModel(session, engine, dataset, view)
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    return Services(session, engine, dataset, training, view, Jobs(), settings)


def write_run(folder: Path, *, pinned: tuple[str, ...] = ("a.png", "b.png"), snapshots: int = 4) -> Path:
    writer = RunWriter(folder)
    writer.begin(Project(name="run", network=NetworkSpec.model_validate({"layers": LAYERS}), pinned=pinned), {})
    for i in range(snapshots):
        writer.snapshot(i * 10, 0, {("weights", "conv1/kernel"): np.zeros((3, 3, 3, 4), np.float16)})
    writer.close()
    return folder


def opened(qtbot: QtBot, services: Services, folder: Path) -> ExportDialog:
    dialog = ExportDialog(services, folder)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.fields.layer.count() > 0 or not services.jobs.busy)
    dialog.preview()
    return dialog


def a_gif() -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("L", (40, 30), level) for level in (0, 120, 250)]
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:], duration=80)
    return buffer.getvalue()


def test_choices_are_what_the_run_holds_and_options_are_known(qtbot: QtBot, services: Services, tmp_path: Path) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    chosen = dialog.fields
    assert [chosen.pin.itemText(i) for i in range(chosen.pin.count())] == ["a.png", "b.png"]
    options = dialog.options()
    assert set(options) <= {field.name for field in fields(Options)}
    assert (options["first_step"], options["last_step"]) == (0, 30)
    chosen.what.setCurrentIndex(0)
    assert [chosen.layer.itemText(i) for i in range(chosen.layer.count())] == ["conv1", "conv2"]
    assert not chosen.pin.isEnabled()
    chosen.what.setCurrentIndex(1)
    assert chosen.pin.isEnabled()
    chosen.alone.setChecked(True)
    chosen.channel.set_value(3)
    chosen.pin.setCurrentIndex(1)
    assert {key: dialog.options()[key] for key in ("what", "channel", "pin")} == {
        "what": "maps",
        "channel": 3,
        "pin": 1,
    }


def test_preview_plays_and_tells_its_size(qtbot: QtBot, services: Services, engine: Asked, tmp_path: Path) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    request, done, _failed = engine.asked[-1]
    assert request.out is None
    assert request.run == str(tmp_path / "run")
    done(Animation(None, 834_000, 3, (40, 30), a_gif()))
    assert dialog.facts.text() == "3 pictures · 40 × 30 px · 834 kB as GIF"
    movie = dialog.picture.movie()
    assert movie.state() == QMovie.MovieState.Running
    assert movie.frameCount() == 3
    assert dialog.save_button.isEnabled()


def test_every_change_asks_anew_and_gives_the_former_up(
    qtbot: QtBot, services: Services, engine: Asked, tmp_path: Path
) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    before = len(engine.asked)
    dialog.fields.caption.setChecked(False)
    dialog.fields.loop.setChecked(False)
    qtbot.waitUntil(lambda: len(engine.asked) == before + 1)
    assert engine.forgotten[-1] == before
    assert engine.asked[-1][0].options["caption"] is False


def test_refusal_of_the_engine_is_said_below_the_picture(
    qtbot: QtBot, services: Services, engine: Asked, tmp_path: Path
) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    engine.asked[-1][2](UserError("was not recorded", where="conv2", mend="Choose another layer"))
    assert dialog.problem.text() == "conv2: was not recorded. Choose another layer."
    assert not dialog.save_button.isEnabled()


@pytest.mark.parametrize(
    ("pinned", "snapshots", "what", "words"),
    [((), 4, 1, "no pinned image"), (("a.png",), 0, 0, "no snapshots yet")],
)
def test_what_cannot_be_shown_is_said_without_asking_the_engine(
    qtbot: QtBot,
    services: Services,
    engine: Asked,
    tmp_path: Path,
    pinned: tuple[str, ...],
    snapshots: int,
    what: int,
    words: str,
) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run", pinned=pinned, snapshots=snapshots))
    dialog.fields.what.setCurrentIndex(what)
    asked = len(engine.asked)
    dialog.preview()
    assert words in dialog.problem.text()
    assert len(engine.asked) == asked
    assert not dialog.save_button.isEnabled()


def test_steps_the_wrong_way_round_are_refused(qtbot: QtBot, services: Services, tmp_path: Path) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    dialog.fields.first.set_value(30)
    dialog.fields.last.set_value(10)
    dialog.preview()
    assert dialog.problem.text() == "The first step lies behind the last one."


def test_saving_writes_where_asked_with_the_format_of_the_filter(
    qtbot: QtBot, services: Services, engine: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    target = str(tmp_path / "evolution")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (target, "WebP (*.webp)"))
    dialog.save()
    request, done, _failed = engine.asked[-1]
    assert request.out == target + ".webp"
    assert dialog.progress.busy
    assert not dialog.save_button.isEnabled()
    done(Animation(request.out, 1_500_000, 3, (40, 30)))
    assert dialog.progress.isHidden()
    assert dialog.save_button.isEnabled()


def test_cancelled_saving_ends_quietly(qtbot: QtBot, services: Services, engine: Asked, tmp_path: Path) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    dialog.write(tmp_path / "x.gif")
    dialog.progress.cancelled.emit()
    assert dialog.save_button.isEnabled()


def test_closing_gives_everything_up(qtbot: QtBot, services: Services, engine: Asked, tmp_path: Path) -> None:
    dialog = opened(qtbot, services, write_run(tmp_path / "run"))
    preview = engine.asked[-1][0].request
    dialog.close()
    assert preview in engine.forgotten


def test_sizes_in_words() -> None:
    assert [size_words(n) for n in (10, 834_000, 12_340_000)] == ["1 kB", "834 kB", "12.3 MB"]
    assert describe(Animation("a.gif", 2_000_000, 120, (512, 256))) == "120 pictures · 512 × 256 px · 2.0 MB"
