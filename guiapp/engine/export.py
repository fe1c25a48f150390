"""A run's network for use elsewhere: written, read again, and compared before it is called done."""

from __future__ import annotations

import contextlib
import importlib
import io
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from guiapp.core import files
from guiapp.core.messages import ExportKind, Which
from guiapp.core.notify import Cancelled, UserError
from guiapp.data.chatter import quiet
from guiapp.data.work import Cancel, Progress, never, no_progress, stop_if
from guiapp.engine import backend
from guiapp.engine.build import build
from guiapp.engine.live import LiveModel, load_run
from guiapp.engine.script import read_python, source_of, write_python
from guiapp.engine.script_list import list_of, place_of_list

Floats = NDArray[np.float32]
Ask = Callable[[Floats], Floats]

SUFFIX: dict[ExportKind, str] = {
    "keras": ".keras",
    "savedmodel": "",
    "tflite": ".tflite",
    "onnx": ".onnx",
    "python": ".py",
}
INSTALL = "Install what it needs: pip install 'convnet-studio[export]'"
IMAGES = 4
TOLERANCE = 1e-3
"""The largest difference between the exported network's outputs and ours, relative to the largest output."""

ONNX_OPSET = 17


def export(
    run: Path | str,
    to: ExportKind,
    out: Path | str,
    *,
    which: Which = "latest",
    progress: Progress = no_progress,
    cancel: Cancel = never,
) -> tuple[Path, ...]:
    """Write the network of a run; the file or folder is there whole and was compared, or not at all.

    Every format takes images as float32 (N, H, W, C) of 0…255 and scales them itself; it gives out what the
    network's last layer does.

    Parameters
    ----------
    run : Path or str
        The run's folder.
    to : {"keras", "savedmodel", "tflite", "onnx", "python"}
        The format. "python" is a script that builds, trains and loads the network by Keras alone, with the list of the
        run's images beside it as CSV.
    out : Path or str
        The file, or with "savedmodel" the folder; the usual suffix is added where it has none.
    which : {"latest", "best"}
        Which checkpoint of the run is written.
    progress, cancel
        Told how far it is; asked whether to go on.

    Returns
    -------
    tuple of Path
        What was written: the network, and after a script the list of its images where the run has one.

    Raises
    ------
    UserError
        When a package is missing, the format cannot hold the network, what was written is not the same network, or
        something else is in its place.
    OSError
        When the place cannot be written.
    Cancelled
        Once `cancel` answers True.
    """
    if to not in SUFFIX:
        raise UserError("is not a format", where=to, mend=f"Choose one of {', '.join(SUFFIX)}")
    target = Path(out)
    if not target.suffix and SUFFIX[to]:
        target = target.with_suffix(SUFFIX[to])
    if target.is_dir() and (to != "savedmodel" or not _replaceable(target)):
        raise UserError("is a folder that holds something else", where=target, mend="Choose another name")
    backend.tensorflow()  # quietly, before the converters import it in their way
    _require(to)
    progress("Loading the network", 0, 3)
    network = load_run(run, which=which)
    listed = list_of(run, progress, cancel) if to == "python" else None
    beside = () if listed is None else (place_of_list(target),)
    target.parent.mkdir(parents=True, exist_ok=True)
    files.sweep(target.parent)
    place = Path(tempfile.mkdtemp(prefix=files.EXPORTING, dir=target.parent))
    try:
        stop_if(cancel)
        progress(f"Writing {target.name}", 1, 3)
        made = place / f"network{SUFFIX[to]}"
        with _quietly(to):
            if to == "python":
                write_python(source_of(network), made, listed)
            else:
                _WRITERS[to](network, made)
            stop_if(cancel)
            progress("Comparing", 2, 3)
            _compare(network, _READERS[to](made), to)
        for path in beside:
            _put(made.with_suffix(path.suffix), path)
        _put(made, target)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    progress("Done", 3, 3)
    return target, *beside


def _replaceable(folder: Path) -> bool:
    return (folder / "saved_model.pb").is_file() or not any(folder.iterdir())


def _put(made: Path, target: Path) -> None:
    """Put what was made in place; a folder that was there is removed only then, so that one of them always is."""
    if not target.is_dir():
        made.replace(target)
        return
    former = Path(tempfile.mkdtemp(prefix=f"{target.name}.former-", dir=target.parent))
    aside = former / target.name
    try:
        target.rename(aside)
        made.rename(target)
    except BaseException:
        if aside.exists():
            aside.rename(target)
        former.rmdir()
        raise
    shutil.rmtree(former, ignore_errors=True)


def _require(to: ExportKind) -> None:
    for module in {"onnx": ("onnx", "tf2onnx", "onnxruntime"), "tflite": ("ai_edge_litert",)}.get(to, ()):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(module)
        except ImportError as exc:
            raise UserError(f"the package {module} is not installed", where=f"export to {to}", mend=INSTALL) from exc


