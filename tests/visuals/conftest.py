"""A recorded run for the tests of views: a small network whose weights drift, seen through the views' own code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.messages import Epoch
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.visuals.maps import compute as maps
from guiapp.visuals.statistics import compute as statistics

STEPS = (0, 10, 20, 30, 40)
Array = NDArray[Any]


def _spec() -> NetworkSpec:
    layers = [
        create("Input", name="input1", height=20, width=24),
        create("Conv2D", name="conv1", filters=6, kernel=(5, 3)),
        create("MaxPooling2D", name="pool1"),
        create("Conv2D", name="conv2", filters=4),
        create("Flatten", name="flatten1"),
        create("Dense", name="dense1", units=3),
    ]
    return NetworkSpec(layers=tuple(layers))


class DriftingNetwork:
    """Stands for a network at a step: weights and outputs of the right shapes, the same for the same step."""

    def __init__(self, step: int) -> None:
        self.spec = _spec()
        self.analysis = analyse(self.spec)
        self.step = step

    def weights(self, layer: str) -> Mapping[str, Array]:
        row = next(row for row in self.analysis.rows if row.layer.name == layer)
        found = {}
        for weight in row.weights:
            start = np.random.default_rng(len(layer + weight.name)).normal(0, 0.3, weight.shape)
            found[weight.name] = (start * (1 + self.step / 20)).astype(np.float32)
        return found

    def outputs(self, images: Array, layers: Sequence[str]) -> Mapping[str, Array]:
        shapes = {row.layer.name: row.shape for row in self.analysis.rows}
        found = {}
        for layer in layers:
            shape = shapes[layer]
            assert shape is not None
            rng = np.random.default_rng(self.step + len(layer))
            found[layer] = rng.normal(0, 1 + self.step / 10, (len(images), *shape)).astype(np.float32)
        return found

    def probabilities(self, images: Array) -> Array:
        # The answer depends on the upper left corner alone.
        bright = images[:, :5, :6].mean(axis=(1, 2, 3)) / 255
        return np.stack([bright, 1 - bright, np.zeros(len(images))], axis=1).astype(np.float32)


@pytest.fixture
def network() -> DriftingNetwork:
    """A network at step 10."""
    return DriftingNetwork(10)


def pinned_images() -> NDArray[np.uint8]:
    rows, columns = np.mgrid[0:20, 0:24]
    first = np.stack([rows * 12, columns * 10, 255 - rows * 12], axis=-1)
    return np.stack([first, 255 - first]).astype(np.uint8)


def record(folder: Path, steps: Sequence[int] = STEPS) -> RunReader:
    """Record a run with snapshots at `steps`."""
    writer = RunWriter(folder)
    writer.begin(Project(name="drift", network=_spec(), pinned=("/nowhere/a.png", "/nowhere/b.png")), {})
    images = pinned_images()
    for step in steps:
        live = DriftingNetwork(step)
        arrays: dict[tuple[str, str], Array] = {}
        for layer in ("conv1", "conv2", "dense1"):
            for name, values in live.weights(layer).items():
                arrays["weights", f"{layer}/{name}"] = values.astype(np.float16)
        arrays |= {("maps", key): array for key, array in maps.snapshot(live, images).items()}
        arrays |= {("statistics", key): array for key, array in statistics.snapshot(live, images).items()}
        if step == steps[0]:
            arrays |= {("seen", str(pin)): image for pin, image in enumerate(images)}
        writer.snapshot(step, 0, arrays)
    last = max(steps, default=40)
    writer.metrics([(step, step // 20, 2 / (1 + step / 10), min(1.0, step / 40)) for step in range(1, last + 1)])
    for epoch in range(2):
        writer.epoch(Epoch(str(folder), epoch, 20 * (epoch + 1), 0.5, 0.8, 0.6 - 0.1 * epoch, 0.7 + 0.1 * epoch, 1.0))
    writer.event(last, "end", "completed")
    writer.close()
    return RunReader(folder)


@pytest.fixture
def run(tmp_path: Path) -> RunReader:
    """A finished run with five snapshots and two pinned images."""
    return record(tmp_path / "run")


@pytest.fixture
def empty_run(tmp_path: Path) -> RunReader:
    """A run that was begun, without any snapshot."""
    return record(tmp_path / "empty", ())
