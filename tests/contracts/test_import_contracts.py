"""The import contracts hold, and each of them is broken by a planted violation."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"
LAYERS = "Imports go one way"
QT = "No Qt in core, data, engine and compute modules"
TENSORFLOW = "No TensorFlow in the window's rooms"
OWNERS = "Only the engine and compute modules import TensorFlow"
OPENCV = "Only guiapp.data.images imports OpenCV"
NETWORK = "Only guiapp.data.web goes online"


@dataclass(frozen=True)
class Plant:
    """Files put into a copy of the program, and the contracts that they break."""

    files: dict[str, str]
    breaks: frozenset[str]


def _plant(breaks: set[str], **files: str) -> Plant:
    return Plant({name.replace("__", "/") + ".py": text for name, text in files.items()}, frozenset(breaks))


PLANTS = {
    "upwards": _plant({LAYERS}, core__planted="import guiapp.data\n"),
    "siblings": _plant({LAYERS}, ui__planted="def f() -> None:\n    import guiapp.engine\n"),
    "undeclared": _plant({LAYERS}, stray=""),
    "qt": _plant({QT}, engine__planted="from PySide6.QtCore import QObject\n"),
    "qt-indirectly": _plant(
        {QT}, visuals__planted__compute="import guiapp.look.planted\n", look__planted="import pyqtgraph\n"
    ),
    "tensorflow": _plant({TENSORFLOW, OWNERS}, core__planted="def f() -> None:\n    import keras\n"),
    "tensorflow-indirectly": _plant(
        {TENSORFLOW},
        visuals__planted__panel="from guiapp.visuals.planted import compute\n",
        visuals__planted__compute="import tensorflow\n",
    ),
    "tensorflow-owners": _plant({OWNERS}, visuals__planted__table="import tensorflow\n"),
    "opencv": _plant({OPENCV}, data__planted="import cv2\n"),
    "network": _plant({NETWORK}, ui__planted="def f() -> None:\n    import requests\n"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("copy")
    ignore = shutil.ignore_patterns("__pycache__", "resources")
    shutil.copytree(ROOT / "guiapp", folder / "guiapp", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Hold the program in `folder` against the contracts."""
    command = [sys.executable, "-c", LINT, "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def broken(folder: Path) -> set[str]:
    """Return the names of the contracts that the program in `folder` breaks."""
    done = lint(folder)
    verdicts = [line for line in done.stdout.splitlines() if " KEPT" in line or " BROKEN" in line]
    assert len(verdicts) == 6, done.stdout + done.stderr
    names = {line.partition(" BROKEN")[0] for line in verdicts if " BROKEN" in line}
    assert (done.returncode != 0) == bool(names)
    return names


def test_the_program_keeps_every_contract(copy: Path) -> None:
    assert broken(copy) == set()


@pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS)
def test_a_planted_violation_breaks_its_contract(copy: Path, plant: Plant) -> None:
    written: list[Path] = []
    package = copy / "guiapp" / "visuals" / "planted"
    try:
        package.mkdir()
        (package / "__init__.py").touch()
        for name, text in plant.files.items():
            path = copy / "guiapp" / name
            path.write_text(text, encoding="utf-8")
            written.append(path)
        assert broken(copy) == plant.breaks
    finally:
        for path in written:
            path.unlink()
        shutil.rmtree(package)


def sources(contract: str) -> set[str]:
    """Return the modules that a contract names, with wildcards."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return set(next(found["source_modules"] for found in contracts if found["name"] == contract))


def shared() -> list[str]:
    """Return the modules of `visuals`, outside the views' own folders, that the contract names."""
    return sorted(name for name in sources(TENSORFLOW) if name.startswith("guiapp.visuals.") and "*" not in name)


def test_tensorflow_is_found_in_each_shared_module_of_the_window(copy: Path) -> None:
    paths = {name: copy / f"{name.replace('.', '/')}.py" for name in shared()}
    texts = {path: path.read_text(encoding="utf-8") for path in paths.values()}
    try:
        for path, text in texts.items():
            path.write_text(f"{text}\n\ndef planted() -> None:\n    import tensorflow\n", encoding="utf-8")
        told = lint(copy).stdout
    finally:
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8")
    assert len(paths) >= 3
    assert [name for name in paths if f"{name} is not allowed to import tensorflow" not in told] == []


