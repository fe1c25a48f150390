"""A table of labels of which the wrong column was taken, in the real window: corrected in “How it is read”."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from guiapp.core import project as projects
from guiapp.core.project import Project
from guiapp.ui.data.reading import ReadingSection
from guiapp.ui.form_editors import ChoiceEditor
from guiapp.ui.window import Window
from tests.drawing import draw_bars
from tests.e2e.data_walk import Ctrl, DataWalk

OpenWindow = Callable[[Path | None], Window]


def draw_competition(folder: Path) -> Path:
    """Draw images with a table in which the column “label” says who drew each, and “thing” what it shows."""
    drawn = sorted(draw_bars(folder.with_name("drawn"), per_class=8).rglob("*.png"))
    (folder / "train").mkdir(parents=True)
    lines = ["id,label,thing,licence"]
    for number, path in enumerate(drawn, 1):
        shutil.copyfile(path, folder / "train" / f"{number}.png")
        lines.append(f"{number},{('Anna', 'Ben')[number % 2]},{path.parent.name},CC0")
    (folder / "trainLabels.csv").write_text("\n".join(lines) + "\n")
    return folder


def shown(reading: ReadingSection, field: str) -> str:
    """Return what a field shows."""
    assert reading.form is not None
    editor = reading.form.editor(field)
    assert isinstance(editor, ChoiceEditor)
    return editor.box.currentText()


@pytest.mark.timeout(120)
def test_a_wrong_column_is_corrected_and_a_wrong_choice_changes_nothing(
    open_window: OpenWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    projects.save(Project(name="mine"), tmp_path / "mine.convnet")
    path = DataWalk(open_window(tmp_path / "mine.convnet"), qtbot)
    folder = draw_competition(tmp_path / "competition")
    path.drop(folder)
    path.settle()
    assert path.model.counts() == {"Anna": 12, "Ben": 12}

    reading = path.page.column.reading
    path.click(reading.fold)
    assert (shown(reading, "file_column"), shown(reading, "label_column")) == ("id", "label")
    path.choose(reading.form, "label_column", "thing")
    path.wait(lambda: path.settings.options == {"label_column": "thing"})
    path.settle()
    assert path.model.counts() == {"lying": 8, "square": 8, "standing": 8}
    assert path.page.column.classes.names() == ("lying", "square", "standing")

    project, images = path.services.session.project, path.listed()
    _refused(path, "label_column", "licence", "has only one label, “CC0”")
    _refused(path, "file_column", "thing", "both the images' names and their labels in the column “thing”")
    _refused(path, "file_column", "licence", "none of its images is there; the first is “CC0” (line 2)")
    assert (shown(reading, "file_column"), shown(reading, "label_column")) == ("id", "thing")
    assert path.services.session.project is project
    assert path.listed() == images

    path.focus(path.window)
    path.keys(Qt.Key.Key_Z, held=Ctrl)
    path.wait(lambda: path.model.counts() == {"Anna": 12, "Ben": 12})
    path.settle()
    assert not reading.problem.isVisible()
    assert shown(reading, "label_column") == "label"


def _refused(path: DataWalk, field: str, choice: str, why: str) -> None:
    reading = path.page.column.reading
    before = reading.problem.text()
    path.choose(reading.form, field, choice)
    path.wait(lambda: reading.problem.isVisible() and reading.problem.text() not in ("", before))
    path.settle()
    text = reading.problem.text().replace("\u200b", "")
    assert text.startswith("It cannot be read that way. ") and why in text, text
