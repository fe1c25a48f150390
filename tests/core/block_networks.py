"""Random networks with blocks, groups in groups, branches across and disabled layers."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from guiapp.core.analysis import analyse
from guiapp.core.layers import Layer, create
from guiapp.core.layers.blocks import ENTRY
from guiapp.core.network import NetworkSpec

SMALL = st.integers(1, 4)
NAMES = st.sampled_from(["a", "b", "a_b", "conv1", "a_conv1", "b_1", "x" * 64, "x" * 62 + "_2", "é"])
PLAIN: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "Conv2D": st.fixed_dictionaries({"filters": SMALL, "stride": st.sampled_from([(1, 1), (2, 1)])}),
    "Activation": st.just({}),
    "BatchNormalization": st.just({}),
    "Dropout": st.just({}),
    "MaxPooling2D": st.just({"padding": "same"}),
}
READY: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "ResidualBlock": st.fixed_dictionaries(
        {
            "filters": SMALL,
            "depth": st.integers(1, 3),
            "stride": st.integers(1, 2),
            "form": st.sampled_from(["basic", "bottleneck"]),
            "expansion": st.integers(1, 2),
            "arrangement": st.sampled_from(["post-activation", "pre-activation"]),
            "shortcut": st.sampled_from(["automatic", "projection"]),
            "activation": st.sampled_from(["relu", "linear"]),
            "norm": st.booleans(),
            "excite": st.booleans(),
            "ratio": SMALL,
        }
    ),
    "InceptionBlock": st.fixed_dictionaries(
        {"one": SMALL, "three": SMALL, "norm": st.booleans(), "five_as": st.sampled_from(["5×5", "two 3×3"])}
    ),
    "SqueezeExcite": st.fixed_dictionaries({"ratio": SMALL}),
}


@st.composite
def layers(draw: st.DrawFn, name: str, above: list[str], deep: int) -> Layer:
    """Draw one layer called `name`, which may take any of `above`."""
    kind = draw(st.sampled_from([*PLAIN, *READY, "Group", "Group", "Group", "Add"] if deep else list(PLAIN)))
    named = bool(above) and draw(st.integers(0, 2)) == 0
    inputs: tuple[str, ...] = (draw(st.sampled_from(above)),) if named else ()
    enabled = draw(st.integers(0, 5)) > 0
    if kind == "Add":
        inputs = tuple(draw(st.lists(st.sampled_from(above), min_size=2, max_size=3))) if above else ()
        return create("Add", name=name, inputs=inputs, enabled=enabled)
    if kind == "Group":
        return create("Group", name=name, inputs=inputs, enabled=enabled, layers=draw(insides(deep - 1)))
    return create(kind, name=name, inputs=inputs, enabled=enabled, **draw((PLAIN | READY)[kind]))


@st.composite
def insides(draw: st.DrawFn, deep: int) -> tuple[Layer, ...]:
    """Draw the layers of a Group."""
    out: list[Layer] = []
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        out.append(draw(layers(name, [ENTRY, *(layer.name for layer in out)], deep)))
    return tuple(out)


@st.composite
def any_networks(draw: st.DrawFn) -> NetworkSpec:
    """Draw a network, which may have errors."""
    out: list[Layer] = [create("Input", name="image", height=9, width=6)]
    for name in draw(st.lists(NAMES, min_size=1, max_size=5, unique=True)):
        out.append(draw(layers(name, [layer.name for layer in out], 2)))
    ends = (create("Flatten", name="flat"), create("Dense", name="dense", units=2, activation="linear"))
    return NetworkSpec(layers=(*out, *ends))


@st.composite
def networks(draw: st.DrawFn) -> NetworkSpec:
    """Draw a network without errors: layers that cannot be where they are drawn are left out."""
    spec = draw(any_networks())
    layers = list(spec.layers[:1])
    for layer in spec.layers[1:]:
        tried = NetworkSpec(layers=(*layers, layer))
        if analyse(tried).rows[-1].shape is not None:
            layers.append(layer)
    return NetworkSpec(layers=tuple(layers))
