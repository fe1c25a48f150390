"""How fast images are changed at random: our pipeline against Keras's own layers in the model's graph.

Both do the same kinds of change, as far, to the same batches of 64; then a small network is trained with and without
them. Run with ``python tests/benchmarks/bench_augmentation.py``; all take turns in one process, and the best time of
each counts.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.augmentation import Augmentation
from guiapp.core.network import NetworkSpec
from guiapp.data.augment import augment
from guiapp.engine import backend
from guiapp.engine.batches import Batches
from guiapp.engine.build import build
from guiapp.engine.pipeline import TrainingData

BATCH, BATCHES = 64, 8
Pixels = NDArray[np.uint8]
Run = Callable[[], object]


def typical(side: int) -> Augmentation:
    """Return flips, shifts of a tenth, turns of 15°, and some zoom, brightness and contrast."""
    return Augmentation(
        flip_horizontal=True, shift_x=side // 10, shift_y=side // 10, rotation=15, zoom=0.1, brightness=0.2,
        contrast=0.2,
    )  # fmt: skip


def drawn(side: int) -> Pixels:
    """Return a batch of noise."""
    return np.random.default_rng(0).integers(0, 256, (BATCH, side, side, 3), dtype=np.uint8)


def keras_layers(side: int) -> Any:
    """Return the same in Keras's layers, for values 0…255."""
    keras = backend.keras()
    made, tenth = keras.layers, (side // 10) / side
    return keras.Sequential(
        [
            made.RandomFlip("horizontal"),
            made.RandomTranslation(tenth, tenth, fill_mode="nearest"),
            made.RandomRotation(15 / 360, fill_mode="nearest"),
            made.RandomZoom(0.1, fill_mode="nearest"),
            made.RandomBrightness(0.2, value_range=(0, 255)),
            made.RandomContrast(0.2, value_range=(0, 255)),
        ]
    )


def in_graph(side: int) -> Run:
    """Return a run of `BATCHES` batches through Keras's layers in a `tf.function`."""
    tf, layers = backend.tensorflow(), keras_layers(side)
    images = tf.constant(drawn(side))
    change = tf.function(lambda x: layers(tf.cast(x, tf.float32), training=True))

    def run() -> None:
        for _ in range(BATCHES):
            change(images).numpy()

    return run


def in_pipeline(side: int) -> Run:
    """Return a run of `BATCHES` batches through our pipeline."""
    images, chosen, rows = drawn(side), typical(side), np.arange(BATCH, dtype=np.intp)

    def run() -> None:
        for number in range(BATCHES):
            augment(images, chosen, 1, number, rows)

    return run


def network(side: int) -> NetworkSpec:
    """Return a small network: three convolutions, each with a pool."""
    layers: list[dict[str, object]] = [{"kind": "Input", "name": "image", "height": side, "width": side}]
    for number, filters in enumerate((16, 32, 64), 1):
        layers += [
            {"kind": "Conv2D", "name": f"conv{number}", "filters": filters},
            {"kind": "MaxPooling2D", "name": f"pool{number}"},
        ]
    layers += [
        {"kind": "Flatten", "name": "flatten1"},
        {"kind": "Dense", "name": "dense1", "units": 10, "activation": "linear"},
    ]
    return NetworkSpec.model_validate({"layers": layers})


def training(side: int, augmentation: Augmentation) -> Run:
    """Return a run of `BATCHES` steps of training with the program's own batches and step."""
    images = np.tile(drawn(side), (BATCHES, 1, 1, 1))
    none = np.empty(0, np.intp)
    labels = np.random.default_rng(1).integers(0, 10, len(images)).astype(np.int32)
    data = TrainingData(images, labels, np.arange(len(images)), none, none, tuple("0123456789"), images[:0], ())
    model = build(network(side), 10, seed=1).model
    optimizer = backend.keras().optimizers.Adam(1e-3)
    optimizer.build(model.trainable_variables)
    step, _ = backend.steps(model, optimizer, from_logits=True)
    batches = Batches(data, BATCH, 1, augmentation=augmentation)

    def run() -> None:
        figures = None
        for some, those in batches.epoch(0):
            figures = step(some, those)
        np.asarray(figures)

    return run


def best(runs: dict[str, Run], rounds: int) -> dict[str, float]:
    """Return each run's best time for an image in seconds; the first round of each does not count."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds + 1):
        for name, run in runs.items():
            begun = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - begun)
    return {name: min(each[1:]) / (BATCH * BATCHES) for name, each in times.items()}


def main() -> int:
    """Print images a second and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    rounds = parser.parse_args().rounds
    for side in (128, 32):
        got = best({"graph": in_graph(side), "pipeline": in_pipeline(side)}, rounds)
        print(
            f"{side}×{side}×3: in the pipeline {1 / got['pipeline']:,.0f} images/s, "
            f"in the graph (Keras) {1 / got['graph']:,.0f}; ratio {got['graph'] / got['pipeline']:.2f}"
        )
        got = best({"off": training(side, Augmentation()), "on": training(side, typical(side))}, rounds)
        print(
            f"{side}×{side}×3: training {1 / got['off']:,.0f} images/s without, {1 / got['on']:,.0f} with; "
            f"ratio {got['off'] / got['on']:.3f}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