@contextlib.contextmanager
def _quietly(to: ExportKind) -> Iterator[None]:
    """Keep the converters' chatter away, and say in words that one of them failed."""
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), quiet():
            warnings.simplefilter("ignore")
            yield
    except (UserError, OSError, Cancelled):
        raise
    except Exception as exc:
        first = (str(exc).strip().splitlines() or [""])[0]
        raise UserError(
            f"this network cannot be written ({type(exc).__name__}: {first})",
            where=f"export to {to}",
            mend="Choose another format; “keras” holds every network",
        ) from exc


def _compare(network: LiveModel, ask: Ask, to: ExportKind) -> None:
    """Hold the outputs of what was written against the network's own.

    Raises
    ------
    UserError
        When they differ.
    """
    height, width, channels = network.built.model.inputs[0].shape[1:]
    images = np.random.default_rng(1).integers(0, 256, (IMAGES, height, width, channels)).astype(np.float32)
    ours = np.asarray(network.built.model(images, training=False), np.float32)
    theirs = np.asarray(ask(images), np.float32)
    if theirs.shape != ours.shape:
        difference = float("inf")
    else:
        difference = float(np.max(np.abs(ours - theirs)) / max(1.0, float(np.max(np.abs(ours)))))
    if not difference <= TOLERANCE:
        raise UserError(
            f"what was written does not give the same answers as the network (they differ by {difference:.2g}); "
            "it was removed",
            where=f"export to {to}",
            mend="Choose another format; “keras” holds every network",
        )


def _write_keras(network: LiveModel, path: Path) -> None:
    network.built.model.save(path)


def _read_keras(path: Path) -> Ask:
    model = backend.keras().models.load_model(path, compile=False)
    return lambda images: np.asarray(model(images, training=False))


def _write_savedmodel(network: LiveModel, path: Path) -> None:
    network.built.model.export(path, format="tf_saved_model", verbose=False)


def _read_savedmodel(path: Path) -> Ask:
    module = backend.tensorflow().saved_model.load(str(path))
    return lambda images: np.asarray(module.serve(images))


def _write_tflite(network: LiveModel, path: Path) -> None:
    network.built.model.export(path, format="litert", verbose=False)


def _read_tflite(path: Path) -> Ask:
    interpreter_of = importlib.import_module("ai_edge_litert.interpreter").Interpreter
    # The file is handed over as bytes: on Windows an open one could not be renamed.
    interpreter = interpreter_of(model_content=path.read_bytes())
    given, found = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def ask(images: Floats) -> Floats:
        rows = []
        for image in images:
            interpreter.resize_tensor_input(given["index"], (1, *image.shape))
            interpreter.allocate_tensors()
            interpreter.set_tensor(given["index"], image[None])
            interpreter.invoke()
            rows.append(np.array(interpreter.get_tensor(found["index"])))
        return np.concatenate(rows)

    return ask


def _write_onnx(network: LiveModel, path: Path) -> None:
    model = _with_constant_scaling(network)
    model(np.zeros((1, *model.inputs[0].shape[1:]), np.float32))  # it insists on a call
    model.export(path, format="onnx", verbose=False, opset_version=ONNX_OPSET)


def _with_constant_scaling(network: LiveModel) -> Any:
    """Return the network with its measured scaling as constants: tf2onnx takes a Normalization for missing inputs."""
    spec = network.spec
    first = spec.layers[0]
    measured = network.weights(first.name)
    if not measured:
        return network.built.model
    keras = backend.keras()
    plain = build(spec.replace(0, first.with_fields(scaling="none")))
    for name, safe in plain.names.items():
        source = network.built.keras_layer(name) if name in network.built.outputs and name != first.name else None
        if source is not None and source.weights:
            plain.model.get_layer(safe).set_weights(source.get_weights())
    deviation = np.maximum(np.sqrt(measured["variance"]), keras.config.epsilon())
    image = keras.Input(plain.model.inputs[0].shape[1:], name=plain.names[first.name])
    scaled = keras.layers.Rescaling(1 / deviation, -measured["mean"] / deviation)(image)
    return keras.Model(image, plain.model(scaled))


def _read_onnx(path: Path) -> Ask:
    importlib.import_module("onnx").checker.check_model(str(path))
    session = importlib.import_module("onnxruntime").InferenceSession(
        path.read_bytes(), providers=["CPUExecutionProvider"]
    )
    name = session.get_inputs()[0].name
    return lambda images: np.asarray(session.run(None, {name: images})[0])


_WRITERS: dict[ExportKind, Callable[[LiveModel, Path], None]] = {
    "keras": _write_keras,
    "savedmodel": _write_savedmodel,
    "tflite": _write_tflite,
    "onnx": _write_onnx,
}
_READERS: dict[ExportKind, Callable[[Path], Ask]] = {
    "keras": _read_keras,
    "savedmodel": _read_savedmodel,
    "tflite": _read_tflite,
    "onnx": _read_onnx,
    "python": read_python,
}
