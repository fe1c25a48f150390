"""The part of an exported script that reads its images by the list of the run, which is written beside it."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

from guiapp.core.augmentation import Augmentation
from guiapp.core.dataset_settings import Balance
from guiapp.core.notify import UserError
from guiapp.core.runs import ListedImage, RunReader
from guiapp.data import opening
from guiapp.data.headers import is_image_name
from guiapp.data.work import Cancel, Progress, never, no_progress
from guiapp.engine.script_images import DRAWN, Parts, Reading, woven

SUFFIX = ".csv"
COLUMNS = ("path", "class", "split")
SIDES = ("left", "top", "right", "bottom")
WRITTEN_BY = '"""A convolutional network, written by Convnet Studio.'
"""How every exported script begins."""

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class ScriptList:
    """The images that a script reads.

    Attributes
    ----------
    images : tuple of ListedImage
        The run's list, in the order of training.
    boxes : dict, optional
        The part of an image that is used, by its path: left, top, right, bottom. None where images are used whole.
    lost : bool
        Whether only parts of the images were used, but the dataset is not there any more to say which.
    """

    images: tuple[ListedImage, ...]
    boxes: dict[str, Box] | None = None
    lost: bool = False

    @property
    def stored(self) -> bool:
        """Whether the images lie in arrays, and not in files of their own."""
        return not any(is_image_name(image.path) for image in self.images)


def list_of(run: Path | str, progress: Progress = no_progress, cancel: Cancel = never) -> ScriptList | None:
    """Return the images that a run was trained on, or None for a run of an older version, which has no list.

    Only where parts of the images were used, the dataset itself is opened, to say which.

    Raises
    ------
    UserError
        When the list is damaged.
    Cancelled
        Once `cancel` answers True.
    """
    reader = RunReader(run)
    images, settings = reader.images(), reader.project().dataset
    if images is None:
        return None
    if settings is None or not settings.options.get("crop"):
        return ScriptList(tuple(images))
    try:
        dataset = opening.open_settings(settings, progress, cancel)
    except UserError:
        return ScriptList(tuple(images), lost=True)
    if dataset.boxes is None:
        return ScriptList(tuple(images))
    cut = zip(dataset.paths, dataset.boxes.tolist(), strict=True)
    return ScriptList(tuple(images), {path: tuple(box) for path, box in cut if any(box)})


def write_list(path: Path, listed: ScriptList) -> None:
    """Write the list as a table that a script and a person can read: CSV in UTF-8."""
    # Names that are no text are kept as the system gives them.
    with path.open("w", encoding="utf-8", errors=sys.getfilesystemencodeerrors(), newline="") as file:
        out = csv.writer(file)
        if listed.boxes is None:
            out.writerow(COLUMNS)
            out.writerows(listed.images)
            return
        out.writerow((*COLUMNS, *SIDES))
        whole = ("",) * len(SIDES)
        out.writerows((*image, *listed.boxes.get(image.path, whole)) for image in listed.images)


def place_of_list(script: Path) -> Path:
    """Return where the list of a script lies: beside it, under the same name.

    Raises
    ------
    UserError
        When something else is there, which an export must not replace.
    """
    place = script.with_suffix(SUFFIX)
    if script.suffix.lower() == SUFFIX:
        what = "is what the list of the images beside the script is called"
        raise UserError(what, where=script, mend="Choose a name that ends in .py")
    if place.exists() and not _exported(script, place):
        what = "is there already, and is no list of images of an earlier export"
        raise UserError(what, where=place, mend="Choose another name for the script, or move that file")
    return place


def _exported(script: Path, place: Path) -> bool:
    """Whether a list and the script beside it were written by an earlier export."""
    heads = {f"{','.join(columns)}\r\n".encode() for columns in (COLUMNS, (*COLUMNS, *SIDES))}
    try:
        with place.open("rb") as first, script.open("rb") as second:
            ours = WRITTEN_BY.encode()
            return first.readline(200) in heads and second.read(len(ours)) == ours
    except OSError:
        return False


def listed_parts(reading: Reading, balance: Balance, augmentation: Augmentation, listed: ScriptList) -> Parts:
    """Return the pieces of a script that reads the images of a list."""
    functions = [_READ, _LISTED, _BALANCED if balance == "balanced sampling" else _PLAIN]
    functions += [DRAWN] * (balance == "balanced sampling") + [_WEIGHTS] * (balance == "class weights")
    height, width, _ = reading.shape
    boxed = listed.boxes is not None
    text = "\n\n".join(functions).format(
        shape=reading.shape,
        fitted=_FITTED[reading.fit].format(size=(width, height)),
        grey='.convert("L")' if reading.shape[2] == 1 else "",
        box=", box=None" if boxed else "",
        box_words=_BOX_WORDS if boxed else "",
        cut=_CUT if boxed else "",
        box_of=_BOX_OF if boxed else "",
        box_given=", box_of(line)" if boxed else "",
        name="f\"{line['path']}.png\"" if listed.stored else 'line["path"]',
    )
    pieces = Parts(
        imports="import tensorflow as tf\nfrom PIL import Image, ImageOps\n",
        functions=text,
        training="training",
        measured="training",
        more=", class_weight=class_weights(folder)" if balance == "class weights" else "",
        usage=_USAGE,
        notes=_NOTES + _STORED * listed.stored + _LOST * listed.lost + "Needs only Keras 3, TensorFlow and Pillow: "
        "pip install tensorflow pillow",
        constants='LIST = Path(__file__).with_suffix(".csv")\n',
        splits="training, validation, test",
        tested=_TESTED,
        loaded="images = read(path)[None]",
    )
    return woven(pieces, reading, balance, augmentation)


