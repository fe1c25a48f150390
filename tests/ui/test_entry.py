"""What the program makes of its arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

import guiapp.__main__ as entry


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []

    def window(path: str | None) -> int:
        found.append(f"window {path}")
        return 0

    monkeypatch.setattr("guiapp.app.main", window)
    return found


def test_a_project_or_nothing_opens_the_window(opened: list[str], tmp_path: Path) -> None:
    assert entry.main([]) == 0
    assert entry.main(["new.convnet"]) == 0
    (tmp_path / "old").write_text("")
    assert entry.main([str(tmp_path / "old")]) == 0
    assert opened == ["window None", "window new.convnet", f"window {tmp_path / 'old'}"]


def test_a_word_that_is_neither_a_project_nor_a_command_is_refused(
    opened: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert entry.main(["frobnicate"]) == 2
    assert opened == []
    assert "frobnicate" in capsys.readouterr().err
