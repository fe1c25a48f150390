"""Opening a folder costs little more than walking it: counted in calls to the system, which do not vary as times do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from guiapp.data.opening import open_dataset


def test_each_folder_is_listed_once_and_no_file_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = 30
    for i in range(folders):
        (tmp_path / f"c{i}").mkdir()
        for j in range(3):
            (tmp_path / f"c{i}/{j}.png").write_bytes(b"x")
    listed: list[str] = []
    real = os.scandir

    def scandir(path: str) -> object:
        listed.append(os.fspath(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr("builtins.open", lambda *_, **__: pytest.fail("opened a file"))
    assert len(open_dataset(tmp_path)) == 3 * folders
    below = [path for path in listed if path != str(tmp_path)]
    assert len(below) == len(set(below)) == folders
