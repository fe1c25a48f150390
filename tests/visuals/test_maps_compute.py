from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from guiapp.core.notify import UserError
from guiapp.visuals.maps import compute as maps

finite = st.floats(-1e6, 1e6, width=32)


@given(arrays(np.float32, array_shapes(min_dims=3, max_dims=3, max_side=6), elements=finite))
def test_quantised_values_come_back_within_half_a_level(values: NDArray[np.float32]) -> None:
    quantised, ranges = maps.quantise(values)
    back = maps.dequantise(quantised, ranges)
    span = (ranges[:, 1].astype(np.float64) - ranges[:, 0])[:, None, None]
    rounding = 1e-6 * np.abs(values).max(initial=1)
    assert (np.abs(back - values) <= span / 510 + rounding).all()
    assert np.array_equal(ranges[:, 0], values.min(axis=(1, 2)))
    assert np.array_equal(ranges[:, 1], values.max(axis=(1, 2)))


@given(arrays(np.float32, (2, 3, 3), elements=st.floats(width=32, allow_nan=True, allow_infinity=True)))
def test_what_is_not_finite_never_breaks_the_picture(values: NDArray[np.float32]) -> None:
    quantised, ranges = maps.quantise(values)
    assert quantised.dtype == np.uint8
    known = np.isfinite(values[0])
    assert np.isnan(ranges[0]).all() != known.any()
    for scale in ("each", "fixed"):
        assert maps.recolour(quantised, ranges, scale, signed=True).min() >= 1


def test_one_scale_over_the_layer_orders_maps_by_their_values() -> None:
    values = np.stack([np.full((2, 2), 1.0), np.full((2, 2), 3.0), np.array([[0.0, 1.0], [2.0, 4.0]])])
    quantised, ranges = maps.quantise(values)
    indices = maps.recolour(quantised, ranges, "fixed")
    assert np.array_equal(indices, np.rint(values * 255 / 4).astype(np.uint8))


def test_a_signed_scale_puts_zero_at_128() -> None:
    quantised, ranges = maps.quantise(np.array([[[-1.0, 0.0, 4.0]]]))
    indices = maps.recolour(quantised, ranges, "each", signed=True)
    assert indices.ravel().tolist() == [96, 128, 255]


def test_own_scale_without_sign_is_the_recording_itself() -> None:
    quantised, ranges = maps.quantise(np.arange(12.0).reshape(1, 3, 4))
    assert maps.recolour(quantised, ranges, "each") is quantised


def test_a_snapshot_holds_maps_of_every_pin_and_vectors_as_they_are(network: Any) -> None:
    images = np.zeros((2, 20, 24, 3), np.uint8)
    found = maps.snapshot(network, images)
    assert found["conv1/1"].shape == (6, 20, 24)
    assert found["conv1/1"].dtype == np.uint8
    assert found["conv1/1/range"].shape == (6, 2)
    assert found["dense1/0"].shape == (3,)
    assert "input1/0" not in found
    expected = network.outputs(images, ["conv1"])["conv1"][1]
    back = np.moveaxis(maps.dequantise(found["conv1/1"], found["conv1/1/range"]), 0, -1)
    assert np.abs(back - expected).max() < 0.05


def test_other_images_are_computed_for_one_layer(network: Any) -> None:
    found = maps.compute(network, np.zeros((1, 20, 24, 3), np.uint8), {"layer": "conv2"})
    assert set(found) == {"conv2/0", "conv2/0/range"}


def test_an_unknown_layer_is_refused_with_the_names_there_are(network: Any) -> None:
    with pytest.raises(UserError, match=r"conv9.*Choose one of conv1, pool1"):
        maps.compute(network, np.zeros((1, 20, 24, 3), np.uint8), {"layer": "conv9"})
