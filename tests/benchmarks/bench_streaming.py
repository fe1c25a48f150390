"""Whether training streams from the cache: its memory at 20,000 and at 200,000 images, and its speed against an array.

Images are drawn BMPs of 64×64; most are links to a thousand different ones. Each size is trained in a process of its
own, by a network so small that the images are the bound. Then a usual network is trained in turns on the images of the
cache and on the same ones in memory, with and without augmentation. Needs 2.5 GB of disk for some two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from guiapp.core import templates
from guiapp.core.augmentation import Augmentation
from guiapp.core.messages import Event, Started
from guiapp.core.network import NetworkSpec
from guiapp.core.project import DatasetSettings, Project, TrainingSettings
from guiapp.engine import backend
from guiapp.engine.batches import Batches
from guiapp.engine.build import build, optimizer
from guiapp.engine.control import Control
from guiapp.engine.pipeline import TrainingData, prepare
from guiapp.engine.running import train_run

SIZE, CLASSES, DIFFERENT = 64, 10, 100
COUNTS = (20_000, 200_000)
GROWTH = 1.1
"""How much more memory ten times the images may take, but for what their names take."""

BAR = 0.97
USUAL = 20_000
STEPS, ROUNDS = 10, 6


def draw(folder: Path, count: int) -> None:
    """Write `count` images in ten classes; each class has links to a hundred different ones."""
    random = np.random.default_rng(1)
    for label in range(CLASSES):
        place = folder / str(label)
        place.mkdir(parents=True)
        for i in range(count // CLASSES):
            path = place / f"{i:05}.bmp"
            if i < DIFFERENT:
                Image.fromarray(random.integers(0, 256, (SIZE, SIZE, 3), np.uint8)).save(path)
            else:
                os.link(place / f"{i % DIFFERENT:05}.bmp", path)


def anonymous_mb() -> float:
    """Return what this process holds in memory that is no part of a file, in MB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1000


class Watch:
    """Looks at the memory of this process five times a second."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.wait(0.2):
            self.peak = max(self.peak, anonymous_mb())

    def close(self) -> None:
        """Stop looking."""
        self._over.set()
        self._thread.join()


def tiny(folder: Path) -> Project:
    """Return a project whose network does next to nothing."""
    layers = [
        {"kind": "Input", "name": "image", "height": SIZE, "width": SIZE, "scaling": "per channel"},
        {"kind": "MaxPooling2D", "name": "pool1", "pool": [8, 8], "stride": [8, 8]},
        {"kind": "Flatten", "name": "flatten1"},
        {"kind": "Dense", "name": "dense1", "units": CLASSES, "activation": "linear"},
    ]
    return Project(
        name="Streaming",
        dataset=DatasetSettings(path=str(folder), validation=0.05),
        network=NetworkSpec.model_validate({"layers": layers}),
        training=TrainingSettings(batch=128, epochs=1, snapshot_every=1000),
    )


def measure_one(folder: Path, out: Path) -> None:
    """Train an epoch on the images in `folder`, and write what it took as JSON; runs in a process of its own."""
    watch = Watch()
    told: dict[str, float] = {}

    def take(event: Event) -> None:
        if isinstance(event, Started):
            told.update(images=event.images, preparing=watch.peak, begun=time.perf_counter())
            watch.peak = 0.0

    train_run(tiny(folder), out / "run", take, Control())
    seconds = time.perf_counter() - told["begun"]
    watch.close()
    found = {"training": watch.peak, "preparing": told["preparing"], "speed": told["images"] / seconds}
    (out / "found.json").write_text(json.dumps(found))


def measure_memory(scratch: Path) -> bool:
    """Print memory and speed of each number of images; returns whether memory stays as it is."""
    peaks = []
    for count in COUNTS:
        folder, out = scratch / f"images{count}", scratch / f"out{count}"
        draw(folder, count)
        out.mkdir()
        command = [sys.executable, __file__, "--one", str(folder), "--out", str(out)]
        begun = time.perf_counter()
        subprocess.run(command, check=True)
        found = json.loads((out / "found.json").read_text())
        peaks.append(float(found["training"]))
        print(
            f"{count:>7,} images ({count * SIZE * SIZE * 3 / 1e9:.2f} GB decoded): peak of anonymous memory "
            f"{found['preparing']:,.0f} MB preparing, {found['training']:,.0f} MB training; "
            f"{found['speed']:,.0f} images/s an epoch ({time.perf_counter() - begun:.0f} s in all)"
        )
    print(f"ten times the images take {peaks[1] / peaks[0]:.2f} × the memory in training (bar {GROWTH})")
    return peaks[1] / peaks[0] <= GROWTH


def seconds_of(step: Any, batches: Batches, epoch: int) -> float:
    """Return the seconds of some steps."""
    begun = time.perf_counter()
    figures = []
    for images, labels in batches.epoch(epoch):
        figures.append(step(images, labels))
        if len(figures) == STEPS:
            break
    backend.fetch(figures)
    return time.perf_counter() - begun


def measure_speed(scratch: Path) -> bool:
    """Print how fast a usual network trains from the cache, against the same images in memory."""
    template = templates.load("cats-dogs-3conv")
    network = template.network.update("image", width=SIZE, height=SIZE)
    last = next(layer.name for layer in reversed(network.layers) if layer.kind == "Dense")
    project = tiny(scratch / f"images{USUAL}").model_copy(update={"network": network.update(last, units=CLASSES)})
    data = prepare(project)
    ratios = [
        _ratio(project, data, name, augmentation)
        for name, augmentation in (
            ("from the cache", Augmentation()),
            ("from the cache, flipped, turned and lightened", Augmentation(
                flip_horizontal=True, shift_x=4, shift_y=4, rotation=10, zoom=0.1, brightness=0.1
            )),
        )
    ]  # fmt: skip
    return ratios[0] >= BAR


def _ratio(project: Project, data: TrainingData, name: str, augmentation: Augmentation) -> float:
    built = build(project.network, CLASSES, seed=1)
    made = optimizer(project.training)
    made.build(built.model.trainable_variables)
    step, _ = backend.steps(built.model, made, from_logits=True)
    batch = project.training.batch
    in_memory = Batches(replace(data, images=np.array(data.images)), batch, 1)
    cached = Batches(data, batch, 1, augmentation=augmentation)
    seconds_of(step, in_memory, 0)
    seconds_of(step, cached, 0)
    rows = [(seconds_of(step, in_memory, n), seconds_of(step, cached, n)) for n in range(1, ROUNDS + 1)]
    in_memory.close()
    cached.close()
    ratio = statistics.median(a / b for a, b in rows)
    fast, slow = (STEPS * batch / statistics.median(column) for column in zip(*rows, strict=True))
    print(f"{name}: {slow:,.0f} images/s, in memory and unchanged {fast:,.0f}; ratio {ratio:.3f}")
    return ratio


def main() -> int:
    """Measure everything; returns 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one is not None:
        measure_one(arguments.one, arguments.out)
        return 0
    with tempfile.TemporaryDirectory() as place:
        for name in ("CACHE", "CONFIG", "DATA", "LOG"):
            os.environ[f"CONVNET_STUDIO_{name}"] = str(Path(place) / name)
        steady = measure_memory(Path(place))
        fast = measure_speed(Path(place))
    return int(not (steady and fast))


if __name__ == "__main__":
    sys.exit(main())
