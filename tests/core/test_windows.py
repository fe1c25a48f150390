"""The arithmetic of sliding windows, held against counting every place where a window can lie."""

from __future__ import annotations

import re
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from guiapp.core.layers import Layer, ShapeError, create
from guiapp.core.layers.parts import Padding, effective, slide_formula, window_length

sizes = st.integers(1, 70)
kernels = st.integers(1, 12)
strides = st.integers(1, 9)
paddings = st.sampled_from(["same", "valid"])


def places(size: int, kernel: int, stride: int, padding: Padding, dilation: int) -> int:
    """Count the starts of a window: inside the input, or (same) those that keep each stride's pixel in reach."""
    if padding == "same":
        return len(range(0, size, stride))
    taps = [tap * dilation for tap in range(kernel)]
    return sum(all(start + tap < size for tap in taps) for start in range(0, size, stride))


@given(sizes, kernels, strides, paddings, st.integers(1, 5))
def test_window_length(size: int, kernel: int, stride: int, padding: Any, dilation: int) -> None:
    expected = places(size, kernel, stride, padding, dilation)
    found = window_length(size, kernel, stride, padding, dilation)
    assert max(found, 0) == expected
    assert slide_formula(size, kernel, stride, padding, dilation).endswith(f" = {found}")


@given(kernels, st.integers(1, 9))
def test_the_reach_of_a_dilated_kernel(kernel: int, dilation: int) -> None:
    taps = [tap * dilation for tap in range(kernel)]
    assert effective(kernel, dilation) == taps[-1] - taps[0] + 1


def check(layer: Layer, size: tuple[int, int], kernel: tuple[int, int], **window: Any) -> None:
    stride, dilation = window["stride"], window.get("dilation", (1, 1))
    expected = tuple(places(size[i], kernel[i], stride[i], window["padding"], dilation[i]) for i in (0, 1))
    inputs = ((*size, 3),)
    try:
        found = layer.output_shape(inputs)
    except ShapeError:
        assert min(expected) == 0
        return
    assert found[:2] == expected
    results = re.findall(r"= (\d+)", layer.formula(inputs))
    assert {int(result) for result in results} == set(expected)


@given(st.tuples(sizes, sizes), st.tuples(kernels, kernels), st.tuples(strides, strides), paddings, st.integers(1, 3))
def test_convolution(
    size: tuple[int, int], kernel: tuple[int, int], stride: tuple[int, int], padding: str, gap: int
) -> None:
    assume(gap == 1 or stride == (1, 1))
    window = {"stride": stride, "padding": padding, "dilation": (gap, gap)}
    check(create("Conv2D", kernel=kernel, **window), size, kernel, **window)


@given(
    st.sampled_from(["MaxPooling2D", "AveragePooling2D"]),
    st.tuples(sizes, sizes),
    st.tuples(kernels, kernels),
    st.tuples(strides, strides),
    paddings,
)
def test_pooling(
    kind: str, size: tuple[int, int], pool: tuple[int, int], stride: tuple[int, int], padding: str
) -> None:
    check(create(kind, pool=pool, stride=stride, padding=padding), size, pool, stride=stride, padding=padding)


def test_formulas_as_they_are_read() -> None:
    assert slide_formula(28, 3, 2, "valid") == "⌊(28 − 3)/2⌋ + 1 = 13"
    assert slide_formula(28, 3, 2, "same") == "⌈28/2⌉ = 14"
    assert slide_formula(28, 3, 1, "valid", 2) == "⌊(28 − (2·(3 − 1) + 1))/1⌋ + 1 = 24"
    square = create("MaxPooling2D").formula(((8, 8, 3),))
    assert square == "⌊(8 − 2)/2⌋ + 1 = 4"
    assert create("MaxPooling2D").formula(((8, 6, 3),)) == f"height {square}, width ⌊(6 − 2)/2⌋ + 1 = 3"
    assert slide_formula(28, 3, 1, "same") == "(28 − 3 + 2·1)/1 + 1 = 28"
    assert slide_formula(28, 2, 2, "same") == "(28 − 2 + 2·0)/2 + 1 = 14"
    assert slide_formula(28, 3, 1, "same", 2) == "(28 − (2·(3 − 1) + 1) + 2·2)/1 + 1 = 28"
    assert slide_formula(28, 2, 1, "same") == "⌈28/1⌉ = 28", "one side gets more zeros"
    assert slide_formula(28, 1, 3, "same") == "(28 − 1 + 2·0)/3 + 1 = 10"
    assert slide_formula(29, 1, 3, "same") == "⌈29/3⌉ = 10", "the last place is passed over"


def test_formulas_of_layers_that_change_sizes() -> None:
    shape = ((14, 14, 3),)
    whole = {"kernel": (3, 3), "padding": "valid"}
    assert create("Conv2DTranspose", **whole).formula(shape) == "(14 − 1) · 2 + 3 = 29"
    assert create("Conv2DTranspose").formula(shape) == "14 · 2 = 28"
    spread = create("Conv2DTranspose", **whole, stride=(1, 1), dilation=(2, 2))
    assert spread.formula(shape) == "(14 − 1) · 1 + (2·(3 − 1) + 1) = 18"
    far = create("Conv2DTranspose", **whole, stride=(4, 2))
    assert far.formula(shape) == "height (14 − 1) · 4 + 4 = 56, width (14 − 1) · 2 + 3 = 29"
    assert create("ZeroPadding2D").formula(shape) == "14 + 1 + 1 = 16"
    cropped = create("Cropping2D", top=2, bottom=0)
    assert cropped.formula(shape) == "height 14 − 2 − 0 = 12, width 14 − 1 − 1 = 12"
    assert create("UpSampling2D", size=(2, 2)).formula(shape) == "14 · 2 = 28"
    assert create("Resizing", height=10, width=28).formula(shape) == "height 14 → 10, ×0.714, width 14 → 28, ×2"
    assert create("Reshape", height=7, width=28).formula(shape) == "14 · 14 · 3 = 7 · 28 · 3"
    assert create("GlobalMaxPooling2D").formula(shape) == "3 largest of 14 · 14 = 196 numbers"
    assert create("SpatialDropout2D", rate=0.5).formula(shape) == (
        "keeps about 1.5 of 3 maps and multiplies them by 1 / 0.5 = 2"
    )
    assert create("GaussianNoise").formula(shape) == "x + noise, 95 % of it within ±0.2"
    assert create("Activation", activation="leaky_relu", slope=0.3).formula(shape) == "x, or 0.3 · x below 0"
    normal = "γ · (x − mean) / √(variance + 0.001) + β"
    assert create("GroupNormalization", groups=3).formula(shape) == f"{normal}, 3 groups of 196 numbers"
    assert create("LayerNormalization", over="whole volume").formula(shape) == f"{normal}, over 588 numbers"
