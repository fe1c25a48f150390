"""A messy archive of images in the real window: opened, understood, mended, and trained on exactly as it is shown."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from guiapp.core import project as projects
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project, TrainingSettings
from guiapp.core.runs import ListedImage, RunReader
from guiapp.data.dataset import TRAIN, VALIDATION
from guiapp.data.editing import arrange
from guiapp.data.opening import open_dataset
from guiapp.ui.data.augmentation import AugmentationView
from guiapp.ui.data.browser import Browser
from guiapp.ui.data.health import HealthView
from guiapp.ui.inspect.evaluation import EvaluationView
from guiapp.ui.inspect.page import InspectPage
from guiapp.ui.unpack_dialog import UnpackDialog
from guiapp.ui.window import Window
from tests.drawing import draw_messy, pack
from tests.e2e.data_walk import LONG_MS, Ctrl, DataWalk, Shift

OpenWindow = Callable[[Path | None], Window]
LAYERS = [
    {"kind": "Input", "name": "image", "height": 16, "width": 16},
    {"kind": "Conv2D", "name": "conv1", "filters": 4},
    {"kind": "Flatten", "name": "flatten1"},
    {"kind": "Dense", "name": "dense1", "units": 2, "activation": "linear"},
]
BROKEN, WRONG = "square/broken.png", "square/wrong.png"


def messy_archive(folder: Path) -> tuple[Path, str, str]:
    """Return an archive of images, and two of them that are the same: one to train on, one to validate."""
    images = draw_messy(folder / "messy")
    dataset = open_dataset(images)
    splits = arrange(dataset, DatasetSettings(path=str(images))).splits
    whole = [i for i, path in enumerate(dataset.paths) if path.startswith("lying/") and path.endswith(".png")]
    train, held = (next(dataset.paths[i] for i in whole if splits[i] == which) for which in (TRAIN, VALIDATION))
    shutil.copyfile(images / train, images / held)
    return pack(images, folder / "messy images.zip"), train, held


def write_project(path: Path) -> Path:
    """Write a project without images, whose training takes long unless it is stopped."""
    project = Project(
        name=path.stem,
        network=NetworkSpec.model_validate({"layers": LAYERS}),
        training=TrainingSettings(batch=8, epochs=100_000, snapshot_every=100),
    )
    projects.save(project, path)
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
@pytest.mark.allow_errors
@pytest.mark.timeout(180)
def test_a_messy_archive_is_mended_and_trained_on_as_it_is_shown(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    archive, train, held = messy_archive(tmp_path)
    project = write_project(tmp_path / "mine.convnet")
    window = open_window(project)
    path = DataWalk(window, qtbot)

    _unpack(path, archive)
    _mend_the_leak(path, train, held)
    _change_images(path)
    _change_classes(path)
    _divide(path)
    _augment(path)
    _undo_and_redo(path)
    made, shown = path.services.session.project, path.listed()

    path.keys(Qt.Key.Key_S, held=Ctrl)
    path.wait(lambda: not path.services.session.modified)
    with qtbot.waitSignal(window.leaving, timeout=LONG_MS):
        window.close()

    path = DataWalk(open_window(None), qtbot)
    path.settle()
    assert path.services.session.path == project
    assert path.services.session.project == made
    assert path.listed() == shown
    assert "leaks" not in path.found() and "copies" not in path.found() and "unreadable" in path.found()

    run = _train_over_a_kill(path, shown)
    _evaluate(path, run, shown)


def _unpack(path: DataWalk, archive: Path) -> None:
    path.drop(archive)
    path.wait(lambda: path.page.findChild(UnpackDialog))
    dialog = path.page.findChild(UnpackDialog)
    assert dialog is not None
    path.wait(lambda: dialog.facts.text("Size").endswith("unpacked"))
    assert dialog.facts.text("Holds") == "53 images"
    assert dialog.facts.text("At its top") == "messy/"
    path.click_button(dialog, "Unpack")
    path.settle()
    assert path.model.class_names == ("lying", "square", "standing")
    assert [path.model.counts()[name] for name in path.model.class_names] == [29, 18, 6]
    dense = path.services.session.project.network.layers[-1]
    assert dense.model_dump()["units"] == 3


def _mend_the_leak(path: DataWalk, train: str, held: str) -> None:
    view = path.view(HealthView)
    rows = {row.finding.key: row for row in view.report.rows}
    assert {"unreadable", "leaks", "balance"} <= rows.keys()
    assert BROKEN in rows["unreadable"].finding.text
    assert {"CMYK", "rotated", "PNG", "JPEG"} <= view.report.kinds.keys()
    path.click_button(rows["leaks"], "Leave out 1 copy")
    path.settle()
    assert path.settings.excluded == (train,)
    now = {image.path: image.split for image in path.listed()}
    assert (now[train], now[held]) == ("not used", "validation")
    path.wait(lambda: not {"leaks", "copies"} & set(path.found()))


def _change_images(path: DataWalk) -> None:
    path.view(Browser)
    path.find("wrong")
    path.keys(Qt.Key.Key_L)
    path.type("ly")
    path.keys(Qt.Key.Key_Return)
    path.settle()
    assert path.settings.relabelled == {WRONG: "lying"}
    path.find("standing/005")
    path.keys(Qt.Key.Key_Delete)
    path.settle()
    assert path.settings.excluded[1:] == ("standing/005.png",)
    path.focus(path.page.browser.filters.search)
    path.type("")
    path.keys(Qt.Key.Key_Backspace)
    path.wait(lambda: len(path.page.browser.gallery.rows) == 53)


def _change_classes(path: DataWalk) -> None:
    classes = path.page.column.classes
    path.focus(classes)
    path.keys(Qt.Key.Key_F2)
    path.type("flat")
    path.keys(Qt.Key.Key_Return)
    path.wait(lambda: path.settings.renamed == {"lying": "flat"})
    path.settle()
    assert classes.chosen() == ("flat",)
    path.focus(classes)
    path.keys(Qt.Key.Key_Down)
    path.keys(Qt.Key.Key_Down, held=Shift)
    assert classes.chosen() == ("square", "standing")
    path.command("merge classes")
    path.settle()
    assert path.settings.renamed == {"lying": "flat", "standing": "square"}
    assert path.model.counts() == {"flat": 30, "square": 23}
    assert path.services.session.project.network.layers[-1].model_dump()["units"] == 2


def _divide(path: DataWalk) -> None:
    column = path.page.column
    path.choose(column.shares, "divide", "counts")
    path.settle()
    path.number(column.shares, "validation_images", "9")
    path.number(column.shares, "test_images", "11")
    path.choose(column.class_part.balance.form, "balance", "class weights")
    path.settle()
    assert path.settings.balance == "class weights"
    # One of the two that are left out keeps its place among the images to test on.
    assert _counts(path) == {"train": 32, "validation": 9, "test": 10, "not used": 2}


def _counts(path: DataWalk) -> dict[str, int]:
    splits = [image.split for image in path.listed()]
    return {split: splits.count(split) for split in dict.fromkeys(("train", "validation", "test", *splits))}


def _augment(path: DataWalk) -> None:
    view = path.view(AugmentationView)
    path.wait(lambda: view.grid.count() == 16)
    plain = _picture(view)
    path.click_button(view, "Photos")
    path.wait(lambda: _picture(view) != plain)
    assert path.services.session.project.augmentation.active


def _picture(view: AugmentationView) -> QImage:
    image: QImage = view.grid.viewport().grab().toImage()
    return image


def _undo_and_redo(path: DataWalk) -> None:
    session = path.services.session
    made, shown = session.project, path.listed()
    path.focus(path.window)
    steps = 0
    while session.undo_text is not None:
        path.keys(Qt.Key.Key_Z, held=Ctrl)
        steps += 1
        assert steps < 30
    path.wait(lambda: path.model.state == "none")
    assert session.project.dataset is None
    for _ in range(steps):
        path.keys(Qt.Key.Key_Z, held=Ctrl | Shift)
    path.settle()
    assert session.redo_text is None
    assert session.project == made
    assert path.listed() == shown


def _train_over_a_kill(path: DataWalk, shown: list[ListedImage]) -> RunReader:
    services = path.services
    path.focus(path.window)
    path.keys(Qt.Key.Key_F5)
    path.wait(lambda: services.view.steps.size > 20)
    folder, first = services.training.run, services.engine.pid
    assert folder is not None and first is not None
    run = RunReader(folder)
    listed = run.images()
    # A damaged image has its split on the page until it is left out; nothing can be learned from it.
    assert listed == [image._replace(split="not used") if image.path == BROKEN else image for image in shown]

    os.kill(first, signal.SIGKILL)
    path.wait(lambda: path.toast("Training stopped at step"))
    offer = path.toast("Training stopped at step")
    assert offer is not None and offer.action_button is not None
    stopped = run.steps()
    packed = run.images_list.read_bytes()
    path.click(offer.action_button)
    path.wait(lambda: services.training.started is not None and run.steps() > stopped + 20)
    assert services.engine.pid != first and services.training.run == folder
    path.keys(Qt.Key.Key_F7)
    path.wait(lambda: not services.training.active)
    assert run.images_list.read_bytes() == packed
    assert run.images() == listed
    return run


def _evaluate(path: DataWalk, run: RunReader, shown: list[ListedImage]) -> None:
    path.window.go("inspect")
    page = path.window.page("inspect")
    assert isinstance(page, InspectPage)
    path.click_tab(page.tabs, "Confusion")
    view = next(view for view in page.findChildren(EvaluationView) if view.isVisible())
    path.click_button(view, "Evaluate")
    path.wait(lambda: view.evaluation)
    assert view.evaluation is not None
    held = [image for image in shown if image.split == "test" and image.path != BROKEN]
    assert view.evaluation.split == "test" and view.evaluation.images == len(held)
    assert view.evaluation.classes == ("flat", "square")
    rows = view.evaluation.confusion.sum(axis=1).tolist()
    assert rows == [sum(image.class_name == name for image in held) for name in ("flat", "square")]
