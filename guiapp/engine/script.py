"""A network as a Keras script that a person can read, change and run by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.project import Project, TrainingSettings
from guiapp.core.runs import RunReader
from guiapp.engine.build import Built
from guiapp.engine.live import LiveModel
from guiapp.engine.script_images import Parts, Reading, parts
from guiapp.engine.script_layers import body, value
from guiapp.engine.script_list import SUFFIX, WRITTEN_BY, ScriptList, listed_parts, write_list


@dataclass(frozen=True)
class Source:
    """What a script is written from.

    Attributes
    ----------
    project : Project
        Its blocks, its training and its augmentation.
    built : Built
        Its network.
    class_names : tuple of str
        In the order of the network's outputs.
    folder : str
        Where the images are, for training without being told; empty where that is not known.
    trained : bool
        Whether the network is one of a run.
    """

    project: Project
    built: Built
    class_names: tuple[str, ...]
    folder: str = ""
    trained: bool = False


def source_of(network: LiveModel) -> Source:
    """Return what the script of a run's network is written from."""
    project = RunReader(network.run).project() if network.run else Project(network=network.spec)
    return Source(project, network.built, network.class_names, trained=True)


def script(source: Source, listed: ScriptList | None = None) -> str:
    """Return a script that builds a network, trains it, and loads it again.

    Parameters
    ----------
    source : Source
        The network, and how it is trained.
    listed : ScriptList, optional
        The images, which the script reads by the list beside it; where not given, it trains on a folder that holds a
        folder of images for each class.
    """
    built, project, training = source.built, source.project, source.project.training
    first = built.spec.layers[0]
    lines, output = body(project.network, built)
    height, width, channels = built.analysis.rows[0].shape or ()
    reading = Reading((height, width, channels), getattr(first, "fit", "stretch"))
    balance = project.dataset.balance if project.dataset else "none"
    if listed is None:
        images = parts(reading, balance, project.augmentation)
    else:
        images = listed_parts(reading, balance, project.augmentation, listed)
    name = built.names[first.name]
    pretrained = _pretrained(built)
    backbones = any(layer.kind == "Pretrained" and layer.enabled for layer in built.spec.layers)
    return _TEMPLATE.format(
        classes=list(source.class_names),
        shape=reading.shape,
        begin=WRITTEN_BY,
        command="train [FOLDER]     " if source.folder else "train FOLDER       ",
        usage=images.usage,
        notes=images.notes,
        origin=_TRAINED if source.trained else _UNTRAINED,
        constants=_settings(training)
        + _folder(source.folder)
        + images.constants
        + (f"PRETRAINED = {pretrained!r}\n" if pretrained else ""),
        given="pretrained={}" if backbones else "",
        asked="PRETRAINED" if pretrained else "",
        given_words=_GIVEN if backbones else "",
        imports=_imports(images),
        images=images.functions,
        splits=images.splits,
        tested=images.tested,
        loaded=images.loaded,
        training=images.training,
        more=images.more,
        input_name=value(name),
        body=lines,
        output=output,
        optimizer=_optimizer(training),
        from_logits=not built.gives_probabilities,
        adapt=_ADAPT[getattr(first, "scaling", "none")].format(name=f"{name}_scaling", measured=images.measured),
        probabilities="model(images)" if built.gives_probabilities else "keras.ops.softmax(model(images))",
        train=_TRAIN_HERE if source.folder else _TRAIN,
    )


def _settings(training: TrainingSettings) -> str:
    return f"EPOCHS = {training.epochs}\nBATCH = {training.batch}\nLEARNING_RATE = {training.learning_rate!r}\n"


def _folder(folder: str) -> str:
    return f"FOLDER = {folder!r}\n" if folder else ""


def _pretrained(built: Built) -> dict[str, str]:
    """Return the weights that backbones begin with, by the names that they have in Keras."""
    out: dict[str, str] = {}
    for layer in built.spec.layers:
        begun = getattr(layer, "weights_from", "random")
        if layer.enabled and layer.kind == "Pretrained" and begun != "random":
            out[built.names[layer.name]] = "imagenet" if begun != "file" else str(getattr(layer, "file", ""))
    return out


def write_python(source: Source, path: Path, listed: ScriptList | None) -> None:
    """Write the script, its list beside it where there is one, and the weights that `read_python` compares with."""
    weights = path.with_suffix(".weights.h5")
    source.built.model.save_weights(weights)
    try:
        path.write_text(script(source, listed), "utf-8")
        if listed is not None:
            write_list(path.with_suffix(SUFFIX), listed)
    finally:
        weights.replace(path.with_name(_COMPARED))


