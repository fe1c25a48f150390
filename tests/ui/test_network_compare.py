"""The comparison in its window: both sides chosen, rows and totals, following the present network, out as a table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from guiapp.core import library_files, notify, templates
from guiapp.core import project as projects
from guiapp.core.library import network_item
from guiapp.core.project import Project, TrainingSettings
from guiapp.core.runs.writer import RunWriter
from guiapp.ui.network import compare
from guiapp.ui.network.compare_sides import NOW, Choice
from guiapp.ui.network.compare_window import CompareWindow
from guiapp.ui.network.compare_words import PARAMETERS_A, PARAMETERS_B, SHAPE_A, SHAPE_B, TEXT
from guiapp.ui.network.page import NetworkPage
from tests.ui.network_place import open_network_page

STARTER = templates.load("starter")
Open = Callable[..., NetworkPage]


@pytest.fixture
def page(qtbot: QtBot, tmp_path: Path) -> NetworkPage:
    return open_network_page(qtbot, tmp_path, Project(network=STARTER.network, training=STARTER.training))


@pytest.fixture
def told() -> Iterator[list[str]]:
    notes: list[str] = []
    stop = notify.listen(lambda note: notes.append(note.text))
    yield notes
    stop()


def write_run(folder: Path, project: Project) -> None:
    writer = RunWriter(folder)
    writer.begin(project, {})
    writer.close()


def choose(qtbot: QtBot, window: CompareWindow, at: int, choice: Choice) -> None:
    window.sides.choose(at, choice)
    qtbot.waitUntil(lambda: window.sides.sides[at] is not None and not window._timer.isActive())
    qtbot.waitUntil(lambda: window.found is not None)


def against_starter(qtbot: QtBot, page: NetworkPage) -> CompareWindow:
    window = compare.show(page)
    choose(qtbot, window, 0, Choice("template", "starter"))
    qtbot.waitUntil(lambda: window.summary.text() == "No layer is different.")
    return window


def states(window: CompareWindow) -> list[str]:
    model = window.table.rows
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_it_begins_empty_and_says_what_to_do(qtbot: QtBot, page: NetworkPage) -> None:
    window = compare.show(page)
    qtbot.waitUntil(window.empty.isVisible)
    assert window.sides.buttons[1].button.text() == "This network, as it is now"
    assert compare.show(page) is window
    window.close()


def test_edits_are_followed_at_once(qtbot: QtBot, page: NetworkPage) -> None:
    window = against_starter(qtbot, page)
    assert window.training.text() == "Training: the same settings."
    page.state.set_field(1, "filters", 64)
    qtbot.waitUntil(lambda: "1 changed" in window.summary.text())
    assert window.table.rows.index(1, 7).data() == "Filters 16 → 64"
    assert window.totals.texts()[2][2].startswith("+")
    page.services.session.undo()
    qtbot.waitUntil(lambda: window.summary.text() == "No layer is different.")
    window.close()


def test_only_differences_and_a_row_that_is_clicked_is_chosen_on_the_page(qtbot: QtBot, page: NetworkPage) -> None:
    window = against_starter(qtbot, page)
    page.state.select((3,))
    page.state.remove()
    page.state.add("Dropout", 2)
    qtbot.waitUntil(lambda: "only in A" in window.summary.text() and "only in B" in window.summary.text())
    QTest.keyClick(window.only, Qt.Key.Key_Space)
    assert "same" not in states(window) and "only in A" in states(window)
    row = states(window).index("only in B")
    at = window.table.visualRect(window.table.rows.index(row, 4)).center()
    QTest.mouseClick(window.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    assert page.state.rows == (2,)
    window.table.setCurrentIndex(window.table.rows.index(states(window).index("only in A"), 0))
    QTest.keyClick(window.table, Qt.Key.Key_Return)
    assert page.state.rows == (2,)
    window.close()


def test_swapping(qtbot: QtBot, page: NetworkPage) -> None:
    window = against_starter(qtbot, page)
    page.state.add("Dropout", 2)
    qtbot.waitUntil(lambda: "1 only in B" in window.summary.text())
    QTest.mouseClick(window.sides.swap, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "1 only in A" in window.summary.text())
    assert window.sides.now() == 0
    assert window.table.rows.headerData(1, Qt.Orientation.Horizontal) == "A: This network, as it is now"
    window.close()


def test_a_project_file_a_run_and_the_library(qtbot: QtBot, tmp_path: Path, page: NetworkPage) -> None:
    other = Project(name="Other", network=STARTER.network.remove(2), training=TrainingSettings(epochs=77))
    projects.save(other, tmp_path / "other.convnet")
    window = compare.show(page)
    choose(qtbot, window, 0, Choice("file", str(tmp_path / "other.convnet")))
    qtbot.waitUntil(lambda: "1 only in B" in window.summary.text())
    assert "77 →" in window.training.text()
    write_run(tmp_path / "runs" / "2026-11-21T10-31-07-x", other)
    window.sides.choose(0, Choice("run", str(tmp_path / "runs" / "2026-11-21T10-31-07-x")))
    qtbot.waitUntil(lambda: window.sides.titles()[0] == "Run of 21 Nov, 10:31")
    stored = library_files.keep(network_item(STARTER.network, "Kept"), place=tmp_path / "library")
    window.sides.choose(0, Choice("library", str(stored.path)))
    qtbot.waitUntil(lambda: window.summary.text() == "No layer is different.")
    qtbot.waitUntil(lambda: not window.training.isVisible())
    window.close()


def test_the_last_run_is_what_it_begins_with(qtbot: QtBot, tmp_path: Path) -> None:
    before = Project(name="Mine", network=STARTER.network.remove(2), training=STARTER.training)
    write_run(tmp_path / "runs" / "2026-11-21T10-31-07-mine", before)
    now = before.model_copy(update={"network": STARTER.network})
    page = open_network_page(qtbot, tmp_path, now, tmp_path / "mine.convnet")
    window = compare.show(page)
    qtbot.waitUntil(lambda: "1 only in B" in window.summary.text())
    assert window.sides.titles()[0] == "Run of 21 Nov, 10:31"
    menu = window.sides.buttons[0].menu
    menu.aboutToShow.emit()
    titles = [action.text() for action in menu.actions()]
    assert "mine.convnet, as it was saved" in titles and "The last run" in titles
    inner = next(m for m in menu.findChildren(QMenu) if m.title() == "Templates")
    next(action for action in inner.actions() if action.text() == STARTER.title).trigger()
    qtbot.waitUntil(lambda: window.summary.text() == "No layer is different.")
    window.close()


def test_what_cannot_be_read_is_a_sentence_and_the_former_stays(
    qtbot: QtBot, tmp_path: Path, page: NetworkPage
) -> None:
    window = against_starter(qtbot, page)
    (tmp_path / "bad.convnet").write_text("{")
    window.sides.choose(0, Choice("file", str(tmp_path / "bad.convnet")))
    qtbot.waitUntil(window.problem.isVisible)
    assert "is damaged" in window.problem.text()
    assert window.sides.titles()[0] == STARTER.title
    window.sides.choose(0, NOW)
    qtbot.waitUntil(lambda: not window.problem.isVisible())
    window.close()


def test_copy_and_export(qtbot: QtBot, tmp_path: Path, page: NetworkPage, told: list[str]) -> None:
    window = against_starter(qtbot, page)
    page.state.set_field(1, "filters", 64)
    qtbot.waitUntil(lambda: "1 changed" in window.summary.text())
    QTest.mouseClick(window.copy_button, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[1] == "A: Starter" and "Filters 16 → 64" in lines[2]
    window.export_to(str(tmp_path / "out.csv"))
    qtbot.waitUntil(lambda: any("out.csv" in text for text in told))
    rows = list(csv.reader((tmp_path / "out.csv").read_text("utf-8").splitlines()))
    assert rows[2][0] == "changed" and rows[-1][0] == "Receptive field"
    window.export_to(str(tmp_path / "out.csv" / "no folder.csv"))
    qtbot.waitUntil(window.problem.isVisible)
    window.close()


def test_size_and_ticks_are_remembered(qtbot: QtBot, page: NetworkPage) -> None:
    window = against_starter(qtbot, page)
    window.resize(790, 555)
    window.only.setChecked(True)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.findChildren(CompareWindow))
    again = compare.show(page)
    assert (again.width(), again.height()) == (790, 555)
    assert again.only.isChecked()
    again.close()


def test_no_figure_is_cut_and_nothing_scrolls_sideways(qtbot: QtBot, page: NetworkPage) -> None:
    window = against_starter(qtbot, page)
    table, columns = window.table, range(window.table.rows.columnCount())
    assert table.isColumnHidden(TEXT), "nothing is different, so that nothing is said of it"
    choose(qtbot, window, 0, Choice("template", "vgg-16"))
    qtbot.waitUntil(lambda: not table.isColumnHidden(TEXT))
    font = QFont(table.font())
    font.setWeight(QFont.Weight.DemiBold)
    for column in (SHAPE_A, PARAMETERS_A, SHAPE_B, PARAMETERS_B):
        texts = [table.rows.index(row, column).data() for row in range(table.rows.rowCount())]
        widest = max(QFontMetrics(font).horizontalAdvance(text) for text in texts)
        # The cell has 8 px of air at each side, and Qt keeps some more.
        assert table.columnWidth(column) >= widest + 22
    assert sum(table.columnWidth(column) for column in columns) <= table.viewport().width()
    assert table.horizontalScrollBar().maximum() == 0
    parameters = window.totals.texts()[2]
    assert all("," in text and "M" not in text for text in parameters[:3])
