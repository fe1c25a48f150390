"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from pathlib import Path

import pytest

from guiapp.core import files
from guiapp.core.notify import as_user_error


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_file_is_written_with_its_folders(tmp_path: Path) -> None:
    path = tmp_path / "a b" / "ü#?%" / "x.txt"
    files.write_text(path, "naïve\n猫")
    assert path.read_bytes() == "naïve\n猫".encode()
    assert [p.name for p in path.parent.iterdir()] == ["x.txt"]


def test_a_former_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("a much longer text than the new one")
    files.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
def test_others_may_read_as_for_any_new_file(tmp_path: Path) -> None:
    files.write_text(tmp_path / "x", "")
    (tmp_path / "y").write_text("")
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == stat.S_IMODE((tmp_path / "y").stat().st_mode)


def test_writing_leaves_the_mask_of_the_process_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_mask: int) -> int:
        raise AssertionError("other threads make files meanwhile")

    monkeypatch.setattr("os.umask", refuse)
    files.write_text(tmp_path / "x", "")


def test_what_killed_processes_left_is_removed_after_a_day(tmp_path: Path) -> None:
    day = 24 * 3600
    names = {".writing-old": 2 * day, ".writing-new": 60, ".export-old": 2 * day, "notes.writing-old": 2 * day}
    for name, age in names.items():
        path = tmp_path / name
        if "export" in name:
            path.mkdir()
            (path / "network.keras").touch()
        else:
            path.touch()
        os.utime(path, (time.time() - age,) * 2)
    files.write_text(tmp_path / "x", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".writing-new", "notes.writing-old", "x"]


def test_a_block_that_fails_leaves_the_former_file_and_no_temporary(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with pytest.raises(RuntimeError, match="no"), files.writing(path) as temporary:
        assert temporary.parent == tmp_path
        temporary.write_text("half")
        raise RuntimeError("no")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("where", ["os.fsync", "pathlib.Path.write_bytes", "pathlib.Path.replace"])
def test_a_full_disk_leaves_the_former_file_and_no_temporary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    path = tmp_path / "x"
    path.write_text("old")
    with monkeypatch.context() as patch:
        patch.setattr(where, full)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)) as caught:
            files.write_text(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
    assert as_user_error(caught.value).sentence == (
        f"{path}: does not fit: the disk is full. Free some space, or choose another disk."
    )


def test_a_folder_that_may_not_be_written_is_told_by_the_files_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / ".writing-abc"))

    monkeypatch.setattr("tempfile.mkstemp", denied)
    with pytest.raises(PermissionError) as caught:
        files.write_text(tmp_path / "x.convnet", "new")
    assert as_user_error(caught.value).where == str(tmp_path / "x.convnet")


def test_an_error_about_another_file_keeps_that_files_name(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught, files.writing(tmp_path / "x"):
        (tmp_path / "gone").read_bytes()
    assert caught.value.filename == str(tmp_path / "gone")


def test_a_folder_in_the_files_place_is_kept(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(OSError):
        files.write_text(tmp_path / "x", "new")
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


def test_a_temporary_that_the_block_renamed_away_is_an_error_and_not_a_crash(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.writing(tmp_path / "x") as temporary:
        temporary.unlink()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["data", "cache", "config", "log"])
def test_places_follow_the_environment(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = getattr(files, f"{kind}_dir")
    monkeypatch.setenv(f"CONVNET_STUDIO_{kind.upper()}", str(tmp_path))
    assert place() == tmp_path
    monkeypatch.setenv(f"CONVNET_STUDIO_{kind.upper()}", "")
    assert files.APP in str(place())


def test_resources_are_found() -> None:
    assert (files.resources_dir() / "templates" / "starter.json").is_file()
