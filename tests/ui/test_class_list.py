"""The classes in the left column: used or not, renamed, merged, taken apart, ordered and searched, by keyboard too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from guiapp.core import notify, templates
from guiapp.core.dataset_settings import DatasetSettings
from guiapp.data.dataset import Dataset
from guiapp.look.toasts import Toasts
from guiapp.ui.data.class_edits import listed
from guiapp.ui.data.class_name import ClassNameLine
from guiapp.ui.data.class_section import ClassSection
from guiapp.ui.data.classes import ClassList
from tests.ui.asked_engine import AskedEngine, services_of

COUNTS = {"cat": 30, "dog": 20, "Owl": 6, "ant": 4}


def images(counts: dict[str, int]) -> Dataset:
    """Return a dataset of files that nobody looks at."""
    paths = tuple(f"{name}/{i}.png" for name, count in counts.items() for i in range(count))
    labels = np.repeat(np.arange(len(counts), dtype=np.int32), list(counts.values()))
    return Dataset(Path("pets"), "class_folders", tuple(counts), paths, labels, None, None)


class Desk:
    """The section on a window, with images open."""

    def __init__(self, qtbot: QtBot, folder: Path) -> None:
        self._qtbot = qtbot
        self.engine = AskedEngine()
        self.services = services_of(self.engine, folder)
        self.services.session.open(templates.load("starter").project("Test", None), None)
        self.section = ClassSection(self.services)
        self.services.dataset.changed.connect(self.section.refresh)
        qtbot.addWidget(self.section)
        self.section.resize(300, 500)
        self.section.show()
        self.section.activateWindow()

    @property
    def classes(self) -> ClassList:
        return self.section.list

    @property
    def settings(self) -> DatasetSettings:
        found = self.services.session.project.dataset
        assert found is not None
        return found

    def used(self) -> tuple[str, ...] | None:
        return self.settings.classes

    @property
    def problem(self) -> str:
        return self.section.problem.text() if not self.section.problem.isHidden() else ""

    def have(self, counts: dict[str, int]) -> None:
        self.services.dataset.choose("pets")
        self.engine.asked[-1].done(images(counts))
        self.settled()

    def settled(self) -> None:
        self._qtbot.waitUntil(lambda: not self.services.dataset.dividing)

    def shown(self) -> list[str]:
        return [self.classes.rows.row(i).name for i in range(self.classes.count())]

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.classes, key, keys)

    def check(self, name: str) -> None:
        self.classes.choose(name)
        self.key(Qt.Key.Key_Space)
        self.settled()

    def rename(self, name: str, text: str) -> ClassNameLine:
        """Type another name with the keyboard alone; Enter is left to the test."""
        self.classes.choose(name)
        self.classes.setFocus()
        self.key(Qt.Key.Key_F2)
        line = self.classes.findChild(ClassNameLine)
        assert isinstance(line, ClassNameLine)
        line.selectAll()
        QTest.keyClicks(line, text)
        return line

    def enter(self, line: ClassNameLine) -> None:
        QTest.keyClick(line, Qt.Key.Key_Return)
        # What is typed is taken with the next turn of the event loop.
        QApplication.processEvents()
        self.settled()

    def undo(self) -> None:
        self.services.session.undo()
        self.settled()


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, tmp_path)
    made.have(COUNTS)
    yield made
    assert made.services.dataset._jobs.wait_all()


def test_space_leaves_a_class_out_and_the_last_layer_follows(desk: Desk) -> None:
    desk.check("Owl")
    assert desk.used() == ("cat", "dog", "ant")
    assert desk.classes.names() == ("cat", "dog", "ant")
    assert desk.section.note == "3 of 4"
    assert desk.services.session.project.network.layers[-1].units == 3  # type: ignore[attr-defined]
    desk.check("Owl")
    assert desk.used() is None, "all are in use, those that come later too"
    desk.undo()
    desk.undo()
    assert desk.classes.names() == tuple(COUNTS)


def test_a_click_on_the_box_does_the_same(desk: Desk) -> None:
    box = desk.classes.visualRect(desk.classes.rows.index(2))
    QTest.mouseClick(desk.classes.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(box.left() + 16, box.center().y()))
    assert desk.used() == ("cat", "dog", "ant")


def test_space_takes_all_that_is_chosen(desk: Desk) -> None:
    desk.classes.choose("dog", "cat")
    desk.key(Qt.Key.Key_Space)
    assert desk.used() == ("Owl", "ant")


def test_fewer_than_two_are_refused_in_place(desk: Desk) -> None:
    desk.classes.choose("cat", "dog", "Owl")
    before = desk.services.session.project
    desk.key(Qt.Key.Key_Space)
    assert desk.problem == "At least two classes must be in use: choose another one first."
    assert desk.services.session.project == before
    assert desk.classes.names() == tuple(COUNTS)
    desk.check("cat")
    assert not desk.problem


def test_a_few_of_many_are_chosen_by_beginning_with_none(desk: Desk) -> None:
    desk.section.none_action.trigger()
    assert not desk.classes.names()
    assert desk.problem == "Choose at least two classes. Until then “cat”, “dog” and 2 more stay in use."
    assert desk.used() is None
    desk.check("ant")
    assert (desk.classes.names(), desk.used()) == (("ant",), None)
    desk.check("Owl")
    assert desk.used() == ("Owl", "ant")
    assert not desk.problem
    desk.undo()
    assert desk.classes.names() == tuple(COUNTS), "it was one step"


def test_a_choice_that_was_begun_ends_with_an_undo(desk: Desk) -> None:
    desk.check("ant")
    desk.section.none_action.trigger()
    desk.undo()
    assert desk.classes.names() == tuple(COUNTS)
    assert not desk.problem


def test_all_and_the_others(desk: Desk) -> None:
    desk.classes.choose("cat", "ant")
    desk.section.only_action.trigger()
    desk.settled()
    assert desk.used() == ("cat", "ant")
    desk.section.others_action.trigger()
    desk.settled()
    assert desk.classes.names() == ("dog", "Owl")
    desk.section.all_action.trigger()
    desk.settled()
    assert desk.used() is None


def test_a_name_is_typed_in_place_and_trimmed(desk: Desk) -> None:
    line = desk.rename("cat", "  Katze ")
    desk.enter(line)
    assert desk.settings.renamed == {"cat": "Katze"}
    assert desk.shown() == ["Katze", "dog", "Owl", "ant"]
    assert desk.classes.chosen() == ("Katze",)
    assert "In the files: cat" in desk.classes.rows.data(desk.classes.rows.index(0), Qt.ItemDataRole.ToolTipRole)
    desk.undo()
    assert desk.shown()[0] == "cat"


def test_who_comes_by_tab_renames_the_first_class_at_once(desk: Desk) -> None:
    desk.classes.setFocus(Qt.FocusReason.TabFocusReason)
    assert desk.classes.chosen() == ("cat",)
    assert desk.section.rename_action.isEnabled()


def test_escape_gives_a_name_up(desk: Desk) -> None:
    line = desk.rename("cat", "Katze")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert desk.settings.renamed == {}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("   ", "The name must not be empty; give the class a name."),
        ("x" * 101, "The name must not be longer than 100 characters; this one has 101."),
    ],
)
def test_a_name_that_cannot_be_is_not_taken(desk: Desk, text: str, why: str) -> None:
    line = desk.rename("cat", text)
    desk.enter(line)
    assert desk.classes.findChild(ClassNameLine) is line, "the line stays open"
    assert line.accessibleDescription() == why
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert desk.settings.renamed == {}


def test_a_name_that_is_taken_merges_after_saying_so(desk: Desk) -> None:
    toasts = Toasts(desk.section, listen=False)
    line = desk.rename("cat", "dog")
    assert line.accessibleDescription() == "There is a class “dog”: the two become one."
    desk.enter(line)
    assert desk.settings.renamed == {"cat": "dog"}
    assert desk.shown() == ["dog", "Owl", "ant"]
    assert desk.classes.rows.row(0).count == 50
    toast = toasts.shown()[-1]
    assert toast.note.text == "“cat” and “dog” are one class now, with 50 images."
    assert toast.action_button is not None
    toast.action_button.click()
    desk.settled()
    assert desk.shown() == ["cat", "dog", "Owl", "ant"]


def test_the_messages_undo_takes_nothing_else_back(desk: Desk) -> None:
    toasts = Toasts(desk.section, listen=False)
    desk.section.edits.rename("cat", "dog")
    desk.settled()
    desk.check("ant")
    button = toasts.shown()[-1].action_button
    assert button is not None
    button.click()
    desk.settled()
    assert (desk.settings.renamed, desk.used()) == ({"cat": "dog"}, ("dog", "Owl"))


def test_several_are_merged_under_the_largest_and_taken_apart(desk: Desk) -> None:
    desk.classes.choose("ant", "dog", "Owl")
    assert desk.section.merge_action.text() == "Merge classes into “dog”"
    desk.section.merge_action.trigger()
    desk.settled()
    assert desk.shown() == ["cat", "dog"]
    assert desk.services.session.undo_text == "merge 3 classes"
    desk.classes.choose("dog")
    desk.section.apart_action.trigger()
    desk.settled()
    assert desk.shown() == ["cat", "dog", "Owl", "ant"]
    assert desk.settings.renamed == {}


def test_merging_all_is_refused(desk: Desk) -> None:
    desk.classes.choose(*COUNTS)
    desk.section.merge_action.trigger()
    assert desk.problem == "That would leave one class only, and nothing to tell it from."
    assert desk.settings.renamed == {}


def test_what_can_be_done_follows_what_is_chosen(desk: Desk) -> None:
    section = desk.section
    desk.classes.choose()
    assert not section.rename_action.isEnabled()
    desk.classes.choose("cat")
    assert section.rename_action.isEnabled()
    assert not section.merge_action.isEnabled()
    assert not section.apart_action.isEnabled()
    desk.classes.choose("cat", "dog")
    assert section.merge_action.isEnabled()
    assert not section.rename_action.isEnabled()


def test_the_menu_comes_by_keyboard(desk: Desk, qtbot: QtBot) -> None:
    desk.classes.choose("dog")
    event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(0, 0), QPoint(0, 0))
    QApplication.sendEvent(desk.classes.viewport(), event)
    menus = [menu for menu in desk.section.findChildren(QMenu) if menu.isVisible()]
    assert [a.text() for a in menus[0].actions() if a.isEnabled() and a.text()][:2] == [
        "Rename class",
        "Use only these classes",
    ]
    menus[0].close()


def test_a_double_click_renames_but_not_on_the_box(desk: Desk) -> None:
    row = desk.classes.visualRect(desk.classes.rows.index(1))
    at = QPointF(row.left() + 60, row.center().y()).toPoint()
    QTest.mouseDClick(desk.classes.viewport(), Qt.MouseButton.LeftButton, pos=at)
    line = desk.classes.findChild(ClassNameLine)
    assert isinstance(line, ClassNameLine)
    QTest.keyClick(line, Qt.Key.Key_Escape)
    box = QPointF(row.left() + 14, row.center().y()).toPoint()
    QTest.mouseDClick(desk.classes.viewport(), Qt.MouseButton.LeftButton, pos=box)
    assert desk.classes.state() != ClassList.State.EditingState


def test_the_order_is_remembered(desk: Desk, tmp_path: Path) -> None:
    desk.section.order_actions[1].trigger()
    assert desk.shown() == ["ant", "cat", "dog", "Owl"]
    desk.classes.choose("ant")
    desk.section.order_actions[2].trigger()
    assert desk.shown() == ["cat", "dog", "Owl", "ant"]
    assert desk.classes.chosen() == ("ant",)
    again = ClassSection(desk.services, desk.section)
    assert again.list.rows.order == "count"


def test_many_classes_can_be_searched(desk: Desk, qtbot: QtBot) -> None:
    assert desk.section.filter.isHidden()
    desk.have({f"class {i}": 2 for i in range(13)})
    assert not desk.section.filter.isHidden()
    desk.section.filter.setText("SS 1")
    assert desk.shown() == ["class 1", "class 10", "class 11", "class 12"]
    QTest.keyClick(desk.section.filter, Qt.Key.Key_Down)
    assert desk.classes.chosen() == ("class 1",)
    desk.check("class 1")
    assert len(desk.used() or ()) == 12
    desk.have(COUNTS)
    assert desk.section.filter.isHidden()
    assert desk.shown() == list(COUNTS)


def test_bars_know_the_splits(desk: Desk) -> None:
    rows = {row.name: row.parts for row in desk.classes.rows.rows}
    assert rows["cat"] == (24, 6, 0)
    desk.check("cat")
    assert desk.classes.rows.rows[0].parts == ()


def test_other_changes_of_the_project_leave_the_rows_alone(desk: Desk) -> None:
    resets: list[int] = []
    desk.classes.rows.modelReset.connect(lambda: resets.append(1))
    desk.services.dataset.set_settings(desk.settings.model_copy(update={"validation": 0.5}), "share")
    desk.settled()
    assert resets == []
    assert desk.classes.rows.rows[0].parts == (15, 15, 0)


def test_a_thousand_classes_stay_quick(desk: Desk) -> None:
    desk.have({f"class {i}": 60 for i in range(1000)})
    best = 9.0
    for name in ("class 3", "class 5", "class 7"):
        desk.classes.choose(name)
        begin = time.perf_counter()
        desk.key(Qt.Key.Key_Space)
        desk.section.repaint()
        best = min(best, time.perf_counter() - begin)
        desk.settled()
    assert best < 0.1, "measured: 12 ms"
    assert len(desk.classes.names()) == 997


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (("a",), "“a”"),
        (("a", "b"), "“a” and “b”"),
        (("a", "b", "c"), "“a”, “b” and “c”"),
        (("a", "b", "c", "d"), "“a”, “b” and 2 more"),
    ],
)
def test_names_in_a_sentence(names: tuple[str, ...], text: str) -> None:
    assert listed(names) == text


def test_without_a_window_to_show_it_the_merge_is_told(desk: Desk) -> None:
    told: list[str] = []
    stop = notify.listen(lambda note: told.append(note.text))
    desk.section.edits.merge(("cat", "dog"))
    stop()
    desk.settled()
    assert "“dog” and “cat” are one class now, with 50 images." in told


def test_classes_that_the_images_lost_are_named_until_others_are_chosen(desk: Desk) -> None:
    desk.check("ant")
    desk.services.dataset.refresh()
    desk.engine.asked[-1].done(images({"cat": 30, "dog": 20, "ant": 4}))
    desk.settled()
    assert desk.problem == "The images have no “Owl” any more. Choose the classes again."
    assert desk.classes.names() == ("cat", "dog")
    desk.section.all_action.trigger()
    desk.settled()
    assert desk.used() is None and desk.problem == ""
