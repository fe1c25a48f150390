"""How pixels of 0…255 are prepared for the backbones of keras.applications."""

from __future__ import annotations

import math
from typing import Any

from guiapp.core.layers.backbones import Mode

BYTE = 255.0
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""Of the images of ImageNet, for red, green and blue of 0…1."""

CAFFE_MEAN = (103.939, 116.779, 123.68)
"""The same of blue, green and red of 0…255."""


def prepared(keras: Any, x: Any, mode: Mode, name: str) -> Any:
    """Return the Keras tensor `x` of pixels as a backbone of this mode wants them, by a layer called `name`."""
    match mode:
        case "tf":
            return keras.layers.Rescaling(2 / BYTE, -1.0, name=name)(x)
        case "torch":
            scale = [1 / (BYTE * deviation) for deviation in DEVIATION]
            offset = [-mean / deviation for mean, deviation in zip(MEAN, DEVIATION, strict=True)]
            return keras.layers.Rescaling(scale, offset, name=name)(x)
        case "caffe":
            x = keras.ops.flip(x, axis=-1)  # blue, green, red
            return keras.layers.Rescaling(1.0, [-mean for mean in CAFFE_MEAN], name=name)(x)
        case "sqrt":
            scale = [1 / math.sqrt(deviation) for deviation in DEVIATION]
            offset = [BYTE * mean * (1 - factor) for mean, factor in zip(MEAN, scale, strict=True)]
            return keras.layers.Rescaling(scale, offset, name=name)(x)
    return x