def uncovered(graph: grimp.ImportGraph, named: set[str]) -> set[str]:
    """Return the modules of `visuals` that need Qt, but are neither named by the contract nor imported by one named.

    The contract follows imports: what a named module imports is held to it too.
    """
    names = graph.find_descendants("guiapp.visuals")
    qt = {name for name in names if _reaches(graph, name, ("PySide6", "pyqtgraph"))}
    held = {name for name in names if any(_matches(name, pattern) for pattern in named)}
    return {name for name in qt - held if not any(graph.chain_exists(importer=by, imported=name) for by in held)}


def _matches(name: str, pattern: str) -> bool:
    parts, wanted = name.split("."), pattern.split(".")
    return len(parts) == len(wanted) and all(w in ("*", p) for p, w in zip(parts, wanted, strict=True))


def test_every_module_of_the_views_that_needs_qt_is_held_to_the_contract() -> None:
    graph = grimp.build_graph("guiapp", include_external_packages=True, cache_dir=None)
    assert uncovered(graph, sources(TENSORFLOW)) == set()
    # What lies above the views' folders is named itself, whoever imports it.
    qt = {name for name in graph.find_children("guiapp.visuals") if _reaches(graph, name, ("PySide6", "pyqtgraph"))}
    assert {name for name in qt if not graph.find_children(name)} == set(shared())


def test_a_module_that_the_contract_forgot_is_found() -> None:
    graph = grimp.ImportGraph()
    graph.add_module("guiapp.visuals")
    for importer, imported in [
        ("guiapp.visuals.maps.panel", "guiapp.visuals.maps.panel_grid"),
        ("guiapp.visuals.maps.panel_grid", "PySide6"),
        ("guiapp.visuals.maps.panel_lost", "PySide6"),
        ("guiapp.visuals.tools", "pyqtgraph"),
        ("guiapp.visuals.maps.compute", "tensorflow"),
    ]:
        graph.add_import(importer=importer, imported=imported)
    named = {"guiapp.visuals.*.panel", "guiapp.visuals.context"}
    assert uncovered(graph, named) == {"guiapp.visuals.maps.panel_lost", "guiapp.visuals.tools"}


def _reaches(graph: grimp.ImportGraph, name: str, libraries: tuple[str, ...]) -> bool:
    known = [library for library in libraries if library in graph.modules]
    return any(graph.chain_exists(importer=name, imported=library) for library in known)


def misplaced(graph: grimp.ImportGraph) -> set[str]:
    """Return the modules of `visuals` that need both Qt and TensorFlow, or Qt in a view without being its panel."""
    names = graph.find_descendants("guiapp.visuals")
    qt = {name for name in names if _reaches(graph, name, ("PySide6", "pyqtgraph"))}
    tensorflow = {name for name in names if _reaches(graph, name, ("tensorflow", "keras"))}
    # guiapp.visuals.<view>.<module>; what lies above a view's folder is shared by the panels.
    in_views = {name for name in names if len(name.split(".")) > 3}
    panels = {name for name in in_views if name.split(".")[3].startswith("panel")}
    return (qt & tensorflow) | (qt & (in_views - panels))


def test_views_keep_qt_and_tensorflow_apart() -> None:
    graph = grimp.build_graph("guiapp", include_external_packages=True, cache_dir=None)
    assert misplaced(graph) == set()


def test_a_view_that_mixes_them_is_found() -> None:
    graph = grimp.ImportGraph()
    graph.add_module("guiapp.visuals")
    for importer, imported in [
        ("guiapp.visuals.context", "PySide6"),
        ("guiapp.visuals.maps.panel_grid", "PySide6"),
        ("guiapp.visuals.maps.compute", "tensorflow"),
        ("guiapp.visuals.maps.table", "guiapp.visuals.context"),
        ("guiapp.visuals.maps.panel_cost", "guiapp.visuals.maps.compute"),
        ("guiapp.visuals.maps.panel_cost", "PySide6"),
    ]:
        graph.add_import(importer=importer, imported=imported)
    assert misplaced(graph) == {"guiapp.visuals.maps.table", "guiapp.visuals.maps.panel_cost"}
