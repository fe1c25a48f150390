"""The left column of the Data page: where images come from, how they are read, the balance, the splits, the size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from guiapp.core import templates
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.core.messages import EnsureSample, OpenDataset
from guiapp.core.notify import UserError
from guiapp.data.dataset import Dataset
from guiapp.data.importers.table_options import TableOptions
from guiapp.look import tokens as tk
from guiapp.ui.data.balance import judgement
from guiapp.ui.data.section import Section
from guiapp.ui.data.settings import SettingsColumn
from guiapp.ui.data.source import MOST_RECENT, Recent
from guiapp.ui.data.split_bar import shares
from guiapp.ui.form import FieldsForm, scrolling
from guiapp.ui.form_editors import ChoiceEditor
from tests.ui.asked_engine import AskedEngine, services_of

A = {"cat": 40, "dog": 10}
TABLE = TableOptions(
    table="labels.csv", file_column="id", label_column="label", split_column="none", folder=".", extension=".png"
)
CHOICES = {"table": ("labels.csv", "other_labels.csv"), "file_column": ("id", "label"), "label_column": ("id", "label")}


def images(counts: dict[str, int], root: str = "pets", **more: Any) -> Dataset:
    """Return a dataset of files that nobody looks at."""
    paths = tuple(f"{name}/{i}.png" for name, count in counts.items() for i in range(count))
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), list(counts.values()))
    return replace(Dataset(Path(root), "class_folders", tuple(counts), paths, labels, None, None), **more)


def read_from_a_table(**more: Any) -> Dataset:
    found: dict[str, Any] = {"importer": "table", "options": TABLE, "choices": CHOICES} | more
    return images(A, **found)


class Desk:
    """The column in its scrolling area."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self.engine = AskedEngine()
        self.services = services_of(self.engine, folder)
        self.services.session.open(templates.load("starter").project("Test", None), None)
        self.column = SettingsColumn(self.services)
        self.area = scrolling(self.column)
        qtbot.addWidget(self.area)
        self.services.dataset.changed.connect(self.column.refresh)
        self.services.session.listen(lambda _old, _new: self.column.refresh())
        self.column.refresh()
        self.area.resize(300, 600)
        self.area.show()

    @property
    def settings(self) -> DatasetSettings:
        found = self.services.session.project.dataset
        assert found is not None
        return found

    def have(self, dataset: Dataset, path: str = "pets") -> None:
        self.services.dataset.choose(path)
        self.engine.asked[-1].done(dataset)
        self.settled()

    def settled(self) -> None:
        self._qtbot.waitUntil(lambda: not self.services.dataset.dividing)

    def enter(self, name: str, value: object) -> None:
        self.column.shares.changed.emit(name, value)
        self.settled()

    def asked(self) -> DatasetSettings:
        found: DatasetSettings = self.engine.last(OpenDataset).request.settings
        return found


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, tmp_path)
    yield made
    assert made.services.dataset._jobs.wait_all()
    made.services.session._listeners.clear()


# where they come from


def test_what_was_found_is_said(desk: Desk) -> None:
    assert desk.column.source.text.startswith("No images yet")
    assert desk.column.class_part.isHidden()
    assert desk.column.reading.isHidden()
    desk.have(images(A))
    assert desk.column.source.text == "pets\n50 images in 2 classes, a folder for each class"


def test_a_file_or_a_folder_can_be_chosen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "/somewhere/folder")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/somewhere/list.csv", ""))
    desk.column.source.folder_action.trigger()
    assert desk.asked().path == "/somewhere/folder"
    desk.column.source.file_action.trigger()
    assert desk.asked().path == "/somewhere/list.csv"
    desk.column.source.sample_action.trigger()
    assert isinstance(desk.engine.asked[-1].request, EnsureSample)


