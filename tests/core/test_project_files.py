"""Projects on disk: what is saved comes back, and nothing is ever half written."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from guiapp.core import project as module
from guiapp.core import templates
from guiapp.core.layers import create
from guiapp.core.layers.base import Words
from guiapp.core.notify import UserError, as_user_error
from guiapp.core.project import (
    DatasetSettings,
    Project,
    TrainingSettings,
    autosave_path,
    from_json,
    load,
    save,
    set_field,
    slug,
    to_json,
)


def example(folder: Path, *pinned: str) -> Project:
    project = templates.load("mnist-lenet-bn").project("Ziffern “0…9” 猫", str(folder), 5)
    return project.model_copy(update={"pinned": pinned})


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    project = example(tmp_path / "images", str(tmp_path / "images" / "a b.png"), str(tmp_path.parent / "c.png"))
    path = tmp_path / "sub" / "my project #1.convnet"
    save(project, path)
    assert load(path) == project
    before = path.read_bytes()
    save(load(path), path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_the_file_is_json_that_a_person_can_read(tmp_path: Path) -> None:
    save(example(tmp_path), tmp_path / "p.convnet")
    text = (tmp_path / "p.convnet").read_text("utf-8")
    value = json.loads(text)
    assert value["format"] == module.FORMAT
    assert value["network"]["layers"][1]["kind"] == "Conv2D"
    assert "“0…9” 猫" in text
    assert text.endswith("}\n")
    assert len(text.splitlines()) > 50


def test_paths_below_the_project_travel_with_it(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    outside = str(tmp_path / "outside" / "x.png")
    save(example(here / "images", str(here / "images" / "x.png"), outside), here / "p.convnet")
    value = json.loads((here / "p.convnet").read_text("utf-8"))
    assert value["dataset"]["path"] == "images"
    assert value["pinned"] == ["images/x.png", outside]
    here.rename(there)
    moved = load(there / "p.convnet")
    assert moved.dataset is not None
    assert moved.dataset.path == str(there / "images")
    assert moved.pinned == (str(there / "images" / "x.png"), outside)


def test_the_projects_own_folder_may_be_the_dataset(tmp_path: Path) -> None:
    save(example(tmp_path), tmp_path / "p.convnet")
    assert json.loads((tmp_path / "p.convnet").read_text("utf-8"))["dataset"]["path"] == "."
    dataset = load(tmp_path / "p.convnet").dataset
    assert dataset is not None
    assert Path(dataset.path) == tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_project_in_a_linked_folder_keeps_relative_paths(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for folder in ("real", "link"):
        save(example(tmp_path / folder / "images"), tmp_path / "link" / "p.convnet")
        value = json.loads((tmp_path / "real" / "p.convnet").read_text("utf-8"))
        assert value["dataset"]["path"] == "images"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_a_link_to_itself_is_left_to_who_opens_the_images(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "p.convnet").write_text('{"format": 1, "dataset": {"path": "loop/images"}}')
    dataset = load(tmp_path / "p.convnet").dataset
    assert dataset is not None
    assert dataset.path == str(tmp_path / "loop" / "images")


def test_a_byte_order_mark_of_an_editor_is_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "p.convnet"
    path.write_bytes(b"\xef\xbb\xbf" + to_json(Project(name="x")).encode())
    assert load(path) == Project(name="x")


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("where", ["os.fsync", "pathlib.Path.write_bytes"])
def test_a_full_disk_leaves_the_former_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    path = tmp_path / "p.convnet"
    save(Project(name="old"), path)
    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        with pytest.raises(OSError) as caught:
            save(Project(name="new"), path)
    assert as_user_error(caught.value).sentence.startswith(f"{path}: does not fit: the disk is full.")
    assert load(path) == Project(name="old")
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/somewhere/.writing-1")

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(PermissionError) as caught:
        save(Project(), tmp_path / "p.convnet")
    assert as_user_error(caught.value).sentence == (
        f"{tmp_path / 'p.convnet'}: may not be opened: permission is denied. "
        "Change its permissions, or choose another place."
    )


def test_the_autosave_lies_beside_the_project() -> None:
    assert autosave_path(Path("/a/b c.convnet")) == Path("/a/.b c.convnet.autosave")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Cats & Dogs", "cats-dogs"),
        ("../../etc/passwd", "etc-passwd"),
        ("  Ziffern №1 – 猫  ", "ziffern-1-猫"),
        ("???", "untitled"),
        ("", "untitled"),
        ("_", "untitled"),
        ("a\nb\0c", "a-b-c"),
    ],
)
def test_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(max_size=100))
def test_a_slug_is_always_a_name_of_a_file(name: str) -> None:
    found = slug(name)
    assert 0 < len(found) <= 60
    assert not set(found) & set('/\\:*?"<>| .\0\n')
    assert found[0] not in "-_"
    assert found[-1] not in "-_"


@pytest.mark.parametrize("settings", [DatasetSettings, TrainingSettings, Project])
def test_every_setting_is_explained(settings: type[Words]) -> None:
    for name, info in settings.model_fields.items():
        if settings is not Project or name in {"name", "pinned"}:
            assert info.title, name
    if settings is not Project:
        assert all(info.description and info.description.endswith(".") for info in settings.model_fields.values())


def test_setting_a_field_says_why_it_may_not() -> None:
    layer = create("Dense", name="d")
    assert set_field(layer, "units", 5) == create("Dense", name="d", units=5)
    with pytest.raises(UserError) as caught:
        set_field(layer, "units", 0)
    assert (caught.value.where, caught.value.what) == ("units", "must be at least 1")


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (0.9, 0.2), (0.0, 1.0), (-0.1, 0.0)])
def test_shares_must_leave_images_to_train_on(validation: float, test: float) -> None:
    with pytest.raises(ValidationError):
        DatasetSettings(path="x", validation=validation, test=test)


def test_an_older_format_is_brought_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.MIGRATIONS, 0, lambda old: {"format": 1, "name": old["title"]})
    assert from_json('{"format": 0, "title": "Old"}', "p") == Project(name="Old")
