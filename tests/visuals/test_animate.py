from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from guiapp.core import notify
from guiapp.core.colormaps import colormap
from guiapp.core.notify import UserError
from guiapp.core.runs import RunReader
from guiapp.visuals import animate, mosaic, reading
from guiapp.visuals.encode import durations_ms
from guiapp.visuals.frames import GAP, Film
from guiapp.visuals.maps import compute as maps
from guiapp.visuals.options import Options

ONE_MAP = Options(layer="conv1", channel=2, caption=False, scale="each")


def pixels(data: bytes | Path) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    with Image.open(io.BytesIO(data) if isinstance(data, bytes) else data) as image:
        found = []
        for index in range(getattr(image, "n_frames", 1)):
            image.seek(index)
            found.append(np.asarray(image.convert("RGB")))
    return found


def test_a_gif_of_a_map_holds_its_exact_colours(run: RunReader) -> None:
    made = animate.render(run, ONE_MAP)
    found = pixels(made.data)
    assert (made.frames, len(found), made.path) == (5, 5, None)
    assert made.size == (21 * 24, 21 * 20)
    assert made.nbytes == len(made.data)
    for step, picture in zip(run.snapshots(), found, strict=True):
        recorded = run.array(int(step), "maps", "conv1/0")
        assert recorded is not None
        assert np.array_equal(picture[10::21, 10::21], colormap()[recorded[2]])


def test_a_scale_over_all_time_is_the_same_in_each_frame(run: RunReader) -> None:
    film = animate.frames(run, replace(ONE_MAP, scale="fixed", enlarge=1))
    every = [reading.read_maps(run, int(step), "conv1", 0) for step in run.snapshots()]
    values = [maps.dequantise(one.maps, one.ranges)[2] for one in every if one is not None]
    low, high = min(v.min() for v in values), max(v.max() for v in values)
    for picture, value in zip(film.pictures, values, strict=True):
        assert np.abs(picture - (value - low) / (high - low) * 255).max() <= 1.01


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png", ".mp4"])
@pytest.mark.parametrize("what", ["filters", "maps"])
def test_every_format_holds_all_frames(run: RunReader, tmp_path: Path, suffix: str, what: Any) -> None:
    out = tmp_path / f"änimation {what}{suffix}"
    made = animate.render(run, Options(layer="conv2", what=what, hold_last_s=0), out)
    assert made.path == str(out)
    assert made.nbytes == out.stat().st_size > 0
    assert made.frames == 5
    assert list(tmp_path.glob(".writing-*")) == []
    if suffix in (".png", ".webp"):
        film = animate.frames(run, Options(layer="conv2", what=what, hold_last_s=0))
        assert all(np.array_equal(a, film.rgb(i)) for i, a in enumerate(pixels(out)))


def test_colour_filters_keep_nearly_their_colours(run: RunReader, tmp_path: Path) -> None:
    options = Options(layer="conv1", what="filters")
    animate.render(run, options, tmp_path / "f.gif")
    film = animate.frames(run, options)
    assert film.palette is None
    errors = [np.abs(a.astype(int) - film.pictures[i]) for i, a in enumerate(pixels(tmp_path / "f.gif"))]
    assert np.mean([error.mean() for error in errors]) < 4


def test_a_film_begins_as_the_image(run: RunReader) -> None:
    film = animate.frames(run, replace(ONE_MAP, begin_with_image=True, colormap="grey"))
    seen = run.array(0, "seen", "0")
    assert seen is not None
    grey = np.asarray(Image.fromarray(seen).convert("L"))
    assert len(film.pictures) == 6
    assert np.array_equal(film.pictures[0][10::21, 10::21], grey)


def test_pictures_that_do_not_change_only_last_longer() -> None:
    film = Film(None)
    for value in (1, 1, 2, 1):
        film.add(np.full((2, 2, 3), value, np.uint8), 0.5)
    assert film.seconds == [1.0, 0.5, 0.5]


def test_durations_add_up() -> None:
    assert sum(durations_ms([1 / 12] * 12, 10)) == 1000
    assert min(durations_ms([0.001] * 5, 10)) == 10


@pytest.mark.parametrize("loop", [True, False])
def test_looping_is_written(run: RunReader, loop: bool) -> None:
    made = animate.render(run, replace(ONE_MAP, loop=loop))
    with Image.open(io.BytesIO(made.data)) as image:
        assert image.info.get("loop") == (0 if loop else None)
        image.seek(4)
        assert image.info["duration"] == pytest.approx(1083, abs=10)


def test_steps_are_picked_evenly_with_both_ends() -> None:
    steps = np.arange(0, 1000, 10)
    found = animate.picked_steps(steps, replace(ONE_MAP, max_frames=7, first_step=95, last_step=800))
    assert (len(found), found[0], found[-1]) == (7, 100, 800)


def test_a_caption_is_drawn_in_colours_of_the_palette(run: RunReader) -> None:
    plain = animate.frames(run, ONE_MAP)
    film = animate.frames(run, replace(ONE_MAP, caption=True))
    assert film.size[1] > plain.size[1]
    strip = film.pictures[0][plain.size[1] :]
    assert set(np.unique(strip)) == {0, 255}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"layer": "conv9"}, "conv9: is not a layer of this run. Choose one of conv1, pool1, conv2"),
        ({"layer": "pool1", "what": "filters"}, "pool1: has no filters. Choose one of conv1, conv2."),
        ({"channel": 6}, "conv1: has no map 6. Choose a number from 0 to 5."),
        ({"channel": -1, "what": "filters"}, "conv1: has no filter -1. Choose a number from 0 to 5."),
        ({"pin": 2}, "has no pinned image 2. Choose a number from 0 to 1."),
        ({"first_step": 41}, "has no snapshot from step 41 to 40. Choose steps between 0 and 40."),
        ({"fps": 0}, "fps: is 0, out of range. Choose a number from 0.5 to 60."),
        ({"colormap": "jet"}, "colormap: “jet” is not known. Choose one of viridis"),
    ],
)
def test_wrong_options_are_refused_in_words(run: RunReader, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as caught:
        animate.render(run, replace(ONE_MAP, **change))
    assert sentence in caught.value.sentence


def test_a_run_without_snapshots_is_refused(empty_run: RunReader) -> None:
    with pytest.raises(UserError, match="has no snapshots yet"):
        animate.render(empty_run, ONE_MAP)


def test_an_unknown_suffix_names_the_four(run: RunReader, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"\.gif, \.webp, \.png or \.mp4"):
        animate.render(run, ONE_MAP, tmp_path / "film.avi")


def test_giving_up_leaves_no_file(run: RunReader, tmp_path: Path) -> None:
    done: list[int] = []
    with pytest.raises(notify.Cancelled):
        animate.render(run, ONE_MAP, tmp_path / "f.gif", lambda i, _: done.append(i), lambda: len(done) >= 2)
    assert done == [0, 1]
    assert list(tmp_path.glob("*.gif")) == []


def test_a_vector_is_shown_as_one_square_a_unit(run: RunReader) -> None:
    film = animate.frames(run, Options(layer="dense1", caption=False, enlarge=4))
    values = run.array(0, "maps", "dense1/0")
    assert values is not None
    columns = mosaic.layout(3, 1, 1, gap=0).columns
    where = mosaic.layout(3, 4, 4, columns=columns, gap=GAP)
    shown = [film.pictures[0][y, x] for y, x in (where.corner(i) for i in range(3))]
    assert np.array_equal(np.argsort(shown), np.argsort(values))
