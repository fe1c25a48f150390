"""Colormaps as look-up tables."""

from __future__ import annotations

import numpy as np
import pytest

from guiapp.core.colormaps import DEFAULT, NAMES, colormap


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_256_colours_that_nobody_can_change(name: str) -> None:
    table = colormap(name)
    assert table.shape == (256, 3)
    assert table.dtype == np.uint8
    assert table is colormap(name)
    with pytest.raises(ValueError, match="read-only"):
        table[0] = 0


@pytest.mark.parametrize("name", ["viridis", "magma", "grey"])
def test_colours_get_brighter_from_low_to_high(name: str) -> None:
    brightness = colormap(name) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(brightness) > -0.6).all()
    assert brightness[-1] - brightness[0] > 180


@pytest.mark.parametrize(
    ("name", "low", "high"),
    [
        ("viridis", (68, 1, 84), (253, 231, 37)),
        ("magma", (0, 0, 4), (252, 253, 191)),
        ("grey", (0, 0, 0), (255, 255, 255)),
        ("diverging", (5, 48, 97), (103, 0, 31)),
    ],
)
def test_the_ends_are_the_published_colours(name: str, low: tuple[int, int, int], high: tuple[int, int, int]) -> None:
    assert (tuple(colormap(name)[0]), tuple(colormap(name)[-1])) == (low, high)


def test_zero_is_white_between_blue_and_red() -> None:
    table = colormap("diverging").astype(int)
    assert table[128].tolist() == [255, 255, 255]
    assert (table[:118, 2] > table[:118, 0]).all()
    assert (table[138:, 0] > table[138:, 2]).all()


def test_the_default_and_unknown_names() -> None:
    assert colormap() is colormap(DEFAULT) or np.array_equal(colormap(), colormap(DEFAULT))
    with pytest.raises(ValueError, match="Received: 'jet'"):
        colormap("jet")