def test_images_opened_lately_are_in_the_menu(desk: Desk) -> None:
    desk.have(images(A), "/somewhere/first & last")
    desk.have(images(A), "/somewhere/second")
    desk.column.source.menu.aboutToShow.emit()
    actions = desk.column.source.menu.actions()
    recent = next(action for action in actions if action.toolTip() == "/somewhere/first & last")
    assert recent.text() == "first && last  –  /somewhere"
    assert not any(action.toolTip() == "/somewhere/second" for action in actions), "it is open"
    recent.trigger()
    assert desk.asked().path == "/somewhere/first & last"
    actions[-1].trigger()
    assert Recent(desk.services.settings).paths() == []


def test_the_list_of_recent_images_is_short(tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    recent = Recent(settings)
    recent.add("only")
    settings.sync()
    assert Recent(QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)).paths() == ["only"]
    for i in range(10):
        recent.add(f"{i}")
    recent.add("7")
    assert len(recent.paths()) == MOST_RECENT
    assert recent.paths()[:3] == ["7", "9", "8"]


# how they are read


def test_options_of_the_importer_are_a_form_of_what_was_found(desk: Desk) -> None:
    desk.have(images(A))
    assert not desk.column.reading.findChildren(FieldsForm)
    desk.have(read_from_a_table())
    form = desk.column.reading.form
    assert form is not None
    assert form.names() == ("table", "file_column", "label_column", "split_column", "folder", "extension")
    table = form.editor("table")
    assert isinstance(table, ChoiceEditor)
    assert [table.box.itemText(i) for i in range(table.box.count())] == list(CHOICES["table"])
    assert table.box.currentText() == "labels.csv"


def test_an_option_reads_the_images_again(desk: Desk) -> None:
    desk.have(read_from_a_table())
    form = desk.column.reading.form
    assert form is not None
    form.changed.emit("label_column", "id")
    assert (desk.asked().path, desk.asked().importer, desk.asked().options) == ("pets", None, {"label_column": "id"})
    desk.engine.asked[-1].done(read_from_a_table(options=TABLE.model_copy(update={"label_column": "id"})))
    desk.settled()
    assert desk.settings.options == {"label_column": "id"}
    assert desk.column.reading.form is form, "the same choices keep the form, and with it the focus"
    editor = form.editor("label_column")
    assert isinstance(editor, ChoiceEditor)
    assert editor.box.currentText() == "id"
    desk.services.session.undo()
    assert desk.asked().options == {}


def test_an_option_that_does_not_work_is_said_in_place_and_the_former_stays(desk: Desk) -> None:
    desk.have(read_from_a_table())
    before, form = desk.services.session.project, desk.column.reading.form
    assert form is not None
    editor = form.editor("table")
    assert isinstance(editor, ChoiceEditor)
    editor.box.setCurrentIndex(1)
    editor.box.activated.emit(1)
    assert desk.asked().options == {"table": "other_labels.csv"}
    desk.engine.asked[-1].failed(UserError("is empty", where="other_labels.csv", mend="Choose another"))
    assert desk.column.reading.problem.text().replace("\u200b", "") == (
        "It cannot be read that way. other_labels.csv: is empty. Choose another."
    )
    assert not desk.column.reading.problem.isHidden()
    assert editor.box.currentText() == "labels.csv"
    assert desk.services.session.project == before
    assert desk.services.dataset.state == "ready"
    desk.have(read_from_a_table(), "others")
    assert desk.column.reading.problem.isHidden(), "it was said of other images"


def test_a_wrong_guess_is_corrected(desk: Desk) -> None:
    desk.have(images(A))
    kind = desk.column.reading.kind
    assert kind.currentText() == "Automatic"
    place = next(i for i in range(kind.count()) if kind.itemData(i) == "table")
    kind.setCurrentIndex(place)
    kind.activated.emit(place)
    assert desk.asked().importer == "table"
    desk.engine.asked[-1].failed(UserError("holds no table of labels", where="pets"))
    assert kind.currentText() == "Automatic"
    kind.setCurrentIndex(place)
    kind.activated.emit(place)
    assert desk.column.reading.problem.isHidden()
    desk.engine.asked[-1].done(read_from_a_table())
    desk.settled()
    assert desk.settings.importer == "table"
    assert desk.column.reading.form is not None


