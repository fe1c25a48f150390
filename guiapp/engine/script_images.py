"""The part of an exported script that reads, balances and changes its images, as the project says."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace

from guiapp.core.augmentation import Augmentation
from guiapp.core.dataset_settings import Balance
from guiapp.data.images import Fit


@dataclass(frozen=True)
class Reading:
    """How the script reads images.

    Attributes
    ----------
    shape : tuple of int
        (H, W, C) of the network's images.
    fit : {"stretch", "pad", "crop"}
        How other proportions are dealt with.
    """

    shape: tuple[int, int, int]
    fit: Fit

    @property
    def argument(self) -> str:
        """What Keras is told of `fit`, with a comma before it; or nothing."""
        return {"stretch": "", "pad": ", pad_to_aspect_ratio=True", "crop": ", crop_to_aspect_ratio=True"}[self.fit]

    @property
    def colours(self) -> str:
        """What Keras calls the number of channels."""
        return "rgb" if self.shape[2] == 3 else "grayscale"


@dataclass(frozen=True)
class Parts:
    """Pieces of the script.

    Attributes
    ----------
    imports : str
        Lines after `import numpy as np`.
    functions : str
        The function that reads images, and what it needs.
    training : str
        What `fit` is given to train on.
    measured : str
        The images that the input's scaling is measured on, each once and unchanged.
    more : str
        Further arguments of `fit`.
    usage, notes : str
        For its head: what `train` does, and what there is to know beside.
    constants : str
        Lines after its classes.
    splits : str
        What `images_in` returns.
    tested : str
        Lines after `fit`.
    loaded : str
        How `predict` reads an image.
    """

    imports: str
    functions: str
    training: str
    measured: str
    more: str
    usage: str
    notes: str
    constants: str
    splits: str
    tested: str
    loaded: str


def parts(reading: Reading, balance: Balance, augmentation: Augmentation) -> Parts:
    """Return the pieces of a script that divides a folder of class folders by itself, as there is no list of images."""
    functions = [_BALANCED, DRAWN] if balance == "balanced sampling" else [_PLAIN]
    functions += [_WEIGHTS] * (balance == "class weights")
    tensorflow = augmentation.active or balance == "balanced sampling"
    size, fit = reading.shape[:2], reading.argument
    pieces = Parts(
        imports="import tensorflow as tf\n" * tensorflow,
        functions="\n\n".join(functions).format(size=size, colours=reading.colours, fit=fit),
        training="training",
        measured="training",
        more=", class_weight=class_weights(training, folder)" if balance == "class weights" else "",
        usage="train it on a folder that holds a folder of images for each class",
        notes="Needs only Keras 3, TensorFlow and Pillow: pip install tensorflow pillow",
        constants="",
        splits="training, validation",
        tested="",
        loaded=_LOADED.format(size=size, colours=reading.colours, fit=fit),
    )
    return woven(pieces, reading, balance, augmentation)


def woven(pieces: Parts, reading: Reading, balance: Balance, augmentation: Augmentation) -> Parts:
    """Return the pieces with what balanced sampling and augmentation do to the images that `fit` is given."""
    if balance == "balanced sampling":
        steps = ", steps_per_epoch=steps(training)"
        pieces = replace(pieces, training="drawn(training)", measured="whole(training)", more=steps)
    if augmentation.active:
        source = f"{pieces.functions}\n\n{augment_source(augmentation, reading.shape)}"
        pieces = replace(pieces, functions=source, training=f"{pieces.training}.map(augment, -1)")
    return pieces


def augment_source(settings: Augmentation, shape: tuple[int, int, int]) -> str:
    """Return the source of a function that changes a batch of images at random, as the program does."""
    smooth = bool(settings.rotation or settings.zoom or settings.crop)
    moves = smooth or any((settings.flip_horizontal, settings.flip_vertical, settings.shift_x, settings.shift_y))
    colours = bool(settings.saturation or settings.hue) and shape[2] == 3
    pieces = [_HEAD]
    if moves:
        pieces += [_FLIPS]
        pieces += [_SHIFT] * bool(settings.shift_x or settings.shift_y)
        pieces += [_TURN] * bool(settings.rotation or settings.zoom)
        pieces += [_CROP] * bool(settings.crop)
        pieces += [_MOVE]
    pieces += [_COLOURS] * colours
    pieces += [_CONTRAST] * bool(settings.contrast) + [_BRIGHTNESS] * bool(settings.brightness)
    pieces += [_CLIP] * (colours or bool(settings.contrast or settings.brightness))
    pieces += [_NOISE, _CLIP] * bool(settings.noise) + [_CUTOUT] * bool(settings.cutout)
    body = textwrap.indent("".join(pieces).format(**_values(settings, shape, smooth=smooth)), "    ")
    return f"{_AUGMENT}{body}    return images, labels\n"


def _values(settings: Augmentation, shape: tuple[int, int, int], *, smooth: bool) -> dict[str, object]:
    height, width, channels = shape
    return {
        **settings.model_dump(),
        "height": height,
        "width": width,
        "x": (width - 1) / 2,
        "y": (height - 1) / 2,
        "flip_x": "tf.sign(draw(-1, 1))" if settings.flip_horizontal else "1.0",
        "flip_y": "tf.sign(draw(-1, 1))" if settings.flip_vertical else "1.0",
        "radians": round(math.radians(settings.rotation), 5),
        "hue_radians": round(math.radians(settings.hue), 5),
        "interpolation": "bilinear" if smooth else "nearest",
        "fill": {"edge": "nearest", "mirror": "reflect", "black": "constant"}[settings.fill],
        "grey": "images" if channels == 1 else "images * LUMA * 3",
        "shorter": min(height, width),
    }


_LOADED = """\
loaded = keras.utils.img_to_array(keras.utils.load_img(path, color_mode={colours!r}))
        images = keras.ops.image.resize(loaded, {size!r}{fit})[None]"""

_PLAIN = '''def images_in(folder):
    """Return the training and the validation images."""
    return keras.utils.image_dataset_from_directory(
        folder, class_names=CLASSES, color_mode={colours!r}, batch_size=BATCH, image_size={size!r},
        validation_split=0.2, subset="both", seed=1{fit},
    )
'''

_WEIGHTS = '''def class_weights(training, folder):
    """Return how much an image of each class counts: images / (classes * images of the class)."""
    names = [Path(path).relative_to(folder).parts[0] for path in training.file_paths]
    counts = [names.count(name) for name in CLASSES]
    present = sum(count > 0 for count in counts)
    return {{number: len(names) / (present * count) for number, count in enumerate(counts) if count}}
'''

_BALANCED = '''def images_in(folder):
    """Return the training images of each class, and the validation images."""
    training, validation = [], []
    for number, name in enumerate(CLASSES):
        found = keras.utils.image_dataset_from_directory(
            f"{{folder}}/{{name}}", labels=None, color_mode={colours!r}, batch_size=None, image_size={size!r},
            validation_split=0.2, subset="both", seed=1{fit},
        )
        for part, images in zip((training, validation), found):
            part.append(images.map(lambda image, number=number: (image, number)))
    return training, whole(validation)
'''

DRAWN = '''def whole(classes):
    """Return the images of all classes, each once."""
    images = classes[0]
    for others in classes[1:]:
        images = images.concatenate(others)
    return images.batch(BATCH)


def drawn(classes):
    """Return images without end, from the classes in turns; each class is shuffled anew when it is through."""
    turns = tf.data.Dataset.range(len(classes)).repeat()
    return tf.data.Dataset.choose_from_datasets([images.repeat() for images in classes], turns).batch(BATCH)


def steps(classes):
    """Return how many batches an epoch has: as many images as there are."""
    return -(-sum(int(images.cardinality()) for images in classes) // BATCH)
'''

_AUGMENT = '''LUMA = (0.299, 0.587, 0.114)


def augment(images, labels):
    """Change each image at random; only ever done in training."""
'''

_HEAD = """\
images = tf.cast(images, tf.float32)
count = tf.shape(images)[0]

