"""A network that others trained on millions of images, as one layer: what it learnt to see is used again."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from guiapp.core.layers import backbones, pixels
from guiapp.core.layers.backbones import Backbone, BackboneName, Node
from guiapp.core.layers.base import (
    WHOLE,
    Layer,
    Problem,
    Repair,
    Shape,
    ShapeError,
    View,
    Weight,
    Window,
    field,
    volume,
)

Source = Literal["ImageNet", "file", "random"]
Trained = Literal["frozen", "from layer", "all"]
Pooling = Literal["none", "average", "maximum"]

POOLING: dict[str, str | None] = {"none": None, "average": "avg", "maximum": "max"}
"""What Keras calls them."""

COLOURS = 3
NAMELESS = ("EfficientNetV2",)
"""Keras looks their plan up by the name, so that they are given theirs afterwards."""

CHOOSE = Repair("Choose a file…", fields={"weights_from": "file"}, focus="file")
RANDOM = Repair("Begin at random", fields={"weights_from": "random"})


class Pretrained(Layer):
    """A backbone of keras.applications without its top."""

    title: ClassVar[str] = "Pretrained"
    family: ClassVar[str] = "Pretrained"
    icon: ClassVar[str] = "pretrained"
    order: ClassVar[int] = 90
    words: ClassVar[str] = (
        "pretrained backbone transfer learning imagenet fine-tune frozen vgg resnet mobilenet efficientnet densenet "
        "inception xception convnext nasnet keras applications"
    )
    help: ClassVar[str] = (
        "A known network as one layer, with what it learnt from millions of photographs. With little data, keep it "
        "frozen and train only a dense layer after it; then train its last part too, at a learning rate a hundred "
        "times smaller. It prepares the pixels itself: the Input's scaling must be “none”."
    )

    backbone: BackboneName = field(
        "MobileNetV2",
        "Network",
        "Which network it is. MobileNetV2 and EfficientNetB0 are small and quick; ResNet50 is the usual middle; the "
        "large ones need a GPU.",
    )
    weights_from: Source = field(
        "ImageNet",
        "Weights",
        "Where its weights come from when a training begins: ImageNet's from the folder in which Keras keeps them, "
        "a file, or chance. Nothing is ever fetched from the internet.",
    )
    file: str = field(
        "",
        "File",
        "The file of weights: .h5, .weights.h5 or .keras, of this very network without its top.",
        when="weights_from=file",
        file="Weights (*.h5 *.keras);;All files (*)",
        max_length=4096,
    )
    trained: Trained = field(
        "frozen",
        "Trained",
        "“frozen” keeps all its weights as they are; “from layer” trains it from one of its layers on; “all” trains "
        "everything. With little data begin with frozen.",
    )
    first: str = field(
        "",
        "First trained",
        "Its first layer that is trained; all before it stays as it is. Type a part of the name, or open the list.",
        when="trained=from layer",
        options="layer_names",
        max_length=200,
    )
    keep_norms: bool = field(
        True,
        "Keep batch norms",
        "Its batch norms go on using the means and deviations that they learnt, and are not trained: those of small "
        "batches would spoil the rest. Take this off where it begins at random.",
        when="trained=from layer|all",
    )
    pooling: Pooling = field(
        "none",
        "Pooling",
        "What it gives: its last volume, or a vector with the average or the maximum of each of its feature maps.",
    )

    @property
    def known(self) -> Backbone:
        """What the program knows of the backbone."""
        return backbones.load(self.backbone)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """The names of its layers, in order, but for the image that it begins with."""
        return tuple(self.known.positions)[1:]

    @property
    def begin(self) -> int:
        """The position, among the `layers` of the Keras model, of the first one that is trained."""
        if self.trained == "all":
            return 0
        none = len(self.known.nodes)
        return self.known.positions.get(self.first, none) if self.trained == "from layer" else none

    @property
    def last_stage(self) -> str:
        """The first layer of its last part, after the picture was halved for the last time: where one begins."""
        known = self.known
        side = max(known.least, 224)
        views = backbones.walk(self.backbone, (side, side, COLOURS)).views
        held = [(node, view.jump) for node, view in zip(known.nodes, views, strict=True) if node.weights]
        widest = max(jump for node, jump in held if node.channels > 1 and math.isfinite(jump[0]))
        return next(node.name for node, jump in held if jump == widest)

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (H', W', C') of its last volume, or (C',) where it pools."""
        height, width, channels = volume(inputs, f"{self.backbone}")
        if channels != COLOURS:
            raise ShapeError(
                f"{self.backbone} needs images of 3 channels (red, green, blue), but gets {channels}; set the Input's "
                "channels to 3",
                repair=Repair(
                    "Insert a 1×1 convolution to 3 channels",
                    insert_before="Conv2D",
                    insert_fields={"filters": COLOURS, "kernel": (1, 1), "activation": "linear"},
                ),
            )
        least = self.known.least
        if min(height, width) < least:
            wanted = {"height": max(height, least), "width": max(width, least)}
            raise ShapeError(
                f"{self.backbone} needs images of at least {least}×{least}, but gets {height}×{width}; make the Input "
                "larger",
                repair=Repair(
                    f"Insert a Resizing to {wanted['height']}×{wanted['width']}",
                    insert_before="Resizing",
                    insert_fields=wanted,
                ),
            )
        last = self._walked(inputs).shapes[-1]
        return last if self.pooling == "none" else last[-1:]

    def _walked(self, inputs: Sequence[Shape]) -> backbones.Walked:
        height, width, channels = inputs[0]
        return backbones.walk(self.backbone, (height, width, channels))

    def _trains(self, node: Node) -> bool:
        return node.at >= self.begin and not (node.norm and self.keep_norms)

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The arrays of all its layers, each led by its layer's name."""
        return tuple(
            weight if self._trains(node) or not weight.trainable else Weight(weight.name, weight.shape, False)
            for node in self.known.nodes
            for weight in node.weights
        )

    def still(self) -> frozenset[str]:
        """Names of the weights that are after a training what they were before it."""
        return frozenset(
            weight.name
            for node in self.known.nodes
            for weight in node.weights
            if not self._trains(node) or not (weight.trainable or node.norm)
        )

    def macs(self, inputs: Sequence[Shape]) -> int:
        """The sum over its layers."""
        return self._walked(inputs).macs

    def numbers(self, inputs: Sequence[Shape]) -> int:
        """What all its layers give out together."""
        return self._walked(inputs).numbers + self._pooled(inputs)

    def kept(self, inputs: Sequence[Shape]) -> int:
        """Return how many of `numbers` are kept to work out gradients: those from the first trained layer on."""
        nodes = self.known.nodes
        begin = next((at for at, node in enumerate(nodes) if node.weights and self._trains(node)), None)
        return 0 if begin is None else self._walked(inputs).later[begin] + self._pooled(inputs)

    def largest(self, inputs: Sequence[Shape]) -> int:
        """Return how many numbers the largest of its layers gives out."""
        return max(math.prod(shape) for shape in self._walked(inputs).shapes[1:])

    def _pooled(self, inputs: Sequence[Shape]) -> int:
        return 0 if self.pooling == "none" else math.prod(self.output_shape(inputs))

    def window(self, inputs: Sequence[Shape]) -> Window:
        """How much of its input one number looks at, and how far that moves."""
        view = self._walked(inputs).views[-1]
        return view.size, view.jump

    def view(self, views: Sequence[View], inputs: Sequence[Shape]) -> View:
        """The view of its last layer; all of the image where it pools, or gates its channels by all of it."""
        if self.pooling != "none" or math.isinf(self._walked(inputs).views[-1].size[0]):
            return WHOLE
        return super().view(views, inputs)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """The sizes before and after, and how much is inside."""
        walked = self._walked(inputs)
        height, width, channels = walked.shapes[-1]
        steps = round(math.log2(max(walked.views[-1].jump)))
        text = (
            f"{inputs[0][0]}×{inputs[0][1]}, halved {steps} times = {height}×{width}, {channels:,} channels; "
            f"{len(self.known.layers):,} layers with weights inside"
        )
        return text if self.pooling == "none" else f"{text}; the {self.pooling} of each channel = {channels:,}"

    def check(self, inputs: Sequence[Shape]) -> tuple[Problem, ...]:
        """What is missing, and what is legal but would learn nothing."""
        found = (self._no_file(), self._no_first(), self._never_learns(), self._norms_never_learn())
        return tuple(problem for problem in found if problem is not None)

    def _no_file(self) -> Problem | None:
        if self.weights_from != "file" or self.file.strip():
            return None
        text = "takes its weights from a file, but none is named; name one, or begin at random"
        return Problem(self.name, text, "file", repair=RANDOM, others=(CHOOSE,))

    def _no_first(self) -> Problem | None:
        if self.trained != "from layer" or self.first in self.known.positions:
            return None
        stage = self.last_stage
        repairs = [Repair(f"Train from {stage} on", fields={"first": stage})]
        if not self.first:
            text = f"is trained from one of its layers on, but none is named; the last part begins with “{stage}”"
        else:
            text = f"{self.backbone} has no layer “{self.first}”; its last part begins with “{stage}”"
            near = difflib.get_close_matches(self.first, self.known.layers, 3)
            repairs.extend(Repair(f"Train from {name} on", fields={"first": name}) for name in near if name != stage)
        return Problem(self.name, text, "first", repair=repairs[0], others=tuple(repairs[1:]))

    def _never_learns(self) -> Problem | None:
        if self.weights_from != "random" or self.trained == "all":
            return None
        text = "begins at random, but is not trained as a whole: what is frozen sees nothing; train all of it"
        repair = Repair("Train all of it", fields={"trained": "all", "keep_norms": False})
        return Problem(self.name, text, "trained", "warning", repair)

    def _norms_never_learn(self) -> Problem | None:
        norms = any(node.norm for node in self.known.nodes)
        if self.weights_from != "random" or self.trained != "all" or not self.keep_norms or not norms:
            return None
        text = "begins at random, but its batch norms are kept as they are, so that they do nothing; train them too"
        return Problem(
            self.name, text, "keep_norms", "warning", Repair("Train the batch norms too", fields={"keep_norms": False})
        )

    def build(self, keras: Any, x: Any) -> Any:
        """Prepare the pixels, and apply the Keras model of the backbone, whose weights begin at random.

        The layer that prepares the pixels is called ``NAME_scaling``. ImageNet's weights and those of files are set
        by the engine when a training begins, and only then.
        """
        shape = tuple(x.shape[1:])
        x = self._prepared(keras, x)
        named = {} if self.backbone.startswith(NAMELESS) else {"name": self.name}
        model = getattr(keras.applications, self.backbone)(
            include_top=False, weights=None, input_shape=shape, pooling=POOLING[self.pooling], **named
        )
        if not named:
            model.name = self.name
        self.freeze(model)
        return model(x)

    def _prepared(self, keras: Any, x: Any) -> Any:
        learnt = self.weights_from != "random"
        mode = self.known.mode if learnt or self.known.mode != "sqrt" else ""
        return pixels.prepared(keras, x, mode, f"{self.name}_scaling")

    def freeze(self, model: Any) -> None:
        """Set which layers of the backbone's Keras model are trained; what is not drops nothing out either."""
        begin = self.begin
        for at, layer in enumerate(getattr(model, "layers", ())):
            norm = type(layer).__name__ == "BatchNormalization"
            layer.trainable = at >= begin and not (norm and self.keep_norms)
            if at < begin and hasattr(layer, "rate"):
                layer.rate = 0.0
