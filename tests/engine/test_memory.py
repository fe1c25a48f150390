"""How much memory there is, inside containers and outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from guiapp.core.analysis import analyse
from guiapp.core.network import NetworkSpec
from guiapp.core.notify import UserError
from guiapp.engine import memory, room

GROUPS = [
    (0, {"memory.max": "1000", "memory.current": "950"}, ""),
    (1, {"memory.limit_in_bytes": "1000", "memory.usage_in_bytes": "950"}, "total_"),
]


def use(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    groups = [(folder / str(i), *rest) for i, (_, *rest) in enumerate(room.CONTROL_GROUPS)]
    monkeypatch.setattr(room, "CONTROL_GROUPS", groups)


@pytest.mark.parametrize(("number", "rows", "prefix"), GROUPS)
def test_cached_files_of_a_container_count_as_free(
    number: int, rows: dict[str, str], prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, tmp_path)
    assert room._control_group() is None
    folder = tmp_path / str(number)
    folder.mkdir()
    for name, text in rows.items():
        (folder / name).write_text(text + "\n")
    assert room._control_group() == 50
    (folder / "memory.stat").write_text(f"anon 100\n{prefix}inactive_file 600\n{prefix}active_file 200\n")
    assert room._control_group() == 850


def test_a_container_without_a_limit_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, tmp_path)
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "memory.max").write_text("max\n")
    (tmp_path / "0" / "memory.current").write_text("950\n")
    assert room._control_group() is None


@pytest.mark.parametrize(("free", "words"), [(3_000_000, "3.0 MB"), (60_000_000, "60 MB"), (1_200_000_000, "1.2 GB")])
def test_sizes_are_said_in_a_unit_that_shows_them(free: int, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "available", lambda: free)
    layers = [
        {"kind": "Input", "name": "image", "height": 100, "width": 100},
        {"kind": "Flatten", "name": "flatten1"},
        {"kind": "Dense", "name": "dense1", "units": 100_000},
    ]
    with pytest.raises(UserError, match=f"but {words} of memory is free"):
        memory.check(analyse(NetworkSpec.model_validate({"layers": layers})))
