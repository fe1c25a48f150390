"""The backbones of keras.applications without Keras: their layers reduced to what the arithmetic needs.

Each is a file in resources/backbones, written by packaging/backbones.py.
"""

from __future__ import annotations

import functools
import gzip
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from guiapp.core import files
from guiapp.core.layers.base import WHOLE, Shape, View, Weight
from guiapp.core.layers.parts import window_length

BackboneName = Literal[
    "VGG16", "VGG19",
    "ResNet50", "ResNet101", "ResNet152", "ResNet50V2", "ResNet101V2", "ResNet152V2",
    "InceptionV3", "InceptionResNetV2", "Xception",
    "MobileNet", "MobileNetV2", "MobileNetV3Small", "MobileNetV3Large",
    "DenseNet121", "DenseNet169", "DenseNet201",
    "NASNetMobile", "NASNetLarge",
    "EfficientNetB0", "EfficientNetB1", "EfficientNetB2", "EfficientNetB3",
    "EfficientNetB4", "EfficientNetB5", "EfficientNetB6", "EfficientNetB7",
    "EfficientNetV2B0", "EfficientNetV2B1", "EfficientNetV2B2", "EfficientNetV2B3",
    "EfficientNetV2S", "EfficientNetV2M", "EfficientNetV2L",
    "ConvNeXtTiny", "ConvNeXtSmall", "ConvNeXtBase", "ConvNeXtLarge", "ConvNeXtXLarge",
]  # fmt: skip
Mode = Literal["tf", "caffe", "torch", "sqrt", ""]
"""How pixels are prepared before it: as in keras.applications, ``"sqrt"`` for EfficientNet, empty where it does itself.

EfficientNet's own scaling divides by √σ, and keras.applications by √σ once more, but only with the ImageNet weights.
"""


@dataclass(frozen=True)
class Node:
    """One layer of a backbone.

    Attributes
    ----------
    name : str
        Its name in Keras, where Keras has built nothing before.
    at : int
        Its position among the backbone's `layers` in Keras; -1 where it is no layer there.
    kind : str
        What it does to height and width: ``"keep"``, ``"slide"``, ``"pad"``, ``"even"`` (pads so that a stride of 2
        ends at the border), ``"crop"``, ``"whole"`` (looks at everything) or ``"place"`` (a vector as one place).
    sources : tuple of int
        Positions of the nodes that feed it.
    channels : int
        How many channels it gives.
    numbers : tuple of int
        Of ``"slide"`` kernel, stride and dilation, each (height, width), and 1 where it pads; of ``"pad"`` and
        ``"crop"`` top, bottom, left, right; of ``"even"`` half the kernel; of ``"whole"`` 1 where it keeps one place.
    weights : tuple of Weight
        What it holds.
    norm : bool
        Whether it is a batch norm.
    """

    name: str
    at: int
    kind: str
    sources: tuple[int, ...]
    channels: int
    numbers: tuple[int, ...] = ()
    weights: tuple[Weight, ...] = ()
    norm: bool = False


@dataclass(frozen=True)
class Backbone:
    """A backbone as its file describes it.

    Attributes
    ----------
    name : str
        Its name in `keras.applications`.
    nodes : tuple of Node
        Its layers; the first is the image, the last gives what the backbone gives.
    mode : str
        How pixels are prepared before it.
    least : int
        The least height and width that it takes.
    files : Mapping[str, str]
        The names of its ImageNet weights in Keras' cache: by the size of the images where there is one for it, and
        otherwise under ``""``.
    """

    name: str
    nodes: tuple[Node, ...]
    mode: Mode
    least: int
    files: Mapping[str, str]

    @functools.cached_property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that hold weights, in order."""
        return tuple(dict.fromkeys(node.name for node in self.nodes if node.weights and node.at >= 0))

    @functools.cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each layer is among the backbone's `layers` in Keras, by its name."""
        return {node.name: node.at for node in self.nodes if node.at >= 0}

    def file_for(self, side: int) -> str:
        """Return the name of its ImageNet weights for images of this size."""
        return self.files.get(str(side), self.files[""])