# balance


@pytest.mark.parametrize(
    ("trained", "balance", "text"),
    [
        ({"cat": 30, "dog": 10}, "none", ""),
        ({"cat": 31, "dog": 10}, "none", "“cat” has 3.1 times as many images as “dog”. The network will tend to"),
        ({"cat": 400, "dog": 10, "owl": 90}, "class weights", "“cat” has 40 times as many images as “dog”. Each image"),
        ({"cat": 40, "dog": 10}, "balanced sampling", "“cat” has 4 times as many images as “dog”. Images of small"),
        ({"cat": 4, "dog": 0}, "none", "“dog” has no images to train on, and cannot be learned."),
        ({"cat": 0, "dog": 0}, "none", ""),
        ({"cat": 4}, "none", ""),
    ],
)
def test_uneven_classes_are_judged(trained: dict[str, int], balance: Any, text: str) -> None:
    found = judgement(trained, balance)
    assert found.startswith(text)
    assert bool(found) == bool(text)


def test_what_is_done_about_uneven_classes_is_chosen_below_the_list(desk: Desk) -> None:
    desk.have(images(A))
    box = desk.column.class_part.balance
    assert "tend to answer “cat”" in box.sentence.text()
    box.form.changed.emit("balance", "class weights")
    desk.settled()
    assert desk.settings.balance == "class weights"
    assert "counts for more" in box.sentence.text()
    desk.have(images({"cat": 20, "dog": 10}))
    assert box.sentence.isHidden()


# splits


def test_shares_become_the_numbers_that_they_were(desk: Desk) -> None:
    desk.have(images(A))
    assert desk.column.split_part.bar.counts() == (40, 10, 0, 0)
    desk.enter("divide", "counts")
    assert desk.settings.validation_images == 10
    assert desk.column.split_part.bar.counts() == (40, 10, 0, 0)
    shown = [name for name in desk.column.shares.names() if not desk.column.shares.editor(name).isHidden()]
    assert shown == ["divide", "train_images", "validation_images", "test_images"]
    desk.enter("train_images", 20)
    assert desk.column.split_part.bar.counts() == (20, 10, 0, 20)


@pytest.mark.parametrize(
    ("asked", "blamed"),
    [
        ({"test_images": 60}, "test_images"),
        ({"test_images": 30, "validation_images": 30}, "validation_images"),
        ({"validation_images": 50}, "validation_images"),
        ({"validation_images": 20, "train_images": 31}, "train_images"),
    ],
)
def test_more_images_than_there_are_is_said_at_the_field(desk: Desk, asked: dict[str, int], blamed: str) -> None:
    desk.have(images(A))
    desk.enter("divide", "counts")
    for name, value in asked.items():
        desk.enter(name, value)
    assert list(desk.column.shares.problems()) == [blamed]
    assert "Ask for fewer images" in desk.column.shares.problems()[blamed]
    desk.services.session.undo()
    desk.settled()
    assert not desk.column.shares.problems()


def test_ready_made_splits_are_kept_or_not(desk: Desk) -> None:
    desk.have(images(A))
    assert desk.column.shares.editor("keep_given").isHidden()
    given = np.zeros(50, np.uint8)
    given[::5] = 2
    desk.have(images(A, given_splits=given))
    assert not desk.column.shares.editor("keep_given").isHidden()
    assert desk.column.shares.editor("test").isHidden(), "it would change nothing"
    assert desk.column.split_part.bar.counts()[2] == 10
    desk.enter("keep_given", False)
    assert not desk.column.shares.editor("test").isHidden()
    assert desk.column.split_part.bar.counts() == (40, 10, 0, 0)


