"""Write what the program knows of the backbones of keras.applications: ``python packaging/backbones.py [NAME...]``.

For each of them resources/backbones gets a file with its layers reduced to what the arithmetic needs. What was
written is then walked through for images of several sizes and held against Keras, layer by layer; with ``--check``
nothing is written. It builds the largest networks there are: it takes minutes, and some GB of memory.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import keras  # noqa: E402

from guiapp.core.layers import backbones  # noqa: E402

SIZES = (256, 257)
"""Even at every halving, and odd at every halving: what depends on that is seen by comparing the two.

NASNet's first layer makes a third one necessary."""

CHECKED = (0, 101)
"""Images that are compared; 0 stands for the least size. The width is 13 more."""

MODES = {
    "tf": ("MobileNet", "MobileNetV2", "NASNet", "Inception", "Xception", "V2"),
    "caffe": ("VGG", "ResNet"),
    "torch": ("DenseNet",),
}
OWN = ("EfficientNetV2", "ConvNeXt", "MobileNetV3")
KEPT = (
    "BatchNormalization", "Activation", "ReLU", "Dropout", "Rescaling", "Normalization", "LayerNormalization",
    "LayerScale", "Add", "Multiply", "Concatenate", "CustomScaleLayer", "Dense",
)  # fmt: skip
SLIDING = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D", "MaxPooling2D", "AveragePooling2D")


def names() -> list[str]:
    """Return every backbone that keras.applications has."""
    return sorted(name for name in dir(keras.applications) if name[0].isupper())


def mode(name: str) -> str:
    """Return how pixels are prepared before a backbone."""
    if name.startswith(OWN):
        return ""
    if name.startswith("EfficientNet"):
        return "sqrt"
    if name.startswith("ResNet"):
        return "tf" if name.endswith("V2") else "caffe"
    return next(found for found, stems in MODES.items() if name.startswith(stems))


def built(name: str, height: int, width: int) -> Any:
    """Return a backbone as Keras builds it where it has built nothing before, with weights that begin as zeros."""
    keras.backend.clear_session()
    return getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(height, width, 3))


def operations(model: Any) -> Iterator[tuple[Any, int, str, list[int]]]:
    """Yield each operation of a model, those inside a Sequential one by one: with its place, name and sources."""
    ends: dict[int, int] = {}
    count = 0
    positions = {id(layer): at for at, layer in enumerate(model.layers)}
    for operation in model.operations:
        at = positions.get(id(operation), -1)
        taken = [ends[id(tensor._keras_history.operation)] for tensor in _given(operation)]
        inner = operation.layers if isinstance(operation, keras.Sequential) else [operation]
        for layer in inner:
            yield layer, at, operation.name, taken
            taken = [count]
            count += 1
        ends[id(operation)] = count - 1


def _given(operation: Any) -> list[Any]:
    return list(operation._inbound_nodes[0].input_tensors)


def _slide(config: dict[str, Any]) -> list[int]:
    kernel = config.get("kernel_size") or config["pool_size"]
    dilation = config.get("dilation_rate", (1, 1))
    return [*kernel, *config["strides"], *dilation, int(config["padding"] == "same")]


def node(layer: Any, at: int, name: str, sources: list[int]) -> list[Any]:
    """Return one layer as `guiapp.core.layers.backbones` reads it."""
    kind = type(layer).__name__
    config = layer.get_config() if isinstance(layer, keras.layers.Layer) else {}
    does, numbers = "keep", []
    if kind in SLIDING:
        does, numbers = "slide", _slide(config)
    elif kind in {"ZeroPadding2D", "Cropping2D"}:
        does = "pad" if kind == "ZeroPadding2D" else "crop"
        numbers = [n for pair in config["padding" if kind == "ZeroPadding2D" else "cropping"] for n in pair]
    elif kind == "GlobalAveragePooling2D":
        does, numbers = "whole", [int(config["keepdims"])]
    elif kind == "Reshape":
        does = "place"
        assert tuple(config["target_shape"][:2]) == (1, 1), config
    else:
        assert kind in (*KEPT, "InputLayer"), kind
    inside = "" if layer.name == name else f"{layer.name}/"
    held = getattr(layer, "weights", [])
    weights = [[f"{name}/{inside}{w.name}", list(w.shape), int(w.trainable)] for w in held]
    output = layer.output if isinstance(layer, keras.layers.InputLayer) else layer._inbound_nodes[-1].outputs[0]
    return [name, at, does, sources, output.shape[-1], numbers, weights, int(kind == "BatchNormalization")]


