"""Two networks compared on the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guiapp.core.compare import STATE_WORDS

Cli = Callable[..., Any]
Write = Callable[..., Path]


def test_two_projects_in_words(cli: Cli, write_project: Write, tmp_path: Path) -> None:
    one = write_project(tmp_path / "one.convnet")
    two = write_project(tmp_path / "two.convnet", change={"conv1": {"filters": 64}}, epochs=5)
    found = cli("compare", one, two)
    assert (found.code, found.err) == (0, "")
    assert "Filters 4 → 64" in found.out
    assert "training: Epochs 2 → 5" in found.out
    assert "one.convnet" in found.out and "two.convnet" in found.out


def test_json_of_a_run_and_a_template(cli: Cli, trained: Path) -> None:
    found = cli("compare", trained, "mnist-lenet", "--json")
    (row,) = found.rows
    assert found.code == 0 and found.err == ""
    assert set(row) == {"a", "b", "same", "rows", "totals", "training"}
    assert row["b"]["title"] == "LeNet for digits" and not row["same"]
    conv = next(item for item in row["rows"] if item["a"] and item["a"]["name"] == "conv1")
    assert conv["state"] == "changed"
    assert {"field": "filters", "label": "Filters", "a": "4", "b": "12"} in conv["differences"]
    assert row["totals"]["parameters"]["b"] == 176_286


def test_words_are_those_of_the_window_and_blocks_can_be_looked_into(cli: Cli) -> None:
    found = cli("compare", "resnet-18", "resnet-50").out
    assert all(f" {words}" in found for state, words in STATE_WORDS.items() if state != "same")
    assert "--flat compares the layers inside them" in found
    assert "--flat" not in cli("compare", "resnet-18", "resnet-50", "--flat").out
    assert "--flat" not in cli("compare", "starter", "mnist-lenet").out


def test_a_network_and_itself(cli: Cli) -> None:
    assert "No layer is different." in cli("compare", "starter", "starter").out
    (row,) = cli("compare", "starter", "starter", "--json", "--flat").rows
    assert row["same"] and row["training"] == []


@pytest.mark.parametrize("what", ["gone", "folder", "picture"])
def test_what_holds_no_network(cli: Cli, tmp_path: Path, what: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "picture").write_bytes(b"\x89PNG\r\n")
    found = cli("compare", "starter", tmp_path / what)
    assert found.code == 1 and found.out == ""
    assert str(tmp_path / what) in found.complaint


def test_one_network_is_not_enough(cli: Cli) -> None:
    assert cli("compare", "starter").code == 2