_USAGE = "train it on the images that THIS.csv lists; their paths begin in FOLDER"

_NOTES = """\
THIS.csv lies beside this script and has the same name. It says of each image which class it has, and what it is
for: train, validation, test, or not used. The images, classes and splits are as Convnet Studio has them.
"""

_STORED = """
The images lie in arrays and not in files of their own. Before training, write each as a PNG named after its path in
THIS.csv, with .png behind: NAME#0.png is the first image of the file or array NAME, NAME#1.png the second. With
`images` of values from 0 to 255 and the shape (N, height, width, channels), that is

    for number, image in enumerate(images):
        keras.utils.save_img(f"FOLDER/NAME#{number}.png", image, scale=False)

"""

_LOST = """
Convnet Studio trained on parts of the images, but the images were not there any more when this script was written: the
boxes of these parts are not in THIS.csv, and each image is used whole.

"""

_TESTED = """
    if test is not None:
        print("On the test images:", model.evaluate(test, verbose=0, return_dict=True))"""

_FITTED = {
    "stretch": "image.resize({size!r}, Image.Resampling.BILINEAR)",
    "pad": 'ImageOps.pad(image, {size!r}, Image.Resampling.BILINEAR, color="black")',
    "crop": "ImageOps.fit(image, {size!r}, Image.Resampling.BILINEAR)",
}

_READ = '''def read(path{box}):
    """Return an image as the network takes it: numbers of 0...255.{box_words}"""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)  # upright, however the camera was held
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) >> 8).astype("uint8"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB"){grey}
{cut}    image = {fitted}
    return np.asarray(image, "float32").reshape({shape!r})
{box_of}'''

_BOX_WORDS = " Of `box`, if there is one, only what is inside it."

_CUT = """\
    if box:
        left, top, right, bottom = box
        right, bottom = min(right, image.width), min(bottom, image.height)
        if left < right and top < bottom:
            image = image.crop((left, top, right, bottom))
"""

_BOX_OF = '''

def box_of(line):
    """Return the part of an image that is used, or None for all of it."""
    sides = [line[side] for side in ("left", "top", "right", "bottom")]
    return [max(0, int(side)) for side in sides] if all(sides) else None
'''

_LISTED = '''def listed(folder):
    """Return the lines of LIST for training, validation and test; stop where an image is not in the folder."""
    splits = {{"train": [], "validation": [], "test": []}}
    # Names that are no text are kept as the system gives them.
    with LIST.open(encoding="utf-8", errors=sys.getfilesystemencodeerrors(), newline="") as file:
        for line in csv.DictReader(file):
            if line["split"] in splits:
                line["path"] = Path(folder, {name})
                splits[line["split"]].append(line)
    paths = [line["path"] for lines in splits.values() for line in lines]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        sys.exit(f"{{len(missing)}} of {{len(paths)}} images are not there, for example {{missing[0]}}")
    return splits.values()


def images_of(lines, shuffled=False):
    """Return images and the numbers of their classes, one by one; each is read when it is needed."""
    labels = [CLASSES.index(line["class"]) for line in lines]
    numbers = tf.data.Dataset.from_tensor_slices((list(range(len(lines))), labels))
    if shuffled:
        numbers = numbers.shuffle(len(lines))

    def load(number):
        line = lines[number]
        return read(line["path"]{box_given})

    def with_label(number, label):
        return tf.ensure_shape(tf.numpy_function(load, [number], tf.float32), {shape!r}), label

    return numbers.map(with_label, tf.data.AUTOTUNE)


def batches(lines, shuffled=False):
    """Return batches of images and labels, or None where there are no images."""
    return images_of(lines, shuffled).batch(BATCH).prefetch(tf.data.AUTOTUNE) if lines else None
'''

_PLAIN = '''def images_in(folder):
    """Return the images for training, which come shuffled, for validation and for the test."""
    training, validation, test = listed(folder)
    return batches(training, shuffled=True), batches(validation), batches(test)
'''

_BALANCED = '''def images_in(folder):
    """Return the training images of each class, which come shuffled, and the images for validation and the test."""
    training, validation, test = listed(folder)
    classes = [[line for line in training if line["class"] == name] for name in CLASSES]
    return [images_of(lines, shuffled=True) for lines in classes if lines], batches(validation), batches(test)
'''

_WEIGHTS = '''def class_weights(folder):
    """Return how much an image of each class counts: images / (classes * images of the class)."""
    training, _, _ = listed(folder)
    counts = Counter(line["class"] for line in training)
    return {{CLASSES.index(name): len(training) / (len(counts) * count) for name, count in counts.items()}}
'''
