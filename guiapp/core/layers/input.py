"""Where images come in: their size, their colours, and how their numbers are scaled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from guiapp.core.layers.base import Layer, Shape, Weight, field

Scaling = Literal["1/255", "mean image", "per channel", "none"]
Fit = Literal["stretch", "pad", "crop"]
MAX_SIDE = 4096


class Input(Layer):
    """Images of one size, as (height, width, channels)."""

    title: ClassVar[str] = "Input"
    family: ClassVar[str] = "Input"
    icon: ClassVar[str] = "input"
    order: ClassVar[int] = 0
    words: ClassVar[str] = "image size channels scaling"
    max_inputs: ClassVar[int] = 0
    help: ClassVar[str] = (
        "Every image is brought to this size and these colours before the network sees it, in training and in "
        "prediction alike. Larger images show more detail and cost more time."
    )

    height: int = field(64, "Height", "Height of the image that the network sees.", unit="px", ge=1, le=MAX_SIDE)
    width: int = field(64, "Width", "Width of the image that the network sees.", unit="px", ge=1, le=MAX_SIDE)
    channels: Literal[1, 3] = field(3, "Channels", "3 for colour (red, green, blue), 1 for grey.")
    fit: Fit = field(
        "stretch",
        "Fit",
        "How images of another shape are fitted: stretched, padded with black borders, or cropped to the centre.",
    )
    scaling: Scaling = field(
        "1/255",
        "Scaling",
        "“1/255” brings pixels to 0…1. “mean image” subtracts the mean of the training images; “per channel” also "
        "divides by their standard deviation. What is measured is stored in the model.",
    )

    def output_shape(self, inputs: Sequence[Shape]) -> Shape:
        """Return (height, width, channels)."""
        return self.height, self.width, self.channels

    def weights(self, inputs: Sequence[Shape]) -> tuple[Weight, ...]:
        """The measured mean and variance (with Keras' own counter), where the scaling needs them."""
        if self.scaling == "mean image":
            shape: Shape = (self.height, self.width, self.channels)
        elif self.scaling == "per channel":
            shape = (self.channels,)
        else:
            return ()
        return Weight("mean", shape, False), Weight("variance", shape, False), Weight("count", (), False)

    def formula(self, inputs: Sequence[Shape]) -> str:
        """What is done to each pixel p."""
        return {
            "1/255": "p / 255",
            "mean image": "p − mean image of the training split",
            "per channel": "(p − mean) / σ, for each channel of the training split",
            "none": "p, as it is (0…255)",
        }[self.scaling]

    def build(self, keras: Any, x: Any) -> Any:
        """Scale the images; the layer that does it is called ``NAME_scaling``."""
        name = f"{self.name}_scaling"
        match self.scaling:
            case "1/255":
                return keras.layers.Rescaling(1 / 255, name=name)(x)
            case "mean image":
                return keras.layers.Normalization(axis=(1, 2, 3), name=name)(x)
            case "per channel":
                return keras.layers.Normalization(axis=-1, name=name)(x)
        return x
