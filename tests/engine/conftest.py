"""Small drawn images and a small network to train on them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from guiapp.core.network import NetworkSpec
from guiapp.core.project import DatasetSettings, Project, TrainingSettings
from tests.drawing import draw_bars

MakeProject = Callable[..., Project]


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 72 images in three classes."""
    return draw_bars(tmp_path_factory.mktemp("drawn") / "bars")


def small_network(**image: Any) -> NetworkSpec:
    """A network of some 1,500 parameters for images of 12×12."""
    return NetworkSpec.model_validate(
        {
            "layers": [
                {"kind": "Input", "name": "image", "height": 12, "width": 12, **image},
                {"kind": "Conv2D", "name": "conv1", "filters": 4},
                {"kind": "MaxPooling2D", "name": "pool1"},
                {"kind": "BatchNormalization", "name": "norm1"},
                {"kind": "Dropout", "name": "dropout1", "rate": 0.3},
                {"kind": "Flatten", "name": "flatten1"},
                {"kind": "Dense", "name": "dense1", "units": 8},
                {"kind": "Dense", "name": "dense2", "units": 3, "activation": "linear"},
            ]
        }
    )


@pytest.fixture
def make_project(images: Path) -> MakeProject:
    """Return a function that makes a project of the drawn images; its keywords are training settings."""

    def make(
        network: NetworkSpec | None = None, *, validation: float = 0.25, test: float = 0.0, **training: Any
    ) -> Project:
        settings = {"batch": 16, "epochs": 2, "snapshot_every": 5, "learning_rate": 0.01, **training}
        return Project(
            name="Bars",
            dataset=DatasetSettings(path=str(images), validation=validation, test=test),
            network=network or small_network(),
            training=TrainingSettings(**settings),
        )

    return make


@pytest.fixture
def draw() -> Callable[[Path], Path]:
    """Return the function that draws the images into a folder of the test's own."""
    return draw_bars


@pytest.fixture(scope="session")
def small() -> Callable[..., NetworkSpec]:
    """Return the function that makes the small network; its keywords are fields of the Input."""
    return small_network
