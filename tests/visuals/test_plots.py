from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from guiapp.core.colormaps import colormap
from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader, RunWriter
from guiapp.visuals import plots


def has(picture: Image.Image, colour: str) -> bool:
    wanted = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return bool((np.abs(np.asarray(picture).astype(int) - wanted).max(axis=-1) < 40).any())


def test_curves_show_training_and_validation(run: RunReader, tmp_path: Path) -> None:
    plots.curve_png(run, tmp_path / "curves.png", width=800, height=300)
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.size == (800, 300)
        for left in (0, 400):
            half = picture.crop((left, 0, left + 400, 300))
            assert has(half, plots.TRAIN)
            assert has(half, plots.VALIDATION)


def test_a_run_without_steps_is_refused(tmp_path: Path) -> None:
    RunWriter(tmp_path / "run").close()
    with pytest.raises(UserError, match="no recorded steps"):
        plots.curve_png(RunReader(tmp_path / "run"), tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()


def test_one_step_is_enough(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run")
    writer.metrics([(1, 0, float("nan"), 0.5)])
    writer.close()
    plots.curve_png(RunReader(tmp_path / "run"), tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 0


@pytest.mark.parametrize("name", ["viridis", "diverging"])
def test_maps_are_drawn_in_their_colours(tmp_path: Path, name: str) -> None:
    maps = np.random.default_rng(0).normal(size=(5, 8, 6))
    plots.maps_png(maps, tmp_path / "maps.png", title="conv1 · step 5", colormap=name)
    with Image.open(tmp_path / "maps.png") as picture:
        colours = {tuple(c) for c in np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()}
    assert len(colours & {tuple(c) for c in colormap(name).tolist()}) > 50


def test_units_are_squares_of_one_scale(tmp_path: Path) -> None:
    plots.maps_png(np.arange(10.0)[:, None, None], tmp_path / "units.png", long_side=200)
    with Image.open(tmp_path / "units.png") as picture:
        colours = {tuple(c) for c in np.asarray(picture.convert("RGB")).reshape(-1, 3).tolist()}
    table = colormap()
    assert {tuple(table[0].tolist()), tuple(table[255].tolist()), tuple(table[142].tolist())} <= colours
