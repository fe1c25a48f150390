from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiapp.core.notify import UserError
from guiapp.visuals.heatmap import compute as heatmap


@given(st.integers(1, 300), st.integers(1, 20))
def test_patches_cover_every_pixel(side: int, grid: int) -> None:
    found = heatmap.places(side, grid)
    assert len(found) == min(side, grid)
    assert found[0][0] == 0
    assert found[-1][1] == side
    assert all(a < b <= side for a, b in found)
    assert all(later[0] <= earlier[1] for earlier, later in itertools.pairwise(found))


def test_heat_lies_where_the_answer_comes_from(network: Any) -> None:
    image = np.full((1, 20, 24, 3), 250, np.uint8)
    found = heatmap.compute(network, image, {"grid": 4})
    heat = found["heat"]
    assert heat.shape == (4, 4)
    assert int(found["class"]) == 0
    assert heat.argmax() == 0
    assert heat[0, 0] > 0.1
    assert np.abs(heat[2:, 2:]).max() == 0


def test_a_class_that_is_not_there_is_refused(network: Any) -> None:
    with pytest.raises(UserError, match="from 0 to 2"):
        heatmap.compute(network, np.zeros((1, 20, 24, 3), np.uint8), {"class": 3})
