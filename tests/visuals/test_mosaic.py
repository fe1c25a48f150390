from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.visuals import mosaic


@given(st.integers(1, 70), st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.booleans())
def test_every_tile_is_in_its_place_and_nothing_else(count: int, h: int, w: int, gap: int, colour: bool) -> None:
    shape = (count, h, w, 3) if colour else (count, h, w)
    tiles = np.random.default_rng(count).integers(1, 256, shape).astype(np.uint8)
    where = mosaic.layout(count, h, w, gap=gap)
    out = mosaic.mosaic(tiles, where, (0, 0, 0) if colour else 0)
    assert out.shape[:2] == (where.height, where.width)
    for index in range(count):
        y, x = where.corner(index)
        assert np.array_equal(out[y : y + h, x : x + w], tiles[index])
    assert np.count_nonzero(out) == tiles.size
    assert where.columns * where.rows - count < where.columns


def test_many_tiles_make_a_picture_of_the_shape_asked_for() -> None:
    where = mosaic.layout(64, 14, 14, aspect=1.0)
    assert (where.columns, where.rows) == (8, 8)
    assert mosaic.layout(64, 14, 14, columns=16).rows == 4


def test_no_tiles_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one tile"):
        mosaic.layout(0, 3, 3)


def test_enlarging_repeats_pixels() -> None:
    assert mosaic.enlarged(np.array([[1, 2]], np.uint8), 2).tolist() == [[1, 1, 2, 2], [1, 1, 2, 2]]


@given(st.integers(-30, 40), st.integers(-60, 60))
def test_text_is_cut_off_at_the_edges(y: int, x: int) -> None:
    picture = np.zeros((20, 30), np.uint8)
    mosaic.draw_text(picture, "step 5", y, x, size=12, colour=7)
    assert set(np.unique(picture)) <= {0, 7}


def test_captions_lie_under_their_tiles_and_are_shortened() -> None:
    tiles = np.full((2, 10, 40), 100, np.uint8)
    out = mosaic.captioned(tiles, ["0", "a caption that is far too long"])
    assert (out == 255).any()
    assert np.count_nonzero(out == 100) == tiles.size
    short = mosaic.shortened("a caption that is far too long", 11, 40)
    assert short.endswith("…")
    assert mosaic.text_size(short, 11)[0] <= 40