@dataclass(frozen=True)
class Walked:
    """What the nodes of a backbone give for images of one size, each in the place of its node."""

    shapes: tuple[Shape, ...]
    views: tuple[View, ...]
    macs: int
    numbers: int
    later: tuple[int, ...] = field(repr=False)
    """How many numbers the nodes from each one on give out."""


def folder() -> Any:
    """Where the files are."""
    return files.resources_dir() / "backbones"


@functools.cache
def names() -> tuple[str, ...]:
    """Names of all backbones that there are files of."""
    return tuple(sorted(path.name.removesuffix(".json.gz") for path in folder().glob("*.json.gz")))


@functools.cache
def load(name: str) -> Backbone:
    """Return the backbone called `name`."""
    value = json.loads(gzip.decompress((folder() / f"{name}.json.gz").read_bytes()))
    nodes = tuple(_node(row) for row in value["nodes"])
    return Backbone(name, nodes, value["mode"], value["least"], value["files"])


def _node(row: Sequence[Any]) -> Node:
    name, at, kind, sources, channels, numbers, weights, norm = row
    held = tuple(Weight(label, tuple(shape), bool(trainable)) for label, shape, trainable in weights)
    return Node(name, at, kind, tuple(sources), channels, tuple(numbers), held, bool(norm))


@functools.lru_cache(maxsize=64)
def walk(name: str, shape: tuple[int, int, int]) -> Walked:
    """Return what every node of a backbone gives for images of `shape`; sizes of 0 or less where they do not fit."""
    nodes = load(name).nodes
    shapes: list[Shape] = [shape]
    views: list[View] = [View()]
    macs = 0
    for node in nodes[1:]:
        given = [shapes[source] for source in node.sources]
        height, width = _places(node, given)
        shapes.append((node.channels,) if height == 0 == width else (height, width, node.channels))
        views.append(_view(node, given, [views[source] for source in node.sources]))
        places = math.prod(shapes[-1][:-1])
        macs += places * sum(math.prod(weight.shape) for weight in node.weights if len(weight.shape) > 1)
    given_out = [math.prod(found) for found in shapes]
    given_out[0] = 0
    later = [sum(given_out[at:]) for at in range(len(given_out))]
    return Walked(tuple(shapes), tuple(views), macs, later[0], tuple(later))


def _places(node: Node, given: Sequence[Shape]) -> tuple[int, int]:
    """Return the height and width that a node gives; 0 and 0 for a vector."""
    tall = [shape for shape in given if len(shape) == 3]
    height, width = (max(shape[i] for shape in tall) for i in (0, 1)) if tall else (0, 0)
    top, bottom, left, right = (*node.numbers, 0, 0, 0, 0)[:4]
    match node.kind:
        case "slide":
            return _slid(node.numbers, height, 0), _slid(node.numbers, width, 1)
        case "pad":
            return height + top + bottom, width + left + right
        case "even":
            return height + 2 * top - (1 - height % 2), width + 2 * top - (1 - width % 2)
        case "crop":
            return height - top - bottom, width - left - right
        case "whole":
            return (1, 1) if top else (0, 0)
    return (1, 1) if node.kind == "place" else (height, width)


def _slid(numbers: Sequence[int], side: int, i: int) -> int:
    return window_length(side, numbers[i], numbers[2 + i], "same" if numbers[6] else "valid", numbers[4 + i])


def _view(node: Node, given: Sequence[Shape], views: Sequence[View]) -> View:
    """Return how much of the image one number of a node depends on."""
    if node.kind == "whole":
        return WHOLE
    # What comes as one number a channel is laid over all places: the places are those of the largest input.
    jump = max(zip(given, views, strict=True), key=lambda pair: math.prod(pair[0][:-1]))[1].jump
    kernel, stride, dilation = (1, 1), (1, 1), (1, 1)
    if node.kind == "slide":
        kernel, stride, dilation = (
            (node.numbers[0], node.numbers[1]),
            (node.numbers[2], node.numbers[3]),
            (node.numbers[4], node.numbers[5]),
        )
    size = [max(view.size[i] for view in views) + dilation[i] * (kernel[i] - 1) * jump[i] for i in (0, 1)]
    return View((size[0], size[1]), (jump[0] * stride[0], jump[1] * stride[1]))
