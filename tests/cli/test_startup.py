"""What a command imports before it answers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _modules_after(*argv: object) -> set[str]:
    code = (
        "import sys; from guiapp.cli import main; code = main(sys.argv[1:]);"
        "print('\\n' + ' '.join(sys.modules)); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, argv)], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("command", ["--help", "train --help", "--version"])
def test_help_imports_next_to_nothing(command: str) -> None:
    modules = _modules_after(*command.split())
    assert not modules & {"tensorflow", "keras", "numpy", "pydantic", "cv2", "PySide6"}


def test_check_and_new_do_without_the_engine(images: Path, tmp_path: Path) -> None:
    project = tmp_path / "p.convnet"
    for argv in (["new", "--template", "starter", "--data", images, "--out", project], ["check", project, "--json"]):
        modules = _modules_after(*argv)
        assert "guiapp.core.network" in modules
        assert not modules & {"tensorflow", "keras", "PySide6", "guiapp.engine"}
