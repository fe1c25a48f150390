from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from guiapp.core.analysis import analyse
from guiapp.core.layers import create
from guiapp.core.network import NetworkSpec
from guiapp.visuals.filters import compute as filters

kernels = arrays(np.float32, st.tuples(*[st.integers(1, 4)] * 4), elements=st.floats(-10, 10, width=32))


@given(kernels)
def test_signs_and_zeros_survive(kernel: NDArray[np.float32]) -> None:
    for mode in filters.modes(kernel):
        values = filters.chosen(kernel, mode)
        for scale in ("each", "fixed"):
            tiles = filters.filter_tiles(kernel, mode, scale)
            assert tiles.shape == values.shape
            assert tiles.min(initial=255) >= 1
            assert (tiles[values == 0] == 128).all()
            assert (tiles[values > 0] >= 128).all()
            assert (tiles[values < 0] <= 128).all()


def test_each_filter_fills_its_own_scale_and_a_fixed_one_is_shared() -> None:
    kernel = np.zeros((1, 2, 1, 2), np.float32)
    kernel[0, :, 0, 0] = -1, 0.5
    kernel[0, :, 0, 1] = 4, -2
    each = filters.filter_tiles(kernel, 0, "each")
    fixed = filters.filter_tiles(kernel, 0, "fixed")
    assert each.tolist() == [[[1, 192]], [[255, 64]]]
    assert fixed.tolist() == [[[96, 144]], [[255, 64]]]


def test_three_channels_are_shown_in_colour_first() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 3, 5)).astype(np.float32)
    assert filters.modes(kernel) == ("colour", "mean", 0, 1, 2)
    assert filters.filter_tiles(kernel, "colour", "each").shape == (5, 3, 3, 3)
    assert filters.mode_words(1, 3) == "green"


def test_one_filter_is_taken_apart_into_its_input_channels() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3, 7, 5)).astype(np.float32)
    tiles, captions = filters.channel_tiles(kernel, 2)
    assert tiles.shape == (7, 3, 3)
    assert captions[6] == "6"
    assert np.abs(kernel[..., 2]).max() == np.abs(kernel[..., 2])[np.moveaxis(np.isin(tiles, (1, 255)), 0, -1)].max()
    colour, words = filters.channel_tiles(kernel[:, :, :3], 2)
    assert colour.shape == (4, 3, 3, 3)
    assert words == ("colour", "red", "green", "blue")


def test_not_a_number_is_shown_as_zero() -> None:
    assert filters.signed_indices(np.array([[np.nan, 1.0]]), "each").tolist() == [[128, 255]]


def test_the_filter_of_each_map_is_found_in_every_arrangement() -> None:
    kernel = np.arange(2 * 3 * 4 * 5, dtype=np.float32).reshape(2, 3, 4, 5)
    plain = filters.arranged("Conv2D", [kernel])
    assert plain is not None and (plain == kernel).all()
    apart = filters.arranged("DepthwiseConv2D", [kernel])
    assert apart is not None and apart.shape == (2, 3, 1, 20)
    assert (apart[:, :, 0, 7] == kernel[:, :, 1, 2]).all(), "map 7 is the third of channel 1"
    turned = filters.arranged("Conv2DTranspose", [kernel])
    assert turned is not None and turned.shape == (2, 3, 5, 4)
    assert (turned[:, :, 3, 1] == kernel[:, :, 1, 3]).all()
    mix = np.random.default_rng(0).normal(size=(1, 1, 20, 6)).astype(np.float32)
    both = filters.arranged("SeparableConv2D", [kernel, mix])
    assert both is not None and both.shape == (2, 3, 4, 6)
    expected = sum(kernel[:, :, 1, m] * mix[0, 0, 5 + m, 2] for m in range(5))
    assert np.allclose(both[:, :, 1, 2], expected, rtol=1e-4)
    assert filters.arranged("Dense", [kernel[0, 0]]) is None


def test_every_convolution_has_filters_to_look_at() -> None:
    names = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose")
    network = NetworkSpec(layers=(create("Input", name="image"), *(create(name, name=name) for name in names)))
    network = network.insert(5, create("LayerNormalization", name="norm", over="whole volume"))
    assert filters.layers_with_filters(analyse(network)) == names
