"""A network of every kind of layer trains, is recorded, and shows its filters and maps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from guiapp.core.analysis import analyse
from guiapp.core.network import NetworkSpec
from guiapp.core.project import Project
from guiapp.core.runs import RunReader, RunWriter
from guiapp.engine.control import Control
from guiapp.engine.pipeline import prepare
from guiapp.engine.train import train
from guiapp.visuals import reading
from guiapp.visuals.filters.compute import layers_with_filters
from guiapp.visuals.maps.compute import recorded_layers

LAYERS: list[dict[str, Any]] = [
    {"kind": "Input", "name": "image", "height": 12, "width": 12},
    {"kind": "GaussianNoise", "name": "noise"},
    {"kind": "Conv2D", "name": "conv", "filters": 4, "kernel_reg": {"l1": 0.01}},
    {"kind": "GroupNormalization", "name": "group", "groups": 2, "gamma_reg": {"l2": 0.01}},
    {"kind": "Activation", "name": "leaky", "activation": "leaky_relu", "slope": 0.3},
    {"kind": "DepthwiseConv2D", "name": "depthwise", "stride": (2, 3), "multiplier": 2, "kernel_reg": {"l2": 0.01}},
    {"kind": "LayerNormalization", "name": "layer"},
    {"kind": "Activation", "name": "elu", "activation": "elu", "alpha": 0.5},
    {"kind": "SpatialDropout2D", "name": "spatial"},
    {"kind": "Conv2DTranspose", "name": "transposed", "filters": 3, "stride": (2, 2)},
    {"kind": "ZeroPadding2D", "name": "padded", "top": 0},
    {"kind": "SeparableConv2D", "name": "separable", "filters": 5, "pointwise_reg": {"l1": 0.01}},
    {"kind": "UpSampling2D", "name": "enlarged", "interpolation": "bilinear"},
    {"kind": "Cropping2D", "name": "cropped"},
    {"kind": "Resizing", "name": "resized", "height": 8, "width": 8, "fit": "crop"},
    {"kind": "Reshape", "name": "reshaped", "height": 4, "width": 4},
    {"kind": "GlobalMaxPooling2D", "name": "largest", "keepdims": True},
    {"kind": "Flatten", "name": "flat"},
    {"kind": "Dense", "name": "classes", "units": 3, "activation": "linear"},
]


def test_every_kind_trains_and_is_shown(make_project: Callable[..., Project], images: Path, tmp_path: Path) -> None:
    pinned = (str(next(images.rglob("*.png"))),)
    project = make_project(NetworkSpec.model_validate({"layers": LAYERS}), epochs=1)
    project = project.model_copy(update={"pinned": pinned})
    store = RunWriter(tmp_path / "run")
    assert train(project, prepare(project), store, lambda event: None, Control()) == "completed"
    store.close()
    run = RunReader(tmp_path / "run")
    first, last = (int(run.snapshots()[at]) for at in (0, -1))
    analysis = analyse(project.network)
    assert layers_with_filters(analysis) == ("conv", "depthwise", "transposed", "separable")
    assert {"noise", "spatial"}.isdisjoint(recorded_layers(analysis))
    for row in analysis.rows:
        for weight in row.weights:
            before, after = (run.array(step, "weights", f"{row.layer.name}/{weight.name}") for step in (first, last))
            assert before is not None and after is not None and before.shape == weight.shape
            assert np.isfinite(after).all() and (before != after).any(), f"{row.layer.name}/{weight.name} has learnt"
        if row.layer.name in layers_with_filters(analysis):
            kernel = reading.read_kernel(run, last, row.layer)
            assert kernel is not None and row.shape is not None and kernel.shape[3] == row.shape[2]
        if row.layer.name in recorded_layers(analysis):
            maps = reading.read_maps(run, last, row.layer.name, 0)
            assert maps is not None and len(maps.maps) == (row.shape or (0,))[-1]
