"""Shapes are written by one function, so that they look alike everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import guiapp
from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.core.shapes import shape_text
from guiapp.ui.network import words

JOINED = re.compile(r"""["'] ?× ?["']\.join""")


def test_one_function_writes_shapes() -> None:
    room = Path(guiapp.__file__).parent
    found = [
        path.relative_to(room).as_posix() for path in sorted(room.rglob("*.py")) if JOINED.search(path.read_text())
    ]
    # The data room writes the sizes of files' arrays, with air between the figures.
    assert [path for path in found if not path.startswith("data/")] == ["core/shapes.py"]


def test_sides_of_a_thousand_are_written_alike_in_the_window_and_in_sentences() -> None:
    assert shape_text((3, 3, 1280)) == words.shape_text((3, 3, 1280)) == "3×3×1,280"
    network = NetworkSpec(
        layers=(
            create("Input", name="image"),
            create("Conv2D", name="conv", filters=1280),
            create("Dense", name="dense"),
        )
    )
    (problem,) = (problem for problem in analyse(network).problems if problem.layer == "dense")
    assert "×1,280" in problem.text
