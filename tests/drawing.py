"""Images that tests draw for themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image


def draw_bars(folder: Path, per_class: int = 24, size: int = 12) -> Path:
    """Draw bright bars: lying ones, standing ones, and squares; a folder a class."""
    random = np.random.default_rng(5)
    for label, name in enumerate(("lying", "square", "standing")):
        (folder / name).mkdir(parents=True)
        for i in range(per_class):
            image = random.integers(0, 60, (size, size, 3))
            high, wide = [(2, size - 2), (size // 2, size // 2), (size - 2, 2)][label]
            top, left = random.integers(0, size - high + 1), random.integers(0, size - wide + 1)
            image[top : top + high, left : left + wide] += 180
            Image.fromarray(image.astype(np.uint8)).save(folder / name / f"{i:03}.png")
    return folder
