"""The open project: undo, redo, what is saved, and who is told."""

from __future__ import annotations

from pathlib import Path

from guiapp.core import session as module
from guiapp.core.project import Project
from guiapp.core.session import Session

A, B, C, D = (Project(name=name) for name in "ABCD")


def test_a_change_is_told_with_the_old_and_the_new_value() -> None:
    session = Session(A)
    heard: list[tuple[Project, Project]] = []
    stop = session.listen(lambda old, new: heard.append((old, new)))
    session.change(B, "rename")
    session.undo()
    session.redo()
    stop()
    session.change(C, "rename")
    stop()
    assert heard == [(A, B), (B, A), (A, B)]


def test_an_equal_value_is_no_change() -> None:
    session = Session(A)
    session.listen(lambda old, new: heard.append(new))
    heard: list[Project] = []
    session.change(Project(name="A"), "rename")
    assert (heard, session.undo_text, session.modified) == ([], None, False)


def test_undo_and_redo_walk_the_past() -> None:
    session = Session(A)
    session.change(B, "one")
    session.change(C, "two")
    assert (session.undo_text, session.redo_text) == ("two", None)
    session.undo()
    assert (session.project, session.undo_text, session.redo_text) == (B, "one", "two")
    session.undo()
    assert (session.project, session.undo_text, session.redo_text) == (A, None, "one")
    session.undo()
    assert session.project == A
    session.redo()
    session.redo()
    session.redo()
    assert (session.project, session.undo_text, session.redo_text) == (C, "two", None)


def test_a_change_after_undo_forgets_what_could_be_redone() -> None:
    session = Session(A)
    session.change(B, "one")
    session.undo()
    session.change(C, "two")
    assert session.redo_text is None
    session.undo()
    assert session.project == A


def test_keystrokes_in_one_field_are_undone_together() -> None:
    session = Session(A)
    session.change(B, "type", merge="name")
    session.change(C, "type", merge="name")
    session.change(D, "type", merge="name")
    session.undo()
    assert (session.project, session.undo_text) == (A, None)
    session.redo()
    assert session.project == D


def test_other_fields_undo_redo_and_saving_end_the_merging(tmp_path: Path) -> None:
    session = Session(A)
    session.change(B, "type", merge="name")
    session.change(C, "type", merge="other")
    session.undo()
    assert session.project == B
    session.change(D, "type", merge="name")
    session.undo()
    assert session.project == B
    session.saved(B, tmp_path / "x")
    session.change(C, "type", merge="name")
    session.undo()
    assert session.project == B
    session.change(C, "click")
    session.change(D, "click")
    session.undo()
    assert session.project == C


def test_typing_back_to_the_beginning_leaves_no_step() -> None:
    session = Session(A)
    session.change(B, "rename")
    session.change(C, "type", merge="name")
    session.change(B, "type", merge="name")
    assert session.undo_text == "rename"
    session.change(D, "type", merge="name")
    session.undo()
    assert session.project == B
    session.undo()
    assert session.project == A


def test_modified_compares_with_what_was_saved(tmp_path: Path) -> None:
    session = Session(A)
    heard: list[bool] = [session.modified]
    session.listen(lambda old, new: heard.append(session.modified))
    session.change(B, "one")
    session.saved(B, tmp_path / "b.convnet")
    session.undo()
    session.redo()
    assert heard == [False, True, False, True, False]
    assert session.path == tmp_path / "b.convnet"


def test_a_change_while_saving_stays_unsaved(tmp_path: Path) -> None:
    session = Session(A)
    session.change(B, "one")
    writing = session.project
    session.change(C, "two")
    session.saved(writing, tmp_path / "x")
    assert session.modified
    session.undo()
    assert not session.modified


def test_saving_is_told(tmp_path: Path) -> None:
    session = Session(A)
    heard: list[bool] = []
    session.listen(lambda old, new: heard.append(session.modified))
    session.change(B, "one")
    session.saved(B, tmp_path / "x")
    assert heard == [True, False]


def test_opening_begins_a_new_past(tmp_path: Path) -> None:
    session = Session(A)
    session.change(B, "one")
    session.undo()
    session.open(C, tmp_path / "c.convnet")
    assert (session.project, session.path, session.modified) == (C, tmp_path / "c.convnet", False)
    assert (session.undo_text, session.redo_text) == (None, None)
    session.undo()
    session.redo()
    assert session.project == C


def test_a_recovered_project_is_modified_until_it_is_saved(tmp_path: Path) -> None:
    session = Session(A)
    session.open(C, tmp_path / "c.convnet", modified=True)
    assert session.modified
    session.saved(C, tmp_path / "c.convnet")
    assert not session.modified


def test_the_past_is_bounded() -> None:
    session = Session(A)
    for i in range(module.UNDO_LIMIT + 5):
        session.change(Project(name=str(i)), "count")
    undone = 0
    while session.undo_text:
        session.undo()
        undone += 1
    assert undone == module.UNDO_LIMIT
    assert session.project == Project(name="4")


def test_a_listener_may_stop_while_it_is_told() -> None:
    session = Session(A)
    heard: list[str] = []

    def once(old: Project, new: Project) -> None:
        heard.append("once")
        stop()

    stop = session.listen(once)
    session.listen(lambda old, new: heard.append("always"))
    session.change(B, "one")
    session.change(C, "two")
    assert heard == ["once", "always", "always"]
