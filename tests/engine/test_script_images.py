"""The exported script reads, balances and changes images as the program does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from guiapp.core.augmentation import Augmentation
from guiapp.core.project import Project
from guiapp.core.runs import RunWriter
from guiapp.data.augment import augment
from guiapp.engine import backend
from guiapp.engine.control import Control
from guiapp.engine.export import export
from guiapp.engine.pipeline import prepare
from guiapp.engine.script_images import Reading, augment_source, parts
from guiapp.engine.train import train

VARIANTS = 1500
CHANGES = (
    {"flip_horizontal": True},
    {"flip_vertical": True},
    {"shift_x": 3, "fill": "black"},
    {"shift_y": 2, "fill": "mirror"},
    {"rotation": 60.0},
    {"zoom": 0.5, "fill": "black"},
    {"crop": 0.6},
    {"brightness": 0.5},
    {"contrast": 0.9},
    {"saturation": 0.9},
    {"hue": 120.0},
    {"noise": 60.0},
    {"cutout": 0.8},
)


def picture(channels: int) -> Any:
    """A picture without any symmetry, of 12×16."""
    y, x = np.mgrid[:12, :16]
    return np.stack([(x * 7 + y * 9), x * 15, y * 20][:channels], -1).astype(np.uint8)


def script_variants(settings: Augmentation, image: Any) -> Any:
    tf = backend.tensorflow()
    tf.random.set_seed(1)
    space: dict[str, Any] = {"tf": tf, "keras": backend.keras(), "np": np}
    exec(augment_source(settings, image.shape), space)
    made, labels = space["augment"](tf.constant(np.stack([image] * VARIANTS), tf.float32), tf.range(VARIANTS))
    assert labels.shape == (VARIANTS,)
    return made.numpy()


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_a_change_is_that_of_the_program(change: dict[str, Any], channels: int) -> None:
    settings = Augmentation(**change)
    image = picture(channels)
    theirs = script_variants(settings, image)
    ours = augment(np.stack([image] * VARIANTS), settings, 1, 0, np.arange(VARIANTS)).astype(np.float32)
    assert theirs.shape == ours.shape
    # Each pixel has the same mean and spread over many variants, as near as chance and rounding allow.
    spread = np.maximum(ours.std(axis=0), 1)
    assert np.abs(theirs.mean(axis=0) - ours.mean(axis=0)).max() <= 1 + (0.2 * spread).max()
    assert np.abs(theirs.std(axis=0) - ours.std(axis=0)).max() <= 1 + (0.2 * spread).max()
    if not (channels == 1 and {"saturation", "hue"} & set(change)):
        assert ours.std(axis=0).max() > 5, "it does something at all"


def test_shifts_are_by_whole_pixels_and_all_of_them() -> None:
    image = picture(3)
    made = script_variants(Augmentation(shift_x=1, shift_y=1, flip_horizontal=True), image)
    padded = np.pad(image, ((1, 1), (1, 1), (0, 0)), mode="edge")
    expected = set()
    for down in range(3):
        for right in range(3):
            moved = padded[down : down + 12, right : right + 16]
            expected |= {moved.tobytes(), moved[:, ::-1].tobytes()}
    assert {one.astype(np.uint8).tobytes() for one in made} == expected


def test_all_changes_at_once_stay_within_the_values_of_images() -> None:
    settings = Augmentation(**{name: value for change in CHANGES for name, value in change.items()})
    made = script_variants(settings, picture(3))
    assert made.min() >= 0 and made.max() <= 255 and np.isfinite(made).all()


def test_a_project_that_changes_nothing_needs_no_more() -> None:
    plain = parts(Reading((8, 8, 3), "stretch"), "none", Augmentation())
    assert (plain.imports, plain.training, plain.more) == ("", "training", "")
    assert "augment" not in plain.functions and "weights" not in plain.functions


@pytest.fixture
def unequal(tmp_path: Path, draw: Callable[[Path], Path]) -> Path:
    """Images of three classes: 24, 24 and 5."""
    folder = draw(tmp_path / "bars")
    for path in sorted((folder / "standing").iterdir())[5:]:
        path.unlink()
    return folder


def exported(project: Project, tmp_path: Path, images: Path, **changes: Any) -> dict[str, Any]:
    assert project.dataset is not None
    dataset = project.dataset.model_copy(update={"path": str(images), **changes})
    project = project.model_copy(
        update={
            "dataset": dataset,
            "network": project.network.update("image", scaling="mean image"),
            "augmentation": Augmentation(rotation=10.0, shift_x=1, contrast=0.1),
        }
    )
    store = RunWriter(tmp_path / "run")
    assert train(project, prepare(project), store, lambda _event: None, Control()) == "completed"
    store.close()
    (path,) = export(tmp_path / "run", "python", tmp_path / "network.py")
    text = path.read_text("utf-8")
    assert max(len(line) for line in text.splitlines()) <= 120
    space: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, str(path), "exec"), space)
    return space


def test_the_script_weighs_classes(
    make_project: Callable[..., Project], unequal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = exported(make_project(epochs=1), tmp_path, unequal, balance="class weights")
    training, _ = space["images_in"](str(unequal))
    counts = np.bincount(np.concatenate([labels for _, labels in training.as_numpy_iterator()]), minlength=3)
    found = space["class_weights"](training, str(unequal))
    assert found == pytest.approx({i: counts.sum() / (3 * n) for i, n in enumerate(counts.tolist())})
    monkeypatch.chdir(tmp_path)
    space["train"](str(unequal))
    assert (tmp_path / "network.weights.h5").is_file()


def test_the_script_draws_classes_equally_often(
    make_project: Callable[..., Project], unequal: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = exported(make_project(epochs=1), tmp_path, unequal, balance="balanced sampling")
    training, validation = space["images_in"](str(unequal))
    total = sum(len(list(images)) for images in training)
    held = np.concatenate([labels for _, labels in validation.as_numpy_iterator()])
    assert total + len(held) == 53 and set(held.tolist()) == {0, 1, 2}
    assert space["steps"](training) == -(-total // space["BATCH"])
    drawn = space["drawn"](training).take(3).as_numpy_iterator()
    counts = np.bincount(np.concatenate([labels for _, labels in drawn]))
    assert counts.tolist() == [16, 16, 16]
    monkeypatch.chdir(tmp_path)
    space["train"](str(unequal))
    assert np.isfinite(space["load"]().get_layer("image_scaling").mean).all()