def nodes(model: Any) -> list[list[Any]]:
    """Return all layers of a model."""
    return [node(*found) for found in operations(model)]


def merged(found: list[list[list[Any]]]) -> list[list[Any]]:
    """Return the nodes of one backbone, where images of several sizes gave `found`."""
    out = []
    for seen in zip(*found, strict=True):
        one = seen[0]
        assert all(other[:5] == one[:5] and other[6:] == one[6:] for other in seen), seen
        paddings = {tuple(other[5]) for other in seen}
        if len(paddings) > 1:
            half = max(max(padding) for padding in paddings)
            assert one[2] == "pad" and paddings == {(half,) * 4, (half - 1, half) * 2}, seen
            one = [*one[:2], "even", *one[3:5], [half], *one[6:]]
        out.append(one)
    return out


def weight_files(name: str) -> dict[str, str]:
    """Return the names of the files that keras.applications would fetch, without fetching any."""
    from keras.src.utils import file_utils

    class Asked(Exception):
        pass

    def asked(fname: str, *_: Any, **__: Any) -> str:
        raise Asked(fname)

    found = {}
    kept, file_utils.get_file = file_utils.get_file, asked
    try:
        for side in (224, *((128, 160, 192) if name in {"MobileNet", "MobileNetV2"} else ())):
            try:
                getattr(keras.applications, name)(include_top=False, weights="imagenet", input_shape=(side, side, 3))
            except Asked as exc:
                found["" if side == 224 else str(side)] = str(exc)
    finally:
        file_utils.get_file = kept
    return found


def least(name: str) -> int:
    """Return the least size of images that Keras takes."""
    for side in (32, 71, 75):
        try:
            built(name, side, side)
        except ValueError:
            continue
        return side
    raise AssertionError(name)


def write(name: str) -> None:
    """Write the file of one backbone."""
    sizes = (*SIZES, 259) if name.startswith("NASNet") else SIZES
    value = {
        "nodes": merged([nodes(built(name, size, size)) for size in sizes]),
        "mode": mode(name),
        "least": least(name),
        "files": weight_files(name),
    }
    text = json.dumps(value, separators=(",", ":")).encode()
    (backbones.folder() / f"{name}.json.gz").write_bytes(gzip.compress(text, 9, mtime=0))


def check(name: str) -> str:
    """Hold what was written of a backbone against Keras, and return what it is in words."""
    known = backbones.load(name)
    for size in CHECKED:
        height = size or known.least
        width = height + 13
        model = built(name, height, width)
        walked = backbones.walk(name, (height, width, 3))
        found = [layer for layer, *_ in operations(model)]
        shapes = [tuple(_output(layer).shape[1:]) for layer in found]
        assert shapes == list(walked.shapes), (name, height)
        held = [(w.shape, w.trainable) for one in known.nodes for w in one.weights]
        assert [(tuple(w.shape), bool(w.trainable)) for w in model.weights] == held, name
        labels = [w.name for one in known.nodes for w in one.weights]
        assert len(set(labels)) == len(labels), name
        for one in known.nodes:
            assert one.at < 0 or model.layers[one.at].name == one.name, one
    parameters = sum(w.size for one in known.nodes for w in one.weights)
    return f"{name}: {len(known.nodes)} layers, {parameters:,} parameters, from {known.least} px, {known.files['']}"


def _output(layer: Any) -> Any:
    return layer.output if isinstance(layer, keras.layers.InputLayer) else layer._inbound_nodes[-1].outputs[0]


def main() -> None:
    """Write and check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--check", action="store_true")
    asked = parser.parse_args()
    for name in asked.names or names():
        if not asked.check:
            write(name)
        print(check(name), flush=True)


if __name__ == "__main__":
    main()
