"""How fast a folder of JPEGs is read, at first and in later epochs, against Keras's own reader in the same run.

The folder (one sub-folder a class) is the one named by CONVNET_STUDIO_TEST_DATA, or else 400 JPEGs are drawn.
Each reader runs several times, taking turns; the best time of each counts.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from guiapp.data.cache import decode
from guiapp.data.opening import open_dataset
from guiapp.engine.batches import Batches
from guiapp.engine.pipeline import TrainingData

SIZE, BATCH = 128, 64
ROUNDS = 3


def draw(folder: Path, count: int = 400) -> Path:
    """Write `count` JPEGs of some 500×375 pixels in two classes."""
    random = np.random.default_rng(1)
    for i in range(count):
        place = folder / ("cats", "dogs")[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        coarse = random.integers(0, 256, (24, 32, 3), np.uint8)
        size = int(random.integers(300, 520)), int(random.integers(300, 520))
        picture = np.asarray(Image.fromarray(coarse).resize(size), np.int16)
        noisy = np.clip(picture + random.normal(0, 8, picture.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(place / f"{i}.jpg", quality=90)
    return folder


def ours(folder: Path, cache: Path) -> Callable[[], int]:
    """Return a run that opens and decodes with nothing in the cache."""

    def run() -> int:
        for path in cache.rglob("*.*"):
            path.unlink()
        return len(decode(open_dataset(folder), SIZE, SIZE, 3).images)

    return run


def again(folder: Path) -> Callable[[], int]:
    """Return a run that opens and finds everything in the cache."""
    return lambda: len(decode(open_dataset(folder), SIZE, SIZE, 3).images)


def epoch(folder: Path) -> Callable[[], int]:
    """Return a run through the shuffled batches of an epoch, as training takes them, once everything is decoded."""
    dataset = open_dataset(folder)
    decoded = decode(dataset, SIZE, SIZE, 3)
    rows, none = np.arange(len(dataset)), np.empty(0, np.intp)
    shape = (0, SIZE, SIZE, 3)
    data = TrainingData(
        decoded.images, dataset.labels, rows, none, none, dataset.class_names, np.empty(shape, np.uint8), ()
    )
    batches = Batches(data, BATCH, 1)
    return lambda: sum(len(images) for images, _ in batches.epoch(1))


def keras_reader(folder: Path) -> Callable[[], int]:
    """Return a run that reads every batch of ``image_dataset_from_directory``."""
    import keras

    def run() -> int:
        batches = keras.utils.image_dataset_from_directory(
            folder, image_size=(SIZE, SIZE), batch_size=BATCH, shuffle=False, verbose=False
        )
        return sum(len(images) for images, _ in batches)

    return run


def keras_cached(folder: Path) -> Callable[[], int]:
    """Return a run through an epoch of the same, decoded before and kept in memory by ``cache``, then shuffled."""
    import keras

    batches = keras.utils.image_dataset_from_directory(
        folder, image_size=(SIZE, SIZE), batch_size=None, shuffle=False, verbose=False
    )
    kept = batches.cache().shuffle(1000).batch(BATCH).prefetch(1)
    for _ in kept:
        pass
    return lambda: sum(len(images) for images, _ in kept)


def best(runs: dict[str, Callable[[], int]]) -> dict[str, tuple[float, int]]:
    """Return each run's best time in seconds and its number of images."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    counts = {}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            counts[name] = run()
            times[name].append(time.perf_counter() - start)
    return {name: (min(each), counts[name]) for name, each in times.items()}


def main() -> int:
    """Print the times and their ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        os.environ["CONVNET_STUDIO_CACHE"] = str(cache)
        given = os.environ.get("CONVNET_STUDIO_TEST_DATA")
        folder = Path(given) if given else draw(Path(scratch) / "drawn")
        got = best(
            {
                "keras image_dataset_from_directory": keras_reader(folder),
                "first pass: open, decode, keep": ours(folder, cache),
                "open again": again(folder),
                "keras cache(), later epoch": keras_cached(folder),
                "later epoch": epoch(folder),
            }
        )
    reference = got["keras image_dataset_from_directory"][0]
    for name, (seconds, count) in got.items():
        print(f"{name:<36} {seconds:8.3f} s  {count / seconds:10,.0f} images/s  {seconds / reference:6.3f} × keras")
    return 0


if __name__ == "__main__":
    sys.exit(main())
