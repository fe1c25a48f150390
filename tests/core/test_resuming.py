"""What a run goes on with, where its images are, and where they have moved."""

from __future__ import annotations

from pathlib import Path

from guiapp.core.project import DatasetSettings, Project
from guiapp.core.runs import resumed


def project(path: Path | None, name: str) -> Project:
    dataset = None if path is None else DatasetSettings(path=str(path), validation=0.25, classes=("a", "b"))
    return Project(name=name, dataset=dataset)


def test_the_runs_own_project_is_used_and_only_the_place_of_moved_images_is_taken(tmp_path: Path) -> None:
    here, gone = tmp_path / "here", tmp_path / "gone"
    here.mkdir()
    ran = project(gone, "ran")
    given = project(here, "open").model_copy(update={"pinned": ("x.png",)})
    found = resumed(ran, given)
    assert found.dataset is not None and found.dataset.path == str(here)
    assert found.dataset.classes == ("a", "b") and found.dataset.validation == 0.25
    assert (found.name, found.pinned, found.network) == (ran.name, ran.pinned, ran.network)


def test_images_in_their_place_and_places_without_images_change_nothing(tmp_path: Path) -> None:
    here, other, gone = tmp_path / "here", tmp_path / "other", tmp_path / "gone"
    here.mkdir()
    other.mkdir()
    assert resumed(project(here, "ran"), project(other, "open")) == project(here, "ran")
    assert resumed(project(gone, "ran"), project(tmp_path / "gone too", "open")) == project(gone, "ran")
    assert resumed(project(gone, "ran"), project(None, "open")) == project(gone, "ran")
    assert resumed(project(None, "ran"), project(here, "open")) == project(None, "ran")
