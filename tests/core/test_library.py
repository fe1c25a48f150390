"""The library's files: kept, found again, renamed, removed; hostile ones are told and harm no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from guiapp.core import library_files, templates
from guiapp.core.layers import create
from guiapp.core.library import LibraryItem, block_item, network_item
from guiapp.core.library_files import NameTakenError, Stored
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError

STARTER = templates.load("starter").network


def item(name: str = "Mine", note: str = "") -> LibraryItem:
    return network_item(STARTER, name, note)


def names(place: Path) -> list[str]:
    return [stored.item.name for stored in library_files.read_all(place).stored]


def test_what_is_kept_is_found_again(tmp_path: Path) -> None:
    stored = library_files.keep(item("Größe: 64/64", "two\nlines"), b"png", place=tmp_path)
    assert stored.path == tmp_path / "größe-64-64.json"
    assert stored.picture.read_bytes() == b"png"
    assert library_files.read_all(tmp_path).stored == (stored,)
    assert library_files.read(stored.path).network == STARTER


def test_no_library_yet(tmp_path: Path) -> None:
    assert library_files.read_all(tmp_path / "none").stored == ()


def test_a_name_is_there_once(tmp_path: Path) -> None:
    first = library_files.keep(item("Stem"), place=tmp_path)
    with pytest.raises(NameTakenError, match="in your library already"):
        library_files.keep(item("stem "), place=tmp_path)
    again = library_files.keep(item("STEM", "new"), b"p", replace=True, place=tmp_path)
    assert again.path == first.path and names(tmp_path) == ["STEM"]
    other = library_files.keep(item("stem!"), place=tmp_path)
    assert other.path.name == "stem-2.json" and len(names(tmp_path)) == 2


def test_renaming_takes_the_picture_along(tmp_path: Path) -> None:
    stored = library_files.keep(item("Old"), b"p", place=tmp_path)
    library_files.keep(item("Taken"), place=tmp_path)
    with pytest.raises(NameTakenError):
        library_files.rename(stored, "taken")
    with pytest.raises(UserError, match="name"):
        library_files.rename(stored, " ")
    renamed = library_files.rename(stored, "New")
    assert renamed.path.name == "new.json" and renamed.picture.read_bytes() == b"p"
    assert names(tmp_path) == ["New", "Taken"]
    assert not stored.path.exists() and not stored.picture.exists()
    cased = library_files.rename(renamed, "NEW")
    assert cased.path == renamed.path and names(tmp_path) == ["NEW", "Taken"]


def test_notes_and_removing_and_bringing_back(tmp_path: Path) -> None:
    stored = library_files.keep(item("A"), b"p", place=tmp_path)
    noted = library_files.annotate(stored, "good")
    assert library_files.read(stored.path).note == "good" and noted.picture.exists()
    with pytest.raises(UserError, match="at most 4000"):
        library_files.annotate(stored, "x" * 4001)
    picture = library_files.remove(noted)
    assert picture == b"p" and list(tmp_path.iterdir()) == []
    library_files.keep(noted.item, picture, place=tmp_path)
    assert library_files.read_all(tmp_path).stored == (Stored(noted.path, noted.item),)


def test_a_note_is_written_even_after_its_analysis_was_looked_at(tmp_path: Path) -> None:
    stored = library_files.keep(item("A"), place=tmp_path)
    assert stored.item.analysis.parameters == stored.item.parameters > 0
    assert library_files.annotate(stored, "n").item.note == "n"


HOSTILE: dict[str, Any] = {
    "cut": '{"format": 1,', "list": "[]", "no-format": "{}", "text-format": '{"format": "1"}',
    "true": '{"format": true}',
    "newer": '{"format": 2, "name": "x"}', "deep": "[" * 200_000, "digits": '{"format": ' + "9" * 5000 + "}",
    "unknown": json.dumps({"format": 1, "name": "x", "network": {"layers": [{"kind": "Lambda", "name": "l"}]}}),
    "extra": json.dumps({"format": 1, "name": "x", "network": {"layers": []}, "run": "rm"}),
    "long": json.dumps({"format": 1, "name": "x" * 200, "network": {"layers": []}}),
    "entry": json.dumps({"format": 1, "name": "x", "entry": [0, -1, 3], "network": {"layers": []}}),
    "many": json.dumps({"format": 1, "name": "x", "network": {"layers": [{"kind": "Flatten", "name": "f"}] * 2001}}),
    "line": json.dumps({"format": 1, "name": "a\nb", "network": {"layers": []}}),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_told_and_left_out(tmp_path: Path, case: str) -> None:
    library_files.keep(item("Good"), place=tmp_path)
    path = tmp_path / f"{case}.json"
    path.write_text(HOSTILE[case], "utf-8")
    shelf = library_files.read_all(tmp_path)
    assert [stored.item.name for stored in shelf.stored] == ["Good"]
    (sentence,) = shelf.damaged
    assert str(path) in sentence and sentence.endswith(".")


def test_bytes_that_are_no_text_a_folder_and_a_huge_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "folder.json").mkdir()
    monkeypatch.setattr(library_files, "MAX_BYTES", 10)
    (tmp_path / "huge.json").write_text(" " * 11)
    shelf = library_files.read_all(tmp_path)
    assert shelf.stored == () and len(shelf.damaged) == 3
    assert "too large" in shelf.damaged[2]


def test_a_block_calls_what_it_takes_input() -> None:
    made = block_item(STARTER, (1, 2, 3), "Stem")
    assert made.entry == (64, 64, 3)
    assert [layer.inputs for layer in made.network.layers] == [(), (), ()]
    shown = made.shown()
    assert [layer.name for layer in shown.layers] == ["input", *(layer.name for layer in STARTER.layers[1:4])]
    assert made.parameters == sum(row.parameters for row in made.analysis.rows)
    assert made.analysis.rows[1].shape == (64, 64, 16)


def test_a_block_with_a_way_round_keeps_it() -> None:
    layers = (
        create("Input", name="image"),
        create("Conv2D", name="a", filters=8),
        create("Conv2D", name="input", filters=8),
        create("Add", name="sum", inputs=("input", "a")),
    )
    made = block_item(NetworkSpec(layers=layers), (2, 3), "Residual")
    assert [layer.name for layer in made.network.layers] == ["input1", "sum"]
    assert made.network.layers[1].inputs == ("input1", "input")
    assert made.entry == (64, 64, 8)
    assert made.analysis.rows[-1].shape == (64, 64, 8)


def test_what_cannot_be_a_block() -> None:
    with pytest.raises(UserError, match="cannot be part"):
        block_item(STARTER, (0, 1), "x")
    with pytest.raises(UserError, match="exactly one layer"):
        block_item(STARTER, (1, 4), "x")
    with pytest.raises(UserError, match="no layers"):
        block_item(STARTER, (), "x")
    with pytest.raises(UserError, match="no layers"):
        network_item(NetworkSpec(), "x")
    with pytest.raises(UserError, match="name"):
        network_item(STARTER, "")