def test_images_are_dealt_again_by_another_seed(desk: Desk) -> None:
    desk.have(images(A))
    before = desk.services.dataset.splits.copy()
    desk.column.split_part.deal_action.trigger()
    desk.settled()
    assert desk.settings.seed != 1
    assert not np.array_equal(desk.services.dataset.splits, before)
    desk.services.session.undo()
    desk.settled()
    assert np.array_equal(desk.services.dataset.splits, before)


def test_percents_are_never_rounded_to_nothing() -> None:
    assert shares((9990, 10, 0, 0)) == ["100 %", "< 1 %", "0 %", "0 %"]
    assert shares((0, 0, 0, 0)) == ["0 %"] * 4


# the column


def test_a_section_folds_and_remembers(qtbot: QtBot, tmp_path: Path) -> None:
    settings = QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat)
    section = Section("Splits", settings, "splits")
    qtbot.addWidget(section)
    section.show()
    states = [section.opened]
    QTest.keyClick(section.fold, Qt.Key.Key_Space)
    again = Section("Splits", settings, "splits")
    qtbot.addWidget(again)
    assert [*states, section.opened, again.opened] == [True, False, False]


def test_folded_splits_say_their_numbers(desk: Desk) -> None:
    desk.have(images(A))
    desk.column.split_part.set_open(False)
    assert desk.column.split_part.note == "40 / 10 / 0"
    desk.column.split_part.set_open(True)
    assert desk.column.split_part.note == ""


def test_the_list_shows_ten_classes_and_more_where_there_is_room(desk: Desk, qtbot: QtBot) -> None:
    desk.have(images({f"class {i}": 2 for i in range(60)}))
    classes = desk.column.classes
    qtbot.waitUntil(lambda: classes.height() == 10 * tk.ROW_HEIGHT + 2)
    desk.area.resize(300, 1400)
    qtbot.waitUntil(lambda: classes.height() > 15 * tk.ROW_HEIGHT)
    qtbot.waitUntil(lambda: desk.column.height() <= desk.area.viewport().height())
    assert classes.height() > 15 * tk.ROW_HEIGHT
    desk.area.resize(300, 600)
    qtbot.waitUntil(lambda: classes.height() == 10 * tk.ROW_HEIGHT + 2)
    desk.have(images(A))
    qtbot.waitUntil(lambda: classes.height() == 2 * tk.ROW_HEIGHT + 2)


def test_what_can_be_done_is_in_the_menu(desk: Desk) -> None:
    texts = [action.text() for action in desk.column.page_actions()]
    assert texts[:4] == ["Rename class", "Merge classes", "Use the names of the files", "Use only these classes"]
    assert "Deal the images out again" in texts
    assert not any(action.isEnabled() for action in desk.column.page_actions()[:7])
    desk.have(images(A))
    assert desk.column.class_part.all_action.isEnabled()
    assert desk.column.split_part.deal_action.isEnabled()


def test_the_size_is_that_of_the_input(desk: Desk) -> None:
    form = desk.column.size_form
    form.changed.emit("width", 48)
    assert desk.services.session.project.network.layers[0].width == 48  # type: ignore[attr-defined]
    form.changed.emit("width", 0)
    assert form.problems()["width"] == "Must be at least 1."
    assert desk.services.session.project.network.layers[0].width == 48  # type: ignore[attr-defined]


def test_another_share_leaves_what_was_done_to_images_as_it_is(desk: Desk) -> None:
    desk.have(images(A))
    left = desk.settings.model_copy(update={"excluded": ("cat/0.png",), "relabelled": {"cat/1.png": "dog"}})
    desk.services.dataset.set_settings(left, "leave out 1 image")
    desk.column.shares.changed.emit("validation", 0.5)
    assert desk.settings.validation == 0.5
    assert desk.settings.excluded is left.excluded and desk.settings.relabelled is left.relabelled
    desk.settled()
