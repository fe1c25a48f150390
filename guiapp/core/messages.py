"""Everything that the window and the engine say to each other: frozen commands and events.

A command that expects an answer carries a request number; the answer (`Answer` or `Failed`) and any
`Progress` carry the same number. An answer to a request that nobody waits for is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from guiapp.core.project import DatasetSettings, Project

EngineState = Literal["starting", "ready", "preparing", "training", "paused", "stopping", "dead"]
Reason = Literal["completed", "stopped", "interrupted", "failed"]
ExportKind = Literal["keras", "savedmodel", "tflite", "onnx", "python"]
Which = Literal["latest", "best"]
"""Which checkpoint of a run is meant: the last written, or the one of the epoch with the best accuracy."""


@dataclass(frozen=True)
class Command:
    """What the window asks of the engine."""


@dataclass(frozen=True)
class Event:
    """What the engine tells the window."""


@dataclass(frozen=True)
class Request(Command):
    """A command that is answered; `request` is its number."""

    request: int


# commands --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OpenDataset(Request):
    """Scan a dataset; answered with a `guiapp.data.Dataset`."""

    settings: DatasetSettings


@dataclass(frozen=True)
class CheckHealth(Request):
    """Look at every image of a dataset for problems; answered with a `guiapp.data.health.Health`."""

    settings: DatasetSettings


@dataclass(frozen=True)
class LookIntoArchive(Request):
    """Find out what a packed archive holds; nothing is written; answered with a `guiapp.data.archives.Contents`."""

    path: str


@dataclass(frozen=True)
class Unpack(Request):
    """Unpack an archive into the folder `out`, which is made; answered with the folder to open (str)."""

    path: str
    out: str


@dataclass(frozen=True)
class Download(Request):
    """Get one of the datasets of `guiapp.data.catalogue` into the folder `out`; answered with the folder (str).

    What was downloaded of it before is gone on with.
    """

    name: str
    out: str


@dataclass(frozen=True)
class EnsureSample(Request):
    """Draw the sample dataset where it is missing; answered with its folder (str)."""


@dataclass(frozen=True)
class Train(Request):
    """Train `project`, recording in the folder `run`; answered with the run's folder (str) when it ends.

    Attributes
    ----------
    project : Project
        What to train.
    run : str
        The folder to record in; made when it is missing.
    resume : bool
        Whether to go on from the run's latest checkpoint.
    """

    project: Project
    run: str
    resume: bool = False


@dataclass(frozen=True)
class Pause(Command):
    """Hold the training before its next step."""


@dataclass(frozen=True)
class Resume(Command):
    """Go on with a held training."""


@dataclass(frozen=True)
class Stop(Command):
    """End the training after the present step; what was learned is kept."""


@dataclass(frozen=True)
class Predict(Request):
    """Predict one image; answered with a `Prediction`.

    Attributes
    ----------
    image : str or bytes
        The path of an image, or the bytes of one that was pasted.
    run : str or None
        The run whose network is asked; None is the one in training, or the last trained.
    top : int
        How many classes to return.
    which : {"latest", "best"}
        Which checkpoint is asked.
    """

    image: str | bytes
    run: str | None = None
    top: int = 5
    which: Which = "latest"


@dataclass(frozen=True)
class ComputeView(Request):
    """Compute a view of one image; answered with a mapping of names to arrays.

    Attributes
    ----------
    view : str
        The folder's name in `guiapp.visuals`.
    image : str or bytes
        The path of an image, or the bytes of one.
    run : str or None
        As in `Predict`.
    step : int or None
        The step whose weights are used; None is the latest.
    options : mapping
        What the view's `compute` takes, e.g. ``{"layer": "conv1"}``.
    which : {"latest", "best"}
        Which checkpoint is asked where `step` is None.
    """

    view: str
    image: str | bytes
    run: str | None = None
    step: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    which: Which = "latest"


@dataclass(frozen=True)
class Evaluate(Request):
    """Evaluate a run on its test split (or validation), or on other images; answered with an `Evaluation`."""

    run: str
    data: str | None = None
    which: Which = "latest"


@dataclass(frozen=True)
class Animate(Request):
    """Write the animation of a layer; answered with an `Animation`.

    Attributes
    ----------
    run : str
        The run whose snapshots are shown.
    options : mapping
        The keywords of `guiapp.visuals.animate.Options`.
    out : str or None
        The file to write, its suffix the format; None makes a preview in memory.
    """

    run: str
    options: Mapping[str, Any]
    out: str | None = None


@dataclass(frozen=True)
class Export(Request):
    """Write a run's network as `to` at `out`; answered with the path written (str)."""

    run: str
    to: ExportKind
    out: str
    which: Which = "latest"


@dataclass(frozen=True)
class ExportScript(Request):
    """Write a project as a Python script at `out`, with or without a run; answered with the path written (str)."""

    project: Project
    out: str


