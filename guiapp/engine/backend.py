"""TensorFlow itself: imported here quietly, and only here; everything else in the engine speaks Keras."""

from __future__ import annotations

import logging
import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from guiapp.core.messages import Device
from guiapp.core.notify import UserError
from guiapp.data.chatter import quiet
from guiapp.engine import room

Arrays = Mapping[str, Any]


@cache
def tensorflow() -> Any:
    """Return the module `tensorflow`, imported without its chatter; GPUs are set to take memory as they need it.

    Raises
    ------
    UserError
        When it is not installed, or cannot be loaded.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    try:
        with quiet():
            import tensorflow as tf

            for gpu in tf.config.list_physical_devices("GPU"):
                tf.config.experimental.set_memory_growth(gpu, True)
    except ImportError as exc:
        raise UserError(
            f"TensorFlow cannot be loaded ({exc})", mend="Install the program again: pip install convnet-studio"
        ) from exc
    except RuntimeError:
        pass  # another part of the process has used the GPU already: its setting holds
    tf.get_logger().setLevel(logging.ERROR)
    logging.getLogger("absl").setLevel(logging.ERROR)
    return tf


@cache
def keras() -> Any:
    """Return the module `keras`, on TensorFlow.

    Raises
    ------
    UserError
        As `tensorflow`, or when Keras was told to use something else.
    """
    tensorflow()
    import keras as module

    if module.backend.backend() != "tensorflow":
        raise UserError(
            f"Keras is set to run on {module.backend.backend()}, but the program needs TensorFlow",
            where="KERAS_BACKEND",
            mend="Unset that variable, and start again",
        )
    return module


def device() -> Device:
    """Return what is computed on, with a sentence on why a GPU is not used where none is."""
    tf = tensorflow()
    versions = {
        "python": platform.python_version(),
        "tensorflow": str(tf.__version__),
        "keras": str(keras().__version__),
        "numpy": _numpy_version(),
    }
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        names = [str(tf.config.experimental.get_device_details(gpu).get("device_name", "GPU")) for gpu in gpus]
        more = f" The first of {len(gpus)} GPUs is used." if len(gpus) > 1 else ""
        return Device(names[0], "gpu", f"Training runs on {names[0]}.{more}", versions, room.of_gpu(names[0]))
    why = why_no_gpu(sys.platform, _cuda_built(tf), _nvidia())
    return Device("CPU", "cpu", f"{_cores()} {why}", versions, room.of_machine())


def free_on_gpu() -> int | None:
    """Return how many bytes a training may take on the GPU, or None where that cannot be told.

    TensorFlow never gives back what it once took there: what it had in use at most and does not use now counts too.
    """
    free = room.free_of_gpu(device().name)
    if free is None:
        return None
    try:
        held = tensorflow().config.experimental.get_memory_info("GPU:0")
    except (ValueError, RuntimeError):  # nothing was computed there yet
        return free
    return free + max(0, int(held["peak"]) - int(held["current"]))


def why_no_gpu(system: str, cuda_built: bool, nvidia: str) -> str:
    """Return the sentence on why no GPU is used, and what to do.

    Parameters
    ----------
    system : str
        As `sys.platform`.
    cuda_built : bool
        Whether this TensorFlow can use NVIDIA GPUs at all.
    nvidia : {"", "card", "driver"}
        What there is of one: nothing, a card without its driver, or a card with its driver.
    """
    if system == "win32":
        return "On Windows, TensorFlow uses a GPU only inside WSL2; install the program there to use yours."
    if system == "darwin":
        return "On macOS, the GPU is not used: Apple's tensorflow-metal does not work with this TensorFlow."
    if nvidia == "card":
        return "There is an NVIDIA GPU, but its driver is missing; install the driver, then start again."
    if nvidia == "driver":
        if platform.machine() != "x86_64" or not cuda_built:
            return "There is an NVIDIA GPU, but TensorFlow for this kind of computer cannot use it."
        return "There is an NVIDIA GPU, but not its libraries: pip install 'convnet-studio[gpu]', then start again."
    return "No NVIDIA GPU was found; training runs on the processor."


def _cores() -> str:
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"{count} processor core{'s' if count != 1 else ''}."


def _cuda_built(tf: Any) -> bool:
    return bool(tf.sysconfig.get_build_info().get("is_cuda_build"))


def _nvidia() -> str:
    if Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists():
        return "driver"
    try:
        vendors = [path.read_text() for path in Path("/sys/bus/pci/devices").glob("*/vendor")]
    except OSError:
        return ""
    return "card" if any(vendor.strip() == "0x10de" for vendor in vendors) else ""


def _numpy_version() -> str:
    import numpy

    return str(numpy.__version__)


def traced(function: Any, *shapes: tuple[tuple[int | None, ...], str]) -> Any:
    """Return `function` as a graph, traced once for arguments of these shapes and types.

    Compiling it with XLA was measured and left: on processors it made both reference networks twice as slow.
    """
    tf = tensorflow()
    return tf.function(function, input_signature=[tf.TensorSpec(shape, dtype) for shape, dtype in shapes])


def is_out_of_memory(exc: BaseException) -> bool:
    """Whether TensorFlow failed because memory ran out."""
    return isinstance(exc, tensorflow().errors.ResourceExhaustedError)


def steps(model: Any, optimizer: Any, *, from_logits: bool, class_weights: Any = None) -> tuple[Any, Any]:
    """Return the training step and the evaluation step of a Keras model.

    Both take images, uint8 (N, H, W, C), and labels, int32 (N,). The first changes the weights and returns
    float32 (2,): the batch's mean loss and accuracy. The second returns float32 (2,): the sum of the losses and the
    number of right answers. Penalties on weights are part of what is made smaller, but of neither loss, so that the
    two mean the same and can be held against each other.

    Parameters
    ----------
    model, optimizer
        Of Keras, both built.
    from_logits : bool
        Whether the model gives out logits, and not probabilities.
    class_weights : float32 array, (classes,), optional
        What the loss of a training image counts by its class, as with `class_weight` of `keras.Model.fit`: the loss
        that is returned is the weighted one. Accuracy and all that the evaluation returns stay unweighted, so that
        they mean the same for every run.
    """
    tf = tensorflow()
    weights = None if class_weights is None else tf.constant(class_weights, tf.float32)
    shape = (None, *model.inputs[0].shape[1:])
    variables = model.trainable_variables
    losses = keras().losses.sparse_categorical_crossentropy

    def train(images: Any, labels: Any) -> Any:
        with tf.GradientTape() as tape:
            outputs = model(tf.cast(images, tf.float32), training=True)
            each = losses(labels, outputs, from_logits=from_logits)
            loss = tf.reduce_mean(each if weights is None else each * tf.gather(weights, labels))
            whole = tf.add_n([loss, *model.losses])
        gradients = tape.gradient(whole, variables)
        optimizer.apply(gradients, variables)
        right = tf.equal(tf.argmax(outputs, -1, tf.int32), labels)
        return tf.stack([loss, tf.reduce_mean(tf.cast(right, tf.float32))])

    def evaluate(images: Any, labels: Any) -> Any:
        outputs = model(tf.cast(images, tf.float32), training=False)
        loss = tf.reduce_sum(losses(labels, outputs, from_logits=from_logits))
        right = tf.equal(tf.argmax(outputs, -1, tf.int32), labels)
        return tf.stack([loss, tf.reduce_sum(tf.cast(right, tf.float32))])

    signature = ((shape, "uint8"), ((None,), "int32"))
    return traced(train, *signature), traced(evaluate, *signature)


def fetch(figures: list[Any]) -> Any:
    """Return tensors of one shape as one NumPy array, waiting once for all of them."""
    tf = tensorflow()
    return tf.stack(figures).numpy() if figures else None
