"""Asking about a pinned image that is a part of a picture: the network sees that part, as while it was trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from guiapp.core.project import DatasetSettings, Project
from guiapp.core.runs import RunReader
from guiapp.data import images
from guiapp.engine.control import Control
from guiapp.engine.live import load_run
from guiapp.engine.predict import fitted_image
from guiapp.engine.running import train_run


def draw_pets(root: Path) -> Path:
    """Draw bright pictures with a dark box each, and say where the boxes are."""
    (root / "images").mkdir(parents=True)
    (root / "annotations" / "xmls").mkdir(parents=True)
    box = "<xmin>5</xmin><ymin>5</ymin><xmax>16</xmax><ymax>16</ymax>"
    for name in ("cat", "dog", "owl"):
        for i in range(6):
            picture = np.full((24, 24, 3), 200 + i, np.uint8)
            picture[4:16, 4:16] = 10 + i
            (root / "images" / f"{name}_{i}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
            text = f"<annotation><object><bndbox>{box}</bndbox></object></annotation>"
            (root / "annotations" / "xmls" / f"{name}_{i}.xml").write_text(text)
    return root


def test_the_part_is_seen_and_other_images_whole(make_project: Callable[..., Project], tmp_path: Path) -> None:
    dataset = DatasetSettings(path=str(draw_pets(tmp_path / "pets")), options={"crop": True})
    project = make_project(max_steps=1).model_copy(update={"dataset": dataset})
    run = tmp_path / "run"
    assert train_run(project, run, lambda event: None, Control()) == "completed"
    pinned, network = RunReader(run).project().pinned, load_run(run)
    recorded = RunReader(run).array(0, "seen", "0")
    assert recorded is not None and recorded.max() < 20
    assert np.array_equal(fitted_image(network, pinned[0]), recorded)
    other = next(path for path in (tmp_path / "pets" / "images").iterdir() if str(path) not in pinned)
    assert np.array_equal(fitted_image(network, other), images.read_fitted(other, 12, 12, 3))