@dataclass(frozen=True)
class Cancel(Command):
    """Give up the request with this number, if it is still under way."""

    request: int


@dataclass(frozen=True)
class Quit(Command):
    """End the engine; a training under way is stopped and kept."""


# events ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Device(Event):
    """What the engine computes on, said once it is ready.

    Attributes
    ----------
    name : str
        ``"CPU"`` or the GPU's name.
    kind : str
        ``"cpu"`` or ``"gpu"``.
    detail : str
        A sentence: how many cores, or why a GPU is not used and what to do.
    versions : mapping
        Versions of Python, TensorFlow, Keras and NumPy.
    memory : int or None
        How many bytes of memory it has: the GPU's, or else what this machine lets the program have.
    """

    name: str
    kind: Literal["cpu", "gpu"]
    detail: str
    versions: Mapping[str, str]
    memory: int | None = None


@dataclass(frozen=True)
class State(Event):
    """What the engine does now."""

    state: EngineState
    text: str = ""


@dataclass(frozen=True)
class Started(Event):
    """Training has begun, or gone on from `step`."""

    run: str
    step: int
    steps: int
    steps_per_epoch: int
    epochs: int
    images: int
    validation_images: int


@dataclass(frozen=True)
class Steps(Event):
    """Steps that were taken since the last such event, in order.

    Attributes
    ----------
    run : str
        The run's folder.
    step : int array, shape (n,)
        Numbers of the steps; the first step of a run is 1.
    epoch : int array, shape (n,)
        The epoch that each belongs to, from 0.
    loss, accuracy : float array, shape (n,)
        Of each step's batch.
    images_per_s : float
        Speed over the last second or so.
    left_s : float
        Seconds until the end at this speed.
    """

    run: str
    step: NDArray[np.int64]
    epoch: NDArray[np.int64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    images_per_s: float
    left_s: float


@dataclass(frozen=True)
class Damaged(Event):
    """Images of a dataset that could not be decoded and are left out: (path, why) each."""

    root: str
    images: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Epoch(Event):
    """An epoch has ended at `step`; validation figures are NaN where there are no validation images."""

    run: str
    epoch: int
    step: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


@dataclass(frozen=True)
class Snapshot(Event):
    """The snapshot of `step` can be read from the run store.

    Attributes
    ----------
    run : str
        The run's folder.
    step : int
        Of the snapshot.
    removed : tuple of int
        Steps whose snapshots were dropped since the last such event, to keep within the space for them.
    """

    run: str
    step: int
    removed: tuple[int, ...] = ()


@dataclass(frozen=True)
class Ended(Event):
    """Training has ended; `text` is a sentence when it failed."""

    run: str
    reason: Reason
    steps: int
    text: str = ""


@dataclass(frozen=True)
class Progress(Event):
    """How far a request is: `done` of `total` (0 where it is not known)."""

    request: int
    text: str
    done: int
    total: int


@dataclass(frozen=True)
class Answer(Event):
    """What a request asked for."""

    request: int
    value: Any


@dataclass(frozen=True)
class Failed(Event):
    """A request that cannot be done, as the three parts of a `UserError`; all empty when it was cancelled."""

    request: int
    what: str
    where: str = ""
    mend: str = ""

    @property
    def cancelled(self) -> bool:
        """Whether the person gave it up."""
        return not self.what


@dataclass(frozen=True)
class Said(Event):
    """A note for the person."""

    level: Literal["info", "warning", "error"]
    text: str


# values of answers -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Prediction:
    """What the network says of an image.

    Attributes
    ----------
    classes : tuple of str
        Names of the most probable classes, the best first.
    probabilities : tuple of float
        Theirs.
    seen : uint8 array, shape (H, W, C)
        The image as the network saw it, before scaling.
    step : int
        The step of the network that was asked.
    seconds : float
        How long the network took.
    """

    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    seen: NDArray[np.uint8]
    step: int
    seconds: float


@dataclass(frozen=True)
class Evaluation:
    """How well a network does on images with known classes.

    Attributes
    ----------
    loss, accuracy : float
        Over all images.
    classes : tuple of str
        The classes, in the order of `confusion`.
    confusion : int array, shape (classes, classes)
        Row: the true class; column: the predicted one.
    images : int
        How many images there were.
    split : str
        ``"test"``, ``"validation"`` or ``"all"``.
    """

    loss: float
    accuracy: float
    classes: tuple[str, ...]
    confusion: NDArray[np.int64]
    images: int
    split: str


@dataclass(frozen=True)
class Animation:
    """An animation that was written, or made in memory.

    Attributes
    ----------
    path : str or None
        The file; None for a preview.
    nbytes : int
        Its size in bytes.
    frames : int
        How many there are.
    size : tuple of int
        (width, height) in pixels.
    data : bytes
        The file's bytes for a preview, else empty.
    """

    path: str | None
    nbytes: int
    frames: int
    size: tuple[int, int]
    data: bytes = b""
