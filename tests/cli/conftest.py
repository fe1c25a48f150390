"""Drawn images, a small project, one trained run for all, and the command line called in this process."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from guiapp.cli import main
from guiapp.core import project as projects
from guiapp.core.network import NetworkSpec
from guiapp.core.project import DatasetSettings, Project, TrainingSettings
from tests.drawing import draw_bars

ROOT = Path(__file__).resolve().parents[2]
LAYERS: list[dict[str, Any]] = [
    {"kind": "Input", "name": "image", "height": 12, "width": 12},
    {"kind": "Conv2D", "name": "conv1", "filters": 4},
    {"kind": "MaxPooling2D", "name": "pool1"},
    {"kind": "Flatten", "name": "flatten1"},
    {"kind": "Dense", "name": "dense1", "units": 3, "activation": "linear"},
]


class Result(NamedTuple):
    """What a command left: its exit code, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Stdout as JSON lines; raises where any line is something else."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def complaint(self) -> str:
        """The one line that says what is wrong."""
        assert "Traceback" not in self.err
        lines = [line for line in self.err.splitlines() if line.startswith("convnet-studio: ")]
        assert len(lines) == 1, self.err
        others = [line for line in self.err.splitlines() if line not in lines]
        assert all(line.startswith("warning: ") for line in others), self.err
        return lines[0]


Cli = Callable[..., Result]


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 36 images in three classes; not to be changed."""
    return draw_bars(tmp_path_factory.mktemp("cli") / "bars", per_class=12)


@pytest.fixture
def draw() -> Callable[..., Path]:
    """Return the function that draws the images into a folder of the test's own."""
    return partial(draw_bars, per_class=12)


MakeProject = Callable[..., Path]


@pytest.fixture(scope="session")
def write_project(images: Path) -> Callable[..., Path]:
    """Return a function that writes a project of the drawn images; layers are replaced by name, or all of them."""

    def write(
        path: Path,
        *,
        data: Path | None = images,
        layers: list[dict[str, Any]] | None = None,
        change: dict[str, dict[str, Any]] | None = None,
        **training: Any,
    ) -> Path:
        rows = [{**row, **(change or {}).get(row["name"], {})} for row in (LAYERS if layers is None else layers)]
        settings = {"batch": 8, "epochs": 2, "snapshot_every": 3, "learning_rate": 0.01, **training}
        project = Project(
            name="Bars",
            dataset=DatasetSettings(path=str(data), validation=0.25) if data else None,
            network=NetworkSpec.model_validate({"layers": rows}),
            training=TrainingSettings(**settings),
        )
        projects.save(project, path)
        return path

    return write


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, write_project: Callable[..., Path]) -> Path:
    """The folder of a run of two epochs, 8 steps; beside it `bars.convnet`. Not to be changed."""
    folder = tmp_path_factory.mktemp("trained")
    project = write_project(folder / "bars.convnet")
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["train", str(project), "--out", str(folder / "run")]) == 0
    return folder / "run"


@pytest.fixture
def run_copy(trained: Path, tmp_path: Path) -> Path:
    """A copy of the run that may be damaged."""
    return Path(shutil.copytree(trained, tmp_path / "run copy"))


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str]) -> Cli:
    """Return a function that runs a command in this process; what libraries write is seen too."""

    def run(*argv: object) -> Result:
        capfd.readouterr()
        code = main([str(argument) for argument in argv])
        return Result(code, *capfd.readouterr())

    return run


@pytest.fixture
def spawn() -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts a command as a process of its own, as a terminal does."""

    def start(*argv: object, **options: Any) -> subprocess.Popen[str]:
        # A shell that runs tests in the background has Ctrl+C ignored, which children inherit.
        code = (
            "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler);"
            "from guiapp.cli import main; sys.exit(main(sys.argv[1:]))"
        )
        options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "encoding": "utf-8", **options}
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, argv)],
            cwd=ROOT,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            **options,
        )

    return start