def draw(low, high):
    return tf.random.uniform([count], low, high)

def each(values):
    return tf.reshape(values, [-1, 1, 1, 1])

"""

_FLIPS = """\
def matrix(*values):
    return tf.reshape(tf.stack([tf.zeros([count]) + value for value in values], -1), [-1, 3, 3])

# From each place in the result back to where it comes from; what is done last is undone first.
x, y = {flip_x}, {flip_y}
back = matrix(x, 0, {x} * (1 - x), 0, y, {y} * (1 - y), 0, 0, 1)
"""

_SHIFT = """\
right, down = tf.floor(draw(-{shift_x}, {shift_x} + 1)), tf.floor(draw(-{shift_y}, {shift_y} + 1))
back -= matrix(0, 0, right, 0, 0, down, 0, 0, 0)
"""

_TURN = """\
angle, zoom = draw(-{radians}, {radians}), 1 + draw(-{zoom}, {zoom})
c, s = tf.cos(angle) / zoom, tf.sin(angle) / zoom
right, down = {x} - c * {x} - s * {y}, {y} + s * {x} - c * {y}
back = matrix(c, s, right, -s, c, down, 0, 0, 1) @ back
"""

_CROP = """\
cut = draw(0, {crop})
left, top = draw(0, 1) * cut * {width} - cut / 2, draw(0, 1) * cut * {height} - cut / 2
back = matrix(1 - cut, 0, left, 0, 1 - cut, top, 0, 0, 1) @ back
"""

_MOVE = """\
images = keras.ops.image.affine_transform(
    images, tf.reshape(back, [-1, 9])[:, :8], interpolation={interpolation!r}, fill_mode={fill!r}
)
"""

_COLOURS = """\
# Colours turn around grey, and move away from it or towards it.
angle = each(draw(-{hue_radians}, {hue_radians}))
grey = tf.reduce_sum(images * LUMA, -1, keepdims=True)
yiq = tf.constant([LUMA, (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112)])
quarter = tf.linalg.inv(yiq) @ tf.constant([(0.0, 0.0, 0.0), (0.0, 0.0, -1.0), (0.0, 1.0, 0.0)]) @ yiq
turned = tf.cos(angle) * (images - grey) + tf.sin(angle) * tf.einsum("bhwc,dc->bhwd", images, quarter)
images = grey + (1 + each(draw(-{saturation}, {saturation}))) * turned
"""

_CONTRAST = """\
grey = tf.reduce_mean({grey}, [1, 2, 3], keepdims=True)
images = grey + (1 + each(draw(-{contrast}, {contrast}))) * (images - grey)
"""

_BRIGHTNESS = """\
images += 255 * each(draw(-{brightness}, {brightness}))
"""

_CLIP = """\
images = tf.clip_by_value(images, 0, 255)
"""

_NOISE = """\
images += each(draw(0, {noise})) * tf.random.normal(tf.shape(images))
"""

_CUTOUT = """\
side = tf.round(draw(0, {cutout}) * {shorter})
left, top = tf.floor(draw(0, 1) * ({width} - side + 1)), tf.floor(draw(0, 1) * ({height} - side + 1))
left, top, side = (tf.reshape(value, [-1, 1, 1]) for value in (left, top, side))
columns, rows = tf.range({width}.0), tf.range({height}.0)[:, None]
inside = (columns >= left) & (columns < left + side) & (rows >= top) & (rows < top + side)
images = tf.where(inside[..., None], tf.reduce_mean(images, [1, 2], keepdims=True), images)
"""
