"""A network as a Keras script that a person can read, change and run by itself."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core.analysis import assemble
from guiapp.core.layers import Layer
from guiapp.core.project import Project, TrainingSettings
from guiapp.core.runs import RunReader
from guiapp.engine.build import safe_names
from guiapp.engine.live import LiveModel
from guiapp.engine.script_images import Parts, Reading, parts
from guiapp.engine.script_list import SUFFIX, WRITTEN_BY, ScriptList, listed_parts, write_list

WIDTH = 100


class _Call:
    """Stands for a Keras layer or initialiser: writes down how it is made, and what it is applied to."""

    def __init__(self, lines: list[str], path: str, positional: tuple[Any, ...], named: dict[str, Any]) -> None:
        self._lines, self._path = lines, path
        self._arguments = [repr(value) for value in positional] + [f"{key}={value!r}" for key, value in named.items()]
        self.text = f"{path}({', '.join(self._arguments)})"

    def __repr__(self) -> str:
        return self.text

    def __call__(self, x: _Tensor | list[_Tensor]) -> _Tensor:
        taken = x.name if isinstance(x, _Tensor) else f"[{', '.join(part.name for part in x)}]"
        name = f"x{1 + sum(' = ' in line.split('(')[0] for line in self._lines)}"
        line = f"    {name} = {self.text}({taken})"
        if len(line) > WIDTH:
            line = f"    {name} = {self._path}(\n{_wrapped(self._arguments)}\n    )({taken})"
        self._lines.append(line)
        return _Tensor(name)


def _wrapped(arguments: list[str]) -> str:
    return textwrap.fill(
        ", ".join(argument.replace(" ", "\0") for argument in arguments) + ",",
        WIDTH,
        initial_indent=" " * 8,
        subsequent_indent=" " * 8,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace("\0", " ")


class _Tensor:
    def __init__(self, name: str) -> None:
        self.name = name


class _Module:
    """Stands for `keras`, so that the layer kinds' own `build` writes the script: any kind can be exported."""

    def __init__(self, lines: list[str], path: str = "keras") -> None:
        self._lines, self._path = lines, path

    def __getattr__(self, name: str) -> _Module:
        return _Module(self._lines, f"{self._path}.{name}")

    def __call__(self, *positional: Any, **named: Any) -> Any:
        if self._path == "keras.initializers.get":
            return positional[0]
        return _Call(self._lines, self._path, positional, named)


def script(network: LiveModel, listed: ScriptList | None = None) -> str:
    """Return a script that builds the network, trains it, and loads it again.

    Parameters
    ----------
    network : LiveModel
        The network of a run.
    listed : ScriptList, optional
        The images of the run, which the script reads by the list beside it; where not given, it trains on a folder
        that holds a folder of images for each class.
    """
    lines: list[str] = []
    names = safe_names(network.spec)
    keras = _Module(lines)
    rows = {row.layer.name: row for row in network.analysis.rows}

    def apply(layer: Layer, x: Any) -> Any:
        row = rows[layer.name]
        shape = " × ".join(str(n) for n in row.shape or ())
        parameters = f", {row.parameters:,} parameters" if row.parameters else ""
        lines.append(f"    # {layer.name}: {layer.title}, gives {shape}{parameters}")
        return layer.with_fields(name=names[layer.name]).build(keras, x)

    first = network.spec.layers[0]
    outputs = assemble(network.spec, _Tensor("image"), apply)
    last = next(layer.name for layer in reversed(network.spec.layers) if layer.enabled)
    project = RunReader(network.run).project() if network.run else Project()
    training = project.training
    height, width, channels = rows[first.name].shape or ()
    reading = Reading((height, width, channels), getattr(first, "fit", "stretch"), training.batch)
    balance = project.dataset.balance if project.dataset else "none"
    if listed is None:
        images = parts(reading, balance, project.augmentation)
    else:
        images = listed_parts(reading, balance, project.augmentation, listed)
    return _TEMPLATE.format(
        classes=list(network.class_names),
        shape=reading.shape,
        begin=WRITTEN_BY,
        usage=images.usage,
        notes=images.notes,
        constants=images.constants,
        imports=_imports(images),
        images=images.functions,
        splits=images.splits,
        tested=images.tested,
        loaded=images.loaded,
        training=images.training,
        more=images.more,
        input_name=names[first.name],
        body="\n".join(lines),
        output=outputs[last].name,
        optimizer=_optimizer(training),
        from_logits=not network.built.gives_probabilities,
        epochs=training.epochs,
        adapt=_ADAPT[getattr(first, "scaling", "none")].format(
            name=f"{names[first.name]}_scaling", measured=images.measured
        ),
        probabilities="model(images)" if network.built.gives_probabilities else "keras.ops.softmax(model(images))",
    )


def write_python(network: LiveModel, path: Path, listed: ScriptList | None) -> None:
    """Write the script, its list beside it where there is one, and the weights that `read_python` compares with."""
    weights = path.with_suffix(".weights.h5")
    network.built.model.save_weights(weights)
    try:
        path.write_text(script(network, listed), "utf-8")
        if listed is not None:
            write_list(path.with_suffix(SUFFIX), listed)
    finally:
        weights.replace(path.with_name(_COMPARED))


def read_python(path: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Return what the network that a script builds gives out, with the weights that were written beside it."""
    space: dict[str, Any] = {"__name__": "exported", "__file__": str(path)}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)  # our own script, to see that it is the network
    model = space["build"]()
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
    rate = f"learning_rate={settings.learning_rate!r}"
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

_TEMPLATE = '''{begin}

    python THIS.py summary            show its layers
    python THIS.py train FOLDER       {usage}
    python THIS.py predict IMAGE...   predict images with what was trained

{notes}
The weights that Convnet Studio trained are in the run's model.keras; keras.models.load_model reads it.
"""

{imports}
CLASSES = {classes!r}
WEIGHTS = "network.weights.h5"
{constants}

def build():
    """Return the network: from images of 0...255 to one number a class."""
    image = keras.Input({shape!r}, name={input_name!r})
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
    model = build(){adapt}
    model.compile(
        optimizer={optimizer},
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits={from_logits}),
        metrics=["accuracy"],
    )
    # The images come shuffled.
    model.fit(
        {training},
        validation_data=validation, epochs={epochs}, shuffle=False{more},
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
    if command == "train" and len(arguments) == 1:
        train(arguments[0])
    elif command == "predict" and arguments:
        predict(arguments)
    elif command == "summary":
        build().summary()
    else:
        sys.exit(__doc__)
'''