def exported(path: Path) -> dict[str, Any]:
    """Return what our own script defines, to see that it is the network."""
    space: dict[str, Any] = {"__name__": "exported", "__file__": str(path)}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    return space


def read_python(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return what the network that a script builds gives out, with the weights that were written beside it."""
    model = exported(path)["build"]()
    model.load_weights(path.with_name(_COMPARED))
    return lambda images: np.asarray(model(images, training=False))


_COMPARED = "compare.weights.h5"


def _imports(images: Parts) -> str:
    used = images.functions + images.constants
    csv = "import csv\n" if "csv." in used else ""
    counter = "from collections import Counter\n" if "Counter(" in used else ""
    path = "from pathlib import Path\n" if "Path(" in used else ""
    return f"{csv}import sys\n{counter}{path}\nimport keras\nimport numpy as np\n{images.imports}"


def _optimizer(settings: TrainingSettings) -> str:
    rate = "learning_rate=LEARNING_RATE"
    match settings.optimizer:
        case "adam":
            return f"keras.optimizers.Adam({rate})"
        case "adamw":
            return f"keras.optimizers.AdamW({rate}, weight_decay={settings.weight_decay!r})"
        case "sgd":
            return f"keras.optimizers.SGD({rate}, momentum={settings.momentum!r})"
    return f"keras.optimizers.RMSprop({rate}, momentum={settings.momentum!r})"


_ADAPT = {
    "none": "",
    "1/255": "",
    "per channel": """
    # The mean and the deviation of each channel are measured on the training images.
    model.get_layer("{name}").adapt({measured}.map(lambda images, labels: images))""",
    "mean image": """
    # The mean image is measured on the training images; it is subtracted, and nothing is divided.
    scaling = model.get_layer("{name}")
    scaling.adapt({measured}.map(lambda images, labels: images))
    scaling.adapt_variance.assign(keras.ops.ones_like(scaling.adapt_variance))
    scaling.finalize_state()""",
}

_TRAINED = "The weights that Convnet Studio trained are in the run's model.keras; keras.models.load_model reads it."
_UNTRAINED = "It was written before any training: train it, and it is saved in WEIGHTS."
_GIVEN = "\n\n    `pretrained` says which weights its backbones begin with.\n    "
_TRAIN = """\
    if command == "train" and len(arguments) == 1:
        train(arguments[0])
"""
_TRAIN_HERE = """\
    if command == "train" and len(arguments) <= 1:
        train(arguments[0] if arguments else FOLDER)
"""

_TEMPLATE = '''{begin}

    python THIS.py summary            show its layers
    python THIS.py {command}{usage}
    python THIS.py predict IMAGE...   predict images with what was trained

{notes}
{origin}
"""

{imports}
CLASSES = {classes!r}
WEIGHTS = "network.weights.h5"
{constants}

def build({given}):
    """Return the network: from images of 0...255 to one number a class.{given_words}"""
    image = keras.Input({shape!r}, name={input_name})
{body}
    return keras.Model(image, {output}, name="network")


def load(weights=WEIGHTS):
    """Return the network with weights that `train` saved."""
    model = build()
    model.load_weights(weights)
    return model


{images}

def train(folder, weights=WEIGHTS):
    """Train on the images in `folder`, and save the weights."""
    {splits} = images_in(folder)
    model = build({asked}){adapt}
    model.compile(
        optimizer={optimizer},
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits={from_logits}),
        metrics=["accuracy"],
    )
    # The images come shuffled.
    model.fit(
        {training},
        validation_data=validation, epochs=EPOCHS, shuffle=False{more},
    )
    model.save_weights(weights){tested}


def predict(paths, weights=WEIGHTS):
    """Print the most probable class of each image."""
    model = load(weights)
    for path in paths:
        {loaded}
        probabilities = np.asarray({probabilities})[0]
        best = int(probabilities.argmax())
        print(f"{{path}}: {{CLASSES[best]}} {{probabilities[best]:.1%}}")


if __name__ == "__main__":
    command, arguments = (sys.argv[1:2] or ["summary"])[0], sys.argv[2:]
{train}    elif command == "predict" and arguments:
        predict(arguments)
    elif command == "summary":
        build().summary()
    else:
        sys.exit(__doc__)
'''
