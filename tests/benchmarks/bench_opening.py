"""How fast a folder of 60,000 files is opened, against a bare walk with ``os.scandir``.

Both take turns in one process; the best time of each counts. The bar is three times the walk.
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

FILES, CLASSES, ROUNDS = 60_000, 10, 5


def draw(folder: Path) -> None:
    """Write 60,000 PNGs of 28×28 pixels in ten classes; each class has links to a hundred different ones."""
    random = np.random.default_rng(1)
    for label in range(CLASSES):
        place = folder / str(label)
        place.mkdir()
        for i in range(FILES // CLASSES):
            path = place / f"{i:05}.png"
            if i < 100:
                Image.fromarray(random.integers(0, 256, (28, 28), np.uint8)).save(path)
            else:
                os.link(place / f"{i % 100:05}.png", path)


def walk(folder: Path) -> int:
    """Count the files below `folder`, as little as possible beside it."""
    count = 0
    for entry in os.scandir(folder):
        count += walk(Path(entry.path)) if entry.is_dir() else 1
    return count


def best(run: Callable[[], int]) -> float:
    """Return the seconds of one run, which must find every file."""
    start = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - start
    assert found == FILES, found
    return seconds


def main() -> int:
    """Print the times and their ratio."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "images"
        folder.mkdir()
        for name in ("CACHE", "CONFIG", "DATA", "LOG"):
            os.environ[f"CONVNET_STUDIO_{name}"] = str(Path(scratch) / name)
        draw(folder)
        times = [(best(lambda: walk(folder)), best(lambda: len(open_dataset(folder)))) for _ in range(ROUNDS)]
        walked, opened = (min(column) for column in zip(*times, strict=True))
        print(f"os.scandir walk of {FILES:,} files     {walked:7.3f} s")
        print(f"open_dataset                       {opened:7.3f} s  {opened / walked:5.2f} × the walk (bar 3)")
        decode(open_dataset(folder), 28, 28, 1)
        again = best(lambda: len(decode(open_dataset(folder), 28, 28, 1).images))
        print(f"opened again, decoded before       {again:7.3f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
