"""Training speed with everything recorded, against a bare Keras script: the same networks, batches and images.

Run with ``python tests/benchmarks/bench_training.py``; both are measured in turns, in one process, on drawn noise.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from guiapp.core import templates
from guiapp.core.messages import Epoch, Event, Started
from guiapp.core.project import Project
from guiapp.core.runs import RunWriter
from guiapp.engine import backend
from guiapp.engine.build import build
from guiapp.engine.control import Control
from guiapp.engine.pipeline import TrainingData
from guiapp.engine.train import train

NETWORKS = {"mnist-lenet": 12_800, "fashion-3conv": 5_120}
"""Each network and how many images of 28×28 it is measured on."""

BAR = 0.97


def drawn(count: int) -> TrainingData:
    """Return `count` images of noise in ten classes, no validation, two pinned."""
    random = np.random.default_rng(0)
    images = random.integers(0, 256, (count, 28, 28, 1), dtype=np.uint8)
    labels = random.integers(0, 10, count).astype(np.int32)
    none = np.empty(0, np.intp)
    names = tuple("0123456789")
    return TrainingData(images, labels, np.arange(count), none, none, names, images[:2], ("a.png", "b.png"))


class Bare:
    """What a person would write: `fit` on float32 images in memory."""

    def __init__(self, project: Project, data: TrainingData) -> None:
        keras = backend.keras()
        self._model = build(project.network, seed=1).model
        self._model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
        self._x, self._y, self._batch = data.images.astype(np.float32), data.labels, project.training.batch
        self.epoch()

    def epoch(self) -> float:
        """Train for an epoch; returns its seconds."""
        begun = time.perf_counter()
        self._model.fit(self._x, self._y, batch_size=self._batch, epochs=1, verbose=0)
        return time.perf_counter() - begun


class Ours:
    """The program's training with everything recorded; each epoch begins when it is asked for."""

    def __init__(self, project: Project, data: TrainingData, folder: Path, epochs: int) -> None:
        training = project.training.model_copy(update={"epochs": epochs, "max_steps": 0})
        self._project = project.model_copy(update={"training": training})
        self._data, self._folder = data, folder

    def run(self, before_epoch: Any) -> list[float]:
        """Train; `before_epoch` is called between the epochs. Returns the seconds of each epoch after the first."""
        seconds: list[float] = []
        begun = 0.0

        def take(event: Event) -> None:
            nonlocal begun
            if isinstance(event, Epoch):
                if begun:
                    seconds.append(time.perf_counter() - begun)
                before_epoch()
            if isinstance(event, Started | Epoch):
                begun = time.perf_counter() if isinstance(event, Epoch) else 0.0

        store = RunWriter(self._folder)
        try:
            train(self._project, self._data, store, take, Control())
        finally:
            store.close()
        return seconds


def measure(name: str, rounds: int) -> float:
    """Return the speed of our training over that of the bare script, the median over pairs of epochs."""
    data = drawn(NETWORKS[name])
    project = Project(name=name, network=templates.load(name).network, training=templates.load(name).training)
    bare = Bare(project, data)
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as place:
        ours = Ours(project, data, Path(place) / "run", rounds + 1).run(lambda: theirs.append(bare.epoch()))
    ratios = [b / a for a, b in zip(ours, theirs, strict=False)]
    images = len(data.images)
    print(
        f"{name}: {images / statistics.median(ours):,.0f} images/s, "
        f"bare Keras {images / statistics.median(theirs):,.0f}; "
        f"ratio {statistics.median(ratios):.3f} (from {min(ratios):.3f} to {max(ratios):.3f}, bar {BAR})"
    )
    return statistics.median(ratios)


def main() -> int:
    """Measure all networks; returns 1 where one is below the bar."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    rounds = parser.parse_args().rounds
    ratios = [measure(name, rounds) for name in NETWORKS]
    return int(min(ratios) < BAR)


if __name__ == "__main__":
    sys.exit(main())
