"""Images that tests draw for themselves, and the archives they are packed into."""

from __future__ import annotations

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

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


def draw_messy(folder: Path) -> Path:
    """Draw bars as a person finds them: uneven classes, an odd file of each sort, a damaged one, a wrong label."""
    draw_bars(folder, per_class=30, size=24)
    for name, kept in (("square", 16), ("standing", 6)):
        for path in sorted((folder / name).iterdir())[kept:]:
            path.unlink()
    lying = folder / "lying"
    (lying / "029.png").rename(folder / "square" / "wrong.png")
    with Image.open(lying / "028.png") as image:
        image.convert("CMYK").save(lying / "print.jpg", quality=95)
    upright = Image.Exif()
    upright[0x0112] = 6  # the camera was held upright: what is stored is to be turned by a quarter
    with Image.open(lying / "027.png") as image:
        image.transpose(Image.Transpose.ROTATE_90).save(lying / "turned.jpg", exif=upright, quality=95)
    for name in ("027.png", "028.png"):
        (lying / name).unlink()
    whole = (folder / "square" / "000.png").read_bytes()
    (folder / "square" / "broken.png").write_bytes(whole[: len(whole) // 2])
    return folder


def pack(folder: Path, out: Path) -> Path:
    """Pack a folder, itself among the names, into a zip file."""
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            packed.write(path, path.relative_to(folder.parent))
    return out
